import GRDB
import TrailBlocks
import TrailModel

/// What the counts of a store take.
package struct StoreFigures: Sendable {
    /// Of series, blocks of all levels and their indexes, as pages of the file.
    package var bytes: Int64 = 0
    /// Of the payloads of the blocks of the levels of counting alone.
    package var countedBytes: Int64 = 0
    /// Of the series, as pages of the file.
    package var seriesBytes: Int64 = 0
    /// Slots of the levels of counting that hold samples.
    package var samples = 0
    /// Of event ids, as pages of the file.
    package var eventIDBytes: Int64 = 0
    package var eventIDs: Int64 = 0
}

extension StoreReader {
    /// Reads every block of the levels of counting, which takes a while; what is not folded yet does not count.
    package func figures() throws -> StoreFigures {
        try database.read { db in
            let state = try StoreState(db, forWriting: false)
            var figures = StoreFigures()
            let rows = try Row.fetchCursor(db, sql: "SELECT resolution, page, payload FROM blocks")
            while let row = try rows.next() {
                let page = UInt32(truncatingIfNeeded: row[1] as Int64)
                guard state.series.resolution(ofSeries: page << 8)?.seconds == row[0] as Int64 else { continue }
                let payload = row.bytes("payload")
                figures.countedBytes += Int64(payload.count)
                try BlockReader(payload).forEachSeries { _, cells in figures.samples += cells.slots.count }
            }
            func pages(_ tables: String) throws -> Int64 {
                let sql = """
                    SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE aggregate = TRUE AND name IN (
                        SELECT name FROM sqlite_schema WHERE tbl_name IN (\(tables)))
                    """
                return try Int64.fetchOne(db, sql: sql) ?? 0
            }
            figures.seriesBytes = try pages("'families', 'series', 'series_pages', 'dimension_values'")
            figures.bytes = try pages("'blocks'") + figures.seriesBytes
            figures.eventIDBytes = try pages("'event_ids'")
            let events = "SELECT value FROM counters WHERE name = 'records' AND label = 'counted'"
            figures.eventIDs = try Int64.fetchOne(db, sql: events) ?? 0
            return figures
        }
    }
}
