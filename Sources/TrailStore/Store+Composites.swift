import GRDB
package import TrailAlarms
package import TrailModel

/// A composite alarm as the store remembers it.
package struct StoredComposite: Equatable, Sendable {
    package var definition: CompositeAlarm
    package var status: CompositeStatus
    /// What follows from windows that end after it is announced.
    package var mark: Timestamp

    package init(definition: CompositeAlarm, status: CompositeStatus, mark: Timestamp) {
        self.definition = definition
        self.status = status
        self.mark = mark
    }
}

extension Store {
    static func writeComposites(_ record: EvaluationRecord, to db: Database) throws {
        let insert = try db.cachedStatement(sql: "INSERT OR REPLACE INTO composite_alarms VALUES (?, ?, ?, ?)")
        for alarm in record.composites {
            try insert.execute(arguments: [
                alarm.definition.name, try jsonText(alarm.definition), try jsonText(alarm.status),
                alarm.mark.milliseconds,
            ])
        }
        for name in record.removedComposites {
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO removed_alarms
                    SELECT name, json_extract(status, '$.decisionNumber') FROM composite_alarms WHERE name = ?
                    """, arguments: [name])
            try db.execute(sql: "DELETE FROM composite_alarms WHERE name = ?", arguments: [name])
        }
    }

    static func writeMutes(_ record: EvaluationRecord, to db: Database) throws {
        for (name, time) in record.removedMutes.sorted(by: { $0.key < $1.key }) {
            try end(muteOf: name, at: time, db)
        }
        for mute in record.mutes {
            try end(muteOf: mute.alarmName, at: mute.since, db)
            try db.execute(
                sql: "INSERT OR REPLACE INTO mutes VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    mute.alarmName, mute.since.milliseconds, mute.until.milliseconds, mute.reason, mute.who,
                ])
        }
        try writeWithheld(record, to: db)
    }

    /// A mute that never began leaves nothing.
    private static func end(muteOf alarm: String, at time: Timestamp, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO past_mutes (alarm, since, until, reason, who, ended)
                SELECT alarm, since, until, reason, who, MIN(until, ?2) FROM mutes WHERE alarm = ?1 AND since < ?2
                """, arguments: [alarm, time.milliseconds])
        try db.execute(sql: "DELETE FROM mutes WHERE alarm = ?", arguments: [alarm])
    }

    private static func writeWithheld(_ record: EvaluationRecord, to db: Database) throws {
        // What is withheld takes the place of what was released of the same alarm before.
        for key in record.released {
            try db.execute(
                sql: "DELETE FROM withheld_transitions WHERE alarm = ? AND contributor = ?",
                arguments: [key.alarmName, key.contributorID])
        }
        for withheld in record.withheld {
            try db.execute(
                sql: "INSERT OR REPLACE INTO withheld_transitions VALUES (?, ?, ?)",
                arguments: [withheld.key.alarmName, withheld.key.contributorID, try jsonText(withheld)])
        }
    }

    /// All composite alarms, by name.
    package func composites() throws -> [StoredComposite] {
        try database.read(readComposites)
    }

    /// The number of the last decision of any alarm that had this name; 0 when none had.
    package func decisionNumber(of name: String) throws -> Int64 {
        try database.read { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT MAX(number) FROM (
                        SELECT decision_number AS number FROM removed_alarms WHERE name = ?1
                        UNION ALL SELECT json_extract(status, '$.decisionNumber') FROM alarms WHERE name = ?1
                        UNION ALL SELECT json_extract(status, '$.decisionNumber') FROM alarm_contributors
                            WHERE alarm = ?1
                        UNION ALL SELECT json_extract(status, '$.decisionNumber') FROM composite_alarms WHERE name = ?1)
                    """, arguments: [name]) ?? 0
        }
    }

    /// What people muted, by alarm.
    package func mutes() throws -> [Mute] {
        try database.read(readMutes)
    }

    /// What mutes withheld, by alarm and contributor.
    package func withheldTransitions() throws -> [WithheldTransition] {
        try database.read { db in
            try String.fetchAll(db, sql: "SELECT content FROM withheld_transitions ORDER BY alarm, contributor").map {
                try decoded($0, what: "what a mute withheld")
            }
        }
    }

    /// The names of all alarms, sorted.
    package func alarmNames() throws -> [String] {
        try database.read { db in
            try String.fetchAll(
                db, sql: "SELECT name FROM alarms UNION SELECT name FROM composite_alarms ORDER BY name")
        }
    }
}

func readMutes(_ db: Database) throws -> [Mute] {
    try Row.fetchAll(db, sql: "SELECT * FROM mutes ORDER BY alarm").map(mute)
}

private func mute(_ row: Row) -> Mute {
    Mute(
        alarmName: row["alarm"], since: Timestamp(milliseconds: row["since"]),
        until: Timestamp(milliseconds: row["until"]), reason: row["reason"], who: row["who"])
}

extension StoreReader {
    /// The mutes of people that withheld the actions of an alarm at `time`, with when they ended; `nil` for one that lasts.
    package func mutes(of alarm: String, at time: Timestamp) throws -> [(mute: Mute, ended: Timestamp?)] {
        try database.read { db in
            let version = try Schema.version(of: db)
            guard version >= Schema.compositesVersion else { return [] }
            let lasting = try readMutes(db).filter { $0.alarmName == alarm && $0.since <= time && time < $0.until }
            guard version >= Schema.summariesVersion else { return lasting.map { ($0, nil) } }
            let past = try Row.fetchAll(
                db, sql: "SELECT * FROM past_mutes WHERE alarm = ?1 AND since <= ?2 AND ended > ?2 ORDER BY id",
                arguments: [alarm, time.milliseconds]
            ).map { (mute($0), Timestamp(milliseconds: $0["ended"]) as Timestamp?) }
            return past + lasting.map { ($0, nil) }
        }
    }

    /// The alarm files of the last load, in their order.
    package func alarmFiles() throws -> [(path: String, text: String)] {
        try database.read { db in
            guard try Schema.version(of: db) > 1 else { return [] }
            return try Row.fetchAll(db, sql: "SELECT path, text FROM alarm_files ORDER BY position").map {
                ($0["path"], $0["text"])
            }
        }
    }
}

extension StoreReader {
    /// All composite alarms, by name.
    package func composites() throws -> [StoredComposite] {
        try database.read { db in
            try Schema.version(of: db) >= Schema.compositesVersion ? readComposites(db) : []
        }
    }
}

extension StoreReader {
    /// The lines of an alarm's own state changes and actions, oldest first; those of contributors are not among them.
    package func stateLines(of alarm: String) throws -> [AlarmHistoryItem] {
        try lines(of: alarm, [.stateUpdate, .action])
    }

    /// The lines of an alarm's definitions, oldest first.
    package func configurationLines(of alarm: String) throws -> [AlarmHistoryItem] {
        try lines(of: alarm, [.configurationUpdate])
    }

    private func lines(of alarm: String, _ kinds: [AlarmHistoryItem.Kind]) throws -> [AlarmHistoryItem] {
        try database.read { db in
            guard try Schema.version(of: db) >= Schema.compositesVersion else { return [] }
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM alarm_history
                    WHERE alarm = ? AND contributor IS NULL AND kind IN (?, ?) ORDER BY timestamp, id
                    """, arguments: [alarm, kinds.first?.rawValue, kinds.last?.rawValue]
            ).map { row in
                AlarmHistoryItem(
                    alarmName: row["alarm"],
                    alarmType: AlarmHistoryItem.AlarmType(rawValue: row["alarm_type"]) ?? .metric,
                    timestamp: Timestamp(milliseconds: row["timestamp"]),
                    kind: AlarmHistoryItem.Kind(rawValue: row["kind"]) ?? .stateUpdate, summary: row["summary"],
                    storedData: row["data"])
            }
        }
    }

    /// What mutes of people withhold the actions of an alarm as far as they are kept, and what is withheld of it now.
    package func muting(of alarm: String) throws -> (mutes: [Mute], withheld: [WithheldTransition]) {
        try database.read { db in
            guard try Schema.version(of: db) >= Schema.compositesVersion else { return ([], []) }
            let withheld: [WithheldTransition] = try String.fetchAll(
                db, sql: "SELECT content FROM withheld_transitions WHERE alarm = ?", arguments: [alarm]
            ).map { try decoded($0, what: "what a mute withheld") }
            return (try readMutes(db).filter { $0.alarmName == alarm }, withheld)
        }
    }
}

private func readComposites(_ db: Database) throws -> [StoredComposite] {
    try Row.fetchAll(db, sql: "SELECT * FROM composite_alarms ORDER BY name").map { row in
        StoredComposite(
            definition: try decoded(row["definition"], what: "the definition of a composite alarm"),
            status: try decoded(row["status"], what: "the status of a composite alarm"),
            mark: Timestamp(milliseconds: row["mark"]))
    }
}
