import GRDB
package import TrailAlarms
package import TrailModel

/// What a store holds, in numbers.
package struct StoreStatus: Sendable {
    package struct Source: Sendable {
        package let name: String
        package let newestStamp: Timestamp?
        package let watermark: Timestamp?
    }

    /// Files by what became of them.
    package var files: [FileStatus: Int] = [:]
    /// Records by `counted`, `duplicate` and `malformed`.
    package var records: [String: Int64] = [:]
    package var sources: [Source] = []
    /// Alarms by state.
    package var alarms: [String: Int] = [:]
    /// Messages by state.
    package var messages: [String: Int] = [:]
    /// What people muted, by alarm, also what is over and nobody has noticed yet.
    package var mutes: [Mute] = []
}

/// A record that could not be counted, or a file that was refused whole.
package struct SetAside: Sendable, Codable {
    /// The ledger's key of the file.
    package let file: String
    /// Number of the record in its file, from 0; `nil` for a whole file.
    package let record: Int?
    /// Byte offset of the record in the unpacked file.
    package let offset: Int?
    package let length: Int?
    package let reason: String
}

extension StoreReader {
    /// The numbers of the store at this moment; of a store that an older version wrote, what it has.
    package func status() throws -> StoreStatus {
        try database.read { db in
            var status = StoreStatus()
            for row in try Row.fetchAll(db, sql: "SELECT status, COUNT(*) AS count FROM ledger GROUP BY status") {
                if let kind = FileStatus(rawValue: row["status"]) { status.files[kind] = row["count"] }
            }
            guard try Schema.version(of: db) > 1 else { return status }
            for row in try Row.fetchAll(db, sql: "SELECT label, value FROM counters WHERE name = 'records'") {
                status.records[row["label"]] = row["value"]
            }
            status.sources = try Row.fetchAll(db, sql: "SELECT * FROM sources ORDER BY name").map { row in
                StoreStatus.Source(
                    name: row["name"],
                    newestStamp: (row["newest_stamp"] as Int64?).map(Timestamp.init(milliseconds:)),
                    watermark: (row["watermark"] as Int64?).map(Timestamp.init(milliseconds:)))
            }
            let hasComposites = try Schema.version(of: db) >= Schema.compositesVersion
            if hasComposites { status.mutes = try readMutes(db) }
            let all =
                "SELECT status FROM alarms" + (hasComposites ? " UNION ALL SELECT status FROM composite_alarms" : "")
            let states =
                "SELECT json_extract(status, '$.state') AS state, COUNT(*) AS count FROM (\(all)) GROUP BY state"
            for row in try Row.fetchAll(db, sql: states) { status.alarms[row["state"]] = row["count"] }
            for row in try Row.fetchAll(db, sql: "SELECT state, COUNT(*) AS count FROM outbox GROUP BY state") {
                status.messages[row["state"]] = row["count"]
            }
            return status
        }
    }

    /// The number of counted files by the filters that they were counted with.
    package func filesByFilters() throws -> [(filters: Set<String>, count: Int)] {
        try database.read { db in
            // Before format 4 each row held the names themselves.
            let names =
                try Schema.version(of: db) > 3 ? "(SELECT names FROM filter_sets WHERE id = ledger.filters)" : "filters"
            let rows = try Row.fetchAll(
                db,
                sql: "SELECT \(names) AS filters, COUNT(*) AS count FROM ledger WHERE status = 'counted' GROUP BY 1")
            return rows.map { row in
                let text: String = row["filters"]
                return (Set(text.split(separator: "\n").map(String.init)), row["count"])
            }
        }
    }

    /// Files that were refused and records that were set aside, by file, at most `limit` of each.
    package func setAside(limit: Int) throws -> [SetAside] {
        try database.read { db in
            let files = try Row.fetchAll(
                db, sql: "SELECT key, reason FROM ledger WHERE status = 'rejected' ORDER BY key LIMIT ?",
                arguments: [limit]
            ).map { row in
                SetAside(file: row["key"], record: nil, offset: nil, length: nil, reason: row["reason"] ?? "")
            }
            let records = try Row.fetchAll(
                db, sql: "SELECT * FROM set_aside ORDER BY key, record LIMIT ?", arguments: [limit]
            ).map { row in
                SetAside(
                    file: row["key"], record: row["record"], offset: row["offset"], length: row["length"],
                    reason: row["reason"])
            }
            return files + records
        }
    }
}

extension StoreReader {
    /// When a level begins; `nil` when nothing of it was deleted.
    package func keptFrom(_ resolution: Resolution) throws -> Timestamp? {
        try database.read { db in
            try KeptDays(db).firstDay(resolution).map { Timestamp(seconds: $0 * 86_400) }
        }
    }
}
