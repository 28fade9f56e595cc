/// What a statistic set knows of how its samples are spread between their minimum and maximum.
package enum ValueDistribution: Hashable, Sendable {
    /// All samples have one value, the set's minimum and maximum: nothing is stored. Most sets are counts and like this.
    case oneValue
    /// Samples of more than one value, none negative: the buckets that hold some, sorted by number.
    case buckets([ValueBucket])
    /// Samples were published as a statistic set, or values are negative and differ.
    case unavailable

    /// What a set that was published or stored without its samples still says of them: CloudWatch takes percentiles of
    /// those alone whose samples must have one value (user guide, percentiles).
    init(ofStatistics sampleCount: Int64, _ exactSum: ExactSum, minimum: Double, maximum: Double) {
        let isOneValue = minimum == maximum && exactSum == ExactSum(minimum, times: sampleCount)
        self = isOneValue ? .oneValue : .unavailable
    }

    /// Buckets that were read from a store; `nil` when they cannot be those of such a set.
    ///
    /// Counts may be negative, as those of a set that is to be taken away are.
    package init?(buckets: [ValueBucket], sampleCount: Int64, minimum: Double, maximum: Double) {
        guard minimum >= 0, minimum < maximum, maximum.isFinite else { return nil }
        let numbers = ValueBucket.number(of: minimum)...ValueBucket.number(of: maximum)
        var total: Int64 = 0
        for (index, bucket) in buckets.enumerated() {
            let isSorted = index == 0 || buckets[index - 1].number < bucket.number
            guard isSorted, bucket.count != 0, numbers.contains(bucket.number), ValueBucket.isNumber(bucket.number)
            else { return nil }
            let (sum, isOverflow) = total.addingReportingOverflow(bucket.count)
            guard !isOverflow else { return nil }
            total = sum
        }
        guard total == sampleCount else { return nil }
        self = .buckets(buckets)
    }

    @inline(__always)
    var isOneValue: Bool {
        if case .oneValue = self { true } else { false }
    }
}
