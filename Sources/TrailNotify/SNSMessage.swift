package import TrailModel

/// What SNS sends to an HTTP endpoint, before it is signed (SNS developer guide, message formats).
package struct SNSMessage: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case notification(subject: String?)
        case subscriptionConfirmation(token: String, subscribeURL: String)
        case unsubscribeConfirmation(token: String, subscribeURL: String)

        /// SNS's name, in the body and in the header `x-amz-sns-message-type`.
        package var name: String {
            switch self {
            case .notification: "Notification"
            case .subscriptionConfirmation: "SubscriptionConfirmation"
            case .unsubscribeConfirmation: "UnsubscribeConfirmation"
            }
        }
    }

    package let kind: Kind
    package let messageID: String
    package let topicARN: String
    package let message: String
    package let timestamp: Timestamp

    package init(kind: Kind, messageID: String, topicARN: String, message: String, timestamp: Timestamp) {
        self.kind = kind
        self.messageID = messageID
        self.topicARN = topicARN
        self.message = message
        self.timestamp = timestamp
    }

    /// The bytes that the signature covers: each signed field's name and value, each ended by a line feed, the fields
    /// in byte order of their names.
    package var stringToSign: String {
        let signed = fields.filter { $0.value != nil }.sorted {
            Array($0.name.utf8).lexicographicallyPrecedes($1.name.utf8)
        }
        return signed.reduce(into: "") { text, field in text += "\(field.name)\n\(field.value ?? "")\n" }
    }

    /// The signed fields in the order in which AWS prints them.
    var fields: [(name: String, value: String?)] {
        let head: [(name: String, value: String?)] = [("Type", kind.name), ("MessageId", messageID)]
        let time = timestamp.rfc3339Milliseconds
        switch kind {
        case .notification(let subject):
            return head + [
                ("TopicArn", topicARN), ("Subject", subject), ("Message", message), ("Timestamp", time),
            ]
        case .subscriptionConfirmation(let token, let subscribeURL),
            .unsubscribeConfirmation(let token, let subscribeURL):
            return head + [
                ("Token", token), ("TopicArn", topicARN), ("Message", message), ("SubscribeURL", subscribeURL),
                ("Timestamp", time),
            ]
        }
    }
}
