import GRDB
import TrailAlarms
import TrailModel

/// Where the timeline of an alarm, or of one of its contributors, is kept.
struct TimelinePlace {
    private let alarm: String
    let table: String
    let condition: String
    let arguments: StatementArguments

    init(_ alarm: String, _ contributor: Contributor?) {
        self.alarm = alarm
        table = contributor == nil ? "alarm_timeline" : "contributor_timeline"
        condition = contributor == nil ? "alarm = ?" : "alarm = ? AND contributor = ?"
        arguments = contributor.map { [alarm, $0.id] } ?? [alarm]
    }

    /// The transitions from the last one before `time` on.
    func entries(from time: Timestamp, _ db: Database) throws -> [TimelineEntry] {
        let before = try Int64.fetchOne(
            db, sql: "SELECT MAX(window_end) FROM \(table) WHERE \(condition) AND window_end < ?",
            arguments: arguments + [time.milliseconds])
        return try Row.fetchAll(
            db,
            sql: "SELECT window_end, state FROM \(table) WHERE \(condition) AND window_end >= ? ORDER BY window_end",
            arguments: arguments + [before ?? time.milliseconds]
        ).map { row in
            let name: String = row["state"]
            guard let state = AlarmState(rawValue: name) else {
                throw StoreError.corrupt(what: "the timeline of \(alarm)", reason: "got the state \(name)")
            }
            return TimelineEntry(windowEnd: Timestamp(milliseconds: row["window_end"]), state: state)
        }
    }

    func insert(_ entry: TimelineEntry, into db: Database) throws {
        let marks = Array(repeating: "?", count: condition.count { $0 == "?" } + 2).joined(separator: ", ")
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO \(table) VALUES (\(marks))")
            .execute(arguments: arguments + [entry.windowEnd.milliseconds, entry.state.rawValue])
    }
}
