/// The metrics that Trailwatch counts without any metric filter.
package enum BuiltInMetric: String, CaseIterable, Sendable {
    case eventCount = "EventCount"
    case errorCount = "ErrorCount"
    case insightCount = "InsightCount"
    case aggregatedEventCount = "AggregatedEventCount"

    package static let namespace = "CloudTrail"
    /// How many events a minute had, in namespace `Trailwatch`.
    package static let traffic = Metric(namespace: "Trailwatch", name: "IncomingLogEvents")
}

extension Metric {
    /// True for a metric that no metric filter may add to.
    package var isBuiltIn: Bool {
        self == BuiltInMetric.traffic || namespace == BuiltInMetric.namespace && BuiltInMetric(rawValue: name) != nil
    }

    /// The slots that the metric is counted in: five minutes for the built-in ones, a minute for those of filters.
    package var resolution: Resolution {
        namespace == BuiltInMetric.namespace && BuiltInMetric(rawValue: name) != nil ? .fiveMinutes : .minute
    }
}
