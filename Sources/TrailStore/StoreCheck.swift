import Foundation
import GRDB
import TrailCounts
import TrailModel

/// Something in a store that is not as it was written.
package struct StoreDamage: Hashable, Sendable, CustomStringConvertible {
    package let table: String
    /// What tells the row from the others of its table; `nil` when it is about the whole table.
    package let row: String?
    package let reason: String

    package var description: String {
        row.map { "table \(table), row \($0): \(reason)" } ?? "table \(table): \(reason)"
    }
}

/// What a check of a store found.
package struct StoreReport: Sendable {
    /// So many are named; the others are counted.
    package static let damagesMax = 1000

    /// The store's format.
    package let version: Int
    package internal(set) var damages: [StoreDamage] = []
    package internal(set) var damageCount = 0
    /// Rows looked at, by table.
    package internal(set) var rows: [String: Int] = [:]

    package var isSound: Bool { damageCount == 0 }

    fileprivate mutating func add(_ damage: StoreDamage) {
        damageCount += 1
        if damages.count < Self.damagesMax { damages.append(damage) }
    }
}

extension StoreReader {
    /// Reads everything there is, as it is at one moment, and says what is damaged or does not fit together.
    ///
    /// Nothing is written. The log of a writer beside cannot be emptied meanwhile.
    /// - Parameter progress: Is called with the rows looked at and those there are.
    /// - Returns: What was found, also in a file of which hardly anything can be read.
    /// - Throws: ``StoreError`` when nothing can be.
    /// - Complexity: O(size of the store).
    package func check(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> StoreReport {
        var report: StoreReport?
        do {
            try database.read { db in
                var check = StoreCheck(db, version: try Schema.version(of: db))
                check.run(progress: progress)
                report = check.report
            }
        } catch let error as DatabaseError {
            // In a damaged file even the end of the transaction may fail.
            let reason = error.message ?? "\(error.resultCode)"
            guard report != nil else { throw StoreError.notAStore(path: path, reason: reason) }
            report?.add(StoreDamage(table: "sqlite", row: nil, reason: reason))
        }
        guard let report else { throw StoreError.notAStore(path: path, reason: "nothing could be read") }
        return report
    }
}

/// A check under way; what the tables say of each other is gathered on the way.
struct StoreCheck {
    let db: Database
    var report: StoreReport
    var series = SeriesTable()
    var activities: [Activity] = []
    var filterSets: Set<Int64> = []
    var lastCommit: Int64 = 0
    private var done = 0

    init(_ db: Database, version: Int) {
        self.db = db
        report = StoreReport(version: version)
    }

    mutating func run(progress: (Int, Int) -> Void) {
        checkPages()
        let tables = Self.tables.filter { $0.since <= report.version && report.version <= $0.until }
        let total = tables.reduce(0) { $0 + rowCount($1.name) }
        for table in tables {
            var latest = 0
            each(table.name, order: table.order, key: table.key) { check, row throws(Damage) in
                try table.check(&check, row)
                check.done += 1
                // The clock is not asked; a thousandth of the way is often enough.
                if check.done - latest >= max(1, total / 1000) {
                    latest = check.done
                    progress(check.done, max(total, check.done))
                }
            }
        }
        progress(max(done, total), max(done, total))
    }

    /// SQLite's own check of pages, keys and indexes.
    private mutating func checkPages() {
        do {
            for line in try String.fetchAll(db, sql: "PRAGMA integrity_check(100)") where line != "ok" {
                add("sqlite", nil, line)
            }
        } catch {
            add("sqlite", nil, Self.text(of: error))
        }
    }

    private func rowCount(_ table: String) -> Int {
        (try? Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(table)")) ?? 0
    }

    /// Calls `body` with each row; what it throws is a damage of that row, and the next one follows.
    private mutating func each(
        _ table: String, order: String, key: [String], _ body: (inout StoreCheck, Row) throws(Damage) -> Void
    ) {
        do {
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM \(table) ORDER BY \(order)")
            while let row = try rows.next() {
                report.rows[table, default: 0] += 1
                do {
                    try body(&self, row)
                } catch {
                    add(table, key.map { row.plain($0) }.joined(separator: ", "), error.reason)
                }
            }
        } catch {
            add(table, nil, Self.text(of: error))
        }
    }

    private mutating func add(_ table: String, _ row: String?, _ reason: String) {
        report.add(StoreDamage(table: table, row: row, reason: reason))
    }

    private static func text(of error: any Error) -> String {
        (error as? DatabaseError).map { "cannot read it: \($0.message ?? "\($0.resultCode)")" } ?? "\(error)"
    }
}

/// What is wrong with one row.
struct Damage: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension Row {
    /// A value for a message.
    fileprivate func plain(_ column: String) -> String {
        switch (self[column] as DatabaseValue?)?.storage {
        case .int64(let value): "\(value)"
        case .string(let value): value
        default: "?"
        }
    }

    func integer(_ column: String) throws(Damage) -> Int64 {
        guard let value = try optionalInteger(column) else { throw Damage("\(column) is NULL; want a number") }
        return value
    }

    func optionalInteger(_ column: String) throws(Damage) -> Int64? {
        switch (self[column] as DatabaseValue?)?.storage {
        case .int64(let value): return value
        case .null, nil: return nil
        default: throw Damage("\(column) is no number; want one")
        }
    }

    func text(_ column: String) throws(Damage) -> String {
        guard let value = try optionalText(column) else { throw Damage("\(column) is NULL; want a text") }
        return value
    }

    func optionalText(_ column: String) throws(Damage) -> String? {
        switch (self[column] as DatabaseValue?)?.storage {
        case .string(let value): return value
        case .null, nil: return nil
        default: throw Damage("\(column) is no text; want one")
        }
    }

    func blob(_ column: String) throws(Damage) -> [UInt8] {
        guard case .blob(let data) = (self[column] as DatabaseValue?)?.storage else {
            // SQLite gives an empty blob as NULL to those who ask for its bytes.
            throw Damage("\(column) holds no bytes; want some")
        }
        return Array(data)
    }

    /// Several blobs that share a checksum.
    func blobs(_ columns: String...) throws(Damage) -> [[UInt8]] {
        var blobs: [[UInt8]] = []
        for column in columns { blobs.append(try blob(column)) }
        if let want = try optionalInteger("checksum") {
            let got = BlobChecksum.value(of: blobs)
            guard got == want else {
                throw Damage("got the checksum \(got); want \(want): the bytes are damaged")
            }
        }
        return blobs
    }
}

/// Says what a decoder says as the damage of a row.
func decoding<Value>(_ body: () throws -> Value) throws(Damage) -> Value {
    do {
        return try body()
    } catch {
        throw Damage("\(error)")
    }
}
