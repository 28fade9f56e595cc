import Foundation
import GRDB
import TrailBlocks
import TrailModel

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

    /// The bytes of a stored block.
    func bytes(_ key: StoreState.BlockKey) throws -> [UInt8]? {
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
