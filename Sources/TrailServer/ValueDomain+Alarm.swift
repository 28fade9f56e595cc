import TrailAlarms
import TrailModel
import TrailPatterns

extension ValueDomain {
    /// The values that an alarm's periods can have.
    init(of alarm: MetricAlarm, filters: [MetricFilter]) {
        let constants = filters.compactMap(\.value.constant)
        let isKnown = constants.count == filters.count
        let values = constants + filters.compactMap(\.defaultValue)
        let isNonNegative = isKnown && values.allSatisfy { $0 >= 0 }
        switch alarm.countedStatistic {
        case .sampleCount:
            self.init(isWhole: true, isNonNegative: true, isZeroMissing: true, isAdditive: true)
        case .sum:
            self.init(
                isWhole: isKnown && values.allSatisfy { $0 == $0.rounded() }, isNonNegative: isNonNegative,
                isZeroMissing: isKnown && constants.allSatisfy { $0 > 0 }
                    && filters.allSatisfy { $0.defaultValue == nil }, isAdditive: true)
        default:
            self.init(isWhole: false, isNonNegative: isNonNegative, isZeroMissing: false, isAdditive: false)
        }
    }

    /// True when one more of the alarm's statistic is one more event.
    static func countsEvents(_ alarm: MetricAlarm, filters: [MetricFilter]) -> Bool {
        switch alarm.countedStatistic {
        case .sampleCount: filters.allSatisfy { $0.defaultValue == nil }
        case .sum: filters.allSatisfy { $0.value == .constant(1) && ($0.defaultValue ?? 0) == 0 }
        default: false
        }
    }
}

extension MetricAlarm {
    /// The statistic of an alarm on one metric or on a query; `nil` for extended ones, and for metric math.
    fileprivate var countedStatistic: Statistic? {
        guard case .statistic(let statistic)? = input.statistic else { return nil }
        return statistic
    }
}
