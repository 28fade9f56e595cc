import Foundation
import GRDB
import TrailBlocks
import TrailModel

/// Reads a store beside whoever writes it: every query sees one moment.
package struct StoreReader: Sendable {
    let path: String
    let database: DatabaseQueue

    package init(directory: String) throws {
        let path = Store.path(in: directory)
        guard FileManager.default.fileExists(atPath: path) else { throw StoreError.notThere(directory: directory) }
        try self.init(path: path)
        let found = try database.read { try Schema.version(of: $0) }
        guard found <= Schema.version else { throw StoreError.newerFormat(found: found, known: Schema.version) }
        // Whoever made the file ended before it was a store; the next one to write makes it one.
        guard found > 0 else { throw StoreError.notThere(directory: directory) }
    }

    /// Reads the copy of a store.
    package init(file path: String) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else {
            throw StoreError.noFile(path: path)
        }
        let found: Int
        do {
            try self.init(path: path)
            found = try database.read { try Schema.version(of: $0) }
        } catch let error as DatabaseError {
            throw StoreError.notAStore(path: path, reason: error.message ?? "\(error.resultCode)")
        }
        guard found <= Schema.version else { throw StoreError.newerFormat(found: found, known: Schema.version) }
        guard found > 0 else { throw StoreError.notAStore(path: path, reason: "it has no format") }
    }

    private init(path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.readonly = true
        database = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// The datapoints of a metric per period, grouped by the dimensions that `query` leaves open.
    ///
    /// - Complexity: O(blocks of the range), each decoded once.
    package func result(of query: MetricQuery) throws -> QueryResult {
        try database.read { db in
            var state = try StoreState(db, forWriting: false)
            try state.settle()
            let names = query.dimensions.map(\.name).sorted()
            let key = SeriesTable.FamilyKey(namespace: query.namespace, name: query.metricName, dimensions: names)
            guard let family = state.series.family(key) else { return QueryResult(isKnown: false) }
            guard query.periodSeconds % family.resolution.seconds == 0 else {
                throw QueryError.period(got: query.periodSeconds, multipleOf: family.resolution.seconds)
            }
            var groups: [UInt32: [String]] = [:]
            for number in family.series {
                let values = state.series.values[number] ?? []
                let byName = Dictionary(uniqueKeysWithValues: zip(names, values))
                guard query.dimensions.allSatisfy({ $0.value == nil || $0.value == byName[$0.name] }) else { continue }
                groups[number] = query.groupNames.compactMap { byName[$0] }
            }
            var sets: [QueryResult.Key: StatisticSet] = [:]
            func add(_ block: Block, _ key: StoreState.BlockKey) {
                for (series, cells) in block.series {
                    guard let group = groups[key.page << 8 | UInt32(series)] else { continue }
                    for cell in cells {
                        let seconds = key.day * 86_400 + Int64(cell.slot) * key.resolution.seconds
                        let slot = Timestamp(seconds: seconds)
                        guard slot >= query.from, slot < query.to else { continue }
                        let place = QueryResult.Key(start: slot.floored(toSeconds: query.periodSeconds), group: group)
                        if sets[place]?.add(cell.set) == nil { sets[place] = cell.set }
                    }
                }
            }
            let days = floorDivide(query.from.seconds, 86_400)...floorDivide(query.to.seconds, 86_400)
            let pages = Set(groups.keys.map { $0 >> 8 })
            let rows = try Row.fetchCursor(
                db, sql: "SELECT day, page, payload FROM blocks WHERE resolution = ? AND day BETWEEN ? AND ?",
                arguments: [family.resolution.seconds, days.lowerBound, days.upperBound])
            while let row = try rows.next() {
                let page: UInt32 = row["page"]
                guard pages.contains(page) else { continue }
                add(
                    try Block(decoding: row.bytes("payload")),
                    StoreState.BlockKey(resolution: family.resolution, day: row["day"], page: page))
            }
            for (key, block) in state.overlay where key.resolution == family.resolution && days.contains(key.day) {
                add(block, key)
            }
            // Where samples were taken away and are not folded yet, none may be left.
            return QueryResult(sets: sets.filter { $0.value.sampleCount > 0 })
        }
    }
}
