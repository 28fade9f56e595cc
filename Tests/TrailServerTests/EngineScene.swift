import Foundation
import GRDB
import Logging
import Synchronization
import Testing
import TrailAlarms
import TrailCounts
import TrailModel
import TrailNotify
import TrailSources
import TrailStore
import TrailTemplates

@testable import TrailServer

/// A trail folder, an alarm file and a data directory, with a clock that the test moves.
final class EngineScene: Sendable {
    static let template = """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: t
              Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]
          Filter:
            Type: AWS::Logs::MetricFilter
            Properties:
              LogGroupName: trail
              FilterPattern: '{ $.eventName = Bad }'
              MetricTransformations:
                - {MetricNamespace: Test, MetricName: Bad, MetricValue: "1", DefaultValue: 0}
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: bad
              Namespace: Test
              MetricName: Bad
              Statistic: Sum
              Period: 60
              EvaluationPeriods: 1
              Threshold: 3
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: notBreaching
              AlarmActions: [!Ref Topic]
              OKActions: [!Ref Topic]
        """

    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path
    let clock = ManualTime(Timestamp(seconds: 1_700_006_400))
    let settings: ServerSettings

    init(notifySince hours: Int64? = nil, lateness: Int64? = nil, template: String = template) throws {
        try FileManager.default.createDirectory(atPath: path + "/trail", withIntermediateDirectories: true)
        try template.write(toFile: path + "/alarms.yaml", atomically: true, encoding: .utf8)
        var settings = ServerSettings(dataDirectory: path + "/data", templates: TemplateSettings())
        settings.trails = [path + "/trail"]
        settings.alarmPaths = [path + "/alarms.yaml"]
        settings.notifySince = hours.map { Timestamp(seconds: 1_700_006_400 - $0 * 3600) }
        settings.latenessSeconds = lateness
        self.settings = settings
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ events: [TrailEvent]) throws {
        let records = events.map { event in
            """
            {"eventTime":"\(event.time.rfc3339)","eventID":"\(event.id)","eventSource":"iam.amazonaws.com",\
            "eventName":"\(event.name)","recipientAccountId":"111122223333"\(event.more)}
            """
        }
        let text = "{\"Records\":[\(records.joined(separator: ","))]}"
        try text.write(toFile: "\(path)/trail/\(name).json", atomically: true, encoding: .utf8)
    }

    /// Runs the engine until nothing waits.
    func settle(_ engine: Engine) async throws {
        while try await engine.step() {}
    }

    func open(
        takesEvidence: Bool = false, _ change: (inout ServerSettings) -> Void = { _ in }
    ) async throws -> (engine: Engine, store: Store) {
        var settings = settings
        change(&settings)
        let store = try Store(directory: settings.dataDirectory)
        var generator = SystemRandomNumberGenerator()
        var announcer = Announcer(
            accountID: "000000000000", region: "us-east-1", notifyInitial: settings.notifyInitial,
            publisher: try .local(settings.dataDirectory, at: clock.now(), using: &generator))
        announcer.takesEvidence = takesEvidence
        let engine = try Engine(
            store: store, settings: settings, announcer: announcer, time: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onMessages: {})
        try await engine.start()
        return (engine, store)
    }

    /// Subjects of the messages in the outbox, in order; they are delivered by this.
    func takeSubjects(_ store: Store) async throws -> [String] {
        let outbox = StoreOutbox(store)
        var subjects: [String] = []
        while let message = try await outbox.dueMessages(at: clock.now(), limit: 1).first {
            subjects.append(message.subject ?? "")
            try await outbox.recordAttempt(
                DeliveryAttempt(
                    messageID: message.id, result: .delivered, reason: nil, status: 200, time: clock.now(),
                    latencyMilliseconds: 1), of: message)
        }
        return subjects
    }
}

/// An event as a trail delivers it.
struct TrailEvent {
    let time: Timestamp
    let name: String
    var id = UUID().uuidString
    /// Members of the record after the others, each with a comma before it.
    var more = ""
}

/// Events that an alarm of the scene counts, a second apart.
func burst(at time: Timestamp, count: Int = 3) -> [TrailEvent] {
    (0..<count).map { TrailEvent(time: time.adding(seconds: Int64($0)), name: "Bad") }
}

/// A clock that the test moves.
final class ManualTime: TimeSource {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }

    func now() -> Timestamp { time.withLock { $0 } }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: .seconds(3600)) }
    func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
