import Foundation
import Testing
import TrailAlarms
import TrailCounts
import TrailModel
import TrailNotify
import TrailSources
import TrailStore
import TrailTemplates

@testable import TrailServer

/// An alarm on errors by account, over an evaluator whose watermark the test moves.
private final class Scene {
    static let template = """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: t
              Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: errors
              Metrics:
                - Id: q1
                  Expression: >-
                    SELECT SUM(ErrorCount) FROM SCHEMA(CloudTrail, RecipientAccountId) GROUP BY RecipientAccountId
                    ORDER BY SUM() DESC
                  Period: 300
              EvaluationPeriods: 1
              Threshold: 3
              ComparisonOperator: GreaterThanOrEqualToThreshold
              AlarmActions: [!Ref Topic]
              OKActions: [!Ref Topic]
        """
    static let start = Timestamp(seconds: 1_700_006_400)

    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path
    let store: Store
    private(set) var evaluator: Evaluator
    private let identity: SigningIdentity
    private var number = 0
    private(set) var decisions: [Decision] = []

    init() throws {
        store = try Store(directory: path)
        var generator = SystemRandomNumberGenerator()
        identity = try SigningIdentityFiles(directory: path).loadOrMake(now: Self.start, using: &generator)
        evaluator = Self.evaluator(store, identity)
        try load()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private static func evaluator(_ store: Store, _ identity: SigningIdentity) -> Evaluator {
        Evaluator(
            store: store, accountID: "000000000000", region: "us-east-1",
            announcer: Announcer(
                accountID: "000000000000", region: "us-east-1", notifyInitial: .alarm, identity: identity,
                links: SNSLinks(externalURL: "http://127.0.0.1:19106")))
    }

    func load(_ template: String = Scene.template) throws {
        let document = AlarmFiles.documents([(path: "a.yaml", text: template)])
        let (set, faults) = TemplateLoader(settings: TemplateSettings()).load(document)
        #expect(faults.isEmpty, "\(faults)")
        _ = try evaluator.load(set, files: nil, newMark: Self.start, now: Self.start)
    }

    /// An evaluator that knows what the store does.
    func restart() throws {
        evaluator = Self.evaluator(store, identity)
        try load()
    }

    /// So many errors of an account, in the five minutes from `minute` on.
    func count(_ errors: Int, _ account: String, at minute: Int64) throws {
        number += 1
        let records = (0..<errors).map { index in
            """
            {"eventTime":"\(Self.start.adding(seconds: minute * 60 + Int64(index % 300)).rfc3339)",\
            "eventID":"\(number)-\(index)","eventSource":"iam.amazonaws.com","eventName":"X","errorCode":"AccessDenied",\
            "recipientAccountId":"\(account)"}
            """
        }
        let file = "\(path)/\(number).json"
        try "{\"Records\":[\(records.joined(separator: ","))]}".write(toFile: file, atomically: true, encoding: .utf8)
        var ingest = Ingest(
            store: store, plan: CountingPlan(filters: []), source: "test", time: StoppedTime(time: Self.start))
        try ingest.read([LogFile(path: file)]) { #expect($0.count.counted == errors, "\($0.reason ?? "")") }
    }

    /// Decides what ends by `minute`.
    func evaluate(through minute: Int64) throws {
        let time = Self.start.adding(seconds: minute * 60)
        decisions += try evaluator.evaluate(
            Evaluator.Moment(
                now: time.adding(seconds: 60), watermark: time, isBehind: false,
                sources: [StoredSource(name: "test", mark: Self.start)]))
    }

    var states: [String: AlarmState] {
        var states: [String: AlarmState] = [:]
        for (alarm, _, contributors) in evaluator.alarms {
            states[alarm.machine.definition.name] = alarm.machine.status.state
            for contributor in contributors {
                states[contributor.machine.definition.contributor?.text ?? "?"] = contributor.machine.status.state
            }
        }
        return states
    }

    func messages() async throws -> [String] {
        let outbox = StoreOutbox(store)
        var bodies: [String] = []
        while let message = try await outbox.dueMessages(at: Self.start.adding(seconds: 86_400), limit: 1).first {
            bodies.append(message.body)
            try await outbox.recordAttempt(
                DeliveryAttempt(
                    messageID: message.id, result: .delivered, reason: nil, status: 200,
                    time: Self.start.adding(seconds: 86_400), latencyMilliseconds: 1), of: message)
        }
        return bodies
    }
}

private struct StoppedTime: TimeSource {
    let time: Timestamp

    func now() -> Timestamp { time }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: .seconds(3600)) }
}

/// Contributors of an alarm on a Metrics Insights query (cloudwatch-semantics.md 3.22).
@Suite struct ContributorTests {
    @Test func `each account has its own state, its own message and history`() async throws {
        let scene = try Scene()
        try scene.count(5, "111122223333", at: 0)
        try scene.count(1, "444455556666", at: 0)
        try scene.evaluate(through: 5)
        #expect(
            scene.states == [
                "errors": .alarm, "RecipientAccountId=111122223333": .alarm, "RecipientAccountId=444455556666": .ok,
            ])
        let first = try await scene.messages()
        #expect(first.count == 1 && first[0].contains("111122223333"))
        #expect(first[0].contains(#"AlarmContributorAttributes\":{\"RecipientAccountId\":\"111122223333\"}"#))
        try scene.count(7, "444455556666", at: 5)
        try scene.evaluate(through: 10)
        #expect(scene.states["RecipientAccountId=444455556666"] == .alarm)
        #expect(try await scene.messages().count == 1, "the alarm itself sends nothing")
        let lines = try scene.store.history(of: "errors", limit: 100)
        #expect(lines.filter { $0.kind == .contributorStateUpdate }.count == 2)
        #expect(
            lines.filter { $0.kind == .stateUpdate }.map(\.summary) == ["Alarm updated from INSUFFICIENT_DATA to ALARM"]
        )
        #expect(lines.first { $0.kind == .contributorAction }?.contributor?.text == "RecipientAccountId=444455556666")
    }

    @Test func `one that is no longer returned is OK, and without any the alarm has no data`() async throws {
        let scene = try Scene()
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.evaluate(through: 60)
        let account = "RecipientAccountId=111122223333"
        #expect(scene.states == ["errors": .insufficientData, account: .ok])
        let end = try #require(scene.decisions.last { $0.contributor != nil })
        #expect(end.to == .ok && end.reason == "No data was returned for this contributor")
        let bodies = try await scene.messages()
        #expect(bodies.count == 2 && bodies[1].contains("No data was returned for this contributor"))
    }

    @Test func `a restart keeps every state and repeats no message`() async throws {
        let scene = try Scene()
        try scene.count(5, "111122223333", at: 0)
        try scene.count(4, "444455556666", at: 0)
        try scene.evaluate(through: 5)
        #expect(try await scene.messages().count == 2)
        let states = scene.states
        try scene.restart()
        #expect(scene.states == states)
        try scene.evaluate(through: 5)
        #expect(try await scene.messages().isEmpty)
        // What ends the ALARM carries the incident of the start.
        try scene.count(1, "111122223333", at: 5)
        try scene.evaluate(through: 10)
        #expect(scene.states["RecipientAccountId=111122223333"] == .ok && scene.states["errors"] == .alarm)
    }

    @Test func `late events amend the contributor that they belong to`() throws {
        let scene = try Scene()
        try scene.count(1, "111122223333", at: 0)
        try scene.count(1, "444455556666", at: 0)
        try scene.evaluate(through: 30)
        #expect(scene.decisions.allSatisfy { $0.to != .alarm })
        try scene.count(5, "444455556666", at: 5)
        try scene.evaluate(through: 30)
        let amended = scene.decisions.filter { $0.kind == .amended }
        #expect(amended.allSatisfy { $0.contributor?.text == "RecipientAccountId=444455556666" } && !amended.isEmpty)
        #expect(amended.first?.isMissedAlarm == true)
    }

    @Test func `a definition that changes keeps the contributors' states`() throws {
        let scene = try Scene()
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.load(Scene.template.replacing("Threshold: 3", with: "Threshold: 2"))
        #expect(scene.states["RecipientAccountId=111122223333"] == .alarm)
        try scene.load("Resources: {T: {Type: AWS::SNS::Topic}}")
        #expect(scene.states.isEmpty)
        #expect(try scene.store.contributors().isEmpty)
        #expect(try scene.store.history(of: "errors", limit: 9).contains { $0.summary == #"Alarm "errors" deleted"# })
    }

    @Test func `a query without groups is one series over all its metrics`() throws {
        let scene = try Scene()
        try scene.load(
            Scene.template.replacing("GROUP BY RecipientAccountId\n", with: "\n").replacing(
                "ORDER BY SUM() DESC", with: ""))
        try scene.count(2, "111122223333", at: 0)
        try scene.count(2, "444455556666", at: 0)
        try scene.evaluate(through: 5)
        #expect(scene.states == ["errors": .alarm])
        #expect(scene.decisions.first?.reason.contains("[4.0 (") == true)
    }
}
