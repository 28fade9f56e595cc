import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

extension Announcer {
    /// Has a transition told in a summary of each of its topics, in place of messages of its own.
    ///
    /// - Parameters:
    ///   - transition: What happened.
    ///   - day: The day of the summary; `nil` for that of the time away.
    ///   - now: The time of the decision.
    ///   - topics: Those that are loaded.
    ///   - record: Takes it, and the history of the actions.
    /// - Returns: The lines of history, which are not yet in `record`.
    func summarise(
        _ transition: AlarmTransition, day: Timestamp?, at now: Timestamp, topics: [Topic],
        _ record: inout EvaluationRecord
    ) -> [AlarmHistoryItem] {
        let alarm = transition.alarm
        guard alarm.actionsEnabled else { return [] }
        var seen: Set<String> = []
        let targets = alarm.actions(for: transition.to).filter { action in
            seen.insert(action).inserted && topics.contains { $0.arn == action }
        }
        record.summarise(SummarisedTransition(transition), in: targets, day: day)
        return targets.map { topic in
            .action(
                AlarmHistoryItem.Action(
                    resource: topic, stateUpdated: transition.stateChangeTime, summary: SummaryPlace(day: day)),
                alarmName: alarm.name, alarmType: alarm.alarmType, contributor: alarm.contributor, at: now)
        }
    }

    /// Tells alone what was to be told in the summary of a time away.
    func tell(
        _ summarised: SummarisedTransition, of alarm: AnnouncedAlarm, configurationUpdated: Timestamp,
        scope: EvidenceScope?, at now: Timestamp, mutes: Mutes, set: AlarmSet
    ) throws(SigningError) -> Announcement {
        let transition = AlarmTransition(
            alarm: alarm, accountID: accountID, region: region, from: summarised.from, to: summarised.to,
            reason: summarised.reason, stateChangeTime: summarised.decidedAt,
            configurationUpdated: configurationUpdated, lateSeconds: summarised.lateSeconds,
            decisionNumber: summarised.decisionNumber, incidentStart: summarised.incidentStart,
            windowEnd: summarised.windowEnd)
        return try run(
            transition, at: now, mutes: mutes, scope: scope, subscriptions: set.subscriptions, topics: set.topics)
    }

    /// The messages of a summary, to all that hear of its topic.
    func messages(
        of key: SummaryKey, _ content: SummaryContent, at now: Timestamp, subscriptions: [Subscription]
    ) throws(SigningError) -> [OutboxMessage] {
        guard !content.alarms.isEmpty else { return [] }
        let kind = key.day.map { SummaryMessage.Kind.late(day: $0, afterSeconds: lateWithinSeconds) } ?? .catchUp
        return try publish(to: subscriptions.filter { $0.topicARN == key.topicARN }, at: now) { subscription in
            Notice(
                SummaryMessage(
                    kind, content, accountID: accountID, region: region,
                    messageKey: SummaryMessage.key(of: kind, to: subscription, at: now), url: consoleURL,
                    accountNames: accountNames.byID))
        }
    }
}

extension SummarisedTransition {
    fileprivate init(_ transition: AlarmTransition) {
        var triggering: [TriggeringAlarm] = []
        if case .composite(_, let children) = transition.alarm { triggering = children }
        self.init(
            alarmName: transition.alarm.name, contributor: transition.alarm.contributor, from: transition.from,
            to: transition.to, reason: transition.reason, decidedAt: transition.stateChangeTime,
            windowEnd: transition.windowEnd, decisionNumber: transition.decisionNumber,
            incidentStart: transition.incidentStart, lateSeconds: transition.lateSeconds, triggering: triggering)
    }
}
