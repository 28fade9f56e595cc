import Foundation
import GRDB
import Testing
import TrailAlarms
import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns
import TrailStore

/// A store of every earlier format is read as it is, and opens with everything that it knew.
///
/// The fixtures are whole stores as text, apart from the steps of the schema; each format that is released gets one.
@Suite struct MigrationTests {
    private static let formats = Array(1...13)
    private let directory = TemporaryDirectory()
    private var path: String { directory.path + "/trailwatch.sqlite" }

    private static func fixture(_ name: String) throws -> String {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
        return try String(contentsOf: url, encoding: .utf8)
    }

    private static func filter() throws -> MetricFilter {
        MetricFilter(
            name: "f-Denied", logGroupName: "trail", pattern: try FilterPattern("{ $.errorCode = AccessDenied }"),
            metric: Metric(namespace: "Test", name: "Denied"), value: 1, location: SourceLocation(file: "f.yaml"))
    }

    private func makeStore(format: Int) throws {
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        let sql = try Self.fixture("format-\(format).sql")
        try DatabaseQueue(path: path).writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: sql)
        }
    }

    private func totals() throws -> [Double] {
        let reader = try StoreReader(directory: directory.path)
        return try [("CloudTrail", "EventCount"), ("CloudTrail", "ErrorCount"), ("Test", "Denied")].map { place, name in
            let query = MetricQuery(
                metric: Metric(namespace: place, name: name), periodSeconds: 300, from: Timestamp(seconds: 0),
                to: Timestamp(seconds: 4_000_000_000))
            return try reader.result(of: query).points.reduce(0) { $0 + $1.set.sum }
        }
    }

    private func texts(_ sql: String) throws -> [String?] {
        try DatabaseQueue(path: path).read { try Optional<String>.fetchAll($0, sql: sql) }
    }

    @Test(arguments: formats)
    func `a store of an earlier format opens with all that it counted`(format: Int) throws {
        try makeStore(format: format)
        #expect(try StoreReader(file: path).check().damages == [])
        #expect(try totals() == [40, 8, 8])
        let plan = CountingPlan(filters: [try Self.filter()])
        let store = try Store(directory: directory.path)
        let report = try StoreReader(directory: directory.path).check()
        #expect(report.version == 14)
        #expect(report.damages == [])
        #expect(try totals() == [40, 8, 8])
        #expect(try store.recountPlan(for: plan.filters).uncounted.isEmpty)
        // The same events in other files are known.
        for number in 1...2 {
            var extractor = FileExtractor(plan: plan)
            let extract = try extractor.extract(LogText(try Self.fixture("events-\(number).json")))
            let file = ReadFile(key: "again-\(number)", size: 1, status: .counted, extract: extract)
            let count = try store.commit([file], plan: plan, source: "test", now: StoreTests.now)[0]
            #expect(count.counted == 0)
            #expect(count.duplicate == (number == 1 ? 30 : 15))
        }
        _ = try store.commit(
            [try StoreTests.file("more", events: 0..<10)], plan: plan, source: "test", now: StoreTests.now)
        try store.fold()
        #expect(try totals() == [50, 11, 8])
        #expect(try StoreReader(directory: directory.path).check().damages == [])
    }

    @Test(arguments: formats)
    func `what else a store of an earlier format holds stays`(format: Int) throws {
        try makeStore(format: format)
        let store = try Store(directory: directory.path)
        let status = try StoreReader(directory: directory.path).status()
        #expect(status.files == [.counted: 2])
        #expect(status.records == ["counted": 40, "duplicate": 5, "malformed": 0])
        #expect(try texts("SELECT DISTINCT root FROM ledger") == [format < 5 ? nil : "/srv/trail/"])
        let names = try StoreReader(directory: directory.path).filesByFilters().map(\.filters)
        #expect(names == [Set([try #require(CountingPlan(filters: [try Self.filter()]).filterNames.first)])])
        var query = EventQuery(range: Timestamp(seconds: 0)..<Timestamp(seconds: 4_000_000_000))
        query.names = ["N1"]
        let found = try StoreReader(directory: directory.path).files(for: query)
        #expect(found.candidates.count == (format < 5 ? 0 : 2))
        #expect(found.withoutIndex.count == (format < 5 ? 2 : 0))
        guard format > 1 else { return }
        #expect(try store.sources().map(\.name) == ["/srv/trail"])
        #expect(try store.unevaluatedMinutes(after: 0).map(\.commit) == [1, 2])
        #expect(try store.timeline(of: "denied", from: Timestamp(seconds: 0)).count == 1)
        #expect(try store.history(of: "denied", limit: 9).count == 1)
        #expect(try store.alarmFiles().map(\.path) == ["f.yaml"])
        #expect(status.messages == ["dead": 1])
        guard format > 2 else { return }
        #expect(try store.listedDirectories(of: "/srv/trail").count == 1)
        #expect(try store.lastDecisionNumber(ofRemoved: "gone") == 4)
        #expect(try store.note(named: "lanes") == (format < 6 ? nil : [1]))
        #expect(try store.mutes().map(\.alarmName) == (format < 12 ? [] : ["denied"]))
        #expect(try store.waitingSummaries().count == (format < 13 ? 0 : 1))
        #expect(try store.ruleMatches(limit: 9).count == (format < 13 ? 0 : 1))
    }

    @Test func `a copy of an earlier format is restored, and migrated when it is opened`() throws {
        try makeStore(format: 4)
        let restored = TemporaryDirectory()
        _ = try Store.restore(try StoreReader(file: path), in: restored.path, replacesStore: false)
        #expect(try StoreReader(directory: restored.path).check().version == 4)
        _ = try Store(directory: restored.path)
        #expect(try StoreReader(directory: restored.path).check().version == 14)
        #expect(try StoreTests.total(restored, "EventCount") == 40)
    }
}
