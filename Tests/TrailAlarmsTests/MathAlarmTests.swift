import Foundation
import Testing
import TrailAlarms
import TrailModel

/// Alarms on metric math (`Metrics`): cloudwatch-semantics.md 2.5, 3.8 and 3.9.
@Suite struct MathAlarmTests {
    private static func stat(_ name: String, _ period: Int64 = 60) -> MetricDataQuery.MetricStat {
        MetricDataQuery.MetricStat(metric: Metric(namespace: "Test", name: name), period: period, stat: "Sum")
    }

    private static func alarm(
        _ expression: String, _ needed: Int? = 1, of periods: Int = 1, over threshold: Double = 5, period: Int64 = 60,
        missing: MissingDataTreatment? = nil
    ) throws -> MetricAlarm {
        var alarm = makeAlarm(needed, of: periods, over: threshold, period: period, missing: missing)
        alarm.input = .math(
            try AlarmMath(
                [
                    MetricDataQuery(id: "m1", metricStat: stat("Errors", period), returnsData: false),
                    MetricDataQuery(id: "m2", metricStat: stat("Calls", period), returnsData: false),
                    MetricDataQuery(id: "e1", expression: expression, label: "rate"),
                ], periodSeconds: period))
        return alarm
    }

    private static func data(_ first: String, _ second: String) -> AlarmData {
        let series = [slots(first), slots(second)]
        return .math(series, .minute, range: series[0].range)
    }

    private static func timeline(_ alarm: MetricAlarm, _ data: AlarmData, minutes: Int) -> String {
        var machine = AlarmMachine(alarm, startingAt: origin, now: origin)
        var timeline: [TimelineEntry] = []
        for decision in machine.settle(through: minute(minutes), series: data) { timeline.record(decision) }
        return marbles(timeline, minutes: minutes)
    }

    @Test(arguments: [
        // Division by zero and missing parts: the datapoint is missing, not an error.
        ("100*m1/m2", "1-2-", "2204", "AOOOOO"),
        ("m1/m2", "9999", "0000", "??????"),
        ("FILL(m1,0)", "--9-", "----", "OOAOOO"),
        ("IF(m2>3,m1,0)", "9999", "1234", "OOOAAA"),
        ("m1+m2", "3-33", "333-", "AOAOOO"),
        ("SUM([m1,m2])", "3-33", "333-", "AOAOOO"),
        ("TIME_SERIES(9)", "----", "----", "AAAAAA"),
        // Over the whole evaluation range of three periods.
        ("RUNNING_SUM(m1)", "333000", "------", "OAAAOO"),
        ("FILL(m1,REPEAT)", "9-----", "------", "AAAOOO"),
    ]) func `expressions decide`(expression: String, first: String, second: String, want: String) throws {
        let alarm = try Self.alarm(expression, missing: expression.contains("REPEAT") ? .notBreaching : nil)
        let got = Self.timeline(alarm, Self.data(first, second), minutes: want.count)
        // What stays in the evaluation range after data stop decides on.
        #expect(got == want, "\(expression)")
    }

    @Test func `the hour of the day decides where there are no events`() throws {
        let alarm = try Self.alarm("IF(HOUR(m1)==1,9,0)", period: 3600)
        let got = Self.timeline(alarm, Self.data("", ""), minutes: 240)
        #expect(got.contains("A") && got.contains("O"))
    }

    /// Each window by itself, without memory, as the guide has it: the expression over the evaluation range.
    @Test(arguments: [
        "100*m1/m2", "FILL(m1,0)-m2", "IF(m2>3,m1)", "MAX([m1,m2])", "m1-AVG(m2)", "DIFF(m1)", "FILL(m1,LINEAR)",
        "ABS(m1-m2)>2", "MAX(SORT([m1,m2],SUM,DESC))",
    ]) func `a walk gives what every window alone gives`(expression: String) throws {
        var random = SplitMix64(seed: 7)
        for round in 0..<20 {
            let periods = Int.random(in: 1...4, using: &random)
            let alarm = try Self.alarm(
                expression, Int.random(in: 1...periods, using: &random), of: periods, over: 2,
                period: [60, 120, 300].randomElement(using: &random) ?? 60,
                missing: MissingDataTreatment.allCases.randomElement(using: &random))
            func text() -> String { String((0..<60).map { _ in "---0123456789".randomElement(using: &random) ?? "-" }) }
            let data = Self.data(text(), text())
            var state = AlarmState.insufficientData
            var want: [TimelineEntry] = []
            for end in 1...70 {
                let window = AlarmWindow(of: alarm, end: minute(end), data: data, closedThrough: minute(100))
                let next = Verdict(window.periods, alarm: alarm).state(after: state)
                if next != state { want.append(TimelineEntry(windowEnd: minute(end), state: next)) }
                state = next
            }
            #expect(Self.timeline(alarm, data, minutes: 70) == marbles(want, minutes: 70), "round \(round)")
        }
    }

    @Test func `no open slot brings an ALARM about before its time`() throws {
        for expression in ["m1+m2", "RUNNING_SUM(m1)"] {
            var machine = AlarmMachine(try Self.alarm(expression), startingAt: origin, now: origin)
            let data = Self.data("-9", "-9")
            #expect(machine.advance(through: minute(1), now: minute(2), series: data).isEmpty)
            #expect(machine.advance(through: minute(2), now: minute(3), series: data).map(\.to) == [.alarm])
        }
    }

    @Test func `the reason names values and neither statistic nor samples`() throws {
        var machine = AlarmMachine(try Self.alarm("100*m1/m2", 1, of: 2), startingAt: origin, now: origin)
        let decision = try #require(machine.settle(through: minute(1), series: Self.data("1", "4")).first)
        #expect(decision.reason.contains("1 out of the last 2 datapoints [25.0 ("))
        #expect(decision.reasonData.contains(#""period":60,"recentDatapoints":[25.0],"threshold":5.0"#))
        #expect(!decision.reasonData.contains("statistic") && !decision.reasonData.contains("sampleCount"))
    }

    @Test func `history has the captured keys of metric math`() throws {
        let machine = AlarmMachine(try Self.alarm("m1/m2"), startingAt: origin, now: origin)
        let item = AlarmHistoryItem.created(machine, arn: "arn", at: origin)
        #expect(
            item.data.contains(
                #""dimensions":[],"metrics":[{"id":"m1","metricStat":{"metric":{"dimensions":[],"metricName":"Errors","#
                    + #""namespace":"Test"},"period":60,"stat":"Sum"},"returnData":false}"#))
        #expect(
            item.data.contains(#"{"expression":"m1/m2","id":"e1","label":"rate","returnData":true}],"threshold":5.0"#))
    }

    @Test func `a stored definition reads back, and so does one of a single metric of before`() throws {
        let alarm = try Self.alarm("m1/m2", 2, of: 3, missing: .notBreaching)
        let stored = try JSONEncoder().encode(alarm)
        #expect(try JSONDecoder().decode(MetricAlarm.self, from: stored) == alarm)
        let plain = makeAlarm(2, of: 3, unit: "Count")
        let text = String(decoding: try JSONEncoder().encode(plain), as: UTF8.self)
        #expect(
            text.contains(#""statistic":"Sum""#) && text.contains(#""unit":"Count""#) && text.contains(#""metric":{"#))
        #expect(try JSONDecoder().decode(MetricAlarm.self, from: Data(text.utf8)) == plain)
    }
}
