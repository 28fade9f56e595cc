import Testing
import TrailAlarms
import TrailModel

@Suite struct AlarmMachineTests {
    /// Settles `data`, one character a minute, and draws the state after each minute.
    static func settled(
        _ alarm: MetricAlarm, _ data: String, defaultValue: Double? = nil, traffic: String = ""
    )
        -> String
    {
        var machine = AlarmMachine(alarm, startingAt: origin, now: origin)
        var timeline: [TimelineEntry] = []
        let series = series(data, defaultValue: defaultValue, traffic: traffic)
        for decision in machine.settle(through: minute(data.count), series: series) { timeline.record(decision) }
        return marbles(timeline, minutes: data.count)
    }

    @Test(arguments: [
        ("one breach alarms", 1, 1, nil as MissingDataTreatment?, "0900-----", "OAOOOO???"),
        ("the last real datapoints count until they leave the range", 1, 1, nil, "9--------", "AAA??????"),
        ("two of three", 2, 3, nil, "0099000000", "OOOAAOOOOO"),
        ("fill up breaching", 2, 2, .breaching, "0-----0000", "OOOOAAOOOO"),
        ("missing is good", 1, 1, .notBreaching, "--9-----", "OOAAAOOO"),
        ("ignore keeps", 1, 1, .ignore, "9---------0", "AAAAAAAAAAO"),
        ("a breach must be M old without others", 2, 2, nil, "9------", "?AAA???"),
    ])
    func `states follow the data`(
        why: String, needed: Int, periods: Int, missing: MissingDataTreatment?, data: String, want: String
    ) {
        #expect(Self.settled(makeAlarm(needed, of: periods, over: 5, missing: missing), data) == want, "\(why)")
    }

    @Test func `a period of five minutes slides by the minute`() {
        let alarm = makeAlarm(over: 5, period: 300, missing: .notBreaching)
        // Minutes 3 and 4 share the newest period of the windows that end in minutes 4 to 7; then the older periods
        // of the range stand in for it, as they do on CloudWatch, except where a border falls between the two.
        #expect(Self.settled(alarm, "--33----------------") == "OOOAAAAOAAAAOAAAAOOO")
        #expect(Self.settled(alarm, "3----3--------------") == String(repeating: "O", count: 20))
    }

    @Test func `a DefaultValue stands for minutes with traffic and no match`() {
        let alarm = makeAlarm(over: 5)
        #expect(Self.settled(alarm, "--9----------", defaultValue: 0, traffic: "-t---t-------") == "?OAAAOOO?????")
    }

    @Test func `300 s metrics are decided at slot ends, multi-day alarms on the hour`() {
        let fiveMinutes = makeAlarm(over: 5, period: 300)
        var machine = AlarmMachine(fiveMinutes, startingAt: origin, now: origin)
        let slots = series("9-", resolution: .fiveMinutes)
        let got = machine.settle(through: minute(29), series: slots).map(\.summary)
        #expect(got == ["5 ordinary INSUFFICIENT_DATA→ALARM", "20 ordinary ALARM→INSUFFICIENT_DATA"])
        #expect(machine.status.decidedThrough == minute(25))
        let days = makeAlarm(over: 5, period: 86_400)
        #expect(days.stepSeconds(on: .minute) == 60)
        let twoDays = makeAlarm(1, of: 2, over: 5, period: 86_400)
        var hourly = AlarmMachine(twoDays, startingAt: origin, now: origin)
        #expect(
            hourly.settle(through: minute(130), series: series("--9")).map(\.summary)
                == ["60 ordinary INSUFFICIENT_DATA→ALARM"])
        #expect(hourly.status.decidedThrough == minute(120))
    }

    @Test func `a new alarm is unchecked, an evaluation that changes nothing leaves it so`() {
        var machine = AlarmMachine(makeAlarm(over: 5), startingAt: origin, now: minute(1))
        #expect(machine.status.reason == "Unchecked: Initial alarm creation")
        #expect(machine.status.reasonData == nil)
        #expect(machine.advance(through: minute(9), now: minute(12), series: series("")).isEmpty)
        #expect(machine.status.reason == "Unchecked: Initial alarm creation")
        #expect(machine.status.stateUpdated == minute(1))
        #expect(machine.status.decidedThrough == minute(9))
    }

    @Test func `a decision carries what history and messages need`() throws {
        var machine = AlarmMachine(makeAlarm(over: 5), startingAt: origin, now: minute(1))
        let data = series("-9--0------------------------")
        let decisions = machine.advance(through: minute(6), now: minute(18), series: data)
        #expect(decisions.map(\.summary) == ["2 ordinary INSUFFICIENT_DATA→ALARM", "5 ordinary ALARM→OK"])
        let (alarm, ok) = (decisions[0], decisions[1])
        #expect(decisions.map(\.number) == [1, 2])
        #expect(decisions.map(\.isFirst) == [true, false])
        // Minute 2 ended 16 minutes before now, minute 5 only 13.
        #expect(decisions.map(\.isLate) == [true, false])
        #expect(decisions.map(\.incidentStart) == [minute(2), minute(2)])
        #expect(alarm.previous?.reason == "Unchecked: Initial alarm creation")
        #expect(
            ok.previous == Decision.Previous(reason: alarm.reason, reasonData: alarm.reasonData, updated: minute(18)))
        #expect(alarm.reasonData.contains(#""queryDate":"\#(minute(18).cloudWatchText)""#))
        #expect(machine.status.reason == ok.reason)
        #expect(machine.status.stateUpdated == minute(18))
        #expect(machine.status.enteredAlarmAt == nil)
    }

    @Test func `lateness begins past fifteen minutes`() {
        for (milliseconds, want) in [(900_000 as Int64, false), (900_001, true)] {
            var machine = AlarmMachine(makeAlarm(over: 5), startingAt: origin, now: origin)
            let now = minute(1).adding(milliseconds: milliseconds)
            #expect(machine.advance(through: minute(1), now: now, series: series("9")).map(\.isLate) == [want])
        }
    }

    @Test func `replacing the definition keeps the state, an equal one changes nothing`() {
        var machine = AlarmMachine(makeAlarm(over: 5), startingAt: origin, now: origin)
        _ = machine.settle(through: minute(1), series: series("9"))
        var moved = makeAlarm(over: 5)
        moved.location = SourceLocation(file: "other.yaml", line: 7)
        let before = machine.status
        let isMoveAChange = machine.replaceDefinition(moved, now: minute(9))
        #expect(!isMoveAChange)
        #expect(machine.status == before)
        #expect(machine.definition.location.line == 7)
        let isThresholdAChange = machine.replaceDefinition(makeAlarm(over: 50), now: minute(9))
        #expect(isThresholdAChange)
        #expect(machine.status.state == .alarm)
        #expect(machine.status.reason == before.reason)
        #expect(machine.status.configurationUpdated == minute(9))
        #expect(machine.status.stateUpdated == before.stateUpdated)
    }

    @Test(.timeLimit(.minutes(1))) func `years without data are skipped`() {
        var machine = AlarmMachine(makeAlarm(over: 5, missing: .notBreaching), startingAt: origin, now: origin)
        let years = origin.adding(seconds: 30 * 365 * 86_400)
        let range = origin.adding(seconds: -86_400)..<years
        let slots = [0, 15, 29].map { year in
            SlotSeries.Slot(
                start: origin.adding(seconds: year * 365 * 86_400 + 3600), values: StatisticSet(value: 9))
        }
        let data = SlotSeries(resolution: .minute, range: range, slots: slots)
        #expect(machine.settle(through: years, series: .metric(data)).filter { $0.to == .alarm }.count == 3)
        #expect(machine.status.decidedThrough == years)
    }

    @Test func `a watermark before the last decision decides nothing`() {
        var machine = AlarmMachine(makeAlarm(over: 5), startingAt: minute(50), now: minute(50))
        let data = series(String(repeating: "9", count: 100))
        #expect(machine.settle(through: minute(40), series: data).isEmpty)
        #expect(machine.status.decidedThrough == minute(50))
    }

    @Test func `slots that were not loaded are not closed`() {
        var machine = AlarmMachine(makeAlarm(over: 5), startingAt: origin, now: origin)
        _ = machine.settle(through: minute(40), series: series("9", until: minute(20)))
        #expect(machine.status.decidedThrough == minute(20))
    }

    @Test func `a series that starts too late is a programmer error`() async {
        await #expect(processExitsWith: .failure) {
            let late = SlotSeries(resolution: .minute, range: minute(0)..<minute(9), slots: [])
            var machine = AlarmMachine(makeAlarm(), startingAt: minute(0), now: minute(0))
            _ = machine.settle(through: minute(5), series: .metric(late))
        }
    }

    @Test func `the range needed is what a round reads`() {
        let machine = AlarmMachine(makeAlarm(1, of: 3, period: 300), startingAt: minute(60), now: minute(60))
        let range = machine.rangeNeeded(on: .minute, now: minute(62).adding(seconds: 10))
        #expect(range == minute(61 - 25)..<minute(68))
    }
}
