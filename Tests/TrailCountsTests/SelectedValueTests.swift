import Testing
import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns

/// Values and dimensions of metric filters that are taken from the events.
struct SelectedValueTests {
    private func filter(
        _ pattern: String, value: String? = nil, _ dimensions: [String: String] = [:]
    ) throws -> MetricFilter {
        MetricFilter(
            name: "F", logGroupName: "", pattern: try FilterPattern(pattern),
            metric: Metric(namespace: "N", name: "M"),
            value: try value.map { .selected(try EventSelector($0)) } ?? .constant(2),
            dimensions: try dimensions.map { SelectedDimension(name: $0.key, selector: try EventSelector($0.value)) },
            location: SourceLocation(file: ""))
    }

    /// Sums by the values of the dimensions.
    private func sums(_ filter: MetricFilter, _ records: [String]) throws -> [[String]: Double] {
        let plan = CountingPlan(filters: [filter])
        var extractor = FileExtractor(plan: plan)
        let extract = try extractor.extract(file(records))
        var seen = SeenEvents()
        for slot in CountBatch.neededSlots(of: extract) { seen.load(slot, keys: []) }
        var table = ActivityTable()
        var batch = CountBatch()
        _ = batch.add(extract, plan: plan, arrivedAt: start, seen: &seen, activities: &table)
        let samples = batch.samples.map { ($0.key.metric.dimensions.map(\.value), $0.value.sum) }
        #expect(batch.youngMatches.values.reduce(0, +) == batch.samples.values.reduce(0) { $0 + $1.sampleCount })
        return Dictionary(samples, uniquingKeysWith: +)
    }

    @Test(arguments: [
        // A missing field, and one that is no number, publish nothing; a text that is a number does.
        ("$.n", [#""n":0.1"#, #""n":"2.5""#, #""m":1"#, #""n":"x""#, #""n":true"#, #""n":null"#, #""n":[1]"#], 2.6),
        ("$.n", [#""n":-1e3"#, #""n":1e400"#, #""n":1e200"#], -1000), ("$.a.b[1]", [#""a":{"b":[1,7]}"#], 7),
        ("$.['x:y']", [#""x:y":3"#], 3),
    ])
    func `a value is the number in a field`(_ selector: String, _ members: [String], _ want: Double) throws {
        let records = members.enumerated().map { record($0.offset, $0.element) }
        #expect(try sums(filter("{ $.eventName = * }", value: selector), records) == [[]: want])
    }

    private func record(_ number: Int, _ members: String) -> String {
        TrailCountsTests.record(number, at: start, members)
    }

    @Test func `tenths are summed without rounding`() throws {
        let records = (0..<10).map { record($0, #""n":0.1"#) } + [record(10, #""n":1e16"#), record(11, #""n":-1e16"#)]
        #expect(try sums(filter("{ $.n = * }", value: "$.n"), records) == [[]: 1])
    }

    @Test func `every set of dimension values is a metric, and an event that lacks one publishes nothing`() throws {
        let records = [
            #""a":"x","b":1"#, #""a":"x","b":1.0"#, #""a":"x","b":1"#, #""a":"y","b":true"#, #""a":"x""#,
            #""a":"","b":1"#,
            #""a":null,"b":1"#, #""a":"\u0078","b":1"#,
        ].enumerated().map { record($0.offset, $0.element) }
        let found = try sums(filter("{ $.eventName = * }", ["A": "$.a", "B": "$.b"]), records)
        #expect(found == [["x", "1"]: 6, ["x", "1.0"]: 2, ["y", "true"]: 2])
    }

    @Test func `system fields are the account and the region of the event`() throws {
        let found = try sums(
            filter("GetObject", ["@aws.account": "@aws.account", "@aws.region": "@aws.region"]), [record(0, "")])
        #expect(found == [["111122223333", "eu-west-1"]: 2])
    }

    @Test func `fields of a space-delimited pattern are values and dimensions`() throws {
        // The bytes of the record are the message; its text holds spaces.
        let made = record(0, #""text": "GET 12 x" "#)
        let number = try sums(filter("[first, verb, size, ...]", value: "$size", ["V": "$verb"]), [made])
        #expect(number == [:])
        let spaced = record(0, #""text":  17  ,  "and" : "y""#)
        let found = try sums(
            filter("[first, size = 17, ...]", value: "$size", ["Third": "$3", "Fourth": "$4"]), [spaced])
        #expect(found == [["and", ","]: 17])
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `random events add up to what a plain count gives, in any split and order`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        var want: [[String]: ExactSum] = [:]
        let records = (0..<400).map { number in
            let name = ["a", "b", "c", nil].randomElement(using: &random) ?? nil
            let value = [0.1, -3, 1e15, 0.7, nil].randomElement(using: &random) ?? nil
            if let name, let value { want[[name], default: ExactSum()].add(value) }
            let members = [name.map { #""a":"\#($0)""# }, value.map { #""n":\#($0)"# }].compactMap { $0 }
            return record(number, members.joined(separator: ","))
        }
        let selecting = try filter("{ $.eventName = * }", value: "$.n", ["A": "$.a"])
        let plan = CountingPlan(filters: [try filter(""), selecting])
        var extractor = FileExtractor(plan: plan)
        var seen = SeenEvents()
        seen.load(start, keys: [])
        var table = ActivityTable()
        var batch = CountBatch()
        let deck = (records + records.prefix(100)).shuffled(using: &random)
        for index in stride(from: 0, to: deck.count, by: 37) {
            let part = try extractor.extract(file(Array(deck[index..<min(index + 37, deck.count)])))
            _ = batch.add(part, plan: plan, arrivedAt: start, seen: &seen, activities: &table)
        }
        var found: [[String]: ExactSum] = [:]
        for (cell, set) in batch.samples {
            found[cell.metric.dimensions.map(\.value), default: ExactSum()].add(set.exactSum)
        }
        #expect(found.removeValue(forKey: [])?.rounded == 800, "seed \(seed)")
        #expect(found.mapValues(\.rounded) == want.mapValues(\.rounded), "seed \(seed)")
    }
}
