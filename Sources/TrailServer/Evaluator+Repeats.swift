import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// Messages without a change of state: an ALARM that lasts, and one whose alarm is removed.
extension Evaluator {
    /// True when an ALARM that was told is to be told again.
    func isRepeatDue(_ entry: borrowing Entry, at now: Timestamp) -> Bool {
        guard announcer != nil, let every = entry.stored.machine.definition.repeatEverySeconds,
            let told = entry.stored.machine.status.told
        else { return false }
        return now.seconds(since: told.at) >= Double(every)
    }

    /// Notes that people know of an ALARM, and tells it again when it is time.
    ///
    /// - Parameters:
    ///   - entry: The alarm, or a contributor.
    ///   - decisions: What was just decided; `hasTold` says that some of it made messages.
    ///   - hasTold: See there.
    ///   - now: The time.
    ///   - record: Takes the messages.
    /// - Throws: ``SigningError``.
    func repeatAlarm(
        _ entry: inout Entry, _ decisions: [Decision], hasTold: Bool, at now: Timestamp,
        _ record: inout EvaluationRecord
    ) throws {
        let status = entry.stored.machine.status
        guard status.state == .alarm else {
            entry.stored.machine.status.told = nil
            return
        }
        if hasTold, let entered = decisions.last(where: { $0.changesState && $0.to == .alarm }) {
            entry.stored.machine.status.told = AlarmStatus.Told(number: entered.number, ordinal: 0, at: now)
            return
        }
        guard isRepeatDue(entry, at: now), let announcer, let told = status.told else { return }
        let next = AlarmStatus.Told(number: told.number, ordinal: told.ordinal + 1, at: now)
        let transition = announcer.transition(
            ofLasting: entry.stored.machine.definition, status, decision: told.number)
        // A mute skips it: what it withholds is the state, and that was told.
        var announcement = try announcer.run(
            transition, at: now, mutes: mutes.mutes, isPresentState: false, ordinal: next.ordinal,
            scope: announcer.takesEvidence ? scope(ofWindowEnding: status.decidedThrough, entry) : nil,
            subscriptions: set.subscriptions, topics: set.topics)
        announcement.withheld = nil
        try record.take(announcement, decisionNumber: told.number)
        entry.stored.machine.status.told = next
        entry.isUnsaved = true
    }

    /// Ends the ALARM of an alarm that is removed, for those who were told that it began.
    func close(
        _ gone: inout StoredAlarm, of set: AlarmSet, mutes: Mutes, at now: Timestamp, _ record: inout EvaluationRecord,
        keepsNumber: Bool = true
    ) throws {
        let status = gone.machine.status
        guard let announcer, status.state == .alarm, let began = status.enteredAlarmAt, began > gone.mark else {
            return
        }
        // The number is kept for an alarm of this name that comes back, so that no message key repeats.
        gone.machine.status.decisionNumber += 1
        if keepsNumber { record.alarms.append(gone) }
        var alarm = gone.machine.definition
        alarm.okActions += alarm.alarmActions.filter { !alarm.okActions.contains($0) }
        let transition = AlarmTransition(
            alarm: .metric(alarm), accountID: announcer.accountID, region: announcer.region, from: .alarm, to: .ok,
            reason: Self.removedText, stateChangeTime: now, configurationUpdated: status.configurationUpdated,
            decisionNumber: gone.machine.status.decisionNumber, incidentStart: began, windowEnd: now)
        try tellEnd(transition, at: now, of: set, mutes, &record)
    }

    /// Ends the ALARM of a composite alarm that is removed, for those who were told that it began.
    ///
    /// Nobody was told of one that came out of history, that a suppressor or a mute held back, or whose actions are off.
    func close(
        _ gone: StoredComposite, of set: AlarmSet, mutes: Mutes, at now: Timestamp, _ record: inout EvaluationRecord
    ) throws {
        let machine = CompositeMachine(gone.definition, status: gone.status, home: home)
        guard let announcer, let ended = machine.removed(), announcer.tellsFirst(gone.status.isFirst, .alarm),
            try !store.withheldTransitions().contains(where: { $0.alarmName == gone.definition.name })
        else { return }
        record.composites.append(StoredComposite(definition: gone.definition, status: ended, mark: gone.mark))
        var alarm = gone.definition
        alarm.okActions += alarm.alarmActions.filter { !alarm.okActions.contains($0) }
        let transition = AlarmTransition(
            alarm: .composite(alarm, triggering: []), accountID: announcer.accountID, region: announcer.region,
            from: .alarm, to: .ok, reason: Self.removedText, stateChangeTime: now,
            configurationUpdated: ended.configurationUpdated, decisionNumber: ended.decisionNumber,
            incidentStart: ended.enteredAlarmAt, windowEnd: now)
        try tellEnd(transition, at: now, of: set, mutes, &record)
    }

    /// Tells the end of an ALARM where its beginning was told, or is to be.
    private func tellEnd(
        _ transition: AlarmTransition, at now: Timestamp, of set: AlarmSet, _ mutes: Mutes,
        _ record: inout EvaluationRecord
    ) throws {
        guard let announcer else { return }
        let incident = transition.incidentStart.map {
            SummarisedTransition.Incident(
                alarmName: transition.alarm.name, contributorID: transition.alarm.contributor?.id ?? "", start: $0)
        }
        if let incident, case .summary(let day) = place(ofEnd: incident, record) {
            record.history += announcer.summarise(transition, day: day, at: now, topics: set.topics, &record)
            return
        }
        let announcement = try announcer.run(
            transition, at: now, mutes: mutes, isPresentState: false, subscriptions: set.subscriptions,
            topics: set.topics)
        try record.take(announcement, decisionNumber: transition.decisionNumber)
    }

    static let removedText = "The alarm was removed from the alarm files while it was in ALARM."
}
