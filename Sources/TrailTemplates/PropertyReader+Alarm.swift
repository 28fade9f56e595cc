import TrailAlarms
import TrailModel

/// `AWS::CloudWatch::Alarm`, checked as `PutMetricAlarm` checks it.
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
        refuse("EvaluationCriteria", "an alarm on a PromQL query")
        refuse("EvaluationInterval", "an alarm on a PromQL query")
        refuse("ThresholdMetricId", "an alarm on anomaly detection")
        guard isUsable else { return nil }
        let alarmName = self.name(name, "AlarmName", length: 1...255)
        let description = text("AlarmDescription", .droppable, length: 0...1024)
        let isEnabled = bool("ActionsEnabled") ?? true
        let watched = readInput()
        let window = readWindow(periodSeconds: watched?.periodSeconds)
        let threshold = number("Threshold", .required)
        let comparison = readComparison()
        let treatment = choice("TreatMissingData", among: MissingDataTreatment.allCases.map(\.rawValue))
        let lowSamples = readLowSampleCount(watched?.input)
        let okActions = readActions("OKActions")
        let alarmActions = readActions("AlarmActions")
        let insufficientDataActions = readActions("InsufficientDataActions")
        let tags = readTags()
        guard isUsable, let alarmName, let watched, let window, let threshold, let comparison else { return nil }
        return Declarations.Alarm(
            definition: MetricAlarm(
                name: alarmName, alarmDescription: description, actionsEnabled: isEnabled,
                okActions: okActions.map(\.arn), alarmActions: alarmActions.map(\.arn),
                insufficientDataActions: insufficientDataActions.map(\.arn), input: watched.input,
                periodSeconds: watched.periodSeconds, evaluationPeriods: window.evaluationPeriods,
                datapointsToAlarm: window.datapointsToAlarm, threshold: threshold, comparison: comparison,
                treatMissingData: treatment.flatMap(MissingDataTreatment.init),
                evaluateLowSampleCountPercentile: lowSamples, tags: tags, location: location),
            actions: okActions + alarmActions + insufficientDataActions, hasUnknownActions: hasUnknownActions,
            nameLocation: name.location,
            metricLocation: watched.location)
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

    private mutating func readWindow(
        periodSeconds period: Int64?
    ) -> (evaluationPeriods: Int, datapointsToAlarm: Int?)? {
        let evaluationPeriods = integer("EvaluationPeriods", .required, in: 1...604_800)
        let most = evaluationPeriods ?? 604_800
        let datapoints = integer("DatapointsToAlarm", in: 1...604_800)
        if let datapoints, datapoints > most {
            reject("DatapointsToAlarm", got: "\(datapoints)", want: "at most EvaluationPeriods, which is \(most)")
        }
        guard let period, let evaluationPeriods else { return nil }
        let windowMax: Int64 = period < 3600 ? 86_400 : 604_800
        guard period * evaluationPeriods <= windowMax else {
            reject(
                "EvaluationPeriods", got: "\(evaluationPeriods) periods of \(period) s",
                want: "at most \(windowMax) s together, \(windowMax / period) periods")
            return nil
        }
        return (Int(evaluationPeriods), datapoints.map(Int.init))
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

    /// Whether an action that is written cannot be known.
    var hasUnknownActions: Bool {
        ["AlarmActions", "InsufficientDataActions", "OKActions"].contains { member($0)?.value.reason != nil }
    }

    mutating func readActions(_ key: String) -> [Declarations.Action] {
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

    mutating func readTags() -> [String: String] {
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
}

/// True for `arn:partition:service:region:account:resource` of at most 1024 characters.
func isARN(_ text: String) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    return text.count <= 1024 && parts.count == 6 && parts[0] == "arn" && !parts[1].isEmpty && !parts[2].isEmpty
        && !parts[5].isEmpty
}
