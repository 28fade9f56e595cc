import TrailEvents
import TrailModel

/// Reads aggregated records: the calls of five minutes, counted by CloudTrail itself.
///
/// A record of the template `API_ACTIVITY` has the calls by event name (CloudTrail user guide, aggregated events); those
/// of other templates count the same calls by something else and add nothing.
struct AggregationFields: Sendable {
    /// A record of more calls in its five minutes is set aside; sums of those that are not cannot overflow.
    static let callsMax: Int64 = 1 << 32

    /// What a record says.
    struct Reading {
        /// The start of its window.
        let seconds: Int64
        var counts: [(metric: Metric, count: Int64)] = []
        /// Why it counts nothing.
        var fault: BadRecordReason?
    }

    private let windowStart: FieldID
    private let dimension: FieldID
    private let names: FieldID
    private let values: FieldID

    init(into table: inout FieldTable) {
        let primary: [PathStep] = [.member("summary"), .member("primaryDimension")]
        windowStart = table.add([.member("timeWindow"), .member("windowStart")])
        dimension = table.add(primary + [.member("dimension")])
        names = table.add(primary + [.member("statistics"), .anyElement, .member("name")])
        values = table.add(primary + [.member("statistics"), .anyElement, .member("value")])
    }

    /// The start of the record's window and what it counts; `nil` for a record without a window that can be.
    func read(_ record: borrowing RecordView) -> Reading? {
        guard let text = record.string(windowStart), let start = Timestamp(rfc3339: text),
            EventTime.range.contains(start.seconds)
        else { return nil }
        var reading = Reading(seconds: start.seconds)
        guard record.has(dimension, "eventName"), let source = record.string(.eventSource) else { return reading }
        var names: [String] = []
        for value in record.values(self.names) { names.append(record.string(of: value)) }
        var counts: [Int64] = []
        for value in record.values(values) { counts.append(Int64(record.string(of: value)) ?? 0) }
        guard names.count == counts.count else { return reading }
        var total: Int64 = 0
        for (name, count) in zip(names, counts) where count > 0 {
            guard count <= Self.callsMax - total else {
                return Reading(seconds: reading.seconds, fault: .tooManyCalls)
            }
            total += count
            reading.counts.append((Self.metric([("EventSource", source), ("EventName", name)]), count))
        }
        if total > 0 { reading.counts.append((Self.metric([]), total)) }
        return reading
    }

    private static func metric(_ dimensions: [(String, String)]) -> Metric {
        Metric(
            namespace: BuiltInMetric.namespace, name: BuiltInMetric.aggregatedEventCount.rawValue,
            dimensions: dimensions.map { Dimension(name: $0.0, value: $0.1.dimensionValue) })
    }
}
