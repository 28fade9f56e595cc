import GRDB
package import TrailModel

/// A message as the store keeps it; what is to be sent is the request, a text that only the sender reads.
package struct StoredMessage: Equatable, Sendable {
    package var id: Int64 = 0
    /// Unique; a message whose key is known is not taken again.
    package let key: String
    package let alarmName: String
    package let subscriptionARN: String
    package let topicARN: String
    package let createdAt: Timestamp
    package var attempts = 0
    package var nextAttempt: Timestamp
    /// `waiting`, `delivered` or `dead`.
    package var state: String
    package let request: String
    /// The number of the alarm's decision that it tells of; absent for messages about something else.
    package var decisionNumber: Int64?
    /// Present once somebody had it sent again.
    package var resending: Resending?

    /// The beginning of a message's further life, after it was given up or delivered.
    package struct Resending: Equatable, Sendable {
        package let at: Timestamp
        /// All attempts before.
        package let attempts: Int
    }

    /// The next attempt of a message that is not ready: it keeps its place, and is never due.
    package static let draftTime = Timestamp(seconds: 253_402_300_799)

    package init(
        key: String, alarmName: String, subscriptionARN: String, topicARN: String, createdAt: Timestamp,
        nextAttempt: Timestamp, state: String, request: String
    ) {
        self.key = key
        self.alarmName = alarmName
        self.subscriptionARN = subscriptionARN
        self.topicARN = topicARN
        self.createdAt = createdAt
        self.nextAttempt = nextAttempt
        self.state = state
        self.request = request
    }
}

extension Store {
    /// The first waiting message of each alarm and subscription.
    private static let heads = """
        SELECT MIN(id) AS head FROM outbox WHERE state = 'waiting' GROUP BY alarm, subscription
        """

    /// The heads that are due, in rounds over the subscriptions, oldest first.
    package func dueMessages(at now: Timestamp, limit: Int) throws -> [StoredMessage] {
        try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT *, ROW_NUMBER() OVER (PARTITION BY subscription ORDER BY id) AS round FROM outbox
                    WHERE id IN (\(Self.heads)) AND next_attempt <= ? ORDER BY round, id LIMIT ?
                    """,
                arguments: [now.milliseconds, limit]
            ).map(StoredMessage.init)
        }
    }

    package func nextAttemptTime(after now: Timestamp) throws -> Timestamp? {
        try database.read { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT MIN(next_attempt) FROM outbox
                    WHERE id IN (\(Self.heads)) AND next_attempt > ? AND next_attempt < ?
                    """,
                arguments: [now.milliseconds, StoredMessage.heldTime.milliseconds])
        }.map(Timestamp.init(milliseconds:))
    }

    /// Messages that wait to be finished, oldest first.
    package func drafts(limit: Int) throws -> [StoredMessage] {
        try database.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM outbox WHERE state = 'waiting' AND next_attempt = ? ORDER BY id LIMIT ?",
                arguments: [StoredMessage.draftTime.milliseconds, limit]
            ).map(StoredMessage.init)
        }
    }

    /// Makes drafts what is sent, due from `time` on, with what is noted of them, and takes away those that nothing is
    /// sent of: all together or not at all.
    package func finish(
        _ drafts: [(id: Int64, request: String)], dropping dropped: [Int64] = [], dueFrom time: Timestamp,
        note: (name: String, content: [UInt8])?
    ) throws {
        try naming {
            try database.write { db in
                for draft in drafts {
                    try db.execute(
                        sql: """
                            UPDATE outbox SET request = ?, next_attempt = CASE WHEN subscription IN (
                                SELECT arn FROM subscriptions WHERE confirmed IS NULL) THEN ? ELSE ? END
                            WHERE id = ? AND next_attempt = ?
                            """,
                        arguments: [
                            draft.request, StoredMessage.heldTime.milliseconds, time.milliseconds, draft.id,
                            StoredMessage.draftTime.milliseconds,
                        ])
                }
                for id in dropped {
                    try db.execute(
                        sql: "DELETE FROM outbox WHERE id = ? AND next_attempt = ?",
                        arguments: [id, StoredMessage.draftTime.milliseconds])
                }
                if let note { try Self.write(note.content, named: note.name, to: db) }
            }
        }
    }

    package func waitingMessageCount() throws -> Int {
        try database.read { db in
            try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM outbox WHERE state = 'waiting'") ?? 0
        }
    }

    package func deadMessageCount() throws -> Int {
        try database.read { db in
            try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM outbox WHERE state = 'dead'") ?? 0
        }
    }

    /// Writes down one attempt, with the counters that it raises; it gets the message's next number.
    package func recordAttempt(
        _ attempt: StoredAttempt, of id: Int64, nextAttempt: Timestamp?, counters: [(name: String, label: String)]
    ) throws {
        try naming {
            try database.write { db in
                try db.execute(
                    sql: """
                        UPDATE outbox SET state = ?, attempts = attempts + 1, next_attempt = COALESCE(?, next_attempt),
                            reason = ?, status = ?, last_attempt = ? WHERE id = ?
                        """,
                    arguments: [
                        attempt.state, nextAttempt?.milliseconds, attempt.reason, attempt.status,
                        attempt.time.milliseconds, id,
                    ])
                try attempt.write(of: id, to: db)
                for counter in counters { try db.add(1, to: counter.name, counter.label) }
            }
        }
    }

    /// Removes messages delivered before `time`, and the log of attempts made before it; undelivered and dead messages
    /// stay.
    package func forgetDelivered(before time: Timestamp) throws {
        try naming {
            try database.write { db in
                try db.execute(
                    sql: "DELETE FROM outbox WHERE state = 'delivered' AND last_attempt < ?",
                    arguments: [time.milliseconds])
                // Those of the messages just removed are among them.
                try db.execute(sql: "DELETE FROM delivery_attempts WHERE time < ?", arguments: [time.milliseconds])
            }
        }
    }

    /// Has a message sent again under its key, or, while it waits, sent at once.
    ///
    /// What was given up or delivered begins to wait anew. A draft stays one: it is due when it is finished; what is
    /// held is due when its subscription is confirmed.
    /// - Returns: False when there is no such message any more.
    package func resend(id: Int64, at now: Timestamp) throws -> Bool {
        try naming {
            try database.write { db in
                try db.execute(
                    sql: """
                        UPDATE outbox SET next_attempt = CASE WHEN next_attempt >= ?2 THEN next_attempt ELSE ?3 END,
                            resent = CASE state WHEN 'waiting' THEN resent ELSE ?3 END,
                            resent_after = CASE state WHEN 'waiting' THEN resent_after ELSE attempts END,
                            state = 'waiting'
                        WHERE id = ?1
                        """, arguments: [id, StoredMessage.heldTime.milliseconds, now.milliseconds])
                return db.changesCount > 0
            }
        }
    }

    /// The messages whose keys begin with `prefix`, hexadecimal digits, in the order of their keys.
    package func messages(keyPrefix prefix: String, limit: Int) throws -> [StoredMessage] {
        try database.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM outbox WHERE key >= ?1 AND key < ?1 || 'g' ORDER BY key LIMIT ?2",
                arguments: [prefix, limit]
            ).map(StoredMessage.init)
        }
    }

    /// The key of the message that is sent before this one, of the same alarm and subscription.
    package func keyOfHead(before message: StoredMessage) throws -> String? {
        try database.read { db in
            try String.fetchOne(
                db,
                sql: """
                    SELECT key FROM outbox WHERE state = 'waiting' AND alarm = ? AND subscription = ? AND id < ?
                    ORDER BY id LIMIT 1
                    """, arguments: [message.alarmName, message.subscriptionARN, message.id])
        }
    }

    /// Takes a message, unless its subscription was ended; until that is confirmed, it is held.
    static func insert(_ message: StoredMessage, to db: Database) throws {
        guard let time = try nextAttempt(to: message.subscriptionARN, dueAt: message.nextAttempt, db) else { return }
        // A draft is held when it is finished.
        let isDraft = message.nextAttempt == StoredMessage.draftTime
        try write(message, nextAttempt: isDraft ? message.nextAttempt : time, to: db)
    }

    static func write(_ message: StoredMessage, nextAttempt: Timestamp, to db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO outbox
                    (key, alarm, subscription, topic, created, attempts, next_attempt, state, request, decision)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING
                """,
            arguments: [
                message.key, message.alarmName, message.subscriptionARN, message.topicARN,
                message.createdAt.milliseconds, message.attempts, nextAttempt.milliseconds, message.state,
                message.request, message.decisionNumber,
            ])
    }
}

extension StoredMessage {
    fileprivate init(_ row: Row) {
        self.init(
            key: row["key"], alarmName: row["alarm"], subscriptionARN: row["subscription"], topicARN: row["topic"],
            createdAt: Timestamp(milliseconds: row["created"]),
            nextAttempt: Timestamp(milliseconds: row["next_attempt"]), state: row["state"], request: row["request"])
        id = row["id"]
        attempts = row["attempts"]
        decisionNumber = row["decision"]
        resending = (row["resent"] as Int64?).map { time in
            Resending(at: Timestamp(milliseconds: time), attempts: row["resent_after"] ?? 0)
        }
    }
}
