import Testing
import TrailCounts
import TrailModel
import TrailStore

struct CardinalityTests {
    @Test func `series are counted by metric and dimension set, values of dimensions by the series they make`() throws {
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        // 12 events over 3 sources and 5 names, every fourth an error of codes E0 and E4.
        _ = try store.commit(
            [try StoreTests.file("f", events: 0..<12)], plan: StoreTests.plan, source: "test", now: StoreTests.now)
        let unfolded = try StoreReader(directory: directory.path).cardinality()
        try store.fold()
        let counts = try StoreReader(directory: directory.path).cardinality()
        #expect(counts.families == unfolded.families)
        #expect(counts.dimensions == unfolded.dimensions)

        let pairs = counts.families.filter { $0.metricName == "EventCount" }.map { ($0.dimensions, $0.seriesCount) }
        let bySet = Dictionary(uniqueKeysWithValues: pairs)
        #expect(bySet[[]] == 1)
        #expect(bySet[["EventSource"]] == 3)
        #expect(bySet[["EventName"]] == 5)
        #expect(bySet[["EventName", "EventSource"]] == 12)
        #expect(counts.seriesCount == counts.families.reduce(0) { $0 + $1.seriesCount })
        #expect(counts.families.map(\.seriesCount) == counts.families.map(\.seriesCount).sorted(by: >))

        let names = try #require(counts.dimensions.first { $0.name == "EventName" })
        #expect(names.valueCount == 5)
        // Each name's series: one alone, and one for each source it came from.
        #expect(
            names.topValues.map(\.value)
                == ["N0", "N1", "N2", "N3", "N4"].sorted { left, right in
                    (names.series(right), left) < (names.series(left), right)
                })
        let withName = counts.families.filter { $0.dimensions.contains("EventName") }
        #expect(names.seriesCount == withName.reduce(0) { $0 + $1.seriesCount })
        #expect(names.topValues.reduce(0) { $0 + $1.seriesCount } == names.seriesCount)
        #expect(counts.dimensions.map(\.valueCount) == counts.dimensions.map(\.valueCount).sorted(by: >))
        #expect(
            try StoreReader(directory: directory.path).cardinality(topMax: 2).dimensions.first?.topValues.count == 2)
    }

    @Test func `a store without events has no series`() throws {
        let directory = TemporaryDirectory()
        _ = try Store(directory: directory.path)
        let counts = try StoreReader(directory: directory.path).cardinality()
        #expect(counts.seriesCount == 0)
        #expect(counts.families.isEmpty && counts.dimensions.isEmpty)
        #expect(counts.seriesMax == 2_000_000)
    }
}

extension StoreCardinality.Dimension {
    fileprivate func series(_ value: String) -> Int { topValues.first { $0.value == value }?.seriesCount ?? 0 }
}
