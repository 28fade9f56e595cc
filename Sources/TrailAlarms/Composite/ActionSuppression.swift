package import TrailModel

/// The alarm that holds back a composite alarm's actions, and for how long it is waited for (`ActionsSuppressor`).
package struct ActionsSuppressor: Equatable, Sendable {
    package let alarm: AlarmReference
    /// How long a change waits for the suppressor to go into ALARM (`ActionsSuppressorWaitPeriod`).
    package let waitPeriodSeconds: Int
    /// How long actions are held back after the suppressor left ALARM (`ActionsSuppressorExtensionPeriod`).
    package let extensionPeriodSeconds: Int

    package init(alarm: AlarmReference, waitPeriodSeconds: Int, extensionPeriodSeconds: Int) {
        self.alarm = alarm
        self.waitPeriodSeconds = waitPeriodSeconds
        self.extensionPeriodSeconds = extensionPeriodSeconds
    }
}

/// Whether the actions of a composite alarm with a suppressor are held back; stored with the alarm.
///
/// A phase lasts from a change of the composite alarm until the actions of its present state run, once. A suppressor
/// that enters and leaves ALARM between two changes leaves no trace. Phases run also while `ActionsEnabled` is false.
package struct ActionSuppression: Equatable, Sendable, Codable {
    /// Why actions are held back; the raw value is CloudWatch's (`ActionsSuppressedBy`).
    package enum Phase: String, Sendable, Codable {
        /// The composite alarm changed, the suppressor may follow.
        case waitPeriod = "WaitPeriod"
        /// The suppressor is in ALARM.
        case alarm = "Alarm"
        /// The suppressor left ALARM, what it explains may last a little.
        case extensionPeriod = "ExtensionPeriod"
    }

    /// What can happen to a composite alarm with a suppressor.
    package enum Event: Equatable, Sendable {
        /// The composite alarm entered another state.
        case stateChanged
        case suppressorEnteredAlarm
        case suppressorLeftAlarm
        /// Another suppressor, or none: waiting ends, and actions that were held back run, unless the new one is in ALARM.
        case suppressorReplaced(isInAlarm: Bool)
        /// Nothing but time passed.
        case timePassed
    }

    /// One step, for history and events; the composite alarm's state is the same before and after.
    package struct Effect: Equatable, Sendable {
        package let at: Timestamp
        /// The phase that ended; `nil` when nothing was held back.
        package let from: Phase?
        /// The phase that began.
        package let to: Phase?
        /// The actions of the composite alarm's present state run.
        package var runsActions: Bool { to == nil }
    }

    /// `nil` while nothing is held back.
    package private(set) var phase: Phase?
    /// End of a wait or an extension; call ``apply(_:at:_:)`` with ``Event/timePassed`` then.
    package private(set) var deadline: Timestamp?
    /// When the suppressor entered ALARM; `nil` while it is not there.
    package private(set) var suppressorInAlarmSince: Timestamp?

    /// The suppression of a new composite alarm.
    package init(suppressorInAlarmSince: Timestamp? = nil) {
        self.suppressorInAlarmSince = suppressorInAlarmSince
    }

    /// Takes one event; a deadline that passed before it comes first, at its own time.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - now: When, never before the event before it.
    ///   - suppressor: The configuration, after the event.
    /// - Returns: The steps in order of time, none or one or two.
    package mutating func apply(_ event: Event, at now: Timestamp, _ suppressor: ActionsSuppressor) -> [Effect] {
        var effects: [Effect] = []
        if let deadline, deadline <= now { effects.append(move(to: nil, at: deadline)) }
        switch event {
        case .timePassed: break
        case .stateChanged:
            effects.append(
                suppressorInAlarmSince == nil
                    ? move(to: .waitPeriod, for: suppressor.waitPeriodSeconds, at: now) : move(to: .alarm, at: now))
        case .suppressorEnteredAlarm:
            guard suppressorInAlarmSince == nil else { break }
            suppressorInAlarmSince = now
            if phase != nil { effects.append(move(to: .alarm, at: now)) }
        case .suppressorLeftAlarm:
            suppressorInAlarmSince = nil
            guard phase == .alarm else { break }
            effects.append(move(to: .extensionPeriod, for: suppressor.extensionPeriodSeconds, at: now))
        case .suppressorReplaced(let isInAlarm):
            suppressorInAlarmSince = isInAlarm ? now : nil
            if phase != nil { effects.append(move(to: isInAlarm ? .alarm : nil, at: now)) }
        }
        return effects
    }

    /// A period of no length is over at once.
    private mutating func move(to next: Phase?, for seconds: Int? = nil, at now: Timestamp) -> Effect {
        let from = phase
        let isOver = seconds.map { $0 <= 0 } ?? false
        phase = isOver ? nil : next
        deadline = isOver ? nil : seconds.map { now.adding(seconds: Int64($0)) }
        return Effect(at: now, from: from, to: phase)
    }

    /// CloudWatch's `ActionsSuppressedReason`; `nil` while nothing is held back.
    ///
    /// - Parameter suppressor: The suppressor's ARN.
    /// - Returns: The text for the present phase.
    package func reason(suppressor: String) -> String? {
        switch phase {
        case nil: nil
        case .waitPeriod, .extensionPeriod: "Actions suppressed by \(phase?.rawValue ?? "")"
        case .alarm:
            "Actions suppressed by \(suppressor) that transitioned to ALARM"
                + (suppressorInAlarmSince.map { " at \($0.compositeReasonText)" } ?? "")
        }
    }
}
