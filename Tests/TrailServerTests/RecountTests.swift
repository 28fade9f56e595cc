import Foundation
import GRDB
import Testing
import TrailCounts
import TrailModel
import TrailPatterns
import TrailStore
import TrailTemplates

@testable import TrailServer

@Suite struct RecountTests {
    static func filters() throws -> [MetricFilter] {
        [
            try recountFilter("a", "A", "{ $.eventName = A }"),
            try recountFilter("b", "B", "{ $.eventName = B }", value: 2.5),
            // Two filters of one metric, which both match A.
            try recountFilter("ab", "Both", "{ $.eventName = A || $.eventName = B }"),
            try recountFilter("ac", "Both", "{ $.eventName = A || $.eventName = C }", value: 3),
            try recountFilter("all", "All", "{ $.eventTime = * }"),
            try recountFilter("c", "C", "{ $.eventName = C }", value: 2),
            try recountFilter("ca", "C", "{ $.eventName = A }", value: 2),
            try selecting("sizes", "Sizes", "{ $.eventName = * }", value: "$.n"),
            try selecting("named", "Named", "{ $.eventName = * }", ["Name": "$.eventName", "Account": "@aws.account"]),
            try selecting("both", "SizesOf", "{ $.eventID NOT EXISTS }", value: "$.n", ["Name": "$.eventName"]),
        ]
    }

    /// A filter whose value or dimensions are taken from the events.
    private static func selecting(
        _ name: String, _ metric: String, _ pattern: String, value: String? = nil, _ dimensions: [String: String] = [:]
    ) throws -> MetricFilter {
        MetricFilter(
            name: name, logGroupName: "trail", pattern: try FilterPattern(pattern),
            metric: Metric(namespace: "Test", name: metric),
            value: try value.map { .selected(try EventSelector($0)) } ?? .constant(1),
            dimensions: try dimensions.map { SelectedDimension(name: $0.key, selector: try EventSelector($0.value)) },
            location: SourceLocation(file: "test.yaml"))
    }

    /// What some of these filters may have been before, by name; all filters of their metrics give one value.
    static func earlierFilters() throws -> [String: MetricFilter] {
        [
            "a": try recountFilter("a", "A", "{ $.eventName = C }"),
            "all": try recountFilter("all", "All", "{ $.eventName != A }"),
            "c": try recountFilter("c", "C", "{ $.eventName = B }", value: 2),
            "ca": try recountFilter("renamed", "C", "{ $.eventName = A }", value: 2),
            "named": try selecting(
                "named", "Named", "{ $.eventName != B }", ["Name": "$.eventSource", "Account": "@aws.account"]),
        ]
    }

    /// P1, with filters that come and go: whatever was read when, cut, copied, wrapped anew, killed or folded.
    @Test(arguments: 1...40) func `counting back ends where a fresh ingest with all filters does`(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let place = RecountScene()
        let all = try Self.filters()
        let earlier = try Self.earlierFilters()
        let calls = (0..<Int.random(in: 10...90, using: &random)).map { id in
            // The two copies of a shared event are of one time.
            let time = id % 7 < 2 ? id / 7 * 977 % 5000 : Int.random(in: 0..<5000, using: &random)
            return RecountCall(id: id, name: ["A", "B", "C"].randomElement(using: &random) ?? "A", second: time)
        }
        // Files inside and outside of CloudTrail's layout; the former may grow.
        var files: [String: [String]] = [:]
        for number in 0..<Int.random(in: 2...14, using: &random) {
            let name =
                number % 2 == 0
                ? "\(number).json"
                : "AWSLogs/111122223333/CloudTrail/us-east-1/2023/11/14/"
                    + "111122223333_CloudTrail_us-east-1_20231114T2210Z_\(1000 + number)abcdefghijkl.json.gz"
            files[name] = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                (calls.randomElement(using: &random) ?? calls[0]).json(form: Int.random(in: 0...2, using: &random))
            }
        }
        var written: [String: Int] = [:]
        func write(_ name: String, whole: Bool) throws {
            let records = files[name] ?? []
            let mayGrow = name.hasPrefix("AWSLogs") && !whole
            let count = mayGrow ? Int.random(in: (written[name] ?? 0)...records.count, using: &random) : records.count
            try place.write(name, Array(records.prefix(count)))
            written[name] = count
        }
        var opened: Store? = try Store(directory: place.data)
        for _ in 0..<Int.random(in: 3...14, using: &random) {
            let some = all.compactMap { filter in
                [filter, earlier[filter.name] ?? filter, nil].randomElement(using: &random) ?? nil
            }
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let names = files.keys.sorted().filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
                for name in names { try write(name, whole: false) }
                try place.ingest(some, names, #require(opened))
            case 2:
                let recount = try Recount(
                    store: #require(opened), filters: some, workers: Int.random(in: 1...2, using: &random),
                    sliceFilesMax: Int.random(in: 1...3, using: &random))
                for _ in 0..<Int.random(in: 1...6, using: &random) where try !recount.step() { break }
            default:
                // Without a fold: the process was killed.
                if Bool.random(using: &random) { try opened?.fold() }
                opened = nil
                opened = try Store(directory: place.data)
            }
        }
        for name in files.keys { try write(name, whole: true) }
        let store = try #require(opened)
        try place.ingest(all.shuffled(using: &random), nil, store)
        let recount = try Recount(store: store, filters: all)
        while try recount.step() {}
        #expect(recount.progress.unavailable == 0, "seed \(seed): \(recount.progress.firstFault ?? "")")
        #expect(try place.uncounted(all) == [], "seed \(seed)")
        let fresh = place.path + "/fresh"
        try place.ingest(all, files.keys.shuffled(using: &random), into: fresh)
        for _ in 0..<2 {
            let (got, want) = (try place.export(all), try place.export(all, fresh))
            for (metric, sets) in want {
                let isEqual = got[metric] == sets
                #expect(isEqual, "seed \(seed), \(metric)")
            }
            try store.fold()
        }
    }

    @Test(arguments: [1, 3]) func `of copies that differ the one that was counted first counts`(workers: Int) throws {
        let place = RecountScene()
        let filters = [
            try recountFilter("a", "A", "{ $.eventName = A }"), try recountFilter("b", "B", "{ $.eventName = B }"),
        ]
        // The names say the opposite of the order in which they are read.
        for number in 0..<12 {
            try place.write("\(900 - number).json", [RecountCall(id: number * 11 + 1, name: "A", second: 5)])
        }
        for number in 0..<12 {
            try place.write("\(100 + number).json", [RecountCall(id: number * 11 + 1, name: "B", second: 5)])
        }
        try place.ingest([], (0..<12).map { "\(900 - $0).json" } + (0..<12).map { "\(100 + $0).json" })
        let recount = try place.recount(filters, workers: workers)
        #expect(recount.progress.counted == 24)
        #expect(try place.total("A") == 12)
        #expect(try place.total("B") == 0)
    }

    @Test func `an event whose first copy was read without a filter counts in it once`() throws {
        let place = RecountScene()
        let filters = [try recountFilter("a", "A", "{ $.eventName = A }")]
        try place.write(
            "old.json", [RecountCall(id: 1, name: "A", second: 0), RecountCall(id: 2, name: "A", second: 0)])
        try place.write(
            "new.json", [RecountCall(id: 2, name: "A", second: 0), RecountCall(id: 3, name: "A", second: 0)])
        try place.ingest([], ["old.json"])
        try place.ingest(filters, ["new.json"])
        #expect(try place.total("A") == 1)
        #expect(try place.uncounted(filters) == [1])
        try place.recount(filters)
        #expect(try place.total("A") == 3)
        #expect(try place.uncounted(filters) == [])
        #expect(try place.recount(filters).progress.files == 0)
        #expect(try place.total("A") == 3)
    }

    @Test func `files that are gone, changed or cut are told once and stay uncounted`() throws {
        let place = RecountScene()
        let filters = [try recountFilter("a", "A", "{ $.eventName = A }")]
        for number in 0..<4 {
            try place.write("\(number).json", [RecountCall(id: number * 2 + 1, name: "A", second: number)])
        }
        try place.ingest([])
        try FileManager.default.removeItem(atPath: place.path + "/logs/0.json")
        try place.write(
            "1.json", [RecountCall(id: 50, name: "A", second: 0), RecountCall(id: 51, name: "A", second: 0)])
        try place.write("2.json", [] as [String])
        let progress = try place.recount(filters).progress
        #expect(progress.counted == 1)
        #expect(progress.unavailable == 3)
        #expect(progress.waiting == 0)
        #expect(progress.firstFault?.contains("0.json") == true)
        #expect(try place.total("A") == 1)
        #expect(try place.uncounted(filters) == [3])
    }

    @Test func `a changed pattern takes the place of the earlier one wherever the events can be read`() throws {
        let place = RecountScene()
        let old = [
            try recountFilter("a", "M", "{ $.eventName = A }"), try recountFilter("x", "X", "{ $.eventName = A }"),
        ]
        let new = [try recountFilter("a", "M", "{ $.eventName = B || $.eventName = C }")]
        for name in ["1.json", "2.json", "3.json"] {
            let number = try #require(Int(name.prefix(1))) * 100
            let names = ["A", "B", "A", "C", "B"]
            try place.write(name, names.enumerated().map { RecountCall(id: number + $0, name: $1, second: $0 * 60) })
        }
        try place.ingest(old, ["1.json", "2.json"])
        try place.ingest([], ["3.json"])
        #expect(try place.total("M") == 4)
        try FileManager.default.removeItem(atPath: place.path + "/logs/2.json")
        do {
            let recount = try place.recount(new)
            #expect(recount.progress.counted == 2)
            #expect(recount.overlapping.isEmpty)
        }
        // Of the file that is gone the events stay as they were counted; a metric that is not loaded stays as it is.
        #expect(try place.total("M") == 3 + 2 + 3)
        #expect(try place.total("X") == 4)
        #expect(try place.uncounted(new) == [1])
        // And back.
        try place.recount(old)
        #expect(try place.total("M") == 6)
        #expect(try place.export(old)["M"]?.allSatisfy { $0.points.allSatisfy { $0.set.sampleCount > 0 } } == true)
    }

    @Test func `a changed value does not mix with what was counted before`() throws {
        let place = RecountScene()
        let old = [try recountFilter("a", "M", "{ $.eventName = A }")]
        let new = [try recountFilter("a", "M", "{ $.eventName = A }", value: 5)]
        try place.write("1.json", [RecountCall(id: 1, name: "A", second: 0), RecountCall(id: 2, name: "B", second: 0)])
        try place.write("2.json", [RecountCall(id: 3, name: "A", second: 0), RecountCall(id: 4, name: "B", second: 0)])
        try place.ingest(old, ["1.json"])
        try place.ingest([], ["2.json"])
        let recount = try place.recount(new)
        #expect(recount.progress.counted == 1)
        #expect(recount.overlapping.map(\.files) == [1])
        #expect(try place.total("M") == 6)
        #expect(try place.uncounted(new) == [1])
    }

    @Test func `a slice that cannot be written changes nothing, and is counted afterwards`() throws {
        let place = RecountScene()
        let filters = [try recountFilter("a", "A", "{ $.eventName = A }")]
        try place.write("1.json", (1...10).map { RecountCall(id: $0, name: "A", second: $0 * 100) })
        try place.ingest([])
        let store = try Store(directory: place.data)
        let recount = try Recount(store: store, filters: filters)
        let database = try DatabaseQueue(path: place.data + "/trailwatch.sqlite")
        try database.write {
            try $0.execute(
                sql: "CREATE TRIGGER fault BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        }
        #expect(throws: StoreError.self) { try recount.step() }
        #expect(recount.progress.waiting == 1)
        #expect(try place.total("A") == 0)
        try database.write { try $0.execute(sql: "DROP TRIGGER fault") }
        while try recount.step() {}
        #expect(try place.total("A") == 10)
        #expect(recount.progress.counted == 1)
    }
}
