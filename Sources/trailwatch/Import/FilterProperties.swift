import TrailTemplates

/// The properties of an `AWS::Logs::MetricFilter`, from one of `metricFilters`.
struct FilterProperties {
    private static let known = [
        "applyOnTransformedLogs", "creationTime", "emitSystemFieldDimensions", "fieldSelectionCriteria", "filterName",
        "filterPattern", "logGroupName", "metricTransformations",
    ]

    let members: [(String, TemplateNode?)]
    let notes: [String]

    init(_ filter: DescribedResource) throws(ImportFault) {
        notes = AlarmKeys.notes(on: filter, besides: Self.known, as: "metric filter")
        var fields: [TemplateNode] = []
        for field in try filter.members["emitSystemFieldDimensions"]?.elements() ?? [] {
            fields.append(.text(try field.text()))
        }
        var transformations: [TemplateNode] = []
        for value in try filter.value.required("metricTransformations").elements() {
            transformations.append(try Self.transformation(value))
        }
        members = [
            ("FilterName", try filter.text("filterName")), ("LogGroupName", try filter.text("logGroupName")),
            // A filter without a pattern matches everything, and CloudFormation wants it said.
            ("FilterPattern", try filter.text("filterPattern") ?? .text("")),
            ("FieldSelectionCriteria", try filter.text("fieldSelectionCriteria")),
            ("ApplyOnTransformedLogs", try filter.bool("applyOnTransformedLogs", unless: false)),
            ("EmitSystemFieldDimensions", fields.isEmpty ? nil : .list(fields)),
            ("MetricTransformations", .list(transformations)),
        ]
    }

    /// The metrics that the filter publishes.
    static func metrics(of filter: DescribedResource) throws(ImportFault) -> [AlarmProperties.MetricName] {
        var metrics: [AlarmProperties.MetricName] = []
        for value in try filter.value.required("metricTransformations").elements() {
            let name = try value.required("metricName").text()
            metrics.append(.init(namespace: try value.required("metricNamespace").text(), name: name))
        }
        return metrics
    }

    private static func transformation(_ value: DescribedValue) throws(ImportFault) -> TemplateNode {
        let entry = DescribedResource(key: [], value: value, members: try value.members())
        var dimensions: [TemplateNode] = []
        let described = try entry.members["dimensions"]?.members() ?? [:]
        for (key, selector) in described.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            dimensions.append(.mapping([("Key", .text(key)), ("Value", .text(try selector.text()))]))
        }
        return .mapping([
            ("MetricNamespace", .text(try value.required("metricNamespace").text())),
            ("MetricName", .text(try value.required("metricName").text())),
            ("MetricValue", .text(try value.required("metricValue").text())),
            ("DefaultValue", try entry.number("defaultValue")),
            ("Dimensions", dimensions.isEmpty ? nil : .list(dimensions)), ("Unit", try entry.text("unit")),
        ])
    }
}
