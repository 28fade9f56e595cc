import TrailBlocks
import TrailModel

/// The sums of a query over one stretch of a day, and over the period that was open when the one before ended.
struct QuerySums: Sendable {
    private let sumsMax: Int
    private let periodSeconds: Int64
    /// Seconds since the epoch.
    private let from: Int64
    private let to: Int64
    private let groupCount: Int
    /// The stretch that is being read, in seconds since the epoch.
    private var stretch: Range<Int64> = 0..<0
    /// Start of the first period.
    private var start: Int64 = 0
    private var periodCount = 0
    /// Samples of the value 1, group after group and in each period after period; nearly all that is counted.
    private var counts: [Int64] = []
    /// Other samples, by the same places.
    private var sets: [Int: StatisticSet] = [:]
    private var isEmpty = true

    init(_ query: MetricQuery, groupCount: Int) {
        sumsMax = query.limits.sumsMax
        periodSeconds = query.periodSeconds
        from = query.from.floored(toSeconds: query.periodSeconds).seconds
        to = query.to.floored(toSeconds: query.periodSeconds).seconds
        self.groupCount = groupCount
    }

    /// Days that the range reaches into.
    var days: Range<Int64> {
        to > from ? floorDivide(from, 86_400)..<floorDivide(to - 1, 86_400) + 1 : 0..<0
    }

    /// The stretches of a day that are read one after the other, in whole hours.
    func stretches(of day: Int64) -> [Range<Int64>] {
        // Where a stretch does not begin with a period, the slots of its finest level are summed.
        let steps = 3600 % periodSeconds == 0 ? 3600 / periodSeconds : periodSeconds % 3600 == 0 ? 1 : 60
        let hours = min(24, max(1, Int64(sumsMax) / (steps * Int64(max(groupCount, 1)))))
        return stride(from: Int64(0), to: 24, by: Int64.Stride(hours)).compactMap { hour in
            let start = max(day * 86_400 + hour * 3600, from)
            let end = min(day * 86_400 + min(hour + hours, 24) * 3600, to)
            return start < end ? start..<end : nil
        }
    }

    /// Makes room for a stretch; call ``flush(before:order:_:)`` with its start first.
    mutating func begin(_ stretch: Range<Int64>) {
        // What was not flushed is one period.
        let carried = isEmpty ? nil : (start: start, counts: counts, sets: sets)
        self.stretch = stretch
        start = carried?.start ?? Timestamp(seconds: stretch.lowerBound).floored(toSeconds: periodSeconds).seconds
        periodCount = Int((stretch.upperBound - start + periodSeconds - 1) / periodSeconds)
        counts = [Int64](repeating: 0, count: groupCount * periodCount)
        sets = [:]
        guard let carried else { return }
        for group in 0..<groupCount {
            counts[group * periodCount] = carried.counts[group]
            sets[group * periodCount] = carried.sets[group]
        }
    }

    /// The period of each slot of a day, counted from the first; -1 outside the stretch.
    func periods(day: Int64, _ level: Resolution) -> [Int32] {
        (0..<level.slotsPerDay).map { slot in
            let time = day * 86_400 + Int64(slot) * level.seconds
            return stretch.contains(time) ? Int32((time - start) / periodSeconds) : -1
        }
    }

    /// Adds blocks of one day at one level.
    ///
    /// - Parameters:
    ///   - day: Of the blocks.
    ///   - level: Of the blocks.
    ///   - blocks: Calls what it is given with each block and the group of each of its series, -1 for none.
    /// - Throws: What `blocks` throws, and ``BlockError``.
    mutating func add(
        day: Int64, _ level: Resolution, blocks: ((BlockReader, [Int32]) throws -> Void) throws -> Void
    ) throws {
        let dayStart = day * 86_400
        let first = Int((stretch.lowerBound - dayStart) / level.seconds)
        let end = Int((stretch.upperBound - dayStart + level.seconds - 1) / level.seconds)
        let slots = first..<end
        // Steps are periods where those begin with the stretch, else slots.
        let isAligned = stretch.lowerBound == start + (stretch.lowerBound - start) / periodSeconds * periodSeconds
        let slotsPerStep = isAligned ? Int(periodSeconds / level.seconds) : 1
        let window = BlockSums.Window(slots: slots, slotsPerStep: slotsPerStep)
        var sums = BlockSums(
            resolution: level, groupCount: groupCount, stepCount: (slots.count + slotsPerStep - 1) / slotsPerStep)
        let periods = periods(day: day, level)
        var general: [(group: Int32, cells: [Block.Cell])] = []
        try blocks { block, groups in
            try sums.add(block, window: window, groups: groups) { number, cells in
                general.append((groups[Int(number)], cells.cells))
            }
        }
        for group in 0..<groupCount {
            for (step, sum) in sums[group].enumerated() where sum != 0 {
                let time = dayStart + Int64(slots.lowerBound + step * slotsPerStep) * level.seconds
                counts[group * periodCount + Int((time - start) / periodSeconds)].addSaturating(sum)
            }
        }
        isEmpty = false
        for (group, cells) in general { add(cells, group: group, periods: periods) }
    }

    mutating func add(_ cells: [Block.Cell], group: Int32, periods: [Int32]) {
        isEmpty = false
        for cell in cells where periods[Int(cell.slot)] >= 0 {
            add(cell.set, place: Int(group) * periodCount + Int(periods[Int(cell.slot)]))
        }
    }

    mutating func add(count: Int64, group: Int32, period: Int32) {
        isEmpty = false
        if period >= 0 { counts[Int(group) * periodCount + Int(period)].addSaturating(count) }
    }

    private mutating func add(_ set: StatisticSet, place: Int) {
        if set.isCount {
            counts[place].addSaturating(set.sampleCount)
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
                var set = sets.isEmpty ? nil : sets[place]
                let count = counts[place]
                if count != 0 {
                    // Below 0 where more was taken away than is not folded yet.
                    let ones = StatisticSet(
                        sampleCount: count, exactSum: ExactSum(1, times: count), minimum: 1, maximum: 1)
                    if set?.add(ones) == nil { set = ones }
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

extension Int64 {
    /// A sum above the greatest number stays there, as in blocks.
    fileprivate mutating func addSaturating(_ other: Int64) {
        let (sum, isOver) = addingReportingOverflow(other)
        self = isOver ? (other > 0 ? .max : .min) : sum
    }
}
