import Testing
import TrailBlocks
import TrailCounts
import TrailModel

@testable import TrailStore

/// How samples are spread is kept in the journal and in the changes of closed slots.
@Suite struct DistributionJournalTests {
    private static func set(_ values: [(Double, Int64)]) -> StatisticSet {
        var set = StatisticSet(value: values[0].0, count: values[0].1)
        for (value, count) in values.dropFirst() { set.add(StatisticSet(value: value, count: count)) }
        return set
    }

    /// Of one value, of several, taken away, negative, published, published with sums that only together make sense.
    private static let sets: [StatisticSet] = {
        var odd = StatisticSet(sampleCount: 2, exactSum: ExactSum(11), minimum: 5, maximum: 5)
        odd.add(StatisticSet(sampleCount: 2, exactSum: ExactSum(9), minimum: 5, maximum: 5))
        var none = set([(2, 1), (10, 3)])
        none.add(StatisticSet(sampleCount: -3, exactSum: ExactSum(-30), minimum: 10, maximum: 10))
        none.add(StatisticSet(sampleCount: -1, exactSum: ExactSum(-2), minimum: 2, maximum: 2))
        return [
            StatisticSet(value: 1, count: 9), set([(2, 2), (10, 3)]), StatisticSet(value: -3), set([(-3, 1), (4, 2)]),
            StatisticSet(sampleCount: -2, exactSum: ExactSum(-14), minimum: 7, maximum: 7), odd, none,
            set([(0, 5), (.leastNonzeroMagnitude, 1), (0x1p360, 1)]),
            StatisticSet(sampleCount: 3, exactSum: ExactSum(9), minimum: 1, maximum: 4),
        ]
    }()

    private static func entry(_ sets: [StatisticSet]) -> JournalEntry {
        var entry = JournalEntry()
        for (index, set) in sets.enumerated() {
            entry.cells.append(
                JournalEntry.Cell(
                    series: UInt32(index), resolution: .minute, slot: Timestamp(seconds: 60 * Int64(index)), set: set))
        }
        entry.youngMatches = [(series: 3, count: 4)]
        return entry
    }

    private static func changes(_ sets: [StatisticSet]) throws -> ClosedChanges {
        var changes = ClosedChanges()
        for (index, set) in ([nil] + sets.map(Optional.some)).enumerated() {
            changes.cells.append(
                ClosedChanges.Cell(
                    series: UInt32(index), resolution: .minute, slot: Timestamp(seconds: 60 * Int64(index)),
                    before: set))
        }
        return changes
    }

    @Test(arguments: UInt64(1)...10)
    func `sets of every kind come back, in any order`(seed: UInt64) throws {
        var state = seed
        let sets = Self.sets.sorted { _, _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 63 == 0
        }
        #expect(try JournalEntry(decoding: Self.entry(sets).encoded()).cells.map(\.set) == sets)
        let changes = try ClosedChanges(decoding: Self.changes(sets).encoded())
        #expect(changes.cells.map(\.before) == [nil] + sets)
    }

    @Test func `sets of one value take no byte more, and entries of before are read`() throws {
        let plain = Self.sets.filter { $0.distribution == .oneValue }
        let counted = Self.entry(plain).encoded()
        var writer = ByteWriter()
        writer.writeDistributions(of: plain)
        #expect(writer.bytes.isEmpty && plain.count == 3)
        // What is told stands behind everything else: before, an entry ended there.
        let all = Self.entry(Self.sets).encoded()
        writer.writeDistributions(of: Self.sets)
        let before = Array(all.dropLast(writer.bytes.count))
        let read = try JournalEntry(decoding: before).cells.map(\.set)
        #expect(zip(read, Self.sets).allSatisfy { $0.sampleCount == $1.sampleCount && $0.exactSum == $1.exactSum })
        #expect(read[1].distribution == .unavailable && read[0].distribution == .oneValue)
        #expect(try JournalEntry(decoding: counted).cells.map(\.set) == plain)
    }

    @Test func `damaged distributions are errors, never a crash`() throws {
        let bytes = Self.entry(Self.sets).encoded()
        var tail = ByteWriter()
        tail.writeDistributions(of: Self.sets)
        let start = bytes.count - tail.bytes.count
        for end in (start + 1)..<bytes.count {
            #expect(throws: (any Error).self) { try JournalEntry(decoding: Array(bytes[..<end])) }
        }
        var refused = 0
        for index in start..<bytes.count {
            for value in [0, 1, 0x7F, 0x80, 0xFF, bytes[index] ^ 1, bytes[index] &+ 2] as [UInt8] {
                var damaged = bytes
                damaged[index] = value
                guard damaged != bytes else { continue }
                do {
                    // The samples of a set stay as many as it says.
                    for cell in try JournalEntry(decoding: damaged).cells {
                        guard case .buckets(let buckets) = cell.set.distribution else { continue }
                        #expect(buckets.reduce(0) { $0 + $1.count } == cell.set.sampleCount)
                    }
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 6 * tail.bytes.count / 2)
        #expect(throws: StoreError.self) {
            var writer = ByteWriter()
            writer.writeCount(1)
            writer.writeCount(0)
            writer.writeCount(2)
            writer.writeSigned(7)
            writer.writeSigned(4)
            var reader = ByteReader(writer.bytes)
            _ = try reader.readDistributions(of: [Self.sets[1]])
        }
    }
}
