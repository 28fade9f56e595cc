package import TrailModel

/// The metrics that every event counts into without any alarm file: namespace `CloudTrail`, slots of 300 s.
package enum BuiltInMetrics {
    package static let namespace = BuiltInMetric.namespace
    package static let eventCount = BuiltInMetric.eventCount.rawValue
    package static let errorCount = BuiltInMetric.errorCount.rawValue
    package static let insightCount = BuiltInMetric.insightCount.rawValue
    package static let resolution = Resolution.fiveMinutes

    /// The dimension sets of `EventCount`.
    package static let eventSets: [[ActivityDimension]] = [
        [],
        [.eventSource],
        [.eventName],
        [.eventSource, .eventName],
        [.awsRegion],
        [.recipientAccountID],
        [.recipientAccountID, .awsRegion],
        [.recipientAccountID, .awsRegion, .eventSource],
        [.userIdentityType],
    ]

    /// The dimension sets of `ErrorCount`: those of `EventCount` and three with the error code.
    package static let errorSets: [[ActivityDimension]] =
        eventSets + [
            [.errorCode],
            [.eventSource, .errorCode],
            [.recipientAccountID, .awsRegion, .eventSource, .errorCode],
        ]

    /// Every metric that one event of `activity` adds one sample to; a set naming a field that the record lacks is
    /// left out.
    package static func metrics(of activity: Activity) -> [Metric] {
        var metrics = eventSets.compactMap { metric(eventCount, of: activity, by: $0) }
        if activity.isError {
            metrics += errorSets.compactMap { metric(errorCount, of: activity, by: $0) }
        }
        return metrics
    }

    private static func metric(_ name: String, of activity: Activity, by set: [ActivityDimension]) -> Metric? {
        var dimensions: [Dimension] = []
        for dimension in set {
            guard let value = activity.value(of: dimension) else { return nil }
            dimensions.append(Dimension(name: dimension.rawValue, value: value))
        }
        return Metric(namespace: namespace, name: name, dimensions: dimensions)
    }
}

/// The metric that tells which minutes had events at all, so that a filter's DefaultValue can be derived when read.
package enum TrafficMetric {
    package static let metric = BuiltInMetric.traffic
    package static let resolution = Resolution.minute
}
