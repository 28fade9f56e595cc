import TrailAlarms
import TrailModel

extension AlarmMessage {
    /// The most lines that ``text`` has.
    package static let textLinesMax = 12
    /// The most lines of ``details`` that are shown beside one line of description.
    package static let detailsMax = 6
    /// The most lines of an alarm's description that are shown.
    package static let descriptionLinesMax = 3
    /// The most Unicode scalars of one line; CloudWatch's own limit for a description or a reason is 1,024.
    package static let lineLengthMax = 1024

    /// The message for people, at most ``textLinesMax`` lines; the title is not repeated in it.
    package var text: String {
        lines.map { line in line.label.isEmpty ? line.value : "\(line.label): \(line.value)" }
            .joined(separator: "\n")
    }

    /// The message in Slack's markup: the title in bold, the lines, and the link.
    ///
    /// `&`, `<` and `>` are escaped, so that no name or description can make links or mentions (Slack API, formatting
    /// text).
    package var slackText: String {
        let symbol =
            switch transition.to {
            case .alarm: ":rotating_light:"
            case .ok: ":white_check_mark:"
            case .insufficientData: ":grey_question:"
            }
        var result = ["\(symbol) *\(slackEscaped(oneLine(title)))*"]
        for line in lines where line.label != Self.linkLabel {
            let value = slackEscaped(line.value)
            result.append(line.label.isEmpty ? value : "*\(line.label):* \(value)")
        }
        if !url.isEmpty { result.append("<\(slackLink(url))|Open in Trailwatch>") }
        return result.joined(separator: "\n")
    }

    private static let linkLabel = "Details"

    private var lines: [(label: String, value: String)] {
        let alarm = transition.alarm
        var lines: [(label: String, value: String)] = []
        if !alarm.severity.isEmpty { lines.append(("Severity", oneLine(alarm.severity))) }
        let change = "\(transition.from.rawValue) -> \(transition.to.rawValue)"
        lines.append(("State", "\(change) at \(transition.stateChangeTime.rfc3339)"))
        if let contributor = alarm.contributor {
            lines.append(("Contributor", oneLine(dimensionsText(contributor.attributes))))
        }
        if let lateSeconds = transition.lateSeconds {
            let delay = durationText(seconds: lateSeconds)
            lines.append(("Late", "the data came late; the window ended \(delay) ago"))
        }
        if transition.isAfterMuteWindow { lines.append(("Muted", "told now that the alarm is muted no longer")) }
        if details.isEmpty {
            lines += cause
        } else {
            // Account and link follow; in Slack the title comes before.
            lines += details.prefix(min(Self.detailsMax, Self.textLinesMax - 3 - lines.count)).map { ("", oneLine($0)) }
        }
        lines.append(("Account", oneLine("\(accountText(transition.accountID)), \(transition.region)")))
        if !url.isEmpty { lines.append((Self.linkLabel, oneLine(url))) }
        // What is known of this case comes before what is always said; in Slack the title is a line.
        let room = min(Self.descriptionLinesMax, Self.textLinesMax - 1 - lines.count)
        let description = (alarm.alarmDescription ?? "").split(whereSeparator: \.isNewline).prefix(max(0, room))
        return description.map { ("", oneLine($0)) } + lines
    }

    /// What the state came about by.
    private var cause: [(label: String, value: String)] {
        let reason = (label: "Reason", value: oneLine(transition.reason))
        switch transition.alarm {
        case .metric(let alarm):
            let events = evidence?.lines(windowEnd: transition.windowEnd, accountName: accountText) ?? []
            if !events.isEmpty { return [reason] + events.map { ($0.label, oneLine($0.value)) } }
            let window = (label: "Window", value: "until \(transition.windowEnd.rfc3339)")
            return [window, reason, (label: "Metric", value: oneLine(metricText(alarm)))]
        case .composite(let alarm, let triggering):
            let children = triggering.map { "\($0.name) in \($0.state.rawValue)" }.joined(separator: ", ")
            return [reason] + (children.isEmpty ? [] : [(label: "Alarms", value: oneLine(children))])
                + [(label: "Rule", value: oneLine(alarm.ruleText))]
        }
    }

    /// Dimensions whose values are accounts: of the built-in metrics, and of the shipped filters.
    private static let accountDimensions: Set<String> = ["RecipientAccountId", "AccountId"]

    /// `prod (111122223333)`, or the id alone.
    private func accountText(_ id: String) -> String {
        accountNames[id].map { $0.isEmpty ? id : "\($0) (\(id))" } ?? id
    }

    /// `CloudTrail ErrorCount {EventSource=s3.amazonaws.com}, Sum over 5 min > 20.0, 2 of 3`; an expression stands in the
    /// place of the metric.
    private func metricText(_ alarm: MetricAlarm) -> String {
        let period = durationText(seconds: alarm.periodSeconds)
        let bound = "\(alarm.comparison.symbol) \(plainText(alarm.threshold))"
        let rule = "over \(period) \(bound), \(alarm.requiredDatapoints) of \(alarm.evaluationPeriods)"
        guard case .metric(let watched) = alarm.input else {
            let entry = alarm.input.queries.first(where: \.returnsData)
            if let stat = entry?.metricStat { return "\(seriesText(stat.metric)), \(stat.stat) \(rule)" }
            return "\(entry?.expression ?? "") \(rule)"
        }
        return "\(seriesText(watched.metric)), \(watched.statistic.name) \(rule)"
    }

    private func dimensionsText(_ dimensions: [Dimension]) -> String {
        dimensions.map { dimension in
            let isAccount = Self.accountDimensions.contains(dimension.name)
            return "\(dimension.name)=\(isAccount ? accountText(dimension.value) : dimension.value)"
        }.joined(separator: ",")
    }

    private func seriesText(_ metric: Metric) -> String {
        let dimensions = dimensionsText(metric.dimensions)
        return "\(metric.namespace) \(metric.name)" + (dimensions.isEmpty ? "" : " {\(dimensions)}")
    }
}

extension ComparisonOperator {
    fileprivate var symbol: String {
        switch self {
        case .greaterThanOrEqualToThreshold: ">="
        case .greaterThanThreshold: ">"
        case .lessThanThreshold: "<"
        case .lessThanOrEqualToThreshold: "<="
        }
    }
}

/// `text` without line breaks and not longer than a line may be.
func oneLine(_ text: some StringProtocol) -> String {
    let flat = String(text.map { $0.isNewline ? " " : $0 })
    return shortened(flat, to: AlarmMessage.lineLengthMax)
}

/// `text`, or its start and `...` when it has more than `max` Unicode scalars.
///
/// Not characters: one letter with combining marks is one, however many bytes it has.
func shortened(_ text: String, to max: Int) -> String {
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: max, limitedBy: scalars.endIndex),
        end < scalars.endIndex
    else { return text }
    return String(scalars.prefix(max - 3)) + "..."
}

/// `text` without Slack's markup; by scalars, since `<` with a combining mark is another character than `<`.
func slackEscaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// An address inside Slack's `<address|words>`, where `|` would end it.
private func slackLink(_ url: String) -> String {
    slackEscaped(oneLine(url)).unicodeScalars.split(separator: "|", omittingEmptySubsequences: false)
        .map { String($0) }.joined(separator: "%7C")
}
