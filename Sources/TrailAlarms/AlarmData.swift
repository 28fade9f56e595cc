package import TrailModel

/// What an alarm watches held over a range of time.
package enum AlarmData: Equatable, Sendable {
    /// One metric, or the metrics of one series of a Metrics Insights query together.
    case metric(SlotSeries)
    /// The metrics of ``AlarmMath/metrics``, in that order, and the slots that windows go by.
    case math([SlotSeries], Resolution, range: Range<Timestamp>)

    package var resolution: Resolution {
        switch self {
        case .metric(let series): series.resolution
        case .math(_, let resolution, _): resolution
        }
    }

    /// The time that was loaded.
    package var range: Range<Timestamp> {
        switch self {
        case .metric(let series): series.range
        case .math(_, _, let range): range
        }
    }

    /// The start of the last slot that holds data or a default.
    package var lastSlot: Timestamp? {
        switch self {
        case .metric(let series): series.lastSlot
        case .math(let all, _, _): all.compactMap(\.lastSlot).max()
        }
    }

    /// The start of the first slot from `time` on that holds data or a default.
    package func nextSlot(from time: Timestamp) -> Timestamp? {
        switch self {
        case .metric(let series): return series.nextSlot(from: time)
        case .math(let all, let resolution, _):
            return all.compactMap { $0.nextSlot(from: time) }.min().map(resolution.slot(of:))
        }
    }
}

/// One period of a window that holds data.
package struct PeriodValue: Equatable, Sendable {
    package let value: Double
    /// Samples behind it; absent for metric math, as in CloudWatch's `StateReasonData`.
    package let sampleCount: Int64?

    package init(value: Double, sampleCount: Int64? = nil) {
        self.value = value
        self.sampleCount = sampleCount
    }

    /// `nil` when `set` has no such statistic, as none inside `TM(100:200)`: CloudWatch leaves it out of what it answers.
    package init?(_ set: StatisticSet?, _ statistic: Stat) {
        guard let set, let value = set.value(of: statistic) else { return nil }
        self.init(value: value, sampleCount: set.sampleCount)
    }
}

extension MetricAlarm {
    /// The values of the periods of a window, oldest first.
    package func periods(
        endingAt end: Timestamp, count: Int, _ data: AlarmData, closedThrough: Timestamp
    ) -> [PeriodValue?] {
        let start = end.adding(seconds: -Int64(count) * periodSeconds)
        func set(_ index: Int, _ series: SlotSeries) -> StatisticSet? {
            let from = start.adding(seconds: Int64(index) * periodSeconds)
            return series.values(from: from, to: from.adding(seconds: periodSeconds), closedThrough: closedThrough)
        }
        switch (input, data) {
        case (.math(let math), .math(let all, _, _)):
            let values = zip(math.metrics, all).map { source, series in
                (0..<count).map { set($0, series)?.value(of: source.statistic) }
            }
            return math.evaluate(values, from: start, count: count).map { $0.map { PeriodValue(value: $0) } }
        case (_, .metric(let series)):
            guard let statistic = input.statistic else { break }
            return (0..<count).map { PeriodValue(set($0, series), statistic) }
        default: break
        }
        preconditionFailure("the data of an alarm must be those that it watches")
    }
}
