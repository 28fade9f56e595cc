package import TrailModel

/// Evaluates one alarm's windows one after another over a series.
///
/// Each period is summed once and remembered by its end: windows that slide by the minute share all periods but one
/// with the window a period before. One window alone needs no memory.
struct WindowWalk {
    /// What to assume of periods that are not closed yet.
    enum OpenPeriods {
        case asTheyStand
        /// The completion hardest to alarm on.
        case hardestToAlarm
    }

    let alarm: MetricAlarm
    let data: AlarmData
    let closedThrough: Timestamp
    let openPeriods: OpenPeriods
    let stepSeconds: Int64
    private let rule: EvaluationRule
    /// Divides the ends of all periods.
    private let grainSeconds: Int64
    private var remembered: [(end: Int64, datapoint: Datapoint)] = []
    private var evaluated = 0
    /// Where periods cannot be looked at one by one, nor stretches without data be passed over.
    private let math: AlarmMath?

    init(_ alarm: MetricAlarm, _ data: AlarmData, closedThrough: Timestamp, openPeriods: OpenPeriods) {
        self.alarm = alarm
        self.data = data
        self.closedThrough = closedThrough
        self.openPeriods = openPeriods
        stepSeconds = alarm.stepSeconds(on: data.resolution)
        rule = alarm.rule
        if case .math(let math) = alarm.input { self.math = math } else { math = nil }
        grainSeconds = alarm.periodSeconds % stepSeconds == 0 ? stepSeconds : data.resolution.seconds
    }

    /// The state that the window asks for, `nil` to keep the present one.
    mutating func state(endingAt end: Timestamp) -> AlarmState? {
        let count = alarm.evaluationRange
        if let math, !math.isByPeriod { return wholeWindow(endingAt: end).state(rule) }
        evaluated += 1
        if evaluated == 2 {
            let size = max(1, Int(alarm.windowSeconds / grainSeconds))
            remembered = Array(repeating: (Int64.min, Datapoint(value: .missing, samples: 0)), count: size)
        }
        return Tally(count: count, rule: rule) { index in
            datapoint(endingAt: end.adding(seconds: -Int64(count - 1 - index) * alarm.periodSeconds))
        }.state(rule)
    }

    func window(endingAt end: Timestamp) -> AlarmWindow {
        AlarmWindow(of: alarm, end: end, data: data, closedThrough: closedThrough)
    }

    /// The end of the first window, after the one that ends at `end`, that can differ from it.
    ///
    /// That is the next window, or when nothing lies in this one, the first that a slot with data enters; `nil` when
    /// there is none.
    func nextEnd(after end: Timestamp) -> Timestamp? {
        if let math, math.tellsTime { return end.adding(seconds: stepSeconds) }
        guard let slot = data.nextSlot(from: end.adding(seconds: -alarm.windowSeconds)) else { return nil }
        if slot < end { return end.adding(seconds: stepSeconds) }
        return firstEnd(holding: slot)
    }

    /// The end of the first window that holds the slot which starts at `slot`.
    func firstEnd(holding slot: Timestamp) -> Timestamp {
        slot.adding(seconds: data.resolution.seconds).ceiled(toSeconds: stepSeconds)
    }

    private mutating func datapoint(endingAt end: Timestamp) -> Datapoint {
        guard !remembered.isEmpty else { return summed(endingAt: end) }
        let place = Int(floorDivide(end.seconds, grainSeconds) % Int64(remembered.count))
        let index = place < 0 ? place + remembered.count : place
        if remembered[index].end != end.seconds { remembered[index] = (end.seconds, summed(endingAt: end)) }
        return remembered[index].datapoint
    }

    private func summed(endingAt end: Timestamp) -> Datapoint {
        let isOpen = openPeriods == .hardestToAlarm && end > closedThrough
        guard case .metric(let series) = data else {
            let value = alarm.periods(endingAt: end, count: 1, data, closedThrough: closedThrough)[0]
            // What is still to come may turn an expression's value into any other.
            return Datapoint(value: isOpen ? .notBreaching : alarm.classify(value), samples: 0)
        }
        let values = series.values(
            from: end.adding(seconds: -alarm.periodSeconds), to: end, closedThrough: closedThrough)
        // In an open period at least these samples will be, which is the fewest.
        let samples = values?.sampleCount ?? 0
        guard isOpen else { return Datapoint(value: alarm.classify(values), samples: samples) }
        let hardest = alarm.hardestCompletion(values, isBoundedBelow: alarm.isBoundedBelow(series))
        return Datapoint(value: hardest, samples: samples)
    }

    /// The counts of a window whose periods depend on each other: an open one leaves none of them certain.
    private func wholeWindow(endingAt end: Timestamp) -> Tally {
        let count = alarm.evaluationRange
        if openPeriods == .hardestToAlarm && end > closedThrough {
            return Tally(count: count, rule: rule) { _ in Datapoint(value: .notBreaching, samples: 0) }
        }
        let periods = alarm.periods(endingAt: end, count: count, data, closedThrough: closedThrough)
        return Tally(count: count, rule: rule) { Datapoint(value: alarm.classify(periods[$0]), samples: 0) }
    }
}

extension MetricAlarm {
    /// Seconds between the ends of this alarm's windows: a slot, or an hour when the N periods span more than a day.
    ///
    /// "Multi-day alarms are evaluated once per hour, using data up to the full hour" (CloudWatch user guide, alarms).
    package func stepSeconds(on resolution: Resolution) -> Int64 {
        periodSeconds * Int64(evaluationPeriods) > 86_400 ? 3600 : resolution.seconds
    }

    /// True when windows of this alarm can be put together from slots of `resolution`.
    package func isEvaluable(on resolution: Resolution) -> Bool {
        periodSeconds > 0 && periodSeconds % resolution.seconds == 0 && evaluationPeriods >= 1
            && (1...evaluationPeriods).contains(requiredDatapoints)
    }
}
