import Testing
import TrailAlarms
import TrailModel

@Suite struct MetricMathTests {
    /// "Using metric math" of the CloudWatch user guide: every example with values.
    @Test(arguments: [
        MathCase("metric1 < metric2", ["metric1": "30 20 0 0", "metric2": "20 - 20 -"], "0 0 1 0"),
        MathCase("(metric1 >= 30)", ["metric1": "30 20 0 0"], "1 0 0 0"),
        MathCase(
            "(metric1 > 15 AND metric2 > 15)", ["metric1": "30 20 0 0", "metric2": "20 - 20 -"], "1 0 0 0"),
        MathCase("IF(m1, m2, m3)", ["m1": "1 1 0 0 -", "m2": "30 - 0 0 30", "m3": "0 0 20 - 20"], "30 0 20 - -"),
        MathCase("IF(m1, 5, m3)", ["m1": "1 1 0 0 -", "m3": "0 0 20 - 20"], "5 5 20 - -"),
        MathCase("IF(m1, m2, 5)", ["m1": "1 1 0 0 -", "m2": "30 - 0 0 30"], "30 0 5 5 -"),
        MathCase("IF(metric1<400, metric1)", ["metric1": "300 400 399 -"], "300 - 399 -"),
        MathCase("IF(metric1<400, 10, 2)", ["metric1": "300 400 399 -"], "10 2 10 -"),
        MathCase("IF(latency>threshold, 1, 0)", ["latency": "3 1 - 5", "threshold": "2 2 2 -"], "1 0 0 1"),
    ])
    func `the guide's worked examples hold`(example: MathCase) throws {
        #expect(try example.got() == example.want)
    }

    /// Answers of AWS itself to one request over a metric with these five values, and one about the range.
    @Test(arguments: [
        ("m*2", "8 8 16 32 64"), ("RUNNING_SUM(m)", "4 8 16 32 64"), ("IF(m>=8,m,0)", "0 0 8 16 32"),
        ("SUM([m,m])", "8 8 16 32 64"), ("FILL(m,0)", "4 4 8 16 32"),
    ])
    func `captured answers are reproduced`(expression: String, want: String) throws {
        #expect(try MathCase(expression, ["m": "4 4 8 16 32"], want).got() == want)
    }

    @Test(arguments: [
        ("01:08:00", "01:09:01", ["01:08:00"]), ("01:09:01", "01:10:00", ["01:09:00"]),
        ("01:08:00", "01:08:59", []), ("01:08:00", "01:10:00", ["01:08:00", "01:09:00"]), ("01:10:00", "01:08:00", []),
    ])
    func `both ends of a range are rounded down and the later one is left out`(
        from: String, to: String, want: [String]
    ) throws {
        let from = try #require(Timestamp(rfc3339: "2026-09-14T\(from)Z"))
        let to = try #require(Timestamp(rfc3339: "2026-09-14T\(to)Z"))
        let slots = MathSlots(from: from, to: to, periodSeconds: 60)
        #expect((0..<slots.count).map { slots.start(of: $0).rfc3339 } == want.map { "2026-09-14T\($0)Z" })
    }

    @Test(arguments: [
        MathCase("m1 - m2", ["m1": "5 - 3 -", "m2": "1 2 - -"], "4 -2 3 -"),
        MathCase("m1 * m2", ["m1": "5 - 3 -", "m2": "2 2 - -"], "10 0 0 -"),
        MathCase("m1 / m2", ["m1": "5 - 3 -", "m2": "2 2 - -"], "2.5 0 - -"),
        MathCase("6 / m1", ["m1": "3 0 - 1"], "2 - - 6"),
        MathCase("m1 / 0", ["m1": "3 0 -"], "- - -"),
        MathCase("m1 ^ 2 + 1", ["m1": "3 -2 -"], "10 5 -"),
        MathCase("m1 ^ -1", ["m1": "4 0 -8"], "0.25 - -0.125"),
        MathCase("-m1^2", ["m1": "3"], "-9"),
        MathCase("2^3^2 + m1", ["m1": "0"], "512"),
        MathCase("10 - 4 - 3 + m1 * 2", ["m1": "1"], "5"),
        MathCase("(m1 + 1) * 2", ["m1": "1 -"], "4 -"),
        MathCase("m1 == m2", ["m1": "1 - 0 -", "m2": "1 0 - -"], "1 1 1 -"),
        MathCase("m1 != m2", ["m1": "1 - 0 -", "m2": "1 2 - -"], "0 1 0 -"),
        MathCase("m1 <= 2", ["m1": "1 2 3 -"], "1 1 0 -"),
        MathCase("m1 OR m2", ["m1": "1 0 - 0", "m2": "0 5 -1 -"], "1 1 1 0"),
        MathCase("m1 > 0 && m1 < 3 || m1 == 9", ["m1": "0 1 3 9"], "0 1 0 1"),
        MathCase("m1 + 1e308 * 10", ["m1": "1 2"], "- -"),
        MathCase("m1 * 1e300", ["m1": "1e200 1e-300"], "- 1"),
        MathCase("IF(1, m1, m2)", ["m1": "1 -", "m2": "5 6"], "1 -"),
        MathCase("IF(0, m1, m2)", ["m1": "1 -", "m2": "5 6"], "5 6"),
        MathCase("IF(0, m1)", ["m1": "1 -"], "- -"),
        MathCase("IF(calls >= 200, 100*errors/calls, 0)", ["calls": "400 100 -", "errors": "100 90 5"], "25 0 -"),
    ])
    func `operators treat missing values as CloudWatch does`(example: MathCase) throws {
        #expect(try example.got() == example.want)
    }

    @Test(arguments: [
        MathCase("ABS(m1 - m2)", ["m1": "1 5 -", "m2": "3 - -"], "2 5 -"),
        MathCase("CEIL(m1)", ["m1": "1.2 -1.2 2 -"], "2 -1 2 -"),
        MathCase("FLOOR(m1)", ["m1": "1.2 -1.2 2 -"], "1 -2 2 -"),
        MathCase("LOG(m1)", ["m1": "1 0 -1 -"], "0 - - -"),
        MathCase("LOG10(m1)", ["m1": "1000 0.01 0 -"], "3 -2 - -"),
        MathCase("DIFF(m1)", ["m1": "- 3 - 7 4"], "- - - 4 -3"),
        MathCase("DIFF_TIME(m1)", ["m1": "- 3 - 7 4"], "- - - 120 60"),
        MathCase("RATE(m1)", ["m1": "- 3 - 63 3"], "- - - 0.5 -1"),
        MathCase("RUNNING_SUM(m1)", ["m1": "1 - 2 3"], "1 - 3 6"),
        MathCase("m1 - AVG(m1)", ["m1": "4 - 8 -"], "1 - 5 -"),
        MathCase("TIME_SERIES(AVG(m1))", ["m1": "4 - 8 -"], "3 3 3 3"),
        MathCase("MAX(m1) + 0 * m1", ["m1": "4 - 8 -"], "8 - 8 -"),
        MathCase("TIME_SERIES(MIN(m1))", ["m1": "4 - 8"], "4 4 4"),
        MathCase("m1 / SUM(m1)", ["m1": "1 - 3"], "0.25 - 0.75"),
        MathCase("TIME_SERIES(STDDEV(m1))", ["m1": "2 4 4 4 5 5 7 9"], "2 2 2 2 2 2 2 2"),
        MathCase("SUM(m1) / DATAPOINT_COUNT(m1) + 0 * m1", ["m1": "1 - 3"], "2 - 2"),
        MathCase("m1 * PERIOD(m1)", ["m1": "1 -"], "60 -"),
        MathCase("TIME_SERIES(MAX(m1))", ["m1": "- -"], "- -"),
        MathCase("TIME_SERIES(DATAPOINT_COUNT(m1))", ["m1": "- -"], "0 0"),
        MathCase("FILL(m1, 10)", ["m1": "- 3 - -"], "10 3 10 10"),
        MathCase("FILL(m1, REPEAT)", ["m1": "- 3 - - 5 -"], "- 3 3 3 5 5"),
        MathCase("FILL(m1, LINEAR)", ["m1": "- 3 - - 9 -"], "- 3 5 7 9 -"),
        MathCase("FILL(m1, m2)", ["m1": "- 3 -", "m2": "1 1 -"], "1 3 -"),
        MathCase("FILL(m1, MIN(m1))", ["m1": "- 3 7"], "3 3 7"),
        MathCase("FILL(m1, 0)", ["m1": "- - -"], "0 0 0"),
    ])
    func `functions of one series`(example: MathCase) throws {
        #expect(try example.got() == example.want)
    }

    @Test(arguments: [
        MathCase("SUM([m1, m2])", ["m1": "1 - -", "m2": "2 5 -"], "3 5 -"),
        MathCase("MIN([m1, m2])", ["m1": "1 - -", "m2": "2 5 -"], "1 5 -"),
        MathCase("MAX(METRICS())", ["m1": "1 - -", "m2": "2 5 -"], "2 5 -"),
        MathCase("AVG([m1, m2])", ["m1": "1 - -", "m2": "2 5 -"], "1.5 2.5 -"),
        MathCase("STDDEV([m1, m2])", ["m1": "1 - -", "m2": "3 4 -"], "1 2 -"),
        MathCase("DATAPOINT_COUNT(METRICS())", ["m1": "1 - -", "m2": "2 5 -"], "2 1 -"),
        MathCase("m1 / METRIC_COUNT(METRICS())", ["m1": "4", "m2": "2"], "2"),
        MathCase("METRICS() * 100", ["m1": "1 -", "m2": "2 3"], "100 - | 200 300"),
        MathCase("SUM(100 / [m1, m2])", ["m1": "1 0", "m2": "2 4"], "150 25"),
        MathCase("[m1, m2] / m3", ["m1": "4 -", "m2": "2 3", "m3": "2 0"], "2 - | 1 -"),
        MathCase("-[m1, m2]", ["m1": "4 -", "m2": "2 3"], "-4 - | -2 -3"),
        MathCase("SUM(METRICS(\"errors\"))", ["errors4": "1", "calls": "9", "myerrors": "2"], "3"),
        MathCase("SUM([METRICS('4xx'), METRICS('5xx')])", ["e4xx": "1", "e5xx": "2", "ok": "9"], "3"),
        MathCase("METRICS(\"none\")", ["m1": "1"], ""),
        MathCase("FIRST([m1, m2])", ["m1": "4", "m2": "2"], "4"),
        MathCase("LAST([m1, m2])", ["m1": "4", "m2": "2"], "2"),
        MathCase("FIRST(METRICS('none'))", ["m1": "1 2"], "- -"),
        MathCase("SLICE(METRICS(), 1)", ["m1": "1", "m2": "2", "m3": "3"], "2 | 3"),
        MathCase("SLICE(METRICS(), 0, 2)", ["m1": "1", "m2": "2", "m3": "3"], "1 | 2"),
        MathCase("SLICE(METRICS(), 2, 9)", ["m1": "1", "m2": "2", "m3": "3"], "3"),
        MathCase("SLICE(METRICS(), METRIC_COUNT(METRICS()) - 1)", ["m1": "1", "m2": "2"], "2"),
        MathCase("SORT(METRICS(), AVG, DESC)", ["m1": "1 1", "m2": "- -", "m3": "9 -"], "9 - | 1 1 | - -"),
        MathCase("SORT(METRICS(), MAX, ASC)", ["m1": "1 5", "m2": "- -", "m3": "3 4"], "3 4 | 1 5 | - -"),
        MathCase("SORT(METRICS(), SUM, DESC, 1)", ["m1": "1 5", "m3": "3 4"], "3 4"),
        MathCase("SORT(METRICS(), MIN, ASC)", ["a": "2", "b": "1", "c": "2", "d": "1"], "1 | 1 | 2 | 2"),
        MathCase("IF(FIRST(SORT(METRICS(), AVG, DESC)) > 100, 1, 0)", ["m1": "1 5", "m2": "300 4"], "1 0"),
        MathCase("REMOVE_EMPTY(METRICS())", ["m1": "- -", "m2": "1 -"], "1 -"),
        MathCase("RUNNING_SUM([m1, m2])", ["m1": "1 2", "m2": "3 -"], "1 3 | 3 -"),
        MathCase("FILL(METRICS(), m1)", ["m1": "1 2", "m2": "- 3"], "1 2 | 1 3"),
        MathCase("FILL(METRICS(), LINEAR)", ["m1": "1 - 3", "m2": "- - -"], "1 2 3 | - - -"),
        MathCase("[m1, [m2, m1]]", ["m1": "1", "m2": "2"], "1 | 2 | 1"),
        MathCase("METRICS() > 1", ["m1": "1 2", "m2": "3 -"], "0 1 | 1 -"),
    ])
    func `functions of arrays`(example: MathCase) throws {
        #expect(try example.got() == example.want)
    }

    @Test(arguments: [
        ("MINUTE", "58"), ("HOUR", "23"), ("DAY", "6"), ("DATE", "29"), ("MONTH", "2"), ("YEAR", "2020"),
        ("EPOCH", "1583020680"),
    ])
    func `calendar functions read each slot's start in UTC, also where nothing is measured`(
        name: String, want: String
    ) throws {
        // A Saturday.
        let time = try #require(Timestamp(rfc3339: "2020-02-29T23:58:00Z"))
        let slots = MathSlots(from: time, to: time.adding(seconds: 60), periodSeconds: 60)
        let math = try MetricMath([MathQuery(id: "m1"), MathQuery(id: "e", expression: "\(name)(m1)")])
        let results = try math.evaluate([:], over: slots)
        #expect(results.map { text($0.series[0], count: 1) } == ["-", want])
    }

    @Test func `days of the week count from Monday, before 1970 too`() throws {
        let monday = try #require(Timestamp(rfc3339: "1969-12-22T00:00:00Z"))
        let slots = MathSlots(from: monday, to: monday.adding(seconds: 8 * 86_400), periodSeconds: 43_200)
        let math = try MetricMath([MathQuery(id: "m1"), MathQuery(id: "e", expression: "DAY(m1)")])
        let got = try math.evaluate([:], over: slots)[1].series[0]
        #expect(text(got, count: 16) == "1 1 2 2 3 3 4 4 5 5 6 6 7 7 1 1")
    }
}
