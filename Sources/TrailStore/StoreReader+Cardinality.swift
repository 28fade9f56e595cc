import GRDB

/// Which metrics and dimensions make how many series.
package struct StoreCardinality: Sendable {
    /// The metrics of one name and set of dimensions.
    package struct Family: Sendable, Equatable {
        package let namespace: String
        package let metricName: String
        /// Sorted.
        package let dimensions: [String]
        package let seriesCount: Int
    }

    /// A dimension's name over all metrics that have it.
    package struct Dimension: Sendable, Equatable {
        package let name: String
        package let seriesCount: Int
        package let valueCount: Int
        /// Those with the most series first, equal ones by their text.
        package let topValues: [Value]
    }

    package struct Value: Sendable, Equatable {
        package let value: String
        package let seriesCount: Int
    }

    package let seriesCount: Int
    /// Past so many series a file that needs a new one is refused.
    package let seriesMax: Int
    /// The largest first.
    package let families: [Family]
    /// Those with the most values first.
    package let dimensions: [Dimension]

    /// Counts the values of each series of each metric name and dimension set, and lists at most `topMax` of them.
    init(_ families: [(key: SeriesFamily.Key, series: [[String]])], seriesMax: Int, topMax: Int) {
        var values: [String: [String: Int]] = [:]
        for (key, series) in families {
            for (index, name) in key.dimensions.enumerated() {
                for one in series { values[name, default: [:]][one[index], default: 0] += 1 }
            }
        }
        seriesCount = families.reduce(0) { $0 + $1.series.count }
        self.seriesMax = seriesMax
        self.families = families.map { key, series in
            Family(
                namespace: key.namespace, metricName: key.name, dimensions: key.dimensions, seriesCount: series.count)
        }.sorted { left, right in
            (right.seriesCount, left.namespace, left.metricName) < (left.seriesCount, right.namespace, right.metricName)
                || (right.seriesCount, left.namespace, left.metricName)
                    == (left.seriesCount, right.namespace, right.metricName)
                    && left.dimensions.lexicographicallyPrecedes(right.dimensions)
        }
        dimensions = values.map { name, counts in
            let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            return Dimension(
                name: name, seriesCount: counts.values.reduce(0, +), valueCount: counts.count,
                topValues: sorted.prefix(topMax).map { Value(value: $0.key, seriesCount: $0.value) })
        }.sorted { ($1.valueCount, $0.name) < ($0.valueCount, $1.name) }
    }
}

extension StoreReader {
    /// What makes how many series, with at most `topMax` values of each dimension.
    ///
    /// - Complexity: O(series × dimensions) time; memory for all texts of values.
    package func cardinality(topMax: Int = 10) throws -> StoreCardinality {
        try database.read { db in
            let state = try StoreState(db, forWriting: false)
            return StoreCardinality(
                state.series.families.map { ($0.key, state.seriesValues(of: $0)) }, seriesMax: SeriesTable.seriesMax,
                topMax: topMax)
        }
    }
}

extension StoreState {
    /// The values of dimensions of each series of a family.
    fileprivate func seriesValues(of family: SeriesFamily) -> [[String]] {
        (0..<family.count).map { family.row(at: $0).map { series.texts[$0] } }
    }
}
