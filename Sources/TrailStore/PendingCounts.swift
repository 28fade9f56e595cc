import TrailBlocks
import TrailCounts
import TrailModel

/// Counts of activities that were committed and are not spread yet over the ten or twenty series of each.
///
/// A few bytes for each activity and slot: a load of history is spread once, when it is folded, series after series.
struct PendingCounts: Sendable {
    private struct Count: Sendable {
        /// From the top: the day, biased to be positive (23 bits), the activity (32), the slot in the day (9).
        let place: UInt64
        let count: Int64

        var day: Int64 { Int64(place >> 41) - PendingCounts.dayBias }
        var activity: UInt32 { UInt32(truncatingIfNeeded: place >> 9) }
        var slot: Int { Int(place & 0x1FF) }
    }

    private static let dayBias: Int64 = 1 << 22
    private static let resolution = BuiltInMetrics.resolution

    private var counts: [Count] = []

    var isEmpty: Bool { counts.isEmpty }
    var count: Int { counts.count }

    mutating func append(_ cell: CountBatch.ActivityCell, _ count: Int64) {
        let day = floorDivide(cell.slot.seconds, 86_400)
        let slot = (cell.slot.seconds - day * 86_400) / Self.resolution.seconds
        let place = UInt64(day + Self.dayBias) << 41 | UInt64(cell.activity) << 9 | UInt64(slot)
        counts.append(Count(place: place, count: count))
    }

    mutating func removeAll() {
        counts = []
    }

    /// Calls `body` for each count as it was appended.
    func forEach(_ body: (UInt32, Timestamp, Int64) throws(StoreError) -> Void) throws(StoreError) {
        for count in counts {
            let seconds = count.day * 86_400 + Int64(count.slot) * Self.resolution.seconds
            try body(count.activity, Timestamp(seconds: seconds), count.count)
        }
    }

    /// Calls `body` with the activity, the day since the epoch, the slot of the day and the count.
    func forEach(_ body: (UInt32, Int64, Int, Int64) -> Void) {
        for count in counts { body(count.activity, count.day, count.slot, count.count) }
    }

    /// Calls `body` with the counts of a block for each day and page that the counts reach, days in order and pages in order.
    ///
    /// - Complexity: O(counts × series of an activity), with one row of slots at a time in the processor's cache.
    func forEachBlock(
        seriesOf: (UInt32) throws -> [UInt32], _ body: (StoreState.BlockKey, CountRows) throws -> Void
    ) throws {
        let sorted = sortedCounts
        var start = 0
        while start < sorted.count {
            let day = sorted[start].day
            // The runs of one activity each, by every series that they count into.
            var runs: [Range<Int>] = []
            var targets: [UInt64] = []
            while start < sorted.count, sorted[start].day == day {
                var end = start + 1
                while end < sorted.count, sorted[end].place >> 9 == sorted[start].place >> 9 { end += 1 }
                for number in try seriesOf(sorted[start].activity) {
                    targets.append(UInt64(number) << 32 | UInt64(runs.count))
                }
                runs.append(start..<end)
                start = end
            }
            targets.sort()
            try forEachBlock(day, sorted, runs, targets, body)
        }
    }

    /// The counts in the order of their places.
    ///
    /// Sorted by eleven bits at a time from the lowest on, those bits left out that all places share: for millions of
    /// counts several times as fast as by comparison.
    private var sortedCounts: [Count] {
        let all = counts.reduce(~UInt64(0)) { $0 & $1.place }
        let varying = all ^ counts.reduce(0) { $0 | $1.place }
        var sorted = counts
        var next = counts
        var shift: UInt64 = 0
        while shift < 64, varying >> shift != 0 {
            if varying >> shift & 0x7FF == 0 {
                shift += 1
                continue
            }
            var ends = [Int](repeating: 0, count: 2048)
            for count in sorted { ends[Int(count.place >> shift & 0x7FF)] += 1 }
            var end = 0
            for digit in ends.indices { (ends[digit], end) = (end, end + ends[digit]) }
            for count in sorted {
                let digit = Int(count.place >> shift & 0x7FF)
                next[ends[digit]] = count
                ends[digit] += 1
            }
            swap(&sorted, &next)
            shift += 11
        }
        return sorted
    }

    private func forEachBlock(
        _ day: Int64, _ sorted: [Count], _ runs: [Range<Int>], _ targets: [UInt64],
        _ body: (StoreState.BlockKey, CountRows) throws -> Void
    ) throws {
        var row = [Int64](repeating: 0, count: Self.resolution.slotsPerDay)
        var rows = CountRows(resolution: Self.resolution)
        for (index, target) in targets.enumerated() {
            for position in runs[Int(target & 0xFFFF_FFFF)] { row[sorted[position].slot] += sorted[position].count }
            let number = UInt32(target >> 32)
            let next = index + 1 < targets.count ? UInt32(targets[index + 1] >> 32) : nil
            if next == number { continue }
            rows.append(taking: &row, of: UInt8(truncatingIfNeeded: number))
            if next.map({ $0 >> 8 }) != number >> 8 {
                try body(StoreState.BlockKey(resolution: Self.resolution, day: day, page: number >> 8), rows)
                rows.removeAll()
            }
        }
    }
}
