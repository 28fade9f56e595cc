import TrailCounts
package import TrailModel
package import TrailPatterns

/// The metric filters of two sets of alarm files, counted in one pass.
///
/// Where the sets do not count the same into a metric, the former set's filters count into a metric apart.
package struct FilterUnion {
    package let filters: [MetricFilter]
    private let apart: Set<Metric>

    package init(_ new: [MetricFilter], against old: [MetricFilter] = []) {
        let newNames = Self.names(new)
        let oldNames = Self.names(old)
        apart = Set(oldNames.filter { newNames[$0.key].map { [names = $0.value] in $0 != names } ?? false }.keys)
        var all = new
        for var filter in old {
            if apart.contains(filter.metric) {
                filter.metric = Self.apart(filter.metric)
            } else if newNames[filter.metric] != nil {
                continue
            }
            all.append(filter)
        }
        filters = all
    }

    /// Where the former set's counts of `metric` are.
    package func formerName(_ metric: Metric) -> Metric {
        apart.contains(metric.withoutDimensions) ? Self.apart(metric) : metric
    }

    /// A control character: no template can name such a namespace.
    private static func apart(_ metric: Metric) -> Metric {
        Metric(namespace: "\u{1}\(metric.namespace)", name: metric.name, dimensions: metric.dimensions)
    }

    private static func names(_ filters: [MetricFilter]) -> [Metric: Set<String>] {
        filters.reduce(into: [:]) { $0[$1.metric, default: []].insert(CountingPlan.ledgerName($1)) }
    }
}
