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

/// An evaluator over a store of its own, whose clock and whose watermark the test moves.
final class EvaluatorScene {
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
                accountID: "000000000000", region: "us-east-1", notifyInitial: .alarm,
                publisher: Publisher(identity: identity, links: SNSLinks(externalURL: "http://127.0.0.1:19106"))))
    }

    func load(
        _ template: String = EvaluatorScene.template, removesOthers: Bool = true, keepsFiles: Bool = false,
        at now: Timestamp = EvaluatorScene.start
    ) throws {
        let document = AlarmFiles.documents([(path: "a.yaml", text: template)])
        let (set, faults) = TemplateLoader(settings: TemplateSettings()).load(document)
        #expect(faults.isEmpty, "\(faults)")
        _ = try evaluator.load(
            set, files: keepsFiles ? [(path: "a.yaml", text: template)] : nil, newMark: Self.start, now: now,
            removesOthers: removesOthers)
    }

    /// Messages wait for their evidence from now on.
    func takeEvidence() { evaluator.announcer?.takesEvidence = true }

    /// An evaluator that knows what the store does.
    func restart(_ template: String = EvaluatorScene.template, removesOthers: Bool = true) throws {
        evaluator = Self.evaluator(store, identity)
        try load(template, removesOthers: removesOthers)
    }

    func mute(_ alarm: String, until: Timestamp) throws {
        try evaluator.change(
            mutes: [Mute(alarmName: alarm, since: Self.start, until: until, reason: "r", who: "w")], removing: [],
            at: Self.start)
    }

    func unmute(_ alarm: String, at time: Timestamp) throws {
        try evaluator.change(mutes: [], removing: [alarm], at: time)
    }

    /// Takes away who tells, as in an ingest.
    func evaluatorRecords() { evaluator.announcer = nil }

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
        try count(records, in: file)
    }

    /// One error of each of so many accounts, in the five minutes from `minute` on.
    func countAccounts(_ accounts: Int, at minute: Int64) throws {
        number += 1
        let time = Self.start.adding(seconds: minute * 60).rfc3339
        let records = (0..<accounts).map { account in
            """
            {"eventTime":"\(time)","eventID":"\(number)-\(account)","eventSource":"iam.amazonaws.com","eventName":"X",\
            "errorCode":"AccessDenied","recipientAccountId":"\(100_000_000_000 + account)"}
            """
        }
        try count(records, in: "\(path)/\(number).json")
    }

    private func count(_ records: [String], in file: String) throws {
        try "{\"Records\":[\(records.joined(separator: ","))]}".write(toFile: file, atomically: true, encoding: .utf8)
        var ingest = Ingest(
            store: store, plan: CountingPlan(filters: []), source: "test", time: StoppedTime(time: Self.start))
        try ingest.read([LogFile(path: file)]) { #expect($0.count.counted == records.count, "\($0.reason ?? "")") }
    }

    /// Writes how far all alarms are, as the end of a server does.
    func finish(through minute: Int64) throws {
        let time = Self.start.adding(seconds: minute * 60)
        try evaluator.save(Evaluator.Moment(now: time, watermark: time, isBehind: false))
    }

    /// Decides what ends by `minute`, and sends the summaries that are due.
    func evaluate(
        through minute: Int64, isBehind: Bool = false, tells: Bool = true, countingBack: Set<Metric> = []
    ) throws {
        let time = Self.start.adding(seconds: minute * 60)
        let moment = Evaluator.Moment(
            now: time.adding(seconds: 60), watermark: time, isBehind: isBehind,
            sources: [StoredSource(name: "test", mark: Self.start)], countingBack: countingBack)
        decisions += try evaluator.evaluate(moment)
        if tells { _ = try evaluator.tellSummaries(moment) }
    }

    /// Goes on through `minute` without being away for a day.
    func goOn(from first: Int64, through minute: Int64) throws {
        for step in stride(from: first, to: minute, by: 720) { try evaluate(through: step) }
        try evaluate(through: minute)
    }

    /// How far the alarm `errors` itself is.
    var decidedThrough: Timestamp {
        evaluator.alarms.first?.alarm.machine.status.decidedThrough ?? Self.start
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
        while let message = try await outbox.dueMessages(at: Self.start.adding(seconds: 86_400_000), limit: 1).first {
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
