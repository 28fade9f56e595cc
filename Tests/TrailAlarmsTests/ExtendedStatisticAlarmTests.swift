import Foundation
import Testing
import TrailAlarms
import TrailModel

@Suite struct ExtendedStatisticAlarmTests {
    static func alarm(
        _ statistic: String, _ needed: Int = 1, of periods: Int = 1, over threshold: Double = 5,
        missing: MissingDataTreatment? = nil, lowSamples: LowSampleCountTreatment? = nil
    ) throws -> MetricAlarm {
        var alarm = makeAlarm(needed, of: periods, over: threshold, missing: missing)
        alarm.watched.statistic = try Stat(statistic)
        alarm.evaluateLowSampleCountPercentile = lowSamples
        return alarm
    }

    /// Each minute's samples, as values and how many there are of each.
    static func series(_ minutes: [[Double: Int64]]) -> AlarmData {
        let slots = minutes.enumerated().flatMap { index, samples in
            samples.map { SlotSeries.Slot(start: minute(index), values: StatisticSet(value: $0.key, count: $0.value)) }
        }
        return .metric(
            SlotSeries(
                resolution: .minute, range: minute(-1000)..<minute(10_000), slots: slots, isNonNegative: true))
    }

    /// Captured with a p90 alarm (cloudwatch-semantics.md 3.6), and the same edge of other percentiles.
    @Test(arguments: [
        ("p90", 99, LowSampleCountTreatment.ignore as LowSampleCountTreatment?, AlarmState.insufficientData),
        ("p90", 100, .ignore, .alarm),
        ("p90", 101, .ignore, .alarm), ("p90", 99, .evaluate, .alarm), ("p10", 99, .ignore, .insufficientData),
        ("p10", 100, .ignore, .alarm), ("p99", 999, .ignore, .insufficientData), ("p99", 1000, .ignore, .alarm),
        ("p99.9", 9999, .ignore, .insufficientData), ("p99.9", 10_000, .ignore, .alarm),
        ("p50", 19, .ignore, .insufficientData), ("p50", 20, .ignore, .alarm), ("p100", 1, .ignore, .alarm),
        ("p0", 1, .ignore, .alarm), ("p90", 1, nil, .alarm),
    ])
    func `too few samples keep the state only where they are to be ignored`(
        name: String, count: Int64, lowSamples: LowSampleCountTreatment?, want: AlarmState
    ) throws {
        var machine = AlarmMachine(
            try Self.alarm(name, lowSamples: lowSamples), startingAt: origin, now: origin)
        _ = machine.settle(through: minute(1), series: Self.series([[9: count]]))
        #expect(machine.status.state == want)
    }

    @Test func `the samples of all datapoints that are used count together, and no data is TreatMissingData's case`()
        throws
    {
        let alarm = try Self.alarm("p90", 2, of: 2, missing: .missing, lowSamples: .ignore)
        var machine = AlarmMachine(alarm, startingAt: origin, now: origin)
        let data = Self.series([[9: 60], [9: 39], [9: 61], [1: 2], [:], [:], [:], [:]])
        let decisions = machine.settle(through: minute(9), series: data)
        // 60 + 39 are too few, 39 + 61 are not; then 63 and fewer keep the state until nothing is left.
        #expect(
            decisions.map(\.summary) == [
                "3 ordinary INSUFFICIENT_DATA→ALARM", "8 ordinary ALARM→INSUFFICIENT_DATA",
            ])
    }

    @Test func `a period whose samples have no such value is one without data`() throws {
        let alarm = try Self.alarm("TM(2:100)", missing: .notBreaching)
        let periods = [nil, StatisticSet(value: 1, count: 3), StatisticSet(value: 9, count: 2)]
        #expect(
            periods.map { alarm.classify(PeriodValue($0, alarm.watched.statistic)) } == [
                .missing, .missing, .breaching,
            ])
        let negative = try Self.alarm("p90")
        var mixed = StatisticSet(value: -1)
        mixed.add(StatisticSet(value: 9, count: 5))
        #expect(negative.classify(PeriodValue(mixed, negative.watched.statistic)) == .missing)
        let window = AlarmWindow(
            end: minute(3), periodSeconds: 60,
            periods: [nil, nil, PeriodValue(StatisticSet(value: 1), alarm.watched.statistic)], closedThrough: minute(3))
        let verdict = Verdict(window.periods, alarm: alarm)
        let reason = StateReason(alarm, entering: .ok, window: window, verdict: verdict, decidedAt: minute(3))
        #expect(
            reason.text
                == "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."
        )
        #expect(reason.data.contains(#""recentDatapoints":[],"#))
        #expect(reason.data.hasSuffix(#""evaluatedDatapoints":[{"timestamp":"\#(minute(2).cloudWatchText)"}]}"#))
    }

    /// The value is that of CloudWatch's own answer for these samples (cloudwatch-semantics.md 1.3).
    @Test func `the reason names the percentile's value and its name`() throws {
        var machine = AlarmMachine(try Self.alarm("p90"), startingAt: origin, now: origin)
        let decision = try #require(machine.settle(through: minute(1), series: Self.series([[2: 2, 10: 3]])).first)
        #expect(decision.reason.contains("1 out of the last 1 datapoints [9.974797183077"))
        #expect(decision.reason.contains(") (minimum 1 datapoint for OK -> ALARM transition)."))
        #expect(decision.reasonData.contains(#""statistic":"p90","period":60,"recentDatapoints":[9.974797183077"#))
        #expect(decision.reasonData.contains(#""sampleCount":5.0,"value":9.974797183077"#))
    }

    // MARK: Early decisions

    @Test(arguments: ["p90", "p100", "tm90", "ts90", "tc90", "TC(1:100)", "PR(1:)", "IQM", "wm90"])
    func `an open period is not taken early, a closed one at once`(name: String) throws {
        let data = Self.series([[:], [:], [:], [9: 50]])
        var machine = AlarmMachine(try Self.alarm(name), startingAt: origin, now: origin)
        #expect(machine.advance(through: minute(3), now: minute(4), series: data).isEmpty)
        #expect(
            machine.advance(through: minute(4), now: minute(4), series: data).map(\.summary)
                == ["4 ordinary INSUFFICIENT_DATA→ALARM"])
    }

    @Test func `closed breaching periods that no open one can push out alarm early`() throws {
        // One of the last two: minute 2 is closed and breaches, whatever minute 3 brings.
        let alarm = try Self.alarm("p90", 1, of: 2, lowSamples: .ignore)
        let data = Self.series([[:], [1: 100], [9: 100], [1: 1]])
        var machine = AlarmMachine(alarm, startingAt: origin, now: origin)
        let decisions = machine.advance(through: minute(3), now: minute(4), series: data)
        #expect(decisions.map(\.summary) == ["2 ordinary INSUFFICIENT_DATA→OK", "3 ordinary OK→ALARM"])
    }

    /// The window that ends with minute 4 uses minutes 3 and 4: 60 samples are sure, 140 would be if none came in 4.
    @Test(arguments: [(60, false), (99, false), (100, true)])
    func `samples that an open period may push out are not counted on`(count: Int64, isEarly: Bool) throws {
        let alarm = try Self.alarm("p90", 1, of: 2, lowSamples: .ignore)
        // The samples of minute 3 are closed in their slot, but windows up to it were decided before they breached.
        var machine = AlarmMachine(alarm, startingAt: minute(3), now: minute(3))
        let data = Self.series([[:], [1: 80], [9: count], [:]])
        let decisions = machine.advance(through: minute(3), now: minute(4), series: data)
        #expect(decisions.map(\.summary) == (isEarly ? ["4 early INSUFFICIENT_DATA→ALARM"] : []))
    }

    // MARK: Definitions

    @Test func `a definition that was stored before there were extended statistics reads back`() throws {
        let stored = """
            {"name":"logins","actionsEnabled":true,"okActions":[],"alarmActions":[],"insufficientDataActions":[],
            "metric":{"namespace":"Test","name":"Logins","dimensions":[]},"statistic":"SampleCount","periodSeconds":60,
            "evaluationPeriods":1,"datapointsToAlarm":1,"threshold":0,"comparison":"GreaterThanThreshold","tags":{},
            "location":{"file":"test.yaml","line":1,"column":1}}
            """
        let read = try JSONDecoder().decode(MetricAlarm.self, from: Data(stored.utf8))
        #expect(read.isConfigured(as: makeAlarm(statistic: .sampleCount)))
    }

    @Test(arguments: ["Sum", "Average", "p99.9", "TM(10%:90%)", "IQM"])
    func `a definition comes back as it was stored, its statistic by name`(name: String) throws {
        let alarm = try Self.alarm(name, lowSamples: name.hasPrefix("p") ? .ignore : nil)
        let data = try JSONEncoder().encode(alarm)
        #expect(String(decoding: data, as: UTF8.self).contains(#""statistic":"\#(name)""#))
        #expect(try JSONDecoder().decode(MetricAlarm.self, from: data) == alarm)
    }

    @Test func `a stored name that is no statistic is an error, not a crash`() throws {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Stat.self, from: Data(#""p101""#.utf8)) }
    }

    @Test func `another treatment of few samples is another evaluation, the default is none`() throws {
        let plain = try Self.alarm("p90")
        #expect(plain.isEvaluated(as: try Self.alarm("p90", lowSamples: .evaluate)))
        #expect(!plain.isEvaluated(as: try Self.alarm("p90", lowSamples: .ignore)))
        #expect(!plain.isEvaluated(as: try Self.alarm("p95")))
        #expect(!plain.isConfigured(as: try Self.alarm("p90", lowSamples: .evaluate)))
    }
}
