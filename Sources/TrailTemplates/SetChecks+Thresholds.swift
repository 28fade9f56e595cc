import TrailAlarms
import TrailModel
import TrailPatterns

/// Thresholds that decide nothing.
extension SetChecks {
    /// Warns of thresholds on values that are never negative which are breached always or never.
    mutating func checkThreshold(_ alarm: Declarations.Alarm) {
        let threshold = alarm.definition.threshold
        let verdict: String? =
            switch alarm.definition.comparison {
            case .greaterThanOrEqualToThreshold: threshold <= 0 ? "always" : nil
            case .greaterThanThreshold: threshold < 0 ? "always" : nil
            case .lessThanThreshold: threshold <= 0 ? "never" : nil
            case .lessThanOrEqualToThreshold: threshold < 0 ? "never" : nil
            }
        guard let verdict else { return }
        report(
            .warning,
            "alarm '\(alarm.definition.name)' is \(verdict) breached: its metric is never negative, and "
                + "\(alarm.definition.comparison.rawValue) \(plainText(threshold)) \(verdict) holds",
            at: alarm.metricLocation)
    }

    /// Warns of thresholds out of reach and of percentiles of a value that is always the same, where all filters of the
    /// metric count every event as a constant.
    mutating func lintThreshold(_ alarm: Declarations.Alarm, _ watched: WatchedMetric) {
        let publishers = set.filters.filter { $0.publishes(watched.metric) }
        let counts = publishers.compactMap(\.value.constant)
        let values = counts + publishers.compactMap(\.defaultValue)
        guard counts.count == publishers.count, let least = values.min(), let most = values.max(), least >= 0 else {
            return
        }
        if case .extended(let statistic) = watched.statistic, statistic.isOfValues {
            report(
                .warning,
                "alarm '\(alarm.definition.name)' says little: \(watched.metric.name) counts every event as "
                    + "\(plainText(counts[0])), which is then its \(statistic); want Sum, or a MetricValue from the events",
                at: alarm.metricLocation)
        }
        guard let range = watched.statistic.range(ofValues: least...most) else { return }
        let definition = alarm.definition
        // One threshold at most is reported of what is never negative.
        guard definition.threshold > 0 else { return }
        let isMissed: Bool =
            switch definition.comparison {
            case .greaterThanOrEqualToThreshold: range.upperBound < definition.threshold
            case .greaterThanThreshold: range.upperBound <= definition.threshold
            case .lessThanThreshold: range.lowerBound >= definition.threshold
            case .lessThanOrEqualToThreshold: range.lowerBound > definition.threshold
            }
        // Such an alarm waits for data to stay away.
        guard isMissed, definition.treatMissingData != .breaching else { return }
        let reach =
            range.upperBound.isFinite
            ? "\(plainText(range.lowerBound)) to \(plainText(range.upperBound))"
            : "at least \(plainText(range.lowerBound))"
        report(
            .warning,
            "alarm '\(definition.name)' is never breached: the \(watched.statistic) of \(watched.metric.name) is \(reach), "
                + "and \(definition.comparison.rawValue) \(plainText(definition.threshold)) never holds",
            at: alarm.metricLocation)
    }
}

extension ExtendedStatistic {
    /// True for what lies between the least and the greatest sample.
    fileprivate var isOfValues: Bool {
        switch kind {
        case .percentile, .trimmedMean, .winsorizedMean: true
        case .trimmedCount, .trimmedSum, .percentileRank: false
        }
    }
}

extension Stat {
    /// What it can be for samples of `values`, of which there is at least one; `nil` where that says nothing.
    fileprivate func range(ofValues values: ClosedRange<Double>) -> ClosedRange<Double>? {
        switch self {
        case .statistic(.sum): values.lowerBound...(values.upperBound == 0 ? 0 : Double.infinity)
        case .statistic(.sampleCount): 1...Double.infinity
        case .statistic(.average), .statistic(.minimum), .statistic(.maximum): values
        case .extended(let statistic): statistic.isOfValues ? values : nil
        }
    }
}
