package import TrailModel

/// The lines of composite alarms.
extension AlarmHistoryItem {
    /// The line of a transition, or of actions that begin or cease to be held back while the state stays.
    ///
    /// CloudWatch's line of such a phase is not on record: ours has equal states, and a summary of its own.
    ///
    /// - Returns: Nothing for actions, which have lines of their own.
    package static func step(_ step: CompositeMachine.Step, alarmName: String) -> AlarmHistoryItem? {
        switch step {
        case .transition(let before, let after):
            // The phase that it leads to has its own line.
            return stateUpdate(
                alarmName, document(before, before.suppression.phase), document(after, nil),
                at: after.stateTransitioned, "Alarm updated from \(before.state.rawValue) to \(after.state.rawValue)")
        case .phase(let effect, let status):
            return stateUpdate(
                alarmName, document(status, effect.from), document(status, effect.to), at: effect.at,
                effect.to.map { "Actions suppressed by \($0.rawValue)" } ?? "Actions no longer suppressed")
        case .act: return nil
        }
    }

    private static func stateUpdate(
        _ alarmName: String, _ old: JSONValue, _ new: JSONValue, at time: Timestamp, _ summary: String
    ) -> AlarmHistoryItem {
        AlarmHistoryItem(
            alarmName: alarmName, alarmType: .composite, timestamp: time, kind: .stateUpdate, summary: summary,
            data: .members([("version", .string("1.0")), ("oldState", old), ("newState", new)]))
    }

    private static func document(_ status: CompositeStatus, _ phase: ActionSuppression.Phase?) -> JSONValue {
        .members([
            ("stateValue", .string(status.state.rawValue)), ("stateReason", .string(status.reason)),
            ("stateReasonData", status.reasonData.map { .raw($0) }),
            ("actionsSuppressedBy", phase.map { .string($0.rawValue) }),
        ])
    }

    /// The line of a new composite alarm.
    package static func created(_ machine: CompositeMachine, at now: Timestamp) -> AlarmHistoryItem {
        configuration(
            of: machine.definition.name, .composite, "created", type: "Create", at: now,
            members: [.init("createdAlarm", .object(members(machine)))])
    }

    /// The line of a composite alarm that is gone.
    package static func deleted(_ machine: CompositeMachine, at now: Timestamp) -> AlarmHistoryItem {
        configuration(
            of: machine.definition.name, .composite, "deleted", type: "Delete", at: now,
            members: [.init("deletedAlarm", .object(members(machine)))])
    }

    /// The line of a replaced definition, with the former values of what changed.
    package static func updated(
        _ machine: CompositeMachine, from old: CompositeMachine, at now: Timestamp
    ) -> AlarmHistoryItem {
        let current = members(machine)
        let changed = members(old).filter { !isStateKey($0.key) && !current.contains($0) }
        return configuration(
            of: machine.definition.name, .composite, "updated", type: "Update", at: now,
            members: [.init("updatedAlarm", .object(current)), .init("originalUpdatedFields", .object(changed))])
    }

    /// In the order of a metric alarm's keys, the rule and the suppressor in the place of the metric; not captured.
    private static func members(_ machine: CompositeMachine) -> [JSONValue.Member] {
        let alarm = machine.definition
        let status = machine.status
        func arns(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
        let members: [(String, JSONValue?)] = [
            ("alarmName", .string(alarm.name)), ("alarmDescription", alarm.alarmDescription.map { .string($0) }),
            ("alarmArn", .string(machine.arn)),
            ("alarmConfigurationUpdatedTimestamp", .string(status.configurationUpdated.cloudWatchText)),
            ("alarmRule", .string(alarm.ruleText)),
            ("actionsSuppressor", alarm.suppressor.map { .string($0.alarm.text) }),
            ("actionsSuppressorWaitPeriod", alarm.suppressor.map { .integer(Int64($0.waitPeriodSeconds)) }),
            ("actionsSuppressorExtensionPeriod", alarm.suppressor.map { .integer(Int64($0.extensionPeriodSeconds)) }),
            ("stateValue", .string(status.state.rawValue)),
            ("stateUpdatedTimestamp", .string(status.stateUpdated.cloudWatchText)),
            ("actionsEnabled", .bool(alarm.actionsEnabled)), ("alarmActions", arns(alarm.alarmActions)),
            ("insufficientDataActions", arns(alarm.insufficientDataActions)), ("okactions", arns(alarm.okActions)),
        ]
        return members.compactMap { key, value in value.map { .init(key, $0) } }
    }
}
