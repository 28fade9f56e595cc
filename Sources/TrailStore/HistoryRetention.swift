import GRDB
package import TrailModel

extension Store {
    /// Deletes a little of the history before `time`, the oldest lines first; to be called again while that is unfinished.
    ///
    /// A definition goes when the one that took its place did so before `time`; of an alarm that was removed before it,
    /// all goes. What is there of other alarms stays: their definitions, and the states on their timelines.
    package func forgetHistory(before time: Timestamp, limit: Int = Store.deletedRowsMax) throws -> RetentionStep {
        try naming {
            try database.write { db in
                var step = RetentionStep()
                // Lines are written in the order of time: only the first ones are looked at.
                try db.execute(
                    sql: """
                        DELETE FROM alarm_history WHERE id IN (
                            SELECT id FROM (SELECT id, timestamp FROM alarm_history ORDER BY id LIMIT ?)
                            WHERE timestamp < ?)
                        """, arguments: [limit, time.milliseconds])
                step.deleted = db.changesCount
                step.isUnfinished = step.deleted >= limit
                guard !step.isUnfinished else { return step }
                try db.execute(sql: "DELETE FROM past_mutes WHERE ended < ?", arguments: [time.milliseconds])
                step.deleted += db.changesCount
                try Self.forgetVersions(before: time, limit, &step, db)
                return step
            }
        }
    }

    private static func forgetVersions(
        before time: Timestamp, _ limit: Int, _ step: inout RetentionStep, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                DELETE FROM alarm_versions WHERE (alarm, since) IN (
                    SELECT alarm, since FROM alarm_versions AS former WHERE EXISTS (
                        SELECT 1 FROM alarm_versions AS next
                        WHERE next.alarm = former.alarm AND next.since > former.since AND next.since < ?)
                    LIMIT ?)
                """, arguments: [time.milliseconds, limit])
        step.deleted += db.changesCount
        let removed = try String.fetchAll(
            db,
            sql: """
                SELECT alarm FROM alarm_versions GROUP BY alarm
                HAVING COUNT(*) = 1 AND MAX(definition) IS NULL AND MAX(since) < ? LIMIT ?
                """, arguments: [time.milliseconds, limit])
        for alarm in removed {
            for table in ["alarm_timeline", "alarm_catch_ups", "alarm_versions"] {
                try db.execute(sql: "DELETE FROM \(table) WHERE alarm = ?", arguments: [alarm])
                step.deleted += db.changesCount
            }
            let prefix = alarm + AlarmCatchUp.separator
            try db.execute(
                sql: "DELETE FROM alarm_catch_ups WHERE substr(alarm, 1, length(?1)) = ?1", arguments: [prefix])
            step.deleted += db.changesCount
        }
        step.isUnfinished = step.deleted >= limit
    }
}
