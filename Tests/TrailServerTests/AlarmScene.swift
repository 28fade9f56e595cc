import Foundation
import Logging
import Synchronization
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

@testable import TrailServer

/// Alarm files, a trail folder and a data directory, with a clock that the test moves.
///
/// The alarms `a`, `b` and `s` are in ALARM in a minute with an event of the name `A`, `B` or `S`.
final class AlarmScene: Sendable {
    private static let head = """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: t
              Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]

        """
    static let topic = "arn:aws:sns:us-east-1:000000000000:t"

    let path = FileManager.default.temporaryDirectory.appendingPathComponent("tw-\(UUID().uuidString.prefix(8))").path
    let clock = SceneTime(Timestamp(seconds: 1_700_006_400))
    private let settings: ServerSettings

    /// `resources` come after the three alarms; `actions` are the properties of these alarms beside those of the metric.
    init(_ resources: String, actions: String = "") throws {
        try FileManager.default.createDirectory(atPath: path + "/trail", withIntermediateDirectories: true)
        var settings = ServerSettings(dataDirectory: path + "/data", templates: TemplateSettings())
        settings.templates.zones = .system
        settings.trails = [path + "/trail"]
        settings.alarmPaths = [path + "/alarms.yaml"]
        settings.latenessSeconds = 5
        self.settings = settings
        try write(resources, actions: actions)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Replaces the alarm file.
    func write(_ resources: String, actions: String = "") throws {
        let metrics = ["A", "B", "S"].map { name in
            """
              Filter\(name):
                Type: AWS::Logs::MetricFilter
                Properties:
                  LogGroupName: trail
                  FilterPattern: '{ $.eventName = \(name) }'
                  MetricTransformations: [{MetricNamespace: T, MetricName: \(name), MetricValue: "1", DefaultValue: 0}]
              Alarm\(name):
                Type: AWS::CloudWatch::Alarm
                Properties: {AlarmName: \(name.lowercased()), Namespace: T, MetricName: \(name), Statistic: Sum, Period: 60,
                  EvaluationPeriods: 1, Threshold: 0, ComparisonOperator: GreaterThanThreshold\(actions)}

            """
        }
        try (Self.head + metrics.joined() + resources).write(
            toFile: path + "/alarms.yaml", atomically: true, encoding: .utf8)
    }

    /// A composite alarm `c` with actions; `more` are further properties.
    static func composite(_ rule: String, name: String = "c", _ more: String = "") -> String {
        """
          Composite\(name.uppercased()):
            Type: AWS::CloudWatch::CompositeAlarm
            Properties:
              AlarmName: \(name)
              AlarmRule: \(rule)
              AlarmActions: [!Ref Topic]
              OKActions: [!Ref Topic]
        \(more.split(separator: "\n").map { "      \($0)\n" }.joined())
        """
    }

    func open() async throws -> (engine: Engine, store: Store) {
        let store = try Store(directory: settings.dataDirectory)
        var generator = SystemRandomNumberGenerator()
        let announcer = Announcer(
            accountID: "000000000000", region: "us-east-1", notifyInitial: settings.notifyInitial,
            publisher: try .local(settings.dataDirectory, at: clock.now(), using: &generator))
        let engine = try Engine(
            store: store, settings: settings, announcer: announcer, time: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, onMessages: {})
        try await engine.start()
        return (engine, store)
    }

    var dataDirectory: String { settings.dataDirectory }

    /// An event of each name now, or at `time`, after so many seconds; with none, one that no alarm looks at.
    func happen(
        _ names: String..., at time: Timestamp? = nil, after seconds: Int64, _ engine: Engine
    ) async throws {
        clock.advance(seconds: seconds)
        let now = time ?? clock.now()
        let records = (names.isEmpty ? ["Other"] : names).map { name in
            """
            {"eventTime":"\(now.rfc3339)","eventID":"\(UUID().uuidString)","eventSource":"iam.amazonaws.com",\
            "eventName":"\(name)","recipientAccountId":"111122223333"}
            """
        }
        try "{\"Records\":[\(records.joined(separator: ","))]}".write(
            toFile: "\(path)/trail/\(UUID().uuidString).json", atomically: true, encoding: .utf8)
        while try await engine.step() {}
    }

    /// The alarm's messages in the outbox, in order, each as its document; they are delivered by this.
    func take(_ store: Store) async throws -> [[String: Any]] {
        let outbox = StoreOutbox(store)
        var documents: [[String: Any]] = []
        while let message = try await outbox.dueMessages(at: clock.now(), limit: 1).first {
            let envelope = try JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any]
            let text = envelope?["Message"] as? String ?? ""
            if let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] {
                documents.append(document)
            }
            try await outbox.recordAttempt(
                DeliveryAttempt(
                    messageID: message.id, result: .delivered, reason: nil, status: 200, time: clock.now(),
                    latencyMilliseconds: 1), of: message)
        }
        return documents
    }

    /// `c ALARM`, one for each message.
    func takeStates(_ store: Store) async throws -> [String] {
        try await take(store).map { "\($0["AlarmName"] ?? "") \($0["NewStateValue"] ?? "")" }
    }
}

final class SceneTime: TimeSource {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }

    func now() -> Timestamp { time.withLock { $0 } }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: .seconds(3600)) }
    func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
