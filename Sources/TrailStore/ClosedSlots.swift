import Foundation
import GRDB
import Synchronization
import TrailBlocks
import TrailCounts
package import TrailModel

/// What one commit changed in slots that were closed, kept so that their earlier values can be read.
struct ClosedChanges: Sendable {
    struct Cell: Sendable {
        let series: UInt32
        let resolution: Resolution
        let slot: Timestamp
        /// The value before the commit; `nil` when there was none.
        var before: StatisticSet?
    }

    /// More calls per activity and slot: each is one more sample of the value 1 in every series of its activity.
    var counts: [(cell: CountBatch.ActivityCell, count: Int64)] = []
    /// Of metric filters, Insights, aggregated records and the traffic.
    var cells: [Cell] = []
    /// How far slots were closed when the commit was made.
    var closedThrough: Timestamp?

    var isEmpty: Bool { counts.isEmpty && cells.isEmpty }

    init() {}

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(counts.count)
        for (cell, count) in counts {
            writer.writeVarint(UInt64(cell.activity))
            writer.writeSigned(cell.slot.seconds)
            writer.writeSigned(count)
        }
        writer.writeCount(cells.count)
        for cell in cells {
            writer.writeVarint(UInt64(cell.series))
            writer.writeVarint(UInt64(cell.resolution.seconds))
            writer.writeSigned(cell.slot.seconds)
            writer.writeCount(cell.before == nil ? 0 : 1)
            if let before = cell.before { writer.write(before) }
        }
        writer.writeDistributions(of: cells.compactMap(\.before))
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        for _ in 0..<(try reader.readCount(max: bytes.count)) {
            let activity = UInt32(truncatingIfNeeded: try reader.readVarint())
            let slot = Timestamp(seconds: try reader.readSigned())
            counts.append((CountBatch.ActivityCell(activity: activity, slot: slot), try reader.readSigned()))
        }
        for _ in 0..<(try reader.readCount(max: bytes.count)) {
            let series = UInt32(truncatingIfNeeded: try reader.readVarint())
            let resolution = try reader.readResolution(of: "the changes of closed slots")
            let slot = Timestamp(seconds: try reader.readSigned())
            let before = try reader.readCount(max: 1) == 1 ? try reader.readStatisticSet() : nil
            cells.append(Cell(series: series, resolution: resolution, slot: slot, before: before))
        }
        let held = cells.indices.filter { cells[$0].before != nil }
        for (index, set) in try reader.readDistributions(of: cells.compactMap(\.before)) {
            cells[held[index]].before = set
        }
        try reader.finish()
    }

    /// Writes what commit `number` changed, if anything.
    func write(commit number: Int64, to db: Database) throws {
        guard !isEmpty else { return }
        let bytes = encoded()
        try db.execute(
            sql: "INSERT INTO closed_changes VALUES (?, ?, ?, ?)",
            arguments: [number, Data(bytes), BlobChecksum.value(of: [bytes]), closedThrough?.milliseconds])
    }
}

extension Store {
    /// Says that decisions used the slots that end by `time`: what changes in them from now on is kept with its commit.
    ///
    /// The time never goes back; it is kept with the next ``EvaluationRecord`` that names it.
    package func closeSlots(through time: Timestamp) {
        state.withLock { $0.closedThrough = max($0.closedThrough ?? time, time) }
    }

    /// What `entry` changes in closed slots.
    ///
    /// - Complexity: O(cells of the entry), and the decoding of blocks for the closed ones that are not of built-in
    ///   metrics.
    func closedChanges(_ entry: JournalEntry, _ state: inout StoreState) throws -> ClosedChanges {
        var changes = ClosedChanges()
        guard let closed = state.closedThrough else { return changes }
        changes.closedThrough = closed
        changes.counts = entry.activityCounts.filter { cell, _ in
            cell.slot.adding(seconds: BuiltInMetrics.resolution.seconds) <= closed
        }
        for cell in entry.cells where cell.slot.adding(seconds: cell.resolution.seconds) <= closed {
            let before = try value(of: cell.series, cell.resolution, at: cell.slot, &state)
            changes.cells.append(
                ClosedChanges.Cell(
                    series: cell.series, resolution: cell.resolution, slot: cell.slot, before: before))
        }
        return changes
    }

    /// The slots of one metric as they were after commit `number`; only closed ones are as they were then.
    ///
    /// A slot that closed after that commit shows what it holds now without the changes since it closed.
    /// - Throws: ``StoreError`` for slots that were deleted.
    package func slots(
        of metric: Metric, in range: Range<Timestamp>, asOf number: Int64
    ) throws -> [(start: Timestamp, set: StatisticSet)] {
        try state.withLock { state in
            let now = try readSlots(of: metric, in: range, &state).map { ($0.start, $0.set) }
            let wanted = ChangesToUndo(asOf: number)
            return try database.read { db in try state.undo(wanted, in: now, of: metric, range, db) }
        }
    }

    /// How far slots are closed; `nil` before the first decision.
    package var closedThrough: Timestamp? { state.withLock { $0.closedThrough } }
}

/// Which changes of closed slots are not to be seen: those made after a commit, of which a window is told by what was
/// closed when they were made.
package struct ChangesToUndo: Equatable, Sendable {
    private let commit: Int64
    private let windowEnd: Timestamp?

    /// All that were made after commit `number`.
    package init(asOf number: Int64) {
        commit = number
        windowEnd = nil
    }

    /// Those that were made after the window that ends at `end` was decided, which is as soon as its slots were closed,
    /// but not before commit `number`.
    package init(afterDecidingWindow end: Timestamp, notBefore number: Int64 = 0) {
        commit = number
        windowEnd = end
    }

    /// The payloads of the changes, the latest first.
    func payloads(_ db: Database) throws -> [[UInt8]] {
        let hasClosing = try Schema.version(of: db) >= Schema.versionsVersion
        let closing = hasClosing && windowEnd != nil ? "AND (closed_through IS NULL OR closed_through >= ?2)" : ""
        return try Row.fetchAll(
            db, sql: "SELECT * FROM closed_changes WHERE commit_number > ?1 \(closing) ORDER BY commit_number DESC",
            arguments: closing.isEmpty ? [commit] : [commit, windowEnd?.milliseconds]
        ).map { try BlobChecksum.bytes(of: $0, ["payload"], what: "the changes of closed slots")[0] }
    }
}

extension StoreState {
    /// The slots `now` of a metric without some of the changes that they saw since they were closed.
    ///
    /// - Throws: ``StoreError`` for slots that were deleted.
    func undo(
        _ wanted: ChangesToUndo, in now: [(start: Timestamp, set: StatisticSet)], of metric: Metric,
        _ range: Range<Timestamp>, _ db: Database
    ) throws -> [(start: Timestamp, set: StatisticSet)] {
        if let first = retention.firstDay(metric.resolution),
            floorDivide(range.lowerBound.seconds, 86_400) < first
        {
            throw StoreError.deletedSlots(before: Timestamp(seconds: first * 86_400))
        }
        return try undo(wanted, inCounted: now, of: metric, range, db)
    }

    /// The slots `now` of a metric, wherever they were counted, without some of the changes that they saw.
    func undo(
        _ wanted: ChangesToUndo, inCounted now: [(start: Timestamp, set: StatisticSet)], of metric: Metric,
        _ range: Range<Timestamp>, _ db: Database
    ) throws -> [(start: Timestamp, set: StatisticSet)] {
        guard let series = series.knownNumber(of: metric) else { return [] }
        var sets = Dictionary(uniqueKeysWithValues: now.map { ($0.start, $0.set) })
        var countsIt: [UInt32: Bool] = [:]
        // Each blob names many series and slots; the latest is undone first.
        for payload in try wanted.payloads(db) {
            let changes = try ClosedChanges(decoding: payload)
            for (cell, count) in changes.counts where range.contains(cell.slot) {
                let isOwn =
                    countsIt[cell.activity]
                    ?? (cell.activity == StoreState.seriesTarget | series
                        || activity(cell.activity, countsInto: metric))
                countsIt[cell.activity] = isOwn
                guard isOwn, let set = sets[cell.slot] else { continue }
                let left = set.sampleCount - count
                sets[cell.slot] = left > 0 ? StatisticSet(value: 1, count: left) : nil
            }
            for cell in changes.cells where cell.series == series && cell.resolution == metric.resolution {
                if range.contains(cell.slot) { sets[cell.slot] = cell.before }
            }
        }
        return sets.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension StoreState {
    /// Whether the events of an activity count into a built-in metric; since the start none may have done so.
    fileprivate func activity(_ id: UInt32, countsInto metric: Metric) -> Bool {
        guard activities.activities.indices.contains(Int(id)) else { return false }
        return BuiltInMetrics.metrics(of: activities.activities[Int(id)]).contains(metric)
    }
}
