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
    /// False when the alarm names a unit that nothing publishes: it gets no data then.
    private let isPublished: Bool

    init(_ alarm: MetricAlarm, filters: [MetricFilter]) {
        metric = alarm.metric
        resolution = alarm.metric.resolution
        let own = filters.filter { $0.metric == alarm.metric }
        // A metric filter without Unit publishes the unit None (CloudWatch Logs, MetricTransformation).
        let units = own.isEmpty ? ["None", "Count"] : own.map { $0.unit ?? "None" }
        isPublished = alarm.unit.map { units.contains($0) } ?? true
        defaultValue = resolution == .minute ? own.lazy.compactMap(\.defaultValue).first : nil
        isNonNegative = own.allSatisfy { $0.value >= 0 }
    }

    /// The series over `range`; `slots` reads a metric.
    func series(
        _ range: Range<Timestamp>, slots: (Metric, Range<Timestamp>) throws -> [(start: Timestamp, set: StatisticSet)]
    ) rethrows -> SlotSeries {
        guard isPublished else { return SlotSeries(resolution: resolution, range: range, slots: []) }
        let traffic = defaultValue == nil ? [] : try slots(TrafficMetric.metric, range).map(\.start)
        return SlotSeries(
            resolution: resolution, range: range,
            slots: try slots(metric, range).map { SlotSeries.Slot(start: $0.start, values: $0.set) },
            defaultValue: defaultValue, trafficSlots: traffic, isNonNegative: isNonNegative)
    }
}
