import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify

/// One entry of Fixtures/sns-signatures.json: made with a throw-away key by another implementation.
struct SignatureVector: Decodable, Sendable {
    struct Message: Decodable, Sendable {
        let kind: String
        let messageID: String
        let topicARN: String
        let subject: String?
        let message: String
        let token: String?
        let subscribeURL: String?
        let timestamp: String

        enum CodingKeys: String, CodingKey {
            case kind = "Type"
            case messageID = "MessageId"
            case topicARN = "TopicArn"
            case subject = "Subject"
            case message = "Message"
            case token = "Token"
            case subscribeURL = "SubscribeURL"
            case timestamp = "Timestamp"
        }
    }

    let message: Message
    let stringToSign: String
    let signatureV1Base64: String
    let signatureV2Base64: String

    var snsMessage: SNSMessage {
        let kind: SNSMessage.Kind =
            switch message.kind {
            case "Notification": .notification(subject: message.subject)
            case "SubscriptionConfirmation":
                .subscriptionConfirmation(token: message.token ?? "", subscribeURL: message.subscribeURL ?? "")
            default: .unsubscribeConfirmation(token: message.token ?? "", subscribeURL: message.subscribeURL ?? "")
            }
        return SNSMessage(
            kind: kind, messageID: message.messageID, topicARN: message.topicARN, message: message.message,
            timestamp: time(message.timestamp))
    }
}

struct SignatureVectors: Decodable, Sendable {
    let publicKeySPKIPem: String
    let sns: [SignatureVector]

    static func load() throws -> SignatureVectors {
        let url = try #require(
            Bundle.module.url(forResource: "sns-signatures", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(SignatureVectors.self, from: Data(contentsOf: url))
    }
}

@Suite struct SNSEnvelopeTests {
    private static let identity = Result {
        var generator = SeededGenerator(seed: 1)
        return try SigningIdentity(madeAt: time("2026-01-01T00:00:00Z"), using: &generator)
    }
    private let identity: SigningIdentity
    private let links = SNSLinks(externalURL: "https://trail.example.test/")

    init() throws {
        identity = try Self.identity.get()
    }

    @Test func `strings to sign are those of the vectors`() throws {
        let vectors = try SignatureVectors.load()
        #expect(vectors.sns.count == 3)
        for vector in vectors.sns { #expect(vector.snsMessage.stringToSign == vector.stringToSign) }
    }

    @Test func `the vectors' signatures are valid, and for their own text and version only`() throws {
        let vectors = try SignatureVectors.load()
        let key = vectors.publicKeySPKIPem
        for vector in vectors.sns {
            let text = vector.snsMessage.stringToSign
            let (one, two) = (vector.signatureV1Base64, vector.signatureV2Base64)
            #expect(SignatureVersion.one.isValid(one, of: text, publicKeyPEM: key))
            #expect(SignatureVersion.two.isValid(two, of: text, publicKeyPEM: key))
            #expect(!SignatureVersion.one.isValid(one, of: text + "x", publicKeyPEM: key))
            #expect(!SignatureVersion.two.isValid(one, of: text, publicKeyPEM: key))
            #expect(!SignatureVersion.one.isValid("?", of: text, publicKeyPEM: key))
            #expect(!SignatureVersion.one.isValid(one, of: text, publicKeyPEM: "?"))
        }
    }

    @Test(arguments: SignatureVersion.allCases)
    func `a body has SNS's keys in order and a signature that its certificate confirms`(
        _ version: SignatureVersion
    ) throws {
        let message = SNSMessage(
            kind: .notification(subject: "S \"q\""), messageID: "id", topicARN: topicARN, message: "line 1\nline é",
            timestamp: time("2012-05-02T00:54:06.655Z"))
        let envelope = try SNSEnvelope(
            message, subscriptionARN: topicARN + ":1", messageKey: nil, identity: identity, links: links,
            version: version)
        let keys = envelope.body.split(separator: "\n").compactMap { $0.split(separator: "\"").dropFirst().first }
        #expect(
            keys.map(String.init) == [
                "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature",
                "SigningCertURL", "UnsubscribeURL",
            ])
        let fields = try JSONDecoder().decode([String: String].self, from: Data(envelope.body.utf8))
        #expect(fields["Message"] == "line 1\nline é")
        #expect(fields["Timestamp"] == "2012-05-02T00:54:06.655Z")
        #expect(fields["SignatureVersion"] == version.rawValue)
        #expect(
            fields["SigningCertURL"]
                == "https://trail.example.test/SimpleNotificationService-\(identity.fingerprint).pem")
        #expect(
            fields["UnsubscribeURL"]
                == "https://trail.example.test/?Action=Unsubscribe&SubscriptionArn=\(topicARN):1"
                + "&Token=\(identity.token(for: "Unsubscribe", of: topicARN + ":1"))")
        let signature = try #require(fields["Signature"])
        let key = try publicKeyPEM(ofCertificate: identity.certificatePEM)
        #expect(version.isValid(signature, of: message.stringToSign, publicKeyPEM: key))
    }

    @Test func `a notification without a subject has no such key`() throws {
        let message = SNSMessage(
            kind: .notification(subject: nil), messageID: "id", topicARN: topicARN, message: "m",
            timestamp: time("2012-05-02T00:54:06.655Z"))
        let envelope = try SNSEnvelope(
            message, subscriptionARN: topicARN + ":1", messageKey: nil, identity: identity, links: links)
        #expect(!envelope.body.contains("Subject"))
        #expect(!message.stringToSign.contains("Subject"))
    }

    @Test func `a confirmation has a token and an address, and names no subscription`() throws {
        let confirm = links.confirm(topicARN: topicARN, token: "a&b")
        #expect(confirm == "https://trail.example.test/?Action=ConfirmSubscription&TopicArn=\(topicARN)&Token=a%26b")
        let message = SNSMessage(
            kind: .subscriptionConfirmation(token: "a&b", subscribeURL: confirm), messageID: "id", topicARN: topicARN,
            message: "m", timestamp: time("2012-05-02T00:54:06.655Z"))
        let envelope = try SNSEnvelope(
            message, subscriptionARN: topicARN + ":1", messageKey: nil, identity: identity, links: links)
        let keys = envelope.body.split(separator: "\n").compactMap { $0.split(separator: "\"").dropFirst().first }
        #expect(
            keys.map(String.init) == [
                "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion",
                "Signature", "SigningCertURL",
            ])
        #expect(!envelope.headers.contains { $0.name == "x-amz-sns-subscription-arn" || $0.name == "Idempotency-Key" })
    }

    @Test func `an alarm's envelope is the same bytes each time, headers and all`() throws {
        let message = sampleMessage()
        let subscription = subscription("https")
        func made() throws -> OutboxMessage? {
            try Publisher(identity: identity, links: links).message(
                Notice(message), to: subscription, createdAt: time("2026-09-14T11:18:45Z"))
        }
        let first = try #require(try made())
        #expect(try made() == first)
        #expect(
            first.headers == [
                HTTPHeader("x-amz-sns-message-type", "Notification"),
                HTTPHeader("x-amz-sns-message-id", message.messageKey.uuid),
                HTTPHeader("x-amz-sns-topic-arn", topicARN),
                HTTPHeader("x-amz-sns-subscription-arn", topicARN + ":1"),
                HTTPHeader("Content-Type", "text/plain; charset=UTF-8"),
                HTTPHeader("User-Agent", "Amazon Simple Notification Service Agent"),
                HTTPHeader("Connection", "Keep-Alive"),
                HTTPHeader("Accept-Encoding", "gzip,deflate"),
                HTTPHeader("Idempotency-Key", message.messageKey.hex),
            ])
        let fields = try JSONDecoder().decode([String: String].self, from: Data(first.body.utf8))
        #expect(fields["MessageId"] == message.messageKey.uuid)
        #expect(fields["Subject"] == message.subject)
        #expect(fields["Message"] == message.json.text)
        #expect(fields["SignatureVersion"] == "1")
    }

    @Test(arguments: [("https", EndpointKind.https), ("http", .http), ("email", nil), ("sqs", nil)])
    func `a subscription's message is complete, or there is none for its protocol`(
        _ protocolName: String, kind: EndpointKind?
    ) throws {
        let created = time("2026-09-14T11:18:45Z")
        let message = try Publisher(identity: identity, links: links).message(
            Notice(sampleMessage()), to: subscription(protocolName), createdAt: created)
        #expect(message?.endpointKind == kind)
        guard let message else { return }
        #expect(message.messageKey == sampleMessage().messageKey)
        #expect(message.url == "https://hook.example/")
        #expect(message.nextAttempt == created)
        #expect(message.state == .waiting)
    }

    private func subscription(_ protocolName: String) -> Subscription {
        Subscription(
            arn: topicARN + ":1", topicARN: topicARN, protocolName: protocolName, endpoint: "https://hook.example/",
            location: SourceLocation(file: "a.yaml"))
    }
}
