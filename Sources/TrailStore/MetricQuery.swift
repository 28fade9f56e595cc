package import TrailModel

/// What to read of a metric: its exact dimension names, each with the value wanted or open to group by.
package struct MetricQuery: Sendable {
    package struct DimensionFilter: Sendable {
        package let name: String
        package let value: String?

        package init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    package var namespace: String
    package var metricName: String
    package var dimensions: [DimensionFilter]
    package var periodSeconds: Int64
    /// Inclusive.
    package var from: Timestamp
    /// Exclusive.
    package var to: Timestamp

    package init(
        namespace: String, metricName: String, dimensions: [DimensionFilter], periodSeconds: Int64, from: Timestamp,
        to: Timestamp
    ) {
        self.namespace = namespace
        self.metricName = metricName
        self.dimensions = dimensions
        self.periodSeconds = periodSeconds
        self.from = from
        self.to = to
    }

    /// The dimensions that the result is grouped by, in the order asked for.
    package var groupNames: [String] { dimensions.filter { $0.value == nil }.map(\.name) }
}

/// The datapoints found, by start of period and group.
package struct QueryResult: Sendable {
    package struct Key: Hashable, Comparable, Sendable {
        package let start: Timestamp
        package let group: [String]

        package static func < (left: Key, right: Key) -> Bool {
            left.start != right.start
                ? left.start < right.start : left.group.lexicographicallyPrecedes(right.group)
        }
    }

    /// False when no series of this name and these dimensions was ever counted.
    package var isKnown = true
    package var sets: [Key: StatisticSet] = [:]

    /// In time order, then by group.
    package var rows: [(key: Key, set: StatisticSet)] {
        sets.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// A query that cannot be answered.
package enum QueryError: Error, Equatable, CustomStringConvertible {
    case period(got: Int64, multipleOf: Int64)

    package var description: String {
        switch self {
        case .period(let got, let step): "cannot query with a period of \(got) s; want a multiple of \(step) s"
        }
    }
}
