import Foundation
import Testing
import TrailModel
import TrailNotify
import TrailStore

@testable import TrailServer

/// SNS's handshake: nothing is sent to a receiver that was not heard, and nothing to one that left.
@Suite struct HandshakeTests {
    private static let confirming = EngineScene.template.replacing(
        #"      Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]"#, with: "      DisplayName: x"
    ).replacing("\n  Filter:\n", with: subscription(confirm: true) + "\n  Filter:\n")

    private static func subscription(confirm: Bool) -> String {
        """

          Web:
            Type: AWS::SNS::Subscription
            Metadata: {Trailwatch: {Confirm: \(confirm)}}
            Properties: {TopicArn: !Ref Topic, Protocol: http, Endpoint: "http://127.0.0.1:9/"}
        """
    }

    /// The bodies of due messages, as fields; they are delivered by this.
    private func take(_ store: Store, _ scene: EngineScene) async throws -> [[String: String]] {
        let outbox = StoreOutbox(store)
        var bodies: [[String: String]] = []
        while let message = try await outbox.dueMessages(at: scene.clock.now(), limit: 1).first {
            bodies.append(try JSONDecoder().decode([String: String].self, from: Data(message.body.utf8)))
            try await outbox.recordAttempt(
                DeliveryAttempt(
                    messageID: message.id, result: .delivered, reason: nil, status: 200, time: scene.clock.now(),
                    latencyMilliseconds: 1), of: message)
        }
        return bodies
    }

    private func query(_ url: String) throws -> [String: String] {
        let items = try #require(URLComponents(string: url)?.queryItems)
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
    }

    /// Makes an ALARM, then moves on.
    private func alarm(_ engine: Engine, _ scene: EngineScene, _ name: String) async throws {
        try scene.write(name, burst(at: scene.clock.now().adding(seconds: -60)))
        try await scene.settle(engine)
        // Past the ceiling, so that it ends.
        scene.clock.advance(seconds: 1800)
        try await scene.settle(engine)
    }

    @Test(arguments: [false, true])
    func `a receiver is asked once, and gets what waited when it answers`(takesEvidence: Bool) async throws {
        let scene = try EngineScene(lateness: 5, template: Self.confirming)
        let asked = try await askedAndAlarmed(scene, takesEvidence: takesEvidence)

        // Neither a restart nor a reload asks again, nor sends.
        let (engine, store) = try await scene.open(takesEvidence: takesEvidence)
        _ = try await engine.reload()
        #expect(try await take(store, scene).isEmpty)

        let confirm = try query(try #require(asked.first?["SubscribeURL"]))
        let (topic, token) = (try #require(confirm["TopicArn"]), try #require(confirm["Token"]))
        #expect(try await engine.confirm(topicARN: topic, token: "0" + token.dropFirst()) == .unknown)
        #expect(try await engine.confirm(topicARN: topic + "x", token: token) == .unknown)
        #expect(try await take(store, scene).isEmpty)
        for _ in 0..<2 { #expect(try await engine.confirm(topicARN: topic, token: token) != .unknown) }
        let waited = try await take(store, scene)
        #expect(waited.map { $0["Type"] }.allSatisfy { $0 == "Notification" })
        #expect(waited.first?["Subject"]?.hasPrefix("ALARM") == true)
        try await alarm(engine, scene, "second")
        if takesEvidence { try await finishDrafts(engine) }
        #expect(try await take(store, scene).contains { $0["Subject"]?.hasPrefix("ALARM") == true })
    }

    /// What a first run of the server asked; an ALARM waits after it.
    private func askedAndAlarmed(_ scene: EngineScene, takesEvidence: Bool) async throws -> [[String: String]] {
        let (engine, store) = try await scene.open(takesEvidence: takesEvidence)
        let asked = try await take(store, scene)
        #expect(asked.map { $0["Type"] } == ["SubscriptionConfirmation"])
        try await alarm(engine, scene, "first")
        if takesEvidence { try await finishDrafts(engine) }
        #expect(try await take(store, scene).isEmpty)
        #expect(try store.waitingMessageCount() > 0)
        return asked
    }

    private func finishDrafts(_ engine: Engine) async throws {
        for group in try await engine.drafts(limit: 100) {
            let evidence = Evidence()
            try await engine.finish(group, EvidenceFinder.Finding(evidence: evidence, names: []))
        }
    }

    @Test func `what nobody confirms is given up after three days`() async throws {
        let scene = try EngineScene(lateness: 5, template: Self.confirming)
        let (engine, store) = try await scene.open()
        _ = try await take(store, scene)
        try await alarm(engine, scene, "first")
        scene.clock.advance(seconds: 3 * 86_400 - 3600)
        try await scene.settle(engine)
        #expect(try store.deadMessageCount() == 0)
        scene.clock.advance(seconds: 3600)
        try await scene.settle(engine)
        #expect(try store.deadMessageCount() > 0)
    }

    @Test func `a subscription that no longer asks gets what waited`() async throws {
        let scene = try EngineScene(lateness: 5, template: Self.confirming)
        let (engine, store) = try await scene.open()
        _ = try await take(store, scene)
        try await alarm(engine, scene, "first")
        let plain = Self.confirming.replacing("Confirm: true", with: "Confirm: false")
        try plain.write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        _ = try await engine.reload()
        #expect(try await take(store, scene).first?["Subject"]?.hasPrefix("ALARM") == true)
    }

    @Test func `what waits for a subscription that is gone is given up, and a new one is asked anew`() async throws {
        let scene = try EngineScene(lateness: 5, template: Self.confirming)
        let (engine, store) = try await scene.open()
        _ = try await take(store, scene)
        try await alarm(engine, scene, "first")
        let gone = Self.confirming.replacing(Self.subscription(confirm: true), with: "")
        try gone.write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        _ = try await engine.reload()
        #expect(try await take(store, scene).isEmpty)
        #expect(try store.waitingMessageCount() == 0)
        scene.clock.advance(seconds: 1)
        try Self.confirming.write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        _ = try await engine.reload()
        #expect(try await take(store, scene).map { $0["Type"] } == ["SubscriptionConfirmation"])
    }

    @Test func `a receiver that leaves is told so once and nothing more, until it comes back`() async throws {
        let scene = try EngineScene(lateness: 5)
        let (engine, store) = try await scene.open()
        try await alarm(engine, scene, "first")
        let sent = try await take(store, scene)
        let leave = try query(try #require(sent.first?["UnsubscribeURL"]))
        let (arn, token) = (try #require(leave["SubscriptionArn"]), try #require(leave["Token"]))
        #expect(try await engine.unsubscribe(subscriptionARN: arn, token: "") == .unknown)
        try await alarm(engine, scene, "waits")
        for _ in 0..<2 { #expect(try await engine.unsubscribe(subscriptionARN: arn, token: token) != .unknown) }
        let farewell = try await take(store, scene)
        #expect(farewell.map { $0["Type"] } == ["UnsubscribeConfirmation"])
        try await alarm(engine, scene, "unheard")
        #expect(try await take(store, scene).isEmpty)
        let back = try query(try #require(farewell.first?["SubscribeURL"]))
        _ = try await engine.confirm(topicARN: back["TopicArn"] ?? "", token: back["Token"] ?? "")
        try await alarm(engine, scene, "heard")
        #expect(try await take(store, scene).contains { $0["Subject"]?.hasPrefix("ALARM") == true })
    }

    @Test func `a handshake's signature is that of the documented string`() async throws {
        let scene = try EngineScene(lateness: 5, template: Self.confirming)
        let (_, store) = try await scene.open()
        let asked = try #require(try await take(store, scene).first)
        #expect(
            Set(asked.keys) == [
                "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion",
                "Signature", "SigningCertURL",
            ])
        let token = try #require(asked["Token"])
        #expect(asked["SubscribeURL"]?.hasSuffix("&Token=\(token)") == true)
    }
}
