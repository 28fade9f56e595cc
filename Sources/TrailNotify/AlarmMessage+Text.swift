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
        (lines + (url.isEmpty ? [] : [Notice.Line("Details", oneLine(url))])).map(\.text).joined(separator: "\n")
    }

    /// The message in Slack's markup: the title in bold, the lines, and the link.
    package var slackText: String { slackMarkup(state: transition.to, title: title, lines: lines, url: url) }

    /// What people read below the title, without the link.
    var lines: [Notice.Line] {
        let alarm = transition.alarm
        var lines: [Notice.Line] = []
        if !alarm.severity.isEmpty { lines.append(.init("Severity", oneLine(alarm.severity))) }
        let change = "\(transition.from.rawValue) -> \(transition.to.rawValue)"
        lines.append(.init("State", "\(change) at \(transition.stateChangeTime.rfc3339)"))
        if let contributor = alarm.contributor {
            lines.append(.init("Contributor", oneLine(dimensionsText(contributor.attributes))))
        }
        if let lateSeconds = transition.lateSeconds {
            let delay = durationText(seconds: lateSeconds)
            lines.append(.init("Late", "the data came late; the window ended \(delay) ago"))
        }
        if transition.isAfterMuteWindow { lines.append(.init("Muted", "told now that the alarm is muted no longer")) }
        if details.isEmpty {
            lines += cause
        } else {
            // Account and link follow; in Slack the title comes before.
            lines += details.prefix(min(Self.detailsMax, Self.textLinesMax - 3 - lines.count)).map {
                .init("", oneLine($0))
            }
        }
        lines.append(.init("Account", oneLine("\(accountText(transition.accountID)), \(transition.region)")))
        // What is known of this case comes before what is always said; in Slack the title is a line.
        let links = url.isEmpty ? 0 : 1
        let room = min(Self.descriptionLinesMax, Self.textLinesMax - 1 - lines.count - links)
        let description = (alarm.alarmDescription ?? "").split(whereSeparator: \.isNewline).prefix(max(0, room))
        return description.map { .init("", oneLine($0)) } + lines
    }

    /// What the state came about by.
    private var cause: [Notice.Line] {
        let reason = Notice.Line("Reason", oneLine(transition.reason))
        switch transition.alarm {
        case .metric(let alarm):
            let events = evidence?.lines(windowEnd: transition.windowEnd, accountName: accountText) ?? []
            if !events.isEmpty { return [reason] + events.map { .init($0.label, oneLine($0.value)) } }
            let window = Notice.Line("Window", "until \(transition.windowEnd.rfc3339)")
            return [window, reason, .init("Metric", oneLine(metricText(alarm)))]
        case .composite(let alarm, let triggering):
            let children = triggering.map { "\($0.name) in \($0.state.rawValue)" }.joined(separator: ", ")
            return [reason] + (children.isEmpty ? [] : [.init("Alarms", oneLine(children))])
                + [.init("Rule", oneLine(alarm.ruleText))]
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
        dimensions.map(dimensionText).joined(separator: ",")
    }

    private func dimensionText(_ dimension: Dimension) -> String {
        let isAccount = Self.accountDimensions.contains(dimension.name)
        return "\(dimension.name)=\(isAccount ? accountText(dimension.value) : dimension.value)"
    }

    private func seriesText(_ metric: Metric) -> String { metric.text(dimension: dimensionText) }
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
