import Foundation
import Testing
import TrailModel

/// Samples of a random shape, none negative, and sets of them.
struct RandomSamples {
    var values: [Double]

    init(using random: inout SeededGenerator) {
        let shape = Int.random(in: 0..<5, using: &random)
        values = (0..<Int.random(in: 1...200, using: &random)).map { _ in
            switch shape {
            case 0: Double(Int.random(in: 0...3, using: &random))
            case 1: Double.random(in: 0...1, using: &random) * 1e6
            case 2: power(Int.random(in: -1074...360, using: &random))
            case 3: Double(Int.random(in: 1...100_000, using: &random)) / 8
            default: 7
            }
        }
    }

    var set: StatisticSet {
        var set = StatisticSet(value: values[0])
        for value in values.dropFirst() { set.add(StatisticSet(value: value)) }
        return set
    }
}

@Suite struct ValueBucketTests {
    @Test func `edges are the powers of 1.1`() {
        for number in stride(from: ValueBucket.first, through: ValueBucket.last, by: 1) {
            let bucket = ValueBucket(number: number, count: 1)
            let want = pow(1.1, Double(number))
            #expect(abs(bucket.lowerEdge - want) <= want.ulp, "\(number)")
            #expect(bucket.upperEdge > bucket.lowerEdge || bucket.lowerEdge < .leastNormalMagnitude, "\(number)")
        }
        #expect(ValueBucket(number: 0, count: 1).lowerEdge == 1)
        #expect(ValueBucket(number: ValueBucket.last, count: 1).upperEdge == .infinity)
        #expect(ValueBucket(number: ValueBucket.zero, count: 1).upperEdge == 0)
    }

    @Test(arguments: UInt64(1)...5)
    func `a value is in the bucket that the logarithm names`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<4000 {
            let value = Double.random(in: 1..<2, using: &random) * power(Int.random(in: -1060...1023, using: &random))
            let exact = log(value) / log(1.1)
            let number = ValueBucket.number(of: value)
            // Next to an edge the quotient of two rounded logarithms may be on its other side.
            if (exact - exact.rounded()).magnitude > 1e-9 {
                #expect(Double(number) == exact.rounded(.down), "\(value)")
            }
            let bucket = ValueBucket(number: number, count: 1)
            #expect(bucket.lowerEdge <= value && value < bucket.upperEdge, "\(value)")
        }
    }

    @Test(
        arguments: [
            (0, ValueBucket.zero), (-0.0, ValueBucket.zero), (1, 0), (1.0.nextDown, -1), (1.1, 1), (2, 7), (10, 24),
            (.greatestFiniteMagnitude, 7447), (0x1p360, 2618), (.leastNormalMagnitude, -7433),
        ] as [(Double, Int16)])
    func `limits have their bucket`(value: Double, number: Int16) {
        #expect(ValueBucket.number(of: value) == number)
    }

    @Test func `the smallest double is a value like any other`() {
        let bucket = ValueBucket(number: ValueBucket.number(of: .leastNonzeroMagnitude), count: 1)
        #expect(bucket.number > ValueBucket.first && bucket.lowerEdge == .leastNonzeroMagnitude)
        #expect(ValueBucket.isNumber(bucket.number) && !ValueBucket.isNumber(ValueBucket.first - 1))
        #expect(ValueBucket.isNumber(ValueBucket.last) && !ValueBucket.isNumber(ValueBucket.last + 1))
    }
}

@Suite struct ValueDistributionTests {
    @Test(arguments: UInt64(1)...40)
    func `any order and grouping has the same distribution`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var samples = RandomSamples(using: &random)
        let isNegative = seed % 8 == 0
        if isNegative { samples.values.append(-3) }
        let whole = samples.set
        samples.values.shuffle(using: &random)
        var groups = samples.values.map { StatisticSet(value: $0) }
        while groups.count > 1 {
            let one = groups.remove(at: Int.random(in: 0..<groups.count, using: &random))
            groups[Int.random(in: 0..<groups.count, using: &random)].add(one)
        }
        #expect(groups[0] == whole, "seed \(seed)")
        guard case .buckets(let buckets) = whole.distribution else {
            #expect(isNegative || Set(samples.values).count == 1, "seed \(seed)")
            return
        }
        let counts = Dictionary(grouping: samples.values, by: ValueBucket.number(of:)).mapValues { Int64($0.count) }
        #expect(buckets.map(\.number) == counts.keys.sorted(), "seed \(seed)")
        #expect(buckets.allSatisfy { counts[$0.number] == $0.count }, "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...20)
    func `samples that are taken away leave the others`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let samples = RandomSamples(using: &random)
        let cut = Int.random(in: 1...samples.values.count, using: &random)
        var parts = samples.values.map { StatisticSet(value: $0) }
        parts += samples.values[cut...].map { value in
            StatisticSet(sampleCount: -1, exactSum: ExactSum(-value), minimum: value, maximum: value)
        }
        parts.shuffle(using: &random)
        var set = parts[0]
        for part in parts.dropFirst() { set.add(part) }
        #expect(set.sampleCount == Int64(cut) && set.minimum == samples.values.min(), "seed \(seed)")
        guard case .buckets(let buckets) = set.distribution else {
            #expect(Set(samples.values).count == 1, "seed \(seed)")
            return
        }
        let left = Dictionary(grouping: samples.values[..<cut], by: ValueBucket.number(of:))
        #expect(buckets.map(\.number) == left.keys.sorted(), "seed \(seed)")
        #expect(buckets.allSatisfy { Int64(left[$0.number]?.count ?? 0) == $0.count }, "seed \(seed)")
    }

    @Test func `samples of one value need no memory of their own`() {
        var set = StatisticSet(value: 1, count: 3)
        set.add(StatisticSet(value: 1, count: 4))
        #expect(set.distribution == .oneValue && set.isCount && set == StatisticSet(value: 1, count: 7))
        #expect(MemoryLayout<StatisticSet>.size == 48)
    }

    @Test func `statistics without samples have no distribution, and none together with others`() {
        let sum = ExactSum(11)
        var set = StatisticSet(sampleCount: 2, exactSum: sum, minimum: 1, maximum: 10)
        #expect(set.distribution == .unavailable)
        set.add(StatisticSet(value: 4))
        #expect(set.distribution == .unavailable && set.sampleCount == 3)
        var other = StatisticSet(value: 4)
        other.add(StatisticSet(sampleCount: 2, exactSum: sum, minimum: 1, maximum: 10))
        #expect(other == set)
        // The user guide: known when Min = Max and Sum = Min * SampleCount.
        #expect(StatisticSet(sampleCount: 3, exactSum: ExactSum(6), minimum: 2, maximum: 2).distribution == .oneValue)
        #expect(StatisticSet(sampleCount: 3, exactSum: sum, minimum: 2, maximum: 2).distribution == .unavailable)
    }

    @Test func `buckets that cannot be are refused`() {
        func accepts(_ buckets: [(Int16, Int64)], _ count: Int64, _ minimum: Double = 1, _ maximum: Double = 10) -> Bool
        {
            ValueDistribution(
                buckets: buckets.map { ValueBucket(number: $0, count: $1) }, sampleCount: count, minimum: minimum,
                maximum: maximum) != nil
        }
        #expect(accepts([(0, 2), (24, 3)], 5))
        #expect(accepts([(0, 2), (24, -3)], -1))
        #expect(accepts([], 0))
        #expect(accepts([(.min, 2), (-9, 1), (24, 3)], 6, 0))
        #expect(!accepts([(0, 2), (24, 3)], 6), "the wrong total")
        #expect(!accepts([(24, 3), (0, 2)], 5), "not sorted")
        #expect(!accepts([(3, 3), (3, 2)], 5), "twice")
        #expect(!accepts([(3, 0), (4, 2)], 2), "without samples")
        #expect(!accepts([(-1, 2), (24, 3)], 5), "below the minimum")
        #expect(!accepts([(0, 2), (25, 3)], 5), "above the maximum")
        #expect(!accepts([(-7812, 2), (24, 3)], 5, 0), "no bucket")
        #expect(!accepts([(0, .max), (1, .max)], -2), "more than a count holds")
        #expect(!accepts([(0, 2)], 2, 1, 1), "one value")
        #expect(!accepts([(0, 2)], 2, -1, 1), "a negative value")
        #expect(!accepts([(0, 2)], 2, 1, .nan) && !accepts([(0, 2)], 2, 1, .infinity))
    }
}
