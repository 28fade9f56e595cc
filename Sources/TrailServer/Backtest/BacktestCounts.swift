import TrailCounts
package import TrailModel
package import TrailStore

/// What a backtest reads its datapoints from.
///
/// The minutes with events are kept: every alarm on a filter with a DefaultValue asks for them.
package final class BacktestCounts {
    package typealias Slots = [(start: Timestamp, set: StatisticSet)]

    package typealias Groups = (MetricQuery) throws -> [MetricGroup]

    private let read: (Metric, Range<Timestamp>) throws -> Slots
    private let find: Groups
    private var traffic: (range: Range<Timestamp>, slots: Slots)?

    /// Reads by `read`, which gives the slots of a metric that start in a range, sorted, and looks for the metrics of a
    /// Metrics Insights query by `groups`.
    package init(
        groups: @escaping Groups = { _ in [] }, _ read: @escaping (Metric, Range<Timestamp>) throws -> Slots
    ) {
        self.read = read
        find = groups
    }

    /// Takes what a store holds as it is.
    package convenience init(_ store: Store) {
        self.init(groups: { try store.groups(of: $0) }, { try store.slots(of: $0, in: $1) })
    }

    /// Takes what a store holds as it is, beside whoever writes it.
    package convenience init(_ reader: StoreReader) {
        self.init(groups: { try reader.groups(of: $0) }, { try reader.slots(of: $0, in: $1) })
    }

    /// The groups of the metrics that take part in `query`.
    package func groups(of query: MetricQuery) throws -> [MetricGroup] { try find(query) }

    package func slots(of metric: Metric, in range: Range<Timestamp>) throws -> Slots {
        guard metric == TrafficMetric.metric else { return try read(metric, range) }
        if let traffic, traffic.range == range { return traffic.slots }
        let slots = try read(metric, range)
        traffic = (range, slots)
        return slots
    }

    /// The last event's year is at most 2099.
    private static let farthest = Timestamp(seconds: 4_102_444_800)

    /// The first and the last minute with events before `end`.
    func traffic(before end: Timestamp?) throws -> (first: Timestamp?, last: Timestamp?) {
        let slots = try slots(
            of: TrafficMetric.metric, in: Timestamp(seconds: 0)..<max(end ?? Self.farthest, Timestamp(seconds: 0)))
        return (slots.first?.start, slots.last?.start)
    }

    /// The same counts, where some metrics are found under other names.
    package func renaming(_ rename: @escaping (Metric) -> Metric) -> BacktestCounts {
        BacktestCounts(groups: find) { metric, range in try self.slots(of: rename(metric), in: range) }
    }
}
