package import TrailAlarms
import TrailCounts
package import TrailModel
import TrailPatterns
package import TrailStore
package import TrailTemplates

/// Decides alarms over recorded counts with the engine that decides live, as if every event had been on time.
package struct Backtest: Sendable {
    /// The settled transitions of one alarm, oldest first.
    package struct AlarmResult: Sendable {
        package let alarm: MetricAlarm
        package let decisions: [Decision]
    }

    private let reader: StoreReader
    private let set: AlarmSet

    package init(reader: StoreReader, set: AlarmSet) {
        self.reader = reader
        self.set = set
    }

    /// The transitions of every alarm whose deciding windows end in `from..<to`; those before set the state.
    ///
    /// The timeline begins with the first minute that has events, and ends at `to`.
    package func run(from: Timestamp?, to: Timestamp) throws -> [AlarmResult] {
        let traffic = try slots(of: TrafficMetric.metric, resolution: TrafficMetric.resolution, to: to)
        guard let first = traffic.first?.start else { return set.alarms.map { AlarmResult(alarm: $0, decisions: []) } }
        return try set.alarms.map { alarm in
            let resolution: Resolution =
                alarm.metric.namespace == BuiltInMetrics.namespace ? BuiltInMetrics.resolution : .minute
            let filters = set.filters.filter { $0.metric == alarm.metric }
            let series = SlotSeries(
                resolution: resolution, range: Timestamp(seconds: 0)..<to,
                slots: try slots(of: alarm.metric, resolution: resolution, to: to),
                defaultValue: resolution == .minute ? filters.lazy.compactMap(\.defaultValue).first : nil,
                trafficSlots: traffic.map(\.start), isNonNegative: filters.allSatisfy { $0.value >= 0 })
            var machine = AlarmMachine(alarm, startingAt: first, now: first)
            let decisions = machine.settle(through: to, series: series)
            return AlarmResult(alarm: alarm, decisions: decisions.filter { $0.windowEnd >= from ?? first })
        }
    }

    private func slots(of metric: Metric, resolution: Resolution, to: Timestamp) throws -> [SlotSeries.Slot] {
        let query = MetricQuery(
            namespace: metric.namespace, metricName: metric.name,
            dimensions: metric.dimensions.map { MetricQuery.DimensionFilter(name: $0.name, value: $0.value) },
            periodSeconds: resolution.seconds, from: Timestamp(seconds: 0), to: to)
        return try reader.result(of: query).rows.map { SlotSeries.Slot(start: $0.key.start, values: $0.set) }
    }
}
