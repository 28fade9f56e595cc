import TrailModel

/// A signed SNS message: the headers and the body that every attempt sends, byte for byte.
///
/// It is made once, when the message enters the outbox, so that retries are equal.
package struct SNSEnvelope: Equatable, Sendable {
    package let headers: [HTTPHeader]
    package let body: String

    /// Renders and signs `message`.
    ///
    /// - Parameters:
    ///   - message: What is sent.
    ///   - subscriptionARN: The receiver's subscription.
    ///   - messageKey: Sent as `Idempotency-Key`; absent for confirmations.
    ///   - identity: Signs, and names the certificate.
    ///   - links: Where the receiver finds the certificate and can unsubscribe.
    ///   - version: SNS's default is version 1.
    /// - Throws: ``SigningError/signing(_:)``.
    package init(
        _ message: SNSMessage, subscriptionARN: String, messageKey: MessageKey?, identity: SigningIdentity,
        links: SNSLinks, version: SignatureVersion = .one
    ) throws(SigningError) {
        let signature = try identity.signature(of: message.stringToSign, version: version)
        var fields = message.fields
        fields += [
            ("SignatureVersion", version.rawValue), ("Signature", signature),
            ("SigningCertURL", links.certificate(of: identity)),
        ]
        if case .notification = message.kind {
            let token = identity.token(for: SNSLinks.unsubscribeAction, of: subscriptionARN)
            fields.append(("UnsubscribeURL", links.unsubscribe(subscriptionARN: subscriptionARN, token: token)))
        }
        body = snsText(fields)
        headers = Self.headers(of: message, subscriptionARN: subscriptionARN, messageKey: messageKey)
    }

    /// The headers of a message, with or without envelope.
    ///
    /// - Parameters:
    ///   - message: What is sent.
    ///   - subscriptionARN: The receiver's subscription.
    ///   - messageKey: Sent as `Idempotency-Key`; absent for confirmations.
    ///   - contentType: SNS's own where none is given.
    /// - Returns: What every attempt sends.
    static func headers(
        of message: SNSMessage, subscriptionARN: String, messageKey: MessageKey?, contentType: String? = nil
    ) -> [HTTPHeader] {
        var headers = [
            HTTPHeader("x-amz-sns-message-type", message.kind.name),
            HTTPHeader("x-amz-sns-message-id", message.messageID),
            HTTPHeader("x-amz-sns-topic-arn", message.topicARN),
        ]
        if case .notification = message.kind {
            headers.append(HTTPHeader("x-amz-sns-subscription-arn", subscriptionARN))
        }
        headers += [
            HTTPHeader("Content-Type", contentType ?? "text/plain; charset=UTF-8"),
            HTTPHeader("User-Agent", "Amazon Simple Notification Service Agent"),
            HTTPHeader("Connection", "Keep-Alive"),
            HTTPHeader("Accept-Encoding", "gzip,deflate"),
        ]
        if let messageKey { headers.append(HTTPHeader("Idempotency-Key", messageKey.hex)) }
        return headers
    }
}

/// The addresses of ours that envelopes hold.
package struct SNSLinks: Equatable, Sendable {
    /// The console's outside address, without a slash at its end.
    package let externalURL: String

    package init(externalURL: String) {
        var url = externalURL
        while url.hasSuffix("/") { url.removeLast() }
        self.externalURL = url
    }

    package func certificate(of identity: SigningIdentity) -> String {
        "\(externalURL)/\(identity.certificateName)"
    }

    /// The alarm's place on the console's page.
    package func page(ofAlarm name: String) -> String {
        "\(externalURL)/#\(queryText(name))"
    }

    package static let confirmAction = "ConfirmSubscription"
    package static let unsubscribeAction = "Unsubscribe"

    /// SNS's address asks for no token; whoever knows a subscription's ARN could end it.
    package func unsubscribe(subscriptionARN: String, token: String) -> String {
        "\(externalURL)/?Action=\(Self.unsubscribeAction)&SubscriptionArn=\(queryText(subscriptionARN))"
            + "&Token=\(queryText(token))"
    }

    package func confirm(topicARN: String, token: String) -> String {
        "\(externalURL)/?Action=\(Self.confirmAction)&TopicArn=\(queryText(topicARN))&Token=\(queryText(token))"
    }
}

/// Percent-encodes what a query value cannot hold; colons and slashes stay, as in the addresses that SNS prints.
private func queryText(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/".utf8)
    return text.utf8.reduce(into: "") { result, byte in
        if plain.contains(byte) {
            result.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            result += "%" + hexText([byte]).uppercased()
        }
    }
}

/// SNS's layout of an envelope: one field a line, ` : ` between name and value.
private func snsText(_ fields: [(name: String, value: String?)]) -> String {
    let lines = fields.compactMap { field in
        field.value.map { "  \(JSONValue.string(field.name).text) : \(JSONValue.string($0).text)" }
    }
    return "{\n" + lines.joined(separator: ",\n") + "\n}"
}
