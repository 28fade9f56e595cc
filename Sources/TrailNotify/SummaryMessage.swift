package import TrailAlarms
package import TrailModel

/// Transitions that are told together: a message of no alarm, so that nobody takes it for one.
package struct SummaryMessage: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// What became known on that day and had happened longer ago than so many seconds.
        case late(day: Timestamp, afterSeconds: Int64)
        /// What happened while nobody decided.
        case catchUp

        fileprivate var name: String {
            switch self {
            case .late: "LateTransitions"
            case .catchUp: "CatchUp"
            }
        }
    }

    package let kind: Kind
    package let content: SummaryContent
    package let accountID: String
    package let region: String
    package let messageKey: MessageKey
    /// The console's page.
    package let url: String
    /// Names of accounts by id, for the text for people.
    package let accountNames: [String: String]

    /// SNS's limit for a message, 256 KB; transitions that find no room are counted.
    package static let bytesMax = 262_144
    /// The most alarms that the text names.
    package static let textAlarmsMax = 7

    package init(
        _ kind: Kind, _ content: SummaryContent, accountID: String, region: String, messageKey: MessageKey,
        url: String, accountNames: [String: String] = [:]
    ) {
        self.kind = kind
        self.content = content
        self.accountID = accountID
        self.region = region
        self.messageKey = messageKey
        self.url = url
        self.accountNames = accountNames
    }

    /// SNS's subject, ASCII, at most ``AlarmMessage/subjectMax`` characters.
    package var subject: String { String(printableASCII(title).prefix(AlarmMessage.subjectMax)) }

    package var title: String {
        let what =
            switch kind {
            case .late(let day, _): "late alarms of \(CivilTime(day).dateText)"
            case .catchUp: "alarms of the time away"
            }
        let count = counted(content.transitionCount, "transition")
        return "SUMMARY: \(count) of \(counted(content.alarms.count, "alarm")), \(what)"
    }

    /// The message for people, at most ``AlarmMessage/textLinesMax`` lines; the title is not repeated in it.
    package var text: String {
        (lines + (url.isEmpty ? [] : [Notice.Line("Details", oneLine(url))])).map(\.text).joined(separator: "\n")
    }

    /// What people read below the title, without the link.
    var lines: [Notice.Line] {
        var lines: [String] = []
        switch kind {
        case .late(_, let seconds):
            lines.append("Events came more than \(durationText(seconds: seconds)) late; each ALARM below is over.")
        case .catchUp:
            let range = content.windowEnds.map { " from \($0.lowerBound.rfc3339) to \($0.upperBound.rfc3339)" } ?? ""
            lines.append("Decided afterwards\(range): no evaluation ran for more than a day.")
            lines.append("An alarm that is in ALARM now has a message of its own.")
        }
        for alarm in content.alarms.prefix(Self.textAlarmsMax) {
            let (first, last) = (alarm.windowEnds.lowerBound.rfc3339, alarm.windowEnds.upperBound.rfc3339)
            let times = first == last ? "at \(first)" : "\(first) to \(last)"
            lines.append(
                oneLine("\(alarm.name): \(alarm.alarms) x ALARM, \(counted(alarm.transitions, "transition")), \(times)")
            )
        }
        let more = content.alarms.count - Self.textAlarmsMax
        if more > 0 { lines.append("and \(counted(more, "more alarm"))") }
        let account = accountNames[accountID].map { $0.isEmpty ? accountID : "\($0) (\(accountID))" } ?? accountID
        return lines.map { .init("", $0) } + [.init("Account", oneLine("\(account), \(region)"))]
    }

    private var slackText: String { slackMarkup(state: nil, title: title, lines: lines, url: url) }

    /// The document as it stands in SNS's `Message`, at most ``bytesMax`` long.
    package var json: JSONValue {
        // The number of those left out may take a few bytes more.
        var room = Self.bytesMax - document([], leftOut: content.transitionCount).text.utf8.count - 16
        var taken: [SummarisedTransition] = []
        for transition in content.transitions {
            room -= member(transition).text.utf8.count + 1
            guard room >= 0 else { break }
            taken.append(transition)
        }
        let shown = taken.enumerated().sorted {
            ($0.element.windowEnd, $0.element.decisionNumber, $0.offset)
                < ($1.element.windowEnd, $1.element.decisionNumber, $1.offset)
        }.map(\.element)
        return document(shown, leftOut: content.transitionCount - shown.count)
    }

    private func document(_ transitions: [SummarisedTransition], leftOut: Int) -> JSONValue {
        var day: Timestamp?
        if case .late(let time, _) = kind { day = time }
        let summary: JSONValue = .members([
            ("Kind", .string(kind.name)),
            ("Day", .optional(day.map { CivilTime($0).dateText })),
            ("FirstWindowEnd", .optional(content.windowEnds?.lowerBound.cloudWatchText)),
            ("LastWindowEnd", .optional(content.windowEnds?.upperBound.cloudWatchText)),
            ("AlarmCount", .integer(Int64(content.alarms.count))),
            ("TransitionCount", .integer(Int64(content.transitionCount))),
            ("LeftOut", .integer(Int64(leftOut))),
            ("Transitions", .array(transitions.map(member))),
        ])
        return .members([
            ("AWSAccountId", .string(accountID)),
            ("Region", .string(regionLongName(region))),
            (
                "Trailwatch",
                .members([
                    ("Title", .string(title)), ("Text", .string(text)), ("Slack", .string(slackText)),
                    ("Url", .string(url)), ("MessageKey", .string(messageKey.hex)), ("Summary", summary),
                ])
            ),
        ])
    }

    /// A transition by CloudWatch's names for its parts.
    private func member(_ transition: SummarisedTransition) -> JSONValue {
        let incident = transition.incident.map {
            IncidentKey(alarmName: $0.alarmName, contributor: $0.contributorID, enteredAlarm: $0.start).hex
        }
        return .members([
            ("AlarmName", .string(transition.alarmName)),
            ("AlarmContributorId", transition.contributor.map { .string($0.id) }),
            ("AlarmContributorAttributes", transition.contributor?.document),
            ("OldStateValue", .string(transition.from.rawValue)),
            ("NewStateValue", .string(transition.to.rawValue)),
            ("NewStateReason", .string(oneLine(transition.reason))),
            ("StateChangeTime", .string(transition.decidedAt.cloudWatchText)),
            ("WindowEnd", .string(transition.windowEnd.cloudWatchText)),
            ("IncidentKey", .optional(incident)),
        ])
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
