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
    let series: SlotSeries
    let closedThrough: Timestamp
    let openPeriods: OpenPeriods
    let stepSeconds: Int64
    private let rule: EvaluationRule
    /// Divides the ends of all periods.
    private let grainSeconds: Int64
    private var remembered: [(end: Int64, datapoint: Datapoint)] = []
    private var evaluated = 0

    init(_ alarm: MetricAlarm, _ series: SlotSeries, closedThrough: Timestamp, openPeriods: OpenPeriods) {
        self.alarm = alarm
        self.series = series
        self.closedThrough = closedThrough
        self.openPeriods = openPeriods
        stepSeconds = alarm.stepSeconds(on: series.resolution)
        rule = alarm.rule
        grainSeconds = alarm.periodSeconds % stepSeconds == 0 ? stepSeconds : series.resolution.seconds
    }

    /// The state that the window asks for, `nil` to keep the present one.
    mutating func state(endingAt end: Timestamp) -> AlarmState? {
        let count = alarm.evaluationRange
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
        AlarmWindow(of: alarm, end: end, series: series, closedThrough: closedThrough)
    }

    /// The end of the first window, after the one that ends at `end`, that can differ from it.
    ///
    /// That is the next window, or when nothing lies in this one, the first that a slot with data enters; `nil` when
    /// there is none.
    func nextEnd(after end: Timestamp) -> Timestamp? {
        guard let slot = series.nextSlot(from: end.adding(seconds: -alarm.windowSeconds)) else { return nil }
        if slot < end { return end.adding(seconds: stepSeconds) }
        return firstEnd(holding: slot)
    }

    /// The end of the first window that holds the slot which starts at `slot`.
    func firstEnd(holding slot: Timestamp) -> Timestamp {
        slot.adding(seconds: series.resolution.seconds).ceiled(toSeconds: stepSeconds)
    }

    private mutating func datapoint(endingAt end: Timestamp) -> Datapoint {
        guard !remembered.isEmpty else { return summed(endingAt: end) }
        let place = Int(floorDivide(end.seconds, grainSeconds) % Int64(remembered.count))
        let index = place < 0 ? place + remembered.count : place
        if remembered[index].end != end.seconds { remembered[index] = (end.seconds, summed(endingAt: end)) }
        return remembered[index].datapoint
    }

    private func summed(endingAt end: Timestamp) -> Datapoint {
        let values = series.values(
            from: end.adding(seconds: -alarm.periodSeconds), to: end, closedThrough: closedThrough)
        // In an open period at least these samples will be, which is the fewest.
        let samples = values?.sampleCount ?? 0
        guard openPeriods == .hardestToAlarm && end > closedThrough else {
            return Datapoint(value: alarm.classify(values), samples: samples)
        }
        let hardest = alarm.hardestCompletion(values, isBoundedBelow: alarm.isBoundedBelow(series))
        return Datapoint(value: hardest, samples: samples)
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
