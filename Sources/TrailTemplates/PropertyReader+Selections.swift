import TrailModel
import TrailPatterns

/// What a metric filter takes from the events: its value and its dimensions.
extension PropertyReader {
    /// A selector that `pattern` has what it names of.
    mutating func readSelector(
        _ text: String, _ key: String, _ pattern: FilterPattern, at place: SourceLocation
    ) -> EventSelector? {
        do throws(PatternError) {
            let selector = try EventSelector(text)
            if selector.fits(pattern) { return selector }
            reject(
                key, got: "'\(text)'",
                want: "$.field with a pattern over JSON ({ … }), or a field of a space-delimited pattern ([ … ])",
                at: place)
        } catch {
            fail("cannot read \(key) of \(owner): \(error.message), at byte \(error.offset) of '\(text)'", at: place)
        }
        return nil
    }

    /// `Dimensions` of a transformation: a list of `Key` and `Value`.
    mutating func readSelectedDimensions(_ pattern: FilterPattern) -> [SelectedDimension] {
        var dimensions: [SelectedDimension] = []
        for var reader in readers("Dimensions") {
            reader.checkNames(among: ["Key", "Value"])
            let name = reader.text("Key", .required, length: 1...255)
            let value = reader.text("Value", .required, length: 1...255)
            if let name, name.hasPrefix(":") {
                reader.reject("Key", got: "'\(name)'", want: "a name that does not begin with a colon")
            }
            if let name, let value,
                let selector = reader.readSelector(value, "Value", pattern, at: reader.place(of: "Value"))
            {
                dimensions.append(SelectedDimension(name: name, selector: selector))
            }
            merge(reader)
        }
        return dimensions
    }

    /// `EmitSystemFieldDimensions`: the account and the region of each event.
    mutating func readSystemDimensions() -> [SelectedDimension] {
        guard let value = known("EmitSystemFieldDimensions", .optional) else { return [] }
        let allowed = EventSelector.systemFields.joined(separator: " and ")
        guard case .list(let values) = value.content else {
            reject("EmitSystemFieldDimensions", got: value.shown, want: "a list of \(allowed)")
            return []
        }
        var dimensions: [SelectedDimension] = []
        for value in values {
            guard case .text(let text) = value.content, EventSelector.systemFields.contains(text),
                let selector = try? EventSelector(text)
            else {
                reject("EmitSystemFieldDimensions", got: value.shown, want: allowed, at: value.location)
                continue
            }
            dimensions.append(SelectedDimension(name: text, selector: selector))
        }
        return dimensions
    }

    /// What PutMetricFilter refuses; `defaultValue` is where one stands.
    mutating func checkDimensions(_ dimensions: [SelectedDimension], defaultValue: SourceLocation?) {
        let max = MetricFilter.dimensionsMax
        if dimensions.count > max {
            reject(
                "MetricTransformations", got: "\(dimensions.count) dimensions",
                want: "at most \(max), those of EmitSystemFieldDimensions among them")
        }
        if Set(dimensions.map(\.name)).count < dimensions.count {
            reject("MetricTransformations", got: "a dimension twice", want: "each name once")
        }
        if let defaultValue, !dimensions.isEmpty {
            fail(
                "cannot use \(owner): AWS refuses a DefaultValue beside dimensions; want one or the other",
                at: defaultValue)
        }
    }
}
