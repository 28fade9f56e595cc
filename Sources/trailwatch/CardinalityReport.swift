import TrailModel
import TrailStore

extension StoreCardinality {
    /// The series by metric, then the dimensions with their values.
    var table: String {
        var lines = ["series    \(seriesCount) of at most \(seriesMax)"]
        let width = families.map { String($0.seriesCount).count }.max() ?? 0
        func count(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: " ", count: max(0, width - digits.count)) + digits
        }
        for family in families {
            let dimensions = family.dimensions.isEmpty ? "no dimensions" : family.dimensions.joined(separator: ", ")
            lines.append("  \(count(family.seriesCount))  \(family.namespace)/\(family.metricName)  \(dimensions)")
        }
        for dimension in dimensions {
            lines.append(
                "dimension \(dimension.name): \(dimension.valueCount) values in \(dimension.seriesCount) series")
            for value in dimension.topValues { lines.append("  \(count(value.seriesCount))  \(value.value)") }
            let more = dimension.valueCount - dimension.topValues.count
            if more > 0 { lines.append("  \(count(0).dropLast())…  and \(more) more") }
        }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        return .members([
            ("series", number(seriesCount)), ("seriesMax", number(seriesMax)),
            (
                "metrics",
                .array(
                    families.map { family in
                        .members([
                            ("namespace", .string(family.namespace)), ("metricName", .string(family.metricName)),
                            ("dimensions", .array(family.dimensions.map { .string($0) })),
                            ("series", number(family.seriesCount)),
                        ])
                    })
            ),
            (
                "dimensions",
                .array(
                    dimensions.map { dimension in
                        .members([
                            ("name", .string(dimension.name)), ("values", number(dimension.valueCount)),
                            ("series", number(dimension.seriesCount)),
                            (
                                "topValues",
                                .array(
                                    dimension.topValues.map { value in
                                        .members([
                                            ("value", .string(value.value)), ("series", number(value.seriesCount)),
                                        ])
                                    })
                            ),
                        ])
                    })
            ),
        ])
    }
}
