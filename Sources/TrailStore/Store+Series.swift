import Foundation
import GRDB
import Synchronization
import TrailBlocks
import TrailCounts
package import TrailModel

extension Store {
    /// Blocks kept decoded; alarms look at few series again and again.
    static let cachedBlocksMax = 512
    /// No event is further than this from 1970.
    private static let allDays: ClosedRange<Int64> = -4_000_000...4_000_000

    /// The slots of one metric that hold samples and start in `range`, sorted.
    ///
    /// Of days whose slots were deleted the wider slots of the next level are given, each as the last of its slots: a
    /// window that ends where they end holds the same samples as before.
    ///
    /// - Complexity: O(days of the range), and the decoding of each block that was not read lately.
    package func slots(of metric: Metric, in range: Range<Timestamp>) throws -> [(start: Timestamp, set: StatisticSet)]
    {
        try state.withLock { state in
            guard let number = state.series.knownNumber(of: metric), !range.isEmpty else { return [] }
            let resolution = metric.resolution
            if resolution == BuiltInMetrics.resolution { try state.settle() }
            let first = floorDivide(range.lowerBound.seconds, 86_400)
            let last = floorDivide(range.upperBound.seconds, 86_400)
            var found: [(start: Timestamp, set: StatisticSet)] = []
            for day in try days(of: number, resolution, in: first...last, state) {
                guard let level = ([resolution] + resolution.coarser).first(where: { state.retention.holds(day, $0) })
                else { continue }
                for cell in try cells(of: number, resolution, day: day, level, &state) {
                    let end = day * 86_400 + (Int64(cell.slot) + 1) * level.seconds
                    let start = Timestamp(seconds: end - resolution.seconds)
                    if range.contains(start), cell.set.sampleCount > 0 { found.append((start, cell.set)) }
                }
            }
            return found
        }
    }

    /// What a series that counts in slots of `resolution` has in a day at a level.
    private func cells(
        of number: UInt32, _ resolution: Resolution, day: Int64, _ level: Resolution, _ state: inout StoreState
    ) throws -> [Block.Cell] {
        let index = UInt8(truncatingIfNeeded: number)
        let stored = StoreState.BlockKey(resolution: level, day: day, page: number >> 8)
        let cells = try storedBlock(stored, &state)?.series[index] ?? []
        let unfolded = StoreState.BlockKey(resolution: resolution, day: day, page: number >> 8)
        guard let more = state.overlay[unfolded]?.series[index] else { return cells }
        var block = Block(resolution: level)
        block.setCells(cells, of: 0)
        for cell in more {
            let slot = UInt16(Int64(cell.slot) * resolution.seconds / level.seconds)
            block.add(cell.set, series: 0, slot: slot)
        }
        return block.series[0] ?? []
    }

    /// The value of a series in one slot, apart from counts of activities that wait to be spread over the built-in ones.
    func value(
        of number: UInt32, _ resolution: Resolution, at slot: Timestamp, _ state: inout StoreState
    ) throws -> StatisticSet? {
        let day = floorDivide(slot.seconds, 86_400)
        let key = StoreState.BlockKey(resolution: resolution, day: day, page: number >> 8)
        let series = UInt8(truncatingIfNeeded: number)
        let index = UInt16((slot.seconds - day * 86_400) / resolution.seconds)
        var set = try storedBlock(key, &state)?.value(of: series, at: index)
        if let more = state.overlay[key]?.value(of: series, at: index), set?.add(more) == nil { set = more }
        return set
    }

    /// The first minute with an event; `nil` in an empty store.
    package func firstTraffic() throws -> Timestamp? {
        let day: Int64? = try state.withLock { state in
            guard let number = state.series.knownNumber(of: TrafficMetric.metric) else { return nil }
            return try days(of: number, TrafficMetric.resolution, in: Self.allDays, state).first
        }
        guard let day else { return nil }
        let start = Timestamp(seconds: day * 86_400)
        return try slots(of: TrafficMetric.metric, in: start..<start.adding(seconds: 86_400)).first?.start
    }

    /// The days that have a block of the series' page, sorted.
    private func days(
        of number: UInt32, _ resolution: Resolution, in range: ClosedRange<Int64>, _ state: borrowing StoreState
    ) throws -> [Int64] {
        // A short range is asked for at every evaluation: its blocks are looked up one by one, in the cache first.
        if range.count <= 8 { return Array(range) }
        let inMemory = state.overlay.keys.filter {
            $0.page == number >> 8 && $0.resolution == resolution && range.contains($0.day)
        }
        let stored = try database.read { db in
            try Int64.fetchAll(
                db, sql: "SELECT DISTINCT day FROM blocks WHERE resolution >= ? AND day BETWEEN ? AND ? AND page = ?",
                arguments: [resolution.seconds, range.lowerBound, range.upperBound, number >> 8])
        }
        return Set(stored).union(inMemory.map(\.day)).sorted()
    }

    private func storedBlock(_ key: StoreState.BlockKey, _ state: inout StoreState) throws -> Block? {
        if let block = state.blockCache[key] { return block.isEmpty ? nil : block }
        let bytes = try database.read { db in
            try Data.fetchOne(
                db, sql: "SELECT payload FROM blocks WHERE resolution = ? AND day = ? AND page = ?",
                arguments: [key.resolution.seconds, key.day, key.page])
        }
        let block = try bytes.map { try Block(decoding: Array($0)) } ?? Block(resolution: key.resolution)
        if state.blockCache.count >= Self.cachedBlocksMax { state.blockCache.removeAll() }
        state.blockCache[key] = block
        return block.isEmpty ? nil : block
    }
}
