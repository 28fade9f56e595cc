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
    /// Where slots were deleted a wider one is given, as the last of the slots that it stands for.
    ///
    /// - Complexity: O(days of the range), and the decoding of each block that was not read lately.
    package func slots(of metric: Metric, in range: Range<Timestamp>) throws -> [(start: Timestamp, set: StatisticSet)]
    {
        try state.withLock { state in try readSlots(of: metric, in: range, &state).map { ($0.start, $0.set) } }
    }

    /// The width of the widest slot that ``slots(of:in:)`` gives; more than the metric's own where such were deleted.
    package func widestSlot(of metric: Metric, in range: Range<Timestamp>) throws -> Resolution {
        try state.withLock { state in
            let first = state.retention.firstDay(metric.resolution)
            guard let first, floorDivide(range.lowerBound.seconds, 86_400) < first else { return metric.resolution }
            let widths = try readSlots(of: metric, in: range, &state).map(\.width)
            return widths.max { $0.seconds < $1.seconds } ?? metric.resolution
        }
    }

    func readSlots(
        of metric: Metric, in range: Range<Timestamp>, _ state: inout StoreState
    ) throws -> [ReadSlot] {
        guard let number = state.series.knownNumber(of: metric), !range.isEmpty else { return [] }
        let resolution = metric.resolution
        if resolution == BuiltInMetrics.resolution { try state.settle() }
        var found: [ReadSlot] = []
        let first = floorDivide(range.lowerBound.seconds, 86_400)
        for day in try days(of: number, resolution, in: first...floorDivide(range.upperBound.seconds, 86_400), state) {
            found += try readSlots(of: number, resolution, day, &state).filter { range.contains($0.start) }
        }
        return found
    }

    private func readSlots(
        of number: UInt32, _ resolution: Resolution, _ day: Int64, _ state: inout StoreState
    ) throws -> [ReadSlot] {
        // The cache changes while the state is read.
        var blocks: [StoreState.BlockKey: Block] = [:]
        let levels = state.retention.holds(day, resolution) ? [resolution] : [resolution] + resolution.coarser
        for level in levels {
            let key = StoreState.BlockKey(resolution: level, day: day, page: number >> 8)
            blocks[key] = try storedBlock(key, &state)
        }
        return state.slots(of: number, resolution, day: day) { blocks[$0] }
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
        try state.withLock { state in
            guard let number = state.series.knownNumber(of: TrafficMetric.metric) else { return nil }
            for day in try days(of: number, TrafficMetric.resolution, in: Self.allDays, state) {
                let slots = try readSlots(of: number, TrafficMetric.resolution, day, &state)
                if let first = slots.first { return first.start }
            }
            return nil
        }
    }

    /// The days that may hold something of a series, sorted.
    private func days(
        of number: UInt32, _ resolution: Resolution, in range: ClosedRange<Int64>, _ state: borrowing StoreState
    ) throws -> [Int64] {
        // A short range is asked for at every evaluation: its blocks are looked up one by one, in the cache first.
        if range.count <= 8 { return Array(range) }
        let state = copy state
        return try database.read { db in try state.days(of: number, resolution, in: range, db) }
    }

    private func storedBlock(_ key: StoreState.BlockKey, _ state: inout StoreState) throws -> Block? {
        if let block = state.blockCache[key] { return block.isEmpty ? nil : block }
        let stored = try database.read { try BlockTable($0).block(key) }
        let block = stored ?? Block(resolution: key.resolution)
        if state.blockCache.count >= Self.cachedBlocksMax { state.blockCache.removeAll() }
        state.blockCache[key] = block
        return block.isEmpty ? nil : block
    }
}
