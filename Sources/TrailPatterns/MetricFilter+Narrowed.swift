package import TrailModel

extension MetricFilter {
    /// The pattern of those events alone that count into `metric`, one of those that the filter publishes.
    ///
    /// - Returns: The filter's own pattern where the values of the dimensions cannot be asked for beside it: in terms, in
    ///   space-delimited fields, and when the pattern would grow too long.
    package func pattern(of metric: Metric) -> String {
        let text = pattern.text.drop(while: \.isWhitespace)
        guard !dimensions.isEmpty, text.first == "{", let end = text.lastIndex(of: "}") else { return pattern.text }
        let conditions = zip(dimensions, metric.dimensions).compactMap { selected, dimension in
            selected.selector.condition(equalTo: dimension.value)
        }
        guard conditions.count == dimensions.count else { return pattern.text }
        let own = text[text.index(after: text.startIndex)..<end]
        let narrowed = "{ (\(own)) && \(conditions.joined(separator: " && ")) }"
        return (try? FilterPattern(narrowed)) == nil ? pattern.text : narrowed
    }
}

extension EventSelector {
    /// What an event has whose field is `value` as text; `nil` for a field that is no part of its JSON.
    fileprivate func condition(equalTo value: String) -> String? {
        let selector: String
        switch place {
        case .path: selector = text
        case .account: selector = "$.recipientAccountId"
        case .region: selector = "$.awsRegion"
        case .named: return nil
        }
        let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let equality = "\(selector) = \"\(escaped)\""
        // Comparisons pass booleans over.
        switch value {
        case "true": return "(\(equality) || \(selector) IS TRUE)"
        case "false": return "(\(equality) || \(selector) IS FALSE)"
        default: return equality
        }
    }
}
