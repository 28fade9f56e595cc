import Testing
import TrailAlarms
import TrailModel

struct MetricDataTests {
    private static let start = Timestamp(seconds: 1_790_184_600)

    /// A metric `name` of namespace `n`, dimensions as `Zone=a,Team=b`.
    private func metric(
        _ id: String, _ name: String, _ dimensions: String = "", namespace: String = "n", stat: String = "Sum",
        period: Int64 = 60, label: String? = nil, returnsData: Bool = true
    ) -> MetricDataQuery {
        let dimensions = dimensions.split(separator: ",").map { pair in
            let parts = pair.split(separator: "=").map(String.init)
            return Dimension(name: parts[0], value: parts[1])
        }
        let metric = Metric(namespace: namespace, name: name, dimensions: dimensions)
        return MetricDataQuery(
            id: id, metricStat: MetricDataQuery.MetricStat(metric: metric, period: period, stat: stat), label: label,
            returnsData: returnsData)
    }

    private func math(
        _ id: String, _ expression: String, label: String? = nil, returnsData: Bool = true, period: Int64? = nil
    )
        -> MetricDataQuery
    {
        MetricDataQuery(id: id, expression: expression, label: label, returnsData: returnsData, period: period)
    }

    /// One sample of value 1, 2, 3 … in each of ten minutes, for `name` of `n`.
    private func source(_ name: String = "m", factor: Double = 1) -> MemoryMetrics {
        var source = MemoryMetrics()
        for minute in 0..<10 {
            source.add(
                Metric(namespace: "n", name: name), Self.start.adding(seconds: Int64(minute) * 60),
                factor * Double(minute + 1))
        }
        return source
    }

    private func answer(
        _ queries: [MetricDataQuery], from: MemoryMetrics, _ start: Int64 = 0, _ end: Int64 = 600,
        scanBy: MetricDataRequest.ScanBy = .ascending
    ) throws -> MetricDataAnswer {
        try MetricDataRequest(
            queries, from: Self.start.adding(seconds: start), to: Self.start.adding(seconds: end), scanBy: scanBy
        ).answer(from: from)
    }

    private func error(
        _ queries: [MetricDataQuery], seconds: Int64 = 600, maxDatapoints: Int = MetricDataRequest.datapointsMax
    ) -> MetricDataError? {
        do throws(MetricDataError) {
            _ = try MetricDataRequest(
                queries, from: Self.start, to: Self.start.adding(seconds: seconds), maxDatapoints: maxDatapoints)
            return nil
        } catch {
            return error
        }
    }

    @Test func `each statistic of a period is that of its samples`() throws {
        let stats = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]
        let queries = stats.enumerated().map { metric("m\($0)", "m", stat: $1, period: 300) }
        let results = try answer(queries, from: source()).results
        #expect(results.map(\.values) == [[5, 5], [15, 40], [3, 8], [1, 6], [5, 10]])
        #expect(results.map(\.label) == stats.map { "m \($0)" })
        #expect(results.allSatisfy { $0.timestamps == [Self.start, Self.start.adding(seconds: 300)] })
        #expect(results.allSatisfy { $0.statusCode == .complete })
    }

    @Test func `the newest datapoint comes first unless asked otherwise`() throws {
        let request = try MetricDataRequest([metric("m", "m")], from: Self.start, to: Self.start.adding(seconds: 120))
        #expect(request.scanBy == .descending)
        #expect(try request.answer(from: source()).results.map(\.values) == [[2, 1]])
        #expect(try answer([metric("m", "m")], from: source(), 0, 120).results.map(\.values) == [[1, 2]])
    }

    @Test(
        arguments: [
            (0, 120, [1.0, 2]), (59, 120, [1, 2]), (60, 120, [2]), (61, 121, [2]), (61, 179, [2]), (0, 59, []),
            (-60, 60, [1]), (540, 900, [10]), (600, 900, []),
        ] as [(Int64, Int64, [Double])])
    func `the start is inclusive, the end exclusive, both rounded down`(start: Int64, end: Int64, want: [Double]) throws
    {
        let result = try answer([metric("m", "m")], from: source(), start, end).results
        #expect(result.map(\.values) == [want])
        // Also for expressions.
        let doubled = try answer(
            [metric("m", "m", returnsData: false), math("e", "m*2")], from: source(), start, end)
        #expect(doubled.results.map(\.values) == [want.map { $0 * 2 }])
    }

    @Test func `metrics come before expressions, each in the order of the entries, hidden ones are left out`() throws {
        let queries = [
            math("e", "m1 + 1"), metric("m2", "x"), metric("m1", "m", returnsData: false),
            math("f", "e * 2", label: "F"),
        ]
        let got = try answer(queries, from: source(), 0, 120)
        #expect(got.results.map(\.id) == ["m2", "e", "f"])
        #expect(got.results.map(\.label) == ["x", "e", "F"])
        #expect(got.results.map(\.values) == [[], [2, 3], [4, 6]])
        #expect(got.unknownIds == ["m2"])
    }

    @Test func `an error rate is 100 times one metric over another`() throws {
        var both = source("calls", factor: 10)
        both.samples += source("errors").samples.dropFirst(2)
        let queries = [
            metric("m1", "calls", returnsData: false), metric("m2", "errors", returnsData: false),
            math("rate", "100 * m2 / m1", label: "Error rate"),
        ]
        let result = try answer(queries, from: both, 0, 240).results
        #expect(result.map(\.values) == [[0, 0, 10, 10]])
        #expect(result.map(\.label) == ["Error rate"])
    }

    @Test func `an array gives one result for each member, with both labels`() throws {
        let queries = [
            metric("m1", "m", label: "one", returnsData: false), metric("m2", "m", stat: "Maximum", returnsData: false),
            math("e", "METRICS() * 10", label: "ten"),
        ]
        let result = try answer(queries, from: source(), 0, 60).results
        #expect(result.map(\.id) == ["e", "e"])
        #expect(result.map(\.label) == ["ten one", "ten m"])
        #expect(result.map(\.values) == [[10], [10]])
    }

    @Test func `metrics of several periods stand side by side, but not in one expression`() throws {
        let queries = [
            metric("a", "m"), metric("b", "m", period: 300), math("c", "a * 2"), math("d", "b * 2"),
            math("t", "TIME_SERIES(7)", period: 120), math("u", "b * t"),
        ]
        let results = try answer(queries, from: source(), 0, 300).results
        #expect(results.map(\.values) == [[1, 2, 3, 4, 5], [15], [2, 4, 6, 8, 10], [30], [7, 7], [105]])
        #expect(
            error(queries + [math("e", "c + d")])?.message
                == "Error in expression 'e': got metrics with Periods of 60, 300 s; want one Period for all metrics of "
                + "an expression")
        #expect(error(queries + [math("e", "SUM(METRICS())")])?.code.description == "bad_period")
        #expect(error(queries + [math("e", #"SUM(METRICS("a"))"#)]) == nil)
    }

    @Test func `an expression without metrics needs a period`() throws {
        #expect(error([math("e", "TIME_SERIES(1)")])?.message.hasSuffix("want a Period") == true)
        let request = [math("e", "TIME_SERIES(1)", period: 300)]
        #expect(try answer(request, from: source()).results.map(\.values) == [[1, 1]])
        #expect(error([math("e", "TIME_SERIES(1)", period: 90)])?.code.description == "bad_period")
    }

    @Test func `entries are refused in CloudWatch's words`() {
        let metric = metric("m", "m")
        func expect(_ queries: [MetricDataQuery], _ want: String, at place: Testing.SourceLocation = #_sourceLocation) {
            #expect(error(queries)?.message == want, sourceLocation: place)
        }
        expect([metric, metric], "The values for parameter id in MetricDataQueries are not unique.")
        expect(
            [MetricDataQuery(id: "m", metricStat: metric.metricStat, expression: "1")],
            "The parameters MetricDataQueries.member.1.Expression and MetricDataQueries.member.1.MetricStat are mutually "
                + "exclusive and you have specified both.")
        expect(
            [metric, self.metric("M", "m")],
            "The value for parameter MetricDataQueries.member.2.Id is not matching the expected pattern "
                + "^[a-z][a-zA-Z0-9_]*$.")
        for stat in ["Median", "sum", "", "p101"] {
            expect(
                [self.metric("m", "m", stat: stat)],
                "The value for parameter MetricDataQueries.member.1.MetricStat.Stat is not a valid statistic.")
        }
        expect([MetricDataQuery(id: "m")], "The parameter MetricDataQueries.member.1.MetricStat is required.\n")
        expect(
            [math("bad", "NOT_A_FUNCTION(m)"), metric], "Error in expression 'bad': Function 'NOT_A_FUNCTION' not found"
        )
        expect([math("e1", "m_missing")], "Error in expression 'e1': ID 'm_missing' not found")
        expect([], "The parameter MetricDataQueries is required.")
        for period in [0, -60, 7, 90] as [Int64] {
            #expect(error([self.metric("m", "m", period: period)])?.code.description == "bad_period")
        }
        #expect(error((0...500).map { self.metric("m\($0)", "m") })?.code.description == "limit")
        #expect(error((0..<500).map { self.metric("m\($0)", "m") }) == nil)
        #expect(error([math("a", "b"), math("b", "a")])?.code.description == "cycle")
    }

    @Test func `times must be in order`() {
        let metric = metric("m", "m")
        #expect(error([metric], seconds: 0)?.message == "The parameter StartTime must not equal parameter EndTime.\n")
        #expect(error([metric], seconds: -1)?.message == "The parameter EndTime must be greater than StartTime.\n")
        #expect(error([metric], seconds: 1) == nil)
    }

    @Test func `slots with and without data count against the limit, those of unused hidden metrics do not`() {
        let two = [metric("a", "m"), metric("b", "absent")]
        #expect(error(two, seconds: 300, maxDatapoints: 10) == nil)
        #expect(error(two, seconds: 360, maxDatapoints: 10) == .tooManyDatapoints(got: 12, max: 10))
        let unused = metric("c", "m", returnsData: false)
        #expect(error(two + [unused], seconds: 300, maxDatapoints: 10) == nil)
        #expect(error(two + [unused, math("e", "c")], seconds: 300, maxDatapoints: 10)?.code.description == "limit")
        #expect(error([metric("a", "m")], seconds: 60 * 100_800) == nil)
        #expect(error([metric("a", "m")], seconds: 60 * 100_801)?.code.description == "limit")
        // A greater MaxDatapoints than CloudWatch's changes nothing.
        #expect(error([metric("a", "m")], seconds: 60 * 100_801, maxDatapoints: .max)?.code.description == "limit")
        let constant = math("e", "TIME_SERIES(1)", period: 60)
        #expect(error([constant], seconds: 60 * 100_801)?.code.description == "limit")
    }

    /// Captured: radkawar/stackd, metric_labels.json.
    @Test func `a metric's label is what tells it from the others shown`() throws {
        func labels(_ queries: [MetricDataQuery]) throws -> [String] {
            try answer(queries, from: MemoryMetrics()).results.map(\.label)
        }
        #expect(try labels([metric("a", "x", "Zone=a")]) == ["x"])
        #expect(try labels([metric("a", "x"), metric("b", "y", stat: "Average")]) == ["x", "y"])
        #expect(try labels([metric("a", "x"), metric("b", "x", stat: "Average")]) == ["x Sum", "x Average"])
        #expect(try labels([metric("a", "x"), metric("b", "x", period: 120)]) == ["x 60", "x 120"])
        #expect(
            try labels([metric("a", "x"), metric("b", "x", stat: "Minimum", period: 120)]) == [
                "x Sum 60", "x Minimum 120",
            ])
        #expect(
            try labels([metric("a", "x"), metric("b", "x", stat: "Average"), metric("c", "y")])
                == ["x Sum", "x Average", "y"])
        #expect(try labels([metric("a", "x"), metric("b", "x", stat: "Average", label: "named")]) == ["x", "named"])
        #expect(try labels([metric("a", "x"), metric("b", "x", stat: "Average", returnsData: false)]) == ["x"])
        #expect(
            try labels([metric("a", "x"), metric("b", "x", "Probe=missing", stat: "Average")]) == ["x", "missing"])
        #expect(try labels([metric("a", "x", namespace: "n1"), metric("b", "x", namespace: "n2")]) == ["n1", "n2"])
        #expect(
            try labels([metric("a", "x", namespace: "n1"), metric("b", "y", namespace: "n2")]) == ["n1 x", "n2 y"])
        #expect(try labels([metric("a", "x", "Zone=a"), metric("b", "x", "Zone=b")]) == ["a", "b"])
        #expect(
            try labels([metric("a", "x", "Zone=a,Common=s"), metric("b", "x", "Zone=b,Common=s")]) == ["a", "b"])
        #expect(try labels([metric("a", "x", "Zone=a"), metric("b", "y", "Zone=b")]) == ["a x", "b y"])
        #expect(
            try labels([metric("a", "x", "Zebra=z1,Alpha=a1"), metric("b", "x", "Alpha=a2,Zebra=z2")])
                == ["a1 z1", "a2 z2"])
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("max ${MAX}!", "max 3!"), ("${LABEL}: ${SUM}", "m: 6"),
        ("${AVG}/${MIN}/${FIRST}/${LAST}/${DATAPOINT_COUNT}", "2/1/1/3/3"),
        ("${FIRST_LAST_RANGE} ${MIN_MAX_RANGE}", "2 2"),
        ("${FIRST_TIME} ${LAST_TIME}", "2026-09-23T17:30:00Z 2026-09-23T17:32:00Z"),
        ("${MIN_TIME} ${MAX_TIME}", "2026-09-23T17:30:00Z 2026-09-23T17:32:00Z"),
        (
            "${PROP('MetricName')} ${PROP('Namespace')} ${PROP('Period')} ${PROP('Stat')} ${PROP('Dim.d')}",
            "m n 60 Sum --"
        ),
    ])
    func `a label holds what its placeholders say`(_ label: String, want: String) throws {
        let got = try answer([metric("m", "m", label: label)], from: source(), 0, 180)
        #expect(got.results.map(\.label) == [want])
    }

    @Test func `placeholders are filled for each series of an array, and without datapoints`() throws {
        let hidden = [
            metric("a", "m", label: "A", returnsData: false), metric("b", "absent", label: "B", returnsData: false),
        ]
        func labels(_ label: String) throws -> [String] {
            try answer(hidden + [math("e", "METRICS() + 0", label: label)], from: source(), 0, 120).results.map(\.label)
        }
        #expect(try labels("sum ${SUM} of ${LABEL}") == ["sum 3 of A", "sum -- of B"])
        #expect(try labels("sum ${SUM}") == ["sum 3 A", "sum -- B"])
        let one = try answer(hidden + [math("e", "a * 2", label: "${LABEL} ${MAX}")], from: source(), 0, 120)
        #expect(one.results.map(\.label) == ["e 4"])
        let dimension = metric("c", "m", "d=x", label: "${PROP('Dim.d')}")
        #expect(try answer([dimension], from: source()).results.map(\.label) == ["x"])
    }

    @Test(arguments: [
        ("${MAX", "got ${ without its }; want ${NAME}"),
        ("${MEDIAN}", "got ${MEDIAN}, which is not supported; want one of"),
        ("${LABEL} ${LABEL}", "got ${LABEL} twice; want it once"),
        ("${MAX}${MAX}${MAX}${MAX}${MAX}${MAX}", "got 6 dynamic values; want at most 5"),
        ("${PROP('Dim.')}", "got ${PROP('Dim.')}, which is not supported"),
    ])
    func `a label with bad placeholders is refused`(_ label: String, want: String) {
        #expect(error([metric("m", "m", label: label)])?.message.hasPrefix("Error in label of 'm': \(want)") == true)
    }

    @Test func `an expression over more datapoints than metric math takes is refused`() throws {
        var names = MemoryMetrics()
        for number in 0..<500 {
            names.add(
                Metric(namespace: "n", name: "m", dimensions: [Dimension(name: "d", value: "\(number)")]), Self.start, 1
            )
        }
        let queries = [
            MetricDataQuery(
                id: "q", expression: "SELECT SUM(m) FROM n GROUP BY d", returnsData: false, period: 60),
            math("e", "SUM(q)"),
        ]
        #expect(try answer(queries, from: names, 0, 120).results.map(\.values) == [[500]])
        #expect(throws: MetricDataError.self) { try answer(queries, from: names, 0, 60 * 50_000) }
    }
}
