import TrailModel

/// Which of CloudWatch's rules gave the verdict of a window ("Configuring how CloudWatch alarms treat missing data").
package enum VerdictRule: String, CaseIterable, Sendable {
    /// N datapoints are there: M of them breach, or not.
    case enoughDatapoints = "EnoughDatapoints"
    /// What is missing counts as breaching.
    case missingAsBreaching = "MissingAsBreaching"
    /// What is missing counts as not breaching.
    case missingAsNotBreaching = "MissingAsNotBreaching"
    /// Fewer than N datapoints, and M of them breach.
    case enoughBreaching = "EnoughBreaching"
    /// Fewer than N datapoints, fewer than M of them breach, and some do not.
    case someNotBreaching = "SomeNotBreaching"
    /// Nothing but breaching datapoints, fewer than M, the oldest of them M periods old.
    case prematureAlarm = "PrematureAlarm"
    /// Likewise, but the oldest is younger: the state stays.
    case tooYoungToAlarm = "TooYoungToAlarm"
    /// Likewise, and missing data are ignored: the state stays.
    case missingIgnored = "MissingIgnored"
    case noData = "NoData"
    /// No datapoint, and missing data are ignored: the state stays.
    case noDataIgnored = "NoDataIgnored"
    /// A percentile of too few samples: the state stays.
    case tooFewSamples = "TooFewSamples"

    /// The rule for the classes of a window's periods, oldest first, and the samples of each.
    package init(_ classes: [DatapointClass], rule: EvaluationRule, samples: [Int64] = []) {
        self = Tally(count: classes.count, rule: rule) {
            Datapoint(value: classes[$0], samples: samples.isEmpty ? 0 : samples[$0])
        }.verdictRule(rule)
    }

    /// True for the rules that leave an alarm in the state it is in.
    package var keepsState: Bool {
        switch self {
        case .tooYoungToAlarm, .missingIgnored, .noDataIgnored, .tooFewSamples: true
        default: false
        }
    }
}

extension Tally {
    /// The rule by which ``state(_:)`` gives what it gives.
    fileprivate func verdictRule(_ rule: EvaluationRule) -> VerdictRule {
        if real > 0 && samples < rule.samplesMin { return .tooFewSamples }
        if real == rule.evaluationPeriods { return .enoughDatapoints }
        switch rule.treatMissingData {
        case .breaching: return .missingAsBreaching
        case .notBreaching: return .missingAsNotBreaching
        case .ignore, .missing: break
        }
        let isIgnored = rule.treatMissingData == .ignore
        if real == 0 { return isIgnored ? .noDataIgnored : .noData }
        if breaching >= rule.datapointsToAlarm { return .enoughBreaching }
        if breaching < real { return .someNotBreaching }
        if isIgnored { return .missingIgnored }
        return oldestBreachingAge >= rule.datapointsToAlarm ? .prematureAlarm : .tooYoungToAlarm
    }
}
