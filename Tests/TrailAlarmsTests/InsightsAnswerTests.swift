import Testing
import TrailAlarms
import TrailModel

/// What CloudWatch answered to Metrics Insights queries over the samples of ``MemoryMetrics/captured``
/// (radkawar/stackd, metric_insights.json, real answers of September 2026).
struct InsightsAnswerTests {
    /// The series of the answer, each `label: values of the minutes`.
    static func lines(_ results: [MetricDataResult]) -> [String] {
        results.map { result in
            let points = Dictionary(uniqueKeysWithValues: zip(result.timestamps, result.values))
            let values = (0..<3).map {
                points[MemoryMetrics.capturedStart.adding(seconds: $0 * 60)].map(plainText) ?? "-"
            }
            return "\(result.label): \(values.joined(separator: " "))"
        }
    }

    static func request(
        _ queries: [MetricDataQuery], from: Int64 = 0, to: Int64 = 180
    ) throws(MetricDataError) -> MetricDataRequest {
        try MetricDataRequest(
            queries, from: MemoryMetrics.capturedStart.adding(seconds: from),
            to: MemoryMetrics.capturedStart.adding(seconds: to))
    }

    static func answer(_ queries: [MetricDataQuery], from: Int64 = 0, to: Int64 = 180) throws -> [String] {
        lines(try request(queries, from: from, to: to).answer(from: MemoryMetrics.captured).results)
    }

    static func select(
        _ text: String, label: String? = nil, returnsData: Bool = true, period: Int64? = 60
    )
        -> MetricDataQuery
    {
        MetricDataQuery(id: "q", expression: text, label: label, returnsData: returnsData, period: period)
    }

    private static let all = "33.77777777777778 21.2 93.33333333333333"

    @Test(arguments: [
        (#"SELECT AVG(Load) FROM "ns/1""#, ["q: \(all)"]),
        (#"SELECT SUM(Load) FROM "ns/1""#, ["q: 304 106 280"]),
        (#"SELECT COUNT(Load) FROM "ns/1""#, ["q: 9 5 3"]),
        (#"SELECT SUM(Load) FROM SCHEMA("ns/1")"#, ["q: 100 - 200"]),
        (#"SELECT SUM(Load) FROM SCHEMA("ns/1", Team)"#, ["q: 34 6 80"]),
        (#"SELECT SUM(Load) FROM SCHEMA("ns/1", Team, "Zone")"#, ["q: 100 100 -"]),
        (#"SELECT SUM(Load) FROM SCHEMA("ns/1", "Zone", Team)"#, ["q: 100 100 -"]),
        (#"SELECT SUM(Load) FROM SCHEMA("ns/1", Missing)"#, ["q: - - -"]),
        (#"SELECT AVG(Load) FROM SCHEMA("ns/1",Team,Team)"#, ["q: 6.8 6 40"]),
        (#"SELECT AVG(Load) FROM "ns/1" WHERE Team = 'A'"#, ["q: 19 21.2 -"]),
        (#"SELECT AVG(Load) FROM "ns/1" WHERE Team != 'A'"#, ["q: 63.333333333333336 - 93.33333333333333"]),
        (#"SELECT AVG(Load) FROM "ns/1" WHERE Team = 'A' AND "Zone" != 'east'"#, ["q: 19 8 -"]),
        (#"SELECT AVG(Load) FROM "ns/1" WHERE Team = 'A' AND "Zone" = 'west'"#, ["q: 50 10 -"]),
        (#"SELECT AVG(Load) FROM "ns/1" WHERE Missing = 'x'"#, ["q: - - -"]),
        (#"SELECT AVG(Load) FROM "ns/1" WHERE Missing != 'x'"#, ["q: \(all)"]),
        (#"SELECT AVG(Load) FROM "ns/1" WHERE Team = 'a'"#, ["q: - - -"]),
        (#"SELECT AVG(Load) FROM "ns/1" WHERE team = 'A'"#, ["q: - - -"]),
        (#"SELECT AVG(load) FROM "ns/1""#, ["q: - - -"]),
        (#"SELECT AVG(Load) FROM "NS/1""#, ["q: - - -"]),
        (#"select avg(Load) from "ns/1""#, ["q: \(all)"]),
        (#"SELECT SUM("Bytes\"Input\"") FROM "ns/1""#, ["q: 26 - -"]),
        (#"SELECT SUM("Bytes\"Input\"") FROM "ns/1" WHERE "fleet.name" = 'O\'Reilly\\blue'"#, ["q: - - -"]),
        (#"SELECT SUM("Bytes\"Input\"") FROM "ns/1" WHERE "fleet.name" = 'O\'Reilly\blue'"#, ["q: 26 - -"]),
        (#"SELECT SUM("Bytes\"Input\"") FROM "ns/1" GROUP BY "fleet.name""#, [#"O'Reilly\blue: 26 - -"#]),
        (#"SELECT AVG("LIMIT") FROM "ns/1""#, ["q: 17 - -"]),
        (#"SELECT AVG(Load) FROM "ns/1" GROUP BY Team"#, ["A: 19 21.2 -", "B: 20 - 40", "Other: 85 - 200"]),
        (#"SELECT AVG(Load) FROM "ns/1" GROUP BY Missing"#, ["Other: \(all)"]),
        (#"SELECT AVG(Load) FROM "ns/1" WHERE Team = 'no-match' GROUP BY Team"#, []),
        (#"SELECT AVG(Absent) FROM "ns/1" GROUP BY Team"#, []),
        (#"SELECT AVG(Load) FROM "ns/1" GROUP BY Team LIMIT 2"#, ["A: 19 21.2 -", "B: 20 - 40"]),
        (#"SELECT AVG(Load) FROM "ns/1" LIMIT 501"#, ["q: \(all)"]),
        (
            #"SELECT AVG(Load) FROM "ns/1" GROUP BY Team, "Zone""#,
            [
                "A east: - 30 -", "A west: 50 10 -", "A Other: 3.5 6 -", "B Other: 20 - 40", "Other west: 70 - -",
                "Other Other: 100 - 200",
            ]
        ),
        (
            #"SELECT AVG(Load) FROM "ns/1" GROUP BY "Zone", Team"#,
            [
                "east A: - 30 -", "west A: 50 10 -", "west Other: 70 - -", "Other A: 3.5 6 -", "Other B: 20 - 40",
                "Other Other: 100 - 200",
            ]
        ),
        (
            #"SELECT AVG(Load) FROM "ns/1" GROUP BY Team ORDER BY MAX()"#,
            ["1 - A: 19 21.2 -", "2 - B: 20 - 40", "3 - Other: 85 - 200"]
        ),
        (
            #"SELECT AVG(Load) FROM "ns/1" GROUP BY Team ORDER BY MAX() DESC LIMIT 2"#,
            ["1 - Other: 85 - 200", "2 - B: 20 - 40"]
        ),
        (
            #"SELECT AVG(Load) FROM "ns/1" GROUP BY Team ORDER BY SUM() DESC"#,
            ["1 - Other: 85 - 200", "2 - B: 20 - 40", "3 - A: 19 21.2 -"]
        ),
        (#"SELECT AVG(Load) FROM "ns/1" ORDER BY MAX() DESC"#, ["q: \(all)"]),
    ])
    func `a query gives what CloudWatch gave`(_ text: String, want: [String]) throws {
        #expect(try Self.answer([Self.select(text)]) == want)
    }

    @Test func `COUNT orders by datapoints, not by samples, and equals keep the order of their values`() throws {
        let query = #"SELECT AVG(Load) FROM "ns/1" GROUP BY Team, "Zone" ORDER BY COUNT()"#
        #expect(
            try Self.answer([Self.select(query)]).map { String($0.prefix { $0 != ":" }) } == [
                "1 - A east", "2 - Other west", "3 - A west", "4 - A Other", "5 - B Other", "6 - Other Other",
            ])
    }

    @Test func `labels stand before those of the groups`() throws {
        let query = #"SELECT AVG(Load) FROM "ns/1""#
        #expect(try Self.answer([Self.select(query, label: "mine")]) == ["mine: \(Self.all)"])
        #expect(
            try Self.answer([Self.select(query + " GROUP BY Team", label: "mine")]) == [
                "mine A: 19 21.2 -", "mine B: 20 - 40", "mine Other: 85 - 200",
            ])
        #expect(
            try Self.answer([Self.select(query + " GROUP BY Team LIMIT 1", label: "${LABEL} to ${MAX}")]) == [
                "A to 21.2: 19 21.2 -"
            ])
    }

    @Test func `both ends of the range are rounded down to the minute`() throws {
        let query = Self.select(#"SELECT AVG(Load) FROM "ns/1""#)
        #expect(try Self.answer([query], from: 35, to: 95) == ["q: 33.77777777777778 - -"])
        #expect(try Self.answer([query], from: 0, to: 60) == ["q: 33.77777777777778 - -"])
    }

    @Test(arguments: [1, 5, 30, 60]) func `a period below a minute is a minute`(period: Int64) throws {
        let query = Self.select(#"SELECT AVG(Load) FROM "ns/1""#, period: period)
        #expect(try Self.answer([query]) == ["q: \(Self.all)"])
    }

    @Test func `metric math takes a query for a time series or an array of them`() throws {
        let text = #"SELECT AVG(Load) FROM "ns/1""#
        let hidden = Self.select(text, returnsData: false)
        let groups = Self.select(text + " GROUP BY Team", returnsData: false)
        func math(_ expression: String) -> MetricDataQuery {
            MetricDataQuery(id: "e", expression: expression, period: 60)
        }
        #expect(try Self.answer([hidden, math("q*2")]) == ["e: 67.55555555555556 42.4 186.66666666666666"])
        #expect(try Self.answer([groups, math("SUM(q)")]) == ["e: 124 21.2 240"])
        #expect(try Self.answer([groups, math("SORT(q, MAX, DESC, 1)")]) == ["e Other: 85 - 200"])
        #expect(try Self.answer([groups, math("TIME_SERIES(METRIC_COUNT(q))")]) == ["e: 3 3 3"])
        #expect(try Self.answer([hidden]) == [])
        let direct = MetricDataQuery(
            id: "m",
            metricStat: MetricDataQuery.MetricStat(
                metric: Metric(namespace: "ns/1", name: "Load", dimensions: [Dimension(name: "Team", value: "A")]),
                period: 60, stat: "Average"))
        #expect(
            try Self.answer([direct, hidden, math("q+m")]) == [
                "Load: 3.5 6 -", "e: 37.27777777777778 27.2 93.33333333333333",
            ])
        // METRICS() is the metrics of a request, not its queries.
        #expect(try Self.answer([direct, groups, math("SUM(METRICS())")]) == ["Load: 3.5 6 -", "e: 3.5 6 -"])
        #expect(throws: MetricDataError.self) { try Self.answer([hidden, math("TIME_SERIES(PERIOD(q))")]) }
    }

    @Test(arguments: [
        ("SELECT MEDIAN(Load) FROM n", "Invalid syntax. 'MEDIAN' is not a valid aggregate function"),
        (
            "SELECT AVG(Load) FROM n GROUP BY Team ORDER BY MEDIAN()",
            "Invalid syntax. 'MEDIAN' is not a valid ORDER BY function"
        ),
        (
            #"SELECT COUNT(*) FROM "stackd/insights/6c84c6382d8f""#,
            #"Invalid syntax near '*) FROM "stackd/insights/6c84...'"#
        ),
        (
            #"SELECT AVG(Load), SUM(Load) FROM "stackd/insights/6c84c6382d8f""#,
            #"Invalid syntax near ', SUM(Load) FROM "stackd/insi...'"#
        ),
        (
            #"SELECT AVG(LIMIT) FROM "stackd/insights/6c84c6382d8f""#,
            #"Invalid syntax near 'LIMIT) FROM "stackd/insights/...'"#
        ),
        ("SELECT AVG(Load) FROM n WHERE Team > 'A'", "Invalid syntax near '> 'A''"),
        ("SELECT AVG(Load) FROM n WHERE Team = 'A' OR Team = 'B'", "Invalid syntax near 'OR Team = 'B''"),
        ("SELECT AVG(Load) FROM n WHERE Team IN ('A','B')", "Invalid syntax near 'IN ('A','B')'"),
        ("SELECT AVG(Load) FROM n WHERE Team LIKE 'A%'", "Invalid syntax near 'LIKE 'A%''"),
        ("SELECT AVG(Load) FROM n WHERE Team IS NULL", "Invalid syntax near 'IS NULL'"),
        ("SELECT AVG(Load) FROM n GROUP BY Team HAVING AVG() > 1", "Invalid syntax near 'HAVING AVG() > 1'"),
        ("SELECT AVG(Load) FROM n LIMIT 0", "Invalid syntax. LIMIT must be greater than 0"),
        ("SELECT AVG(Load) FROM n LIMIT -1", "Invalid syntax near '-1'"),
        ("SELECT AVG(Load) FROM n LIMIT 1.5", "Invalid syntax near '.5'"),
        ("SELECT AVG(Load) FROM n;", "Invalid syntax near ';'"),
        ("SELECT AVG(Load) FROM n nonsense", "Invalid syntax near 'nonsense'"),
        (#"SELECT AVG(Load) FROM n WHERE x = 'O''Reilly\blue'"#, #"Invalid syntax near ''Reilly\blue''"#),
        (
            "SELECT AVG(Load) FROM n WHERE Team = A",
            "Invalid syntax. Comparing identifiers is not supported. Values must be surrounded by single quotes"
        ),
        (
            #"SELECT AVG(Load) FROM n WHERE Team = "A""#,
            "Invalid syntax. Comparing identifiers is not supported. Values must be surrounded by single quotes"
        ),
    ])
    func `a bad query is refused in CloudWatch's words`(_ text: String, want: String) {
        #expect(message([Self.select(text)]) == "Error in expression 'q': \(want)")
    }

    private func message(_ queries: [MetricDataQuery]) -> String? {
        do throws(MetricDataError) {
            _ = try Self.request(queries)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `a request has one query with a period that CloudWatch takes`() {
        let text = "SELECT AVG(Load) FROM n"
        #expect(
            message([Self.select(text, period: nil)])
                == "Error in expression 'q': Period is a required field when using query within an expression")
        #expect(
            message([Self.select(text, period: 90)])
                == "Error in expression 'q': The parameter Period must be a multiple of 60.")
        #expect(
            message([Self.select(text, period: 7)])
                == "Error in expression 'q': The parameter Period must be a value in the set [ 1, 5, 10, 20, 30 ].")
        #expect(message([Self.select(text, period: -60)]) != nil)
        let second = MetricDataQuery(id: "q2", expression: text, returnsData: false, period: 60)
        #expect(message([Self.select(text), second]) == "Maximum number of queries (1) exceeded")
    }

    @Test func `more metrics than CloudWatch's limit are refused, more series are cut and said to be`() throws {
        func metrics(_ count: Int) -> MemoryMetrics {
            var metrics = MemoryMetrics()
            for number in 0..<count {
                let dimension = Dimension(name: "d", value: String(100_000 + number))
                metrics.add(Metric(namespace: "n", name: "m", dimensions: [dimension]), MemoryMetrics.capturedStart, 1)
            }
            return metrics
        }
        func answer(_ text: String, _ count: Int) throws -> MetricDataAnswer {
            try Self.request([Self.select(text)]).answer(from: metrics(count))
        }
        let group = "SELECT SUM(m) FROM n GROUP BY d"
        #expect(try answer("SELECT SUM(m) FROM n", InsightsQuery.metricsMax).results.first?.values == [10_000])
        #expect(throws: QueryError.tooManyMetrics(max: 10_000)) {
            try answer("SELECT SUM(m) FROM n", InsightsQuery.metricsMax + 1)
        }
        #expect(try answer(group, 500).messages == [])
        let cut = try answer(group + " ORDER BY SUM() DESC", 501)
        #expect(cut.results.count == 500)
        #expect(cut.messages.map(\.code) == ["MaxMetricsExceeded"])
        #expect(try answer(group + " LIMIT 501", 501).messages.count == 1)
        #expect(try answer(group + " LIMIT 500", 501).messages == [])
    }
}
