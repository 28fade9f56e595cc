import Foundation
import GRDB
import Testing
import TrailCounts
import TrailEvents
import TrailModel
import TrailStore

/// A directory that goes when the test ends.
final class TemporaryDirectory: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct StoreTests {
    static let now = Timestamp(seconds: 1_700_000_000)
    static let plan = CountingPlan(filters: [])

    static let eventCount = Metric(namespace: "CloudTrail", name: "EventCount")

    static func file(
        _ key: String, events: Range<Int>, stepSeconds: Int64 = 7, idPrefix: String = "id",
        plan: CountingPlan = StoreTests.plan, offsetSeconds: Int64 = 0
    ) throws -> ReadFile {
        let records = events.map { index in
            """
            {"eventTime":"\(Timestamp(seconds: 1_700_000_000 + Int64(index) * stepSeconds + offsetSeconds).rfc3339)","eventID":"\(idPrefix)-\(index)",\
            "eventSource":"s\(index % 3).amazonaws.com","eventName":"N\(index % 5)","awsRegion":"us-east-1",\
            "recipientAccountId":"111122223333"\(index % 4 == 0 ? ",\"errorCode\":\"E\(index % 8)\"" : "")}
            """
        }
        var extractor = FileExtractor(plan: plan)
        let text = LogText("{\"Records\":[\(records.joined(separator: ","))]}")
        return ReadFile(key: key, size: 1, status: .counted, extract: try extractor.extract(text))
    }

    static func query(
        _ directory: TemporaryDirectory, _ name: String, by dimensions: [String] = []
    ) throws -> QueryResult {
        try StoreReader(directory: directory.path).result(
            of: MetricQuery(
                namespace: "CloudTrail", metricName: name, schema: .exactly(dimensions), groupBy: dimensions,
                periodSeconds: 300, from: Timestamp(seconds: 0), to: Timestamp(seconds: 4_000_000_000)))
    }

    static func total(_ directory: TemporaryDirectory, _ name: String) throws -> Double {
        try query(directory, name).points.reduce(0) { $0 + $1.set.sum }
    }

    @Test func `a store that was killed before it was one is not there, and the next writer makes it`() throws {
        let directory = TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: directory.path + "/trailwatch.sqlite"))
        #expect(throws: StoreError.notThere(directory: directory.path)) {
            _ = try StoreReader(directory: directory.path)
        }
        _ = try Store(directory: directory.path)
        #expect(try Self.query(directory, "EventCount").groups.isEmpty)
    }

    @Test func `overlapping files count each event once, before and after folds and restarts`() throws {
        let directory = TemporaryDirectory()
        for (round, ranges) in [[0..<60, 30..<100], [0..<100, 90..<200]].enumerated() {
            let store = try Store(directory: directory.path)
            for (index, range) in ranges.enumerated() {
                let counts = try store.commit(
                    [try Self.file("f\(round)-\(index)", events: range)], plan: Self.plan, source: "test", now: Self.now
                )
                #expect(counts[0].records == counts[0].counted + counts[0].duplicate)
                let unfolded = try Self.query(directory, "EventCount", by: ["EventSource", "EventName"])
                try store.fold()
                let folded = try Self.query(directory, "EventCount", by: ["EventSource", "EventName"])
                #expect(folded.groups == unfolded.groups)
            }
        }
        #expect(try Self.total(directory, "EventCount") == 200)
        #expect(try Self.total(directory, "ErrorCount") == 50)
    }

    @Test func `any split and order of the files gives the same result`() throws {
        let orders: [[Range<Int>]] = [[0..<300], [200..<300, 0..<120, 100..<220], [0..<1, 1..<299, 0..<300]]
        let results = try orders.map { order in
            let directory = TemporaryDirectory()
            let store = try Store(directory: directory.path)
            for (index, range) in order.enumerated() {
                _ = try store.commit(
                    [try Self.file("f\(index)", events: range)], plan: Self.plan, source: "test", now: Self.now)
            }
            return try Self.query(directory, "ErrorCount", by: ["ErrorCode", "EventSource"]).groups
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
        #expect(!results[0].isEmpty)
    }

    @Test func `the ledger knows a file by key and size`() throws {
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        _ = try store.commit([try Self.file("a", events: 0..<3)], plan: Self.plan, source: "test", now: Self.now)
        #expect(try store.knownStatus(key: "a", size: 1) == .counted)
        #expect(try store.knownStatus(key: "a", size: 2) == nil)
        #expect(try store.knownStatus(key: "b", size: 1) == nil)
    }

    @Test func `a second writer is refused by name of the first`() throws {
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        let error = #expect(throws: StoreError.self) { _ = try Store(directory: directory.path) }
        #expect(error == .locked(directory: directory.path, pid: "\(getpid())"))
        withExtendedLifetime(store) {}
    }

    @Test func `a store of a newer format is refused and left as it is`() throws {
        let directory = TemporaryDirectory()
        _ = try Store(directory: directory.path)
        let path = "\(directory.path)/trailwatch.sqlite"
        try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 99") }
        #expect(throws: StoreError.newerFormat(found: 99, known: 14)) { _ = try Store(directory: directory.path) }
        #expect(throws: StoreError.newerFormat(found: 99, known: 14)) {
            _ = try StoreReader(directory: directory.path)
        }
        #expect(try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 99)
    }

    @Test func `a commit that fails changes nothing, and the same events count afterwards`() throws {
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        _ = try store.commit([try Self.file("a", events: 0..<10)], plan: Self.plan, source: "test", now: Self.now)
        let path = "\(directory.path)/trailwatch.sqlite"
        try DatabaseQueue(path: path).write {
            try $0.execute(
                sql: "CREATE TRIGGER fault BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        }
        #expect(throws: (any Error).self) {
            _ = try store.commit([try Self.file("b", events: 5..<40)], plan: Self.plan, source: "test", now: Self.now)
        }
        #expect(try Self.total(directory, "EventCount") == 10)
        #expect(try store.knownStatus(key: "b", size: 1) == nil)
        try DatabaseQueue(path: path).write { try $0.execute(sql: "DROP TRIGGER fault") }
        let counts = try store.commit(
            [try Self.file("b", events: 5..<40)], plan: Self.plan, source: "test", now: Self.now)
        #expect(counts[0].counted == 30)
        #expect(counts[0].duplicate == 5)
        #expect(try Self.total(directory, "EventCount") == 40)
    }

    @Test func `a metric that was never counted is told apart from an empty range`() throws {
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        _ = try store.commit([try Self.file("a", events: 0..<3)], plan: Self.plan, source: "test", now: Self.now)
        #expect(try Self.query(directory, "NoSuchMetric").isKnown == false)
        #expect(try Self.query(directory, "EventCount").isKnown)
        #expect(throws: QueryError.period(got: 60, multipleOf: 300)) {
            _ = try StoreReader(directory: directory.path).result(
                of: MetricQuery(
                    metric: Metric(namespace: "CloudTrail", name: "EventCount"), periodSeconds: 60,
                    from: Timestamp(seconds: 0), to: Self.now))
        }
    }

    @Test func `a closed store is free although a program that was started meanwhile has a copy of its lock`() throws {
        let directory = TemporaryDirectory()
        var store: Store? = try Store(directory: directory.path)
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { CInt($0) }
        let lock = try #require(
            descriptors.first { descriptor in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)"))
                    == directory.path + "/lock"
            })
        let copy = dup(lock)
        defer { close(copy) }
        #expect(throws: StoreError.self) { _ = try Store(directory: directory.path) }
        try store?.close()
        store = nil
        #expect(throws: Never.self) { try Store(directory: directory.path).close() }
    }
}
