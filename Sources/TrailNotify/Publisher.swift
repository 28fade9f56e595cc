package import TrailAlarms
package import TrailModel

/// Makes the message of a notice for one subscription, rendered and signed once and for all: SNS's part of the way.
package struct Publisher: Sendable {
    /// Signs.
    package let identity: SigningIdentity
    /// Addresses of ours.
    package let links: SNSLinks

    package init(identity: SigningIdentity, links: SNSLinks) {
        self.identity = identity
        self.links = links
    }

    /// The message to one subscription, in the form that its receiver reads.
    ///
    /// - Parameters:
    ///   - notice: What is told.
    ///   - subscription: Who hears of it.
    ///   - createdAt: SNS's `Timestamp`, and the start of the retry age.
    /// - Returns: `nil` when this build does not deliver to the subscription's protocol, or its form has nothing to say
    ///   of the notice.
    /// - Throws: ``SigningError/signing(_:)``.
    package func message(
        _ notice: Notice, to subscription: Subscription, createdAt: Timestamp
    ) throws(SigningError) -> OutboxMessage? {
        guard let endpointKind = EndpointKind(rawValue: subscription.protocolName) else { return nil }
        let options = subscription.options
        guard let request = try request(notice, to: subscription, createdAt: createdAt) else { return nil }
        return OutboxMessage(
            id: 0, messageKey: notice.key, endpointKind: endpointKind, topicARN: subscription.topicARN,
            subscriptionARN: subscription.arn, url: subscription.endpoint, subject: notice.subject,
            headers: request.headers, body: request.body,
            terms: DeliveryTerms(
                policy: options.deliveryPolicy.flatMap { $0.givesRetries ? $0 : nil },
                perSecondMax: options.deliveryPolicy?.receivesPerSecondMax ?? options.format.receivesPerSecondMax),
            alarmName: notice.name, createdAt: createdAt)
    }

    /// SNS's question whether messages may be sent, or its answer to the end of a subscription, which says how to
    /// restore it.
    ///
    /// - Throws: ``SigningError/signing(_:)``.
    package func handshake(
        _ handshake: Handshake, with subscription: Subscription, createdAt: Timestamp
    ) throws(SigningError) -> OutboxMessage? {
        guard let endpointKind = EndpointKind(rawValue: subscription.protocolName) else { return nil }
        let token = identity.token(for: SNSLinks.confirmAction, of: subscription.arn)
        let url = links.confirm(topicARN: subscription.topicARN, token: token)
        let key = MessageKey(handshake: handshake.rawValue, of: subscription.arn, at: createdAt)
        let (kind, text): (SNSMessage.Kind, String) =
            switch handshake {
            case .subscription:
                (
                    .subscriptionConfirmation(token: token, subscribeURL: url),
                    "You have chosen to subscribe to the topic \(subscription.topicARN).\nTo confirm the subscription, "
                        + "visit the SubscribeURL included in this message."
                )
            case .unsubscription:
                (
                    .unsubscribeConfirmation(token: token, subscribeURL: url),
                    "You have chosen to deactivate subscription \(subscription.arn).\nTo cancel this operation and "
                        + "restore the subscription, visit the SubscribeURL included in this message."
                )
            }
        let message = SNSMessage(
            kind: kind, messageID: key.uuid, topicARN: subscription.topicARN, message: text, timestamp: createdAt)
        let envelope = try SNSEnvelope(
            message, subscriptionARN: subscription.arn, messageKey: key, identity: identity, links: links,
            version: SignatureVersion(rawValue: subscription.options.signatureVersion) ?? .one)
        return OutboxMessage(
            id: 0, messageKey: key, endpointKind: endpointKind, topicARN: subscription.topicARN,
            subscriptionARN: subscription.arn, url: subscription.endpoint, subject: nil, headers: envelope.headers,
            body: envelope.body, alarmName: Self.handshakeName, createdAt: createdAt)
    }

    /// Handshakes stand under this name in the outbox, where other messages have that of their alarm.
    package static let handshakeName = "TrailSubscription"

    package enum Handshake: String, Sendable {
        case subscription = "SubscriptionConfirmation"
        case unsubscription = "UnsubscribeConfirmation"
    }

    private func request(
        _ notice: Notice, to subscription: Subscription, createdAt: Timestamp
    ) throws(SigningError) -> (headers: [HTTPHeader], body: String)? {
        let body: String? =
            switch subscription.options.format {
            case .sns: nil
            case .json: JSONForm.body(notice)
            case .slack: SlackForm.body(notice)
            case .teams: TeamsForm.body(notice)
            case .pagerduty: PagerDutyForm.body(notice, to: subscription, at: createdAt)
            }
        if let body { return (serviceHeaders(notice), body) }
        guard subscription.options.format == .sns else { return nil }
        return try snsRequest(notice, to: subscription, createdAt: createdAt)
    }

    /// SNS's own form; `MessageId` is made from the notice's key, so that it never changes.
    private func snsRequest(
        _ notice: Notice, to subscription: Subscription, createdAt: Timestamp
    ) throws(SigningError) -> (headers: [HTTPHeader], body: String) {
        let options = subscription.options
        let message = SNSMessage(
            kind: .notification(subject: notice.subject), messageID: notice.key.uuid, topicARN: subscription.topicARN,
            message: notice.document, timestamp: createdAt)
        let headers = SNSEnvelope.headers(
            of: message, subscriptionARN: subscription.arn, messageKey: notice.key,
            contentType: options.deliveryPolicy?.contentType)
        if options.isRaw { return (headers + [HTTPHeader("x-amz-sns-rawdelivery", "true")], notice.document) }
        let envelope = try SNSEnvelope(
            message, subscriptionARN: subscription.arn, messageKey: notice.key, identity: identity, links: links,
            version: SignatureVersion(rawValue: options.signatureVersion) ?? .one)
        return (headers, envelope.body)
    }
}

extension SubscriptionOptions.Format {
    /// The rate of messages that a service takes; over it Slack and Teams answer 429.
    fileprivate var receivesPerSecondMax: Int? {
        switch self {
        case .slack: 1
        case .teams: 4
        case .sns, .pagerduty, .json: nil
        }
    }
}
