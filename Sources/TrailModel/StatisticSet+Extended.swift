extension StatisticSet {
    /// The value of any statistic; `nil` where CloudWatch has none, since the samples are not known or none is inside.
    package func value(of stat: Stat) -> Double? {
        switch stat {
        case .statistic(let statistic): value(of: statistic)
        case .extended(let statistic): value(of: statistic)
        }
    }

    /// The value of a statistic by the arithmetic that reproduces what CloudWatch answers.
    ///
    /// Without the samples' distribution, or when one is negative, only `p0` and `p100` are known.
    /// - Complexity: O(buckets).
    package func value(of statistic: ExtendedStatistic) -> Double? {
        if case .percentile(let percent) = statistic.kind {
            if percent == 0 { return minimum }
            if percent == 100 { return maximum }
        }
        guard let samples = SpreadSamples(self) else { return nil }
        switch statistic.kind {
        case .percentile(let percent): return samples.value(atRank: samples.rank(ofPercent: percent))
        case .trimmedCount(let bounds): return samples.ranks(of: bounds).count
        case .trimmedSum(let bounds): return samples.sum(of: samples.ranks(of: bounds))
        case .trimmedMean(let bounds):
            let ranks = samples.ranks(of: bounds)
            return ranks.count > 0 ? samples.sum(of: ranks) / ranks.count : nil
        case .winsorizedMean(let bounds): return samples.winsorizedMean(of: bounds)
        case .percentileRank(let bounds): return samples.ranks(of: bounds).count / samples.total * 100
        }
    }
}

/// The samples of a set as CloudWatch sees them through its buckets: each one's are spread between its edges.
///
/// The edges are clipped to the set's minimum and maximum. A rank is a number of samples from the smallest on, which may
/// be broken: half of a sample can be inside. For percentiles the samples of a bucket lie in geometric steps, for sums
/// and counts in even ones; both are what captured answers show.
private struct SpreadSamples {
    struct Part {
        let lower: Double
        let upper: Double
        /// Ranks of its first and past its last sample.
        let start: Double
        let end: Double

        /// The value at a rank inside, in even steps.
        func evenValue(at rank: Double) -> Double {
            rank >= end ? upper : lower + (upper - lower) * ((rank - start) / (end - start))
        }
    }

    struct Ranks {
        let start: Double
        let end: Double

        var count: Double { end - start }
    }

    private let parts: [Part]
    let total: Double

    init?(_ set: StatisticSet) {
        guard set.minimum >= 0, set.sampleCount > 0 else { return nil }
        total = Double(set.sampleCount)
        switch set.distribution {
        case .unavailable: return nil
        case .oneValue: parts = [Part(lower: set.minimum, upper: set.minimum, start: 0, end: total)]
        case .buckets(let buckets):
            guard !buckets.isEmpty, buckets.allSatisfy({ $0.count > 0 }) else { return nil }
            func clipped(_ edge: Double) -> Double { min(max(edge, set.minimum), set.maximum) }
            var before: Int64 = 0
            parts = buckets.map { bucket in
                let start = Double(before)
                before &+= bucket.count
                return Part(
                    lower: clipped(bucket.lowerEdge), upper: clipped(bucket.upperEdge), start: start,
                    end: Double(before))
            }
        }
    }

    /// The part whose samples reach up to `rank`.
    private func part(upTo rank: Double) -> Part {
        parts.first { $0.end >= rank } ?? parts[parts.count - 1]
    }

    /// The part whose samples go on from `rank`.
    private func part(from rank: Double) -> Part {
        parts.first { $0.end > rank } ?? parts[parts.count - 1]
    }

    func value(atRank rank: Double) -> Double {
        let part = part(upTo: rank)
        guard part.lower > 0, part.upper > part.lower else { return part.lower }
        let share = (rank - part.start) / (part.end - part.start)
        let value = part.lower * raised(part.upper / part.lower, to: share)
        return min(max(value, part.lower), part.upper)
    }

    /// The product comes first: a rank that is a whole number must not be missed by the last bit.
    func rank(ofPercent percent: Double) -> Double {
        percent * total / 100
    }

    /// The number of samples of at most `value`.
    private func rank(of value: Double) -> Double {
        var rank = 0.0
        for part in parts {
            guard value >= part.upper else {
                guard value > part.lower else { break }
                return part.start
                    + (part.end - part.start) * ((value - part.lower) / (part.upper - part.lower))
            }
            rank = part.end
        }
        return rank
    }

    func ranks(of bounds: ExtendedStatistic.Bounds) -> Ranks {
        switch bounds {
        case .percent(let low, let high):
            Ranks(start: low.map(rank(ofPercent:)) ?? 0, end: high.map(rank(ofPercent:)) ?? total)
        case .values(let low, let high):
            Ranks(start: low.map(rank(of:)) ?? 0, end: high.map(rank(of:)) ?? total)
        }
    }

    func sum(of ranks: Ranks) -> Double {
        var sum = 0.0
        for part in parts where part.end > ranks.start && part.start < ranks.end {
            let start = max(part.start, ranks.start)
            let end = min(part.end, ranks.end)
            sum += (end - start) * ((part.evenValue(at: start) + part.evenValue(at: end)) / 2)
        }
        return sum
    }

    /// The mean with each sample outside set to the bound: of percentages to the edge of the bucket that the bound cuts.
    func winsorizedMean(of bounds: ExtendedStatistic.Bounds) -> Double {
        let ranks = ranks(of: bounds)
        let low: Double
        let high: Double
        switch bounds {
        case .percent:
            low = part(from: ranks.start).lower
            high = part(upTo: ranks.end).upper
        case .values(let lower, let upper):
            low = lower ?? 0
            high = upper ?? 0
        }
        return (sum(of: ranks) + ranks.start * low + (total - ranks.end) * high) / total
    }
}
