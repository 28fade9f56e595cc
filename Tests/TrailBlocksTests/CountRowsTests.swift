import Testing
import TrailBlocks
import TrailModel

@Suite struct CountRowsTests {
    /// Shapes whose cells are plain counts that leave room for a sum.
    static let plain: [Shape] = [.rare, .sparse, .medium, .dense, .steady, .bursts]

    static func rows(_ block: Block) -> CountRows {
        var rows = CountRows(resolution: block.resolution)
        for number in block.series.keys.sorted() {
            let cells = block.series[number] ?? []
            rows.append(slots: cells.map(\.slot), counts: cells.map(\.set.sampleCount), of: number)
        }
        return rows
    }

    /// A block of some series of random shapes.
    static func block(
        _ shapes: [Shape], _ resolution: Resolution, share: Int, using random: inout SeededGenerator
    ) -> Block {
        var block = Block(resolution: resolution)
        for number in 0..<Block.seriesMax where Int.random(in: 0..<100, using: &random) < share {
            guard let shape = shapes.randomElement(using: &random) else { continue }
            block.setCells(shape.cells(resolution, using: &random), of: UInt8(number))
        }
        return block
    }

    @Test(arguments: Resolution.allCases)
    func `rows make the bytes that a block of sets makes`(resolution: Resolution) {
        var random = SeededGenerator(seed: 21)
        let block = Self.block(Self.plain, resolution, share: 20, using: &random)
        #expect(Self.rows(block).encoded() == block.encoded())
        #expect(CountRows(resolution: resolution).encoded() == Block(resolution: resolution).encoded())
        var rows = CountRows(resolution: resolution)
        for number in block.series.keys.sorted() {
            var row = [Int64](repeating: 0, count: resolution.slotsPerDay)
            for cell in block.series[number] ?? [] { row[Int(cell.slot)] = cell.set.sampleCount }
            rows.append(taking: &row, of: number)
            #expect(row.allSatisfy { $0 == 0 })
        }
        #expect(rows.cellCount == block.cellCount)
        #expect(rows.encoded() == block.encoded())
    }

    /// How much of a page is there already, and how much of it comes anew.
    @Test(arguments: [(0, 30), (30, 0), (50, 1), (40, 40), (60, 3), (8, 8), (2, 60)], UInt64(1)...2)
    func `rows merged into bytes make the bytes of the merged block`(shares: (Int, Int), seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let resolution = Resolution.allCases[Int(seed) % Resolution.allCases.count]
        let shapes = Self.plain + (seed % 2 == 0 ? [.fractions, .whole] : [])
        var old = Self.block(shapes, resolution, share: shares.0, using: &random)
        let new = Self.block(Self.plain, resolution, share: shares.1, using: &random)
        let merged = try Self.rows(new).encoded(mergingInto: old.encoded())
        old.merge(new)
        #expect(try Block(decoding: merged) == old, "seed \(seed)")
        #expect(merged == old.encoded(), "seed \(seed)")
    }

    @Test func `a merged sum past the largest count stays there`() throws {
        var old = Block(resolution: .fiveMinutes)
        old.add(StatisticSet(value: 1, count: .max - 1), series: 1, slot: 2)
        old.add(StatisticSet(value: 1, count: .max - 1), series: 2, slot: 2)
        old.add(StatisticSet(value: 5), series: 2, slot: 2)
        var rows = CountRows(resolution: .fiveMinutes)
        rows.append(slots: [1, 2], counts: [1, 2], of: 1)
        rows.append(slots: [2, 3], counts: [2, 4], of: 2)
        let merged = try Block(decoding: try rows.encoded(mergingInto: old.encoded()))
        #expect(merged.value(of: 1, at: 1)?.sampleCount == 1)
        #expect(merged.value(of: 1, at: 2)?.sampleCount == .max)
        #expect(merged.value(of: 2, at: 2)?.sampleCount == .max)
        #expect(merged.value(of: 2, at: 3)?.sampleCount == 4)
    }

    @Test(arguments: UInt64(1)...8)
    func `rows merged into forged bytes are refused or make a block, never a crash`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var rows = CountRows(resolution: .fiveMinutes)
        for number in stride(from: UInt8(0), through: 240, by: 24) {
            rows.append(slots: Array(0..<288), counts: [Int64](repeating: .max, count: 288), of: number)
        }
        var refused = 0
        for _ in 0..<60 {
            let forged = DamageTests.forged(seed: seed, using: &random)
            do {
                let merged = try rows.encoded(mergingInto: forged)
                // Groups without new counts keep their bytes: whatever was malformed there still is.
                if (try? Block(decoding: forged)) != nil { _ = try Block(decoding: merged) }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 20, "seed \(seed)")
    }

    @Test func `rows out of order are a programmer error`() async {
        await #expect(processExitsWith: .failure) {
            var rows = CountRows(resolution: .fiveMinutes)
            rows.append(slots: [1], counts: [1], of: 4)
            rows.append(slots: [1], counts: [1], of: 4)
        }
        await #expect(processExitsWith: .failure) {
            var rows = CountRows(resolution: .fiveMinutes)
            rows.append(slots: [288], counts: [1], of: 4)
        }
        await #expect(processExitsWith: .failure) {
            var rows = CountRows(resolution: .fiveMinutes)
            rows.append(slots: [1], counts: [0], of: 4)
        }
    }
}
