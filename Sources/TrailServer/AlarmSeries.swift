import TrailAlarms
import TrailCounts
import TrailModel
import TrailPatterns
import TrailStore

/// How the metric of one alarm is read: what its filters say, put together with stored slots.
struct AlarmSeries: Sendable {
    let metric: Metric
    let resolution: Resolution
    private let defaultValue: Double?
    private let isNonNegative: Bool

    init(_ alarm: MetricAlarm, filters: [MetricFilter]) {
        metric = alarm.metric
        resolution = alarm.metric.namespace == BuiltInMetrics.namespace ? BuiltInMetrics.resolution : .minute
        let own = filters.filter { $0.metric == alarm.metric }
        defaultValue = resolution == .minute ? own.lazy.compactMap(\.defaultValue).first : nil
        isNonNegative = own.allSatisfy { $0.value >= 0 }
    }

    /// The series over `range`; `slots` reads a metric.
    func series(
        _ range: Range<Timestamp>, slots: (Metric, Range<Timestamp>) throws -> [(start: Timestamp, set: StatisticSet)]
    ) rethrows -> SlotSeries {
        let traffic = defaultValue == nil ? [] : try slots(TrafficMetric.metric, range).map(\.start)
        return SlotSeries(
            resolution: resolution, range: range,
            slots: try slots(metric, range).map { SlotSeries.Slot(start: $0.start, values: $0.set) },
            defaultValue: defaultValue, trafficSlots: traffic, isNonNegative: isNonNegative)
    }
}
