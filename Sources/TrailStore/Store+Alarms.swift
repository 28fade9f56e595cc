import Foundation
import GRDB
package import TrailAlarms
package import TrailModel

/// An alarm as the store remembers it.
package struct StoredAlarm: Equatable, Sendable {
    package var machine: AlarmMachine
    /// Decisions whose window ends after it are announced.
    package var mark: Timestamp
    /// The last commit whose changes the alarm has taken in.
    package var evaluatedCommit: Int64
    /// True until the first evaluation behind a watermark.
    package var isFresh: Bool

    package init(machine: AlarmMachine, mark: Timestamp, evaluatedCommit: Int64, isFresh: Bool) {
        self.machine = machine
        self.mark = mark
        self.evaluatedCommit = evaluatedCommit
        self.isFresh = isFresh
    }
}

/// Where files come from, as the store remembers it.
package struct StoredSource: Equatable, Sendable {
    package let name: String
    /// Decisions that its files made are announced when their window ends after it.
    package var mark: Timestamp
    /// The newest time that a file of it is known to have been delivered at.
    package var newestStamp: Timestamp?
    /// Slots that end here or before are believed complete.
    package var watermark: Timestamp?

    package init(name: String, mark: Timestamp, newestStamp: Timestamp? = nil, watermark: Timestamp? = nil) {
        self.name = name
        self.mark = mark
        self.newestStamp = newestStamp
        self.watermark = watermark
    }
}

extension StoredSource {
    init(_ row: Row) {
        self.init(
            name: row["name"], mark: Timestamp(milliseconds: row["mark"]),
            newestStamp: (row["newest_stamp"] as Int64?).map(Timestamp.init(milliseconds:)),
            watermark: (row["watermark"] as Int64?).map(Timestamp.init(milliseconds:)))
    }
}

/// The minutes of event time that one commit changed.
package struct UnevaluatedMinutes: Equatable, Sendable {
    package let commit: Int64
    package let source: String
    /// Sorted.
    package let minutes: [Timestamp]
}

extension Store {
    /// Writes what an evaluation decided: state, timeline, history and messages together or not at all.
    package func save(_ record: EvaluationRecord) throws {
        guard !record.isEmpty else { return }
        try naming {
            try database.write { db in
                for source in record.sources { try Self.write(source, to: db) }
                for alarm in record.alarms { try Self.write(alarm, to: db) }
                for name in record.removedAlarms {
                    try db.execute(
                        sql: """
                            INSERT OR REPLACE INTO removed_alarms
                            SELECT ?1, MAX(json_extract(status, '$.decisionNumber')) FROM (
                                SELECT status FROM alarms WHERE name = ?1
                                UNION ALL SELECT status FROM alarm_contributors WHERE alarm = ?1)
                            """, arguments: [name])
                    try db.execute(sql: "DELETE FROM alarms WHERE name = ?", arguments: [name])
                    for table in ["alarm_contributors", "contributor_timeline"] {
                        try db.execute(sql: "DELETE FROM \(table) WHERE alarm = ?", arguments: [name])
                    }
                }
                try Self.writeComposites(record, to: db)
                try Self.writeMutes(record, to: db)
                try Self.writeSummaries(record, to: db)
                for version in record.versions { try version.write(to: db) }
                for catchUp in record.catchUps { try catchUp.write(to: db) }
                for name in record.withoutContributors {
                    for table in ["alarm_contributors", "contributor_timeline"] {
                        try db.execute(sql: "DELETE FROM \(table) WHERE alarm = ?", arguments: [name])
                    }
                }
                try Self.writeTimelines(record, to: db)
                for item in record.history { try Self.write(item, to: db) }
                for message in record.messages { try Self.insert(message, to: db) }
                if let told = record.toldRuleMatch {
                    try db.execute(sql: "DELETE FROM rule_matches WHERE id <= ?", arguments: [told])
                }
                for counter in record.counters { try db.add(counter.more, to: counter.name, counter.label) }
                for note in record.notes { try Self.write(note.content, named: note.name, to: db) }
                if let files = record.alarmFiles { try Self.write(files, to: db) }
                if let progress = record.progress {
                    let sql = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
                    try db.execute(
                        sql: sql, arguments: ["progress_through", progress.decidedThrough.milliseconds])
                    try db.execute(sql: sql, arguments: ["progress_commit", progress.commit])
                }
                if let closed = record.closedThrough {
                    try db.execute(
                        sql: """
                            INSERT INTO meta VALUES ('closed_through', ?)
                            ON CONFLICT (name) DO UPDATE SET value = MAX(value, excluded.value)
                            """,
                        arguments: [closed.milliseconds])
                }
            }
        }
    }

    /// Forgets the changed minutes that every alarm has taken in.
    package func forgetEvaluated() throws {
        try naming {
            try database.write { db in
                try db.execute(
                    sql: """
                        DELETE FROM unevaluated WHERE commit_number <= COALESCE(
                            (SELECT MIN(CASE WHEN is_fresh THEN evaluated_commit ELSE MAX(evaluated_commit,
                                COALESCE((SELECT value FROM meta WHERE name = 'progress_commit'), 0)) END) FROM alarms),
                            (SELECT value FROM meta WHERE name = 'last_commit'))
                        """)
            }
        }
    }

    private static func write(_ source: StoredSource, to db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?)",
            arguments: [
                source.name, source.mark.milliseconds, source.newestStamp?.milliseconds,
                source.watermark?.milliseconds,
            ])
    }

    private static func write(_ alarm: StoredAlarm, to db: Database) throws {
        let definition = alarm.machine.definition
        var arguments: StatementArguments = [definition.name]
        if let contributor = definition.contributor { arguments += [contributor.id] }
        arguments += [
            try jsonText(definition), try jsonText(alarm.machine.status), alarm.mark.milliseconds,
            alarm.evaluatedCommit, alarm.isFresh,
        ]
        let sql =
            definition.contributor == nil
            ? "INSERT OR REPLACE INTO alarms VALUES (?, ?, ?, ?, ?, ?)"
            : "INSERT OR REPLACE INTO alarm_contributors VALUES (?, ?, ?, ?, ?, ?, ?)"
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    private static func write(_ item: AlarmHistoryItem, to db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO alarm_history
                    (alarm, timestamp, kind, summary, data, decision, decision_kind, window_end, decided_through,
                    contributor, alarm_type, commit_number)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
                    CASE WHEN ?6 IS NULL THEN NULL ELSE (SELECT value FROM meta WHERE name = 'last_commit') END)
                """)
        let mark = item.mark
        try statement.execute(arguments: [
            item.alarmName, item.timestamp.milliseconds, item.kind.rawValue, item.summary, item.data, mark?.number,
            mark?.kind.rawValue, mark?.windowEnd.milliseconds, mark?.decidedThrough.milliseconds,
            try item.contributor.map { try jsonText($0) }, item.alarmType.rawValue,
        ])
    }

    private static func writeTimelines(_ record: EvaluationRecord, to db: Database) throws {
        for (alarm, contributor, timeline) in record.amendedTimelines {
            let place = TimelinePlace(alarm, contributor)
            try db.execute(
                sql: "DELETE FROM \(place.table) WHERE \(place.condition) AND window_end >= ?",
                arguments: place.arguments + [timeline.replacedFrom.milliseconds])
            for entry in timeline.entries { try place.insert(entry, into: db) }
        }
        // Amended decisions come with their whole timeline.
        for decision in record.decisions where decision.kind != .amended {
            try TimelinePlace(decision.alarmName, decision.contributor)
                .insert(TimelineEntry(windowEnd: decision.windowEnd, state: decision.to), into: db)
        }
    }

    private static func write(_ files: [(path: String, text: String)], to db: Database) throws {
        try db.execute(sql: "DELETE FROM alarm_files")
        for (position, file) in files.enumerated() {
            try db.execute(
                sql: "INSERT INTO alarm_files VALUES (?, ?, ?)", arguments: [position, file.path, file.text])
        }
    }

    /// The number of the last decision of an alarm that was removed; 0 for one that never was.
    ///
    /// One that comes back goes on from there, so that no message key repeats.
    package func lastDecisionNumber(ofRemoved name: String) throws -> Int64 {
        try database.read { db in
            try Int64.fetchOne(
                db, sql: "SELECT decision_number FROM removed_alarms WHERE name = ?", arguments: [name]) ?? 0
        }
    }

    /// All alarms, by name.
    package func alarms() throws -> [StoredAlarm] {
        try database.read { try Self.alarms("SELECT * FROM alarms ORDER BY name", $0) }
    }

    /// The contributors of all alarms, by name and id.
    package func contributors() throws -> [StoredAlarm] {
        try database.read { try Self.alarms("SELECT * FROM alarm_contributors ORDER BY alarm, contributor", $0) }
    }

    /// Each as it was written, and as far as all alarms are known to be.
    static func alarms(
        _ sql: String, _ db: Database, arguments: StatementArguments = []
    ) throws -> [StoredAlarm] {
        func meta(_ name: String) throws -> Int64? {
            try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
        }
        let through = try meta("progress_through").map { Timestamp(milliseconds: $0) }
        let commit = try meta("progress_commit") ?? 0
        return try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
            let definition: MetricAlarm = try decoded(row["definition"], what: "the definition of an alarm")
            var status: AlarmStatus = try decoded(row["status"], what: "the status of an alarm")
            // One that has decided nothing yet is not among those that are so far.
            let isFresh: Bool = row["is_fresh"]
            if let through, !isFresh { status.decidedThrough = max(status.decidedThrough, through) }
            return StoredAlarm(
                machine: AlarmMachine(definition, status: status), mark: Timestamp(milliseconds: row["mark"]),
                evaluatedCommit: isFresh ? row["evaluated_commit"] : max(row["evaluated_commit"], commit),
                isFresh: isFresh)
        }
    }

    package func sources() throws -> [StoredSource] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM sources ORDER BY name").map(StoredSource.init)
        }
    }

    /// What a part of the server noted for itself under `name`, to go on from after a restart.
    package func note(named name: String) throws -> [UInt8]? {
        try database.read { db in
            try Data.fetchOne(db, sql: "SELECT content FROM notes WHERE name = ?", arguments: [name]).map { Array($0) }
        }
    }

    package func saveNote(_ content: [UInt8], named name: String) throws {
        try naming {
            try database.write { db in try Self.write(content, named: name, to: db) }
        }
    }

    static func write(_ content: [UInt8], named name: String, to db: Database) throws {
        try db.execute(sql: "INSERT OR REPLACE INTO notes VALUES (?, ?)", arguments: [name, Data(content)])
    }

    /// Directories of a source whose files are all in the ledger, with their modification times in nanoseconds.
    package func listedDirectories(of source: String) throws -> [String: Int64] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT path, modified FROM directories WHERE source = ?", arguments: [source])
                .reduce(into: [:]) { all, row in all[row["path"]] = row["modified"] as Int64 }
        }
    }

    package func saveListed(_ directories: [String: Int64], of source: String) throws {
        guard !directories.isEmpty else { return }
        try naming {
            try database.write { db in
                let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO directories VALUES (?, ?, ?)")
                for (path, modified) in directories { try statement.execute(arguments: [source, path, modified]) }
            }
        }
    }

    /// What the last set of alarm files without an error said.
    package func alarmFiles() throws -> [(path: String, text: String)] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT path, text FROM alarm_files ORDER BY position").map { row in
                (row["path"], row["text"])
            }
        }
    }

    /// The number of the last commit.
    package func lastCommit() throws -> Int64 {
        try database.read { db in
            try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'last_commit'") ?? 0
        }
    }

    /// What was changed by the commits after `commit`, in their order.
    package func unevaluatedMinutes(after commit: Int64) throws -> [UnevaluatedMinutes] {
        try database.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM unevaluated WHERE commit_number > ? ORDER BY commit_number",
                arguments: [commit]
            ).map { row in
                UnevaluatedMinutes(
                    commit: row["commit_number"], source: row["source"],
                    minutes: try decodeMinutes(row.bytes("minutes")))
            }
        }
    }

    /// The recorded transitions of an alarm, or of one of its contributors, from the last one before `time` on.
    package func timeline(
        of alarm: String, contributor: Contributor? = nil, from time: Timestamp
    ) throws -> [TimelineEntry] {
        try database.read { db in try TimelinePlace(alarm, contributor).entries(from: time, db) }
    }

    /// The newest lines of an alarm's history, or of all, newest first.
    package func history(of alarm: String? = nil, limit: Int) throws -> [AlarmHistoryItem] {
        try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM alarm_history WHERE ?1 IS NULL OR alarm = ?1 ORDER BY timestamp DESC, id DESC LIMIT ?2
                    """,
                arguments: [alarm, limit]
            ).map { row in
                AlarmHistoryItem(
                    alarmName: row["alarm"],
                    alarmType: AlarmHistoryItem.AlarmType(rawValue: row["alarm_type"]) ?? .metric,
                    contributor: try (row["contributor"] as String?).map {
                        try decoded($0, what: "the contributor of a line of history")
                    }, timestamp: Timestamp(milliseconds: row["timestamp"]),
                    kind: AlarmHistoryItem.Kind(rawValue: row["kind"]) ?? .stateUpdate, summary: row["summary"],
                    storedData: row["data"])
            }
        }
    }
}

func jsonText(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

func decoded<Value: Decodable>(_ text: String, what: String) throws -> Value {
    do {
        return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
        throw StoreError.corrupt(what: what, reason: "\(error)")
    }
}
