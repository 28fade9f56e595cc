/// What CloudWatch keeps of the samples of one slot: their number, sum and extremes.
///
/// Adding sets is associative and commutative to the last bit, because the sum is exact until it is read.
package struct StatisticSet: Hashable, Sendable {
    package private(set) var sampleCount: Int64
    package private(set) var exactSum: ExactSum
    package private(set) var minimum: Double
    package private(set) var maximum: Double

    /// `count` samples of one `value`; `count` must be positive, `value` finite.
    package init(value: Double, count: Int64 = 1) {
        precondition(count > 0, "a statistic set holds at least one sample; got \(count)")
        sampleCount = count
        exactSum = ExactSum(value, times: count)
        minimum = value
        maximum = value
    }

    /// A set read back from a store.
    package init(sampleCount: Int64, exactSum: ExactSum, minimum: Double, maximum: Double) {
        self.sampleCount = sampleCount
        self.exactSum = exactSum
        self.minimum = minimum
        self.maximum = maximum
    }

    /// The sum of all samples, rounded once to the nearest double.
    package var sum: Double { exactSum.rounded }

    /// True when every sample is 1, the usual case for counts; such a set is its sample count.
    package var isCount: Bool {
        minimum == 1 && maximum == 1
    }

    package mutating func add(_ other: StatisticSet) {
        sampleCount += other.sampleCount
        exactSum.add(other.exactSum)
        minimum = Swift.min(minimum, other.minimum)
        maximum = Swift.max(maximum, other.maximum)
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
