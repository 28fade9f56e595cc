package import TrailModel

/// Why an alarm made of one window what it made of it.
package struct Explanation: Equatable, Sendable {
    /// One period of the window.
    package struct Period: Equatable, Sendable {
        package let start: Timestamp
        package let end: Timestamp
        /// What the alarm watches; `nil` where it has none.
        package let value: Double?
        /// Samples behind it, where they are known; metric math has none.
        package let sampleCount: Int64?
        package let kind: DatapointClass
        /// True when more data may still come into it.
        package let isOpen: Bool
        /// True for a datapoint among the N newest ones: older ones only fill gaps.
        package let isUsed: Bool
        /// True for those that CloudWatch names as what decided.
        package let isDecisive: Bool
    }

    package let alarm: MetricAlarm
    package let windowEnd: Timestamp
    /// Oldest first.
    package let periods: [Period]
    package let verdict: Verdict
    package let rule: VerdictRule
    /// The state before.
    package let prior: AlarmState
    /// The smallest change of one datapoint that would have led to another state.
    package let flip: NearestFlip?

    /// Explains what `alarm` makes of a window, `datapoints` oldest first, when it was in the state `prior` before.
    package init(
        _ alarm: MetricAlarm, windowEnd: Timestamp, datapoints: [PeriodValue?], closedThrough: Timestamp,
        prior: AlarmState, domain: ValueDomain
    ) {
        let classes = datapoints.map { alarm.classify($0) }
        let samples = datapoints.map { $0?.sampleCount ?? 0 }
        let verdict = Verdict(datapoints, alarm: alarm)
        self.alarm = alarm
        self.windowEnd = windowEnd
        self.verdict = verdict
        self.prior = prior
        rule = VerdictRule(classes, rule: alarm.rule, samples: samples)
        periods = datapoints.indices.map { index in
            let age = Int64(datapoints.count - index)
            let start = windowEnd.adding(seconds: -age * alarm.periodSeconds)
            let end = start.adding(seconds: alarm.periodSeconds)
            return Period(
                start: start, end: end, value: datapoints[index]?.value, sampleCount: datapoints[index]?.sampleCount,
                kind: classes[index], isOpen: end > closedThrough,
                isUsed: verdict.used.contains(index) && classes[index] != .missing,
                isDecisive: verdict.decisive.contains(index))
        }
        flip = NearestFlip(
            alarm: alarm, values: datapoints.map { $0?.value }, samples: samples, prior: prior, domain: domain)
    }

    /// The state after the window.
    package var state: AlarmState { verdict.state(after: prior) }

    /// The datapoints that were used, and how many of them breach.
    package var used: Int { periods.count { $0.isUsed } }
    package var breaching: Int { periods.count { $0.isUsed && $0.kind == .breaching } }
}
