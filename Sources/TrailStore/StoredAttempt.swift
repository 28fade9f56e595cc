import GRDB
package import TrailModel

/// One attempt to deliver a message, as the store keeps it.
package struct StoredAttempt: Equatable, Sendable {
    /// Its place among the attempts of its message, from 1; 0 until the store has given it one.
    package var number = 0
    /// When it ended.
    package let time: Timestamp
    /// What the message became by it: `waiting`, `delivered` or `dead`.
    package let state: String
    /// Why it failed.
    package let reason: String?
    /// The receiver's HTTP status.
    package let status: Int?
    package let latencyMilliseconds: Int64

    /// The last so many of a message are kept.
    package static let keptMax = 100

    package init(time: Timestamp, state: String, reason: String?, status: Int?, latencyMilliseconds: Int64) {
        self.time = time
        self.state = state
        self.reason = reason
        self.status = status
        self.latencyMilliseconds = latencyMilliseconds
    }

    fileprivate init(_ row: Row) {
        self.init(
            time: Timestamp(milliseconds: row["time"]), state: row["state"], reason: row["reason"],
            status: row["status"], latencyMilliseconds: row["latency"])
        number = row["number"]
    }

    /// Adds it to the log of the message, which has counted it; the oldest one makes room.
    func write(of message: Int64, to db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO delivery_attempts SELECT id, attempts, ?, ?, ?, ?, ? FROM outbox WHERE id = ?
                """, arguments: [time.milliseconds, state, reason, status, latencyMilliseconds, message])
        try db.execute(
            sql: """
                DELETE FROM delivery_attempts WHERE message = ?1
                    AND number <= (SELECT attempts FROM outbox WHERE id = ?1) - ?2
                """, arguments: [message, Self.keptMax])
    }
}

extension StoreReader {
    /// Which messages are listed.
    package enum MessageSelection: Sendable {
        case all
        /// Those that were given up, and those that wait after an attempt that failed.
        case failed

        fileprivate var condition: String {
            switch self {
            case .all: "1"
            case .failed: "(state = 'dead' OR (state = 'waiting' AND attempts > 0)) AND reason IS NOT NULL"
            }
        }
    }

    /// The newest messages, oldest first, each as `body` makes it of the message and its request.
    ///
    /// - Returns: Nothing for a store that an older version wrote before there were messages.
    package func messages<Result: Sendable>(
        _ selection: MessageSelection, limit: Int, _ body: (SentMessage, _ request: String) throws -> Result
    ) throws -> [Result] {
        try database.read { db in
            guard try Schema.version(of: db) >= Schema.outboxVersion else { return [] }
            var results: [Result] = []
            let rows = try Row.fetchCursor(
                db, sql: "SELECT * FROM outbox WHERE \(selection.condition) ORDER BY id DESC LIMIT ?",
                arguments: [limit])
            while let row = try rows.next() { results.append(try body(SentMessage(row), row["request"])) }
            return results.reversed()
        }
    }

    /// The keys that begin with `prefix`, hexadecimal digits, in their order.
    package func messageKeys(prefix: String, limit: Int) throws -> [String] {
        try database.read { db in
            guard try Schema.version(of: db) >= Schema.outboxVersion else { return [] }
            return try String.fetchAll(
                db, sql: "SELECT key FROM outbox WHERE key >= ?1 AND key < ?1 || 'g' ORDER BY key LIMIT ?2",
                arguments: [prefix, limit])
        }
    }

    /// The attempts of a message that are kept, in their order; those of before format 14 were not logged.
    package func attempts(ofKey key: String) throws -> [StoredAttempt] {
        try database.read { db in
            guard try Schema.version(of: db) >= Schema.attemptsVersion else { return [] }
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM delivery_attempts WHERE message = (SELECT id FROM outbox WHERE key = ?) ORDER BY number
                    """, arguments: [key]
            ).map(StoredAttempt.init)
        }
    }
}
