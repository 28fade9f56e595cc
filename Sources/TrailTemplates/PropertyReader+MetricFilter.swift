import TrailModel
import TrailPatterns

/// `AWS::Logs::MetricFilter`, checked as `PutMetricFilter` checks it, and the log groups that
/// tell which filters see the trail.
extension PropertyReader {
    mutating func readMetricFilter(named name: ResolvedValue) -> MetricFilter? {
        _ = bool("ApplyOnTransformedLogs", .droppable)
        let filterName = self.name(name, "FilterName", length: 1...512)
        if let filterName, filterName.contains(where: { $0 == ":" || $0 == "*" }) {
            reject("FilterName", got: "'\(filterName)'", want: "a name without ':' and '*'", at: name.location)
        }
        let logGroupName = readLogGroupName()
        let pattern = readPattern()
        let counted = pattern.flatMap { narrowed($0) }
        let transformations = readers("MetricTransformations", .required)
        guard isUsable, let filterName, let logGroupName, let pattern else { return nil }
        guard transformations.count == 1, var transformation = transformations.first else {
            reject("MetricTransformations", got: "\(transformations.count)", want: "exactly one")
            return nil
        }
        transformation.checkNames(
            among: ["DefaultValue", "Dimensions", "MetricName", "MetricNamespace", "MetricValue", "Unit"])
        let metricName = transformation.metricText("MetricName")
        let namespace = transformation.metricText("MetricNamespace")
        let value = transformation.readMetricValue(pattern)
        let dimensions = readSystemDimensions() + transformation.readSelectedDimensions(pattern)
        let defaultValue = transformation.number("DefaultValue")
        let unit = transformation.choice("Unit", among: Self.units)
        merge(transformation)
        checkDimensions(dimensions, defaultValue: transformation.member("DefaultValue")?.keyLocation)
        guard isUsable, let counted, let metricName, let namespace, let value else { return nil }
        return MetricFilter(
            name: filterName, logGroupName: logGroupName, pattern: counted,
            metric: Metric(namespace: namespace, name: metricName), value: value, dimensions: dimensions,
            defaultValue: defaultValue, unit: unit, location: location)
    }

    /// The filter's log group when another one is known to hold the trail's events; without one, every filter counts.
    ///
    /// Such a filter is not looked at further: it may be written for logs of any other form.
    func foreignLogGroup(_ trailLogGroupNames: Set<String>) -> String? {
        let groups = evaluation.settings.logGroup.map { [$0] } ?? trailLogGroupNames
        guard !groups.isEmpty, let value = member("LogGroupName")?.value, !value.isSecret,
            case .text(let name) = value.content, !groups.contains(name)
        else { return nil }
        return name
    }

    /// The filter's log group; empty when it cannot be known, which only means that it is not compared.
    private mutating func readLogGroupName() -> String? {
        if let value = member("LogGroupName")?.value, let reason = value.reason {
            guard reason == .faulty else { return "" }
        }
        return text("LogGroupName", .required, length: 1...512)
    }

    private mutating func readPattern() -> FilterPattern? {
        guard let text = text("FilterPattern", .required, length: 0...1024) else { return nil }
        do throws(PatternError) {
            return try FilterPattern(text)
        } catch {
            fail(
                "cannot read FilterPattern of \(owner): \(error.message), at byte \(error.offset) of the pattern",
                at: place(of: "FilterPattern"))
            return nil
        }
    }

    /// The pattern with what `FieldSelectionCriteria` asks besides.
    private mutating func narrowed(_ pattern: FilterPattern) -> FilterPattern? {
        let key = "FieldSelectionCriteria"
        guard member(key) != nil else { return pattern }
        guard let text = text(key, .required, length: 0...SelectionCriteria.charactersMax) else { return nil }
        let criteria: SelectionCriteria
        do throws(PatternError) {
            criteria = try SelectionCriteria(text)
        } catch {
            fail("cannot read \(key) of \(owner): \(error.message), at byte \(error.offset)", at: place(of: key))
            return nil
        }
        do throws(PatternError) {
            if let narrowed = try criteria.narrowing(pattern) { return narrowed }
            fail(
                "cannot use \(key) of \(owner): got a FilterPattern of terms or fields; want one over JSON, { … }, or none",
                at: place(of: key))
        } catch {
            fail("cannot use \(key) of \(owner): with the FilterPattern \(error.message)", at: place(of: key))
        }
        return nil
    }

    private mutating func metricText(_ key: String) -> String? {
        guard let text = text(key, .required, length: 1...255) else { return nil }
        guard !text.contains(where: { $0 == ":" || $0 == "*" || $0 == "$" }) else {
            reject(key, got: "'\(text)'", want: "a name without ':', '*' and '$'")
            return nil
        }
        return text
    }

    private mutating func readMetricValue(_ pattern: FilterPattern) -> MetricValue? {
        guard let value = known("MetricValue", .required) else { return nil }
        if case .text(let text) = value.content, text.count <= 100 {
            if text.hasPrefix("$") {
                return readSelector(text, "MetricValue", pattern, at: value.location).map(MetricValue.selected)
            }
            if let number = decimalNumber(text), number.magnitude <= ExactSum.magnitudeMax {
                return .constant(number)
            }
        }
        reject("MetricValue", got: value.shown, want: "a number or a selector such as $.bytes")
        return nil
    }

    /// The log group that a trail writes to; `nil` when it has none or it cannot be known.
    mutating func readTrailLogGroupName() -> String? {
        guard member("CloudWatchLogsLogGroupArn")?.value.reason == nil,
            let value = known("CloudWatchLogsLogGroupArn", .optional)
        else { return nil }
        guard case .text(let text) = value.content, isARN(text) else {
            reject("CloudWatchLogsLogGroupArn", got: value.shown, want: "an ARN of a log group")
            return nil
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 7, parts[2] == "logs", parts[5] == "log-group", !parts[6].isEmpty else {
            reject("CloudWatchLogsLogGroupArn", got: value.shown, want: "an ARN of a log group")
            return nil
        }
        return String(parts[6])
    }
}
