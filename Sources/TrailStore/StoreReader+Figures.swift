import GRDB
import TrailBlocks
import TrailModel

/// What the counts of a store take.
package struct StoreFigures: Sendable {
    /// Of series, blocks of all levels and their indexes, as pages of the file.
    package var bytes: Int64 = 0
    /// Slots of the levels of counting that hold samples.
    package var samples = 0
    /// Of event ids, as pages of the file.
    package var eventIDBytes: Int64 = 0
}

extension StoreReader {
    /// Reads every block of the levels of counting, which takes a while.
    package func figures() throws -> StoreFigures {
        try database.read { db in
            let state = try StoreState(db, forWriting: false)
            var figures = StoreFigures()
            let rows = try Row.fetchCursor(db, sql: "SELECT resolution, page, payload FROM blocks")
            while let row = try rows.next() {
                let page = UInt32(truncatingIfNeeded: row[1] as Int64)
                guard state.series.resolution(ofSeries: page << 8)?.seconds == row[0] as Int64 else { continue }
                try BlockReader(row.bytes("payload")).forEachSeries { _, cells in figures.samples += cells.slots.count }
            }
            let bytes = "SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE aggregate = TRUE AND name IN "
            figures.bytes =
                try Int64.fetchOne(
                    db, sql: bytes + "('blocks', 'families', 'series', 'series_pages', 'dimension_values')") ?? 0
            figures.eventIDBytes = try Int64.fetchOne(db, sql: bytes + "('event_ids')") ?? 0
            return figures
        }
    }
}
