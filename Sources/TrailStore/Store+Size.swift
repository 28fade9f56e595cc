import GRDB
import Glibc

/// Bytes of a store's files.
package struct StoreSize: Equatable, Sendable {
    /// Of the store's file.
    package let file: Int64
    /// Of the write-ahead log: commits that are not in the file yet, and room that was used for such.
    package let log: Int64
}

extension Store {
    /// What the store takes on the disk; the log grows as long as a reader holds on to one moment.
    package var size: StoreSize {
        StoreSize(file: Self.bytes(of: path), log: Self.bytes(of: path + "-wal"))
    }

    /// Moves all of the log that no reader needs into the file, and cuts the log when that is everything.
    ///
    /// It waits for nobody: with a reader in the way the rest is moved another time. SQLite itself tries at commits,
    /// whenever 1,000 pages have gathered; but a log that readers always use is never begun anew, and grows.
    func emptyLog() throws {
        _ = try database.writeWithoutTransaction { db in
            try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    private static func bytes(of path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
