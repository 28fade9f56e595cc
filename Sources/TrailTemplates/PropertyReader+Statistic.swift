import TrailAlarms
import TrailModel

/// The statistic of an `AWS::CloudWatch::Alarm`, with CloudWatch's own words where they are on record.
extension PropertyReader {
    /// The percentages that the API reference of `PutMetricAlarm` names for ranges such as `TM(10%:90%)`.
    private static let rangePercentages = 10.0...90.0

    /// `Statistic` or `ExtendedStatistic`, exactly one of them.
    mutating func readStatistic() -> Stat? {
        guard has("ExtendedStatistic") else {
            guard has("Statistic") else {
                fail("cannot read \(owner): got no Statistic and no ExtendedStatistic; want one of them", at: location)
                return nil
            }
            return choice("Statistic", .required, among: Statistic.allCases.map(\.rawValue))
                .flatMap(Statistic.init).map(Stat.statistic)
        }
        if let statistic = member("Statistic") {
            fail(
                "cannot use \(owner): PutMetricAlarm request can not be made with both Statistic and ExtendedStatistic "
                    + "parameters. Only one of them should be present", at: statistic.keyLocation)
            return nil
        }
        guard let name = text("ExtendedStatistic", .required) else { return nil }
        do throws(StatisticError) {
            let statistic = try ExtendedStatistic(name)
            warnOfRange(statistic)
            return .extended(statistic)
        } catch {
            let simple = Statistic(rawValue: name) == nil ? "" : "; \(name) is a value of Statistic"
            fail(
                "cannot read ExtendedStatistic of \(owner): The value \(name.prefix(ExtendedStatistic.lengthMax)) for "
                    + "parameter ExtendedStatistic is not supported. (\(error)\(simple))",
                at: place(of: "ExtendedStatistic"))
            return nil
        }
    }

    /// A warning, not an error, since AWS may well take more than its reference says.
    private func warnOfRange(_ statistic: ExtendedStatistic) {
        guard statistic.name.contains("("),
            let percentages = statistic.percentages, !percentages.allSatisfy(Self.rangePercentages.contains)
        else { return }
        evaluation.report(
            .warning,
            "AWS may refuse ExtendedStatistic of \(owner): got \(statistic); PutMetricAlarm documents percentages from "
                + "10 to 90", at: place(of: "ExtendedStatistic"))
    }

    /// `EvaluateLowSampleCountPercentile`, which only a percentile may have.
    mutating func readLowSampleCount(_ input: AlarmInput?) -> LowSampleCountTreatment? {
        let key = "EvaluateLowSampleCountPercentile"
        guard let option = text(key) else { return nil }
        guard let treatment = LowSampleCountTreatment(rawValue: option) else {
            fail(
                "cannot read \(key) of \(owner): Option \(option.prefix(255)) is not supported. Supported options for "
                    + "parameter \(key) are evaluate and ignore.", at: place(of: key))
            return nil
        }
        if case .metric(let watched)? = input, watched.statistic.isPercentile { return treatment }
        guard let input else { return nil }
        let got = if case .metric(let watched) = input { "\(watched.statistic)" } else { "Metrics" }
        reject(key, got: "it with \(got)", want: "it only with a percentile such as p99, or left out")
        return nil
    }
}

extension Stat {
    fileprivate var isPercentile: Bool {
        if case .extended(let statistic) = self, case .percentile = statistic.kind { true } else { false }
    }
}

extension ExtendedStatistic {
    /// The bounds that are written as percentages; `nil` when they are values.
    fileprivate var percentages: [Double]? {
        switch kind {
        case .percentile: nil
        case .trimmedMean(let bounds), .winsorizedMean(let bounds), .trimmedCount(let bounds),
            .trimmedSum(let bounds), .percentileRank(let bounds):
            if case .percent(let low, let high) = bounds { [low, high].compactMap { $0 } } else { nil }
        }
    }
}
