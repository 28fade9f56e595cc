import Foundation
import Testing
import TrailAlarms
import TrailModel

@testable import TrailNotify

/// What a subscription's options make of a notice.
struct PublisherTests {
    private let identity: SigningIdentity
    private let notice = Notice(sampleMessage())
    private let created = time("2026-09-14T11:18:45Z")

    init() throws {
        var generator = SeededGenerator(seed: 1)
        identity = try SigningIdentity(madeAt: time("2026-09-14T11:00:00Z"), using: &generator)
    }

    private func message(_ change: (inout SubscriptionOptions) throws -> Void) throws -> OutboxMessage {
        var options = SubscriptionOptions()
        try change(&options)
        let subscription = Subscription(
            arn: topicARN + ":1", topicARN: topicARN, protocolName: "https", endpoint: "https://hook.example/",
            options: options, location: SourceLocation(file: "a.yaml"))
        let publisher = Publisher(identity: identity, links: SNSLinks(externalURL: "https://trail.example.test"))
        return try #require(try publisher.message(notice, to: subscription, createdAt: created))
    }

    private func header(_ name: String, of message: OutboxMessage) -> String? {
        message.headers.first { $0.name == name }?.value
    }

    @Test func `raw delivery sends the message alone and says so in a header`() throws {
        let raw = try message { $0.isRaw = true }
        #expect(raw.body == notice.document)
        #expect(header("x-amz-sns-rawdelivery", of: raw) == "true")
        #expect(header("x-amz-sns-message-type", of: raw) == "Notification")
        #expect(header("Idempotency-Key", of: raw) == notice.key.hex)
        #expect(try header("x-amz-sns-rawdelivery", of: message { _ in }) == nil)
    }

    @Test func `a topic's signature version is that of its messages`() throws {
        let signed = try message { $0.signatureVersion = "2" }
        let fields = try JSONDecoder().decode([String: String].self, from: Data(signed.body.utf8))
        #expect(fields["SignatureVersion"] == "2")
        let text = SNSMessage(
            kind: .notification(subject: notice.subject), messageID: notice.key.uuid, topicARN: topicARN,
            message: notice.document, timestamp: created
        ).stringToSign
        let key = try publicKeyPEM(ofCertificate: identity.certificatePEM)
        #expect(SignatureVersion.two.isValid(try #require(fields["Signature"]), of: text, publicKeyPEM: key))
    }

    @Test func `a delivery policy goes with the message: retries, rate and content type`() throws {
        var policy = try DeliveryPolicy(retries: 1)
        policy.receivesPerSecondMax = 3
        policy.contentType = "application/json"
        let sent = try message { $0.deliveryPolicy = policy }
        #expect(sent.terms == DeliveryTerms(policy: policy, perSecondMax: 3))
        #expect(header("Content-Type", of: sent) == "application/json")
        policy.givesRetries = false
        #expect(try message { $0.deliveryPolicy = policy }.terms == DeliveryTerms(policy: nil, perSecondMax: 3))
    }

    @Test func `the JSON form is the document and nothing of SNS`() throws {
        let sent = try message { $0.format = .json }
        #expect(sent.body == notice.document)
        #expect(header("Content-Type", of: sent) == "application/json")
        #expect(!sent.headers.contains { $0.name.hasPrefix("x-amz") })
    }
}
