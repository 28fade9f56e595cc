import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

/// Decides which decisions are announced, and makes their messages and the history of their actions.
struct Announcer: Sendable {
    /// What the decisions of one alarm may have been made by.
    struct Origin {
        /// Decisions whose window ends at or before it are not announced.
        let alarmMark: Timestamp
        /// Minutes changed since the alarm was evaluated last.
        let touched: ArraySlice<UnevaluatedMinutes>
        /// Marks of the sources by name; files of a source without one never announce anything.
        let sourceMarks: [String: Timestamp]
    }

    let accountID: String
    let region: String
    let notifyInitial: ServerSettings.NotifyInitial
    let publisher: Publisher
    /// A missed ALARM whose window ended longer ago is told in the summary of the day.
    var lateWithinSeconds: Int64 = 86_400
    /// For the texts of messages.
    var accountNames = AccountNames()
    /// True when messages wait for their evidence: somebody has to take it.
    var takesEvidence = false

    /// What is told of `decision`; nothing when it is not announced.
    func transition(
        of decision: Decision, _ alarm: MetricAlarm, _ status: AlarmStatus, _ origin: Origin
    ) -> AlarmTransition? {
        guard alarm.actionsEnabled, isAnnounced(decision, alarm, origin) else { return nil }
        let lateSeconds = (decision.decidedAt.milliseconds - decision.windowEnd.milliseconds) / 1000
        return AlarmTransition(
            alarm: .metric(alarm), accountID: accountID, region: region, from: decision.from, to: decision.to,
            reason: decision.reason, stateChangeTime: decision.decidedAt,
            configurationUpdated: status.configurationUpdated, lateSeconds: decision.isLate ? lateSeconds : nil,
            decisionNumber: decision.number, incidentStart: decision.incidentStart, windowEnd: decision.windowEnd)
    }

    /// What is told of an ALARM that lasts, as of its state now.
    ///
    /// - Parameters:
    ///   - alarm: The alarm, or a contributor.
    ///   - status: Its state, ALARM.
    ///   - number: The decision that message keys name.
    /// - Returns: The transition, from ALARM to ALARM.
    func transition(ofLasting alarm: MetricAlarm, _ status: AlarmStatus, decision number: Int64) -> AlarmTransition {
        AlarmTransition(
            alarm: .metric(alarm), accountID: accountID, region: region, from: .alarm, to: .alarm,
            reason: status.reason, stateChangeTime: status.stateUpdated,
            configurationUpdated: status.configurationUpdated, decisionNumber: number,
            incidentStart: status.enteredAlarmAt, windowEnd: status.decidedThrough)
    }

    /// The messages about silence, to all that hear of `topics`.
    func messages(
        of message: SilenceMessage, to topics: [String], subscriptions: [Subscription]
    ) throws(SigningError) -> [OutboxMessage] {
        let transition = message.transition(accountID: accountID, region: region)
        let hearers = subscriptions.filter { topics.contains($0.topicARN) }
        return try publish(to: hearers, at: message.now) { subscription in
            let key = transition.messageKey(contributor: Self.operatorContributor, ordinal: 0, to: subscription)
            return Notice(
                AlarmMessage(
                    transition, messageKey: key, url: consoleURL, details: message.details,
                    accountNames: accountNames.byID))
        }
    }

    /// Tells each of the subscriptions, in the form of its receiver; those that nothing is delivered to, or whose filter
    /// policy does not admit it, are left out.
    func publish(
        to subscriptions: [Subscription], at now: Timestamp, _ notice: (Subscription) -> Notice
    ) throws(SigningError) -> [OutboxMessage] {
        var messages: [OutboxMessage] = []
        for subscription in subscriptions where subscription.isDeliverable {
            let notice = notice(subscription)
            guard subscription.admits(notice) else { continue }
            if let message = try publisher.message(notice, to: subscription, createdAt: now) {
                messages.append(message)
            }
        }
        return messages
    }

    /// What is told of a transition to one subscription; `ordinal` is its place among those of the decision.
    func notice(
        of transition: AlarmTransition, ordinal: Int, evidence: Evidence?, to subscription: Subscription
    ) -> Notice {
        Notice(
            AlarmMessage(
                transition, messageKey: transition.messageKey(ordinal: ordinal, to: subscription),
                url: publisher.links.page(ofAlarm: transition.alarm.name), accountNames: accountNames.byID,
                evidence: subscription.options.tellsEvidence ? evidence : nil))
    }

    /// The console's first page.
    var consoleURL: String { "\(publisher.links.externalURL)/" }

    /// Keeps the keys of operator messages apart from those of an alarm that somebody gives the same name.
    private static let operatorContributor = "operator"

    private func isAnnounced(_ decision: Decision, _ alarm: MetricAlarm, _ origin: Origin) -> Bool {
        guard decision.kind != .settled, decision.changesState || decision.isMissedAlarm else { return false }
        return tellsFirst(decision.isFirst, decision.to) && isNews(decision, alarm, origin)
    }

    /// Whether a transition is told although it may be an alarm's first.
    func tellsFirst(_ isFirst: Bool, _ state: AlarmState) -> Bool {
        guard isFirst else { return true }
        return switch notifyInitial {
        case .all: true
        case .none: false
        case .alarm: state == .alarm
        }
    }

    /// Whether the decision, and the files that made it, come after the marks.
    func isNews(_ decision: Decision, _ alarm: MetricAlarm, _ origin: Origin) -> Bool {
        guard decision.windowEnd > origin.alarmMark else { return false }
        let start = decision.windowEnd.adding(seconds: -alarm.windowSeconds)
        var makers = origin.touched.filter { entry in
            entry.minutes.contains { $0 >= start && $0 < decision.windowEnd }
        }
        // The end of an ALARM that late events brought about lies behind the last window that holds them.
        if makers.isEmpty && decision.kind == .amended {
            makers = origin.touched.filter { entry in entry.minutes.contains { $0 < decision.windowEnd } }
        }
        // An ALARM in whose end nothing happened ends for those who were told that it began.
        if makers.isEmpty, decision.from == .alarm, let began = decision.incidentStart {
            let start = began.adding(seconds: -alarm.windowSeconds)
            makers = origin.touched.filter { entry in
                entry.minutes.contains { $0 >= start && $0 < decision.windowEnd }
            }
        }
        let marks = makers.map { origin.sourceMarks[$0.source] }
        return marks.isEmpty || marks.contains { mark in mark.map { decision.windowEnd > $0 } ?? false }
    }
}
