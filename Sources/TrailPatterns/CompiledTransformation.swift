package import TrailEvents
package import TrailModel

/// The value and the dimensions of a filter, bound to a field table.
package struct CompiledTransformation: Sendable {
    /// The value of every match when nothing is taken from the events.
    package let constant: Double?
    private let value: CompiledSelector?
    private let fixedValue: Double
    private let dimensions: [(name: String, selector: CompiledSelector)]

    package init(_ filter: MetricFilter, into table: inout FieldTable) {
        constant = filter.dimensions.isEmpty ? filter.value.constant : nil
        fixedValue = filter.value.constant ?? 0
        if case .selected(let selector) = filter.value {
            value = CompiledSelector(selector, of: filter.pattern, into: &table)
        } else {
            value = nil
        }
        var dimensions: [(name: String, selector: CompiledSelector)] = []
        for dimension in filter.dimensions {
            dimensions.append(
                (dimension.name, CompiledSelector(dimension.selector, of: filter.pattern, into: &table)))
        }
        self.dimensions = dimensions
    }

    /// What a matching record counts as; `nil` when it lacks the number, or when it is none that CloudWatch takes.
    package func value(of record: borrowing RecordView) -> Double? {
        guard let value else { return fixedValue }
        guard let number = value.withText(record, { decimalNumber($0) }), number.magnitude <= ExactSum.magnitudeMax
        else { return nil }
        return number
    }

    /// The dimensions of a matching record; `nil` when it lacks one.
    package func dimensions(of record: borrowing RecordView) -> [Dimension]? {
        var found: [Dimension] = []
        for (name, selector) in dimensions {
            let text = selector.withText(record) { $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self) }
            guard let text else { return nil }
            found.append(Dimension(name: name, value: text))
        }
        return found
    }
}
