package import TrailModel

/// Decides each alarm's next state from datapoints, exactly as CloudWatch does, and as early as no further data could
/// change the answer; pure, no I/O, no clock.
///
/// One `AWS::CloudWatch::Alarm`, with the defaults of `PutMetricAlarm` filled in where AWS fills
/// them; what was left out and stays visible as absent is `nil`.
package struct MetricAlarm: Equatable, Sendable {
    package var name: String
    package var alarmDescription: String?
    package var actionsEnabled: Bool
    /// Target ARNs in file order, at most five each.
    package var okActions: [String]
    package var alarmActions: [String]
    package var insufficientDataActions: [String]
    package var input: AlarmInput
    /// A multiple of 60.
    package var periodSeconds: Int64
    /// N of "M of N".
    package var evaluationPeriods: Int
    /// M as written; absent when the alarm does not set it, which changes CloudWatch's wording.
    package var datapointsToAlarm: Int?
    package var threshold: Double
    package var comparison: ComparisonOperator
    package var treatMissingData: MissingDataTreatment?
    /// Only with a percentile.
    package var evaluateLowSampleCountPercentile: LowSampleCountTreatment?
    package var tags: [String: String]
    package var location: SourceLocation
    /// An ALARM that lasts is told again after so many seconds (`Metadata.Trailwatch.RepeatEvery`).
    package var repeatEverySeconds: Int64?
    /// An ALARM that lasts is told again when somebody not named yet takes part (`Metadata.Trailwatch.NotifyOn`).
    package var notifiesNewEvents = false
    /// The series that is decided, of an alarm whose query gives several; `nil` for the alarm itself.
    package var contributor: Contributor?

    package init(
        name: String, alarmDescription: String? = nil, actionsEnabled: Bool = true, okActions: [String] = [],
        alarmActions: [String] = [], insufficientDataActions: [String] = [], input: AlarmInput,
        periodSeconds: Int64, evaluationPeriods: Int, datapointsToAlarm: Int? = nil, threshold: Double,
        comparison: ComparisonOperator, treatMissingData: MissingDataTreatment? = nil,
        evaluateLowSampleCountPercentile: LowSampleCountTreatment? = nil, tags: [String: String] = [:],
        location: SourceLocation
    ) {
        self.name = name
        self.alarmDescription = alarmDescription
        self.actionsEnabled = actionsEnabled
        self.okActions = okActions
        self.alarmActions = alarmActions
        self.insufficientDataActions = insufficientDataActions
        self.input = input
        self.periodSeconds = periodSeconds
        self.evaluationPeriods = evaluationPeriods
        self.datapointsToAlarm = datapointsToAlarm
        self.threshold = threshold
        self.comparison = comparison
        self.treatMissingData = treatMissingData
        self.evaluateLowSampleCountPercentile = evaluateLowSampleCountPercentile
        self.tags = tags
        self.location = location
    }

    /// An alarm on one metric.
    package init(
        name: String, alarmDescription: String? = nil, actionsEnabled: Bool = true, okActions: [String] = [],
        alarmActions: [String] = [], insufficientDataActions: [String] = [], metric: Metric, statistic: Stat,
        unit: String? = nil, periodSeconds: Int64, evaluationPeriods: Int, datapointsToAlarm: Int? = nil,
        threshold: Double, comparison: ComparisonOperator, treatMissingData: MissingDataTreatment? = nil,
        evaluateLowSampleCountPercentile: LowSampleCountTreatment? = nil, tags: [String: String] = [:],
        location: SourceLocation
    ) {
        self.init(
            name: name, alarmDescription: alarmDescription, actionsEnabled: actionsEnabled, okActions: okActions,
            alarmActions: alarmActions, insufficientDataActions: insufficientDataActions,
            input: .metric(WatchedMetric(metric: metric, statistic: statistic, unit: unit)),
            periodSeconds: periodSeconds, evaluationPeriods: evaluationPeriods, datapointsToAlarm: datapointsToAlarm,
            threshold: threshold, comparison: comparison, treatMissingData: treatMissingData,
            evaluateLowSampleCountPercentile: evaluateLowSampleCountPercentile, tags: tags, location: location)
    }

    /// M of "M of N".
    package var requiredDatapoints: Int { datapointsToAlarm ?? evaluationPeriods }

    /// The tag `severity`: critical, high, medium or low; empty when not tagged.
    package var severity: String { tags["severity"] ?? "" }

    /// The target ARNs for an alarm that enters `state`.
    package func actions(for state: AlarmState) -> [String] {
        switch state {
        case .ok: okActions
        case .alarm: alarmActions
        case .insufficientData: insufficientDataActions
        }
    }
}

/// An alarm's state; the raw value is CloudWatch's spelling.
package enum AlarmState: String, CaseIterable, Sendable, Codable {
    case ok = "OK"
    case alarm = "ALARM"
    case insufficientData = "INSUFFICIENT_DATA"
}

/// How a datapoint is compared with a static threshold, the datapoint being the first operand.
package enum ComparisonOperator: String, CaseIterable, Sendable, Codable {
    case greaterThanOrEqualToThreshold = "GreaterThanOrEqualToThreshold"
    case greaterThanThreshold = "GreaterThanThreshold"
    case lessThanThreshold = "LessThanThreshold"
    case lessThanOrEqualToThreshold = "LessThanOrEqualToThreshold"
}

/// What an alarm makes of periods without data (CloudWatch: `TreatMissingData`); the default is `missing`.
package enum MissingDataTreatment: String, CaseIterable, Sendable, Codable {
    case breaching
    case notBreaching
    case ignore
    case missing
}

/// What a percentile alarm makes of too few samples (CloudWatch: `EvaluateLowSampleCountPercentile`); the default is
/// `evaluate`.
package enum LowSampleCountTreatment: String, CaseIterable, Sendable, Codable {
    case evaluate
    /// The alarm keeps its state.
    case ignore
}
