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
import TrailTemplates

@testable import TrailServer
@testable import TrailStore

/// P1: any order, splitting, duplication, delay or crash point of the same events gives the same counts.
///
/// `TRAILWATCH_ROUNDS` asks for more seeds, `TRAILWATCH_SEED` for another first one; a failure names its seed.
@Suite struct CollectorPropertyTests {
    static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["TRAILWATCH_SEED"].flatMap(UInt64.init) ?? 1
        return (0..<(environment["TRAILWATCH_ROUNDS"].flatMap(UInt64.init) ?? 5)).map { first &+ $0 }
    }()

    @Test(arguments: seeds)
    func `ingest counts the same in any disorder, with any faults`(seed: UInt64) throws {
        var deck = TrailDeck(seed: seed, count: 300)
        let place = try CollectorPlace()
        let straight = try place.straight(deck.records)
        let steps = 6
        let files = deck.files(steps: steps)
        var random = SeededGenerator(seed: seed ^ 0xF00D)
        var read = FileCount()
        for step in 0...steps {
            try place.deliver(files, step: step)
            // One step in three is taken under a fault, and what it did not do is done by the next.
            let fault = random.isOne(in: 3) && step < steps ? StoreFault.allCases.randomElement(using: &random) : nil
            try place.set(fault)
            let store = try Store(directory: place.data)
            var ingest = Ingest(
                store: store, plan: place.plan, time: place.clock, workers: Int.random(in: 1...3, using: &random))
            var paths = LogFolder.files(under: place.trail).files.shuffled(using: &random)
            if random.isOne(in: 4), step < steps { paths.removeLast(Int.random(in: 0...paths.count, using: &random)) }
            do {
                try ingest.run(paths) { outcome in
                    #expect(outcome.count.isExact, "seed \(seed): \(outcome.file.path)")
                    read.add(outcome.count)
                }
            } catch {
                #expect(fault != nil, "seed \(seed), step \(step): \(error)")
            }
            if fault != nil, random.isOne(in: 2) {
                // The fault goes while the process lives.
                try place.set(nil)
                try ingest.run(paths) { read.add($0.count) }
            }
        }
        try place.set(nil)
        #expect(Int64(read.counted) == straight.counted, "seed \(seed)")
        #expect(read.records <= files.reduce(0) { $0 + $1.recordCount }, "seed \(seed)")
        try place.check(against: straight, seed: seed)
    }

    @Test(arguments: seeds)
    func `the engine counts the same in any disorder, with any faults`(seed: UInt64) async throws {
        var deck = TrailDeck(seed: seed ^ 0xE61E, count: 200)
        let place = try CollectorPlace()
        let straight = try place.straight(deck.records)
        let steps = 12
        let files = deck.files(steps: steps)
        var random = SeededGenerator(seed: seed ^ 0xBEEF)
        var running: Engine? = try await place.open()
        for step in 0...steps {
            try place.deliver(files, step: step)
            let fault = random.isOne(in: 4) && step < steps ? StoreFault.allCases.randomElement(using: &random) : nil
            try place.set(fault)
            do {
                // A step takes one batch: some are killed with more waiting.
                var stepsMax = random.isOne(in: 3) && step < steps ? Int.random(in: 0...2, using: &random) : .max
                while stepsMax > 0, try await running?.step() == true { stepsMax -= 1 }
            } catch {
                #expect(fault != nil, "seed \(seed), step \(step): \(error)")
            }
            if random.isOne(in: 3) {
                // Killed: nothing is finished, neither folded nor saved.
                running = nil
                running = try await place.open()
            }
            try place.set(nil)
            place.clock.advance(seconds: Int64.random(in: 1...200, using: &random))
        }
        place.clock.advance(seconds: 3600)
        while try await running?.step() == true {}
        if random.isOne(in: 2) { try await running?.finish() }
        running = nil
        try place.check(against: straight, seed: seed)
    }
}

/// Where SQLite refuses to write.
enum StoreFault: String, CaseIterable {
    case ledger, journal, unevaluated, activities, counters, blocks
    case seriesPages = "series_pages"
    case eventIDs = "event_ids"
    case eventIndex = "event_index"
}

extension FileCount {
    /// Records read = counted + duplicate + malformed.
    var isExact: Bool { records == counted + duplicate + malformed }
}

/// A datapoint of the logical export.
private struct Point: Hashable {
    let namespace: String
    let name: String
    let dimensions: [String]
    let start: Timestamp
    let count: Int64
    let sum: Double
    let minimum: Double
    let maximum: Double
}

/// What a store holds, whatever the order in which it came.
private struct Export: Equatable {
    var points: Set<Point> = []
    var counted: Int64 = 0
}

private final class CollectorPlace: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path
    let clock = MovableTime(TrailDeck.start.adding(seconds: TrailDeck.spanSeconds))
    let plan: CountingPlan
    var trail: String { path + "/trail" }
    var data: String { path + "/data" }

    init() throws {
        try FileManager.default.createDirectory(atPath: path + "/trail", withIntermediateDirectories: true)
        let filters = [("Bad", "{ $.eventName = Bad }", "1"), ("Denied", "{ $.errorCode = AccessDenied }", "0.1")].map {
            """
              \($0):
                Type: AWS::Logs::MetricFilter
                Properties:
                  LogGroupName: trail
                  FilterPattern: '\($1)'
                  MetricTransformations:
                    - {MetricNamespace: Test, MetricName: \($0), MetricValue: "\($2)", DefaultValue: 0}
            """
        }
        try """
        Resources:
        \(filters.joined(separator: "\n"))
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: bad
              Namespace: Test
              MetricName: Bad
              Statistic: Sum
              Period: 60
              EvaluationPeriods: 1
              Threshold: 1
              ComparisonOperator: GreaterThanOrEqualToThreshold
        """.write(toFile: path + "/alarms.yaml", atomically: true, encoding: .utf8)
        let (set, _) = TemplateLoader().load(try AlarmFiles.read([path + "/alarms.yaml"]))
        plan = CountingPlan(filters: set.filters)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// What one file with every record once gives.
    func straight(_ records: [String]) throws -> Export {
        let file = path + "/straight.json"
        try "{\"Records\":[\(records.joined(separator: ","))]}".write(toFile: file, atomically: true, encoding: .utf8)
        let store = try Store(directory: path + "/straight")
        var ingest = Ingest(store: store, plan: plan, time: clock)
        var count = FileCount()
        try ingest.run([try LogFile(path: file)]) { count.add($0.count) }
        try #require(count.isExact && count.records == records.count && count.malformed > 0)
        let export = try Self.export(path + "/straight")
        try #require(export.counted == Int64(count.counted) && export.points.count > 100)
        return export
    }

    /// Puts the files of a step into the trail, whole ones over their beginnings.
    func deliver(_ files: [TrailDeck.File], step: Int) throws {
        for file in files {
            let bytes = file.step == step ? file.bytes : file.step == step + 1 ? file.beginning : nil
            guard let bytes else { continue }
            let url = URL(fileURLWithPath: "\(trail)/\(file.path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
            let age: Int64 = file.recordCount.isMultiple(of: 2) ? 0 : 60
            let seconds = Double(clock.now().seconds - age)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: url.path)
        }
    }

    /// Lets every write to one table fail, or none.
    func set(_ fault: StoreFault?) throws {
        guard FileManager.default.fileExists(atPath: data + "/trailwatch.sqlite") else { return }
        try DatabaseQueue(path: data + "/trailwatch.sqlite").write { db in
            try db.execute(sql: "DROP TRIGGER IF EXISTS fault")
            guard let table = fault?.rawValue else { return }
            try db.execute(
                sql: "CREATE TRIGGER fault BEFORE INSERT ON \(table) BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        }
    }

    func open() async throws -> Engine {
        var settings = ServerSettings(dataDirectory: data, templates: TemplateSettings())
        settings.trails = [trail]
        settings.alarmPaths = [path + "/alarms.yaml"]
        let store = try Store(directory: data)
        var generator = SystemRandomNumberGenerator()
        let announcer = Announcer(
            accountID: "000000000000", region: "us-east-1", notifyInitial: settings.notifyInitial,
            publisher: try .local(data, at: clock.now(), using: &generator))
        let engine = try Engine(
            store: store, settings: settings, announcer: announcer, time: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, onMessages: {})
        try await engine.start()
        return engine
    }

    /// Both folded and not, before and after a restart, the store says what the straight one says.
    func check(against straight: Export, seed: UInt64) throws {
        for round in 0..<2 {
            let export = try Self.export(data)
            let missing = straight.points.subtracting(export.points)
            let extra = export.points.subtracting(straight.points)
            #expect(
                export == straight,
                "seed \(seed), round \(round): missing \(missing.prefix(3)), extra \(extra.prefix(3))")
            try Store(directory: data).fold()
        }
        try DatabaseQueue(path: data + "/trailwatch.sqlite").read { db in
            let inexact = try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM ledger WHERE records <> counted + duplicate + malformed")
            #expect(inexact == 0, "seed \(seed)")
            for result in ["counted", "duplicate", "malformed"] {
                let rows = try Int64.fetchOne(db, sql: "SELECT SUM(\(result)) FROM ledger")
                let counter = try Int64.fetchOne(
                    db, sql: "SELECT value FROM counters WHERE name = 'records' AND label = ?", arguments: [result])
                #expect(rows == counter, "seed \(seed): \(result)")
            }
            #expect(try Int64.fetchOne(db, sql: "SELECT SUM(counted) FROM ledger") == straight.counted, "seed \(seed)")
        }
    }

    private static func export(_ directory: String) throws -> Export {
        let reader = try StoreReader(directory: directory)
        var export = Export()
        let families = try reader.database.read { db in
            try Row.fetchAll(db, sql: "SELECT namespace, name, dimensions, resolution FROM families").map {
                (
                    $0["namespace"] as String, $0["name"] as String, try decodeTexts($0.bytes("dimensions")),
                    $0["resolution"] as Int64
                )
            }
        }
        for (namespace, name, dimensions, resolution) in families {
            let query = MetricQuery(
                namespace: namespace, metricName: name, schema: .exactly(dimensions), groupBy: dimensions,
                periodSeconds: resolution, from: Timestamp(seconds: 0), to: Timestamp(seconds: 4_200_000_000))
            for group in try reader.result(of: query).groups {
                let values = zip(dimensions, group.values).map { "\($0)=\($1 ?? "")" }
                for point in group.points {
                    let set = point.set
                    export.points.insert(
                        Point(
                            namespace: namespace, name: name, dimensions: values, start: point.start,
                            count: set.sampleCount, sum: set.sum, minimum: set.minimum, maximum: set.maximum))
                }
            }
        }
        export.counted = Int64(
            try reader.database.read { db in
                try Int64.fetchOne(db, sql: "SELECT value FROM counters WHERE name = 'records' AND label = 'counted'")
            } ?? 0)
        return export
    }
}
