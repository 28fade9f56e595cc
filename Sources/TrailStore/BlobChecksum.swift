import Foundation
import GRDB
import TrailBlocks
import TrailCounts
import TrailModel

/// The checksum in the column `checksum` of rows whose blobs hold none themselves.
enum BlobChecksum {
    static func value(of blobs: [[UInt8]]) -> Int64 {
        var crc = CRC32C()
        for blob in blobs { crc.update(blob, in: 0..<blob.count) }
        return Int64(crc.value)
    }

    /// The blobs of a row, if they are what was written; nobody knows of rows that were written before format 10.
    static func bytes(of row: Row, _ columns: [String], what: String) throws(StoreError) -> [[UInt8]] {
        let blobs = columns.map { row.bytes($0) }
        guard let want = row["checksum"] as Int64? else { return blobs }
        let got = value(of: blobs)
        guard got == want else {
            throw .corrupt(what: what, reason: "got the checksum \(got); want \(want): the bytes are damaged")
        }
        return blobs
    }
}

extension JournalEntry {
    /// Writes what commit `number` adds, with the event keys that it changed.
    func write(commit number: Int64, eventIDs: [UInt8], to db: Database) throws {
        let counts = encoded()
        try db.execute(
            sql: "INSERT INTO journal VALUES (?, ?, ?, ?)",
            arguments: [number, Data(counts), Data(eventIDs), BlobChecksum.value(of: [counts, eventIDs])])
    }
}

extension Database {
    /// The folded event keys of one slot.
    func eventGroups(of slot: Timestamp, unnamed: Int64) throws -> [SeenEvents.Group] {
        let statement = try cachedStatement(sql: "SELECT payload, checksum, format FROM event_ids WHERE slot = ?")
        guard let row = try Row.fetchOne(statement, arguments: [slot.seconds]) else { return [] }
        let blobs = try BlobChecksum.bytes(of: row, ["payload"], what: "the event ids of \(slot.rfc3339)")
        return try EventIDCodec.decode(blobs[0], format: row["format"], unnamed: unnamed)
    }

    /// Replaces the folded event keys of one slot.
    func write(_ groups: [SeenEvents.Group], of slot: Timestamp) throws {
        let bytes = EventIDCodec.encode(groups)
        let statement = try cachedStatement(sql: "INSERT OR REPLACE INTO event_ids VALUES (?, ?, ?, ?)")
        try statement.execute(
            arguments: [slot.seconds, Data(bytes), BlobChecksum.value(of: [bytes]), EventIDCodec.format])
    }
}
