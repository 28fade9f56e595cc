import GRDB
import Synchronization
import TrailBlocks
package import TrailModel

/// The metrics of one group of a query, to be read one by one.
package struct MetricGroup: Equatable, Sendable {
    /// Of the dimensions grouped by, in the order asked for; `nil` for metrics without the dimension.
    package let values: [String?]
    package let metrics: [Metric]
}

extension Store {
    /// How many series there are; while it stays the same, no metric is new.
    package var seriesCount: Int { state.withLock { $0.series.count } }

    /// The groups of the metrics that take part in `query`, counted at any time, sorted by their values.
    ///
    /// - Throws: ``QueryError`` past the limits of the query.
    package func groups(of query: MetricQuery) throws -> [MetricGroup] {
        try state.withLock { try QuerySelection(query, $0, hasLevels: false).metricGroups($0.series) }
    }
}

extension StoreReader {
    /// The same as ``Store/groups(of:)``.
    package func groups(of query: MetricQuery) throws -> [MetricGroup] {
        try withView { view, _ in
            try QuerySelection(query, view.state, hasLevels: false).metricGroups(view.state.series)
        }
    }
}

extension QuerySelection {
    fileprivate func metricGroups(_ series: SeriesTable) -> [MetricGroup] {
        var metrics = [[Metric]](repeating: [], count: groups.count)
        for (number, page) in pages.sorted(by: { $0.key < $1.key }) {
            for (index, group) in page.groups.enumerated() where group >= 0 {
                guard let metric = series.metric(of: number << 8 | UInt32(index)) else { continue }
                metrics[Int(group)].append(metric)
            }
        }
        return zip(groups, metrics).map { MetricGroup(values: $0, metrics: $1) }
            .sorted { QueryResult.isBefore($0.values, $1.values) }
    }
}
