import Testing
import TrailBlocks
import TrailModel

/// Cells whose samples are spread over buckets.
@Suite struct BucketCellTests {
    private static func set(_ values: [(Double, Int64)]) -> StatisticSet {
        var set = StatisticSet(value: values[0].0, count: values[0].1)
        for (value, count) in values.dropFirst() { set.add(StatisticSet(value: value, count: count)) }
        return set
    }

    private static func block(_ set: StatisticSet) -> Block {
        var block = Block(resolution: .fiveMinutes)
        block.add(set, series: 3, slot: 100)
        return block
    }

    @Test(
        arguments: [
            [(0, 1), (1, 2)], [(0, 1), (.leastNonzeroMagnitude, 2)], [(1, 1), (0x1p360, 1)], [(1, 1), (1.05, 1)],
            [(0, .max / 2), (7, .max / 2)], [(2, 2), (10, 3)], [(.leastNormalMagnitude, 1), (0x1p360, 5), (0, 9)],
            [(-1, 1), (4, 1)], [(0, 1), (-0.0, 1)], [(-0.0, 1), (3, 1)],
        ] as [[(Double, Int64)]])
    func `limits come back with their percentiles`(values: [(Double, Int64)]) throws {
        let set = Self.set(values)
        let block = Self.block(set)
        let decoded = try #require(try Block(decoding: block.encoded()).series[3]?.first?.set)
        #expect(decoded == set)
        for name in ["p1", "p50", "p99.9", "IQM", "wm90", "TC(1:)"] {
            let stat = try Stat(name)
            #expect(decoded.value(of: stat) == set.value(of: stat))
        }
    }

    /// A block as version 1 wrote it: values 2 and 10 in slot 100 without their spread.
    @Test func `a block of version 1 is read, its spread unknown`() throws {
        let bytes: [UInt8] = [
            0x54, 0x42, 0x1, 0x5, 0x1, 0x86, 0x7, 0xBC, 0x9B, 0x32, 0x19, 0x61, 0x59, 0x20, 0xF9, 0x6A, 0x4A, 0xF9,
        ]
        let set = try #require(try Block(decoding: bytes).value(of: 3, at: 100))
        let want = StatisticSet(sampleCount: 5, exactSum: ExactSum(34), minimum: 2, maximum: 10)
        #expect(set == want && set.distribution == .unavailable)
        #expect(try set.value(of: Stat("p90")) == nil && set.value(of: Stat("p100")) == 10)
    }

    @Test func `what is taken from a set before it is written leaves no trace`() throws {
        var block = Self.block(Self.set([(2, 2), (10, 3)]))
        block.add(
            StatisticSet(sampleCount: -3, exactSum: ExactSum(-30), minimum: 10, maximum: 10), series: 3, slot: 100)
        block.removeEmptyCells()
        let set = try #require(try Block(decoding: block.encoded()).value(of: 3, at: 100))
        #expect(set == block.value(of: 3, at: 100))
        #expect(set.distribution == .buckets([ValueBucket(number: 7, count: 2)]))
        block.add(
            StatisticSet(sampleCount: -2, exactSum: ExactSum(-4), minimum: 2, maximum: 2), series: 3, slot: 100)
        block.removeEmptyCells()
        #expect(block.isEmpty)
    }

    @Test func `more samples taken from a bucket than it had make the spread unknown`() throws {
        let set = Self.set([(2, 2), (10, 3)])
        var block = Self.block(set)
        block.add(
            StatisticSet(sampleCount: -1, exactSum: ExactSum(-5), minimum: 5, maximum: 5), series: 3, slot: 100)
        let decoded = try #require(try Block(decoding: block.encoded()).value(of: 3, at: 100))
        #expect(decoded.sampleCount == 4 && decoded.sum == 29 && decoded.distribution == .unavailable)
        #expect(try block.value(of: 3, at: 100)?.value(of: Stat("p50")) == nil)
    }

    @Test func `a spread costs what its buckets need`() throws {
        // 300 samples of a lognormal kind a cell, about 40 buckets of them.
        var random = SeededGenerator(seed: 5)
        var block = Block(resolution: .fiveMinutes)
        var buckets = 0
        for slot in UInt16(0)..<72 {
            for _ in 0..<300 {
                let value = (0..<4).reduce(20.0) { product, _ in product * Double.random(in: 0.5...2, using: &random) }
                block.add(StatisticSet(value: value.rounded()), series: 0, slot: slot)
            }
            if case .buckets(let own)? = block.value(of: 0, at: slot)?.distribution { buckets += own.count }
        }
        let bytes = block.encoded()
        #expect(buckets > 72 * 25)
        #expect(bytes.count * 8 < buckets * 8, "\(bytes.count) bytes for \(buckets) buckets")
        #expect(try Block(decoding: bytes) == block)
    }
}
