package import TrailModel

/// One composite alarm over time: its definition, what it remembers, and what follows from the states of other alarms.
///
/// Whoever holds it calls ``suppress(_:at:)`` and ``evaluate(_:isNews:at:children:)`` in the order in which things
/// happen, and carries out the steps that they return.
package struct CompositeMachine: Equatable, Sendable {
    /// What a composite alarm did, to be recorded and carried out.
    package enum Step: Equatable, Sendable {
        /// The state changed.
        case transition(before: CompositeStatus, after: CompositeStatus)
        /// Actions began or ceased to be held back, or are held back for another reason; how the alarm stands then.
        case phase(ActionSuppression.Effect, CompositeStatus)
        /// The actions of the state that the alarm is in at that time run, once.
        case act(CompositeStatus, at: Timestamp)
    }

    /// The state of another alarm.
    package struct Child: Equatable, Sendable {
        package let state: AlarmState
        package let since: Timestamp

        package init(state: AlarmState, since: Timestamp) {
            self.state = state
            self.since = since
        }
    }

    /// Why the rule is evaluated.
    package enum Cause: Equatable, Sendable {
        case created
        case updated
        /// These children, by name, entered another state, the last of them last.
        case children([String])
        /// Children may have changed while nobody looked.
        case unknown
    }

    package private(set) var definition: CompositeAlarm
    package private(set) var status: CompositeStatus
    private let home: AlarmHome

    package init(_ definition: CompositeAlarm, status: CompositeStatus, home: AlarmHome) {
        self.definition = definition
        self.status = status
        self.home = home
    }

    package var arn: String { home.arn(of: definition.name) }
    package var suppressorARN: String? { definition.suppressor.map { home.arn(of: $0.alarm.name) } }

    /// Puts another definition in place and keeps the state.
    ///
    /// - Parameters:
    ///   - new: Of the same name.
    ///   - now: The time of the change.
    ///   - suppressor: The state of its suppressor.
    /// - Returns: Whether anything but the place in the file differs, whether the rule does, and what follows from
    ///   another suppressor.
    package mutating func replaceDefinition(
        _ new: CompositeAlarm, now: Timestamp, suppressor: Child?
    ) -> (isChanged: Bool, isOtherRule: Bool, steps: [Step]) {
        let old = definition
        definition = new
        guard !old.isConfigured(as: new) else { return (false, false, []) }
        status.configurationUpdated = now
        var steps: [Step] = []
        if old.suppressor?.alarm.name != new.suppressor?.alarm.name {
            let isInAlarm = suppressor?.state == .alarm
            steps = suppress(.suppressorReplaced(isInAlarm: isInAlarm), at: now)
        }
        return (true, old.rule != new.rule, steps)
    }

    /// Evaluates the rule.
    ///
    /// - Parameters:
    ///   - cause: What made it evaluate.
    ///   - isNews: Whether the actions of a state that it leads to may run.
    ///   - now: When.
    ///   - children: By name; one that is not there counts as new.
    /// - Returns: Nothing when the state stays: then reason and data stay, too.
    package mutating func evaluate(
        _ cause: Cause, isNews: Bool, at now: Timestamp, children: [String: Child]
    ) -> [Step] {
        let states = children.mapValues(\.state)
        let state: AlarmState = definition.rule.evaluate(states) ? .alarm : .ok
        guard state != status.state else { return [] }
        // A wait that is over by now ends for the state before.
        let passed = suppress(.timePassed, at: now)
        let before = status
        let decisive = definition.rule.decisiveChildren(states)
        let (reason, names) = reason(cause, state, decisive: decisive, children)
        status.isFirst = before.state == .insufficientData
        status.previousState = before.state
        status.state = state
        status.reason = reason
        status.triggering = names.compactMap { name in
            children[name].map {
                TriggeringAlarm(name: name, arn: home.arn(of: name), state: $0.state, since: $0.since)
            }
        }
        status.stateUpdated = now
        status.stateTransitioned = now
        status.decisionNumber += 1
        status.isNews = isNews
        if state == .alarm {
            // Two entries of one moment are two incidents.
            let after = before.enteredAlarmAt.map { $0.adding(milliseconds: 1) } ?? now
            status.enteredAlarmAt = max(now, after)
        }
        let transition = Step.transition(before: before, after: status)
        guard definition.suppressor != nil else { return [transition, .act(status, at: now)] }
        return passed + [transition] + suppress(.stateChanged, at: now)
    }

    private func reason(
        _ cause: Cause, _ state: AlarmState, decisive: [String], _ children: [String: Child]
    ) -> (text: String, triggering: [String]) {
        var changed: [String] = []
        switch cause {
        case .created: return (CompositeReason.text(.created, arn: arn, state: state), decisive)
        case .updated: return (CompositeReason.text(.updated, arn: arn, state: state), decisive)
        case .children(let names): changed = names
        case .unknown:
            let newest = decisive.max { (children[$0]?.since ?? .distant) < (children[$1]?.since ?? .distant) }
            changed = newest.map { [$0] } ?? []
        }
        guard let last = changed.last, let child = children[last] else {
            return (CompositeReason.text(.updated, arn: arn, state: state), decisive)
        }
        let reason = CompositeReason.Cause.child(home.arn(of: last), child.state, at: child.since)
        return (CompositeReason.text(reason, arn: arn, state: state), changed)
    }

    /// Takes what happened to the suppressor, or that time passed.
    package mutating func suppress(_ event: ActionSuppression.Event, at now: Timestamp) -> [Step] {
        // Without a suppressor nothing waits; what another one held back is let go.
        let none = ActionsSuppressor(alarm: AlarmReference(""), waitPeriodSeconds: 0, extensionPeriodSeconds: 0)
        var steps: [Step] = []
        for effect in status.suppression.apply(event, at: now, definition.suppressor ?? none) {
            status.stateUpdated = effect.at
            steps.append(.phase(effect, status))
            if effect.runsActions { steps.append(.act(status, at: effect.at)) }
        }
        return steps
    }

    /// The status of an alarm that is removed while it is in ALARM, and whose actions ran: with the number of the decision
    /// that ends it, so that no message key repeats; `nil` when nobody was told.
    package func removed() -> CompositeStatus? {
        guard status.state == .alarm, status.isNews, status.suppression.phase == nil, definition.actionsEnabled else {
            return nil
        }
        var ended = status
        ended.decisionNumber += 1
        return ended
    }

    /// CloudWatch's `ActionsSuppressedReason`; `nil` while nothing is held back.
    package var suppressedReason: String? {
        suppressorARN.flatMap { status.suppression.reason(suppressor: $0) }
    }
}

extension Timestamp {
    fileprivate static let distant = Timestamp(milliseconds: .min)
}
