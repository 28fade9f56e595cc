package import TrailModel

/// One `AWS::SNS::Subscription`, or an entry of a topic's `Subscription` list: who hears of a topic.
package struct Subscription: Equatable, Sendable, Codable {
    /// Stable over restarts: made from topic, protocol and endpoint.
    package var arn: String
    package var topicARN: String
    /// SNS's name of the protocol, such as `http`, `https` or `email`.
    package var protocolName: String
    /// Address of the receiver; may hold secrets, so it never goes into logs or labels.
    package var endpoint: String
    package var options: SubscriptionOptions
    package var location: SourceLocation

    package init(
        arn: String, topicARN: String, protocolName: String, endpoint: String,
        options: SubscriptionOptions = SubscriptionOptions(), location: SourceLocation
    ) {
        self.arn = arn
        self.topicARN = topicARN
        self.protocolName = protocolName
        self.endpoint = endpoint
        self.options = options
        self.location = location
    }

    /// Reads one that was kept, perhaps by a version that knew no options.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        arn = try container.decode(String.self, forKey: .arn)
        topicARN = try container.decode(String.self, forKey: .topicARN)
        protocolName = try container.decode(String.self, forKey: .protocolName)
        endpoint = try container.decode(String.self, forKey: .endpoint)
        options = try container.decodeIfPresent(SubscriptionOptions.self, forKey: .options) ?? SubscriptionOptions()
        location = try container.decode(SourceLocation.self, forKey: .location)
    }

    /// True when this build delivers to it.
    package var isDeliverable: Bool { protocolName == "http" || protocolName == "https" }
}

/// How the messages of one subscription are chosen, formed and sent.
package struct SubscriptionOptions: Equatable, Sendable, Codable {
    /// What the receiver reads.
    package enum Format: String, CaseIterable, Sendable, Codable {
        /// SNS's own form.
        case sns
        case slack
        case teams
        case pagerduty
        /// The message alone, as a JSON document.
        case json
    }

    /// `Metadata.Trailwatch.Format`.
    package var format = Format.sns
    /// The integration key of PagerDuty's events API, a secret: `Metadata.Trailwatch.RoutingKey`.
    package var routingKey: String?
    /// `RawMessageDelivery`: the message without SNS's envelope.
    package var isRaw = false
    package var filterPolicy: FilterPolicy?
    package var deliveryPolicy: DeliveryPolicy?
    /// True asks the receiver by SNS's handshake before anything else is sent: `Metadata.Trailwatch.Confirm`.
    package var asksConfirmation = false

    /// Of its topic: SNS's `SignatureVersion`, `1` or `2`.
    package var signatureVersion = "1"
    /// Of its topic: false keeps the events behind a decision out of its messages.
    package var tellsEvidence = true

    package init() {}

    /// Takes over what the topic says for all its subscriptions.
    package mutating func follow(_ topic: Topic) {
        signatureVersion = topic.signatureVersion
        tellsEvidence = topic.tellsEvidence
    }
}

/// Which messages of its topic a subscription gets (SNS developer guide, message filtering).
package struct FilterPolicy: Equatable, Sendable, Codable {
    package enum Scope: String, CaseIterable, Sendable, Codable {
        case attributes = "MessageAttributes"
        case body = "MessageBody"
    }

    package let scope: Scope
    /// A pattern in JSON, of the grammar that event rules have.
    package let pattern: String

    package init(scope: Scope, pattern: String) {
        self.scope = scope
        self.pattern = pattern
    }
}
