import Testing
import TrailAlarms
import TrailModel

@Suite struct EarlyAlarmTests {
    @Test func `a sum that already breaches alarms before its window closes`() {
        var machine = AlarmMachine(makeAlarm(over: 5), startingAt: origin, now: origin)
        let now = minute(3).adding(seconds: 20)
        let early = machine.advance(through: origin, now: now, series: series("---9"))
        #expect(early.map(\.summary) == ["4 early INSUFFICIENT_DATA→ALARM"])
        #expect(
            early[0].reason.hasSuffix(
                "was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition). (interval open, so far 9.0)"
            ))
        #expect(early[0].incidentStart == minute(4))
        #expect(machine.status.pendingEarlyWindow == minute(4))
        #expect(machine.status.timelineState == .insufficientData)
        // Nothing more until the window is reached; the ones before it settle without acting.
        #expect(machine.advance(through: origin, now: now, series: series("---9")).isEmpty)
        let settled = machine.advance(through: minute(3), now: minute(5), series: series("0--9"))
        #expect(settled.map(\.summary) == ["1 settled INSUFFICIENT_DATA→OK recorded"])
        #expect(machine.status.state == .alarm)
        #expect(machine.status.timelineState == .ok)
        let later = machine.advance(through: minute(9), now: minute(12), series: series("0--9-----"))
        #expect(later.map(\.summary) == ["7 ordinary ALARM→INSUFFICIENT_DATA"])
        #expect(later[0].incidentStart == minute(4))
        #expect(machine.status.pendingEarlyWindow == nil)
    }

    @Test func `the earliest certain window is the reason, at most one period ahead`() {
        let alarm = makeAlarm(over: 5, period: 300)
        var machine = AlarmMachine(alarm, startingAt: origin, now: origin)
        // The two minutes with 3 lie in one period from minute 10 on: certain in the first window that holds both.
        let early = machine.advance(through: origin, now: minute(9), series: series("------3--3"))
        #expect(early.map(\.summary) == ["10 early INSUFFICIENT_DATA→ALARM"])
        var ahead = AlarmMachine(makeAlarm(over: 5), startingAt: origin, now: origin)
        let future = series("----------9")
        #expect(ahead.advance(through: origin, now: minute(10).adding(seconds: -1), series: future).isEmpty)
        #expect(ahead.advance(through: origin, now: minute(10), series: future).count == 1)
    }

    @Test func `M of N alarms early once M breaches cannot be undone`() {
        let alarm = makeAlarm(2, of: 3, over: 5, missing: .notBreaching)
        var machine = AlarmMachine(alarm, startingAt: origin, now: origin)
        #expect(machine.advance(through: origin, now: minute(4), series: series("-9--")).isEmpty)
        let early = machine.advance(through: origin, now: minute(4), series: series("-9-9"))
        #expect(early.map(\.summary) == ["4 early INSUFFICIENT_DATA→ALARM"])
        // Four minutes apart an unknown minute may push the first out of the last three.
        var wide = AlarmMachine(alarm, startingAt: origin, now: origin)
        #expect(wide.advance(through: origin, now: minute(5), series: series("-9--9")).isEmpty)
        // Once the two between are closed and empty they cannot.
        #expect(wide.advance(through: minute(4), now: minute(5), series: series("-9--9")).map(\.kind).last == .early)
    }

    @Test(arguments: [
        ("average", makeAlarm(over: 5, statistic: .average), 0.0 as Double?, true),
        ("less than", makeAlarm(over: 50, .lessThanThreshold), nil, true),
        ("values below zero are possible", makeAlarm(over: 5), nil, false),
        ("a default below zero may still come", makeAlarm(over: 5), -1, true),
    ])
    func `what may still turn is not taken early`(
        why: String, alarm: MetricAlarm, defaultValue: Double?, isNonNegative: Bool
    ) {
        var machine = AlarmMachine(alarm, startingAt: origin, now: origin)
        let data = series("---9", defaultValue: defaultValue, traffic: "tttt", isNonNegative: isNonNegative)
        #expect(machine.advance(through: origin, now: minute(4), series: data).isEmpty, "\(why)")
    }

    @Test func `sample counts are taken early, a default never counts in an open slot`() {
        let counted = makeAlarm(over: 0, statistic: .sampleCount)
        var machine = AlarmMachine(counted, startingAt: origin, now: origin)
        let defaults = series("----", defaultValue: 0, traffic: "tttt")
        #expect(machine.advance(through: origin, now: minute(3), series: defaults).isEmpty)
        let matched = series("---0", defaultValue: 0, traffic: "tttt")
        #expect(machine.advance(through: origin, now: minute(3), series: matched).map(\.kind) == [.early])
    }

    @Test func `every value breaching is still uncertain without data unless missing breaches too`() {
        var plain = AlarmMachine(makeAlarm(over: -1), startingAt: origin, now: origin)
        #expect(plain.advance(through: origin, now: minute(2), series: series("")).isEmpty)
        var filled = AlarmMachine(makeAlarm(over: -1, missing: .breaching), startingAt: origin, now: origin)
        let early = filled.advance(through: origin, now: origin, series: series(""))
        #expect(early.map(\.summary) == ["1 early INSUFFICIENT_DATA→ALARM"])
        #expect(early[0].reason.hasSuffix("treated as [Breaching]. (interval open, no data so far)"))
    }

    @Test func `an early ALARM that late data contradict ends when its window is reached`() {
        let alarm = makeAlarm(2, of: 2, over: 5, missing: .notBreaching)
        var machine = AlarmMachine(alarm, startingAt: origin, now: origin)
        let early = machine.advance(through: minute(3), now: minute(4), series: series("-9-9"))
        #expect(early.map(\.summary) == ["1 ordinary INSUFFICIENT_DATA→OK", "4 early OK→ALARM"])
        var timeline: [TimelineEntry] = []
        for decision in early { timeline.record(decision) }
        let late = series("-909")
        let result = machine.redecide(
            changedSlots: minute(2)...minute(2), timeline: timeline, now: minute(4), series: late)
        if let amended = result.timeline { timeline.replace(with: amended) }
        let reached = machine.advance(through: minute(4), now: minute(7), series: late)
        #expect(reached.map(\.summary) == ["4 ordinary ALARM→OK"])
        for decision in reached { timeline.record(decision) }
        var whole = AlarmMachine(alarm, startingAt: origin, now: origin)
        var want: [TimelineEntry] = []
        for decision in whole.settle(through: minute(4), series: late) { want.record(decision) }
        #expect(timeline.transitions() == want)
        #expect(machine.status.state == whole.status.state)
    }
}
