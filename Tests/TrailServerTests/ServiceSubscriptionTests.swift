import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

@testable import TrailServer

/// Subscriptions of services, from the alarm file to the outbox.
@Suite struct ServiceSubscriptionTests {
    private static func template(_ metadata: String) -> String {
        EngineScene.template.replacing(
            #"      Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]"#, with: ""
        ) + "\n"
            + """
              Subscription:
                Type: AWS::SNS::Subscription
                Metadata: {Trailwatch: {\(metadata)}}
                Properties: {TopicArn: !Ref Topic, Protocol: http, Endpoint: "http://127.0.0.1:9/"}
              Stopped:
                Type: AWS::Events::Rule
                Properties:
                  Name: stopped
                  EventPattern: {detail: {eventName: [StopLogging]}}
                  Targets: [{Id: t, Arn: !Ref Topic}]
            """
    }

    private struct Event: Decodable {
        struct Payload: Decodable {
            let summary: String
        }

        let event_action: String
        let dedup_key: String
        let payload: Payload
    }

    private func take(_ store: Store, _ scene: EngineScene) async throws -> [OutboxMessage] {
        let outbox = StoreOutbox(store)
        var messages: [OutboxMessage] = []
        while let message = try await outbox.dueMessages(at: scene.clock.now(), limit: 1).first {
            messages.append(message)
            try await outbox.recordAttempt(
                DeliveryAttempt(
                    messageID: message.id, result: .delivered, reason: nil, status: 202, time: scene.clock.now(),
                    latencyMilliseconds: 1), of: message)
        }
        return messages
    }

    @Test func `PagerDuty hears of an ALARM and its end by one key, of an event, and of no first OK`() async throws {
        let scene = try EngineScene(lateness: 5, template: Self.template("Format: pagerduty, RoutingKey: R0"))
        let (engine, store) = try await scene.open { $0.notifyInitial = .all }
        try await scene.settle(engine)
        scene.clock.advance(seconds: 300)
        try await scene.settle(engine)
        #expect(engine.snapshot.alarms[0].alarm.machine.status.state == .ok)
        #expect(try store.waitingMessageCount() == 0, "a first OK is none of its business")
        let now = scene.clock.now()
        try scene.write(
            "a", burst(at: now.adding(seconds: -3)) + [TrailEvent(time: now, name: "StopLogging", id: "one")])
        try await scene.settle(engine)
        scene.clock.advance(seconds: 600)
        try scene.write("b", [TrailEvent(time: scene.clock.now(), name: "Good")])
        try await scene.settle(engine)
        let events = try await take(store, scene).map { message in
            try JSONDecoder().decode(Event.self, from: Data(message.body.utf8))
        }
        let alarms = events.filter { $0.payload.summary.contains("bad") }
        #expect(alarms.map(\.event_action) == ["trigger", "resolve"])
        #expect(Set(alarms.map(\.dedup_key)).count == 1)
        let others = events.filter { !$0.payload.summary.contains("bad") }
        #expect(others.map(\.event_action) == ["trigger"])
        #expect(others.map(\.payload.summary) == ["EVENT: StopLogging by unknown"])
    }

    @Test(arguments: ["slack", "teams"])
    func `a service gets its own form, its evidence too`(format: String) async throws {
        let scene = try EngineScene(lateness: 5, template: Self.template("Format: \(format)"))
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        try scene.write("a", burst(at: scene.clock.now().adding(seconds: -3)))
        try await scene.settle(engine)
        let messages = try await take(store, scene)
        #expect(messages.count == 1)
        let body = try #require(messages.first?.body)
        #expect(body.contains(format == "slack" ? "\"mrkdwn\"" : "\"AdaptiveCard\""))
        #expect(body.contains(#"ALARM: \"bad\" in US East (N. Virginia)"#))
        #expect(messages[0].headers.contains(HTTPHeader("Content-Type", "application/json")))
    }
}
