import Foundation
import GRDB
import TrailBlocks
package import TrailCounts
import TrailEvents
package import TrailModel

/// A log file that may hold an event that is looked for.
package struct IndexedFile: Hashable, Sendable {
    /// Where the file was when it was counted.
    package let path: String
    /// Time of the latest event that the index knows in it, on the days looked at.
    package let last: Timestamp

    package init(path: String, last: Timestamp) {
        self.path = path
        self.last = last
    }
}

/// What the event index says to a query.
package struct IndexedFiles: Sendable {
    /// The files that may hold an event that is looked for, latest event first.
    package var candidates: [IndexedFile] = []
    /// Files with events in the range of time, the candidates among them.
    package var inRange = 0
    /// Ledger keys of files with events in the range that were counted before there was an index.
    package var withoutIndex: [String] = []
}

enum EventIndexTable {
    /// A day's rows are joined when there are so many that are not full.
    static let openRowsMax = 32
    /// A row with more files is full: a larger one would cost more to read than it saves.
    static let fileMax = 4096
    /// Likewise for many terms in few files.
    static let bytesMax = 1 << 20

    /// One row for each day that `files` have events of.
    static func write(_ files: [ReadFile], commit: Int64, to db: Database) throws {
        var days: [Int64: [(file: FileIndex.File, terms: [UInt32])]] = [:]
        for file in files {
            for day in file.extract?.indexedDays ?? [] {
                let indexed = FileIndex.File(
                    path: file.path, firstSeconds: day.firstSeconds, lastSeconds: day.lastSeconds)
                days[day.day, default: []].append((indexed, day.terms))
            }
        }
        for (day, files) in days { try write(FileIndex(files), day: day, commit: commit, to: db) }
    }

    private static func write(_ index: FileIndex, day: Int64, commit: Int64, to db: Database) throws {
        let bytes = index.encoded()
        let isFull = index.files.count > fileMax || bytes.count > bytesMax
        let statement = try db.cachedStatement(sql: "INSERT INTO event_index VALUES (?, ?, ?, ?)")
        try statement.execute(arguments: [day, commit, isFull, Data(bytes)])
    }

    /// Writes into the ledger where the files of CloudTrail's layout are that were counted before it kept that.
    ///
    /// Where files were counted with several sets of filters nobody knows which of them counted an event that is in more
    /// than one file: then they stay without a place and are never counted again.
    static func fillRoots(_ db: Database) throws {
        let sets = try Int.fetchOne(db, sql: "SELECT COUNT(DISTINCT filters) FROM ledger WHERE status = 'counted'")
        guard sets == 1 else { return }
        let write = try db.cachedStatement(sql: "UPDATE ledger SET root = ? WHERE key = ? AND root IS NULL")
        let rows = try Row.fetchCursor(db, sql: "SELECT payload FROM event_index")
        while let row = try rows.next() {
            for file in try FileIndex(decoding: row.bytes("payload"), kinds: []).files {
                guard let key = LogFileName(path: file.path)?.ledgerKey, file.path.hasSuffix("/" + key) else {
                    continue
                }
                try write.execute(arguments: [String(file.path.dropLast(key.utf8.count)), key])
            }
        }
    }

    /// Joins the rows of each day that has many small ones.
    static func fold(_ db: Database) throws {
        let days = try Int64.fetchAll(
            db, sql: "SELECT day FROM event_index WHERE is_full = 0 GROUP BY day HAVING COUNT(*) >= ?",
            arguments: [openRowsMax])
        for day in days {
            var open = FileIndex()
            var first: Int64?
            let rows = try Row.fetchCursor(
                db, sql: "SELECT commit_number, payload FROM event_index WHERE day = ? AND is_full = 0",
                arguments: [day])
            while let row = try rows.next() {
                if first == nil { first = row["commit_number"] }
                open.merge(try FileIndex(decoding: row.bytes("payload")))
            }
            guard let first else { continue }
            try db.execute(sql: "DELETE FROM event_index WHERE day = ? AND is_full = 0", arguments: [day])
            try write(open, day: day, commit: first, to: db)
        }
    }
}

extension StoreReader {
    /// The files that `query` must look into; without `usesIndex` all that have events in its range of time.
    package func files(for query: EventQuery, usesIndex: Bool = true) throws -> IndexedFiles {
        let groups = usesIndex ? query.termGroups : []
        let kinds = Set(groups.joined().map { Int($0 >> UInt32(FileIndex.fingerprintBits)) })
        // The last second that is looked for.
        let range = query.range.lowerBound.seconds...max(query.range.lowerBound.seconds, query.range.upperBound.seconds)
        var last: [String: Int64] = [:]
        var all: Set<String> = []
        var result = IndexedFiles()
        try database.read { db in
            guard try Schema.version(of: db) >= Schema.eventIndexVersion else {
                result.withoutIndex = try Self.keysWithoutIndex(range, commit: .max, db)
                return
            }
            let rows = try Row.fetchCursor(
                db, sql: "SELECT payload FROM event_index WHERE day BETWEEN ? AND ? OR day = ?",
                arguments: [
                    floorDivide(range.lowerBound, 86_400), floorDivide(range.upperBound, 86_400), IndexedDay.anyDay,
                ])
            while let row = try rows.next() {
                let index = try FileIndex(decoding: row.bytes("payload"), kinds: kinds)
                func isInRange(_ file: FileIndex.File) -> Bool {
                    file.firstSeconds <= range.upperBound && file.lastSeconds >= range.lowerBound
                }
                for file in index.files where isInRange(file) { all.insert(file.path) }
                for file in index.files(holding: groups) where isInRange(file) {
                    last[file.path] = max(last[file.path] ?? .min, file.lastSeconds)
                }
            }
            let before = try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'last_commit_without_index'")
            result.withoutIndex = try Self.keysWithoutIndex(range, commit: before ?? 0, db)
        }
        result.inRange = all.count
        result.candidates = last.map { IndexedFile(path: $0.key, last: Timestamp(seconds: $0.value)) }
            .sorted { ($1.last, $0.path) < ($0.last, $1.path) }
        return result
    }

    private static func keysWithoutIndex(
        _ range: ClosedRange<Int64>, commit: Int64, _ db: Database
    ) throws -> [String] {
        guard commit > 0 else { return [] }
        return try String.fetchAll(
            db,
            sql: """
                SELECT key FROM ledger
                WHERE commit_number <= ? AND status = 'counted' AND first <= ? AND last >= ? ORDER BY key
                """,
            arguments: [commit, range.upperBound, range.lowerBound])
    }
}
