import TrailAlarms
import TrailModel
import TrailPatterns

/// The metrics that alarms watch, and the filters that should publish them.
extension SetChecks {
    mutating func checkMetric(_ alarm: Declarations.Alarm) {
        switch alarm.definition.input {
        case .metric(let watched):
            if checkMetric(watched.metric, unit: watched.unit, of: alarm) { checkThreshold(alarm) }
        case .math(let math):
            for source in math.metrics { _ = checkMetric(source.metric, unit: source.unit, of: alarm) }
        case .insights(let insights):
            let name = insights.query.metricName
            let namespace = insights.query.namespace
            let isCounted = set.filters.contains { $0.metric.namespace == namespace && $0.metric.name == name }
            let metric = Metric(namespace: namespace, name: name)
            if !isCounted && !metric.isBuiltIn && !declarations.lacksFilters { reportUnpublished(metric, alarm) }
        }
    }

    /// True when the metric is counted and never negative.
    private mutating func checkMetric(_ metric: Metric, unit: String?, of alarm: Declarations.Alarm) -> Bool {
        let definition = alarm.definition
        if metric.isBuiltIn { return true }
        let publishers = set.filters.filter { $0.publishes(metric) }
        guard !publishers.isEmpty else {
            if !declarations.lacksFilters { reportUnpublished(metric, alarm) }
            return false
        }
        if let unit, publishers.allSatisfy({ ($0.unit ?? "None") != unit }) {
            report(
                .warning,
                "alarm '\(definition.name)' gets no data: its Unit is \(unit), its filter publishes "
                    + (publishers[0].unit ?? "None"), at: alarm.metricLocation)
        }
        return publishers.allSatisfy { ($0.value.constant ?? -1) >= 0 && ($0.defaultValue ?? 0) >= 0 }
    }

    private mutating func reportUnpublished(_ metric: Metric, _ alarm: Declarations.Alarm) {
        if let filter = set.filters.first(where: { $0.metric == metric.withoutDimensions }), !filter.publishes(metric) {
            let names = filter.dimensions.map(\.name)
            report(
                .warning,
                "alarm '\(alarm.definition.name)' gets no data: filters publish \(metric.name) "
                    + (names.isEmpty ? "without dimensions" : "with the dimensions \(names.joined(separator: ", "))"),
                at: alarm.metricLocation)
            return
        }
        var candidates = set.filters.filter { $0.metric.namespace == metric.namespace }.map(\.metric.name)
        if metric.namespace == BuiltInMetric.namespace { candidates += BuiltInMetric.allCases.map(\.rawValue) }
        let namespaces = Set(set.filters.map(\.metric.namespace)).union(["CloudTrail"])
        let hint =
            namespaces.contains(metric.namespace)
            ? suggestion(for: metric.name, among: candidates)
            : suggestion(for: metric.namespace, among: namespaces)
        report(
            .warning,
            "alarm '\(alarm.definition.name)' gets no data: no loaded filter publishes \(metric.name) in namespace "
                + "'\(metric.namespace)'\(hint)", at: alarm.metricLocation)
    }
}
