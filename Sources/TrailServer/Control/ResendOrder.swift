import Logging
package import TrailModel
import TrailNotify
import TrailStore

/// Which message somebody wants to be sent again.
package struct ResendOrder: Equatable, Sendable, Codable {
    /// The message's key, or its first digits.
    package let key: String
    package let who: String

    package init(key: String, who: String) {
        self.key = key
        self.who = who
    }
}

/// A message that is sent again.
package struct Resent: Equatable, Sendable, Codable {
    package let key: String
    package let alarmName: String
    package let subscriptionARN: String
    /// What it was until now: `waiting`, `delivered` or `dead`.
    package let formerState: String
    /// True for one that is sent when its evidence was taken.
    package let waitsForEvidence: Bool
    /// The key of the message that is sent before it.
    package let after: String?
}

/// The one message key that begins with what somebody typed.
///
/// - Parameters:
///   - text: Its first digits, at least ``messageKeyDigitsMin``.
///   - keys: So many of the keys that begin with a text.
/// - Returns: The whole key.
/// - Throws: ``InputError`` when there is none, or more than one; what `keys` throws.
func messageKey(_ text: String, among keys: (_ prefix: String, _ limit: Int) throws -> [String]) throws -> String {
    let prefix = text.lowercased()
    let isKey = prefix.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    guard isKey, prefix.utf8.count >= messageKeyDigitsMin else {
        throw InputError(
            "cannot find a message by '\(text)'; want its key, or the first \(messageKeyDigitsMin) digits of it or more, as "
                + "`trailwatch notifications` prints them")
    }
    let found = try keys(prefix, 2)
    guard let key = found.first else {
        throw InputError(
            "there is no message with the key '\(text)'; `trailwatch notifications` lists those that are kept")
    }
    guard found.count == 1 else {
        throw InputError("more than one message has a key that begins with '\(text)'; want more digits of it")
    }
    return key
}

/// So many digits of a message's key may stand for it.
package let messageKeyDigitsMin = 8

extension Store {
    /// Has a message sent again.
    ///
    /// - Throws: ``InputError`` for a message that is not there or cannot be read; what keeps the store from writing.
    func resend(_ order: ResendOrder, at now: Timestamp) throws -> Resent {
        let key = try messageKey(order.key) { try messages(keyPrefix: $0, limit: $1).map(\.key) }
        guard let message = try messages(keyPrefix: key, limit: 1).first else {
            throw InputError("the message '\(key)' is not kept any more")
        }
        // The delivery of all others would stop at it.
        guard message.isReadable else {
            throw InputError("cannot send the message '\(key)' again: what is kept of it cannot be read")
        }
        guard try resend(id: message.id, at: now) else {
            throw InputError("the message '\(key)' is not kept any more")
        }
        return Resent(
            key: key, alarmName: message.alarmName, subscriptionARN: message.subscriptionARN,
            formerState: message.state, waitsForEvidence: message.isDraft, after: try keyOfHead(before: message))
    }
}

extension StoredMessage {
    fileprivate var isDraft: Bool { nextAttempt == Self.draftTime }

    fileprivate var isReadable: Bool {
        isDraft ? (try? draft) != nil : (try? OutboxMessage(stored: self)) != nil
    }
}

extension Engine {
    /// Has a message sent again.
    ///
    /// - Throws: ``InputError`` for a message that is not there or cannot be read; what keeps the store from writing.
    func resend(_ order: ResendOrder) throws -> Resent {
        let resent = try store.resend(order, at: time.now())
        logger.notice(
            "A message is sent again",
            metadata: [
                "message.key": "\(resent.key)", "subscription.arn": "\(resent.subscriptionARN)",
                "state": "\(resent.formerState)", "who": "\(order.who)",
            ])
        onMessages()
        return resent
    }
}

/// The outbox of a store that no server uses.
package enum IdleOutbox {
    /// Has a message sent again when the next server starts.
    ///
    /// - Throws: ``InputError`` for a message that is not there or cannot be read; ``StoreError`` for a store in use.
    package static func resend(_ order: ResendOrder, directory: String, now: Timestamp) throws -> Resent {
        // A command that names a wrong directory makes no store there.
        _ = try StoreReader(directory: directory)
        return try Store(directory: directory).resend(order, at: now)
    }
}
