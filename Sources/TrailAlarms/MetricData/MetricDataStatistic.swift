import TrailModel

/// A statistic of a MetricStat: what it makes of the samples of a period, `nil` where it has no value.
struct MetricDataStatistic: Sendable {
    let value: @Sendable (StatisticSet) -> Double?

    /// Reads `Stat`; the one place that knows which statistics there are.
    init?(_ text: String) {
        guard let statistic = try? Stat(text) else { return nil }
        value = { $0.value(of: statistic) }
    }
}
