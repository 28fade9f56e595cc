import Foundation
import GRDB
import Synchronization
import TrailBlocks
import TrailCounts
import TrailModel

extension Store {
    /// Moves what gathered in memory into the blocks; counts as read do not change.
    package func fold() throws {
        try state.withLock { state in try naming { try fold(&state) } }
    }

    func fold(_ state: inout StoreState) throws {
        var changed: [StoreState.BlockKey] = []
        try database.write { db in
            let blocks = try BlockTable(db)
            for (key, block) in state.overlay {
                changed += try blocks.add(
                    block, to: key, takesAway: state.reduced.contains(key), kept: state.retention)
            }
            try state.pending.forEachBlock(seriesOf: { state.knownSeriesNumbers(of: $0) }) { key, counts in
                changed += try blocks.add(counts, to: key)
            }
            let hours = Dictionary(grouping: state.seen.unfolded) { $0.key.floored(toSeconds: 3600) }
            for (start, slots) in hours.sorted(by: { $0.key < $1.key }) {
                var hour = try EventIDHour(of: start, unnamed: state.filtersOfUnnamedIDs, db)
                for (slot, new) in slots {
                    var groups = try hour.groups(of: slot)
                    for group in new { groups.add(group) }
                    hour.set(groups, of: slot)
                }
                try hour.write(to: db)
            }
            let counters = try db.cachedStatement(sql: "UPDATE activities SET young = ?, backfilled = ? WHERE id = ?")
            for id in state.arrived {
                guard let arrivals = state.arrivals[id] else { continue }
                try counters.execute(arguments: [arrivals.young, arrivals.backfilled, id])
            }
            let matches = try db.cachedStatement(sql: "INSERT OR REPLACE INTO filter_matches VALUES (?, ?)")
            for (series, young) in state.youngMatches { try matches.execute(arguments: [series, young]) }
            try db.execute(sql: "DELETE FROM journal")
            try db.execute(sql: "UPDATE meta SET value = value + 1 WHERE name = 'folds'")
            try EventIndexTable.fold(db)
        }
        for key in changed { state.blockCache[key] = nil }
        state.overlay = [:]
        state.reduced = []
        state.pending.removeAll()
        state.arrived = []
        state.unfoldedCells = 0
        state.seen.folded()
        // The fold is done, whatever becomes of this.
        try? emptyLog()
    }
}

/// Reads and writes the blocks of all levels.
struct BlockTable {
    private let read: Statement
    private let insert: Statement

    init(_ db: Database) throws {
        read = try db.cachedStatement(
            sql: "SELECT payload FROM blocks WHERE resolution = ? AND day = ? AND page = ?")
        insert = try db.cachedStatement(sql: "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)")
    }

    func block(_ key: StoreState.BlockKey) throws -> Block? {
        try bytes(key).map { try Block(decoding: $0) }
    }

    func write(_ block: Block, _ key: StoreState.BlockKey) throws {
        try write(block.encoded(), key)
    }

    private func bytes(_ key: StoreState.BlockKey) throws -> [UInt8]? {
        try Data.fetchOne(read, arguments: [key.resolution.seconds, key.day, key.page]).map { Array($0) }
    }

    private func write(_ bytes: [UInt8], _ key: StoreState.BlockKey) throws {
        try insert.execute(arguments: [key.resolution.seconds, key.day, key.page, Data(bytes)])
    }

    /// Adds plain counts to a block and to the levels above it.
    ///
    /// - Returns: The blocks that changed.
    /// - Throws: What SQLite says, and for a damaged block ``BlockError``.
    func add(_ counts: CountRows, to key: StoreState.BlockKey) throws -> [StoreState.BlockKey] {
        var changed: [StoreState.BlockKey] = []
        for resolution in [key.resolution] + key.resolution.coarser {
            let key = StoreState.BlockKey(resolution: resolution, day: key.day, page: key.page)
            let rows = resolution == counts.resolution ? counts : counts.coarsened(to: resolution)
            try write(try bytes(key).map { try rows.encoded(mergingInto: $0) } ?? rows.encoded(), key)
            changed.append(key)
        }
        return changed
    }

    /// Adds any samples to a block and to the levels above it.
    ///
    /// A level whose source is all there is made anew from it, so that the two cannot differ; one that outlived its
    /// source gets the samples added.
    /// - Parameters:
    ///   - block: The samples.
    ///   - key: Where they are counted.
    ///   - takesAway: Some samples are taken away.
    ///   - kept: The days that the levels hold.
    /// - Returns: The blocks that changed.
    /// - Throws: What SQLite says, and for a damaged block ``BlockError``.
    func add(
        _ block: Block, to key: StoreState.BlockKey, takesAway: Bool, kept: KeptDays
    ) throws -> [StoreState.BlockKey] {
        var changed: [StoreState.BlockKey] = []
        // The finest level that holds all samples of this day. Where levels were deleted those that come later lie
        // there until the alarms have taken them in.
        var whole: Block?
        for resolution in [key.resolution] + key.resolution.coarser {
            let key = StoreState.BlockKey(resolution: resolution, day: key.day, page: key.page)
            var merged: Block
            if let whole {
                merged = whole.coarsened(to: resolution)
            } else {
                merged = block.resolution == resolution ? block : block.coarsened(to: resolution)
                if let stored = try self.block(key) { merged.merge(stored) }
                if takesAway { merged.removeEmptyCells() }
                if kept.holds(key.day, resolution) { whole = merged }
            }
            try write(merged, key)
            changed.append(key)
        }
        return changed
    }
}
