import Testing
import TrailCounts
import TrailEvents

@testable import TrailStore

@Suite struct EventIDCodecTests {
    /// UUIDs of version 4 as AWS makes them.
    private static func uuid(_ account: UInt64, using random: inout SeededGenerator) -> EventKey {
        EventKey(
            high: random.next() & ~0xF000 | 0x4000, low: random.next() & ~(3 << 62) | 2 << 62, account: account)
    }

    /// Keys that share all but their last bits, and keys of no version.
    private static func odd(_ account: UInt64, using random: inout SeededGenerator) -> EventKey {
        let high: [UInt64] = [0, .max, 0x4000, 0x5000, 0xFFFF_FFFF_FFFF_4FFF]
        let low: [UInt64] = [0, .max, 2 << 62, 2 << 62 | 1, 3 << 62 - 1]
        return EventKey(
            high: high.randomElement(using: &random) ?? 0, low: low.randomElement(using: &random) ?? 0,
            account: account)
    }

    private static func groups(_ counts: [Int], using random: inout SeededGenerator) -> [SeenEvents.Group] {
        let accounts: [UInt64] = [0, 1, 111_122_223_333, 999_999_999_999, 1 << 61, 1 << 63, .max]
        return counts.enumerated().map { index, count in
            var keys = Set<EventKey>()
            for _ in 0..<count {
                let account = accounts.randomElement(using: &random) ?? 0
                let isOdd = Int.random(in: 0..<4, using: &random) == 0
                keys.insert(isOdd ? odd(account, using: &random) : uuid(account, using: &random))
            }
            return SeenEvents.Group(filters: [7, 0, -1, .min, .max][index % 5], keys: keys.shuffled(using: &random))
        }
    }

    private static func sorted(_ groups: [SeenEvents.Group]) -> [SeenEvents.Group] {
        groups.map { SeenEvents.Group(filters: $0.filters, keys: $0.keys.sorted()) }
    }

    @Test(arguments: [[], [0], [1], [2], [3], [600], [40, 1, 0, 9, 2]] as [[Int]], UInt64(1)...4)
    func `ids come back with their accounts and filters`(counts: [Int], seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let groups = Self.groups(counts, using: &random)
        let bytes = EventIDCodec.encode(groups)
        let read = try EventIDCodec.decode(bytes, format: 1, unnamed: 0)
        #expect(Self.sorted(read) == Self.sorted(groups), "seed \(seed)")
        // One set has one form, whatever the order and however often a key comes.
        let twice = groups.map { SeenEvents.Group(filters: $0.filters, keys: $0.keys.sorted() + $0.keys) }
        #expect(EventIDCodec.encode(twice) == bytes, "seed \(seed)")
    }

    @Test func `ids of rows of before come back`() throws {
        var random = SeededGenerator(state: 5)
        let groups = Self.groups([30, 2], using: &random)
        let read = try EventIDCodec.decode(encodeGroups(groups), format: 0, unnamed: 0)
        #expect(read == Self.sorted(groups))
    }

    /// The bounds are a little above what was measured; 15.25 are the random bits alone, before their order is saved.
    @Test(arguments: [(1, 10, 16.0), (3, 48, 15.6), (3, 500, 14.65), (1, 1000, 14.3)])
    func `ids of version 4 cost little more than their random bits`(accounts: Int, count: Int, most: Double) {
        var random = SeededGenerator(state: 9)
        let keys = (0..<count).map { Self.uuid(111_122_223_333 * UInt64($0 % accounts + 1), using: &random) }
        let bytes = EventIDCodec.encode([SeenEvents.Group(filters: 3, keys: keys)])
        #expect(Double(bytes.count) / Double(count) < most)
    }

    @Test(arguments: UInt64(1)...4)
    func `damaged bytes are an error or other ids, never a crash`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let bytes = EventIDCodec.encode(Self.groups([12, 3], using: &random))
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self) {
                try EventIDCodec.decode(Array(bytes[..<count]), format: 1, unnamed: 0)
            }
        }
        var refused = 0
        for _ in 0..<2000 {
            var forged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                forged[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            do {
                let groups = try EventIDCodec.decode(forged, format: 1, unnamed: 0)
                for group in groups { #expect(Set(group.keys).count == group.keys.count, "seed \(seed)") }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 100, "seed \(seed)")
        #expect(throws: StoreError.self) { try EventIDCodec.decode(bytes, format: 2, unnamed: 0) }
    }
}
