package import TrailModel

/// A transition that is told in a summary, with what a message of its own would say; stored until then.
package struct SummarisedTransition: Equatable, Sendable, Codable {
    /// One stay in ALARM of an alarm or of one of its contributors.
    package struct Incident: Hashable, Sendable {
        package let alarmName: String
        /// Empty for alarms without contributors.
        package let contributorID: String
        package let start: Timestamp

        package init(alarmName: String, contributorID: String, start: Timestamp) {
            self.alarmName = alarmName
            self.contributorID = contributorID
            self.start = start
        }
    }

    package let alarmName: String
    package let contributor: Contributor?
    package let from: AlarmState
    package let to: AlarmState
    package let reason: String
    package let decidedAt: Timestamp
    package let windowEnd: Timestamp
    package let decisionNumber: Int64
    package let incidentStart: Timestamp?
    /// How late the decision was, when that counts as late.
    package let lateSeconds: Int64?
    /// Of a composite alarm.
    package let triggering: [TriggeringAlarm]

    package init(
        alarmName: String, contributor: Contributor? = nil, from: AlarmState, to: AlarmState, reason: String,
        decidedAt: Timestamp, windowEnd: Timestamp, decisionNumber: Int64, incidentStart: Timestamp? = nil,
        lateSeconds: Int64? = nil, triggering: [TriggeringAlarm] = []
    ) {
        self.alarmName = alarmName
        self.contributor = contributor
        self.from = from
        self.to = to
        self.reason = reason
        self.decidedAt = decidedAt
        self.windowEnd = windowEnd
        self.decisionNumber = decisionNumber
        self.incidentStart = incidentStart
        self.lateSeconds = lateSeconds
        self.triggering = triggering
    }

    /// The stay in ALARM that it begins or ends.
    package var incident: Incident? {
        incidentStart.map { Incident(alarmName: alarmName, contributorID: contributor?.id ?? "", start: $0) }
    }
}

/// What one summary tells of.
package struct SummaryContent: Equatable, Sendable {
    /// One alarm's part.
    package struct Alarm: Equatable, Sendable {
        package let name: String
        package let transitions: Int
        /// Those of them into ALARM.
        package let alarms: Int
        /// Ends of the first and the last of their windows.
        package let windowEnds: ClosedRange<Timestamp>

        package init(name: String, transitions: Int, alarms: Int, windowEnds: ClosedRange<Timestamp>) {
            self.name = name
            self.transitions = transitions
            self.alarms = alarms
            self.windowEnds = windowEnds
        }
    }

    /// Transitions into ALARM first, then the newest first; not all when they are very many.
    package let transitions: [SummarisedTransition]
    /// Of all transitions; those most often in ALARM first.
    package let alarms: [Alarm]

    package init(transitions: [SummarisedTransition], alarms: [Alarm]) {
        self.transitions = transitions
        self.alarms = alarms
    }

    package var transitionCount: Int { alarms.reduce(0) { $0 + $1.transitions } }
    package var alarmCount: Int { alarms.reduce(0) { $0 + $1.alarms } }
    /// Ends of the first and the last window.
    package var windowEnds: ClosedRange<Timestamp>? {
        guard let first = alarms.map(\.windowEnds.lowerBound).min(),
            let last = alarms.map(\.windowEnds.upperBound).max()
        else { return nil }
        return first...last
    }
}
