import Foundation
import Logging
import Synchronization
import Testing
import TrailAlarms
import TrailCounts
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

@testable import TrailServer

private let noon = Timestamp(seconds: 1_700_006_400)

private final class Clock: TimeSource {
    private let time = Mutex(noon)

    func now() -> Timestamp { time.withLock { $0 } }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: .seconds(3600)) }
    func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// A server's trail folder, alarm file and data directory, which go when the test ends.
private final class Stage: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path
    let clock = Clock()

    init() throws {
        try FileManager.default.createDirectory(atPath: path + "/trail", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// One filter and one alarm for each name: it counts events of that name, and `comparison` says what is bad.
    func declare(_ names: String..., comparison: String = "GreaterThanOrEqualToThreshold", threshold: Int = 3) throws {
        var text = """
            Resources:
              Topic:
                Type: AWS::SNS::Topic
                Properties:
                  TopicName: t
                  Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]
            """
        for name in names {
            text += """

                  \(name)Filter:
                    Type: AWS::Logs::MetricFilter
                    Properties:
                      LogGroupName: trail
                      FilterPattern: '{ $.eventName = \(name) }'
                      MetricTransformations:
                        - {MetricNamespace: Test, MetricName: \(name), MetricValue: "1", DefaultValue: 0}
                  \(name)Alarm:
                    Type: AWS::CloudWatch::Alarm
                    Properties:
                      AlarmName: \(name)
                      Namespace: Test
                      MetricName: \(name)
                      Statistic: Sum
                      Period: 60
                      EvaluationPeriods: 1
                      Threshold: \(threshold)
                      ComparisonOperator: \(comparison)
                      TreatMissingData: notBreaching
                      AlarmActions: [!Ref Topic]
                      OKActions: [!Ref Topic]
                """
        }
        try text.write(toFile: path + "/alarms.yaml", atomically: true, encoding: .utf8)
    }

    func write(_ file: String, _ name: String, at time: Timestamp, count: Int = 3) throws {
        let records = (0..<count).map { number in
            """
            {"eventTime":"\(time.adding(seconds: Int64(number)).rfc3339)","eventID":"\(file)-\(number)",\
            "eventName":"\(name)","recipientAccountId":"111122223333"}
            """
        }
        let text = "{\"Records\":[\(records.joined(separator: ","))]}"
        try text.write(toFile: "\(path)/trail/\(file).json", atomically: true, encoding: .utf8)
    }

    func open() async throws -> (engine: Engine, store: Store) {
        var settings = ServerSettings(dataDirectory: path + "/data", templates: TemplateSettings())
        settings.trails = [path + "/trail"]
        settings.alarmPaths = [path + "/alarms.yaml"]
        settings.latenessSeconds = 5
        settings.workers = 2
        let store = try Store(directory: settings.dataDirectory)
        var generator = SystemRandomNumberGenerator()
        let announcer = Announcer(
            accountID: "000000000000", region: "us-east-1", notifyInitial: .alarm,
            publisher: try .local(settings.dataDirectory, at: clock.now(), using: &generator))
        let engine = try Engine(
            store: store, settings: settings, announcer: announcer, time: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, onMessages: {})
        try await engine.start()
        return (engine, store)
    }

    func settle(_ engine: Engine) async throws {
        while try await engine.step() {}
    }

    func total(_ store: Store, _ name: String) throws -> Double {
        try store.slots(
            of: Metric(namespace: "Test", name: name, dimensions: []), in: noon.adding(seconds: -86_400)..<clock.now()
        ).reduce(0) { $0 + $1.set.sum }
    }

    func states(_ store: Store, _ alarm: String) throws -> [AlarmState] {
        try store.timeline(of: alarm, from: Timestamp(seconds: 0)).map(\.state)
    }

    func uncounted() throws -> [Int] {
        let (set, _) = TemplateLoader().load(try AlarmFiles.read([path + "/alarms.yaml"]))
        let reader = try StoreReader(directory: path + "/data")
        return try BacktestStore(reader: reader, filters: set.filters).uncounted.map(\.files)
    }
}

@Suite struct EngineRecountTests {
    @Test func `a filter that is loaded later counts over the known files, and what that shows is not told`()
        async throws
    {
        let stage = try Stage()
        try stage.declare("Bad")
        let (engine, store) = try await stage.open()
        for minute in 1...20 { try stage.write("a\(minute)", "Worse", at: noon.adding(seconds: Int64(-60 * minute))) }
        try stage.write("good", "Good", at: noon.adding(seconds: -1))
        try await stage.settle(engine)
        try stage.declare("Bad", "Worse")
        _ = try await engine.reload()
        #expect(try stage.uncounted() == [21])
        try await stage.settle(engine)
        #expect(try stage.total(store, "Worse") == 60)
        #expect(try stage.uncounted() == [])
        #expect(engine.snapshot.recount.waiting == 0)
        stage.clock.advance(seconds: 60)
        try await stage.settle(engine)
        #expect(try stage.states(store, "Worse").contains(.alarm))
        #expect(try store.waitingMessageCount() == 0)
        // What happens from now on is told.
        stage.clock.advance(seconds: 120)
        try stage.write("new", "Worse", at: stage.clock.now().adding(seconds: -4))
        try await stage.settle(engine)
        #expect(try store.waitingMessageCount() == 1)
    }

    @Test func `alarms on what is counted back wait for it, and tell what cannot change any more`() async throws {
        let stage = try Stage()
        try stage.declare("Bad")
        let (engine, store) = try await stage.open()
        for minute in 1...200 {
            try stage.write("a\(minute)", "Beat", at: noon.adding(seconds: Int64(-60 * minute)), count: 1)
        }
        try await stage.settle(engine)
        // An hour without a beat, as the alarm would see it now, is an ALARM.
        try stage.declare("Bad", "Beat", comparison: "LessThanThreshold", threshold: 1)
        _ = try await engine.reload()
        var slices = 0
        repeat {
            #expect(try stage.states(store, "Beat").isEmpty, "after \(slices) slices")
            slices += 1
        } while try await engine.step() && engine.snapshot.recount.waiting > 0
        #expect(slices == 4)
        try await stage.settle(engine)
        #expect(try !stage.states(store, "Beat").contains(.alarm))
        #expect(try store.totals().counters[Evaluator.amendedCounter] == nil)

        try stage.declare("Bad", "Beat", "Worse")
        for number in 0..<100 { try stage.write("b\(number)", "Good", at: noon.adding(seconds: -9000), count: 1) }
        try await stage.settle(engine)
        _ = try await engine.reload()
        try stage.write("new", "Worse", at: stage.clock.now().adding(seconds: -4))
        let counted = try #require(try store.totals().counters["records"]?["counted"])
        stage.clock.advance(seconds: 2)
        _ = try await engine.step()
        // New files come first, and a certain breach is told while the old ones wait.
        #expect(try store.totals().counters["records"]?["counted"] == counted + 3)
        #expect(engine.snapshot.recount.waiting > 0)
        #expect(try store.waitingMessageCount() == 1)
    }

    @Test(arguments: 0...3) func `a reload and a kill in between lose nothing and repeat nothing`(
        slices: Int
    ) async throws {
        let stage = try Stage()
        try stage.declare("Bad")
        do {
            let (engine, _) = try await stage.open()
            for number in 0..<150 {
                try stage.write(
                    "a\(1000 + number)", number % 2 == 0 ? "Worse" : "Worst", at: noon.adding(seconds: -9000), count: 2)
            }
            try await stage.settle(engine)
            try stage.declare("Bad", "Worse")
            _ = try await engine.reload()
            for _ in 0..<slices { _ = try await engine.step() }
            try stage.declare("Bad", "Worse", "Worst")
            _ = try await engine.reload()
            #expect(engine.snapshot.recount.waiting == 150)
            for _ in 0..<slices { _ = try await engine.step() }
            // No finish: the process is killed here.
        }
        let (engine, store) = try await stage.open()
        try await stage.settle(engine)
        #expect(try stage.total(store, "Worse") == 150)
        #expect(try stage.total(store, "Worst") == 150)
        #expect(try stage.uncounted() == [])
        #expect(try store.totals().counters["records"]?["counted"] == 300)
        #expect(try store.waitingMessageCount() == 0)
    }

    @Test func `files that are gone are shown, and counted back when a restart finds them again`() async throws {
        let stage = try Stage()
        try stage.declare("Bad")
        do {
            let (engine, store) = try await stage.open()
            for number in 0..<5 { try stage.write("a\(number)", "Worse", at: noon.adding(seconds: -9000)) }
            try await stage.settle(engine)
            try FileManager.default.moveItem(atPath: stage.path + "/trail", toPath: stage.path + "/away")
            try stage.declare("Bad", "Worse")
            _ = try await engine.reload()
            try await stage.settle(engine)
            // The same filters again try nothing again.
            _ = try await engine.reload()
            #expect(try stage.total(store, "Worse") == 0)
            #expect(try stage.uncounted() == [5])
            let page = try MetricsPage(store: store, snapshot: engine.snapshot, process: ProcessStatus()).render()
            let lines = String(decoding: page, as: UTF8.self).split(separator: "\n")
            #expect(lines.contains("trailwatch_recount_files_unavailable 5"))
            #expect(lines.contains("trailwatch_recount_files_waiting 0"))
            try await engine.finish()
        }
        try FileManager.default.moveItem(atPath: stage.path + "/away", toPath: stage.path + "/trail")
        let (engine, store) = try await stage.open()
        try await stage.settle(engine)
        #expect(try stage.total(store, "Worse") == 15)
        #expect(engine.snapshot.recount.unavailable == 0)
    }
}
