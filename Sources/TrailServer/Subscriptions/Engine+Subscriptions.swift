import Logging
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// What became of a visit to an address that confirms or ends a subscription.
enum SubscriptionAnswer: Equatable, Sendable {
    case done(subscriptionARN: String)
    /// No loaded subscription has that token.
    case unknown
}

extension Engine {
    /// How long messages wait for the confirmation of their subscription.
    private static let confirmationSeconds: Int64 = 3 * 86_400

    /// Has those receivers asked that are to confirm first; before anything is told to them.
    func askReceivers(_ set: AlarmSet, now: Timestamp) throws {
        let asking = set.subscriptions.filter { $0.options.asksConfirmation && $0.isDeliverable }
        let questions = try asking.compactMap { subscription in
            try announcer.publisher.handshake(.subscription, with: subscription, createdAt: now).map {
                (subscriptionARN: subscription.arn, message: try StoredMessage($0))
            }
        }
        try store.keepHandshakes(
            questions, loaded: Set(set.subscriptions.map(\.arn)), at: now, reason: FailureReason.unconfirmed.rawValue)
    }

    /// Gives up what nobody confirmed in time.
    func giveUpUnconfirmed(_ now: Timestamp) throws {
        try store.giveUpHeld(
            before: now.adding(seconds: -Self.confirmationSeconds), at: now, reason: FailureReason.unconfirmed.rawValue)
    }

    /// Confirms the subscription to a topic whose token it is; once or again.
    func confirm(topicARN: String, token: String) throws -> SubscriptionAnswer {
        let found = evaluator.set.subscriptions.first {
            $0.topicARN == topicARN && isToken(token, for: SNSLinks.confirmAction, of: $0)
        }
        guard let found else { return .unknown }
        try store.confirm(subscription: found.arn, at: time.now())
        logger.notice("A subscription was confirmed", metadata: ["subscription.arn": "\(found.arn)"])
        onMessages()
        return .done(subscriptionARN: found.arn)
    }

    /// Ends a subscription; its receiver is told how to restore it.
    func unsubscribe(subscriptionARN: String, token: String) throws -> SubscriptionAnswer {
        let found = evaluator.set.subscriptions.first {
            $0.arn == subscriptionARN && isToken(token, for: SNSLinks.unsubscribeAction, of: $0)
        }
        let now = time.now()
        guard let found,
            let farewell = try announcer.publisher.handshake(.unsubscription, with: found, createdAt: now)
        else { return .unknown }
        let isNew = try store.unsubscribe(
            found.arn, at: now, reason: FailureReason.unsubscribed.rawValue, farewell: try StoredMessage(farewell))
        if isNew {
            logger.warning(
                "A receiver ended its subscription; it is told nothing more until it restores it",
                metadata: ["subscription.arn": "\(found.arn)"])
            onMessages()
        }
        return .done(subscriptionARN: found.arn)
    }

    private func isToken(_ token: String, for action: String, of subscription: Subscription) -> Bool {
        announcer.publisher.identity.isToken(token, for: action, of: subscription.arn)
    }
}
