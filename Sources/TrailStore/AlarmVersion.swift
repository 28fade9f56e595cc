import Foundation
import GRDB
package import TrailAlarms
package import TrailModel

/// A definition of an alarm, in force until the next one of the same name.
package struct AlarmVersion: Equatable, Sendable {
    /// The kind of a metric alarm.
    package static let metricKind = "metric"

    package let alarm: String
    /// The time of the load that put it in force.
    package let since: Timestamp
    package let kind: String
    /// It decided the windows that end after this time; `nil` for those of a new alarm, all of its windows.
    package let windowsAfter: Timestamp?
    /// JSON text; `nil` says that the alarm was removed.
    package let definition: String?
    /// The metric filters of its metric, JSON text; `nil` where a version wrote it that did not keep them.
    package let filters: String?

    package init(
        alarm: String, since: Timestamp, kind: String = Self.metricKind, windowsAfter: Timestamp?, definition: String?,
        filters: String? = nil
    ) {
        self.alarm = alarm
        self.since = since
        self.kind = kind
        self.windowsAfter = windowsAfter
        self.definition = definition
        self.filters = filters
    }

    /// A version of a metric alarm.
    package init(
        _ alarm: MetricAlarm, filters: String?, since: Timestamp, windowsAfter: Timestamp?
    ) throws {
        self.init(
            alarm: alarm.name, since: since, windowsAfter: windowsAfter, definition: try jsonText(alarm),
            filters: filters)
    }

    /// The end of an alarm that had decided its windows through `decidedThrough`.
    package init(removed alarm: String, at time: Timestamp, decidedThrough: Timestamp) {
        self.init(alarm: alarm, since: time, windowsAfter: decidedThrough, definition: nil)
    }

    package var isRemoval: Bool { definition == nil }

    /// The metric alarm that it defines; `nil` for a removal and for other kinds.
    package func metricAlarm() throws -> MetricAlarm? {
        guard kind == Self.metricKind, let definition else { return nil }
        return try decoded(definition, what: "a former definition of an alarm")
    }

    func write(to db: Database) throws {
        // What one of this name decided before it was removed is in its history.
        try db.execute(
            sql: """
                DELETE FROM alarm_timeline WHERE alarm = ?1 AND
                    (SELECT definition IS NULL FROM alarm_versions WHERE alarm = ?1 ORDER BY since DESC LIMIT 1)
                """, arguments: [alarm])
        try db.execute(
            sql: "INSERT OR REPLACE INTO alarm_versions VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                alarm, since.milliseconds, kind, windowsAfter?.milliseconds, definition, filters,
            ])
    }

    init(_ row: Row) {
        self.init(
            alarm: row["alarm"], since: Timestamp(milliseconds: row["since"]), kind: row["kind"],
            windowsAfter: (row["windows_after"] as Int64?).map(Timestamp.init(milliseconds:)),
            definition: row["definition"], filters: row["filters"])
    }
}

/// Windows of one alarm that were decided after their slots had been closed for a while: of a new alarm, of days that
/// filled in behind newer ones, or after the alarm's filters were counted back.
package struct AlarmCatchUp: Equatable, Sendable {
    package let alarm: String
    /// Windows that end after this time and not after `windowsThrough`.
    package let windowsAfter: Timestamp
    package let windowsThrough: Timestamp
    /// The last commit that the decisions knew; set when it is written.
    package let commit: Int64

    /// Windows of `alarm`, each contributor's apart.
    package init(of alarm: MetricAlarm, windowsAfter: Timestamp, windowsThrough: Timestamp) {
        self.init(alarm: Self.name(of: alarm), windowsAfter: windowsAfter, windowsThrough: windowsThrough)
    }

    /// A control character: no alarm has it in its name.
    static let separator = "\u{1}"

    static func name(of alarm: MetricAlarm) -> String {
        alarm.contributor.map { "\(alarm.name)\(separator)\($0.id)" } ?? alarm.name
    }

    init(alarm: String, windowsAfter: Timestamp, windowsThrough: Timestamp, commit: Int64 = 0) {
        self.alarm = alarm
        self.windowsAfter = windowsAfter
        self.windowsThrough = windowsThrough
        self.commit = commit
    }

    func write(to db: Database) throws {
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO alarm_catch_ups
                VALUES (?, ?, ?, (SELECT value FROM meta WHERE name = 'last_commit'))
                """, arguments: [alarm, windowsAfter.milliseconds, windowsThrough.milliseconds])
    }

    init(_ row: Row) {
        self.init(
            alarm: row["alarm"], windowsAfter: Timestamp(milliseconds: row["windows_after"]),
            windowsThrough: Timestamp(milliseconds: row["windows_through"]), commit: row["commit_number"])
    }
}

extension Store {
    /// The last version of each alarm, by the bytes of its name.
    package func latestVersions() throws -> [[UInt8]: AlarmVersion] {
        try database.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM alarm_versions GROUP BY alarm HAVING since = MAX(since)")
            return rows.reduce(into: [:]) { all, row in
                let version = AlarmVersion(row)
                all[Array(version.alarm.utf8)] = version
            }
        }
    }
}
