import Foundation
import Logging
import Synchronization
import TrailAlarms
import TrailModel
import TrailNotify
import TrailSources
import TrailStore
import TrailTemplates

@testable import TrailServer

/// A trail folder that files come into by a virtual clock, with a server that may be killed, and what both make.
final class LiveTrail: Sendable {
    static let start = Timestamp(seconds: 1_700_006_400)
    static let template = """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: t
              Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]
          Bad:
            Type: AWS::Logs::MetricFilter
            Properties:
              FilterName: bad
              LogGroupName: trail
              FilterPattern: '{ $.eventName = Bad }'
              MetricTransformations:
                - {MetricNamespace: Test, MetricName: Bad, MetricValue: "1", DefaultValue: 0}
          Worse:
            Type: AWS::Logs::MetricFilter
            Properties:
              FilterName: worse
              LogGroupName: trail
              FilterPattern: '{ $.eventName = Worse }'
              MetricTransformations: [{MetricNamespace: Test, MetricName: Worse, MetricValue: "2.5"}]
          Minute:
            Type: AWS::CloudWatch::Alarm
            Properties:
              {AlarmName: minute, Namespace: Test, MetricName: Bad, Statistic: Sum, Period: 60, EvaluationPeriods: 1,
               Threshold: 3, ComparisonOperator: GreaterThanOrEqualToThreshold, TreatMissingData: notBreaching,
               AlarmActions: [!Ref Topic], OKActions: [!Ref Topic]}
          TwoOfThree:
            Type: AWS::CloudWatch::Alarm
            Properties:
              {AlarmName: two of three, Namespace: Test, MetricName: Bad, Statistic: Sum, Period: 300,
               EvaluationPeriods: 3, DatapointsToAlarm: 2, Threshold: 6, ComparisonOperator: GreaterThanThreshold,
               TreatMissingData: ignore, AlarmActions: [!Ref Topic], InsufficientDataActions: [!Ref Topic]}
          Mean:
            Type: AWS::CloudWatch::Alarm
            Properties:
              {AlarmName: mean, Namespace: Test, MetricName: Worse, Statistic: Average, Period: 120,
               EvaluationPeriods: 2, Threshold: 2, ComparisonOperator: GreaterThanThreshold,
               AlarmActions: [!Ref Topic], OKActions: [!Ref Topic]}
          Quiet:
            Type: AWS::CloudWatch::Alarm
            Properties:
              {AlarmName: quiet, Namespace: CloudTrail, MetricName: EventCount, Statistic: Sum, Period: 300,
               EvaluationPeriods: 1, Threshold: 3, ComparisonOperator: LessThanThreshold, TreatMissingData: breaching,
               AlarmActions: [!Ref Topic], OKActions: [!Ref Topic]}
          Share:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: share
              Metrics:
                - {Id: share, Expression: "100 * FILL(worse, 0) / (bad + FILL(worse, 0))", Label: Share}
                - {Id: bad, ReturnData: false, MetricStat: {Metric: {Namespace: Test, MetricName: Bad}, Period: 300, Stat: Sum}}
                - {Id: worse, ReturnData: false, MetricStat: {Metric: {Namespace: Test, MetricName: Worse}, Period: 300, Stat: Sum}}
              EvaluationPeriods: 2
              Threshold: 55
              ComparisonOperator: GreaterThanThreshold
              AlarmActions: [!Ref Topic]
          ByName:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: by name
              Metrics:
                - Id: q1
                  Expression: SELECT SUM(EventCount) FROM SCHEMA(CloudTrail, EventName) GROUP BY EventName
                  Period: 300
              EvaluationPeriods: 1
              Threshold: 11
              ComparisonOperator: GreaterThanThreshold
              AlarmActions: [!Ref Topic]
              OKActions: [!Ref Topic]
        """

    /// A file and the poll, in minutes from the start, that finds it.
    struct Delivery: Sendable {
        let minute: Int
        let path: String
        let text: String
    }

    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path
    let clock = ReplayClock(LiveTrail.start)
    let settings: ServerSettings
    let identity: SigningIdentity

    init(latenessSeconds: Int64?) throws {
        try FileManager.default.createDirectory(atPath: path + "/trail", withIntermediateDirectories: true)
        try Self.template.write(toFile: path + "/alarms.yaml", atomically: true, encoding: .utf8)
        var settings = ServerSettings(dataDirectory: path + "/data", templates: TemplateSettings())
        settings.trails = [path + "/trail"]
        settings.alarmPaths = [path + "/alarms.yaml"]
        settings.latenessSeconds = latenessSeconds
        self.settings = settings
        try FileManager.default.createDirectory(atPath: path + "/data", withIntermediateDirectories: true)
        var generator = SystemRandomNumberGenerator()
        identity = try SigningIdentityFiles(directory: settings.dataDirectory).loadOrMake(
            now: Self.start, using: &generator)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var announcer: Announcer {
        Announcer(
            accountID: "000000000000", region: "us-east-1", notifyInitial: .alarm,
            publisher: Publisher(identity: identity, links: SNSLinks(externalURL: "http://127.0.0.1:19106")))
    }

    var set: AlarmSet {
        get throws {
            var templates = settings.templates
            templates.requiresParameterValues = true
            return TemplateLoader(settings: templates).load(try AlarmFiles.read(settings.alarmPaths)).set
        }
    }

    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    // MARK: A trail from a seed

    /// What happens in `minutes`: events in two regions, bursts among them, in files of five minutes.
    ///
    /// Some files come hours later than their stamp, some events in a later file than they belong to, and some are in
    /// several files.
    static func deliveries(minutes: Int, seed: UInt64) -> [Delivery] {
        var random = SeededGenerator(seed: seed)
        var deliveries: [Delivery] = []
        var late: [Int: [String]] = [:]
        for stamp in stride(from: 5, through: minutes, by: 5) {
            for region in ["us-east-1", "eu-west-1"] {
                var records = late.removeValue(forKey: stamp) ?? []
                // Sometimes nothing happens for a while.
                let isSilent = (stamp / 45 + (region == "us-east-1" ? 0 : 1)).isMultiple(of: 6)
                for minute in (stamp - 5)..<stamp where !isSilent {
                    let count = random.isOne(in: 9) ? 9 : Int.random(in: 0...4, using: &random)
                    for number in 0..<count {
                        let time = start.adding(seconds: Int64(minute * 60 + Int.random(in: 0..<60, using: &random)))
                        let name = ["Bad", "Bad", "Worse", "Good", "Good"].randomElement(using: &random) ?? "Good"
                        let record = record(time, name, "\(region)-\(minute)-\(number)")
                        if random.isOne(in: 14) {
                            let after = Int.random(in: 1...24, using: &random) * 5
                            late[stamp + after, default: []].append(record)
                            if random.isOne(in: 2) { records.append(record) }
                        } else {
                            records.append(record)
                        }
                    }
                }
                guard !records.isEmpty else { continue }
                let delay =
                    random.isOne(in: 10)
                    ? Int.random(in: 3...150, using: &random) : Int.random(in: 0...2, using: &random)
                deliveries.append(
                    Delivery(
                        minute: stamp + delay, path: key(stamp, region),
                        text: "{\"Records\":[\(records.joined(separator: ","))]}"))
            }
        }
        return deliveries.sorted { ($0.minute, $0.path) < ($1.minute, $1.path) }
    }

    private static func record(_ time: Timestamp, _ name: String, _ id: String) -> String {
        """
        {"eventTime":"\(time.rfc3339)","eventID":"\(id)","eventSource":"iam.amazonaws.com","eventName":"\(name)",\
        "recipientAccountId":"111122223333"}
        """
    }

    private static func key(_ stamp: Int, _ region: String) -> String {
        let digits = start.adding(seconds: Int64(stamp * 60)).rfc3339.filter(\.isNumber)
        let day = "\(digits.prefix(4))/\(digits.dropFirst(4).prefix(2))/\(digits.dropFirst(6).prefix(2))"
        return "AWSLogs/111122223333/CloudTrail/\(region)/\(day)/"
            + "111122223333_CloudTrail_\(region)_\(digits.prefix(8))T\(digits.dropFirst(8).prefix(4))Z_abc.json"
    }

    // MARK: Live

    /// Serves for `minutes`; the server is killed and started again after each of the minutes in `kills`.
    func serve(_ deliveries: [Delivery], minutes: Int, kills: Set<Int> = []) async throws -> Record {
        var rest = deliveries[...]
        var engine: Engine? = try await start()
        for minute in 0...minutes {
            clock.set(Self.start.adding(seconds: Int64(minute * 60)))
            while let next = rest.first, next.minute <= minute {
                try write(next)
                rest.removeFirst()
            }
            while try await engine?.step() ?? false {}
            guard kills.contains(minute) else { continue }
            // Nothing is written any more; with it goes the lock of its store.
            engine = nil
            engine = try await start()
        }
        try await engine?.finish()
        guard let store = await engine?.store else { throw InputError("the server is gone") }
        return try await Record(store)
    }

    private func start() async throws -> Engine {
        let store = try Store(directory: settings.dataDirectory)
        let engine = try Engine(
            store: store, settings: settings, announcer: announcer, time: clock, logger: Self.logger, onMessages: {})
        try await engine.start()
        while try await engine.step() {}
        return engine
    }

    private func write(_ delivery: Delivery) throws {
        let url = URL(fileURLWithPath: "\(path)/trail/\(delivery.path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(delivery.text.utf8).write(to: url)
    }

    /// The replay of what a server counted into the data directory.
    func replay(minutes: Int) async throws -> (record: Record, result: BacktestResult) {
        let reader = try StoreReader(directory: settings.dataDirectory)
        let (arrivals, faults) = BacktestReplay.Arrival.byLedger(try reader.ledgerFiles())
        guard faults.isEmpty else { throw InputError(faults.joined(separator: "\n")) }
        var replaySettings = BacktestReplay.Settings(
            templates: settings.templates, start: Self.start, end: Self.start.adding(seconds: Int64(minutes * 60)))
        replaySettings.latenessSeconds = settings.latenessSeconds
        var replay = try BacktestReplay(
            set: try set, settings: replaySettings, announcer: announcer, logger: Self.logger)
        let result = try replay.run(arrivals, from: nil)
        return (try await Record(replay.store), result)
    }
}

extension LiveTrail {
    /// What a server leaves: the history, the timelines and the messages, but for those about silence.
    struct Record: Equatable {
        var history: [AlarmHistoryItem]
        var timelines: [String: [TimelineEntry]] = [:]
        /// Key, alarm, subject and time of each, by key.
        var messages: [[String]] = []

        init(_ store: Store) async throws {
            history = try store.history(limit: 1_000_000).reversed()
            for alarm in try (store.alarms() + store.contributors()).map(\.machine.definition) {
                let name = alarm.contributor.map { "\(alarm.name) [\($0.text)]" } ?? alarm.name
                timelines[name] = try store.timeline(
                    of: alarm.name, contributor: alarm.contributor, from: Timestamp(seconds: 0))
            }
            let outbox = StoreOutbox(store)
            let end = Timestamp(seconds: 4_000_000_000)
            while case let due = try await outbox.dueMessages(at: end, limit: 1000), !due.isEmpty {
                for message in due {
                    messages.append(
                        [
                            message.messageKey.hex, message.alarmName, message.subject ?? "",
                            message.createdAt.rfc3339Milliseconds,
                        ])
                    try await outbox.recordAttempt(
                        DeliveryAttempt(
                            messageID: message.id, result: .delivered, reason: nil, status: 200, time: end,
                            latencyMilliseconds: 1), of: message)
                }
            }
            messages = messages.filter { $0[1] != SilenceMessage.alarmName }.sorted { $0[0] < $1[0] }
        }
    }
}
