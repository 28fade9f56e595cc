import TrailAlarms
import TrailModel

/// `AWS::CloudWatch::Alarm` on a single metric, checked as `PutMetricAlarm` checks it.
extension PropertyReader {
    private static let anomalyOperators = [
        "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold",
    ]
    static let units = [
        "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits",
        "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second",
        "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second",
        "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None",
    ]

    mutating func readAlarm(named name: ResolvedValue) -> Declarations.Alarm? {
        refuse("Metrics", "an alarm on metric math")
        refuse("EvaluationCriteria", "an alarm on a PromQL query")
        refuse("EvaluationInterval", "an alarm on a PromQL query")
        refuse("ThresholdMetricId", "an alarm on anomaly detection")
        guard isUsable else { return nil }
        let alarmName = self.name(name, "AlarmName", length: 1...255)
        let description = text("AlarmDescription", .droppable, length: 0...1024)
        let isEnabled = bool("ActionsEnabled") ?? true
        let metricName = text("MetricName", .required, length: 1...255)
        let namespace = text("Namespace", .required, length: 1...255)
        let dimensions = readDimensions()
        let statistic = readStatistic()
        let unit = choice("Unit", among: Self.units)
        let window = readWindow()
        let threshold = number("Threshold", .required)
        let comparison = readComparison()
        let treatment = choice("TreatMissingData", among: MissingDataTreatment.allCases.map(\.rawValue))
        let lowSamples = readLowSampleCount(statistic)
        let okActions = readActions("OKActions")
        let alarmActions = readActions("AlarmActions")
        let insufficientDataActions = readActions("InsufficientDataActions")
        let tags = readTags()
        guard isUsable, let alarmName, let metricName, let namespace, let window, let threshold, let comparison,
            let statistic
        else { return nil }
        let metric = Metric(namespace: namespace, name: metricName, dimensions: dimensions)
        if !isWholeSlots(metric, window.periodSeconds) { return nil }
        return Declarations.Alarm(
            definition: MetricAlarm(
                name: alarmName, alarmDescription: description, actionsEnabled: isEnabled,
                okActions: okActions.map(\.arn), alarmActions: alarmActions.map(\.arn),
                insufficientDataActions: insufficientDataActions.map(\.arn), metric: metric, statistic: statistic,
                unit: unit, periodSeconds: window.periodSeconds, evaluationPeriods: window.evaluationPeriods,
                datapointsToAlarm: window.datapointsToAlarm, threshold: threshold, comparison: comparison,
                treatMissingData: treatment.flatMap(MissingDataTreatment.init),
                evaluateLowSampleCountPercentile: lowSamples, tags: tags, location: location),
            actions: okActions + alarmActions + insufficientDataActions, nameLocation: name.location,
            metricLocation: place(of: "MetricName"))
    }

    /// A resource's name within its limits, without control characters.
    mutating func name(_ value: ResolvedValue, _ key: String, length: ClosedRange<Int>) -> String? {
        _ = known(key, .optional)
        guard case .text(let text) = value.content else {
            if isUsable { reject(key, got: value.shown, want: "a text") }
            return nil
        }
        guard length.contains(text.count), !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 })
        else {
            reject(
                key, got: text.isEmpty ? "an empty text" : "\(text.count) characters",
                want: "\(length.lowerBound) to \(length.upperBound) characters without control characters",
                at: value.location)
            return nil
        }
        return text
    }

    private mutating func readDimensions() -> [Dimension] {
        let readers = readers("Dimensions")
        guard readers.count <= 30 else {
            reject("Dimensions", got: "\(readers.count)", want: "at most 30")
            return []
        }
        var dimensions: [Dimension] = []
        for var reader in readers {
            reader.checkNames(among: ["Name", "Value"])
            let name = reader.text("Name", .required, length: 1...255)
            let value = reader.text("Value", .required, length: 1...1024)
            merge(reader)
            guard let name, let value else { continue }
            if dimensions.contains(where: { $0.name == name }) {
                reject("Dimensions", got: "'\(name)' twice", want: "each name once", at: reader.location)
            }
            dimensions.append(Dimension(name: name, value: value))
        }
        return dimensions
    }

    private mutating func readWindow() -> (periodSeconds: Int64, evaluationPeriods: Int, datapointsToAlarm: Int?)? {
        let period = integer("Period", .required, in: 1...604_800)
        let evaluationPeriods = integer("EvaluationPeriods", .required, in: 1...604_800)
        let most = evaluationPeriods ?? 604_800
        let datapoints = integer("DatapointsToAlarm", in: 1...604_800)
        if let datapoints, datapoints > most {
            reject("DatapointsToAlarm", got: "\(datapoints)", want: "at most EvaluationPeriods, which is \(most)")
        }
        guard let period, let evaluationPeriods else { return nil }
        guard period.isMultiple(of: 60) else {
            if [10, 20, 30].contains(period) {
                fail(
                    "cannot use \(owner): a Period of \(period) seconds is not supported yet; want a multiple of 60",
                    at: place(of: "Period"))
            } else {
                reject("Period", got: "\(period)", want: "a multiple of 60")
            }
            return nil
        }
        let windowMax: Int64 = period < 3600 ? 86_400 : 604_800
        guard period * evaluationPeriods <= windowMax else {
            reject(
                "EvaluationPeriods", got: "\(evaluationPeriods) periods of \(period) s",
                want: "at most \(windowMax) s together, \(windowMax / period) periods")
            return nil
        }
        return (period, Int(evaluationPeriods), datapoints.map(Int.init))
    }

    private mutating func readComparison() -> ComparisonOperator? {
        if case .text(let text) = member("ComparisonOperator")?.value.content, Self.anomalyOperators.contains(text) {
            fail(
                "cannot use \(owner): an alarm on anomaly detection is not supported yet",
                at: place(of: "ComparisonOperator"))
            return nil
        }
        return choice("ComparisonOperator", .required, among: ComparisonOperator.allCases.map(\.rawValue))
            .flatMap(ComparisonOperator.init)
    }

    private mutating func readActions(_ key: String) -> [Declarations.Action] {
        let values = elements(key)
        guard values.count <= 5 else {
            reject(key, got: "\(values.count) actions", want: "at most 5")
            return []
        }
        var actions: [Declarations.Action] = []
        for value in values {
            guard !value.isSecret else {
                refuseSecret(key, at: value.location)
                continue
            }
            guard case .text(let text) = value.content, isARN(text) else {
                reject(
                    key, got: value.shown, want: "an ARN such as arn:aws:sns:us-east-1:000000000000:name",
                    at: value.location)
                continue
            }
            actions.append(Declarations.Action(arn: text, location: value.location))
        }
        return actions
    }

    private mutating func readTags() -> [String: String] {
        let readers = readers("Tags", .droppable)
        guard readers.count <= 50 else {
            reject("Tags", got: "\(readers.count)", want: "at most 50")
            return [:]
        }
        var tags: [String: String] = [:]
        for var reader in readers {
            reader.checkNames(among: ["Key", "Value"])
            let key = reader.text("Key", .required, length: 1...128)
            let value = reader.text("Value", .required, length: 0...256)
            merge(reader)
            guard let key, let value else { continue }
            if key.lowercased().hasPrefix("aws:") {
                reject(
                    "Tags", got: "the key '\(key)'", want: "no key that starts with aws:", at: reader.place(of: "Key"))
            }
            if tags.updateValue(value, forKey: key) != nil {
                reject("Tags", got: "'\(key)' twice", want: "each key once", at: reader.place(of: "Key"))
            }
            let severities = ["critical", "high", "medium", "low"]
            if key == "severity", !severities.contains(value) {
                evaluation.report(
                    .warning,
                    "the tag severity of \(owner) is '\(value)'; want one of \(severities.joined(separator: ", "))"
                        + suggestion(for: value, among: severities), at: reader.place(of: "Value"))
            }
        }
        return tags
    }

    /// Built-in metrics are kept per 300 s, so that only whole slots make a period.
    private mutating func isWholeSlots(_ metric: Metric, _ periodSeconds: Int64) -> Bool {
        let slot = Resolution.fiveMinutes.seconds
        guard metric.resolution == .fiveMinutes,
            !periodSeconds.isMultiple(of: slot)
        else { return true }
        reject(
            "Period", got: "\(periodSeconds)",
            want: "a multiple of \(slot), the width of CloudTrail's \(metric.name) slots")
        return false
    }
}

/// True for `arn:partition:service:region:account:resource` of at most 1024 characters.
func isARN(_ text: String) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    return text.count <= 1024 && parts.count == 6 && parts[0] == "arn" && !parts[1].isEmpty && !parts[2].isEmpty
        && !parts[5].isEmpty
}
