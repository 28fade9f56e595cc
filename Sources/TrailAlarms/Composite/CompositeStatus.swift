package import TrailModel

/// A child as it stood when it made a composite alarm change (CloudWatch: an entry of `triggeringAlarms`).
package struct TriggeringAlarm: Equatable, Sendable, Codable {
    package let name: String
    package let arn: String
    package let state: AlarmState
    /// When it entered that state.
    package let since: Timestamp

    package init(name: String, arn: String, state: AlarmState, since: Timestamp) {
        self.name = name
        self.arn = arn
        self.state = state
        self.since = since
    }
}

/// What a composite alarm remembers between evaluations; stored with every change.
package struct CompositeStatus: Equatable, Sendable, Codable {
    package internal(set) var state = AlarmState.insufficientData
    /// The state before.
    package internal(set) var previousState = AlarmState.insufficientData
    package internal(set) var reason = "Unchecked: Initial alarm creation"
    /// The children that brought the state about; absent until the rule was evaluated.
    package internal(set) var triggering: [TriggeringAlarm]?
    /// When the state or the suppression changed last (CloudWatch: `StateUpdatedTimestamp`).
    package internal(set) var stateUpdated: Timestamp
    /// When the state changed last (CloudWatch: `StateTransitionedTimestamp`).
    package internal(set) var stateTransitioned: Timestamp
    package internal(set) var configurationUpdated: Timestamp
    /// Grows by one with each transition.
    package internal(set) var decisionNumber: Int64
    /// When the alarm entered ALARM last; names the incident, and never repeats.
    package internal(set) var enteredAlarmAt: Timestamp?
    /// The transitions so far are one or none: the present state is the first one that the rule gave.
    package internal(set) var isFirst = true
    /// Whether the present state's actions may run: it did not come out of history that was read.
    package internal(set) var isNews = false
    package internal(set) var suppression: ActionSuppression

    /// A new composite alarm; `decisionNumber` is that of an alarm of the same name that was removed.
    package init(now: Timestamp, decisionNumber: Int64 = 0, suppressorInAlarmSince: Timestamp? = nil) {
        stateUpdated = now
        stateTransitioned = now
        configurationUpdated = now
        self.decisionNumber = decisionNumber
        suppression = ActionSuppression(suppressorInAlarmSince: suppressorInAlarmSince)
    }

    /// CloudWatch's `StateReasonData`.
    package var reasonData: String? {
        triggering.map { CompositeReason.data($0.map { ($0.arn, $0.state, $0.since) }) }
    }
}
