import Foundation
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

/// A message that waits for its evidence: kept with the state change, finished when that was written.
///
/// What is added to it must be optional: an older version may have kept drafts.
struct MessageDraft: Codable, Sendable {
    var transition: AlarmTransition
    /// The place of the message among those of the decision.
    var ordinal: Int
    var subscription: Subscription
    var createdAt: Timestamp
    var scope: EvidenceScope

    /// True for drafts that have their evidence in common.
    func sharesEvidence(with other: MessageDraft) -> Bool {
        transition == other.transition && ordinal == other.ordinal && scope == other.scope
    }
}

extension StoredMessage {
    /// A draft, in its place among the messages.
    init(_ draft: MessageDraft) throws {
        self.init(
            key: draft.transition.messageKey(ordinal: draft.ordinal, to: draft.subscription).hex,
            alarmName: draft.transition.alarm.name, subscriptionARN: draft.subscription.arn,
            topicARN: draft.subscription.topicARN, createdAt: draft.createdAt, nextAttempt: Self.draftTime,
            state: OutboxMessage.State.waiting.rawValue,
            request: String(decoding: try JSONEncoder().encode(draft), as: UTF8.self))
    }

    /// The draft that it is.
    var draft: MessageDraft {
        get throws { try JSONDecoder().decode(MessageDraft.self, from: Data(request.utf8)) }
    }
}
