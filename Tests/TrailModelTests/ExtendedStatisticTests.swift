import Testing
import TrailModel

/// cloudwatch-semantics.md, section 1.3.
@Suite struct ExtendedStatisticTests {
    /// Values with their counts.
    private static func set(_ samples: [(Double, Int64)]) -> StatisticSet {
        var set = StatisticSet(value: samples[0].0, count: samples[0].1)
        for (value, count) in samples.dropFirst() { set.add(StatisticSet(value: value, count: count)) }
        return set
    }

    private static func value(_ name: String, _ set: StatisticSet) throws -> Double? {
        set.value(of: try Stat(name))
    }

    @Test(
        arguments: [
            ("p90", "9.974797183077614"), ("tc90", "4.5"), ("ts90", "28.924448962219458"),
            ("tm90", "6.427655324937657"), ("wm90", "6.784889792443892"), ("PR(2:10)", "100.0"),
            ("p0", "2.0"), ("p100", "10.0"), ("SampleCount", "5.0"), ("Average", "6.8"),
            ("TM(:90%)", "6.427655324937657"), ("TC(0%:90.0%)", "4.5"), ("TS(:90%)", "28.924448962219458"),
            ("WM(:90%)", "6.784889792443892"), ("TC(:1)", "0.0"), ("TC(10:)", "0.0"), ("PR(5:)", "60.0"),
        ])
    func `captured answers come out to the last digit (check set of 1.3)`(name: String, want: String) throws {
        let value = try #require(try Self.value(name, Self.set([(2, 2), (10, 3)])))
        #expect("\(value)" == want)
        #expect("\(try #require(try Self.value(name, Self.set([(10, 3), (2, 2)]))))" == want)
    }

    @Test func `the captured interquartile mean comes out in its 13 digits (check set of 1.3)`() throws {
        let set = Self.set([(2, 2), (10, 3)])
        let value = try #require(try Self.value("IQM", set))
        #expect("\(value)".hasPrefix("7.560492224192"))
        #expect(try Self.value("TM(25%:75%)", set) == value)
    }

    @Test func `a value with the count 0 widens the extremes alone (check set of 1.3)`() throws {
        let distribution = try #require(
            ValueDistribution(
                buckets: [ValueBucket(number: ValueBucket.number(of: 2), count: 1)], sampleCount: 1, minimum: 1,
                maximum: 2))
        let set = StatisticSet(
            sampleCount: 1, exactSum: ExactSum(2), minimum: 1, maximum: 2, distribution: distribution)
        #expect("\(try #require(try Self.value("p50", set)))" == "1.974192037264866")
        // A sample that is taken away leaves the same.
        var same = Self.set([(1, 1), (2, 1)])
        same.add(StatisticSet(sampleCount: -1, exactSum: ExactSum(-1), minimum: 1, maximum: 1))
        #expect(same == set)
    }

    @Test(arguments: ["p50", "tm90", "IQM", "wm90", "ts90", "tc90", "PR(:300)", "TC(2:)", "WM(5:10)"])
    func `without samples or with a negative one only the extremes are known (1.3)`(name: String) throws {
        let general = StatisticSet(sampleCount: 5, exactSum: ExactSum(34), minimum: 2, maximum: 10)
        let negative = Self.set([(-1, 1), (2, 2)])
        let oneNegative = Self.set([(-4, 3)])
        for set in [general, negative, oneNegative] {
            #expect(try Self.value(name, set) == nil)
            #expect(try Self.value("p0", set) == set.minimum && Self.value("p100", set) == set.maximum)
        }
        let known = StatisticSet(sampleCount: 2, exactSum: ExactSum(8), minimum: 4, maximum: 4)
        #expect(try Self.value(name, known) != nil)
    }

    @Test(
        arguments: [
            ("p50", 5), ("p99.9", 5), ("tm10", 5), ("wm10", 5), ("tc25", 2), ("ts25", 10), ("IQM", 5), ("TC(:5)", 8),
            ("TC(5:)", 0), ("TC(4:6)", 8), ("TS(4:6)", 40), ("TM(5:6)", nil), ("TM(:5)", 5), ("PR(:4.99)", 0),
            ("PR(:5)", 100), ("WM(6:7)", 6), ("WM(:4)", 4), ("WM(7:)", 7), ("WM(1:9)", 5), ("tc0", 0), ("ts0", 0),
            ("tm0", nil),
        ] as [(String, Double?)])
    func `samples of one value are exactly it`(name: String, want: Double?) throws {
        #expect(try Self.value(name, Self.set([(5, 8)])) == want)
    }

    @Test func `a rank that is a whole number is not missed by rounding`() throws {
        // 7 / 100 * 100 is 7.000000000000001: the percentile would be of the next sample.
        let set = Self.set([(1, 7), (1000, 93)])
        #expect(try Self.value("p7", set) == 1.1)
        #expect(try #require(try Self.value("p7.0000001", set)) > 900)
    }

    @Test func `zeros are in a bucket of their own, the lower bound is exclusive and the upper inclusive`() throws {
        let set = Self.set([(0, 6), (8, 4)])
        #expect(try Self.value("p60", set) == 0 && Self.value("p59.99", set) == 0)
        #expect(try #require(try Self.value("p61", set)) > 7)
        #expect(try Self.value("TC(:0)", set) == 6 && Self.value("TC(0:)", set) == 4)
        #expect(try Self.value("TC(0:0)", set) == 0 && Self.value("TM(0:0)", set) == nil)
        #expect(try Self.value("TS(:50%)", set) == 0 && Self.value("wm60", set) == 0)
    }

    @Test(arguments: UInt64(1)...40)
    func `percentiles rise from the minimum to the maximum, a tenth beside the sample of their rank`(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        let samples = RandomSamples(using: &random)
        let set = samples.set
        let sorted = samples.values.sorted()
        var last = set.minimum
        for step in 0...400 {
            let name = "p\(Double(step) / 4)".replacing(/\.0$/, with: "")
            let value = try #require(try Self.value(name, set))
            #expect(value >= last && value <= set.maximum, "\(name), seed \(seed)")
            last = value
            if step == 0 { continue }
            let rank = (Double(step * sorted.count) / 400).rounded(.up)
            let sample = sorted[Int(rank) - 1]
            // Steps of the smallest doubles are wider than a tenth.
            let width = sample * 0.1 + .leastNonzeroMagnitude
            #expect((value - sample).magnitude <= width * (1 + 1e-12), "\(name), seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...40)
    func `trimmed statistics hang together`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let samples = RandomSamples(using: &random)
        let set = samples.set
        let total = Double(set.sampleCount)
        let average = set.value(of: Statistic.average)
        let mean = try #require(try Self.value("tm100", set))
        #expect((mean - average).magnitude <= average * 0.1 + .leastNonzeroMagnitude, "seed \(seed)")
        #expect(try Self.value("wm100", set) == mean && Self.value("tc100", set) == total, "seed \(seed)")
        for _ in 0..<20 {
            let low = Double.random(in: 0...60, using: &random).rounded()
            let high = Double.random(in: low...100, using: &random).rounded()
            let range = "(\(low)%:\(high)%)"
            let count = try #require(try Self.value("TC" + range, set))
            let sum = try #require(try Self.value("TS" + range, set))
            #expect((count - (high - low) / 100 * total).magnitude < 1e-9 * total, "seed \(seed)")
            if count > 0 {
                let mean = try #require(try Self.value("TM" + range, set))
                #expect(mean >= set.minimum * (1 - 1e-12) && mean <= set.maximum * (1 + 1e-12), "seed \(seed)")
                #expect((mean * count - sum).magnitude <= sum * 1e-12 + count * .leastNonzeroMagnitude, "seed \(seed)")
            }
            let winsorized = try #require(try Self.value("WM" + range, set))
            #expect(winsorized >= set.minimum * (1 - 1e-12) && winsorized <= set.maximum * (1 + 1e-12), "seed \(seed)")
        }
        for bound in [0, 1, 2, 7, 1e3, 12_500] + samples.values.filter({ $0 < 1e15 && $0 == $0.rounded() }).prefix(9) {
            let below = try #require(try Self.value("TC(:\(bound))", set))
            let above = try #require(try Self.value("TC(\(bound):)", set))
            #expect((below + above - total).magnitude < 1e-9 * total, "\(bound), seed \(seed)")
            #expect(
                (try #require(try Self.value("PR(:\(bound))", set)) - below / total * 100).magnitude < 1e-9,
                "\(bound), seed \(seed)")
            // Only the samples of the bucket that the bound cuts can be on the wrong side.
            let number = ValueBucket.number(of: bound)
            let inBucket = samples.values.count { ValueBucket.number(of: $0) == number }
            let exact = samples.values.count { $0 <= bound }
            #expect((below - Double(exact)).magnitude <= Double(inBucket) + 1e-9, "\(bound), seed \(seed)")
        }
    }

    @Test(arguments: Statistic.allCases)
    func `a simple statistic has the same value by either name`(statistic: Statistic) throws {
        let set = Self.set([(3, 2), (5, 1)])
        #expect(try Self.value(statistic.rawValue, set) == set.value(of: statistic))
    }
}
