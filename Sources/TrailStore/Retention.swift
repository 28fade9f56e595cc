import GRDB
import Synchronization
package import TrailModel

/// How long each level is kept.
///
/// A level is kept beside the finer ones and outlives them: CloudWatch keeps 60 s for 15 days, 300 s for 63 days and
/// 3600 s for 455 days (API reference, GetMetricData).
package struct Retention: Equatable, Sendable {
    private var days: [Resolution: Int64] = [:]

    /// Minutes for 15 days, the rest without limit.
    package static let standard = Retention([.minute: 15])
    /// CloudWatch's schedule.
    package static let cloudWatch = Retention([.minute: 15, .fiveMinutes: 63, .hour: 455])

    /// Days by level; a level that is not named is kept without limit.
    package init(_ days: [Resolution: Int64]) {
        self.days = days
    }

    /// `nil` for a level that is kept without limit.
    package func days(_ resolution: Resolution) -> Int64? { days[resolution] }

    /// Sets how long one level is kept, `nil` without limit.
    package mutating func keep(_ resolution: Resolution, days: Int64?) {
        self.days[resolution] = days
    }

    /// A level that is to be kept longer than one above it, which would be of no use.
    package var fault: (finer: Resolution, coarser: Resolution)? {
        for coarser in Resolution.allCases {
            guard let limit = days[coarser] else { continue }
            for finer in Resolution.allCases where finer.seconds < coarser.seconds {
                if days[finer].map({ $0 > limit }) ?? true { return (finer, coarser) }
            }
        }
        return nil
    }
}

/// What one step of deleting did.
package struct RetentionStep: Equatable, Sendable {
    /// Rows that are gone.
    package var deleted = 0
    /// True when there is more to delete.
    package var isUnfinished = false
}

extension Store {
    /// Rows that one step deletes: a transaction of some milliseconds, between which others write.
    static let deletedRowsMax = 256

    /// Says from which day on each level is read; what is older is deleted by ``deleteOld(limit:)``.
    ///
    /// Nothing changes while minutes wait for their evaluation, so that history that was just read is evaluated by the
    /// minute, however old it is. The day never goes back.
    /// - Returns: False when evaluations wait.
    package func forget(by retention: Retention, now: Timestamp) throws -> Bool {
        try state.withLock { state in
            let today = floorDivide(now.seconds, 86_400)
            let news = Resolution.allCases.filter { resolution in
                retention.days(resolution).map { days in
                    state.retention.firstDay(resolution).map { $0 < today - days } ?? true
                } ?? false
            }
            guard !news.isEmpty else { return true }
            let isWaiting = try database.read { db in
                try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT * FROM unevaluated)") ?? false
            }
            if isWaiting { return false }
            // What is only in memory is folded into all levels while they are there.
            try naming {
                try fold(&state)
                var kept = state.retention
                try database.write { db in
                    for resolution in news {
                        try kept.forget(before: today - (retention.days(resolution) ?? 0), resolution, db)
                    }
                }
                state.retention = kept
            }
            for key in state.blockCache.keys where !state.retention.holds(key.day, key.resolution) {
                state.blockCache[key] = nil
            }
            return true
        }
    }

    /// Deletes a little of what is not read any more; to be called again while that is unfinished.
    package func deleteOld(limit: Int = Store.deletedRowsMax) throws -> RetentionStep {
        let kept = state.withLock { $0.retention }
        return try naming {
            try database.write { db in
                var step = RetentionStep()
                for resolution in Resolution.allCases {
                    guard let first = kept.firstDay(resolution), step.deleted < limit else { continue }
                    try db.execute(
                        sql: """
                            DELETE FROM blocks WHERE (resolution, day, page) IN (
                                SELECT resolution, day, page FROM blocks WHERE resolution = ? AND day < ? LIMIT ?)
                            """, arguments: [resolution.seconds, first, limit - step.deleted])
                    step.deleted += db.changesCount
                }
                step.isUnfinished = step.deleted >= limit
                return step
            }
        }
    }
}
