import TrailAlarms
import TrailModel
import TrailStore

/// An explanation for people.
extension AlarmExplanation {
    private static let barWidth = 20
    private static let eventCommandsMax = 5

    /// Lines of at most a screen; `dataDirectory` goes into the commands that it names.
    package func text(dataDirectory: String? = nil) -> String {
        var lines = [headline, subject, ""]
        lines += table
        lines.append("")
        let shown = asDecided ?? asKnownNow
        if let fill = shown.fillText { lines.append("filled    \(fill)") }
        lines.append("verdict   \(shown.verdictText)")
        lines.append("nearest   \(shown.flipText(countsEvents: countsEvents))")
        if asDecided != nil, isChanged || asKnownNow.state != asDecided?.state {
            lines.append("now       \(asKnownNow.verdictText)")
        }
        lines.append("")
        lines += decisionLines
        let commands = eventCommands(dataDirectory: dataDirectory)
        if !commands.isEmpty { lines += ["", "events"] + commands.map { "  \($0)" } }
        if !notes.isEmpty { lines += ["", "notes"] + notes.map { "  \($0)" } }
        return lines.joined(separator: "\n")
    }

    var headline: String {
        let name = alarm.contributor.map { "\(alarm.name) [\($0.text)]" } ?? alarm.name
        let place = "\(name) at \(windowEnd.rfc3339):"
        guard let recordedState else {
            return "\(place) not decided yet; so far \(asKnownNow.verdict.state?.rawValue ?? currentState.rawValue)"
        }
        let change = currentState == recordedState ? "" : ", as decided; \(currentState.rawValue) as known now"
        return "\(place) \(recordedState.rawValue)\(change)"
    }

    var subject: String {
        let rule =
            "\(alarm.input.text) in \(durationText(seconds: alarm.periodSeconds)) \(alarm.comparison.sign) "
            + "\(plainText(alarm.threshold)), \(alarm.requiredDatapoints) of \(alarm.evaluationPeriods)"
        return "\(rule); \(alarm.location.file):\(alarm.location.line), loaded \(version.since.rfc3339)"
    }

    // MARK: Periods

    private var table: [String] {
        let shown = asDecided ?? asKnownNow
        let most = (shown.periods + asKnownNow.periods).compactMap(\.value).map(\.magnitude).max() ?? 0
        let width = shown.periods.map { plainText($0.value ?? 0).count }.max() ?? 0
        return shown.periods.indices.map { index in
            let period = shown.periods[index]
            let value = period.value.map { plainText($0) } ?? "-"
            let filled = most > 0 ? Int(((period.value ?? 0).magnitude / most * Double(Self.barWidth)).rounded(.up)) : 0
            let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: Self.barWidth - filled)
            var words = [period.kind.word(isUsed: period.isUsed)]
            if period.isOpen { words.append("open") }
            if period.isDecisive { words.append("decided") }
            let now = asKnownNow.periods[index].value
            if asDecided != nil, isComparable, now != period.value {
                words.append("now \(now.map { plainText($0) } ?? "none")")
            }
            words += parts.map { part in "\(part.id)=\(part.values[index].map { plainText($0) } ?? "-")" }
            let time = "\(shown.clockText(period.start))-\(shown.clockText(period.end))"
            return "  \(time)  \(String(repeating: " ", count: max(0, width - value.count)))\(value)  \(bar)  "
                + words.joined(separator: ", ")
        }
    }

    // MARK: Decisions

    var decisionLines: [String] {
        var lines: [String] = []
        if let entered, recordedState != nil {
            lines.append(
                "decided   nothing changed; \(entered.to.rawValue) since the window that ended at "
                    + "\(entered.windowEnd.rfc3339):")
        } else if recordedState != nil && decisions.isEmpty {
            lines.append("decided   nothing changed in this window, and nothing before it is on record")
        }
        for told in told {
            lines += Self.lines(of: told)
        }
        if let next {
            lines.append("then      \(next.state.rawValue) from the window that ended at \(next.windowEnd.rfc3339)")
        }
        return lines
    }

    private static func lines(of told: Told) -> [String] {
        let decision = told.decision
        let kind = decision.kind == .ordinary ? "" : ", \(decision.kind.rawValue)"
        let lateSeconds = decision.decidedAt.seconds - decision.windowEnd.seconds
        let late = lateSeconds > Decision.lateAfterSeconds ? ", late by \(durationText(seconds: lateSeconds))" : ""
        var lines = [
            "decided   \(decision.decidedAt.rfc3339)\(kind)\(late): \(decision.from.rawValue) -> \(decision.to.rawValue)",
            "          \(decision.reason)",
        ]
        if told.silence == nil { lines += told.mutes.map { "muted     by \($0.text)" } }
        lines += told.messages.map { "sent      \($0.line)" } + told.summaries.flatMap(\.lines)
        if told.messages.isEmpty {
            lines += told.actions.map { "action    \($0.summary)" }
            if !told.actions.isEmpty { lines.append("          no message about it is kept") }
        }
        if let silence = told.silence { lines.append("sent      nothing: \(silence)") }
        return lines
    }

    // MARK: Events

    /// Commands that print the events of the datapoints that breach, the newest first.
    package func eventCommands(dataDirectory: String? = nil) -> [String] {
        let data = dataDirectory.map { " --data \(shellQuoted($0))" } ?? ""
        let breaching = asKnownNow.periods.filter { $0.kind == .breaching && $0.isUsed }
        let selections = metrics.prefix(Self.eventCommandsMax).flatMap { metric in
            let own = filters.filter { $0.metric == metric }
            return own.isEmpty
                ? [metric.eventOptions].compactMap(\.self) : own.map { " --filter \(shellQuoted($0.pattern))" }
        }
        return breaching.reversed().prefix(Self.eventCommandsMax).flatMap { period in
            selections.map { selection in
                "trailwatch events\(data) --from \(period.start.rfc3339) --to \(period.end.rfc3339)\(selection)"
            }
        }
    }
}

extension SentMessage {
    var line: String {
        let topic = topicName(topicARN)
        let tries = attempts == 1 ? "1 attempt" : "\(attempts) attempts"
        let fault = [reason, status.map { "HTTP \($0)" }].compactMap(\.self).joined(separator: ", ")
        if waitsForEvidence { return "to \(topic), waits for its evidence" }
        return switch state {
        case "delivered": "to \(topic), delivered \(lastAttempt.map(\.rfc3339) ?? "") after \(tries)"
        case "dead": "to \(topic), given up after \(tries)\(fault.isEmpty ? "" : ": \(fault)")"
        default:
            "to \(topic), waiting after \(tries)\(fault.isEmpty ? "" : " (\(fault))")"
                + (nextAttempt.map { ", next at \($0.rfc3339)" } ?? "")
        }
    }
}

extension DatapointClass {
    fileprivate func word(isUsed: Bool) -> String {
        switch self {
        case .missing: "missing"
        case .breaching: isUsed ? "BREACHING" : "breaching, too old to be used"
        case .notBreaching: isUsed ? "ok" : "ok, too old to be used"
        }
    }
}

extension ComparisonOperator {
    fileprivate var sign: String {
        switch self {
        case .greaterThanOrEqualToThreshold: ">="
        case .greaterThanThreshold: ">"
        case .lessThanThreshold: "<"
        case .lessThanOrEqualToThreshold: "<="
        }
    }
}

extension AlarmInput {
    fileprivate var text: String {
        switch self {
        case .metric(let watched): "\(watched.statistic.name) of \(watched.metric.text)"
        case .math(let math):
            math.queries.compactMap(\.expression).joined(separator: ", ") + " with "
                + math.metrics.map { "\($0.id) = \($0.statistic.name) of \($0.metric.text)" }.joined(separator: ", ")
        case .insights(let insights): insights.entry.expression ?? ""
        }
    }
}

extension Metric {
    /// Options of `trailwatch events` that find the events of a built-in metric; `nil` for other metrics.
    fileprivate var eventOptions: String? {
        let isErrors = name == BuiltInMetric.errorCount.rawValue
        guard namespace == BuiltInMetric.namespace, isErrors || name == BuiltInMetric.eventCount.rawValue else {
            return nil
        }
        var options = ""
        for dimension in dimensions {
            let value = shellQuoted(dimension.value)
            switch dimension.name {
            case "EventSource": options += " --source \(value)"
            case "EventName": options += " --name \(value)"
            case "AwsRegion": options += " --region \(value)"
            case "RecipientAccountId": options += " --account \(value)"
            case "ErrorCode": options += " --error \(value)"
            case "UserIdentityType":
                options += " --filter \(shellQuoted("{ $.userIdentity.type = \"\(dimension.value)\" }"))"
            default: return nil
            }
        }
        let hasCode = dimensions.contains { $0.name == "ErrorCode" }
        return isErrors && !hasCode ? options + " --error '*'" : options
    }
}

/// A text as one word of a shell's command line.
func shellQuoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_./:@".utf8.contains(byte)
    }
    return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
