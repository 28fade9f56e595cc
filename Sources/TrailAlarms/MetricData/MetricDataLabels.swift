import TrailModel

/// The labels that CloudWatch makes for metrics without one, as captured: what tells a metric from the others shown.
struct MetricDataLabels {
    private let shown: [MetricDataQuery.MetricStat]
    private let namesDiffer: Bool
    private let namespacesDiffer: Bool

    /// Only entries that are returned and have no label of their own take part.
    init(_ queries: [MetricDataQuery]) {
        shown = queries.filter { $0.returnsData && $0.label == nil }.compactMap(\.metricStat)
        namesDiffer = Set(shown.map(\.metric.name)).count > 1
        namespacesDiffer = Set(shown.map(\.metric.namespace)).count > 1
    }

    /// Namespace, values of dimensions and name where they are not shared by all; statistic and period where the same
    /// metric is shown with others.
    func label(of stat: MetricDataQuery.MetricStat) -> String {
        let metric = stat.metric
        var parts = namespacesDiffer ? [metric.namespace] : []
        parts += metric.dimensions.filter { dimension in
            !shown.allSatisfy { $0.metric.dimensions.contains(dimension) }
        }.map(\.value)
        if namesDiffer || parts.isEmpty { parts.append(metric.name) }
        let same = shown.filter { $0.metric == metric }
        if Set(same.map(\.stat)).count > 1 { parts.append(stat.stat) }
        if Set(same.map(\.period)).count > 1 { parts.append("\(stat.period)") }
        return parts.joined(separator: " ")
    }
}
