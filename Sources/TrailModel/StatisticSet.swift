/// What CloudWatch keeps of the samples of one slot: their number, sum and extremes, and how they are spread.
///
/// Adding sets is associative and commutative to the last bit, because the sum is exact until it is read. A set of a
/// negative number of samples takes samples away; minimum and maximum stay as wide as they were.
package struct StatisticSet: Hashable, Sendable {
    package private(set) var sampleCount: Int64
    package private(set) var exactSum: ExactSum
    package private(set) var minimum: Double
    package private(set) var maximum: Double
    /// `oneValue` only when minimum and maximum are equal.
    package private(set) var distribution: ValueDistribution

    /// `count` samples of one `value`; `count` must be positive, `value` finite.
    package init(value: Double, count: Int64 = 1) {
        precondition(count > 0, "a statistic set holds at least one sample; got \(count)")
        sampleCount = count
        exactSum = ExactSum(value, times: count)
        minimum = value
        maximum = value
        distribution = .oneValue
    }

    /// Statistics without their samples.
    ///
    /// How the samples are spread is known only when their sum says that all have one value.
    package init(sampleCount: Int64, exactSum: ExactSum, minimum: Double, maximum: Double) {
        self.init(
            sampleCount: sampleCount, exactSum: exactSum, minimum: minimum, maximum: maximum,
            distribution: ValueDistribution(
                ofStatistics: sampleCount, exactSum, minimum: minimum, maximum: maximum))
    }

    /// A set read back from a store, with the distribution that it had.
    package init(
        sampleCount: Int64, exactSum: ExactSum, minimum: Double, maximum: Double, distribution: ValueDistribution
    ) {
        precondition(
            minimum == maximum || !distribution.isOneValue, "samples of one value; got \(minimum) and \(maximum)")
        self.sampleCount = sampleCount
        self.exactSum = exactSum
        self.minimum = minimum
        self.maximum = maximum
        self.distribution = distribution
    }

    /// The sum of all samples, rounded once to the nearest double.
    package var sum: Double { exactSum.rounded }

    /// True when every sample is 1, the usual case for counts; such a set is its sample count.
    package var isCount: Bool {
        minimum == 1 && maximum == 1 && distribution.isOneValue
    }

    package mutating func add(_ other: StatisticSet) {
        // Nearly all additions are of samples of one and the same value: only their number and sum change.
        let isSameValue =
            minimum == other.minimum && distribution.isOneValue && other.distribution.isOneValue
        if !isSameValue { addDistribution(of: other) }
        sampleCount += other.sampleCount
        exactSum.add(other.exactSum)
        if isSameValue { return }
        minimum = Swift.min(minimum, other.minimum)
        maximum = Swift.max(maximum, other.maximum)
    }

    /// Not inlined, so that the usual addition stays short.
    @inline(never)
    private mutating func addDistribution(of other: StatisticSet) {
        var sum: [ValueBucket]
        switch distribution {
        case .unavailable: return
        case .oneValue: sum = []
        case .buckets(let own): sum = own
        }
        let isOneValue = distribution.isOneValue
        // The array is held once from here on, so that it is changed in place.
        distribution = .unavailable
        guard minimum >= 0, other.minimum >= 0 else { return }
        if isOneValue { sum.add(ValueBucket(number: ValueBucket.number(of: minimum), count: sampleCount)) }
        switch other.distribution {
        case .unavailable: return
        case .oneValue:
            sum.add(ValueBucket(number: ValueBucket.number(of: other.minimum), count: other.sampleCount))
        case .buckets(let more): sum.add(more)
        }
        distribution = .buckets(sum)
    }

    package func value(of statistic: Statistic) -> Double {
        switch statistic {
        case .sampleCount: Double(sampleCount)
        case .sum: sum
        case .average: sum / Double(sampleCount)
        case .minimum: minimum
        case .maximum: maximum
        }
    }
}
