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
    /// The day never goes back.
    package func forget(by retention: Retention, now: Timestamp) throws {
        try state.withLock { state in
            let today = floorDivide(now.seconds, 86_400)
            let news = Resolution.allCases.filter { resolution in
                retention.days(resolution).map { days in
                    state.retention.firstDay(resolution).map { $0 < today - days } ?? true
                } ?? false
            }
            guard !news.isEmpty else { return }
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
                state.watch?.lose()
            }
        }
    }

    /// Deletes a little of what is not read any more; to be called again while that is unfinished.
    ///
    /// Days of which minutes wait for their evaluation stay until all alarms have taken these in: history that was just
    /// read is evaluated by the minute, however old it is.
    package func deleteOld(limit: Int = Store.deletedRowsMax) throws -> RetentionStep {
        try state.withLock { state in
            let kept = state.retention
            guard let newest = Resolution.allCases.compactMap({ kept.firstDay($0) }).max() else {
                return RetentionStep()
            }
            state.blockCache = state.blockCache.filter { kept.holds($0.key.day, $0.key.resolution) }
            let step = try naming { try database.write { db in try Self.deleteOld(kept, newest, limit, db) } }
            if step.deleted > 0 { state.watch?.lose() }
            return step
        }
    }

    private static func deleteOld(
        _ kept: KeptDays, _ newest: Int64, _ limit: Int, _ db: Database
    ) throws -> RetentionStep {
        var waiting: Set<Int64> = []
        let rows = try Row.fetchCursor(db, sql: "SELECT minutes FROM unevaluated")
        while let row = try rows.next() {
            for minute in try decodeMinutes(row.bytes("minutes")) {
                let day = floorDivide(minute.seconds, 86_400)
                if day < newest { waiting.insert(day) }
            }
        }
        let days = waiting.map(String.init).joined(separator: ",")
        var step = RetentionStep()
        for resolution in Resolution.allCases {
            guard let first = kept.firstDay(resolution), step.deleted < limit else { continue }
            try db.execute(
                sql: """
                    DELETE FROM blocks WHERE (resolution, day, page) IN (
                        SELECT resolution, day, page FROM blocks
                        WHERE resolution = ? AND day < ? AND day NOT IN (\(days)) LIMIT ?)
                    """, arguments: [resolution.seconds, first, limit - step.deleted])
            step.deleted += db.changesCount
        }
        // Ids tell late copies of events as long as any level counts these.
        if let first = kept.firstDay(.hour), step.deleted < limit {
            try db.execute(
                sql: """
                    DELETE FROM event_ids WHERE slot IN (
                        SELECT slot FROM event_ids WHERE slot < ? AND slot / 86400 NOT IN (\(days)) LIMIT ?)
                    """, arguments: [first * 86_400, limit - step.deleted])
            step.deleted += db.changesCount
        }
        step.isUnfinished = step.deleted >= limit
        return step
    }
}
