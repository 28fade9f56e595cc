import GRDB
package import TrailModel

/// A file that was counted, as the ledger has it.
package struct LedgerFile: Equatable, Sendable {
    package let key: String
    /// Where it was read; `nil` when a version read it that did not keep that.
    package let path: String?
    package let size: Int64
    /// When it was counted.
    package let arrived: Timestamp
    /// Times of its first and last event; `nil` for a file without events.
    package let first: Timestamp?
    package let last: Timestamp?
}

extension StoreReader {
    /// The version from which on the ledger says where files are and in which order they were counted.
    private static let placesVersion = 7

    /// The counted files, in the order in which they were counted first; those alone that hold events of `range`, if any.
    package func ledgerFiles(holding range: Range<Timestamp>? = nil) throws -> [LedgerFile] {
        try database.read { db in
            let hasPlaces = try Schema.version(of: db) >= Self.placesVersion
            let place = hasPlaces ? "ordinal, root" : "commit_number AS ordinal, NULL AS root"
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT key, size, arrived, first, last, \(place) FROM ledger
                    WHERE status = 'counted' AND (?1 IS NULL OR first < ?1 AND last >= ?2) ORDER BY ordinal, key
                    """,
                // The last second of the range may be a part of one.
                arguments: [range.map { $0.upperBound.seconds + 1 }, range.map { $0.lowerBound.seconds }])
            return rows.map { row in
                let key: String = row["key"]
                let root: String? = row["root"]
                return LedgerFile(
                    key: key, path: root.map { Store.path(key: key, root: $0) }, size: row["size"],
                    arrived: Timestamp(milliseconds: row["arrived"]),
                    first: (row["first"] as Int64?).map(Timestamp.init(seconds:)),
                    last: (row["last"] as Int64?).map(Timestamp.init(seconds:)))
            }
        }
    }

    /// Where files stand that hold events of `range`, by path: the commit that counted each, and its place in the order
    /// in which they were counted.
    package func countedFiles(in range: Range<Timestamp>) throws -> [String: (commit: Int64, ordinal: Int64)] {
        try database.read { db in
            guard try Schema.version(of: db) >= Self.placesVersion else { return [:] }
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT key, root, commit_number, ordinal FROM ledger
                    WHERE status = 'counted' AND root IS NOT NULL AND first < ? AND last >= ?
                    """,
                // The last second of the range may be a part of one.
                arguments: [range.upperBound.seconds + 1, range.lowerBound.seconds])
            return rows.reduce(into: [:]) { files, row in
                files[Store.path(key: row["key"], root: row["root"])] = (row["commit_number"], row["ordinal"])
            }
        }
    }

    /// What is remembered of the sources that a server read.
    package func sources() throws -> [StoredSource] {
        try database.read { db in
            guard try Schema.version(of: db) > 1 else { return [] }
            return try Row.fetchAll(db, sql: "SELECT * FROM sources ORDER BY name").map(StoredSource.init)
        }
    }
}
