import GRDB
package import TrailModel

extension StoredMessage {
    /// The next attempt of a message whose receiver was not heard yet: it keeps its place, and is never due.
    package static let heldTime = Timestamp(seconds: 253_402_300_798)
}

/// Subscriptions that somebody confirms or ends.
extension Store {
    /// Has the receivers of new subscriptions asked; nothing else is sent to them until they answer.
    ///
    /// - Parameters:
    ///   - questions: The questions by subscription, for all that ask.
    ///   - loaded: All subscriptions that there are: one that no longer asks is confirmed, and what waits for one that
    ///     is gone is given up, since its receiver never agreed.
    ///   - now: The time of confirmations.
    ///   - reason: Of what is given up.
    /// - Throws: What keeps the store from writing; nobody is asked then.
    package func keepHandshakes(
        _ questions: [(subscriptionARN: String, message: StoredMessage)], loaded: Set<String>, at now: Timestamp,
        reason: String
    ) throws {
        try naming {
            try database.write { db in
                let waiting = try String.fetchAll(db, sql: "SELECT arn FROM subscriptions WHERE confirmed IS NULL")
                let asking = Set(questions.map(\.subscriptionARN))
                for arn in waiting where !asking.contains(arn) {
                    if loaded.contains(arn) {
                        try Self.confirm(arn, at: now, in: db)
                    } else {
                        try Self.giveUp(waitingFor: arn, at: now, reason: reason, in: db)
                        try db.execute(sql: "DELETE FROM subscriptions WHERE arn = ?", arguments: [arn])
                    }
                }
                for question in questions {
                    try db.execute(
                        sql: "INSERT INTO subscriptions (arn) VALUES (?) ON CONFLICT (arn) DO NOTHING",
                        arguments: [question.subscriptionARN])
                    guard db.changesCount > 0 else { continue }
                    try Self.write(question.message, nextAttempt: question.message.nextAttempt, to: db)
                }
            }
        }
    }

    /// Confirms a subscription, once or again, and has what waited for that sent.
    package func confirm(subscription arn: String, at now: Timestamp) throws {
        try naming { try database.write { db in try Self.confirm(arn, at: now, in: db) } }
    }

    private static func confirm(_ arn: String, at now: Timestamp, in db: Database) throws {
        try db.execute(
            sql: "UPDATE subscriptions SET confirmed = COALESCE(confirmed, ?), unsubscribed = NULL WHERE arn = ?",
            arguments: [now.milliseconds, arn])
        try db.execute(
            // They are tried as long as messages that are new.
            sql: """
                UPDATE outbox SET next_attempt = ?1, resent = ?1, resent_after = attempts
                WHERE subscription = ?2 AND state = 'waiting' AND next_attempt = ?3
                """, arguments: [now.milliseconds, arn, StoredMessage.heldTime.milliseconds])
    }

    /// Ends a subscription: what waits for it is given up, and it gets nothing but `farewell`.
    ///
    /// - Returns: False when it was ended before; nothing is sent then.
    package func unsubscribe(
        _ arn: String, at now: Timestamp, reason: String, farewell: StoredMessage
    ) throws -> Bool {
        try naming {
            try database.write { db in
                let isEnded = try Bool.fetchOne(
                    db, sql: "SELECT unsubscribed IS NOT NULL FROM subscriptions WHERE arn = ?", arguments: [arn])
                guard isEnded != true else { return false }
                try db.execute(
                    sql: """
                        INSERT INTO subscriptions (arn, confirmed, unsubscribed) VALUES (?1, ?2, ?2)
                        ON CONFLICT (arn) DO UPDATE
                            SET confirmed = COALESCE(confirmed, ?2), unsubscribed = ?2
                        """, arguments: [arn, now.milliseconds])
                try Self.giveUp(waitingFor: arn, at: now, reason: reason, in: db)
                try Self.write(farewell, nextAttempt: farewell.nextAttempt, to: db)
                return true
            }
        }
    }

    private static func giveUp(
        waitingFor subscription: String, at now: Timestamp, reason: String, in db: Database
    ) throws {
        try db.execute(
            sql: """
                UPDATE outbox SET state = 'dead', reason = ?, last_attempt = ?
                WHERE subscription = ? AND state = 'waiting'
                """, arguments: [reason, now.milliseconds, subscription])
    }

    /// Gives up what waits for an answer since before `time`.
    package func giveUpHeld(before time: Timestamp, at now: Timestamp, reason: String) throws {
        try naming {
            try database.write { db in
                try db.execute(
                    sql: """
                        UPDATE outbox SET state = 'dead', reason = ?, last_attempt = ?
                        WHERE state = 'waiting' AND next_attempt = ? AND created < ?
                        """,
                    arguments: [
                        reason, now.milliseconds, StoredMessage.heldTime.milliseconds, time.milliseconds,
                    ])
            }
        }
    }

    /// When a message to a subscription may be sent that is due at `time`; `nil` when the subscription was ended.
    static func nextAttempt(to subscription: String, dueAt time: Timestamp, _ db: Database) throws -> Timestamp? {
        let row = try Row.fetchOne(
            db, sql: "SELECT confirmed, unsubscribed FROM subscriptions WHERE arn = ?", arguments: [subscription])
        guard let row else { return time }
        if (row["unsubscribed"] as Int64?) != nil { return nil }
        return (row["confirmed"] as Int64?) == nil ? StoredMessage.heldTime : time
    }
}
