import Synchronization
import Testing
import TrailCounts
import TrailEvents
import TrailModel

@testable import TrailStore

/// A file that a store refuses leaves nothing behind in it.
@Suite struct RefusedFileTests {
    private static func file(_ key: String, names: [String]) throws -> ReadFile {
        let records = names.enumerated().map { index, name in
            #"{"eventTime":"2023-07-10T11:45:00Z","eventID":"\#(key)-\#(index)","eventName":"\#(name)"}"#
        }
        var extractor = FileExtractor(plan: StoreTests.plan)
        let extract = try extractor.extract(LogText("{\"Records\":[\(records.joined(separator: ","))]}"))
        return ReadFile(key: key, size: 1, status: .counted, extract: extract)
    }

    private static func commit(_ file: ReadFile, to store: Store) throws -> Int {
        try store.commit([file], plan: StoreTests.plan, source: "test", now: StoreTests.now)[0].counted
    }

    @Test func `one file that needs too many series keeps no later file from counting`() throws {
        let directory = TemporaryDirectory()
        do {
            let store = try Store(directory: directory.path)
            #expect(try Self.commit(try Self.file("a", names: ["A", "B"]), to: store) == 2)
            let before = store.state.withLock {
                ($0.series.count, $0.activities.activities.count, $0.series.families.count)
            }
            store.state.withLock { $0.series.seriesMax = 100 }
            for round in 0..<3 {
                let bomb = try Self.file("bomb \(round)", names: (0..<200).map { "N\(round)-\($0)" })
                #expect(throws: StoreError.tooManySeries(max: 100)) { try Self.commit(bomb, to: store) }
            }
            let after = store.state.withLock {
                ($0.series.count, $0.activities.activities.count, $0.series.families.count)
            }
            #expect(before == after)
            // What was refused is new when it comes in a smaller file, and numbers go on where they were.
            #expect(try Self.commit(try Self.file("bomb 0", names: (0..<30).map { "N0-\($0)" }), to: store) == 30)
            #expect(try Self.commit(try Self.file("c", names: ["A", "C"]), to: store) == 2)
        }
        let result = try StoreTests.query(directory, "EventCount", by: ["EventName"])
        #expect(result.points.count == 33)
        let store = try Store(directory: directory.path)
        #expect(try Self.commit(try Self.file("d", names: ["A", "D"]), to: store) == 2)
        let sums = try StoreTests.query(directory, "EventCount", by: ["EventName"]).groups.map {
            ($0.values[0] ?? "", $0.points.reduce(0) { $0 + $1.set.sum })
        }
        #expect(
            Dictionary(uniqueKeysWithValues: sums).filter { "ABCD".contains($0.key) } == [
                "A": 3, "B": 1, "C": 1, "D": 1,
            ])
    }

    @Test func `values that are hard to keep as text are the same after a restart`() throws {
        let directory = TemporaryDirectory()
        let names = ["a", #"a\u0000b"#, #"a\u0000"#, #"\u0000"#, #"\ud800"#, "e\u{301}", "é", "", #"\u0007\u001b[31m"#]
        for round in 0..<3 {
            let store = try Store(directory: directory.path)
            #expect(try Self.commit(try Self.file("f\(round)", names: names + ["last"]), to: store) == names.count + 1)
            try store.close()
        }
        let result = try StoreTests.query(directory, "EventCount", by: ["EventName"])
        #expect(result.groups.first { $0.values == ["last"] }?.points.map(\.set.sum) == [3])
        #expect(result.groups.first { $0.values == ["a"] }?.points.map(\.set.sum) == [3])
        #expect(result.points.reduce(0) { $0 + $1.set.sum } == Double(3 * names.count))
        #expect(try StoreTests.total(directory, "EventCount") == Double(3 * (names.count + 1)))
    }
}
