import Foundation
import GRDB
import TrailBlocks
package import TrailModel

/// Reads a store beside whoever writes it: every query sees one moment.
package struct StoreReader: MetricSource, Sendable {
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

    /// The datapoints of the metrics that `query` names.
    ///
    /// - Complexity: O(blocks of the range), each decoded once.
    package func result(of query: MetricQuery) throws -> QueryResult {
        try database.read { db in
            var state = try StoreState(db, forWriting: false)
            try state.settle()
            var result = QueryResult(isKnown: false)
            var sets: [[String?]: [Timestamp: StatisticSet]] = [:]
            for family in state.series.families where family.matches(query) {
                result.isKnown = true
                guard query.periodSeconds % family.resolution.seconds == 0 else {
                    throw QueryError.period(got: query.periodSeconds, multipleOf: family.resolution.seconds)
                }
                try add(family, query, state, db, to: &sets)
            }
            for (values, points) in sets {
                let points = points.sorted { $0.key < $1.key }.map { QueryResult.Point(start: $0.key, set: $0.value) }
                result.groups.append(QueryResult.Group(values: values, points: points))
            }
            result.groups.sort { QueryResult.isBefore($0.values, $1.values) }
            return result
        }
    }

    private func add(
        _ family: SeriesFamily, _ query: MetricQuery, _ state: StoreState, _ db: Database,
        to sets: inout [[String?]: [Timestamp: StatisticSet]]
    ) throws {
        var groups: [UInt32: [String?]] = [:]
        for index in 0..<family.count {
            let number = family.number(at: index)
            let byName = Dictionary(
                uniqueKeysWithValues: zip(family.key.dimensions, family.row(at: index).map { state.series.texts[$0] }))
            guard query.conditions.allSatisfy({ (byName[$0.name] == $0.value) == $0.isEqual }) else { continue }
            groups[number] = query.groupBy.map { byName[$0] }
        }
        let from = query.from.floored(toSeconds: query.periodSeconds)
        let to = query.to.floored(toSeconds: query.periodSeconds)
        func add(_ block: Block, _ key: StoreState.BlockKey) {
            for (series, cells) in block.series {
                guard let group = groups[key.page << 8 | UInt32(series)] else { continue }
                for cell in cells {
                    let seconds = key.day * 86_400 + Int64(cell.slot) * key.resolution.seconds
                    let slot = Timestamp(seconds: seconds)
                    guard slot >= from, slot < to else { continue }
                    let start = slot.floored(toSeconds: query.periodSeconds)
                    if sets[group]?[start]?.add(cell.set) == nil { sets[group, default: [:]][start] = cell.set }
                }
            }
        }
        let days = floorDivide(from.seconds, 86_400)...floorDivide(max(from, to).seconds, 86_400)
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
        sets = sets.mapValues { $0.filter { $0.value.sampleCount > 0 } }.filter { !$0.value.isEmpty }
    }
}

extension SeriesFamily {
    func matches(_ query: MetricQuery) -> Bool {
        guard key.namespace == query.namespace, key.name == query.metricName else { return false }
        return switch query.schema {
        case .exactly(let names): names.sorted() == key.dimensions
        case .any: true
        }
    }
}
