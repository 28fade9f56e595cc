import Foundation
import GRDB
import Synchronization
import TrailCounts
package import TrailModel

/// Samples of the value 1 in one slot of a series that counts per five minutes.
package struct SampleCount: Hashable, Sendable {
    /// See ``Store/seriesNumbers(of:)``.
    package let series: UInt32
    /// Start of the slot.
    package let slot: Timestamp
    /// 1 or more.
    package let count: Int64

    package init(series: UInt32, slot: Timestamp, count: Int64) {
        self.series = series
        self.slot = slot
        self.count = count
    }
}

extension Store {
    /// The numbers of series, by which samples are added; those of new metrics are made and kept.
    ///
    /// - Throws: ``StoreError``, and then nothing is kept.
    package func seriesNumbers(of metrics: [Metric]) throws -> [UInt32] {
        try state.withLock { state in
            do {
                let numbers = try metrics.map { try state.series.number(of: $0, resolution: BuiltInMetrics.resolution) }
                try naming { try database.write { try state.series.write(to: $0) } }
                state.series.saved()
                return numbers
            } catch {
                state.series.rollBack()
                throw error
            }
        }
    }

    /// Adds samples that were counted elsewhere, in one transaction.
    ///
    /// Nobody can tell here whether they were added before: that is for the caller to know. The slots wait under the
    /// name of `source` until every alarm has been evaluated.
    /// - Throws: ``StoreError``, and then nothing is added.
    package func add(_ samples: [SampleCount], source: String) throws {
        try state.withLock { state in
            var entry = JournalEntry()
            entry.activityCounts.reserveCapacity(samples.count)
            var slots: Set<Timestamp> = []
            for sample in samples {
                // Neighbours share a slot: it is looked at once.
                if entry.activityCounts.last?.cell.slot != sample.slot { slots.insert(sample.slot) }
                guard sample.count > 0, sample.series < StoreState.seriesTarget,
                    state.series.resolution(ofSeries: sample.series) == BuiltInMetrics.resolution,
                    sample.slot == BuiltInMetrics.resolution.slot(of: sample.slot)
                else { throw StoreError.cannotAdd(series: sample.series, slot: sample.slot, count: sample.count) }
                let target = StoreState.seriesTarget | sample.series
                entry.activityCounts.append(
                    (CountBatch.ActivityCell(activity: target, slot: sample.slot), sample.count))
            }
            try naming {
                let closedChanges = try closedChanges(entry, &state)
                let minutes = slots.sorted()
                try database.write { db in
                    try db.execute(sql: "UPDATE meta SET value = value + 1 WHERE name = 'last_commit'")
                    let number = try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'last_commit'") ?? 0
                    try closedChanges.write(commit: number, to: db)
                    try entry.write(
                        commit: number, eventIDs: encodeKeys(bySlot: [:], filters: state.seen.filters), to: db)
                    try db.execute(
                        sql: "INSERT INTO unevaluated VALUES (?, ?, ?)",
                        arguments: [number, source, Data(encodeMinutes(minutes))])
                }
                try state.apply(entry)
                if state.pending.count > Self.pendingSamplesMax { try? fold(&state) }
            }
        }
    }
}
