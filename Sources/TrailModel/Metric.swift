/// A name and a value that, with others, tell one series of a metric from another.
package struct Dimension: Hashable, Comparable, Sendable, Codable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    package static func < (left: Dimension, right: Dimension) -> Bool {
        (left.name, left.value) < (right.name, right.value)
    }
}

/// A metric's identity: namespace, name and the exact set of dimensions, whose order does not matter
/// (CloudWatch user guide, concepts).
package struct Metric: Hashable, Sendable, Codable {
    package let namespace: String
    package let name: String
    /// Sorted by name.
    package let dimensions: [Dimension]

    package init(namespace: String, name: String, dimensions: [Dimension] = []) {
        self.namespace = namespace
        self.name = name
        self.dimensions = dimensions.sorted()
    }

    /// The metric of the same name without dimensions.
    package var withoutDimensions: Metric {
        dimensions.isEmpty ? self : Metric(namespace: namespace, name: name)
    }

    /// Namespace, name and, in braces, the dimensions, for people.
    package var text: String { text(dimension: { "\($0.name)=\($0.value)" }) }

    /// ``text`` with other words for a dimension.
    package func text(dimension: (Dimension) -> String) -> String {
        let list = dimensions.map(dimension).joined(separator: ",")
        return "\(namespace) \(name)" + (dimensions.isEmpty ? "" : " {\(list)}")
    }
}

/// The statistics of CloudWatch that need no distribution of values; the raw value is the API's spelling.
package enum Statistic: String, CaseIterable, Sendable, Codable {
    case sampleCount = "SampleCount"
    case sum = "Sum"
    case average = "Average"
    case minimum = "Minimum"
    case maximum = "Maximum"
}
