import Foundation
import GRDB
import TrailBlocks
import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns

/// What a store keeps in memory: its tables of numbers and everything committed but not yet folded into blocks.
struct StoreState: Sendable {
    struct BlockKey: Hashable, Sendable {
        let resolution: Resolution
        /// Days since the epoch.
        let day: Int64
        let page: UInt32
    }

    /// A count of an activity whose number has this bit is one of the series that the other bits number, alone.
    static let seriesTarget: UInt32 = 1 << 31

    var series = SeriesTable()
    var activities = ActivityTable()
    var savedActivities = 0
    var seen = SeenEvents()
    /// Of the built-in metrics only what was asked for since the last fold; the rest waits in `pending`.
    var overlay: [BlockKey: Block] = [:]
    /// Blocks of the overlay from which samples are taken away.
    var reduced: Set<BlockKey> = []
    var pending = PendingCounts()
    /// Decisions used the slots that end by this time; `nil` before the first one.
    var closedThrough: Timestamp?
    /// Which days each level still holds.
    var retention = KeptDays()
    var arrivals: [UInt32: CountBatch.Arrivals] = [:]
    /// Activities whose arrivals changed since the last fold.
    var arrived: Set<UInt32> = []
    /// Matches of each filter's series by events read within 24 h of their time.
    var youngMatches: [UInt32: Int64] = [:]
    var unfoldedCells = 0
    /// Blocks as they are on disk, for the series that are read again and again.
    var blockCache: [BlockKey: Block] = [:]
    /// The names of the filters of each set, and the number of each set.
    var filterSets: [Int64: Set<String>] = [:]
    var filterSetNumbers: [Set<String>: Int64] = [:]
    /// The filters that are known by their names in the sets, whether they are gone or not.
    var filterDefinitions: [String: MetricFilter] = [:]
    /// The set of event ids that do not name theirs.
    var filtersOfUnnamedIDs: Int64 = 0
    /// Of those who follow series.
    var watch: SeriesWatch?
    private var seriesOfActivity: [UInt32: [UInt32]] = [:]

    /// Reads the tables and the journal; `forWriting` also the keys that only a writer needs.
    init(_ db: Database, forWriting: Bool) throws {
        try series.load(db)
        retention = try KeptDays(db)
        try loadActivities(db)
        if forWriting {
            closedThrough = try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'closed_through'")
                .map { Timestamp(milliseconds: $0) }
        }
        if forWriting {
            try loadMatches(db)
            try loadFilterSets(db)
        }
        try loadJournal(db, since: 0, forWriting: forWriting)
    }

    private mutating func loadJournal(_ db: Database, since commit: Int64, forWriting: Bool) throws {
        let journal = try Row.fetchCursor(
            db, sql: "SELECT * FROM journal WHERE commit_number > ? ORDER BY commit_number", arguments: [commit])
        while let row = try journal.next() {
            let blobs = try BlobChecksum.bytes(of: row, ["counts", "event_ids"], what: "the journal")
            try apply(JournalEntry(decoding: blobs[0]))
            guard forWriting else { continue }
            for (slot, group) in try decodeKeysBySlot(blobs[1], unnamed: filtersOfUnnamedIDs) {
                seen.restore(group, slot: slot)
            }
        }
        series.saved()
    }

    /// Brings what a reader keeps up to date: `afterFold` when the journal began anew, else with the commits since one.
    mutating func update(_ db: Database, afterFold: Bool, since commit: Int64) throws {
        if afterFold {
            overlay = [:]
            reduced = []
            pending.removeAll()
            unfoldedCells = 0
        }
        try series.load(db)
        retention = try KeptDays(db)
        try loadActivities(db)
        try loadJournal(db, since: commit, forWriting: false)
    }

    private mutating func loadActivities(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT * FROM activities WHERE id >= ? ORDER BY id", arguments: [activities.activities.count])
        while let row = try rows.next() {
            let id = activities.id(
                of: Activity(
                    eventSource: row["event_source"], eventName: row["event_name"], awsRegion: row["aws_region"],
                    recipientAccountID: row["recipient_account_id"], userIdentityType: row["user_identity_type"],
                    errorCode: row["error_code"]))
            // Elsewhere an activity is known by its number alone.
            guard row["id"] as Int64 == Int64(id) else {
                throw StoreError.corrupt(what: "the table activities", reason: "row \(id) is missing or doubled")
            }
            arrivals[id] = CountBatch.Arrivals(young: row["young"], backfilled: row["backfilled"])
        }
        savedActivities = activities.activities.count
    }

    private mutating func loadFilterSets(_ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT id, names FROM filter_sets ORDER BY id") {
            let text: String = row["names"]
            add(filterSet: Set(text.split(separator: "\n").map(String.init)), number: row["id"])
        }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM filter_definitions") {
            // One that this version cannot read is as good as unknown.
            let text: String? = row["selections"]
            let selections = text.flatMap { try? FilterSelectionsText.selections($0) }
            guard let pattern = try? FilterPattern(row["pattern"]), text == nil || selections != nil else { continue }
            filterDefinitions[row["name"]] = MetricFilter(
                name: row["filter"], logGroupName: "", pattern: pattern,
                metric: Metric(namespace: row["namespace"], name: row["metric"], dimensions: []),
                value: selections?.value.map(MetricValue.selected) ?? .constant(row["value"]),
                dimensions: selections?.dimensions ?? [],
                location: SourceLocation(file: ""))
        }
        let unnamed = "SELECT value FROM meta WHERE name = 'filters_of_unnamed_ids'"
        filtersOfUnnamedIDs = try Int64.fetchOne(db, sql: unnamed) ?? 0
    }

    mutating func add(filterSet names: Set<String>, number: Int64) {
        filterSets[number] = names
        if filterSetNumbers[names] == nil { filterSetNumbers[names] = number }
    }

    /// Format 1, which a reader may still find, does not have them.
    private mutating func loadMatches(_ db: Database) throws {
        let matches = try Row.fetchCursor(db, sql: "SELECT series, young FROM filter_matches")
        while let row = try matches.next() { youngMatches[row["series"]] = row["young"] }
    }

    /// Numbers for everything that `batch` counts; new ones wait in `series` to be written.
    mutating func entry(of batch: CountBatch) throws(StoreError) -> JournalEntry {
        var entry = JournalEntry()
        for (cell, count) in batch.activityCounts {
            _ = try seriesNumbers(of: cell.activity)
            entry.activityCounts.append((cell, count))
        }
        entry.arrivals = batch.arrivals.map { ($0.key, $0.value) }
        for (cell, set) in batch.samples {
            let resolution = cell.metric.resolution
            let number = try series.number(of: cell.metric, resolution: resolution)
            entry.cells.append(JournalEntry.Cell(series: number, resolution: resolution, slot: cell.slot, set: set))
        }
        for (minute, count) in batch.traffic {
            let number = try series.number(of: TrafficMetric.metric, resolution: TrafficMetric.resolution)
            entry.cells.append(
                JournalEntry.Cell(
                    series: number, resolution: TrafficMetric.resolution, slot: minute,
                    set: StatisticSet(value: 1, count: count)))
        }
        for (metric, count) in batch.youngMatches {
            entry.youngMatches.append((try series.number(of: metric, resolution: .minute), count))
        }
        return entry
    }

    /// The transaction failed: what it would have added was never there.
    mutating func rollBack() {
        seen.rollBack()
        series.rollBack()
        for id in savedActivities..<activities.activities.count { seriesOfActivity[UInt32(id)] = nil }
        activities.keep(first: savedActivities)
    }

    /// Adds a committed entry to memory.
    mutating func apply(_ entry: JournalEntry) throws(StoreError) {
        for (cell, count) in entry.activityCounts {
            // A journal may name what is not there.
            try check(target: cell.activity)
            pending.append(cell, count)
            guard watch != nil else { continue }
            let set = StatisticSet(value: 1, count: count)
            for number in knownSeriesNumbers(of: cell.activity) { watch?.note(set, series: number, slot: cell.slot) }
        }
        for (activity, more) in entry.arrivals {
            arrivals[activity, default: CountBatch.Arrivals()].add(more)
            arrived.insert(activity)
        }
        for cell in entry.cells {
            add(cell.set, series: cell.series, resolution: cell.resolution, slot: cell.slot)
            watch?.note(cell.set, series: cell.series, slot: cell.slot)
        }
        for (series, count) in entry.youngMatches { youngMatches[series, default: 0] += count }
    }

    /// Spreads what is pending, so that the overlay holds all of the built-in metrics.
    mutating func settle() throws(StoreError) {
        guard !pending.isEmpty else { return }
        let counts = pending
        pending.removeAll()
        try counts.forEach { (activity, slot, count) throws(StoreError) in
            let set = StatisticSet(value: 1, count: count)
            for number in knownSeriesNumbers(of: activity) {
                add(set, series: number, resolution: BuiltInMetrics.resolution, slot: slot)
            }
        }
    }

    /// The series that an activity counts into; those of every committed activity are numbered.
    func knownSeriesNumbers(of activity: UInt32) -> [UInt32] {
        if activity & Self.seriesTarget != 0 { return [activity & ~Self.seriesTarget] }
        return seriesOfActivity[activity] ?? []
    }

    private mutating func check(target: UInt32) throws(StoreError) {
        guard target & Self.seriesTarget != 0 else {
            _ = try seriesNumbers(of: target)
            return
        }
        let number = target & ~Self.seriesTarget
        guard series.resolution(ofSeries: number) != nil else {
            throw .corrupt(what: "the journal", reason: "it names series \(number), which is not there")
        }
    }

    private mutating func seriesNumbers(of activity: UInt32) throws(StoreError) -> [UInt32] {
        if let numbers = seriesOfActivity[activity] { return numbers }
        guard Int(activity) < activities.activities.count else {
            throw .corrupt(what: "the journal", reason: "it names activity \(activity), which is not there")
        }
        var numbers: [UInt32] = []
        for metric in BuiltInMetrics.metrics(of: activities.activities[Int(activity)]) {
            numbers.append(try series.number(of: metric, resolution: BuiltInMetrics.resolution))
        }
        seriesOfActivity[activity] = numbers
        return numbers
    }

    private mutating func add(_ set: StatisticSet, series number: UInt32, resolution: Resolution, slot: Timestamp) {
        let day = floorDivide(slot.seconds, 86_400)
        let index = UInt16((slot.seconds - day * 86_400) / resolution.seconds)
        let key = BlockKey(resolution: resolution, day: day, page: number >> 8)
        overlay[key, default: Block(resolution: resolution)]
            .add(set, series: UInt8(truncatingIfNeeded: number), slot: index)
        if set.sampleCount < 0 { reduced.insert(key) }
        unfoldedCells += 1
    }
}

extension Row {
    func bytes(_ column: String) -> [UInt8] {
        let data: Data = self[column]
        return Array(data)
    }
}
