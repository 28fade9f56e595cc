import TrailModel

/// What one period of a window is to an alarm: without data, over the threshold's bad side, or not.
package enum DatapointClass: UInt8, CaseIterable, Sendable {
    case missing
    case breaching
    case notBreaching
}

/// The settings that turn the classes of a window's periods into a state.
package struct EvaluationRule: Equatable, Sendable {
    /// N of "M of N".
    package let evaluationPeriods: Int
    /// M of "M of N".
    package let datapointsToAlarm: Int
    package let treatMissingData: MissingDataTreatment
    /// With fewer samples in the datapoints it uses, an alarm keeps its state.
    package let samplesMin: Int64
    /// True for a contributor: without any datapoint it is OK, whatever `TreatMissingData` says.
    package let isContributor: Bool

    package init(
        evaluationPeriods: Int, datapointsToAlarm: Int, treatMissingData: MissingDataTreatment, samplesMin: Int64 = 0,
        isContributor: Bool = false
    ) {
        self.isContributor = isContributor
        self.evaluationPeriods = evaluationPeriods
        self.datapointsToAlarm = datapointsToAlarm
        self.treatMissingData = treatMissingData
        self.samplesMin = samplesMin
    }

    /// How many decisive datapoints CloudWatch names: M towards ALARM or INSUFFICIENT_DATA, N - M + 1 towards OK.
    package func decisiveCount(for state: AlarmState) -> Int {
        state == .ok ? evaluationPeriods - datapointsToAlarm + 1 : datapointsToAlarm
    }
}

/// What an alarm makes of one window: the state it asks for and the periods that decided it.
///
/// The order of the rules reproduces both tables of "Configuring how CloudWatch alarms treat missing data" (CloudWatch
/// user guide), its prose on premature transitions, and captured transitions of real alarms.
package struct Verdict: Equatable, Sendable {
    /// The state the window asks for, whatever the state before; `nil` keeps the state the alarm is in.
    package let state: AlarmState?
    /// How many periods without data were filled in, "as few as possible": N minus the real datapoints, or 0.
    package let filled: Int
    /// Indices into the window's periods, newest first: the periods that decided.
    package let decisive: [Int]
    /// Indices from the oldest real datapoint that was used to the newest; empty without data.
    package let used: Range<Int>

    /// Evaluates the classes of a window's periods, oldest first.
    ///
    /// `samples` are the samples of each period, which count only where the rule wants some.
    package init(_ classes: [DatapointClass], rule: EvaluationRule, samples: [Int64] = []) {
        let tally = Tally(count: classes.count, rule: rule) {
            Datapoint(value: classes[$0], samples: samples.isEmpty ? 0 : samples[$0])
        }
        let verdict = tally.state(rule)
        state = verdict
        filled = tally.filled(rule)
        guard tally.real > 0 else {
            used = 0..<0
            decisive = Array(classes.indices.suffix(verdict.map(rule.decisiveCount) ?? 0).reversed())
            return
        }
        let oldest = classes.count - tally.oldestUsedAge
        used = oldest..<((classes.lastIndex { $0 != .missing } ?? oldest) + 1)
        guard let verdict else {
            decisive = []
            return
        }
        // Real datapoints come first, missing periods make up what is short; both the newest ones.
        let wanted: DatapointClass = verdict == .alarm ? .breaching : .notBreaching
        let count = rule.decisiveCount(for: verdict)
        let real = used.reversed().filter { classes[$0] == wanted }.prefix(count)
        let missing = classes.indices.reversed().filter { classes[$0] == .missing }.prefix(count - real.count)
        decisive = (real + missing).sorted(by: >)
    }

    /// Evaluates the values of a window's periods, oldest first, `nil` where a period holds no data.
    package init(_ periods: [PeriodValue?], alarm: MetricAlarm) {
        self.init(
            periods.map { alarm.classify($0) }, rule: alarm.rule, samples: periods.map { $0?.sampleCount ?? 0 })
    }

    /// The state the alarm is in after the window when it was in `prior` before.
    package func state(after prior: AlarmState) -> AlarmState {
        state ?? prior
    }
}

/// One period as the walk over a window sees it.
struct Datapoint {
    var value: DatapointClass
    var samples: Int64
}

/// The counts a verdict needs, taken in one walk from the newest period back; no allocation, for the hot path.
struct Tally {
    private(set) var real = 0
    private(set) var breaching = 0
    private(set) var samples: Int64 = 0
    /// Age of the oldest real datapoint used and of the oldest breaching one; the newest period has age 1.
    private(set) var oldestUsedAge = 0
    private(set) var oldestBreachingAge = 0

    /// Walks periods `count - 1` down to 0 and stops at N real ones: older ones only fill gaps.
    @inline(__always)
    init(count: Int, rule: EvaluationRule, datapointAt: (Int) -> Datapoint) {
        var age = 0
        while age < count && real < rule.evaluationPeriods {
            age += 1
            let datapoint = datapointAt(count - age)
            switch datapoint.value {
            case .missing: continue
            case .notBreaching: break
            case .breaching:
                breaching += 1
                oldestBreachingAge = age
            }
            real += 1
            samples += datapoint.samples
            oldestUsedAge = age
        }
    }

    func filled(_ rule: EvaluationRule) -> Int {
        rule.evaluationPeriods - real
    }

    /// The state asked for, `nil` to keep the present one.
    func state(_ rule: EvaluationRule) -> AlarmState? {
        let needed = rule.datapointsToAlarm
        // Without any datapoint there is no percentile to distrust: that is TreatMissingData's case.
        if real > 0 && samples < rule.samplesMin { return nil }
        if real == 0 && rule.isContributor { return .ok }
        if real == rule.evaluationPeriods { return breaching >= needed ? .alarm : .ok }
        switch rule.treatMissingData {
        case .breaching: return breaching + filled(rule) >= needed ? .alarm : .ok
        case .notBreaching: return breaching >= needed ? .alarm : .ok
        case .ignore, .missing: break
        }
        if real == 0 { return rule.treatMissingData == .ignore ? nil : .insufficientData }
        if breaching >= needed { return .alarm }
        if breaching < real { return .ok }
        if rule.treatMissingData == .ignore { return nil }
        // Premature ALARM: nothing but breaching datapoints, the oldest of them M periods old.
        return oldestBreachingAge >= needed ? .alarm : nil
    }
}

extension ComparisonOperator {
    /// True when `value`, the first operand, lies on the bad side of `threshold`.
    package func isBreached(by value: Double, threshold: Double) -> Bool {
        switch self {
        case .greaterThanOrEqualToThreshold: value >= threshold
        case .greaterThanThreshold: value > threshold
        case .lessThanThreshold: value < threshold
        case .lessThanOrEqualToThreshold: value <= threshold
        }
    }
}

extension MetricAlarm {
    /// The settings that decide a window of this alarm.
    package var rule: EvaluationRule {
        EvaluationRule(
            evaluationPeriods: evaluationPeriods, datapointsToAlarm: requiredDatapoints,
            treatMissingData: treatMissingData ?? .missing,
            samplesMin: evaluateLowSampleCountPercentile == .ignore ? input.statistic?.significantSamples ?? 0 : 0,
            isContributor: contributor != nil)
    }

    /// How many periods a window looks at: N + max(N / 3, 2).
    ///
    /// CloudWatch does not document the number; this fits its guide's example (N 3: 5 periods) and a measured
    /// recovery (N 1: 3 periods).
    package var evaluationRange: Int {
        evaluationPeriods + max(evaluationPeriods / 3, 2)
    }

    /// The seconds that one window covers.
    package var windowSeconds: Int64 { Int64(evaluationRange) * periodSeconds }

    /// What a period that holds `values`, or nothing, is to this alarm.
    ///
    /// A period whose samples have no such statistic, as none inside `TM(100:200)`, is one without data: CloudWatch
    /// leaves it out of what it answers.
    func classify(_ values: StatisticSet?) -> DatapointClass {
        guard let statistic = input.statistic, let value = values?.value(of: statistic) else { return .missing }
        return comparison.isBreached(by: value, threshold: threshold) ? .breaching : .notBreaching
    }

    /// What a period of this value, or without one, is to this alarm.
    package func classify(_ period: PeriodValue?) -> DatapointClass {
        guard let period else { return .missing }
        return comparison.isBreached(by: period.value, threshold: threshold) ? .breaching : .notBreaching
    }
}
