import Testing
import TrailAlarms
import TrailModel

/// A random alarm, all that ever happens to its metric, and when each part of it becomes known.
private struct Scenario {
    struct Sample {
        let slot: Int
        let value: Double
        let arrival: Int
    }

    static let minutes = 90
    private(set) var alarm: MetricAlarm
    let defaultValue: Double?
    let samples: [Sample]
    /// Slots with traffic, each with the minute in which that is known.
    let traffic: [(slot: Int, arrival: Int)]
    let isNonNegative: Bool

    init(seed: UInt64, hasExtendedStatistic: Bool = false) throws {
        var random = SplitMix64(seed: seed)
        let periods = Int.random(in: 1...4, using: &random)
        let comparisons: [ComparisonOperator] = [.greaterThanThreshold, .greaterThanOrEqualToThreshold]
        let isSimple = Int.random(in: 0..<4, using: &random) > 0
        alarm = makeAlarm(
            Int.random(in: 1...periods, using: &random), of: periods,
            over: Double(Int.random(in: -1...6, using: &random)),
            (isSimple ? comparisons : ComparisonOperator.allCases).randomElement(using: &random)
                ?? .greaterThanThreshold,
            statistic: (isSimple ? [.sum, .sampleCount] : Statistic.allCases).randomElement(using: &random) ?? .sum,
            period: [60, 120, 300].randomElement(using: &random) ?? 60,
            missing: MissingDataTreatment.allCases.randomElement(using: &random))
        defaultValue = [nil, nil, 0, 1, -1].randomElement(using: &random) ?? nil
        let isNonNegative = Int.random(in: 0..<4, using: &random) > 0
        self.isNonNegative = isNonNegative
        // Busy and quiet stretches, so that windows fill up and run dry.
        var samples: [Sample] = []
        var traffic: [(slot: Int, arrival: Int)] = []
        var density = 0
        for slot in 0..<Self.minutes {
            if slot % 15 == 0 { density = Int.random(in: 0...4, using: &random) }
            func arrival() -> Int { slot + Int.random(in: 1...9, using: &random) }
            for _ in 0..<4 where Int.random(in: 0..<8, using: &random) < density {
                samples.append(
                    Sample(
                        slot: slot, value: Double(Int.random(in: (isNonNegative ? 0 : -3)...4, using: &random)),
                        arrival: arrival()))
            }
            if Int.random(in: 0..<3, using: &random) == 0 { traffic.append((slot, arrival())) }
        }
        self.samples = samples
        self.traffic = traffic
        guard hasExtendedStatistic, let name = Self.extendedStatistics.randomElement(using: &random) else { return }
        alarm.watched.statistic = try .extended(ExtendedStatistic(name))
        // Values and counts of samples lie elsewhere than sums.
        alarm.threshold = Double(Int.random(in: 0...8, using: &random)) / 2
        if name.hasPrefix("p") {
            alarm.evaluateLowSampleCountPercentile = [nil, .ignore].randomElement(using: &random) ?? nil
        }
    }

    /// p40 is significant from 25 samples on, p50 from 20: windows here reach both sides.
    static let extendedStatistics = [
        "p0", "p40", "p50", "p50", "p90", "p100", "tm90", "TM(10%:60%)", "TM(1:3)", "wm80", "tc90", "TC(0:2)", "ts70",
        "TS(1:)", "PR(:2)", "IQM",
    ]

    /// What is known in minute `now`; all of the slots before `completeThrough`, however late it came.
    func series(now: Int, completeThrough: Int) -> AlarmData {
        .metric(
            SlotSeries(
                resolution: .minute, range: minute(-100)..<minute(1000),
                slots: samples.filter { $0.arrival <= now || $0.slot < completeThrough }.map {
                    SlotSeries.Slot(start: minute($0.slot), values: StatisticSet(value: $0.value))
                },
                defaultValue: defaultValue,
                trafficSlots: traffic.filter { $0.arrival <= now || $0.slot < completeThrough }.map { minute($0.slot) },
                isNonNegative: isNonNegative))
    }

    var everything: AlarmData { series(now: .max, completeThrough: .max) }

    /// Every window one by one, without skipping, memory or state but the last.
    func plainTimeline(through last: Int) -> [TimelineEntry] {
        var state = AlarmState.insufficientData
        var timeline: [TimelineEntry] = []
        for end in 1...last {
            let window = AlarmWindow(of: alarm, end: minute(end), data: everything, closedThrough: minute(last))
            let next = Verdict(window.periods, alarm: alarm).state(after: state)
            if next != state { timeline.append(TimelineEntry(windowEnd: minute(end), state: next)) }
            state = next
        }
        return timeline
    }
}

@Suite struct PropertyTests {
    /// Fewer where percentiles are made of buckets, which takes the longest.
    static func seeds(hasExtendedStatistic: Bool) -> ClosedRange<UInt64> { 1...(hasExtendedStatistic ? 50 : 150) }
    static let end = Scenario.minutes + 40

    @Test(arguments: [false, true]) func `settling gives what evaluating every window gives`(
        hasExtendedStatistic: Bool
    ) throws {
        for seed in Self.seeds(hasExtendedStatistic: hasExtendedStatistic) {
            let scenario = try Scenario(seed: seed, hasExtendedStatistic: hasExtendedStatistic)
            var machine = AlarmMachine(scenario.alarm, startingAt: origin, now: origin)
            var timeline: [TimelineEntry] = []
            for decision in machine.settle(through: minute(Self.end), series: scenario.everything) {
                timeline.record(decision)
            }
            #expect(timeline == scenario.plainTimeline(through: Self.end), "seed \(seed)")
        }
    }

    @Test(arguments: [false, true])
    func `an early decision is the decision with all data, and steps give the timeline of one go`(
        hasExtendedStatistic: Bool
    ) throws {
        var earlyCount = 0
        var settledCount = 0
        for seed in Self.seeds(hasExtendedStatistic: hasExtendedStatistic) {
            let scenario = try Scenario(seed: seed, hasExtendedStatistic: hasExtendedStatistic)
            var random = SplitMix64(seed: seed &* 7919)
            var machine = AlarmMachine(scenario.alarm, startingAt: origin, now: origin)
            var timeline: [TimelineEntry] = []
            var decisions: [Decision] = []
            var now = 0
            var watermark = 0
            while watermark < Self.end {
                now += Int.random(in: 0...4, using: &random)
                if Int.random(in: 0..<3, using: &random) == 0 {
                    watermark = max(watermark, now - Int.random(in: 0...12, using: &random))
                }
                // A watermark in the middle of a minute closes nothing more.
                let time = minute(watermark).adding(seconds: Int64.random(in: 0..<60, using: &random))
                decisions += machine.advance(
                    through: time, now: minute(now).adding(seconds: 30),
                    series: scenario.series(now: now, completeThrough: watermark))
                if machine.status.pendingEarlyWindow == nil {
                    #expect(machine.status.state == machine.status.timelineState, "seed \(seed)")
                }
            }
            for decision in decisions { timeline.record(decision) }
            for early in decisions where early.kind == .early {
                let window = AlarmWindow(
                    of: scenario.alarm, end: early.windowEnd, data: scenario.everything, closedThrough: minute(1000))
                #expect(Verdict(window.periods, alarm: scenario.alarm).state == .alarm, "seed \(seed)")
                #expect(early.to == .alarm && early.changesState && early.from != .alarm)
            }
            let last = Int((machine.status.decidedThrough.seconds - origin.seconds) / 60)
            let decided = timeline.transitions().filter { $0.windowEnd <= minute(last) }
            #expect(decided == scenario.plainTimeline(through: last), "seed \(seed)")
            checkChain(decisions, seed: seed)
            earlyCount += decisions.filter { $0.kind == .early }.count
            settledCount += decisions.filter { $0.kind == .settled }.count
        }
        #expect(earlyCount > (hasExtendedStatistic ? 5 : 50))
        #expect(hasExtendedStatistic || settledCount > 20)
    }

    @Test(arguments: [false, true])
    func `after late events the timeline is that of a machine that had all data from the start`(
        hasExtendedStatistic: Bool
    ) throws {
        var amendedCount = 0
        var missedCount = 0
        for seed in Self.seeds(hasExtendedStatistic: hasExtendedStatistic) {
            let scenario = try Scenario(seed: seed, hasExtendedStatistic: hasExtendedStatistic)
            var random = SplitMix64(seed: seed &* 104_729)
            var machine = AlarmMachine(scenario.alarm, startingAt: origin, now: origin)
            var timeline: [TimelineEntry] = []
            var decisions: [Decision] = []
            var now = 0
            var known = -1
            while now < Self.end + 20 {
                now += Int.random(in: 1...4, using: &random)
                // Closed two minutes behind now, although events take up to nine.
                let series = scenario.series(now: now, completeThrough: 0)
                let arrived =
                    scenario.samples.filter { $0.arrival > known && $0.arrival <= now }.map(\.slot)
                    + scenario.traffic.filter { $0.arrival > known && $0.arrival <= now }.map(\.slot)
                if let first = arrived.min(), let last = arrived.max() {
                    let result = machine.redecide(
                        changedSlots: minute(first)...minute(last), timeline: timeline, now: minute(now),
                        series: series)
                    if let amended = result.timeline { timeline.replace(with: amended) }
                    #expect(result.timeline != nil || (result.decisions.isEmpty && result.withdrawn.isEmpty))
                    decisions += result.decisions
                }
                known = now
                for decision in machine.advance(through: minute(now - 2), now: minute(now), series: series) {
                    timeline.record(decision)
                    decisions.append(decision)
                }
                #expect(
                    machine.status.pendingEarlyWindow != nil || machine.status.state == machine.status.timelineState,
                    "seed \(seed)")
            }
            let last = Int((machine.status.decidedThrough.seconds - origin.seconds) / 60)
            let want = scenario.plainTimeline(through: last)
            #expect(timeline.transitions().filter { $0.windowEnd <= minute(last) } == want, "seed \(seed)")
            #expect(machine.status.timelineState == want.last?.state ?? .insufficientData, "seed \(seed)")
            checkChain(decisions, seed: seed)
            checkMissed(decisions, seed: seed)
            amendedCount += decisions.filter { $0.kind == .amended }.count
            missedCount += decisions.filter { $0.isMissedAlarm && $0.to == .alarm }.count
        }
        #expect(amendedCount > (hasExtendedStatistic ? 20 : 50))
        #expect(missedCount > (hasExtendedStatistic ? 3 : 10))
    }

    /// Numbers count up by one, and what moves the present state makes one unbroken chain of incidents.
    private func checkChain(_ decisions: [Decision], seed: UInt64) {
        #expect(decisions.map(\.number) == Array(1...Int64(max(1, decisions.count))).prefix(decisions.count).map { $0 })
        var state = AlarmState.insufficientData
        var incident: Timestamp?
        for decision in decisions where decision.changesState {
            #expect(decision.to != state, "seed \(seed): \(decision.summary) in \(state)")
            #expect(decision.isFirst == (decision.previous?.reason == "Unchecked: Initial alarm creation"))
            if state == .alarm { #expect(decision.incidentStart == incident, "seed \(seed)") }
            incident = decision.to == .alarm ? decision.incidentStart : nil
            #expect(decision.to != .alarm || incident != nil)
            state = decision.to
        }
    }

    /// A missed ALARM that does not last is followed by the transition that ends it, with the same incident.
    private func checkMissed(_ decisions: [Decision], seed: UInt64) {
        for (index, decision) in decisions.enumerated() where decision.isMissedAlarm && decision.to == .alarm {
            guard !decision.changesState else { continue }
            let next = index + 1 < decisions.count ? decisions[index + 1] : nil
            #expect(next?.isMissedAlarm == true && next?.from == .alarm, "seed \(seed): \(decision.summary)")
            #expect(next?.incidentStart == decision.incidentStart, "seed \(seed)")
        }
    }
}
