import Foundation
import GRDB
import Synchronization
import TrailBlocks
import TrailCounts
import TrailModel

extension Store {
    /// Moves what gathered in memory into the blocks; counts as read do not change.
    package func fold() throws {
        try state.withLock { state in try naming { try fold(&state) } }
    }

    func fold(_ state: inout StoreState) throws {
        var changed: [StoreState.BlockKey] = []
        try database.write { db in
            let blocks = try BlockTable(db)
            for (key, block) in state.overlay {
                changed += try blocks.add(
                    block, to: key, takesAway: state.reduced.contains(key), kept: state.retention)
            }
            try state.pending.forEachBlock(seriesOf: { state.knownSeriesNumbers(of: $0) }) { key, counts in
                changed += try blocks.add(counts, to: key)
            }
            let hours = Dictionary(grouping: state.seen.unfolded) { $0.key.floored(toSeconds: 3600) }
            for (start, slots) in hours.sorted(by: { $0.key < $1.key }) {
                var hour = try EventIDHour(of: start, unnamed: state.filtersOfUnnamedIDs, db)
                for (slot, new) in slots {
                    var groups = try hour.groups(of: slot)
                    for group in new { groups.add(group) }
                    hour.set(groups, of: slot)
                }
                try hour.write(to: db)
            }
            let counters = try db.cachedStatement(sql: "UPDATE activities SET young = ?, backfilled = ? WHERE id = ?")
            for id in state.arrived {
                guard let arrivals = state.arrivals[id] else { continue }
                try counters.execute(arguments: [arrivals.young, arrivals.backfilled, id])
            }
            let matches = try db.cachedStatement(sql: "INSERT OR REPLACE INTO filter_matches VALUES (?, ?)")
            for (series, young) in state.youngMatches { try matches.execute(arguments: [series, young]) }
            try db.execute(sql: "DELETE FROM journal")
            try db.execute(sql: "UPDATE meta SET value = value + 1 WHERE name = 'folds'")
            try EventIndexTable.fold(db)
        }
        for key in changed { state.blockCache[key] = nil }
        state.overlay = [:]
        state.reduced = []
        state.pending.removeAll()
        state.arrived = []
        state.unfoldedCells = 0
        state.seen.folded()
        // The fold is done, whatever becomes of this.
        try? emptyLog()
    }
}
