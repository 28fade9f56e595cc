import TrailCounts
import TrailModel
import TrailPatterns

/// What a store must hold, in plain dictionaries.
struct StoreModel {
    struct Event {
        let id: Int
        /// Seconds from ``begin``.
        let second: Int64
        let name: Int
        let isError: Bool
        /// Counts in no metric.
        var isMalformed = false

        var json: String {
            if isMalformed { return #"{"eventID":"bad-\#(id)"}"# }
            let time = Timestamp(seconds: begin + second).rfc3339
            return #"{"eventTime":"\#(time)","eventID":"id-\#(id)","eventSource":"s.amazonaws.com","#
                + #""eventName":"N\#(name)"\#(isError ? #","errorCode":"E\#(name)""# : "")}"#
        }
    }

    /// A filter, one of two for the same metric, which replace each other.
    struct Filter: Hashable {
        let metric: Int
        let name: Int

        var value: Double { [2.5, 1, 0.1][metric] }
    }

    /// Midnight, so that late events are of another day.
    static let begin: Int64 = 1_700_006_400
    static let now = Timestamp(seconds: begin + 10_800)
    static let metrics: [Metric] =
        [
            TrafficMetric.metric, Metric(namespace: "CloudTrail", name: "EventCount"),
            Metric(
                namespace: "CloudTrail", name: "EventCount", dimensions: [Dimension(name: "EventName", value: "N1")]),
            Metric(namespace: "CloudTrail", name: "ErrorCount"),
        ] + (0..<3).map { Metric(namespace: "Test", name: "M\($0)") }

    private(set) var counted: [Int: (event: Event, filters: Set<Filter>)] = [:]
    /// The records of each file as they were read last, and the filters of ledger rows.
    private(set) var files: [String: [Event]] = [:]
    private(set) var records: [String: Int64] = [:]

    mutating func commit(_ key: String, _ events: [Event], filters: Set<Filter>) {
        files[key] = events
        for event in events {
            let kind = event.isMalformed ? "malformed" : counted[event.id] == nil ? "counted" : "duplicate"
            records[kind, default: 0] += 1
            if kind == "counted" { counted[event.id] = (event, filters) }
        }
    }

    /// Each event of these files counts in `filters`, which replace others of their metrics.
    mutating func recount(_ keys: [String], filters: Set<Filter>) {
        for event in keys.flatMap({ files[$0] ?? [] }) {
            guard let old = counted[event.id]?.filters else { continue }
            let kept = old.filter { own in !filters.contains { $0.metric == own.metric } }
            counted[event.id]?.filters = kept.union(filters)
        }
    }

    /// The samples of a metric, by the start of the period.
    func sets(of metric: Int, period: Int64, from: Int64 = .min, to: Int64 = .max) -> [Int64: StatisticSet] {
        var counts: [Int64: Int64] = [:]
        var value = 1.0
        for (event, filters) in counted.values {
            let isCounted =
                switch metric {
                case 0, 1: true
                case 2: event.name == 1
                case 3: event.isError
                default: filters.contains { $0.metric == metric - 4 && $0.name == event.name }
                }
            guard isCounted else { continue }
            if metric >= 4 { value = Filter(metric: metric - 4, name: 0).value }
            let slot = Self.begin + event.second
            guard slot >= from, slot < to else { continue }
            counts[slot - (slot % period + period) % period, default: 0] += 1
        }
        return counts.mapValues { StatisticSet(value: value, count: $0) }
    }

    static func width(of metric: Int) -> Int64 { (1...3).contains(metric) ? 300 : 60 }

    /// Events of each name, by the start of the period.
    func eventNames(period: Int64) -> [Int64: [String: Double]] {
        counted.values.reduce(into: [:]) { all, one in
            let slot = Self.begin + one.event.second
            all[slot - slot % period, default: [:]]["N\(one.event.name)", default: 0] += 1
        }
    }
}
