import TrailModel

/// Which values the periods of an alarm can have.
package struct ValueDomain: Equatable, Sendable {
    /// Only whole numbers, as counts are.
    package let isWhole: Bool
    /// Nothing below 0.
    package let isNonNegative: Bool
    /// A period of value 0 is one without data, as of a count without DefaultValue.
    package let isZeroMissing: Bool
    /// A period without data has the value 0 in all but name: sums and sample counts, and no percentile.
    package let isAdditive: Bool

    package init(isWhole: Bool, isNonNegative: Bool, isZeroMissing: Bool, isAdditive: Bool) {
        self.isWhole = isWhole
        self.isNonNegative = isNonNegative
        self.isZeroMissing = isZeroMissing && isAdditive
        self.isAdditive = isAdditive
    }

    /// Numbers of events, each of which counts 1.
    package static let counts = ValueDomain(
        isWhole: true, isNonNegative: true, isZeroMissing: true, isAdditive: true)
    /// Any numbers.
    package static let any = ValueDomain(
        isWhole: false, isNonNegative: false, isZeroMissing: false, isAdditive: false)

    /// True when a period can have this value.
    package func contains(_ value: Double) -> Bool {
        value.isFinite && !(isNonNegative && value < 0) && !(isWhole && value != value.rounded())
            && !(isZeroMissing && value == 0)
    }
}

/// The smallest change of one datapoint of a window that leads to another state.
///
/// Smallest is the least difference of values; where a period without data is as good as 0, one that gets data counts from
/// there. Elsewhere datapoints that come into being follow, and last those that vanish. Of equal changes that of the
/// newest period is taken.
package struct NearestFlip: Equatable, Sendable {
    /// The period's index in the window.
    package let index: Int
    /// `nil` where there is no datapoint.
    package let from: Double?
    package let to: Double?
    /// The state that it leads to.
    package let state: AlarmState

    /// Tries the nearest value of each other class in each period; `nil` when none leads to another state.
    ///
    /// - Complexity: O(periods²): a window has few.
    package init?(
        alarm: MetricAlarm, values: [Double?], samples: [Int64] = [], prior: AlarmState, domain: ValueDomain
    ) {
        let rule = alarm.rule
        let classes = values.map { alarm.classify($0.map { PeriodValue(value: $0) }) }
        let before = Verdict(classes, rule: rule, samples: samples).state(after: prior)
        var best: (change: Change, index: Int, state: AlarmState)?
        for index in values.indices.reversed() {
            for change in Change.all(of: values[index], alarm, domain) {
                if let best, !change.isSmaller(than: best.change) { continue }
                var changed = classes
                changed[index] = alarm.classify(change.to.map { PeriodValue(value: $0) })
                let state = Verdict(changed, rule: rule, samples: samples).state(after: prior)
                if state != before { best = (change, index, state) }
            }
        }
        guard let best else { return nil }
        index = best.index
        from = values[best.index]
        to = best.change.to
        state = best.state
    }
}

/// One datapoint that takes another value.
private struct Change {
    let to: Double?
    /// 0 for a change of value, 1 for a datapoint that comes into being, 2 for one that vanishes.
    let rank: Int
    let distance: Double

    func isSmaller(than other: Change) -> Bool { (rank, distance) < (other.rank, other.distance) }

    /// The nearest value of each class that `value` is not in.
    static func all(of value: Double?, _ alarm: MetricAlarm, _ domain: ValueDomain) -> [Change] {
        let kind = alarm.classify(value.map { PeriodValue(value: $0) })
        var changes: [Change] = []
        for isBreaching in [true, false] where kind != (isBreaching ? .breaching : .notBreaching) {
            guard let to = alarm.nearest(to: value ?? 0, isBreaching: isBreaching, domain) else { continue }
            let isValue = value != nil || domain.isAdditive
            changes.append(Change(to: to, rank: isValue ? 0 : 1, distance: (to - (value ?? 0)).magnitude))
        }
        if let value {
            changes.append(
                Change(
                    to: nil, rank: domain.isZeroMissing ? 0 : 2, distance: domain.isZeroMissing ? value.magnitude : 0))
        }
        return changes
    }
}

extension MetricAlarm {
    /// The value nearest to `value` that breaches, or does not.
    fileprivate func nearest(to value: Double, isBreaching: Bool, _ domain: ValueDomain) -> Double? {
        let isIn: (Double) -> Bool = { comparison.isBreached(by: $0, threshold: threshold) == isBreaching }
        if isIn(value) && domain.contains(value) { return value }
        // 0 alone can be left out of a class that it lies in.
        let steps = domain.isWhole ? [value - 1, value + 1] : [value.nextDown, value.nextUp]
        return (steps + bounds(domain)).filter { isIn($0) && domain.contains($0) }.min {
            ($0 - value).magnitude < ($1 - value).magnitude
        }
    }

    /// The values next to the threshold, one of which is the outermost of each class.
    private func bounds(_ domain: ValueDomain) -> [Double] {
        guard domain.isWhole else { return [threshold, threshold.nextDown, threshold.nextUp] }
        let floor = threshold.rounded(.down)
        // Past 2^53 there are no neighbours one apart.
        return [floor - 1, floor, floor + 1, floor.nextUp.rounded(.up), floor.nextDown.rounded(.down)]
    }
}
