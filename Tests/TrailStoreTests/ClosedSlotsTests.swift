import Testing
import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns
import TrailStore

/// The value of a closed slot can be read as it was after any commit since.
@Suite struct ClosedSlotsTests {
    private static let begin: Int64 = 1_700_006_400
    private static let filters = [("small", "{ $.eventName = N1 }", 1), ("large", "{ $.eventName = N2 }", 12.5)]

    /// Both filters count into one metric, so that minimum and maximum change too.
    private let plan: CountingPlan

    init() throws {
        plan = CountingPlan(
            filters: try Self.filters.map { name, pattern, value in
                MetricFilter(
                    name: name, logGroupName: "", pattern: try FilterPattern(pattern), metric: Self.metrics[0],
                    value: value, location: SourceLocation(file: "a.yaml"))
            })
    }

    private static let metrics = [
        Metric(namespace: "Security", name: "Matches"), Metric(namespace: "CloudTrail", name: "EventCount"),
        Metric(
            namespace: "CloudTrail", name: "EventCount", dimensions: [Dimension(name: "EventName", value: "N1")]),
        Metric(namespace: "CloudTrail", name: "ErrorCount"),
    ]

    private func file(_ number: Int, _ random: inout SeededGenerator, from: Int64, to: Int64) throws -> ReadFile {
        let records = (0..<Int.random(in: 1...30, using: &random)).map { index in
            let seconds = Int64.random(in: from..<to, using: &random)
            let error = Bool.random(using: &random) ? #","errorCode":"E""# : ""
            return #"{"eventTime":"\#(Timestamp(seconds: seconds).rfc3339)","eventID":"\#(number)-\#(index)","#
                + #""eventSource":"s.amazonaws.com","eventName":"N\#(Int.random(in: 0...2, using: &random))"\#(error)}"#
        }
        var extractor = FileExtractor(plan: plan)
        let text = LogText("{\"Records\":[\(records.joined(separator: ","))]}")
        return ReadFile(key: "f\(number)", size: 1, status: .counted, extract: try extractor.extract(text))
    }

    private func values(_ store: Store, _ range: Range<Timestamp>, asOf commit: Int64? = nil) throws -> [[String]] {
        try Self.metrics.map { metric in
            let slots =
                try commit.map { try store.slots(of: metric, in: range, asOf: $0) }
                ?? store.slots(of: metric, in: range)
            return slots.map { "\($0.start.seconds) \($0.set)" }
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `every later reading of a closed slot shows what it held after the commit`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let directory = TemporaryDirectory()
        var opened: Store? = try Store(directory: directory.path)
        var closed = Self.begin
        var snapshots: [(commit: Int64, range: Range<Timestamp>, values: [[String]])] = []
        for number in 1...40 {
            if Int.random(in: 0..<6, using: &random) == 0 {
                opened = nil
                opened = try Store(directory: directory.path)
            }
            let store = try #require(opened)
            // Most events are on time, the others late by up to five hours.
            let isLate = Int.random(in: 0..<3, using: &random) == 0
            let from = isLate ? Self.begin : closed
            _ = try store.commit(
                [try file(number, &random, from: from, to: closed + 1800)], plan: plan, source: "test",
                now: Timestamp(seconds: closed + 1800))
            if Int.random(in: 0..<4, using: &random) == 0 { try store.fold() }
            if Bool.random(using: &random) {
                closed += 300 * Int64.random(in: 1...6, using: &random)
                store.closeSlots(through: Timestamp(seconds: closed))
                var record = EvaluationRecord()
                record.closedThrough = Timestamp(seconds: closed)
                try store.save(record)
            }
            let range = Timestamp(seconds: Self.begin)..<Timestamp(seconds: closed)
            snapshots.append((try store.lastCommit(), range, try values(store, range)))
        }
        let store = try #require(opened)
        for (commit, range, want) in snapshots {
            #expect(try values(store, range, asOf: commit) == want, "seed \(seed), commit \(commit)")
        }
        let range = Timestamp(seconds: Self.begin)..<Timestamp(seconds: closed)
        #expect(try values(store, range) != snapshots[20].values, "late events must have changed something")
    }

    @Test func `what is closed stays closed, also after a restart`() throws {
        var random = SeededGenerator(state: 7)
        let directory = TemporaryDirectory()
        var opened: Store? = try Store(directory: directory.path)
        for seconds in [3600, 600] as [Int64] {
            var record = EvaluationRecord()
            record.closedThrough = Timestamp(seconds: Self.begin + seconds)
            try opened?.save(record)
        }
        opened = nil
        let store = try Store(directory: directory.path)
        let late = try file(1, &random, from: Self.begin + 1800, to: Self.begin + 2400)
        _ = try store.commit([late], plan: plan, source: "test", now: Timestamp(seconds: Self.begin + 4000))
        let range = Timestamp(seconds: Self.begin)..<Timestamp(seconds: Self.begin + 3600)
        #expect(try values(store, range, asOf: 0) == Self.metrics.map { _ in [] })
        #expect(try values(store, range) != values(store, range, asOf: 0))
    }

    @Test func `what folded events changed is undone by a process that counted none of them`() throws {
        var random = SeededGenerator(state: 5)
        let directory = TemporaryDirectory()
        let end = Self.begin + 3600
        let range = Timestamp(seconds: Self.begin)..<Timestamp(seconds: end)
        var want: [[String]] = []
        do {
            let store = try Store(directory: directory.path)
            for number in 1...2 {
                let read = try file(number, &random, from: Self.begin, to: end)
                _ = try store.commit([read], plan: plan, source: "test", now: Timestamp(seconds: end))
                if number == 1 { want = try values(store, range) }
                store.closeSlots(through: Timestamp(seconds: end))
            }
            try store.fold()
        }
        let store = try Store(directory: directory.path)
        #expect(try values(store, range, asOf: 1) == want)
        #expect(try values(store, range) != want)
    }

    @Test func `a store whose slots are all open keeps nothing aside`() throws {
        var random = SeededGenerator(state: 9)
        let directory = TemporaryDirectory()
        let store = try Store(directory: directory.path)
        let range = Timestamp(seconds: Self.begin)..<Timestamp(seconds: Self.begin + 3600)
        for number in 1...3 {
            let read = try file(number, &random, from: Self.begin, to: Self.begin + 3600)
            _ = try store.commit([read], plan: plan, source: "test", now: Timestamp(seconds: Self.begin + 3600))
        }
        #expect(try values(store, range, asOf: 1) == values(store, range))
    }
}
