package import TrailModel

/// One `AWS::Logs::MetricFilter`: which events count, and as what.
package struct MetricFilter: Equatable, Sendable, Codable {
    /// Dimensions of one filter, the system fields among them (PutMetricFilter).
    package static let dimensionsMax = 3

    package var name: String
    /// Empty when the template's log group is a value that cannot be known.
    package var logGroupName: String
    package var pattern: FilterPattern
    /// Without dimensions; where the filter has some, every set of their values is a metric of its own.
    package var metric: Metric
    /// The value of one matching event.
    package var value: MetricValue
    /// Sorted by name.
    package var dimensions: [SelectedDimension]
    /// Reported for a minute with events of which none matched (CloudWatch Logs, MonitoringLogData).
    package var defaultValue: Double?
    package var unit: String?
    package var location: SourceLocation

    package init(
        name: String, logGroupName: String, pattern: FilterPattern, metric: Metric, value: MetricValue,
        dimensions: [SelectedDimension] = [], defaultValue: Double? = nil, unit: String? = nil,
        location: SourceLocation
    ) {
        self.name = name
        self.logGroupName = logGroupName
        self.pattern = pattern
        self.metric = metric
        self.value = value
        self.dimensions = dimensions.sorted { $0.name < $1.name }
        self.defaultValue = defaultValue
        self.unit = unit
        self.location = location
    }

    package init(
        name: String, logGroupName: String, pattern: FilterPattern, metric: Metric, value: Double,
        defaultValue: Double? = nil, unit: String? = nil, location: SourceLocation
    ) {
        self.init(
            name: name, logGroupName: logGroupName, pattern: pattern, metric: metric, value: .constant(value),
            defaultValue: defaultValue, unit: unit, location: location)
    }

    /// Whether its matches may count into `metric`.
    package func publishes(_ metric: Metric) -> Bool {
        metric.namespace == self.metric.namespace && metric.name == self.metric.name
            && metric.dimensions.map(\.name) == dimensions.map(\.name)
    }

    /// Whether the value or a dimension is taken from the events.
    package var selectsFromEvents: Bool { value.constant == nil || !dimensions.isEmpty }
}

/// What a matching event counts as.
package enum MetricValue: Hashable, Sendable, Codable {
    case constant(Double)
    /// The number in a field; an event without one publishes nothing.
    case selected(EventSelector)

    /// `nil` when it is taken from the events.
    package var constant: Double? {
        if case .constant(let value) = self { value } else { nil }
    }
}

/// A dimension whose value is taken from each event; an event without it publishes nothing.
package struct SelectedDimension: Hashable, Sendable, Codable {
    package let name: String
    package let selector: EventSelector

    package init(name: String, selector: EventSelector) {
        self.name = name
        self.selector = selector
    }
}

/// What a filter takes from the events, as it is kept beside its pattern.
package struct StoredSelections: Hashable, Sendable, Codable {
    package let value: EventSelector?
    package let dimensions: [SelectedDimension]

    /// `nil` when the filter takes nothing from the events.
    package init?(of filter: MetricFilter) {
        guard filter.selectsFromEvents else { return nil }
        if case .selected(let selector) = filter.value { value = selector } else { value = nil }
        dimensions = filter.dimensions
    }
}
