package import TrailModel

/// One `AWS::SNS::Topic`: where state changes are published.
package struct Topic: Equatable, Sendable {
    package var arn: String
    package var displayName: String?
    package var location: SourceLocation

    package init(arn: String, displayName: String? = nil, location: SourceLocation) {
        self.arn = arn
        self.displayName = displayName
        self.location = location
    }
}

/// One `AWS::SNS::Subscription`, or an entry of a topic's `Subscription` list: who hears of a topic.
package struct Subscription: Equatable, Sendable, Codable {
    /// Stable over restarts: made from topic, protocol and endpoint.
    package var arn: String
    package var topicARN: String
    /// SNS's name of the protocol, such as `http`, `https` or `email`.
    package var protocolName: String
    /// Address of the receiver; may hold secrets, so it never goes into logs or labels.
    package var endpoint: String
    package var location: SourceLocation

    package init(arn: String, topicARN: String, protocolName: String, endpoint: String, location: SourceLocation) {
        self.arn = arn
        self.topicARN = topicARN
        self.protocolName = protocolName
        self.endpoint = endpoint
        self.location = location
    }

    /// True when this build delivers to it.
    package var isDeliverable: Bool { protocolName == "http" || protocolName == "https" }
}
