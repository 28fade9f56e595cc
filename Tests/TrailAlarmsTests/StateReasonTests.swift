import Testing
import TrailAlarms
import TrailModel

@Suite struct StateReasonTests {
    /// A window of 10 s periods as in the captured transitions: `X` is 100, `0` is 0, `-` no data.
    static func reason(
        _ marbles: String, end: String, alarm: MetricAlarm, queryDate: String = "2026-09-14T05:51:57.551Z",
        isEarly: Bool = false, closedThrough: String = "2030-01-01"
    ) throws -> StateReason {
        let periods = marbles.map { character -> PeriodValue? in
            character == "X"
                ? PeriodValue(value: 100, sampleCount: 1)
                : character == "0" ? PeriodValue(value: 0, sampleCount: 1) : nil
        }
        let window = AlarmWindow(
            end: try #require(Timestamp(rfc3339: end)), periodSeconds: alarm.periodSeconds, periods: periods,
            closedThrough: try #require(Timestamp(rfc3339: closedThrough)))
        let verdict = Verdict(periods, alarm: alarm)
        return StateReason(
            alarm, entering: try #require(verdict.state), window: window, verdict: verdict,
            decidedAt: try #require(Timestamp(rfc3339: queryDate)), isEarly: isEarly)
    }

    static func alarm(
        _ needed: Int?, of periods: Int, missing: MissingDataTreatment? = nil, unit: String? = nil
    ) -> MetricAlarm {
        makeAlarm(needed, of: periods, over: 50, statistic: .average, period: 10, missing: missing, unit: unit)
    }

    @Test(arguments: [
        (
            "M of N to ALARM", "------X0X", 2 as Int?, 3, nil as MissingDataTreatment?,
            "Threshold Crossed: 2 out of the last 3 datapoints [100.0 (14/09/26 05:42:40), 100.0 (14/09/26 05:42:20)] "
                + "were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition)."
        ),
        (
            "M of N to OK", "------X0X", 3, 3, .ignore,
            "Threshold Crossed: 1 out of the last 3 datapoints [0.0 (14/09/26 05:42:30)] was not greater than the "
                + "threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition)."
        ),
        (
            "premature", "------X--", 3, 3, nil,
            "Threshold Crossed: 1 out of the last 3 datapoints [100.0 (14/09/26 05:42:20)] was greater than the "
                + "threshold (50.0) (minimum 3 datapoints for OK -> ALARM transition)."
        ),
        (
            "filled and real", "------XX-", 3, 3, .breaching,
            "Threshold Crossed: 2 out of the last 3 datapoints [100.0 (14/09/26 05:42:30), 100.0 (14/09/26 05:42:20)] "
                + "were greater than the threshold (50.0) and 1 missing datapoint was treated as [Breaching] "
                + "(minimum 3 datapoints for OK -> ALARM transition)."
        ),
        (
            "several filled", "------X--", 3, 3, .breaching,
            "Threshold Crossed: 1 out of the last 3 datapoints [100.0 (14/09/26 05:42:20)] was greater than the "
                + "threshold (50.0) and 2 missing datapoints were treated as [Breaching] "
                + "(minimum 3 datapoints for OK -> ALARM transition)."
        ),
        (
            "only filled", "---------", 3, 3, .breaching,
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
                + "[Breaching]."
        ),
        (
            "only one filled", "---", 1, 1, .breaching,
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
                + "[Breaching]."
        ),
        (
            "filled as good", "---", nil, 1, .notBreaching,
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
                + "[NonBreaching]."
        ),
        (
            "fill alone decides beside real data", "--------0", 2, 3, .breaching,
            "Threshold Crossed: 2 missing datapoints were treated as [Breaching] "
                + "(minimum 2 datapoints for OK -> ALARM transition)."
        ),
        ("N although M is less", "---------", 2, 3, nil, "Insufficient Data: 3 datapoints were unknown."),
        ("one unknown", "---", nil, 1, nil, "Insufficient Data: 1 datapoint was unknown."),
        (
            "M omitted", "--X", nil, 1, nil,
            "Threshold Crossed: 1 datapoint [100.0 (14/09/26 05:42:40)] was greater than the threshold (50.0)."
        ),
        (
            "M omitted, two", "--XX", nil, 2, nil,
            "Threshold Crossed: 2 datapoints [100.0 (14/09/26 05:42:40), 100.0 (14/09/26 05:42:30)] were greater "
                + "than the threshold (50.0)."
        ),
    ])
    func `texts are CloudWatch's`(
        why: String, marbles: String, needed: Int?, periods: Int, missing: MissingDataTreatment?, want: String
    ) throws {
        let got = try Self.reason(
            marbles, end: "2026-09-14T05:42:50Z", alarm: Self.alarm(needed, of: periods, missing: missing))
        #expect(got.text == want, "\(why)")
    }

    @Test func `a captured text with M omitted`() throws {
        var alarm = makeAlarm(nil, over: 21)
        alarm.watched.statistic = .maximum
        let periods: [PeriodValue?] = [nil, nil, PeriodValue(value: 21.5, sampleCount: 1)]
        let end = try #require(Timestamp(rfc3339: "2026-02-26T10:15:00Z"))
        let window = AlarmWindow(end: end, periodSeconds: 60, periods: periods, closedThrough: end)
        let reason = StateReason(
            alarm, entering: .alarm, window: window, verdict: Verdict(periods, alarm: alarm), decidedAt: end)
        #expect(
            reason.text
                == "Threshold Crossed: 1 datapoint [21.5 (26/02/26 10:14:00)] was greater than the threshold (21.0).")
    }

    @Test(arguments: [
        (ComparisonOperator.greaterThanOrEqualToThreshold, 50.0, "was greater than or equal to the threshold (50.0)"),
        (.lessThanThreshold, 200, "was less than the threshold (200.0)"),
        (.lessThanOrEqualToThreshold, 200, "was less than or equal to the threshold (200.0)"),
    ])
    func `the comparison is spelled out`(comparison: ComparisonOperator, threshold: Double, want: String) throws {
        var alarm = Self.alarm(1, of: 1)
        alarm.comparison = comparison
        alarm.threshold = threshold
        let reason = try Self.reason("--X", end: "2026-09-14T05:42:50Z", alarm: alarm)
        #expect(reason.text.contains(want))
    }

    @Test func `the captured document comes out byte for byte`() throws {
        let alarm = Self.alarm(2, of: 3, unit: "Count")
        let reason = try Self.reason("----0-X-X", end: "2026-09-14T05:51:40Z", alarm: alarm)
        #expect(
            reason.data == """
                {"version":"1.0","queryDate":"2026-09-14T05:51:57.551+0000","startDate":"2026-09-14T05:50:50.000+0000",\
                "unit":"Count","statistic":"Average","period":10,"recentDatapoints":[0.0,null,100.0,null,100.0],\
                "threshold":50.0,"evaluatedDatapoints":[{"timestamp":"2026-09-14T05:51:30.000+0000",\
                "sampleCount":1.0,"value":100.0},{"timestamp":"2026-09-14T05:51:10.000+0000","sampleCount":1.0,\
                "value":100.0}]}
                """)
    }

    @Test func `without data the document names M empty periods and no start`() throws {
        let reason = try Self.reason("---------", end: "2026-09-14T05:51:40Z", alarm: Self.alarm(2, of: 3))
        #expect(
            reason.data == """
                {"version":"1.0","queryDate":"2026-09-14T05:51:57.551+0000","statistic":"Average","period":10,\
                "recentDatapoints":[],"threshold":50.0,"evaluatedDatapoints":[\
                {"timestamp":"2026-09-14T05:51:30.000+0000"},{"timestamp":"2026-09-14T05:51:20.000+0000"}]}
                """)
    }

    @Test func `gaps at the end are not recent datapoints, missing decisive periods have no value`() throws {
        let reason = try Self.reason("------X--", end: "2026-09-14T05:47:30Z", alarm: Self.alarm(3, of: 3))
        #expect(reason.data.contains(#""recentDatapoints":[100.0],"#))
        #expect(
            reason.data.hasSuffix(
                """
                "evaluatedDatapoints":[{"timestamp":"2026-09-14T05:47:20.000+0000"},\
                {"timestamp":"2026-09-14T05:47:10.000+0000"},\
                {"timestamp":"2026-09-14T05:47:00.000+0000","sampleCount":1.0,"value":100.0}]}
                """))
    }

    @Test(arguments: [1, 20, 21, 40, 41, 1440])
    func `long windows stay within CloudWatch's limits and newest datapoints stay`(periods: Int) throws {
        let alarm = Self.alarm(periods, of: periods)
        let marbles = String(repeating: "X", count: alarm.evaluationRange)
        let reason = try Self.reason(
            marbles, end: "2026-09-14T05:42:50Z", alarm: alarm, isEarly: true, closedThrough: "2026-09-14T05:42:45Z")
        #expect(reason.text.count <= StateReason.textMax)
        #expect(reason.data.count <= StateReason.dataMax)
        #expect(reason.text.contains("[100.0 (14/09/26 05:42:40)"))
        #expect(reason.text.hasSuffix(". (interval open, so far 100.0)") == true)
        #expect(reason.data.contains(#"[{"timestamp":"2026-09-14T05:42:40.000+0000""#))
        #expect(reason.text.contains(" more]") == (periods > 30))
    }

    @Test func `an early ALARM says what the open interval holds`() throws {
        let alarm = Self.alarm(2, of: 3)
        let held = try Self.reason(
            "-----XX0X", end: "2026-09-14T05:42:50Z", alarm: alarm, isEarly: true,
            closedThrough: "2026-09-14T05:42:40Z")
        #expect(held.text.hasSuffix("(minimum 2 datapoints for OK -> ALARM transition). (interval open, so far 100.0)"))
        let empty = try Self.reason(
            "-----XXX-", end: "2026-09-14T05:42:50Z", alarm: alarm, isEarly: true,
            closedThrough: "2026-09-14T05:42:40Z")
        #expect(empty.text.hasSuffix(" (interval open, no data so far)"))
    }
}
