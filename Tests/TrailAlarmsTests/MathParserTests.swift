import Testing
import TrailAlarms

@Suite struct MathParserTests {
    /// Every example expression of the guide's tables that this product supports.
    static let guideExamples = [
        "PERIOD(m1)/60 * m1", "5 * m1", "m1 - m2", "SUM(100/[m1, m2])", "AVG([m1,m2]/m3)", "METRICS()*100", "-5*m1",
        "-m1", "SUM(-[m1, m2])", "ABS(m1-m2)", "MIN(ABS([m1, m2]))", "ABS(METRICS())", "SUM([m1,m2])/AVG(m2)",
        "AVG(METRICS())", "CEIL(m1)", "CEIL(METRICS())", "SUM(CEIL(METRICS()))", "SUM(m1) / DATAPOINT_COUNT(m1) * m1",
        "DATAPOINT_COUNT(METRICS())", "DIFF(m1)", "DIFF_TIME(METRICS())", "FILL(m1,10)", "FILL(METRICS(), 0)",
        "FILL(METRICS(), m1)", "FILL(m1, MIN(m1))", "FILL(m1, REPEAT)", "FILL(METRICS(), LINEAR)",
        "IF(FIRST(SORT(METRICS(), AVG, DESC))>100, 1, 0)", "FLOOR(m1)", "LOG(METRICS())", "LOG10(m1)", "MAX(m1)/m1",
        "m1/METRIC_COUNT(METRICS())", "SUM(METRICS(\"errors\"))", "m1-MIN(m1)", "MINUTE(m1)", "IF(DAY(m1)<6,m1)",
        "IF(MONTH(m1) == 4,m1)", "m1/PERIOD(m1)", "RATE(METRICS())", "REMOVE_EMPTY(METRICS())", "RUNNING_SUM([m1,m2])",
        "SLICE(SORT(METRICS(), SUM, DESC), 0, 10)", "SLICE(SORT(METRICS(), AVG, ASC), 5)",
        "SORT(METRICS(), AVG, DESC, 10)", "SORT(METRICS(), MAX, ASC)", "m1/STDDEV(m1)", "STDDEV(METRICS())",
        "SUM(METRICS(\"m\"))/SUM(METRICS(\"1\"))*100", "TIME_SERIES(MAX(m1))", "TIME_SERIES(5*AVG(m1))",
        "TIME_SERIES(10)", "IF((DAY(m1)<6 AND (HOUR(m1)>=9 AND HOUR(m1)<17)),m1)",
        "SUM([METRICS('4xx'), METRICS('5xx')])",
    ]

    @Test(arguments: guideExamples)
    func `the guide's expressions are accepted, and printed they read the same`(expression: String) throws {
        #expect(mathError(expression) == nil)
        let tree = try MathExpression(expression, id: "e")
        #expect(try MathExpression(tree.description, id: "e") == tree)
    }

    @Test(arguments: [
        ("1+2*3", "1 + 2 * 3"), ("(1+2)*3", "(1 + 2) * 3"), ("1-(2-3)", "1 - (2 - 3)"), ("1-2-3", "1 - 2 - 3"),
        ("(2^3)^4", "(2 ^ 3) ^ 4"), ("2^3^4", "2 ^ 3 ^ 4"), ("2^-m1", "2 ^ -m1"), ("(-m1)^2", "(-m1) ^ 2"),
        ("-m1^2", "-m1 ^ 2"), ("--m1", "--m1"), ("a&&b||c", "a AND b OR c"), ("a AND (b OR c)", "a AND (b OR c)"),
        ("a<b==c", "a < b == c"), (".5+5.+1E3+1e-3", "0.5 + 5 + 1000 + 0.001"), ("METRICS('a\"b')", "METRICS('a\"b')"),
        ("IF(a,b)", "IF(a, b)"), ("\tm1\r\n+\nm2 ", "m1 + m2"),
    ])
    func `printing keeps the grouping and adds no parenthesis`(expression: String, want: String) throws {
        #expect(try MathExpression(expression, id: "e").description == want)
    }

    @Test(arguments: [
        ("", 1, 1, "got the end of the expression; want a number, an id, a function, ( or ["),
        ("m1 +", 1, 5, "got the end of the expression; want a number, an id, a function, ( or ["),
        ("m1 m2", 1, 4, "got 'm2'; want an operator or the end of the expression"),
        ("m1 +\n  (m2", 2, 6, "got the end of the expression; want a closing parenthesis or an operator"),
        ("m1\n+ é", 2, 3, "got 'é'; want an operator, a number, an id or a function"),
        ("METRICS(\"é\") m1", 1, 14, "got 'm1'; want an operator or the end of the expression"),
        ("m1 = 3", 1, 4, "got '='; want == for equal"),
        ("m1 & m2", 1, 4, "got '&'; want && or AND"),
        ("m1 and m2", 1, 4, "got 'and'; want AND in capitals"),
        ("!m1", 1, 1, "got '!'; want != for not equal"),
        ("METRICS(“4xx”)", 1, 9, "got '“'; want straight quotes, \" or '"),
        ("METRICS('4xx)", 1, 9, "got a text without its closing quote; want the same quote at its end"),
        ("METRICS(m1)", 1, 9, "got 'm1'; want METRICS() or a text in quotes, METRICS(\"errors\")"),
        ("'m1'", 1, 1, "got ''m1''; want a number, an id or a function; texts stand in METRICS(\"…\") only"),
        ("sum(m1)", 1, 1, "got 'sum'; want SUM in capitals"),
        ("M1 + 1", 1, 1, "got 'M1'; want an id, which starts with a lower-case letter, or a function with its ("),
        ("SUM", 1, 1, "got 'SUM'; want an id, which starts with a lower-case letter, or a function with its ("),
        ("ABS()", 1, 5, "got ')'; want 1 argument to ABS"),
        ("ABS(m1, m2)", 1, 7, "got ','; want 1 argument to ABS"),
        ("SLICE(METRICS())", 1, 16, "got ')'; want 2 or 3 arguments to SLICE"),
        ("SLICE(METRICS(), 1, 2, 3)", 1, 22, "got ','; want 2 or 3 arguments to SLICE"),
        ("[]", 1, 2, "got ']'; want a number, an id, a function, ( or ["),
        ("FILL(m1)", 1, 8, "got ')'; want a comma and what FILL puts in: a number, a time series, REPEAT or LINEAR"),
        ("IF(m1)", 1, 6, "got ')'; want a comma and the value where the condition holds"),
        ("SORT(METRICS(), AVG)", 1, 20, "got ')'; want a comma and ASC or DESC"),
        ("SORT(METRICS(), STDDEV, ASC)", 1, 17, "got 'STDDEV'; want AVG, MIN, MAX or SUM"),
        ("1e", 1, 1, "got '1e'; want a number such as 5, 0.25 or 1e6"),
        ("1x + m1", 1, 1, "got '1x'; want a number such as 5, 0.25 or 1e6"),
        ("m1 * 1e999", 1, 6, "got '1e999'; want a number such as 5, 0.25 or 1e6"),
        (".", 1, 1, "got '.'; want a number such as 5, 0.25 or 1e6"),
        ("m1 + m_missing", 1, 6, "got id 'm_missing', which no entry has; want the Id of another entry"),
        (
            "SEARCH('{A} b', 'Sum')", 1, 1,
            "got SEARCH, which is not supported; want each metric as an entry of its own, and METRICS() for all of them"
        ),
        (
            "m1 > LAST(ANOMALY_DETECTION_BAND(m1))", 1, 11,
            "got ANOMALY_DETECTION_BAND, which is not supported; want a fixed Threshold, or bounds computed from "
                + "another metric"
        ),
        (
            "SELECT SUM(EventCount) FROM CloudTrail", 1, 1,
            "got a Metrics Insights query inside metric math, which is not supported; want the SELECT in an entry of "
                + "its own"
        ),
    ])
    func `a fault names its place, what stands there and what may`(
        expression: String, line: Int, column: Int, message: String
    ) throws {
        let error = try #require(mathError(expression))
        #expect(error.message == message)
        #expect((error.line, error.column) == (line, column))
        #expect(error.description == "cannot read entry 'e': \(message) (line \(line), column \(column))")
    }

    @Test(arguments: ["INSIGHT_RULE_METRIC", "SERVICE_QUOTA", "DB_PERF_INSIGHTS", "LAMBDA"])
    func `functions that need other services are refused by name`(name: String) throws {
        let error = try #require(mathError("1 + \(name)(m1)"))
        #expect(error.code.description == "unsupported")
        #expect(error.message.contains(name))
    }

    @Test func `an unknown function is named beside the known ones`() throws {
        let error = try #require(mathError("NOT_A_FUNCTION(m1)"))
        #expect(error.reason == .unknownFunction("NOT_A_FUNCTION"))
        #expect(error.message.contains("RUNNING_SUM") && error.message.contains("SORT"))
    }

    @Test(arguments: [
        ("m1 + [1, m2]", 7, "got a number as a member of an array; want a time series, such as TIME_SERIES(1)"),
        ("5 + 3", 1, "got an expression whose result is a number; want a time series, such as TIME_SERIES(…)"),
        ("AVG(m1)", 1, "got an expression whose result is a number; want a time series, such as TIME_SERIES(…)"),
        (
            "METRICS() + METRICS()", 13,
            "got an array of time series as the second operand of + after an array; want a number or one time series, "
                + "such as SUM(…)"
        ),
        ("ABS(5) * m1", 5, "got a number as an argument of ABS; want a time series or an array of time series"),
        ("METRIC_COUNT(m1) * m1", 14, "got a time series as an argument of METRIC_COUNT; want an array of time series"),
        ("TIME_SERIES(m1)", 13, "got a time series as an argument of TIME_SERIES; want a number"),
        ("PERIOD(m1 + 1) * m1", 8, "got 'm1 + 1' as the argument of PERIOD; want the Id of a metric"),
        ("FILL(5, m1)", 6, "got a number as the first argument of FILL; want a time series or an array of them"),
        (
            "FILL(m1, METRICS())", 10,
            "got an array of time series as what FILL puts in; want a number, a time series, REPEAT or LINEAR"
        ),
        ("IF(METRICS(), 1, 0)", 4, "got an array of time series as an argument of IF; want a number or a time series"),
        ("IF(1, 2, m1)", 7, "got a number as an argument of IF; want a time series"),
        ("HOUR(METRICS())", 6, "got an array of time series as an argument of HOUR; want a time series"),
        ("SLICE(METRICS(), 0.5)", 18, "got '0.5' as a number of series in SLICE; want a whole number from 0"),
        ("SLICE(METRICS(), -1)", 18, "got '-1' as a number of series in SLICE; want a whole number from 0"),
        ("SORT(METRICS(), AVG, ASC, 0)", 27, "got '0' as a number of series in SORT; want a whole number from 1"),
    ])
    func `types are checked before any data are read`(expression: String, column: Int, message: String) throws {
        let error = try #require(mathError(expression))
        #expect(error.message == message)
        #expect((error.line, error.column) == (1, column))
    }

    @Test func `limits of length, nesting and operands hold on both sides`() throws {
        func padded(_ count: Int) -> String { "m1" + String(repeating: " ", count: count - 2) }
        #expect(mathError(padded(MetricMath.charactersMax)) == nil)
        let tooLong = MetricMath.charactersMax + 1
        #expect(mathError(padded(tooLong))?.reason == .tooLong(characters: tooLong))

        // The expression itself is one level.
        func nested(_ open: String, _ close: String, _ levels: Int) -> String {
            String(repeating: open, count: levels) + "m1" + String(repeating: close, count: levels)
        }
        for (open, close) in [("(", ")"), ("-", ""), ("ABS(", ")"), ("m1^", "")] {
            #expect(mathError(nested(open, close, MetricMath.nestingMax - 1)) == nil, "\(open)")
            #expect(mathError(nested(open, close, MetricMath.nestingMax))?.reason == .tooDeep, "\(open)")
        }

        func sum(_ operands: Int) -> String { "m1" + String(repeating: "+1", count: operands - 1) }
        #expect(mathError(sum(MetricMath.operandsMax)) == nil)
        #expect(mathError(sum(MetricMath.operandsMax + 1))?.reason == .tooManyOperands)
    }
}
