package import TrailModel

/// An announcement that a mute withheld, with what its message will say; stored until no mute is left.
package struct WithheldTransition: Equatable, Sendable, Codable {
    /// Of one alarm and contributor, no more than the last announcement waits.
    package struct Key: Hashable, Sendable {
        package let alarmName: String
        /// Empty for alarms without contributors.
        package let contributorID: String
    }

    package let alarmName: String
    package let contributor: Contributor?
    package let action: WithheldAction
    package let from: AlarmState
    package let reason: String
    package let decisionNumber: Int64
    package let incidentStart: Timestamp?
    package let windowEnd: Timestamp
    /// How late the decision was, when that counts as late.
    package let lateSeconds: Int64?
    /// Of a composite alarm.
    package let triggering: [TriggeringAlarm]
    /// The end of the mute, as far as it is known.
    package var mutedUntil: Timestamp

    package init(
        alarmName: String, contributor: Contributor? = nil, action: WithheldAction, from: AlarmState, reason: String,
        decisionNumber: Int64,
        incidentStart: Timestamp?, windowEnd: Timestamp, lateSeconds: Int64? = nil,
        triggering: [TriggeringAlarm] = [], mutedUntil: Timestamp
    ) {
        self.alarmName = alarmName
        self.contributor = contributor
        self.action = action
        self.from = from
        self.reason = reason
        self.decisionNumber = decisionNumber
        self.incidentStart = incidentStart
        self.windowEnd = windowEnd
        self.lateSeconds = lateSeconds
        self.triggering = triggering
        self.mutedUntil = mutedUntil
    }

    package var key: Key { Key(alarmName: alarmName, contributorID: contributor?.id ?? "") }
}
