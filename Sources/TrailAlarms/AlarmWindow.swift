package import TrailModel

/// The periods of one evaluation: those that end at `end` and at each period before, with what each held.
package struct AlarmWindow: Equatable, Sendable {
    package let end: Timestamp
    package let periodSeconds: Int64
    /// Oldest first; `nil` where a period holds no data.
    package let periods: [StatisticSet?]
    /// Periods that end later hold only what has arrived so far.
    package let closedThrough: Timestamp

    package init(end: Timestamp, periodSeconds: Int64, periods: [StatisticSet?], closedThrough: Timestamp) {
        self.end = end
        self.periodSeconds = periodSeconds
        self.periods = periods
        self.closedThrough = closedThrough
    }

    /// The window of `alarm` that ends at `end`, read from `series`.
    package init(of alarm: MetricAlarm, end: Timestamp, series: SlotSeries, closedThrough: Timestamp) {
        let start = end.adding(seconds: -alarm.windowSeconds)
        let periods = (0..<alarm.evaluationRange).map { index in
            let from = start.adding(seconds: Int64(index) * alarm.periodSeconds)
            return series.values(
                from: from, to: from.adding(seconds: alarm.periodSeconds), closedThrough: closedThrough)
        }
        self.init(end: end, periodSeconds: alarm.periodSeconds, periods: periods, closedThrough: closedThrough)
    }

    package func start(of index: Int) -> Timestamp {
        end.adding(seconds: -Int64(periods.count - index) * periodSeconds)
    }

    /// True when more data may still come into the period.
    package func isOpen(_ index: Int) -> Bool {
        start(of: index).adding(seconds: periodSeconds) > closedThrough
    }
}
