import Foundation
package import TrailStore

/// A message of the outbox as `notifications` lists it.
package struct ListedMessage: Sendable {
    package let message: SentMessage
    /// SNS's name of the receiver's protocol; `nil` for a message that cannot be read.
    package let endpointKind: String?

    init(_ message: SentMessage, request: String) {
        self.message = message
        let kept = try? JSONDecoder().decode(Request.self, from: Data(request.utf8))
        endpointKind = kept?.endpointKind ?? kept?.subscription?.protocolName
    }

    /// What a finished message and a draft say of whom they are for, without the address.
    private struct Request: Decodable {
        struct Receiver: Decodable {
            let protocolName: String
        }

        let endpointKind: String?
        let subscription: Receiver?
    }
}

extension StoreReader {
    /// The newest messages, oldest first.
    package func listedMessages(_ selection: MessageSelection, limit: Int) throws -> [ListedMessage] {
        try messages(selection, limit: limit, ListedMessage.init)
    }

    /// The attempts of the one message whose key begins with what somebody typed.
    ///
    /// - Throws: ``InputError`` when there is none, or more than one; what SQLite says.
    package func attempts(ofMessage text: String) throws -> (key: String, attempts: [StoredAttempt]) {
        let key = try messageKey(text) { try messageKeys(prefix: $0, limit: $1) }
        return (key, try attempts(ofKey: key))
    }
}
