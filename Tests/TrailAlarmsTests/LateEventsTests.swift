import Testing
import TrailAlarms
import TrailModel

private let unchanged = Redecision(decisions: [], withdrawn: [], timeline: nil)

@Suite struct LateEventsTests {
    /// Advances over `before`, then re-decides with `after`; the differing characters are the late slots.
    struct Replay {
        var machine: AlarmMachine
        var timeline: [TimelineEntry] = []
        var result: Redecision

        init(_ alarm: MetricAlarm, _ before: String, _ after: String, now: Int? = nil) throws {
            machine = AlarmMachine(alarm, startingAt: origin, now: origin)
            let end = minute(before.count)
            for decision in machine.advance(through: end, now: end, series: series(before)) {
                timeline.record(decision)
            }
            let changed = zip(before, after).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
            let first = try #require(changed.first)
            let last = try #require(changed.last)
            result = machine.redecide(
                changedSlots: minute(first)...minute(last), timeline: timeline, now: minute(now ?? before.count),
                series: series(after))
            if let amended = result.timeline { timeline.replace(with: amended) }
        }

        var summaries: [String] { result.decisions.map(\.summary) }
        var states: String {
            marbles(timeline, minutes: Int((machine.status.decidedThrough.seconds - origin.seconds) / 60))
        }
    }

    static let alarm = makeAlarm(over: 5, missing: .notBreaching)

    @Test func `a missed ALARM and its end are amended decisions of one incident`() throws {
        let replay = try Replay(Self.alarm, "00000000000", "00090000000")
        #expect(replay.summaries == ["4 amended OK→ALARM recorded missed", "5 amended ALARM→OK recorded missed"])
        #expect(replay.result.decisions.map(\.incidentStart) == [minute(4), minute(4)])
        #expect(replay.result.decisions.map(\.number) == [2, 3])
        #expect(replay.states == "OOOAOOOOOOO")
        #expect(replay.machine.status.state == .ok)
        #expect(replay.result.withdrawn.isEmpty)
    }

    @Test func `a missed ALARM that still lasts moves the present state`() throws {
        let replay = try Replay(makeAlarm(over: 5, missing: .ignore), "000-----", "0009----", now: 30)
        #expect(replay.summaries == ["4 amended OK→ALARM missed"])
        #expect(replay.machine.status.state == .alarm)
        #expect(replay.machine.status.enteredAlarmAt == minute(4))
        #expect(replay.machine.status.stateUpdated == minute(30))
        #expect(replay.result.decisions[0].isLate)
        #expect(replay.states == "OOOAAAAA")
    }

    @Test func `an ALARM that began earlier than recorded is amended but not missed`() throws {
        let replay = try Replay(Self.alarm, "00009900000", "00099900000")
        #expect(replay.summaries == ["4 amended OK→ALARM recorded"])
        #expect(replay.result.withdrawn == [TimelineEntry(windowEnd: minute(5), state: .alarm)])
        #expect(replay.states == "OOOAAAOOOOO")
    }

    @Test func `an ALARM without ground is withdrawn and the present state follows`() throws {
        // Fewer than ten logins was an alarm; the late ones show that there were enough.
        let alarm = makeAlarm(over: 5, .lessThanThreshold, missing: .ignore)
        let replay = try Replay(alarm, "9991----", "9999----")
        #expect(replay.summaries == ["4 amended ALARM→OK"])
        #expect(replay.result.decisions[0].incidentStart == minute(4))
        #expect(replay.result.withdrawn == [TimelineEntry(windowEnd: minute(4), state: .alarm)])
        #expect(replay.machine.status.state == .ok)
        #expect(replay.machine.status.enteredAlarmAt == nil)
        #expect(replay.states == "OOOOOOOO")
    }

    @Test func `an end without ground puts the alarm back into the same incident`() throws {
        let alarm = makeAlarm(over: 5, missing: .ignore)
        let replay = try Replay(alarm, "0904----", "0909----")
        #expect(replay.summaries == ["4 amended OK→ALARM missed"])
        let joined = try Replay(alarm, "094-----", "099-----")
        #expect(joined.summaries == ["3 amended OK→ALARM"])
        #expect(joined.result.decisions[0].incidentStart == minute(2))
        #expect(joined.machine.status.enteredAlarmAt == minute(2))
    }

    @Test func `a missed ALARM right before an unfounded one leaves two incidents closed`() throws {
        let replay = try Replay(Self.alarm, "0009", "0094")
        #expect(
            replay.summaries == [
                "3 amended OK→ALARM recorded missed", "4 amended ALARM→OK recorded missed", "4 amended ALARM→OK",
            ])
        #expect(replay.result.decisions.map(\.incidentStart) == [minute(3), minute(3), minute(4)])
        #expect(replay.machine.status.state == .ok)
        #expect(replay.states == "OOAO")
    }

    @Test func `the end of a missed ALARM is told even where OK had been recorded`() throws {
        let replay = try Replay(makeAlarm(over: 5), "----0000", "--9-0000")
        #expect(
            replay.summaries == [
                "3 amended INSUFFICIENT_DATA→ALARM recorded missed", "5 amended ALARM→OK recorded missed",
            ])
        #expect(replay.states == "??AAOOOO")
    }

    @Test(arguments: [0, 1, 2]) func `an event that cannot amend changes nothing wherever it lies`(spare: Int) throws {
        let data = String(repeating: "0", count: 24)
        var machine = AlarmMachine(makeAlarm(nil, of: spare + 1, over: 9), startingAt: origin, now: origin)
        var timeline: [TimelineEntry] = []
        for decision in machine.advance(through: minute(10), now: minute(10), series: series(data)) {
            timeline.record(decision)
        }
        machine.replaceDefinition(makeAlarm(nil, of: spare + 1, over: 5, missing: .notBreaching), now: minute(10))
        for decision in machine.advance(through: minute(20), now: minute(20), series: series(data)) {
            timeline.record(decision)
        }
        var amended: [Int] = []
        for late in 0..<24 {
            var copy = machine
            // Long enough to breach every window that holds it.
            let after = data.enumerated().map { abs($0.offset - late) <= spare ? "9" : "0" }.joined()
            let slots = minute(max(0, late - spare))...minute(late + spare)
            let result = copy.redecide(
                changedSlots: slots, timeline: timeline, now: minute(24), series: series(after))
            if !result.decisions.isEmpty { amended.append(late) }
            let can = (slots.lowerBound.seconds...slots.upperBound.seconds).contains { second in
                machine.canAmend(at: Timestamp(seconds: second), on: .minute)
            }
            #expect(can || result.decisions.isEmpty, "late \(late)")
        }
        #expect(amended.contains(15))
        #expect(!machine.canAmend(at: origin, on: .minute) && machine.canAmend(at: minute(19), on: .minute))
        #expect(!machine.canAmend(at: minute(20), on: .minute))
    }

    @Test func `late events that change no verdict leave everything alone`() throws {
        let replay = try Replay(Self.alarm, "0000000000", "0003000000")
        #expect(replay.result == unchanged)
        #expect(replay.machine.status.decisionNumber == 1)
    }

    @Test func `open slots and windows before the alarm's first are not decided again`() {
        var machine = AlarmMachine(Self.alarm, startingAt: minute(10), now: minute(10))
        let data = series("9999999999" + "0000000000" + "9")
        _ = machine.settle(through: minute(20), series: data)
        let open = machine.redecide(changedSlots: minute(20)...minute(20), timeline: [], now: minute(22), series: data)
        #expect(open == unchanged)
        let before = machine.redecide(
            changedSlots: minute(2)...minute(5), timeline: [TimelineEntry(windowEnd: minute(11), state: .ok)],
            now: minute(22), series: data)
        #expect(before == unchanged)
    }

    @Test func `windows decided under a former definition stand`() {
        var machine = AlarmMachine(makeAlarm(over: 50, missing: .notBreaching), startingAt: origin, now: origin)
        _ = machine.settle(through: minute(10), series: series("0099000000"))
        machine.replaceDefinition(Self.alarm, now: minute(10))
        let result = machine.redecide(
            changedSlots: minute(3)...minute(3), timeline: [TimelineEntry(windowEnd: minute(1), state: .ok)],
            now: minute(10), series: series("0099000000"))
        #expect(result == unchanged)
    }

    @Test func `a pending early ALARM is left alone`() {
        var machine = AlarmMachine(Self.alarm, startingAt: origin, now: origin)
        var timeline: [TimelineEntry] = []
        for decision in machine.advance(through: minute(5), now: minute(8), series: series("0000---9")) {
            timeline.record(decision)
        }
        #expect(machine.status.pendingEarlyWindow == minute(8))
        let result = machine.redecide(
            changedSlots: minute(2)...minute(2), timeline: timeline, now: minute(8), series: series("0090---9"))
        #expect(
            result.decisions.map(\.summary) == [
                "3 amended OK→ALARM recorded missed", "4 amended ALARM→OK recorded missed",
            ])
        #expect(machine.status.state == .alarm)
        #expect(machine.status.enteredAlarmAt == minute(8))
        #expect(result.timeline?.entries.last == TimelineEntry(windowEnd: minute(8), state: .alarm))
    }
}
