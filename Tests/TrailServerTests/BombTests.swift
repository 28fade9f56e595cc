import Foundation
import Logging
import Synchronization
import Testing
import TrailAlarms
import TrailCounts
import TrailModel
import TrailNotify
import TrailSources
import TrailTemplates

@testable import TrailServer
@testable import TrailStore

/// Input that no trail holds: each meets its limit, is told once, and stops nothing beside it.
@Suite struct BombTests {
    private static let now = Timestamp(seconds: 1_700_006_400)

    private static func log(_ records: [String]) -> [UInt8] {
        Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8)
    }

    private static func record(_ id: String, _ time: String? = nil, name: String = "ListUsers") -> String {
        """
        {"eventTime":"\(time ?? now.adding(seconds: -600).rfc3339)","eventID":"\(id)","eventName":"\(name)",\
        "eventSource":"iam.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333"}
        """
    }

    /// Files of a folder, each with the records that count, those that are set aside, and whether it is refused.
    private static let bombs: [(name: String, bytes: [UInt8], counted: Int, malformed: Int, isRefused: Bool)] = [
        ("good", log([record("g1"), record("g2")]), 2, 0, false),
        ("inflates", gzipped([UInt8](repeating: 0x20, count: Inflater.freeBytesMax + 1)), 0, 0, true),
        ("members", Array(repeatElement(gzipped([]), count: 20_000).joined()), 0, 0, true),
        (
            "large",
            log([record("l1"), "{\"x\":\"" + String(repeating: "y", count: 50 << 20) + "\"}", record("l2")]), 2, 1,
            false
        ),
        (
            "deep",
            log([
                record("d1"), String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000),
                String(repeating: "{\"userIdentity\":", count: 100_000) + "1" + String(repeating: "}", count: 100_000),
                record("d2"),
            ]), 2, 2, false
        ),
        ("tiny", gzipped(log(Array(repeating: "0", count: 100_000))), 0, 100_000, false),
        (
            "clocks",
            log(
                ["1970-01-01T00:00:00Z", "2035-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "9999-12-31T23:59:59Z"].map {
                    (time: String) in
                    record("c" + time, time)
                } + [record("c")]), 2, 3, false
        ),
        ("long", log([record("s1", name: String(repeating: "L", count: 1 << 20)), record("s2")]), 2, 0, false),
        ("text", log([record("t1", name: #"a\u0000"#), record("t2", name: #"\ud800"#), record("t3")]), 3, 0, false),
    ]

    @Test func `every bomb meets its limit, is told in one line, and the files beside it count`() async throws {
        let lines = Lines()
        let place = try Place(lines)
        for bomb in Self.bombs { try place.write(bomb.name, bomb.bytes) }
        for start in 0..<2 {
            let (engine, store) = try await place.open()
            while try await engine.step() {}
            place.clock.advance(seconds: 60)
            while try await engine.step() {}
            let records = try store.totals().counters["records"] ?? [:]
            #expect(records["counted"] == Int64(Self.bombs.reduce(0) { $0 + $1.counted }))
            #expect(records["malformed"] == Int64(Self.bombs.reduce(0) { $0 + $1.malformed }))
            #expect(records["duplicate"] == 0)
            #expect(records["future"] == 1)
            for bomb in Self.bombs {
                let said = lines.take(holding: "/\(bomb.name).json")
                let isRead = start == 0 || bomb.isRefused
                var want = isRead && (bomb.isRefused || bomb.malformed > 0) ? 1 : 0
                if bomb.name == "clocks", isRead { want += 1 }
                #expect(said.count == want, "\(bomb.name), start \(start): \(said)")
                #expect(said.allSatisfy { $0.utf8.count < 500 })
            }
            #expect(lines.take(holding: "").count < 5)
            try await engine.finish()
            try store.close()
        }
        let aside = try StoreReader(directory: place.path + "/data").setAside(limit: 1_000_000)
        #expect(aside.count < 2 * FileExtract.badRecordsListedMax)
        #expect(
            Set(aside.filter { $0.record != nil }.map(\.reason)) == [
                "too_large", "too_deep", "not_an_object", "event_time_out_of_range",
            ])
    }

    @Test func `events and stamps of years to come move no watermark and decide no window`() async throws {
        let place = try Place(Lines())
        let (engine, store) = try await place.open()
        while try await engine.step() {}
        let before = engine.snapshot.watermark
        for year in ["2024", "2035", "2099", "9999"] {
            let folder = "AWSLogs/111122223333/CloudTrail/us-east-1/\(year)/01/01"
            let name = "111122223333_CloudTrail_us-east-1_\(year)0101T0000Z_aaaaaaaaaaaaaaaa"
            let bad = (0..<5).map { Self.record("\(year)-\($0)", "\(year)-01-01T00:00:0\($0)Z", name: "Bad") }
            try place.write("\(folder)/\(name)", Self.log(bad))
        }
        for _ in 0..<5 {
            while try await engine.step() {}
            place.clock.advance(seconds: 60)
        }
        let watermark = try #require(engine.snapshot.watermark)
        #expect(watermark <= place.clock.now())
        #expect(before.map { watermark >= $0 } ?? true)
        #expect(try store.timeline(of: "bad", from: Timestamp(seconds: 0)).allSatisfy { $0.state != .alarm })
        // A breach of now is seen all the same.
        try place.write("now", Self.log((0..<5).map { Self.record("n\($0)", place.clock.now().rfc3339, name: "Bad") }))
        while try await engine.step() {}
        #expect(engine.snapshot.alarms.first?.alarm.machine.status.state == .alarm)
    }

    @Test func `late minutes are decided again by stretches, and many stretches at once`() {
        let days = (0..<100).map { Timestamp(seconds: 1_300_000_000 + $0 * 90_000) }
        for count in [0, 1, 2, Evaluator.clustersMax] {
            #expect(Evaluator.clusters(Array(days.prefix(count))) == days.prefix(count).map { $0...$0 })
        }
        #expect(Evaluator.clusters(days) == [days[0]...days[99]])
        let near = days[0].adding(seconds: 600)
        #expect(Evaluator.clusters([days[0], near, days[2]]) == [days[0]...near, days[2]...days[2]])
    }

    @Test func `late events of hundreds of days are decided again in one pass`() async throws {
        let place = try Place(Lines())
        let first = Timestamp(seconds: 1_300_000_000)
        try place.write("old", Self.log([Self.record("o", first.rfc3339)]))
        let (engine, store) = try await place.open()
        while try await engine.step() {}
        // A breach in one day of them, and an event in each.
        let late = (1...300).map { Self.record("d\($0)", first.adding(seconds: Int64($0) * 90_000).rfc3339) }
        let breach = first.adding(seconds: 200 * 90_000)
        let bad = (0..<3).map { Self.record("b\($0)", breach.rfc3339, name: "Bad") }
        try place.write("late", Self.log(late + bad))
        while try await engine.step() {}
        let alarms = try store.timeline(of: "bad", from: Timestamp(seconds: 0)).filter { $0.state == .alarm }
        #expect(alarms.map(\.windowEnd) == [breach.floored(toSeconds: 60).adding(seconds: 60)])
    }

    @Test func `posted events that the store refuses are told to their sender and not kept`() async throws {
        let place = try Place(Lines())
        let (engine, store) = try await place.open()
        while try await engine.step() {}
        store.state.withLock { $0.series.seriesMax = 40 }
        func post(_ names: Range<Int>) async throws -> FileCount {
            let records = names.map { Self.record("p\($0)", name: "N\($0)") }
            return try await engine.take(try PostedEvents(Self.log(records), accountID: "000000000000"))
        }
        let error = await #expect(throws: PostedEventsError.self) { _ = try await post(0..<50) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("40 series"))
        let files = FileManager.default.enumerator(atPath: place.path + "/data/events")?.allObjects as? [String] ?? []
        #expect(!files.contains { $0.hasSuffix(".gz") })
        #expect(try await post(0..<5).counted == 5)
        #expect(try await post(0..<5).duplicate == 5)
    }

    @Test func `an event long before all others leaves the alarms decided up to now`() async throws {
        let place = try Place(Lines())
        try place.write("old", Self.log([Self.record("o", "2000-01-01T00:00:00Z", name: "Bad"), Self.record("p")]))
        let (engine, _) = try await place.open()
        while try await engine.step() {}
        let status = try #require(engine.snapshot.alarms.first?.alarm.machine.status)
        #expect(status.decidedThrough > Self.now.adding(seconds: -3600))
    }
}

/// What was logged, one line each.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    /// Removes and returns the lines with `text` in them.
    func take(holding text: String) -> [String] {
        lines.withLock { lines in
            let found = lines.filter { text.isEmpty || $0.contains(text) }
            lines.removeAll { text.isEmpty || $0.contains(text) }
            return found
        }
    }
}

private struct LineHandler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add("\(event.level) \(event.message) \(event.metadata ?? [:])")
    }
}

private final class Place: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path
    let clock = MovableTime(Timestamp(seconds: 1_700_006_400))
    private let lines: Lines

    init(_ lines: Lines) throws {
        self.lines = lines
        try FileManager.default.createDirectory(atPath: path + "/trail", withIntermediateDirectories: true)
        try """
        Resources:
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
        """.write(toFile: path + "/alarms.yaml", atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = URL(fileURLWithPath: "\(path)/trail/\(name).json")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        // Long enough ago to be whole.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: file.path)
    }

    func open() async throws -> (engine: Engine, store: Store) {
        var settings = ServerSettings(dataDirectory: path + "/data", templates: TemplateSettings())
        settings.trails = [path + "/trail"]
        settings.alarmPaths = [path + "/alarms.yaml"]
        let store = try Store(directory: settings.dataDirectory)
        var generator = SystemRandomNumberGenerator()
        let announcer = Announcer(
            accountID: "000000000000", region: "us-east-1", notifyInitial: settings.notifyInitial,
            publisher: try .local(settings.dataDirectory, at: clock.now(), using: &generator))
        let lines = lines
        let engine = try Engine(
            store: store, settings: settings, announcer: announcer, time: clock,
            logger: Logger(label: "test") { _ in LineHandler(lines: lines) }, onMessages: {})
        try await engine.start()
        return (engine, store)
    }
}

final class MovableTime: TimeSource {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }

    func now() -> Timestamp { time.withLock { $0 } }
    func sleep(for duration: Duration) async throws {}
    func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
