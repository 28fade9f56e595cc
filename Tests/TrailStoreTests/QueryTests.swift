import Testing
import TrailCounts
import TrailModel

@testable import TrailStore

@Suite struct QueryTests {
    /// Events 7 minutes apart for two days, with errors; `StoreTests.file` says what each is.
    private static func store(_ directory: TemporaryDirectory, folds: Bool) throws -> Store {
        let store = try Store(directory: directory.path)
        for (index, range) in [0..<150, 100..<400, 380..<500].enumerated() {
            _ = try store.commit(
                [try StoreTests.file("f\(index)", events: range, stepSeconds: 420)], plan: StoreTests.plan,
                source: "test", now: later)
            if folds && index < 2 { try store.fold() }
        }
        return store
    }

    private static let later = StoreTests.now.adding(seconds: 1_000_000)
    private static let all = Timestamp(seconds: 0)..<Timestamp(seconds: 4_000_000_000)

    private static func query(
        _ period: Int64, _ range: Range<Timestamp> = all, by groups: [String] = ["EventSource"]
    ) -> MetricQuery {
        MetricQuery(
            namespace: "CloudTrail", metricName: "EventCount", schema: .exactly(["EventSource", "EventName"]),
            groupBy: groups, periodSeconds: period, from: range.lowerBound, to: range.upperBound)
    }

    /// The same from five-minute slots, added up here.
    private static func sums(
        _ reader: StoreReader, _ period: Int64, _ range: Range<Timestamp>
    ) throws -> [[String?]: [Timestamp: Double]] {
        var sums: [[String?]: [Timestamp: Double]] = [:]
        let from = range.lowerBound.floored(toSeconds: period)
        let to = range.upperBound.floored(toSeconds: period)
        for group in try reader.result(of: query(300)).groups {
            for point in group.points where point.start >= from && point.start < to {
                sums[group.values, default: [:]][point.start.floored(toSeconds: period), default: 0] += point.set.sum
            }
        }
        return sums
    }

    @Test(
        "a longer period is the sum of its slots, from whatever level it is read, folded or not",
        arguments: [300, 900, 2100, 3600, 7200, 18_000, 86_400, 100_800, 604_800] as [Int64], [false, true])
    func periods(period: Int64, folds: Bool) throws {
        let directory = TemporaryDirectory()
        let store = try Self.store(directory, folds: folds)
        let reader = try StoreReader(directory: directory.path)
        let start = try #require(try reader.result(of: Self.query(300)).points.map(\.start).min())
        let ranges = [
            Self.all, start.adding(seconds: 4_000)..<start.adding(seconds: 100_000),
            start.adding(seconds: 90_000)..<start.adding(seconds: 90_000 + period), start..<start,
        ]
        for range in ranges {
            let result = try reader.result(of: Self.query(period, range))
            // In stretches of an hour or some it is the same.
            for sumsMax in [1, 200] {
                var query = Self.query(period, range)
                query.limits.sumsMax = sumsMax
                #expect(try reader.result(of: query) == result)
            }
            let found = Dictionary(
                uniqueKeysWithValues: result.groups.map { group in
                    (group.values, Dictionary(uniqueKeysWithValues: group.points.map { ($0.start, $0.set.sum) }))
                })
            #expect(try found == Self.sums(reader, period, range), "\(range)")
        }
        #expect(try reader.result(of: Self.query(period)).points.reduce(0) { $0 + $1.set.sum } == 500)
        _ = store
    }

    @Test func `a reader sees what is committed and folded after it was opened`() throws {
        let directory = TemporaryDirectory()
        let store = try Self.store(directory, folds: true)
        let reader = try StoreReader(directory: directory.path)
        for step in 0..<6 {
            let events = 500 + step * 10..<510 + step * 10
            let file = try StoreTests.file("g\(step)", events: events, stepSeconds: 420)
            _ = try store.commit([file], plan: StoreTests.plan, source: "test", now: Self.later)
            if step % 3 == 2 { try store.fold() }
            let fresh = try StoreReader(directory: directory.path).result(of: Self.query(3600))
            #expect(try reader.result(of: Self.query(3600)) == fresh)
            #expect(fresh.points.reduce(0) { $0 + $1.set.sampleCount } == 510 + Int64(step) * 10)
        }
    }

    @Test func `conditions take the metrics that have the value, or every other`() throws {
        let directory = TemporaryDirectory()
        let store = try Self.store(directory, folds: false)
        let reader = try StoreReader(directory: directory.path)
        var query = Self.query(86_400, by: ["EventName"])
        let groups = try reader.result(of: query).groups
        let name = try #require(groups.first?.values[0])
        for isEqual in [true, false] {
            query.conditions = [MetricQuery.Condition(name: "EventName", value: name, isEqual: isEqual)]
            #expect(try reader.result(of: query).groups == groups.filter { ($0.values == [name]) == isEqual })
        }
        query.conditions = [MetricQuery.Condition(name: "EventName", value: "NoSuchName")]
        #expect(try reader.result(of: query) == QueryResult(isKnown: true))
        query.conditions = [MetricQuery.Condition(name: "Region", value: "x", isEqual: false)]
        #expect(try reader.result(of: query).groups == groups)
        query.conditions = [MetricQuery.Condition(name: "Region", value: "x")]
        #expect(try reader.result(of: query).groups.isEmpty)
        _ = store
    }

    @Test func `metrics of all dimensions are read together, and those without one are a group of their own`() throws {
        let directory = TemporaryDirectory()
        let store = try Self.store(directory, folds: false)
        let reader = try StoreReader(directory: directory.path)
        var query = Self.query(86_400, by: ["EventName"])
        query.schema = .any
        let result = try reader.result(of: query)
        #expect(result.groups.last?.values == [nil])
        #expect(result.groups.dropLast().allSatisfy { $0.values != [nil] })
        // Every event counts in each metric that holds it.
        let named = result.groups.dropLast().flatMap(\.points).reduce(0) { $0 + $1.set.sum }
        #expect(named > 500 && named.truncatingRemainder(dividingBy: 500) == 0)
        _ = store
    }

    @Test func `limits are errors that name them`() throws {
        let directory = TemporaryDirectory()
        let store = try Self.store(directory, folds: false)
        let reader = try StoreReader(directory: directory.path)
        var query = Self.query(300)
        query.limits.datapointsMax = 10
        #expect(throws: QueryError.tooManyDatapoints(max: 10)) { _ = try reader.result(of: query) }
        query = Self.query(300, by: ["EventName"])
        query.limits.groupsMax = 1
        #expect(throws: QueryError.tooManyGroups(max: 1)) { _ = try reader.result(of: query) }
        query = Self.query(300)
        query.limits.metricsMax = 1
        #expect(throws: QueryError.tooManyMetrics(max: 1)) { _ = try reader.result(of: query) }
        for period in [0, -300, 60, 301, .max / 300 * 300] as [Int64] {
            #expect(throws: QueryError.period(got: period, multipleOf: 300)) {
                _ = try reader.result(of: Self.query(period))
            }
        }
        _ = store
    }
}
