import Foundation
import Testing
import TrailAlarms
import TrailModel

/// The engine beside ``SlowAlarm`` on every short sequence of slots that breach, do not, are missing, open or late.
///
/// Each alarm is tried with every sequence up to length 4 under one plan and up to 3 under the others, the plan going
/// round. `TRAILWATCH_ROUNDS` asks for longer ones, 7 at most (then the others have 6), which take long.
@Suite struct SmallModelTests {
    enum Letter: Character, CaseIterable {
        case breach = "X"
        case ok = "0"
        case missing = "-"
        /// The watermark waits at this slot until its value is known.
        case open = "o"
        /// The slot closes before its value is known.
        case late = "l"
    }

    /// When the values of open and late slots become known, and what they are.
    struct Plan: CustomStringConvertible {
        /// Slots from the end of an open one to its closing; `nil` is after the whole sequence.
        let openFor: Int?
        let openSoFar: SlowAlarm.Value
        let openBecomes: SlowAlarm.Value
        /// Slots from the closing of a late one to its value; `nil` is after the whole sequence, when all is closed.
        let lateBy: Int?
        let lateSoFar: SlowAlarm.Value
        let lateBecomes: SlowAlarm.Value
        let canOnlyGrow: Bool

        var description: String {
            "o: \(openSoFar) → \(openBecomes) after \(openFor ?? -1), l: \(lateSoFar) → \(lateBecomes) after "
                + "\(lateBy ?? -1), \(canOnlyGrow ? "grows" : "any value")"
        }

        static let all = [
            Plan(
                openFor: nil, openSoFar: .missing, openBecomes: .missing, lateBy: nil, lateSoFar: .missing,
                lateBecomes: .breach, canOnlyGrow: true),
            Plan(
                openFor: 2, openSoFar: .missing, openBecomes: .ok, lateBy: 1, lateSoFar: .missing,
                lateBecomes: .breach, canOnlyGrow: true),
            Plan(
                openFor: nil, openSoFar: .ok, openBecomes: .breach, lateBy: 2, lateSoFar: .missing,
                lateBecomes: .ok, canOnlyGrow: true),
            Plan(
                openFor: 1, openSoFar: .breach, openBecomes: .breach, lateBy: nil, lateSoFar: .ok,
                lateBecomes: .breach, canOnlyGrow: true),
            Plan(
                openFor: 2, openSoFar: .breach, openBecomes: .ok, lateBy: 1, lateSoFar: .breach,
                lateBecomes: .ok, canOnlyGrow: false),
        ]
    }

    struct Alarm: CustomTestStringConvertible, Sendable {
        let needed: Int
        let periods: Int
        let treatment: MissingDataTreatment

        var testDescription: String { "\(needed) of \(periods), \(treatment.rawValue)" }
    }

    static let alarms = [(1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (3, 5)].flatMap { needed, periods in
        MissingDataTreatment.allCases.map { Alarm(needed: needed, periods: periods, treatment: $0) }
    }

    private static let longest = min(
        7, max(4, ProcessInfo.processInfo.environment["TRAILWATCH_ROUNDS"].flatMap(Int.init) ?? 4))

    @Test(arguments: zip(alarms, alarms.indices))
    func `the engine decides as the plain words do`(_ alarm: Alarm, _ index: Int) {
        for (number, plan) in Plan.all.enumerated() {
            let length = number == index % Plan.all.count ? Self.longest : Self.longest - 1
            var search = Search(alarm: alarm, plan: plan, length: length)
            search.visit(SideBySide(alarm, plan), [])
            #expect(search.differing == 0, "\(alarm.testDescription); \(plan); the shortest: \(search.shortest)")
            // 5 + 25 + 125 …: none was passed over.
            let all = (0..<length).reduce(0) { sum, _ in 5 * (sum + 1) }
            #expect(search.visited == all || search.differing > 0)
        }
    }

    /// The transcription is held to the documents by itself, not only through the engine.
    @Test(arguments: MissingDataTreatment.allCases)
    func `the plain words give every documented row`(_ treatment: MissingDataTreatment) throws {
        for row in try fixtureRows("missing-data-cases") {
            guard let want = row[treatment.rawValue], !want.isEmpty else { continue }
            let slow = SlowAlarm(
                try #require(Int(row["datapoints_to_alarm"] ?? "")),
                of: try #require(Int(row["evaluation_periods"] ?? "")), treatment, canOnlyGrow: true)
            let slots: [SlowAlarm.Value] = (row["datapoints"] ?? "").compactMap {
                ["X": .breach, "0": .ok, "-": .missing][$0]
            }
            for prior in AlarmState.allCases {
                let got = slow.verdict(slots, prior: prior)
                switch want {
                case "RETAIN": #expect(got == prior, "\(row)")
                case "NOT_ALARM_UNLESS_ALREADY": #expect(got != .alarm || prior == .alarm, "\(row)")
                default: #expect(got.rawValue == want, "\(row)")
                }
            }
        }
    }
}

/// Walks the tree of all sequences; those with a common beginning share its steps.
private struct Search {
    let alarm: SmallModelTests.Alarm
    let plan: SmallModelTests.Plan
    let length: Int
    var visited = 0
    var differing = 0
    var shortest = ""
    private var shortestLength = Int.max

    init(alarm: SmallModelTests.Alarm, plan: SmallModelTests.Plan, length: Int) {
        self.alarm = alarm
        self.plan = plan
        self.length = length
    }

    mutating func visit(_ start: SideBySide, _ letters: [SmallModelTests.Letter]) {
        for letter in SmallModelTests.Letter.allCases {
            let letters = letters + [letter]
            visited += 1
            var both = start
            // The newest slot is in progress: its value is known before it ends.
            both.step(now: letters.count - 1, letters)
            var ended = both
            ended.end(letters)
            if let difference = both.difference ?? ended.difference {
                differing += 1
                if letters.count < shortestLength {
                    shortestLength = letters.count
                    shortest = String(letters.map(\.rawValue)) + " " + difference
                }
            } else if letters.count < length {
                visit(both, letters)
            }
        }
    }
}

/// The engine and the transcription, fed alike.
private struct SideBySide {
    let plan: SmallModelTests.Plan
    var slow: SlowAlarm
    var machine: AlarmMachine
    var timeline: [TimelineEntry] = []
    private var known: [SlowAlarm.Value] = []
    /// The first thing in which the two differ.
    private(set) var difference: String?

    init(_ alarm: SmallModelTests.Alarm, _ plan: SmallModelTests.Plan) {
        self.plan = plan
        slow = SlowAlarm(alarm.needed, of: alarm.periods, alarm.treatment, canOnlyGrow: plan.canOnlyGrow)
        machine = AlarmMachine(
            makeAlarm(alarm.needed, of: alarm.periods, over: 5, missing: alarm.treatment), startingAt: origin,
            now: origin)
    }

    /// What is known of each slot at `now`, and how far the slots are closed.
    private func world(
        _ letters: [SmallModelTests.Letter], _ now: Int, isOver: Bool, areLateIn: Bool
    ) -> (values: [SlowAlarm.Value], watermark: Int) {
        var watermark = now
        let values = letters.enumerated().map { index, letter -> SlowAlarm.Value in
            switch letter {
            case .breach: return .breach
            case .ok: return .ok
            case .missing: return .missing
            case .open:
                if isOver || plan.openFor.map({ now > index + $0 }) ?? false { return plan.openBecomes }
                watermark = min(watermark, index)
                return plan.openSoFar
            case .late:
                let isIn = areLateIn || plan.lateBy.map { isOver || now > index + $0 } ?? false
                return isIn ? plan.lateBecomes : plan.lateSoFar
            }
        }
        return (values, watermark)
    }

    /// Two slots of silence, then all that was open is closed, then all that is late comes in.
    mutating func end(_ letters: [SmallModelTests.Letter]) {
        step(now: letters.count, letters)
        step(now: letters.count + 1, letters)
        let end = letters.count + slow.range + 1
        step(now: end, letters, isOver: true)
        step(now: end + 1, letters, isOver: true, areLateIn: true)
    }

    mutating func step(
        now: Int, _ letters: [SmallModelTests.Letter], isOver: Bool = false, areLateIn: Bool = false
    ) {
        guard difference == nil else { return }
        let (values, watermark) = world(letters, now, isOver: isOver, areLateIn: areLateIn)
        let time = minute(now).adding(seconds: 30)
        let series = SlotSeries(
            resolution: .minute, range: minute(-100)..<minute(1000),
            slots: values.enumerated().filter { $0.element != .missing }.map {
                SlotSeries.Slot(start: minute($0.offset), values: StatisticSet(value: $0.element == .breach ? 9 : 0))
            },
            isNonNegative: plan.canOnlyGrow)
        let changed = known.indices.filter { $0 < slow.decided.count && known[$0] != values[$0] }
        known = values
        if let first = changed.first, let last = changed.last {
            let result = machine.redecide(
                changedSlots: minute(first)...minute(last), timeline: timeline, now: time, series: .metric(series))
            if let amended = result.timeline { timeline.replace(with: amended) }
            compare(result.decisions, slow.redecide(values), now)
        }
        let decisions = machine.advance(through: minute(watermark), now: time, series: .metric(series))
        for decision in decisions { timeline.record(decision) }
        let got = decisions.map {
            SlowAlarm.Decided(
                window: index($0.windowEnd), kind: $0.kind, to: $0.to, moves: $0.changesState)
        }
        let want = slow.advance(to: watermark, now: now, values)
        if got != want { differ("decisions \(got); want \(want)", now) }
        compareStates(now)
    }

    private func index(_ time: Timestamp) -> Int { Int((time.seconds - origin.seconds) / 60) }

    private mutating func differ(_ text: String, _ now: Int) {
        if difference == nil { difference = "at \(now): \(text)" }
    }

    private mutating func compareStates(_ now: Int) {
        let status = machine.status
        if status.state != slow.present { differ("state \(status.state); want \(slow.present)", now) }
        let early = status.pendingEarlyWindow.map(index)
        if early != slow.early { differ("early window \(early ?? -1); want \(slow.early ?? -1)", now) }
        let decided = status.decidedThrough
        let got = timeline.transitions().filter { $0.windowEnd <= decided }
        let want = slow.transitions.map { TimelineEntry(windowEnd: minute($0.window), state: $0.to) }
        if got != want || index(decided) != slow.decided.count {
            differ("time line \(got.map { "\(index($0.windowEnd))\($0.state.marble)" }); want \(slow.transitions)", now)
        }
    }

    /// Each new transition is told, nothing else but what moves the present state, and the missed ALARMs are named.
    private mutating func compare(_ decisions: [Decision], _ want: SlowAlarm.Amendment, _ now: Int) {
        func entry(_ decision: Decision) -> TimelineEntry {
            TimelineEntry(windowEnd: decision.windowEnd, state: decision.to)
        }
        let added = Set(want.added.map { TimelineEntry(windowEnd: minute($0.window), state: $0.to) })
        let text = decisions.map(\.summary)
        if !added.isSubset(of: decisions.map(entry)) { differ("amended \(text); want \(want.added)", now) }
        if !decisions.allSatisfy({ $0.kind == .amended && ($0.changesState || added.contains(entry($0))) }) {
            differ("amended \(text); want only \(want.added)", now)
        }
        if decisions.filter(\.changesState).map(\.to) != (want.moved.map { [$0] } ?? []) {
            differ("amended \(text); want a move to \(want.moved?.rawValue ?? "none")", now)
        }
        let missed = decisions.filter { $0.isMissedAlarm && $0.to == .alarm }.map { index($0.windowEnd) }
        if missed != want.missed { differ("missed ALARMs \(missed); want \(want.missed)", now) }
    }
}
