import Foundation
import GRDB
import TrailBlocks
import TrailCounts
import TrailModel

extension StoreView {
    /// Pages that are looked up one by one; of more the whole day is read through.
    private static let pagesLookedUpMax = 32

    /// What is not in blocks yet, of the series that take part.
    private struct Unfolded {
        var blocks: [Int64: [StoreState.BlockKey]] = [:]
        var counts: [Int64: [(series: UInt32, slot: Int, count: Int64)]] = [:]

        var days: Set<Int64> { Set(blocks.keys).union(counts.keys) }
    }

    /// Calls `body` with each datapoint of `query`, day after day.
    func read(
        _ query: MetricQuery, _ db: Database, _ body: (Timestamp, [String?], StatisticSet) throws -> Void
    ) throws -> (isKnown: Bool, keptFrom: Timestamp?) {
        let selection = try QuerySelection(query, state, hasLevels: hasLevels)
        guard !selection.pages.isEmpty else { return (selection.isKnown, nil) }
        let order = selection.groups.indices.sorted {
            QueryResult.isBefore(selection.groups[$0], selection.groups[$1])
        }
        var sums = QuerySums(query, groupCount: selection.groups.count)
        let unfolded = unfolded(selection, in: sums.days)
        for day in try days(selection, unfolded, in: sums.days, db) {
            for stretch in sums.stretches(of: day) {
                try sums.flush(before: stretch.lowerBound, order: order) { try body($0, selection.groups[$1], $2) }
                sums.begin(stretch)
                try add(day, selection, unfolded, db, to: &sums)
                try sums.flush(before: stretch.upperBound, order: order) { try body($0, selection.groups[$1], $2) }
            }
        }
        try sums.flush(before: nil, order: order) { try body($0, selection.groups[$1], $2) }
        return (true, keptFrom(selection, in: sums.days))
    }

    /// When the levels that are read begin, if that is after the first day of the range.
    private func keptFrom(_ selection: QuerySelection, in range: Range<Int64>) -> Timestamp? {
        let days = Set(selection.pages.values.map(\.level)).compactMap { state.retention.firstDay($0) }
        return days.max().flatMap { !range.isEmpty && $0 > range.lowerBound ? Timestamp(seconds: $0 * 86_400) : nil }
    }

    /// The days that may hold something, sorted.
    private func days(
        _ selection: QuerySelection, _ unfolded: Unfolded, in range: Range<Int64>, _ db: Database
    ) throws -> [Int64] {
        var days = unfolded.days
        for level in Set(selection.pages.values.map(\.level)) {
            var day = range.lowerBound
            // One jump for each day that there is, however many pages it has.
            let next = try db.cachedStatement(sql: "SELECT MIN(day) FROM blocks WHERE resolution = ? AND day >= ?")
            while day < range.upperBound, let found = try Int64.fetchOne(next, arguments: [level.seconds, day]),
                found < range.upperBound
            {
                if state.retention.holds(found, level) { days.insert(found) }
                day = found + 1
            }
        }
        return days.sorted()
    }

    /// True for a page that takes part, at a level that still holds the day.
    private func isHeld(_ selection: QuerySelection, _ page: UInt32, _ day: Int64) -> Bool {
        selection.pages[page].map { state.retention.holds(day, $0.level) } ?? false
    }

    private func unfolded(_ selection: QuerySelection, in days: Range<Int64>) -> Unfolded {
        var unfolded = Unfolded()
        for key in state.overlay.keys where days.contains(key.day) && isHeld(selection, key.page, key.day) {
            unfolded.blocks[key.day, default: []].append(key)
        }
        state.pending.forEach { activity, day, slot, count in
            guard days.contains(day) else { return }
            for number in state.knownSeriesNumbers(of: activity) where isHeld(selection, number >> 8, day) {
                unfolded.counts[day, default: []].append((number, slot, count))
            }
        }
        return unfolded
    }

    private func add(
        _ day: Int64, _ selection: QuerySelection, _ unfolded: Unfolded, _ db: Database, to sums: inout QuerySums
    ) throws {
        var periods: [Resolution: [Int32]] = [:]
        for level in Resolution.allCases { periods[level] = sums.periods(day: day, level) }
        for level in Set(selection.pages.values.map(\.level)) where state.retention.holds(day, level) {
            try sums.add(day: day, level) { add in
                try forEachBlock(selection, level, day, db) { page, reader in try add(reader, page.groups) }
            }
        }
        for key in unfolded.blocks[day] ?? [] {
            guard let page = selection.pages[key.page], let block = state.overlay[key] else { continue }
            for (number, cells) in block.series where page.groups[Int(number)] >= 0 {
                sums.add(cells, group: page.groups[Int(number)], periods: periods[key.resolution] ?? [])
            }
        }
        let slots = periods[BuiltInMetrics.resolution] ?? []
        for (number, slot, count) in unfolded.counts[day] ?? [] {
            guard let group = selection.pages[number >> 8]?.groups[Int(number & 0xFF)], group >= 0 else { continue }
            sums.add(count: count, group: group, period: slots[slot])
        }
    }

    private func forEachBlock(
        _ selection: QuerySelection, _ level: Resolution, _ day: Int64, _ db: Database,
        _ body: (QuerySelection.Page, BlockReader) throws -> Void
    ) throws {
        if selection.pages.count <= Self.pagesLookedUpMax {
            let blocks = try BlockTable(db)
            for (number, page) in selection.pages where page.level == level {
                let key = StoreState.BlockKey(resolution: level, day: day, page: number)
                if let bytes = try blocks.bytes(key) { try body(page, BlockReader(bytes)) }
            }
            return
        }
        let statement = try db.cachedStatement(sql: "SELECT page, payload FROM blocks WHERE resolution = ? AND day = ?")
        let rows = try Row.fetchCursor(statement, arguments: [level.seconds, day])
        while let row = try rows.next() {
            guard let number = UInt32(exactly: row[0] as Int64), let page = selection.pages[number],
                page.level == level
            else { continue }
            try body(page, BlockReader(try row.withUnsafeData(atIndex: 1) { $0.map { Array($0) } ?? [] }))
        }
    }
}

extension StoreView {
    /// The slots of one metric as alarms read them.
    func slots(
        of metric: Metric, in range: Range<Timestamp>, _ db: Database
    ) throws -> [(start: Timestamp, set: StatisticSet)] {
        guard let number = state.series.knownNumber(of: metric), !range.isEmpty else { return [] }
        let resolution = metric.resolution
        var state = state
        if resolution == BuiltInMetrics.resolution { try state.settle() }
        let blocks = try BlockTable(db)
        let first = floorDivide(range.lowerBound.seconds, 86_400)
        let last = floorDivide(range.upperBound.seconds, 86_400)
        var found: [(start: Timestamp, set: StatisticSet)] = []
        for day in try state.days(of: number, resolution, in: first...last, db) {
            let slots = try state.slots(of: number, resolution, day: day) { try blocks.block($0) }
            found += slots.filter { range.contains($0.start) }.map { ($0.start, $0.set) }
        }
        return found
    }
}
