import TrailAlarms
import TrailCounts
import TrailModel
import TrailPatterns
import TrailStore

/// How the metrics of one alarm are read: what their filters say, put together with stored slots.
struct AlarmSeries: Sendable {
    /// One metric among those that an alarm watches.
    private struct Source: Sendable {
        let metric: Metric
        let defaultValue: Double?
        let isNonNegative: Bool
        /// False when the alarm names a unit that nothing publishes: it gets no data then.
        let isPublished: Bool

        init(_ metric: Metric, unit: String?, filters: [MetricFilter]) {
            self.metric = metric
            let own = filters.filter { $0.metric == metric }
            // A metric filter without Unit publishes the unit None (CloudWatch Logs, MetricTransformation).
            let units = own.isEmpty ? ["None", "Count"] : own.map { $0.unit ?? "None" }
            isPublished = unit.map { units.contains($0) } ?? true
            defaultValue = metric.resolution == .minute ? own.lazy.compactMap(\.defaultValue).first : nil
            isNonNegative = own.allSatisfy { $0.value >= 0 }
        }
    }

    let resolution: Resolution
    private let sources: [Source]
    private let isMath: Bool

    init(_ alarm: MetricAlarm, filters: [MetricFilter]) {
        resolution = alarm.input.resolution
        switch alarm.input {
        case .metric(let watched):
            sources = [Source(watched.metric, unit: watched.unit, filters: filters)]
            isMath = false
        case .math(let math):
            sources = math.metrics.map { Source($0.metric, unit: $0.unit, filters: filters) }
            isMath = true
        case .insights:
            sources = []
            isMath = false
        }
    }

    /// The metrics of one contributor of the alarm that `other` is of.
    init(of metrics: [Metric], like other: AlarmSeries, _ filters: [MetricFilter]) {
        resolution = other.resolution
        sources = metrics.map { Source($0, unit: nil, filters: filters) }
        isMath = false
    }

    var metrics: [Metric] { sources.map(\.metric) }

    /// What the alarm watches over `range`; `slots` reads a metric.
    func data(
        _ range: Range<Timestamp>, slots: (Metric, Range<Timestamp>) throws -> [(start: Timestamp, set: StatisticSet)]
    ) rethrows -> AlarmData {
        if !isMath {
            if sources.count == 1 { return .metric(try series(sources[0], range, slots)) }
            // The samples of all metrics of a group count together.
            let all = try sources.flatMap { try slots($0.metric, range) }
            return .metric(
                SlotSeries(
                    resolution: resolution, range: range,
                    slots: all.map { SlotSeries.Slot(start: $0.start, values: $0.set) },
                    isNonNegative: sources.allSatisfy(\.isNonNegative)))
        }
        return .math(try sources.map { try series($0, range, slots) }, resolution, range: range)
    }

    private func series(
        _ source: Source, _ range: Range<Timestamp>,
        _ slots: (Metric, Range<Timestamp>) throws -> [(start: Timestamp, set: StatisticSet)]
    ) rethrows -> SlotSeries {
        let resolution = source.metric.resolution
        guard source.isPublished else { return SlotSeries(resolution: resolution, range: range, slots: []) }
        let traffic = source.defaultValue == nil ? [] : try slots(TrafficMetric.metric, range).map(\.start)
        return SlotSeries(
            resolution: resolution, range: range,
            slots: try slots(source.metric, range).map { SlotSeries.Slot(start: $0.start, values: $0.set) },
            defaultValue: source.defaultValue, trafficSlots: traffic, isNonNegative: source.isNonNegative)
    }
}
