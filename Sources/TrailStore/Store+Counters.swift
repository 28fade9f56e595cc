import GRDB
import Synchronization
package import TrailCounts
package import TrailModel

/// What the metrics endpoint shows of the store; all of it goes on from where it was after a restart.
package struct StoreTotals: Sendable {
    package let arrivals: [(activity: Activity, arrivals: CountBatch.Arrivals)]
    /// Matches of metric filters by events read within 24 h of their time.
    package let filterMatches: [Metric: Int64]
    /// Values by name and label.
    package let counters: [String: [String: Int64]]
}

extension Store {
    package func totals() throws -> StoreTotals {
        let counters = try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM counters").reduce(into: [String: [String: Int64]]()) { all, row in
                all[row["name"], default: [:]][row["label"]] = row["value"]
            }
        }
        return state.withLock { state in
            let arrivals = state.activities.activities.enumerated().map { id, activity in
                (activity: activity, arrivals: state.arrivals[UInt32(id)] ?? CountBatch.Arrivals())
            }
            let matches = state.youngMatches.compactMap { number, count in
                state.series.metric(of: number).map { ($0, count) }
            }
            return StoreTotals(
                arrivals: arrivals, filterMatches: Dictionary(matches) { $0 + $1 }, counters: counters)
        }
    }

    /// True when something gathered in memory waits to be folded.
    package var isUnfolded: Bool {
        state.withLock { !$0.overlay.isEmpty || !$0.pending.isEmpty || !$0.seen.unfolded.isEmpty }
    }
}

extension Database {
    /// Raises a stored counter.
    func add(_ more: Int, to name: String, _ label: String) throws {
        guard more != 0 else { return }
        let statement = try cachedStatement(
            sql: """
                INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT (name, label) DO UPDATE SET value = value + excluded.value
                """)
        try statement.execute(arguments: [name, label, more])
    }
}
