import Testing
import TrailAlarms
import TrailModel

@Suite struct MathRequestTests {
    static let slots = MathSlots(from: origin, to: origin.adding(seconds: 120), periodSeconds: 60)

    @Test func `expressions use others in any order, and hidden entries are left out`() throws {
        let math = try MetricMath([
            MathQuery(id: "e2", label: "twice", expression: "e1 * 2"), MathQuery(id: "m1", returnsData: false),
            MathQuery(id: "e1", expression: "m1 + 1", returnsData: false), MathQuery(id: "m2"),
        ])
        let results = try math.evaluate(
            ["m1": MathSeries(values: [1, nil]), "m2": MathSeries(label: "Logins", values: [nil, 7])],
            over: Self.slots)
        #expect(results.map(\.id) == ["e2", "m2"])
        #expect(results.map(\.label) == ["twice", "Logins"])
        #expect(results.map { text($0.series[0], count: 2) } == ["4 -", "- 7"])
        #expect(math.metricIds == ["m1", "m2"])
        #expect(math.types == ["m1": .timeSeries, "m2": .timeSeries, "e1": .timeSeries, "e2": .timeSeries])
    }

    @Test func `an entry may be needed by several others`() throws {
        let math = try MetricMath([
            MathQuery(id: "m1", returnsData: false), MathQuery(id: "e1", expression: "e2 + e3 + e3"),
            MathQuery(id: "e3", expression: "e2 * 10", returnsData: false),
            MathQuery(id: "e2", expression: "m1 + 1", returnsData: false),
        ])
        let results = try math.evaluate(["m1": MathSeries(values: [1, nil])], over: Self.slots)
        #expect(text(results[0].series[0], count: 2) == "42 -")
    }

    @Test func `the longest chain of entries is evaluated, and its cycle found`() throws {
        let last = MetricMath.queriesMax - 1
        func chain(from first: MathQuery) -> [MathQuery] {
            [first]
                + (1...last).map { MathQuery(id: "e\($0)", expression: "e\($0 - 1) + 1", returnsData: $0 == last) }
        }
        let math = try MetricMath(chain(from: MathQuery(id: "e0", returnsData: false)).reversed())
        let results = try math.evaluate(["e0": MathSeries(values: [1, nil])], over: Self.slots)
        #expect(text(results[0].series[0], count: 2) == "\(last + 1) -")
        let closed = chain(from: MathQuery(id: "e0", expression: "e\(last)"))
        let error = #expect(throws: MetricMathError.self) { try MetricMath(closed) }
        #expect(error?.code.description == "cycle")
    }

    @Test(arguments: MathParserTests.guideExamples)
    func `a range without slots gives series without datapoints`(expression: String) throws {
        let metrics = ["m1", "m2", "m3"].map { MathQuery(id: $0, returnsData: false) }
        let results = try MetricMath(metrics + [MathQuery(id: "e", expression: expression)])
            .evaluate(["m1": MathSeries(values: [1])], over: MathSlots(from: origin, to: origin, periodSeconds: 60))
        #expect(results[0].series.allSatisfy { $0.datapointCount == 0 })
    }

    @Test(arguments: [
        ("Filled With 0:", ["Filled With 0: Errors", "Filled With 0: m2"]), ("", ["Errors", "m2"]),
        (nil, ["e Errors", "e m2"]),
    ])
    func `the members of an array keep their labels behind the expression's`(label: String?, want: [String]) throws {
        let math = try MetricMath([
            MathQuery(id: "m1", label: "Errors", returnsData: false), MathQuery(id: "m2", returnsData: false),
            MathQuery(id: "e", label: label, expression: "FILL(METRICS(), 0)"),
        ])
        let result = try #require(try math.evaluate([:], over: Self.slots).first)
        #expect(result.series.map(\.label) == want)
        #expect(result.label == label ?? "e")
    }

    @Test func `METRICS holds the metrics of the request, never expressions`() throws {
        let math = try MetricMath([
            MathQuery(id: "m1", returnsData: false), MathQuery(id: "e1", expression: "m1 * 10", returnsData: false),
            MathQuery(id: "e2", expression: "SUM(METRICS())"),
        ])
        let results = try math.evaluate(["m1": MathSeries(values: [1, 2])], over: Self.slots)
        #expect(text(results[0].series[0], count: 2) == "1 2")
    }

    @Test func `datapoints find their slots, and come back with their times`() throws {
        let points = [
            MathDatapoint(time: minute(1), value: 5), MathDatapoint(time: minute(0), value: .nan),
            MathDatapoint(time: minute(2), value: 1), MathDatapoint(time: minute(-1), value: 1),
        ]
        let series = MathSeries(label: "a", datapoints: points, over: Self.slots)
        #expect(series.datapoints(over: Self.slots) == [MathDatapoint(time: minute(1), value: 5)])
        #expect(series == MathSeries(label: "a", values: [.infinity, 5]))
        #expect(series != MathSeries(label: "a", values: [0, 5]))
        #expect(series[7] == nil)
    }

    @Test func `a series that does not fit the slots is cut or filled up with missing values`() throws {
        let math = try MetricMath([MathQuery(id: "m1"), MathQuery(id: "m2")])
        let results = try math.evaluate(
            ["m1": MathSeries(values: [1]), "m2": MathSeries(values: [1, 2, 3])], over: Self.slots)
        #expect(results.map { text($0.series[0], count: 3) } == ["1 - -", "1 2 -"])
    }

    @Test(arguments: [
        ([MathQuery(id: "M1")], "M1", MetricMathError.Reason.badId),
        ([MathQuery(id: "a-b")], "a-b", .badId),
        ([MathQuery(id: "")], "", .badId),
        ([MathQuery(id: String(repeating: "a", count: 256))], String(repeating: "a", count: 256), .badId),
        ([MathQuery(id: "a"), MathQuery(id: "a")], "a", .duplicateId),
        ([MathQuery(id: "a"), MathQuery(id: "a", expression: "a")], "a", .duplicateId),
        ([MathQuery(id: "a", expression: "a + 1")], "a", .cycle(["a", "a"])),
        (
            [
                MathQuery(id: "a", expression: "b"), MathQuery(id: "b", expression: "c + 1"),
                MathQuery(id: "c", expression: "b"),
            ], "c", .cycle(["b", "c", "b"])
        ),
    ])
    func `entries that cannot be are refused`(
        queries: [MathQuery], id: String, reason: MetricMathError.Reason
    ) throws {
        let error = #expect(throws: MetricMathError.self) { try MetricMath(queries) }
        #expect(error?.id == id)
        #expect(error?.reason == reason)
    }

    @Test func `an alarm watches the one entry that returns one series`() throws {
        let hidden = MathQuery(id: "m1", returnsData: false)
        let array = MathQuery(id: "e", expression: "[m1, m1]")
        let sum = MathQuery(id: "e", expression: "SUM([m1, m1])")
        #expect(try MetricMath([hidden, sum]).watchedId() == "e")
        for (queries, reason) in [
            ([hidden, array], MetricMathError.Reason.watchesArray), ([hidden], .notOneWatched([])),
            ([MathQuery(id: "m1"), sum], .notOneWatched(["m1", "e"])),
        ] {
            let math = try MetricMath(queries)
            let error = #expect(throws: MetricMathError.self) { try math.watchedId() }
            #expect(error?.reason == reason)
        }
    }

    @Test func `the limit of entries and of series holds on both sides`() throws {
        let most = (0..<MetricMath.queriesMax).map { MathQuery(id: "m\($0)") }
        #expect(try MetricMath(most).metricIds.count == MetricMath.queriesMax)
        let error = #expect(throws: MetricMathError.self) { try MetricMath(most + [MathQuery(id: "x")]) }
        #expect(error?.reason == .tooManyQueries(MetricMath.queriesMax + 1))

        func arrays(_ metrics: Int) -> [MathQuery] {
            (0..<metrics).map { MathQuery(id: "m\($0)") } + [MathQuery(id: "e", expression: "[METRICS(), METRICS()]")]
        }
        let half = MetricMath.seriesMax / 2
        #expect(try MetricMath(arrays(half)).types["e"] == .seriesArray)
        let tooMany = #expect(throws: MetricMathError.self) { try MetricMath(arrays(half + 1)) }
        #expect(tooMany?.reason == .tooManySeries(2 * half + 2))
    }

    @Test func `a request too large to compute is refused before anything is computed`() throws {
        let math = try MetricMath([MathQuery(id: "m1", returnsData: false), MathQuery(id: "e", expression: "m1 + 1")])
        // The metric, the operand and the sum.
        let most = Int64(MetricMath.datapointsMax / 3)
        for (slots, isRefused) in [(most + 1, true), (10_000_000_000, true), (10, false)] {
            let slots = MathSlots(from: origin, to: origin.adding(seconds: slots * 60), periodSeconds: 60)
            if isRefused {
                let error = #expect(throws: MetricMathError.self) { try math.evaluate([:], over: slots) }
                #expect(error?.reason == .tooManyDatapoints(slots.count * 3))
            } else {
                #expect(try math.evaluate([:], over: slots).count == 1)
            }
        }
    }
}
