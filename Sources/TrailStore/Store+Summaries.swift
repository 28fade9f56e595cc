import GRDB
package import TrailAlarms
package import TrailModel

/// A summary that waits, and to whom it goes.
package struct SummaryKey: Hashable, Sendable {
    package let topicARN: String
    /// The day in UTC on which its transitions were decided, by its start; `nil` is the one of the time away.
    package let day: Timestamp?

    package init(topicARN: String, day: Timestamp?) {
        self.topicARN = topicARN
        self.day = day
    }
}

extension EvaluationRecord {
    /// Has a transition told in a summary in place of messages of its own.
    package mutating func summarise(_ transition: SummarisedTransition, in topics: [String], day: Timestamp?) {
        for topic in topics { summarised.append((SummaryKey(topicARN: topic, day: day), transition)) }
        if let incident = transition.incident, transition.to == .alarm { summarisedIncidents[incident] = .some(day) }
    }
}

extension Store {
    /// A summary reads so many transitions at most: more never fit into a message.
    private static let summaryTransitionsMax = 2000

    static func writeSummaries(_ record: EvaluationRecord, to db: Database) throws {
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO summarised_transitions (topic, day, alarm, contributor, decision, state, window_end, content)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for (key, transition) in record.summarised {
            try insert.execute(arguments: [
                key.topicARN, key.day?.milliseconds, transition.alarmName, transition.contributor?.id ?? "",
                transition.decisionNumber, transition.to.rawValue, transition.windowEnd.milliseconds,
                try jsonText(transition),
            ])
        }
        for told in record.toldAlone {
            try db.execute(
                sql: """
                    DELETE FROM summarised_transitions
                    WHERE day IS NULL AND alarm = ? AND contributor = ? AND decision = ?
                    """, arguments: [told.alarmName, told.contributor?.id ?? "", told.decisionNumber])
        }
        for key in record.sentSummaries {
            try db.execute(
                sql: "DELETE FROM summarised_transitions WHERE topic = ? AND day IS ?",
                arguments: [key.topicARN, key.day?.milliseconds])
            guard let day = key.day else { continue }
            try db.execute(
                sql: """
                    INSERT INTO meta VALUES ('summaries_through', ?)
                    ON CONFLICT (name) DO UPDATE SET value = MAX(value, excluded.value)
                    """, arguments: [day.milliseconds])
        }
    }

    /// The summaries that wait, in a fixed order.
    package func waitingSummaries() throws -> [SummaryKey] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT DISTINCT topic, day FROM summarised_transitions ORDER BY day, topic").map
            {
                SummaryKey(topicARN: $0["topic"], day: ($0["day"] as Int64?).map(Timestamp.init(milliseconds:)))
            }
        }
    }

    /// The last day whose summaries were made.
    package func summariesThrough() throws -> Timestamp? {
        try database.read { db in
            try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'summaries_through'")
        }.map(Timestamp.init(milliseconds:))
    }

    /// The entries into ALARM in the time away that wait, each once.
    package func alarmsOfTimeAway() throws -> [SummarisedTransition] {
        try database.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT content FROM summarised_transitions WHERE day IS NULL AND state = 'ALARM'
                    GROUP BY alarm, contributor, decision ORDER BY MIN(id)
                    """
            ).map { try decoded($0, what: "a transition of a summary") }
        }
    }

    /// What a summary tells of.
    package func content(of key: SummaryKey) throws -> SummaryContent {
        let arguments: StatementArguments = [key.topicARN, key.day?.milliseconds]
        return try database.read { db in
            let transitions: [SummarisedTransition] = try String.fetchAll(
                db,
                sql: """
                    SELECT content FROM summarised_transitions WHERE topic = ? AND day IS ?
                    ORDER BY state <> 'ALARM', window_end DESC, id LIMIT \(Self.summaryTransitionsMax)
                    """, arguments: arguments
            ).map { try decoded($0, what: "a transition of a summary") }
            let alarms = try Row.fetchAll(
                db,
                sql: """
                    SELECT alarm, COUNT(*) AS transitions, SUM(state = 'ALARM') AS alarms, MIN(window_end) AS first,
                        MAX(window_end) AS last
                    FROM summarised_transitions WHERE topic = ? AND day IS ? GROUP BY alarm
                    ORDER BY alarms DESC, transitions DESC, alarm
                    """, arguments: arguments
            ).map { row in
                SummaryContent.Alarm(
                    name: row["alarm"], transitions: row["transitions"], alarms: row["alarms"],
                    windowEnds: Timestamp(milliseconds: row["first"])...Timestamp(milliseconds: row["last"]))
            }
            return SummaryContent(transitions: transitions, alarms: alarms)
        }
    }
}

extension StoreReader {
    /// The transitions of an alarm that wait to be told in summaries, in their order.
    package func summarised(of alarm: String) throws -> [(key: SummaryKey, transition: SummarisedTransition)] {
        try database.read { db in
            guard try Schema.version(of: db) >= Schema.summariesVersion else { return [] }
            return try Row.fetchAll(
                db, sql: "SELECT topic, day, content FROM summarised_transitions WHERE alarm = ? ORDER BY id",
                arguments: [alarm]
            ).map { row in
                let day = (row["day"] as Int64?).map(Timestamp.init(milliseconds:))
                return (
                    SummaryKey(topicARN: row["topic"], day: day),
                    try decoded(row["content"], what: "a transition of a summary")
                )
            }
        }
    }
}
