import Testing
import TrailAlarms
import TrailModel
import TrailTemplates

/// `Metrics` of an alarm: metric math, and Metrics Insights queries.
struct MetricsTests {
    /// The alarm of an error rate; `entries` are the lines of `Metrics`, from line 6 on.
    private static func template(_ entries: String...) -> String {
        """
        Resources:
          Rate:
            Type: AWS::CloudWatch::Alarm
            Properties:
              Metrics:
        \(entries.map { "        - \($0)" }.joined(separator: "\n"))
              EvaluationPeriods: 3
              Threshold: 25
              ComparisonOperator: GreaterThanThreshold
        """
    }

    private static func stat(_ id: String, _ name: String, period: Int = 300, more: String = "") -> String {
        "{Id: \(id), MetricStat: {Metric: {Namespace: CloudTrail, MetricName: \(name)}, Period: \(period), Stat: Sum}, "
            + "ReturnData: false\(more)}"
    }

    @Test func `entries reach the definition`() throws {
        let loaded = load(
            Self.template(
                Self.stat("errors", "ErrorCount"), Self.stat("calls", "EventCount"),
                "{Id: rate, Expression: 'IF(calls >= 200, 100*errors/calls, 0)', Label: Error rate}"))
        #expect(loaded.findings == [])
        let alarm = try #require(loaded.set.alarms.first)
        #expect(alarm.periodSeconds == 300 && alarm.input.metrics.map(\.name) == ["ErrorCount", "EventCount"])
        guard case .math(let math) = alarm.input else {
            Issue.record("got \(alarm.input)")
            return
        }
        #expect(math.watchedId == "rate" && math.queries.last?.label == "Error rate")
    }

    @Test func `a query by account reaches the definition`() throws {
        let query =
            "SELECT SUM(ErrorCount) FROM SCHEMA(CloudTrail, RecipientAccountId) GROUP BY RecipientAccountId "
            + "ORDER BY SUM() DESC"
        let loaded = load(Self.template("{Id: q1, Expression: '\(query)', Period: 300}"))
        #expect(loaded.findings == [])
        let alarm = try #require(loaded.set.alarms.first)
        guard case .insights(let insights) = alarm.input else {
            Issue.record("got \(alarm.input)")
            return
        }
        #expect(insights.isGrouped && insights.query.groupBy == ["RecipientAccountId"])
        #expect(alarm.periodSeconds == 300 && alarm.input.resolution == .fiveMinutes)
    }

    @Test(arguments: [
        ("SELECT SUM(ErrorCount) FROM CloudTrail LIMIT 5", true),
        ("SELECT SUM(ErrorCount) FROM SCHEMA(CloudTrail, A) GROUP BY A LIMIT 500", true),
        ("SELECT SUM(ErrorCount) FROM SCHEMA(CloudTrail, A) GROUP BY A LIMIT 499", false),
    ])
    func `a LIMIT that leaves out no series is taken`(query: String, isTaken: Bool) {
        let loaded = load(Self.template("{Id: q1, Expression: '\(query)', Period: 300}"))
        #expect(loaded.set.alarms.count == (isTaken ? 1 : 0))
        #expect(
            loaded.findings.contains { $0.contains("LIMIT 499 in the query of an alarm with GROUP BY") } == !isTaken)
    }

    static let faults: [([String], String)] = [
        (
            [stat("m1", "EventCount"), "{Id: e1, Expression: 'm_missing/m1'}"],
            "7:32: error: cannot read Metrics of Rate: Error in expression 'e1': ID 'm_missing' not found"
        ),
        (
            [stat("m1", "EventCount"), "{Id: e1, Expression: 'm1 + NOT_A_FUNCTION(m1)'}"],
            "7:32: error: cannot read Metrics of Rate: Error in expression 'e1': Function 'NOT_A_FUNCTION' not found "
                + "(line 1, column 6 of the expression)"
        ),
        (
            [stat("m1", "EventCount"), stat("m2", "ErrorCount")],
            "6:9: error: cannot read Metrics of Rate: got no entry with ReturnData true; want "
                + "exactly one"
        ),
        (
            [stat("m1", "EventCount"), stat("m2", "ErrorCount", period: 600), "{Id: e1, Expression: m1/m2}"],
            "6:9: error: cannot read Metrics of Rate: got Periods of [300, 600] s; want one Period for all metrics, or "
                + "for the expression when there are none"
        ),
        (
            [stat("m1", "EventCount", period: 60), "{Id: e1, Expression: m1}"],
            "6:98: error: cannot read Period of MetricStat of Metrics of Rate: got 60; want a multiple of 300, the "
                + "width of CloudTrail's EventCount slots"
        ),
        (
            ["{Id: e1, Expression: 'TIME_SERIES(1)'}"],
            "6:9: error: cannot read Metrics of Rate: got no Period; want one Period for all metrics, or for the "
                + "expression when there are none"
        ),
        (
            ["{Id: E1, Expression: 'TIME_SERIES(1)', Period: 60}"],
            "6:16: error: cannot read Metrics of Rate: The value for parameter Id is not matching the expected pattern "
                + "^[a-z][a-zA-Z0-9_]*$."
        ),
        (
            ["{Id: e1, Expression: 'SEARCH(\"x\", \"Sum\")', Period: 60}"],
            "SEARCH"
        ),
        (
            ["{Id: q1, Expression: 'SELECT SUM(ErrorCount FROM CloudTrail', Period: 300}"],
            "6:32: error: cannot read Metrics of Rate: Invalid syntax near 'FROM CloudTrail' (line 1, column 23 of the "
                + "expression)"
        ),
        (
            ["{Id: m1, Expression: m2, MetricStat: {}}"],
            "The parameters Expression and MetricStat are mutually exclusive and you have specified both."
        ),
    ]

    @Test(arguments: faults) func `what is wrong is said once, with its place`(entries: [String], want: String) {
        let text = Self.template("@").replacing(
            "        - @", with: entries.map { "        - \($0)" }.joined(separator: "\n"))
        let loaded = load(text)
        #expect(loaded.findings.count == 1 && loaded.findings.first?.contains(want) == true, "\(loaded.findings)")
        #expect(loaded.set.alarms.isEmpty)
    }

    @Test func `properties of one metric have no place beside them`() {
        let text = Self.template("{Id: e1, Expression: 'TIME_SERIES(1)', Period: 60}") + "\n      MetricName: x"
        #expect(
            load(text).findings == [
                "alarms.yaml:10:7: error: cannot use Rate: MetricName should not be set if list of Metrics is set."
            ])
    }

    @Test func `more entries than CloudWatch takes are refused`() {
        let text = (0..<11).map { "        - " + Self.stat("m\($0)", "EventCount") }.joined(separator: "\n")
        let found = load(Self.template("@").replacing("        - @", with: text)).findings
        #expect(found.count == 1 && found[0].contains("got 11 metrics and 0 expressions"))
    }

    @Test func `metrics that nobody counts are named`() {
        let stat =
            "{Id: m1, MetricStat: {Metric: {Namespace: CloudTrail, MetricName: EventCuont}, Period: 300, Stat: Sum}}"
        #expect(load(Self.template(stat)).findings.first?.contains("did you mean 'EventCount'?") == true)
        let query = "{Id: q1, Expression: 'SELECT SUM(ErorCount) FROM CloudTrail', Period: 300}"
        #expect(load(Self.template(query)).findings.first?.contains("did you mean 'ErrorCount'?") == true)
    }
}
