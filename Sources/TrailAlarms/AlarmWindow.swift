package import TrailModel

/// The periods of one evaluation: those that end at `end` and at each period before, with what each held.
package struct AlarmWindow: Equatable, Sendable {
    package let end: Timestamp
    package let periodSeconds: Int64
    /// Oldest first; `nil` where a period holds no data.
    package let periods: [PeriodValue?]
    /// Periods that end later hold only what has arrived so far.
    package let closedThrough: Timestamp

    package init(end: Timestamp, periodSeconds: Int64, periods: [PeriodValue?], closedThrough: Timestamp) {
        self.end = end
        self.periodSeconds = periodSeconds
        self.periods = periods
        self.closedThrough = closedThrough
    }

    /// The window of `alarm` that ends at `end`, read from `data`.
    package init(of alarm: MetricAlarm, end: Timestamp, data: AlarmData, closedThrough: Timestamp) {
        self.init(
            end: end, periodSeconds: alarm.periodSeconds,
            periods: alarm.periods(
                endingAt: end, count: alarm.evaluationRange, data, closedThrough: closedThrough),
            closedThrough: closedThrough)
    }

    package func start(of index: Int) -> Timestamp {
        end.adding(seconds: -Int64(periods.count - index) * periodSeconds)
    }

    /// True when more data may still come into the period.
    package func isOpen(_ index: Int) -> Bool {
        start(of: index).adding(seconds: periodSeconds) > closedThrough
    }
}
