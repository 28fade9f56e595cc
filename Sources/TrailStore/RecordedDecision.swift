import GRDB
package import TrailAlarms
package import TrailModel

/// A transition as history has it.
package struct RecordedDecision: Equatable, Sendable {
    package let number: Int64
    package let kind: Decision.Kind
    /// End of the window that decided.
    package let windowEnd: Timestamp
    package let decidedAt: Timestamp
    /// The windows up to this end had been decided before.
    package let decidedThrough: Timestamp
    /// The last commit that it knew.
    package let commit: Int64
    package let from: AlarmState
    package let to: AlarmState
    package let reason: String
    /// JSON text (`StateReasonData`).
    package let reasonData: String?
    /// False for one that left the alarm's present state alone.
    package let changesState: Bool

    fileprivate init?(_ row: Row) {
        guard let kind = Decision.Kind(rawValue: row["decision_kind"] ?? ""),
            let from = AlarmState(rawValue: row["from_state"] ?? ""),
            let to = AlarmState(rawValue: row["to_state"] ?? "")
        else { return nil }
        number = row["decision"]
        self.kind = kind
        windowEnd = Timestamp(milliseconds: row["window_end"])
        decidedAt = Timestamp(milliseconds: row["timestamp"])
        decidedThrough = Timestamp(milliseconds: row["decided_through"] ?? row["window_end"])
        commit = row["commit_number"] ?? 0
        self.from = from
        self.to = to
        reason = row["reason"] ?? ""
        reasonData = row["reason_data"]
        changesState = (row["old_reason"] as String?) != nil
    }
}

/// What became of a message.
package struct SentMessage: Equatable, Sendable {
    package let key: String
    package let alarmName: String
    package let topicARN: String
    package let subscriptionARN: String
    package let createdAt: Timestamp
    /// `waiting`, `delivered` or `dead`.
    package let state: String
    package let attempts: Int
    package let lastAttempt: Timestamp?
    /// When it is tried next, while it waits.
    package let nextAttempt: Timestamp?
    /// True for one that is sent when what happened was looked up.
    package let waitsForEvidence: Bool
    /// True for one that is sent when its subscription is confirmed.
    package let isHeld: Bool
    /// Why the last attempt failed, and the receiver's HTTP status.
    package let reason: String?
    package let status: Int?

    init(_ row: Row) {
        let isDraft = row["next_attempt"] == StoredMessage.draftTime.milliseconds
        key = row["key"]
        alarmName = row["alarm"]
        topicARN = row["topic"]
        subscriptionARN = row["subscription"]
        createdAt = Timestamp(milliseconds: row["created"])
        state = row["state"]
        attempts = row["attempts"]
        lastAttempt = (row["last_attempt"] as Int64?).map(Timestamp.init(milliseconds:))
        isHeld = state == "waiting" && row["next_attempt"] == StoredMessage.heldTime.milliseconds
        nextAttempt = state == "waiting" && !isDraft && !isHeld ? Timestamp(milliseconds: row["next_attempt"]) : nil
        waitsForEvidence = state == "waiting" && isDraft
        reason = row["reason"]
        status = row["status"]
    }
}

extension StoreReader {
    /// The last state changes of an alarm, or of one of its contributors, whose windows end at or before `end`: the newest
    /// window first, and of one window the newest change first.
    ///
    /// Those of lines that an older version wrote are not among them.
    package func decisions(
        of alarm: String, contributor: Contributor? = nil, throughWindow end: Timestamp, limit: Int
    ) throws -> [RecordedDecision] {
        try explaining { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT decision, decision_kind, window_end, timestamp, decided_through, commit_number,
                        json_extract(data, '$.oldState.stateValue') AS from_state,
                        json_extract(data, '$.newState.stateValue') AS to_state,
                        json_extract(data, '$.newState.stateReason') AS reason,
                        json_extract(data, '$.newState.stateReasonData') AS reason_data,
                        json_extract(data, '$.oldState.stateReason') AS old_reason
                    FROM alarm_history
                    WHERE alarm = ?1 AND window_end <= ?2 AND decision IS NOT NULL
                        AND kind IN ('StateUpdate', 'AlarmContributorStateUpdate') AND contributor IS ?4
                    ORDER BY window_end DESC, decision DESC LIMIT ?3
                    """,
                arguments: [alarm, end.milliseconds, limit, try contributor.map { try jsonText($0) }]
            ).compactMap(RecordedDecision.init)
        }
    }

    /// The lines of history about the actions of a decision, in their order.
    package func actions(
        of alarm: String, contributor: Contributor? = nil, decision number: Int64
    ) throws -> [AlarmHistoryItem] {
        try explaining { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM alarm_history
                    WHERE alarm = ? AND decision = ? AND kind IN ('Action', 'AlarmContributorAction') AND contributor IS ?
                    ORDER BY id
                    """,
                arguments: [alarm, number, try contributor.map { try jsonText($0) }]
            ).map { row in
                AlarmHistoryItem(
                    alarmName: row["alarm"], contributor: contributor,
                    timestamp: Timestamp(milliseconds: row["timestamp"]), kind: .action, summary: row["summary"],
                    storedData: row["data"])
            }
        }
    }

    /// The messages about a decision that are still kept, in their order.
    package func messages(
        of alarm: String, contributor: Contributor? = nil, decision number: Int64
    ) throws -> [SentMessage] {
        try explaining { db in
            try Row.fetchAll(
                db,
                // Contributors number their decisions each for itself; their messages name them.
                sql: """
                    SELECT * FROM outbox WHERE alarm = ?1 AND decision = ?2 AND (?3 IS NULL OR instr(request, ?3) > 0)
                    ORDER BY id
                    """,
                arguments: [alarm, number, contributor?.id]
            ).map(SentMessage.init)
        }
    }

    /// The messages of an alarm that were made in `range` and are still kept, in their order.
    package func messages(of alarm: String, created range: Range<Timestamp>) throws -> [SentMessage] {
        try explaining { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM outbox WHERE alarm = ? AND created >= ? AND created < ? ORDER BY id",
                arguments: [alarm, range.lowerBound.milliseconds, range.upperBound.milliseconds]
            ).map(SentMessage.init)
        }
    }

    /// The names of all alarms that are there or were, sorted.
    package func alarmNames() throws -> [String] {
        try explaining { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT name FROM alarms UNION SELECT alarm FROM alarm_versions
                    UNION SELECT name FROM composite_alarms ORDER BY 1
                    """)
        }
    }

    /// The versions of an alarm, oldest first.
    package func versions(of alarm: String) throws -> [AlarmVersion] {
        try explaining { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM alarm_versions WHERE alarm = ? ORDER BY since", arguments: [alarm]
            ).map(AlarmVersion.init)
        }
    }

    /// What an alarm remembers, as it was written last; `nil` for one that is not there any more.
    package func alarm(_ name: String) throws -> StoredAlarm? {
        try explaining { db in try Store.alarms("SELECT * FROM alarms WHERE name = ?", db, arguments: [name]).first }
    }

    /// What the contributors of an alarm remember, as it was written last, by id.
    package func contributors(of alarm: String) throws -> [StoredAlarm] {
        try explaining { db in
            try Store.alarms(
                "SELECT * FROM alarm_contributors WHERE alarm = ? ORDER BY contributor", db, arguments: [alarm])
        }
    }

    /// The contributors that history tells of, those of alarms of this name that were removed among them.
    package func recordedContributors(of alarm: String) throws -> [Contributor] {
        try explaining { db in
            try String.fetchAll(
                db,
                sql: "SELECT DISTINCT contributor FROM alarm_history WHERE alarm = ? AND contributor IS NOT NULL",
                arguments: [alarm]
            ).map { try decoded($0, what: "the contributor of a line of history") }
        }
    }

    /// The commit that the decisions knew which decided the window that ends at `end`, if it was decided later than others.
    package func catchUpCommit(of alarm: MetricAlarm, window end: Timestamp) throws -> Int64? {
        try explaining { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT MAX(commit_number) FROM alarm_catch_ups
                    WHERE alarm = ?1 AND windows_after < ?2 AND windows_through >= ?2
                    """, arguments: [AlarmCatchUp.name(of: alarm), end.milliseconds])
        }
    }

    /// How far slots are closed; `nil` before the first decision.
    package func closedThrough() throws -> Timestamp? {
        try explaining { db in
            try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'closed_through'")
        }.map(Timestamp.init(milliseconds:))
    }

    /// The recorded transitions of an alarm, or of one of its contributors, sorted by window.
    package func timeline(of alarm: String, contributor: Contributor? = nil) throws -> [TimelineEntry] {
        try explaining { db in
            try TimelinePlace(alarm, contributor).entries(from: Timestamp(milliseconds: .min), db)
        }
    }

    private func explaining<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try database.read { db in
            let found = try Schema.version(of: db)
            guard found >= Schema.versionsVersion else {
                throw StoreError.olderFormat(found: found, wanted: Schema.versionsVersion)
            }
            return try body(db)
        }
    }
}
