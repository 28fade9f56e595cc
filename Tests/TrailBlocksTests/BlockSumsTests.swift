import Testing
import TrailBlocks
import TrailModel

@Suite struct BlockSumsTests {
    /// Groups 0–2, and some series in none.
    static func groups(using random: inout SeededGenerator) -> [Int32] {
        (0..<Block.seriesMax).map { _ in .random(in: -1...2, using: &random) }
    }

    @Test(arguments: Resolution.allCases, UInt64(1)...2)
    func `sums are those of the cells`(resolution: Resolution, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let shapes = CountRowsTests.plain + [.fractions, .whole]
        let block = CountRowsTests.block(shapes, resolution, share: 8, using: &random)
        let groups = Self.groups(using: &random)
        let day = resolution.slotsPerDay
        for (slots, slotsPerStep, firstStep) in [
            (0..<day, 1, 0), (0..<day, 12, 0), (day / 3..<day - 1, 1, 5), (day / 3..<day - 1, 7, 2), (4..<4, 1, 1),
            (day - 1..<day, 12, 0),
        ] {
            let window = BlockSums.Window(slots: slots, slotsPerStep: slotsPerStep, firstStep: firstStep)
            var sums = BlockSums(resolution: resolution, groupCount: 3, stepCount: firstStep + day)
            var general: [UInt8: [Block.Cell]] = [:]
            for _ in 0..<2 {
                try sums.add(BlockReader(block.encoded()), window: window, groups: groups) { number, cells in
                    general[number] = cells.cells
                }
            }
            var want = [[Int64]](repeating: [Int64](repeating: 0, count: firstStep + day), count: 3)
            var wantGeneral: [UInt8: [Block.Cell]] = [:]
            for (number, cells) in block.series where groups[Int(number)] >= 0 {
                if !cells.allSatisfy({ $0.set == StatisticSet(value: 1, count: $0.set.sampleCount) }) {
                    wantGeneral[number] = cells
                    continue
                }
                for cell in cells where slots.contains(Int(cell.slot)) {
                    let step = firstStep + (Int(cell.slot) - slots.lowerBound) / slotsPerStep
                    want[Int(groups[Int(number)])][step] += 2 * cell.set.sampleCount
                }
            }
            for group in 0..<3 { #expect(Array(sums[group]) == want[group], "seed \(seed), slots \(slots)") }
            #expect(general == wantGeneral, "seed \(seed), slots \(slots)")
        }
    }

    /// Counts of the sparse, the dense and the table codec, each added until the sum is full.
    @Test func `a sum past the largest count stays there`() throws {
        var block = Block(resolution: .fiveMinutes)
        block.add(StatisticSet(value: 1, count: .max), series: 0, slot: 0)
        block.add(StatisticSet(value: 1, count: 7), series: 1, slot: 0)
        for slot in UInt16(0)..<288 {
            block.add(StatisticSet(value: 1, count: 40 + Int64(slot * 31 % 17)), series: 2, slot: slot)
            block.add(StatisticSet(value: 1, count: Int64(1 + slot * 7 % 5)), series: 3, slot: slot)
        }
        let reader = try BlockReader(block.encoded())
        for slotsPerStep in [1, 12] {
            var sums = BlockSums(resolution: .fiveMinutes, groupCount: 1, stepCount: 288)
            let window = BlockSums.Window(slots: 0..<288, slotsPerStep: slotsPerStep)
            for _ in 0..<2 {
                try sums.add(reader, window: window, groups: [Int32](repeating: 0, count: 256)) { _, _ in }
            }
            #expect(sums[0].first == .max)
            #expect(sums[0].allSatisfy { $0 >= 0 })
        }
    }

    @Test(arguments: UInt64(1)...8)
    func `sums of forged bytes are refused or taken as the cells are, never a crash`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var refused = 0
        for _ in 0..<120 {
            let forged = DamageTests.forged(seed: seed, using: &random)
            var sums = BlockSums(resolution: .fiveMinutes, groupCount: 1, stepCount: 288)
            let block = try? Block(decoding: forged)
            do {
                let reader = try BlockReader(forged)
                let window = BlockSums.Window(slots: 0..<288)
                try sums.add(reader, window: window, groups: [Int32](repeating: 0, count: 256)) { _, _ in }
                #expect(block != nil, "seed \(seed)")
            } catch {
                refused += 1
                #expect(block == nil, "seed \(seed)")
            }
        }
        #expect(refused > 60, "seed \(seed)")
    }

    @Test func `a block of another resolution is an error`() throws {
        let minutes = Block(resolution: .minute).encoded()
        var sums = BlockSums(resolution: .fiveMinutes, groupCount: 1, stepCount: 288)
        let reader = try BlockReader(minutes)
        #expect(throws: BlockError.otherResolution(got: .minute, want: .fiveMinutes)) {
            let groups = [Int32](repeating: 0, count: 256)
            try sums.add(reader, window: .init(slots: 0..<288), groups: groups) { _, _ in }
        }
        #expect(throws: BlockError.otherResolution(got: .minute, want: .fiveMinutes)) {
            try CountRows(resolution: .fiveMinutes).encoded(mergingInto: minutes)
        }
    }

    @Test func `a window past the day or the row is a programmer error`() async {
        await #expect(processExitsWith: .failure) {
            var sums = BlockSums(resolution: .fiveMinutes, groupCount: 1, stepCount: 400)
            let reader = try BlockReader(Block(resolution: .fiveMinutes).encoded())
            try sums.add(reader, window: .init(slots: 0..<289), groups: [Int32](repeating: 0, count: 256)) { _, _ in }
        }
        await #expect(processExitsWith: .failure) {
            var sums = BlockSums(resolution: .fiveMinutes, groupCount: 1, stepCount: 200)
            let reader = try BlockReader(Block(resolution: .fiveMinutes).encoded())
            try sums.add(reader, window: .init(slots: 0..<288), groups: [Int32](repeating: 0, count: 256)) { _, _ in }
        }
    }
}
