package import TrailModel

/// What an alarm remembers between evaluations; stored with every decision.
package struct AlarmStatus: Equatable, Sendable, Codable {
    /// The state that people and other programs see, and when and why it was entered.
    package var state: AlarmState
    package var reason: String
    /// JSON text; absent until an evaluation decided.
    package var reasonData: String?
    package var stateUpdated: Timestamp
    package var configurationUpdated: Timestamp
    /// End of the last decided window.
    package var decidedThrough: Timestamp
    /// The state at `decidedThrough` in event time; differs from `state` only while an early ALARM is pending.
    package var timelineState: AlarmState
    /// End of the window that moved the alarm to ALARM before it was closed, until that window is decided.
    package var pendingEarlyWindow: Timestamp?
    /// Grows by one with each decision.
    package var decisionNumber: Int64
    /// End of the window that moved the alarm into its present ALARM; names the incident.
    package var enteredAlarmAt: Timestamp?
    /// False until the alarm has left the state it was created in.
    package var hasTransitioned: Bool
    /// Windows that end here or earlier are never decided again: they lie before the alarm's first window, or were
    /// decided under a former definition.
    package var amendableAfter: Timestamp
    /// What people were told of the present ALARM last; absent when they were told nothing, and outside of one.
    package var told: Told?
    /// Windows that end here or earlier were never decided; absent in what older versions stored.
    package var decidedFrom: Timestamp?

    /// The last message about an ALARM.
    package struct Told: Equatable, Sendable, Codable {
        /// Of the decision that entered ALARM.
        package var number: Int64
        /// Counts the repetitions, from 0 for the first message.
        package var ordinal: Int
        package var at: Timestamp

        package init(number: Int64, ordinal: Int, at: Timestamp) {
            self.number = number
            self.ordinal = ordinal
            self.at = at
        }
    }

    /// A new alarm: INSUFFICIENT_DATA where nothing else is said, `Unchecked: Initial alarm creation`; windows that end after `start` are decided.
    package init(startingAt start: Timestamp, now: Timestamp, state: AlarmState = .insufficientData) {
        self.state = state
        reason = "Unchecked: Initial alarm creation"
        reasonData = nil
        stateUpdated = now
        configurationUpdated = now
        decidedThrough = start
        timelineState = state
        pendingEarlyWindow = nil
        decisionNumber = 0
        enteredAlarmAt = nil
        hasTransitioned = false
        amendableAfter = start
        decidedFrom = start
        told = nil
    }
}
