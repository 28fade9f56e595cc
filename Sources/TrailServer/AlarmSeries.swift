import TrailAlarms
import TrailCounts
import TrailModel
import TrailPatterns
import TrailStore

/// How the metrics of one alarm are read: what their filters say, put together with stored slots.
struct AlarmSeries: Sendable {
    /// One metric among those that an alarm watches.
    struct Source: Hashable, Sendable {
        let metric: Metric
        let defaultValue: Double?
        let isNonNegative: Bool
        /// False when the alarm names a unit that nothing publishes: it gets no data then.
        let isPublished: Bool

        init(_ metric: Metric, unit: String?, filters: [MetricFilter]) {
            self.metric = metric
            let own = filters.filter { $0.publishes(metric) }
            // A metric filter without Unit publishes the unit None (CloudWatch Logs, MetricTransformation).
            let units = own.isEmpty ? ["None", "Count"] : own.map { $0.unit ?? "None" }
            isPublished = unit.map { units.contains($0) } ?? true
            defaultValue = metric.resolution == .minute ? own.lazy.compactMap(\.defaultValue).first : nil
            isNonNegative = own.allSatisfy { $0.value.constant.map { $0 >= 0 } ?? false }
        }
    }

    let resolution: Resolution
    /// The metrics of a query that is read series by series.
    private let queried: Metric?
    let sources: [Source]
    /// Where a cache keeps the series of each source; empty when it does not.
    var places: [Int] = []
    private let isMath: Bool

    init(_ alarm: MetricAlarm, filters: [MetricFilter]) {
        resolution = alarm.input.resolution
        switch alarm.input {
        case .metric(let watched):
            queried = nil
            sources = [Source(watched.metric, unit: watched.unit, filters: filters)]
            isMath = false
        case .math(let math):
            queried = nil
            sources = math.metrics.map { Source($0.metric, unit: $0.unit, filters: filters) }
            isMath = true
        case .insights(let insights):
            queried = Metric(namespace: insights.query.namespace, name: insights.query.metricName)
            sources = []
            isMath = false
        }
    }

    /// The metrics of one contributor of the alarm that `other` is of.
    init(of metrics: [Metric], like other: AlarmSeries, _ filters: [MetricFilter]) {
        resolution = other.resolution
        queried = other.queried
        sources = metrics.map { Source($0, unit: nil, filters: filters) }
        isMath = false
    }

    var metrics: [Metric] { sources.map(\.metric) }

    /// True when its metrics are decided together as one.
    var isOneSeries: Bool { !isMath }

    /// True when the alarm watches one of these metrics; one without dimensions stands for all of its name.
    func watches(_ metrics: Set<Metric>) -> Bool {
        guard !metrics.isEmpty else { return false }
        if let queried, metrics.contains(where: { $0.namespace == queried.namespace && $0.name == queried.name }) {
            return true
        }
        return sources.contains { metrics.contains($0.metric) || metrics.contains($0.metric.withoutDimensions) }
    }

    /// What the alarm watches over `range`; `slots` reads a metric.
    func data(_ range: Range<Timestamp>, slots: ReadSlots) rethrows -> AlarmData {
        try data(range) { try sources[$0].series(range, slots: slots) }
    }

    /// What the alarm watches over `range`, put together from the series of each of its sources.
    func data(_ range: Range<Timestamp>, series: (Int) throws -> SlotSeries) rethrows -> AlarmData {
        if !isMath && sources.count == 1 { return .metric(try series(0)) }
        let all = try sources.indices.map(series)
        if isMath { return .math(all, resolution, range: range) }
        return .metric(SlotSeries(joining: all, resolution: resolution, range: range))
    }
}

/// Reads the slots of a metric that hold samples.
typealias ReadSlots = (Metric, Range<Timestamp>) throws -> [(start: Timestamp, set: StatisticSet)]

extension AlarmSeries.Source {
    func series(_ range: Range<Timestamp>, slots: ReadSlots) rethrows -> SlotSeries {
        let resolution = metric.resolution
        guard isPublished else { return SlotSeries(resolution: resolution, range: range, slots: []) }
        let traffic = defaultValue == nil ? [] : try slots(TrafficMetric.metric, range).map(\.start)
        return SlotSeries(
            resolution: resolution, range: range,
            slots: try slots(metric, range).map { SlotSeries.Slot(start: $0.start, values: $0.set) },
            defaultValue: defaultValue, trafficSlots: traffic, isNonNegative: isNonNegative)
    }
}
