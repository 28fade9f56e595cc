package import TrailAlarms
package import TrailModel

extension OutboxMessage {
    /// The message about a state change for one subscription, rendered and signed once and for all.
    ///
    /// `nil` when this build does not deliver to the subscription's protocol.
    ///
    /// - Parameters:
    ///   - transition: What happened.
    ///   - contributor: Keeps keys apart from those of other alarms of this name; the contributor's id where not given.
    ///   - ordinal: The place of the message among those of the decision, from 0.
    ///   - subscription: Who hears of it; its topic is the action.
    ///   - createdAt: SNS's `Timestamp`, and the start of the retry age.
    ///   - pageURL: The alarm's page on the console.
    ///   - details: Lines that take the place of window, reason and metric in the text for people.
    ///   - accountNames: Names of accounts by id, for the text for people.
    ///   - evidence: The events behind the decision.
    ///   - identity: Signs.
    ///   - links: Addresses of ours.
    /// - Throws: ``SigningError/signing(_:)``.
    package init?(
        _ transition: AlarmTransition, contributor: String? = nil, ordinal: Int = 0, to subscription: Subscription,
        createdAt: Timestamp, pageURL: String, details: [String] = [], accountNames: [String: String] = [:],
        evidence: Evidence? = nil, identity: SigningIdentity, links: SNSLinks
    ) throws(SigningError) {
        guard let endpointKind = EndpointKind(rawValue: subscription.protocolName) else { return nil }
        let key = transition.messageKey(contributor: contributor, ordinal: ordinal, to: subscription)
        let message = AlarmMessage(
            transition, messageKey: key, url: pageURL, details: details, accountNames: accountNames, evidence: evidence)
        let envelope = try SNSEnvelope(
            message, topicARN: subscription.topicARN, subscriptionARN: subscription.arn, timestamp: createdAt,
            identity: identity, links: links)
        self.init(
            id: 0, messageKey: key, endpointKind: endpointKind, topicARN: subscription.topicARN,
            subscriptionARN: subscription.arn, url: subscription.endpoint, subject: message.subject,
            headers: envelope.headers, body: envelope.body, alarmName: transition.alarm.name, createdAt: createdAt)
    }
}

extension OutboxMessage {
    /// Summaries stand under this name in the outbox, where other messages have that of their alarm.
    package static let summaryName = "TrailSummary"

    /// A summary for one subscription, rendered and signed once and for all.
    ///
    /// `nil` when this build does not deliver to the subscription's protocol.
    ///
    /// - Parameters:
    ///   - kind: What it is about.
    ///   - content: What it tells of.
    ///   - subscription: Who hears of it.
    ///   - createdAt: SNS's `Timestamp`, and the start of the retry age.
    ///   - accountID: Of our own ARNs.
    ///   - region: Of our own ARNs.
    ///   - accountNames: Names of accounts by id, for the text for people.
    ///   - identity: Signs.
    ///   - links: Addresses of ours.
    /// - Throws: ``SigningError/signing(_:)``.
    package init?(
        summary kind: SummaryMessage.Kind, _ content: SummaryContent, to subscription: Subscription,
        createdAt: Timestamp, accountID: String, region: String, accountNames: [String: String],
        identity: SigningIdentity, links: SNSLinks
    ) throws(SigningError) {
        guard let endpointKind = EndpointKind(rawValue: subscription.protocolName) else { return nil }
        let topic = subscription.topicARN
        let key =
            switch kind {
            case .late(let day, _): MessageKey(summaryOf: topic, day: day, endpoint: subscription.arn)
            case .catchUp: MessageKey(summaryOf: topic, sentAt: createdAt, endpoint: subscription.arn)
            }
        let message = SummaryMessage(
            kind, content, accountID: accountID, region: region, messageKey: key, url: "\(links.externalURL)/",
            accountNames: accountNames)
        let envelope = try SNSEnvelope(
            message, topicARN: topic, subscriptionARN: subscription.arn, timestamp: createdAt, identity: identity,
            links: links)
        self.init(
            id: 0, messageKey: key, endpointKind: endpointKind, topicARN: topic, subscriptionARN: subscription.arn,
            url: subscription.endpoint, subject: message.subject, headers: envelope.headers, body: envelope.body,
            alarmName: Self.summaryName, createdAt: createdAt)
    }
}
