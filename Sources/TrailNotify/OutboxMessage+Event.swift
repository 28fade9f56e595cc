package import TrailAlarms
package import TrailModel

extension OutboxMessage {
    /// What a target of an event rule gets, to one subscription of its topic.
    ///
    /// SNS gets it from EventBridge without a subject. `nil` when this build does not deliver to the subscription's
    /// protocol.
    ///
    /// - Parameters:
    ///   - text: The event, or what the target's input makes of it.
    ///   - rule: The rule's name.
    ///   - target: The target's id in the rule.
    ///   - eventKey: Tells the event from others.
    ///   - subscription: Who hears of it.
    ///   - createdAt: SNS's `Timestamp`, and the start of the retry age.
    ///   - identity: Signs.
    ///   - links: Addresses of ours.
    /// - Throws: ``SigningError/signing(_:)``.
    package init?(
        event text: String, rule: String, target: String, eventKey: String, to subscription: Subscription,
        createdAt: Timestamp, identity: SigningIdentity, links: SNSLinks
    ) throws(SigningError) {
        guard let endpointKind = EndpointKind(rawValue: subscription.protocolName) else { return nil }
        let key = MessageKey(rule: rule, target: target, event: eventKey, endpoint: subscription.arn)
        let message = SNSMessage(
            kind: .notification(subject: nil), messageID: key.uuid, topicARN: subscription.topicARN, message: text,
            timestamp: createdAt)
        let envelope = try SNSEnvelope(
            message, subscriptionARN: subscription.arn, messageKey: key, identity: identity, links: links)
        self.init(
            id: 0, messageKey: key, endpointKind: endpointKind, topicARN: subscription.topicARN,
            subscriptionARN: subscription.arn, url: subscription.endpoint, subject: nil, headers: envelope.headers,
            body: envelope.body, alarmName: "rule \(rule)", createdAt: createdAt)
    }
}
