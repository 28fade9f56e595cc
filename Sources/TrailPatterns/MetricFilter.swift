package import TrailModel

/// One `AWS::Logs::MetricFilter`: which events count, and as what.
package struct MetricFilter: Equatable, Sendable, Codable {
    package var name: String
    /// Empty when the template's log group is a value that cannot be known.
    package var logGroupName: String
    package var pattern: FilterPattern
    package var metric: Metric
    /// The value of one matching event.
    package var value: Double
    /// Reported for a minute with events of which none matched (CloudWatch Logs, MonitoringLogData).
    package var defaultValue: Double?
    package var unit: String?
    package var location: SourceLocation

    package init(
        name: String, logGroupName: String, pattern: FilterPattern, metric: Metric, value: Double,
        defaultValue: Double? = nil, unit: String? = nil, location: SourceLocation
    ) {
        self.name = name
        self.logGroupName = logGroupName
        self.pattern = pattern
        self.metric = metric
        self.value = value
        self.defaultValue = defaultValue
        self.unit = unit
        self.location = location
    }
}
