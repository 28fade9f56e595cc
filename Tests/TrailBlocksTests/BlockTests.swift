import Testing
import TrailBlocks
import TrailModel

/// How the cells of a random series look.
enum Shape: String, CaseIterable, CustomTestStringConvertible {
    case rare, sparse, medium, dense, steady, huge, bursts, whole, spread, fractions, cancelling, published, mixed

    var testDescription: String { rawValue }

    func set(slot: Int, of slotCount: Int, using random: inout SeededGenerator) -> StatisticSet? {
        func counted(_ count: Int64) -> StatisticSet? { count > 0 ? StatisticSet(value: 1, count: count) : nil }
        switch self {
        case .rare: return counted(random.poisson(0.01))
        case .sparse: return counted(random.poisson(0.3))
        case .medium: return counted(random.poisson(2 * dailyWave(slot * 288 / slotCount)))
        case .dense: return counted(random.poisson(40))
        case .steady: return counted(7)
        case .huge:
            return Int.random(in: 0..<9, using: &random) == 0
                ? counted(.random(in: 1...Int64.max / 2, using: &random)) : nil
        case .bursts: return slot % 48 < 3 ? counted(.random(in: 1...5000, using: &random)) : nil
        case .whole:
            return StatisticSet(
                value: Double(Int.random(in: 0...90_000, using: &random)), count: .random(in: 1...3, using: &random))
        case .spread:
            var set = StatisticSet(value: Double(Int.random(in: 0...2, using: &random)))
            let scale = exponent2(Double.random(in: -900...300, using: &random).rounded())
            for _ in 0..<Int.random(in: 0...9, using: &random) {
                let value = Bool.random(using: &random) ? scale : Double.random(in: 0...300, using: &random)
                set.add(StatisticSet(value: value, count: .random(in: 1...90, using: &random)))
            }
            return set
        case .published:
            let maximum = Double(Int.random(in: 1...3, using: &random))
            let sum = ExactSum(Double(Int.random(in: 3...9, using: &random)))
            return StatisticSet(sampleCount: 3, exactSum: sum, minimum: 1, maximum: maximum)
        case .fractions:
            var set = StatisticSet(value: .random(in: -1...1, using: &random))
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                set.add(StatisticSet(value: .random(in: -9...9, using: &random)))
            }
            return set
        case .cancelling:
            var set = StatisticSet(value: 1e300)
            set.add(StatisticSet(value: .random(in: 0...1, using: &random)))
            set.add(StatisticSet(value: .leastNonzeroMagnitude))
            if Bool.random(using: &random) { set.add(StatisticSet(value: -1e300)) }
            return set
        case .mixed:
            let shape = Shape.allCases.randomElement(using: &random) ?? .rare
            return shape == .mixed ? nil : shape.set(slot: slot, of: slotCount, using: &random)
        }
    }

    func cells(_ resolution: Resolution, using random: inout SeededGenerator) -> [Block.Cell] {
        (0..<resolution.slotsPerDay).compactMap { slot in
            set(slot: slot, of: resolution.slotsPerDay, using: &random).map { Block.Cell(slot: UInt16(slot), set: $0) }
        }
    }
}

@Suite struct BlockTests {
    @Test(arguments: Resolution.allCases)
    func `an empty block comes back`(resolution: Resolution) throws {
        let block = Block(resolution: resolution)
        #expect(try Block(decoding: block.encoded()) == block)
        #expect(block.encoded().count == 9)
    }

    @Test(arguments: Shape.allCases, Resolution.allCases)
    func `a random series of each shape comes back`(shape: Shape, resolution: Resolution) throws {
        for seed in UInt64(1)...3 {
            var random = SeededGenerator(seed: seed)
            var block = Block(resolution: resolution)
            block.setCells(shape.cells(resolution, using: &random), of: UInt8(seed * 40))
            let decoded = try Block(decoding: block.encoded())
            #expect(decoded == block, "seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...2)
    func `a full block of all shapes comes back, and so does every series alone`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var block = Block(resolution: .fiveMinutes)
        for number in 0..<Block.seriesMax where seed % 2 == 0 || Int.random(in: 0..<3, using: &random) == 0 {
            let shape = Shape.allCases[number % Shape.allCases.count]
            block.setCells(shape.cells(.fiveMinutes, using: &random), of: UInt8(number))
        }
        let bytes = block.encoded()
        #expect(try Block(decoding: bytes) == block, "seed \(seed)")
        let reader = try BlockReader(bytes)
        #expect(reader.seriesNumbers == block.series.keys.sorted())
        for number in UInt8.min...UInt8.max {
            #expect(try reader.cells(of: number) == block.series[number] ?? [], "seed \(seed), series \(number)")
        }
        let wanted: Set<UInt8> = [0, 7, 100, 255]
        #expect(try Block(decoding: bytes, only: wanted).series == block.series.filter { wanted.contains($0.key) })
    }

    @Test func `each series is visited once in order`() throws {
        var random = SeededGenerator(seed: 5)
        var block = Block(resolution: .fiveMinutes)
        for number in stride(from: UInt8(0), to: 200, by: 5) {
            let shape = number % 2 == 0 ? Shape.mixed : .sparse
            block.setCells(shape.cells(.fiveMinutes, using: &random), of: number)
        }
        var visited: [UInt8: [Block.Cell]] = [:]
        var order: [UInt8] = []
        try BlockReader(block.encoded()).forEachSeries { number, cells in
            visited[number] = cells.cells
            order.append(number)
            #expect(cells.isCount == !cells.counts.isEmpty)
        }
        #expect(visited == block.series)
        #expect(order == block.series.keys.sorted())
        var some: [UInt8] = []
        try BlockReader(block.encoded()).forEachSeries(only: [5, 6, 195]) { number, _ in some.append(number) }
        #expect(some == [5, 195])
    }

    @Test(
        arguments: [
            1, 2, 3, 20, 21, 22, 1 << 20, 1 << 40, (1 << 40) + 1, 1 << 53, (1 << 53) + 1, Int64.max / 2, Int64.max,
        ] as [Int64])
    func `a count at a limit comes back, alone and in every slot`(count: Int64) throws {
        for resolution in Resolution.allCases {
            for step in [1, 2, resolution.slotsPerDay - 1] {
                var block = Block(resolution: resolution)
                for slot in stride(from: 0, to: resolution.slotsPerDay, by: step) {
                    block.add(StatisticSet(value: 1, count: count), series: 255, slot: UInt16(slot))
                }
                #expect(try Block(decoding: block.encoded()) == block)
            }
        }
    }

    @Test(
        arguments: [
            0, -0.0, 1, -1, 0.1, .pi, 0x1p53, 0x1p53 - 1, -0x1p53, 0x1p360, -0x1p360, .leastNonzeroMagnitude,
            .leastNormalMagnitude,
        ] as [Double])
    func `a value at a limit comes back to the bit`(value: Double) throws {
        var block = Block(resolution: .minute)
        block.add(StatisticSet(value: value), series: 0, slot: 0)
        block.add(StatisticSet(value: value, count: 3), series: 0, slot: 1439)
        block.add(StatisticSet(value: 1), series: 0, slot: 700)
        let cells = try BlockReader(block.encoded()).cells(of: 0)
        #expect(cells == block.series[0])
        #expect(cells.map(\.set.minimum.bitPattern) == block.series[0]?.map(\.set.minimum.bitPattern))
    }

    @Test func `sums of one value keep every component`() throws {
        var set = StatisticSet(value: 0x1p359)
        for exponent in stride(from: -1000.0, through: 300, by: 60) {
            set.add(StatisticSet(value: exponent2(exponent)))
        }
        var block = Block(resolution: .minute)
        block.add(set, series: 9, slot: 17)
        let decoded = try #require(try Block(decoding: block.encoded()).series[9]?.first)
        #expect(decoded.set == set)
        #expect(decoded.set.exactSum.components.count > 10)
    }

    @Test(arguments: UInt64(1)...20)
    func `cells added in any order and any grouping make the same bytes`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var parts: [(UInt8, UInt16, StatisticSet)] = []
        for _ in 0..<400 {
            let value = Int.random(in: 0..<4, using: &random) == 0 ? Double.random(in: -1e9...1e9, using: &random) : 1
            let series = UInt8.random(in: 0...4, using: &random)
            parts.append((series, .random(in: 0..<60, using: &random), StatisticSet(value: series == 0 ? 1 : value)))
        }
        var whole = Block(resolution: .fiveMinutes)
        for (series, slot, set) in parts { whole.add(set, series: series, slot: slot) }
        parts.shuffle(using: &random)
        let cut = Int.random(in: 0...parts.count, using: &random)
        var left = Block(resolution: .fiveMinutes)
        var right = Block(resolution: .fiveMinutes)
        for (series, slot, set) in parts[..<cut] { left.add(set, series: series, slot: slot) }
        for (series, slot, set) in parts[cut...] { right.add(set, series: series, slot: slot) }
        left.merge(try Block(decoding: right.encoded()))
        #expect(left == whole, "seed \(seed)")
        #expect(left.encoded() == whole.encoded(), "seed \(seed)")
    }

    @Test func `cells can be replaced and removed`() {
        var block = Block(resolution: .minute)
        block.setCells([Block.Cell(slot: 3, set: StatisticSet(value: 1))], of: 4)
        #expect(block.cellCount == 1 && !block.isEmpty)
        block.setCells([], of: 4)
        #expect(block.isEmpty && block == Block(resolution: .minute))
    }

    @Test func `a slot past the day is a programmer error`() async {
        Block(resolution: .fiveMinutes).acceptsLastSlot(287)
        Block(resolution: .minute).acceptsLastSlot(1439)
        await #expect(processExitsWith: .failure) { Block(resolution: .fiveMinutes).acceptsLastSlot(288) }
        await #expect(processExitsWith: .failure) { Block(resolution: .minute).acceptsLastSlot(1440) }
        await #expect(processExitsWith: .failure) {
            var block = Block(resolution: .minute)
            let cell = Block.Cell(slot: 5, set: StatisticSet(value: 1))
            block.setCells([cell, cell], of: 0)
        }
    }

    /// Made by a program that had no tables yet and chose its codecs otherwise.
    @Test func `a block of an older program comes back`() throws {
        let text = """
            54420105058e03581b00a8020b3bb76edd95e914269212a369212a369212a369212a369212a369212a369212a369212a3692\
            12a369212a369212a369212a369212a369212a369212a369212a369212a369212a369212a369212a369212a369212a369212\
            a369212a369212a369212a368062f332fd2775fa52775fa52775fa4475fa52775fa52775fa4475fa52775fa52775fa4475fa\
            52775fa52775fa4475fa52775fa52775fa4475fa52775fa52775fa4475fa52775fa52775fa4475fa52775fa52775fa4475fa\
            52775fa52775fa4475fa52775fa52775fa4475fa52775fa52775fa4475fa52775fa52775fa4475fa52775fa52775fa4475fa\
            52775fa52775fa4475fa52775fa52775fa4475fa52775fa52775fa4475fa52775f98a507efffffffffffffffb2a301f92002\
            0000000000000320553e765e
            """
        let digits = text.utf8.map { $0 >= 0x61 ? $0 - 0x57 : $0 - 0x30 }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        var block = Block(resolution: .fiveMinutes)
        func add(_ number: UInt8, _ count: (Int) -> Int64) {
            for slot in 0..<288 where count(slot) > 0 {
                block.add(StatisticSet(value: 1, count: count(slot)), series: number, slot: UInt16(slot))
            }
        }
        add(3) { $0 % 60 == 7 ? Int64($0 / 60 + 1) : 0 }
        add(4) { Int64($0 * $0 * 7 % 11 % 6) }
        add(90) { Int64(40 + $0 * 31 % 17) }
        add(91) { $0 == 10 ? Int64.max : 0 }
        block.add(StatisticSet(value: 2.5), series: 200, slot: 17)
        block.add(StatisticSet(value: 1, count: 4), series: 200, slot: 18)
        #expect(try Block(decoding: bytes) == block)
        #expect(block.encoded().count < bytes.count)
    }

    @Test func `counts cost what the design asks for`() {
        // Bytes per sample of 32 series; the bounds are a little above what was measured.
        for (mean, bytesMax) in [(0.01, 1.6), (0.1, 0.78), (1, 0.44), (3, 0.43), (10, 0.53), (100, 0.76)] {
            var random = SeededGenerator(seed: 77)
            var block = Block(resolution: .fiveMinutes)
            for number in UInt8(0)..<32 {
                for slot in 0..<288 {
                    let count = random.poisson(mean * dailyWave(slot))
                    if count > 0 { block.add(StatisticSet(value: 1, count: count), series: number, slot: UInt16(slot)) }
                }
            }
            let bytes = Double(block.encoded().count) / Double(block.cellCount)
            #expect(bytes < bytesMax, "mean \(mean)")
        }
    }
}

extension Block {
    func acceptsLastSlot(_ slot: UInt16) {
        var block = self
        block.add(StatisticSet(value: 1), series: 0, slot: slot)
        #expect(block.cellCount == 1)
    }
}
