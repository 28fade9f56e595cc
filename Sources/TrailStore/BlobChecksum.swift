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
