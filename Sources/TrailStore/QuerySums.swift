import TrailBlocks
import TrailModel

/// The sums of a query over one day, and over the period that was open when the day before ended.
struct QuerySums: Sendable {
    private let periodSeconds: Int64
    /// Seconds since the epoch.
    private let from: Int64
    private let to: Int64
    private let groupCount: Int
    /// Start of the first period.
    private var start: Int64 = 0
    private var periodCount = 0
    /// Samples of the value 1, group after group and in each period after period; nearly all that is counted.
    private var counts: [Int64] = []
    /// Other samples, by the same places.
    private var sets: [Int: StatisticSet] = [:]
    private var isEmpty = true

    init(_ query: MetricQuery, groupCount: Int) {
        periodSeconds = query.periodSeconds
        from = query.from.floored(toSeconds: query.periodSeconds).seconds
        to = query.to.floored(toSeconds: query.periodSeconds).seconds
        self.groupCount = groupCount
    }

    /// Days that the range reaches into.
    var days: Range<Int64> {
        to > from ? floorDivide(from, 86_400)..<floorDivide(to - 1, 86_400) + 1 : 0..<0
    }

    /// Makes room for a day; call ``flush(before:order:_:)`` with its start first.
    mutating func begin(day: Int64) {
        let dayStart = day * 86_400
        // What was not flushed is one period.
        let carried = isEmpty ? nil : (start: start, counts: counts, sets: sets)
        start = carried?.start ?? Timestamp(seconds: max(dayStart, from)).floored(toSeconds: periodSeconds).seconds
        periodCount = Int((dayStart + 86_400 - start + periodSeconds - 1) / periodSeconds)
        counts = [Int64](repeating: 0, count: groupCount * periodCount)
        sets = [:]
        guard let carried else { return }
        for group in 0..<groupCount {
            counts[group * periodCount] = carried.counts[group]
            sets[group * periodCount] = carried.sets[group]
        }
    }

    /// The period of each slot of a day, counted from the first; -1 outside the range.
    func periods(day: Int64, _ level: Resolution) -> [Int32] {
        (0..<level.slotsPerDay).map { slot in
            let time = day * 86_400 + Int64(slot) * level.seconds
            return time < from || time >= to ? -1 : Int32((time - start) / periodSeconds)
        }
    }

    mutating func add(_ cells: borrowing SeriesCells, group: Int32, periods: [Int32]) {
        isEmpty = false
        let row = Int(group) * periodCount
        guard cells.isCount else {
            for (slot, set) in zip(cells.slots, cells.sets) where periods[Int(slot)] >= 0 {
                add(set, place: row + Int(periods[Int(slot)]))
            }
            return
        }
        for index in cells.slots.indices {
            let period = periods[Int(cells.slots[index])]
            if period >= 0 { counts[row + Int(period)] += cells.counts[index] }
        }
    }

    mutating func add(_ cells: [Block.Cell], group: Int32, periods: [Int32]) {
        isEmpty = false
        for cell in cells where periods[Int(cell.slot)] >= 0 {
            add(cell.set, place: Int(group) * periodCount + Int(periods[Int(cell.slot)]))
        }
    }

    mutating func add(count: Int64, group: Int32, period: Int32) {
        isEmpty = false
        if period >= 0 { counts[Int(group) * periodCount + Int(period)] += count }
    }

    private mutating func add(_ set: StatisticSet, place: Int) {
        if set.isCount {
            counts[place] += set.sampleCount
        } else if sets[place]?.add(set) == nil {
            sets[place] = set
        }
    }

    /// Calls `body` with every period that ends by `time`, or with all of them; at most one stays open.
    mutating func flush(
        before time: Int64?, order: [Int], _ body: (Timestamp, Int, StatisticSet) throws -> Void
    ) rethrows {
        guard !isEmpty else { return }
        for period in 0..<periodCount {
            let start = start + Int64(period) * periodSeconds
            if let time, start + periodSeconds > time {
                keepOnly(period)
                return
            }
            for group in order {
                let place = group * periodCount + period
                var set = sets[place]
                let count = counts[place]
                if count != 0, set?.add(StatisticSet(value: 1, count: count)) == nil {
                    set = StatisticSet(value: 1, count: count)
                }
                // Where samples were taken away and are not folded yet, none may be left.
                if let set, set.sampleCount > 0 { try body(Timestamp(seconds: start), group, set) }
            }
        }
        isEmpty = true
    }

    /// Forgets all but one period, which is the last.
    private mutating func keepOnly(_ period: Int) {
        start += Int64(period) * periodSeconds
        counts = (0..<groupCount).map { counts[$0 * periodCount + period] }
        var kept: [Int: StatisticSet] = [:]
        for group in 0..<groupCount { kept[group] = sets[group * periodCount + period] }
        sets = kept
        periodCount = 1
    }
}
