import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// What is to be written of the actions of a state change.
struct Announcement {
    var messages: [OutboxMessage] = []
    /// Messages that wait for their evidence.
    var drafts: [MessageDraft] = []
    var history: [AlarmHistoryItem] = []
    /// True when somebody is told.
    var hasMessages: Bool { !messages.isEmpty || !drafts.isEmpty }
    /// In place of them while the alarm is muted.
    var withheld: WithheldTransition?
}

extension EvaluationRecord {
    mutating func take(_ announcement: Announcement, decisionNumber: Int64) throws {
        let stored = try announcement.messages.map(StoredMessage.init) + announcement.drafts.map(StoredMessage.init)
        messages += stored.map { message in
            var message = message
            message.decisionNumber = decisionNumber
            return message
        }
        history += announcement.history
        if let withheld = announcement.withheld { self.withheld.append(withheld) }
    }
}

extension Announcer {
    /// What is told of a composite alarm's present state, unless that is nothing.
    func transition(
        of alarm: CompositeAlarm, _ status: CompositeStatus, since time: Timestamp
    ) -> AlarmTransition? {
        guard status.isNews, tellsFirst(status.isFirst, status.state) else { return nil }
        let isIncident = status.state == .alarm || status.previousState == .alarm
        let triggering = status.triggering ?? []
        return AlarmTransition(
            alarm: .composite(alarm, triggering: triggering), accountID: accountID, region: region,
            from: status.previousState, to: status.state, reason: status.reason, stateChangeTime: time,
            configurationUpdated: status.configurationUpdated, decisionNumber: status.decisionNumber,
            incidentStart: isIncident ? status.enteredAlarmAt : nil, windowEnd: status.stateTransitioned)
    }

    /// Runs what a mute withheld.
    func release(
        _ withheld: WithheldTransition, of alarm: AnnouncedAlarm, configurationUpdated: Timestamp,
        scope: EvidenceScope?,
        at now: Timestamp, set: AlarmSet
    ) throws(SigningError) -> Announcement {
        let transition = AlarmTransition(
            alarm: alarm, accountID: accountID, region: region, from: withheld.from, to: withheld.action.state,
            reason: withheld.reason, stateChangeTime: withheld.action.since,
            configurationUpdated: configurationUpdated, lateSeconds: withheld.lateSeconds,
            decisionNumber: withheld.decisionNumber, incidentStart: withheld.incidentStart,
            windowEnd: withheld.windowEnd, isAfterMuteWindow: true)
        return try run(
            transition, at: now, mutes: Mutes(), scope: scope, muteWindowEnd: min(withheld.mutedUntil, now),
            subscriptions: set.subscriptions, topics: set.topics)
    }

    /// Makes the messages and the history of the actions of a transition, or keeps it while the alarm is muted.
    ///
    /// - Parameters:
    ///   - transition: What is told.
    ///   - now: The time of the messages.
    ///   - mutes: What may withhold it.
    ///   - isPresentState: Only the present state's action waits for the end of a mute.
    ///   - ordinal: The place of the messages among those of the decision.
    ///   - scope: The events behind it; the messages wait for their evidence.
    ///   - evidence: What is known of them already.
    ///   - muteWindowEnd: The end of the mute that withheld it first.
    ///   - subscriptions: Who hears of topics.
    ///   - topics: Those that are loaded.
    /// - Returns: Nothing when the actions are switched off.
    /// - Throws: ``SigningError``.
    func run(
        _ transition: AlarmTransition, at now: Timestamp, mutes: Mutes, isPresentState: Bool = true,
        ordinal: Int = 0, scope: EvidenceScope? = nil, evidence: Evidence? = nil,
        muteWindowEnd: Timestamp? = nil, subscriptions: [Subscription], topics: [Topic]
    ) throws(SigningError) -> Announcement {
        let alarm = transition.alarm
        var announcement = Announcement()
        guard alarm.actionsEnabled else { return announcement }
        if let until = mutes.mutedUntil(alarm.name, at: now) {
            if isPresentState { announcement.withheld = WithheldTransition(transition, mutedUntil: until) }
            return announcement
        }
        var done: Set<String> = []
        for action in alarm.actions(for: transition.to) where done.insert(action).inserted {
            let isLoaded = topics.contains { $0.arn == action }
            announcement.history.append(
                .action(
                    AlarmHistoryItem.Action(
                        resource: action, stateUpdated: transition.stateChangeTime,
                        error: isLoaded ? nil : "no loaded alarm file has this topic", muteWindowEnd: muteWindowEnd),
                    alarmName: alarm.name, alarmType: alarm.alarmType, contributor: alarm.contributor, at: now))
            let hearers = subscriptions.filter { $0.topicARN == action }
            let isDrafted = takesEvidence && scope != nil
            announcement.messages += try publish(
                to: hearers.filter { !isDrafted || !$0.options.tellsEvidence }, at: now
            ) { notice(of: transition, ordinal: ordinal, evidence: evidence, to: $0) }
            guard isDrafted, let scope else { continue }
            // Filter policies and forms choose by what is known already.
            announcement.drafts += hearers.filter { subscription in
                guard subscription.isDeliverable, subscription.options.tellsEvidence else { return false }
                let notice = notice(of: transition, ordinal: ordinal, evidence: nil, to: subscription)
                return subscription.tells(notice) && subscription.admits(notice)
            }.map {
                MessageDraft(transition: transition, ordinal: ordinal, subscription: $0, createdAt: now, scope: scope)
            }
        }
        return announcement
    }
}

extension WithheldTransition {
    fileprivate init(_ transition: AlarmTransition, mutedUntil: Timestamp) {
        var triggering: [TriggeringAlarm] = []
        if case .composite(_, let children) = transition.alarm { triggering = children }
        self.init(
            alarmName: transition.alarm.name, contributor: transition.alarm.contributor,
            action: WithheldAction(state: transition.to, since: transition.stateChangeTime), from: transition.from,
            reason: transition.reason, decisionNumber: transition.decisionNumber,
            incidentStart: transition.incidentStart, windowEnd: transition.windowEnd,
            lateSeconds: transition.lateSeconds, triggering: triggering, mutedUntil: mutedUntil)
    }
}
