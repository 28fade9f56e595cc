import Foundation
import GRDB
import Synchronization
import TrailBlocks
package import TrailModel

/// Reads a store beside whoever writes it: every query sees one moment.
package final class StoreReader: MetricSource, Sendable {
    let path: String
    let database: DatabaseQueue
    /// The index of the series and what is not in blocks yet, as they were at the last query.
    private let view = Mutex<StoreView?>(nil)

    package convenience init(directory: String) throws {
        let path = Store.path(in: directory)
        guard FileManager.default.fileExists(atPath: path) else { throw StoreError.notThere(directory: directory) }
        try self.init(path: path)
        let found = try database.read { try Schema.version(of: $0) }
        guard found <= Schema.version else { throw StoreError.newerFormat(found: found, known: Schema.version) }
        // Whoever made the file ended before it was a store; the next one to write makes it one.
        guard found > 0 else { throw StoreError.notThere(directory: directory) }
    }

    /// Reads the copy of a store.
    package convenience init(file path: String) throws {
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

    /// The datapoints of the metrics that `query` names, all at once.
    ///
    /// - Throws: ``QueryError``, also past the limits of the query; what SQLite says otherwise.
    package func result(of query: MetricQuery) throws -> QueryResult {
        var result = QueryResult(isKnown: false)
        var places: [[String?]: Int] = [:]
        var count = 0
        (result.isKnown, result.keptFrom) = try read(query) { start, group, set throws(QueryError) in
            count += 1
            guard count <= query.limits.datapointsMax else {
                throw .tooManyDatapoints(max: query.limits.datapointsMax)
            }
            let place = places[group] ?? result.groups.count
            if place == result.groups.count {
                places[group] = place
                result.groups.append(QueryResult.Group(values: group, points: []))
            }
            result.groups[place].points.append(QueryResult.Point(start: start, set: set))
        }
        result.groups.sort { QueryResult.isBefore($0.values, $1.values) }
        return result
    }

    /// Calls `body` with each datapoint, in time order and then in the order of the groups, as they are read.
    ///
    /// However long the range, no more than a day of it is in memory, and a period that reaches over days.
    /// - Returns: Whether a metric of this name with such dimensions was ever counted, and before which time of the range
    ///   the slots that the period needs were deleted.
    /// - Throws: ``QueryError``, what `body` throws, and what SQLite says.
    /// - Complexity: O(blocks of the range): with the coarsest level that fits the period.
    package func read(
        _ query: MetricQuery, _ body: (Timestamp, [String?], StatisticSet) throws -> Void
    ) throws -> (isKnown: Bool, keptFrom: Timestamp?) {
        try withView { try $0.read(query, $1, body) }
    }

    /// Looks at one moment of the store.
    func withView<Result: Sendable>(_ body: (StoreView, Database) throws -> Result) throws -> Result {
        try view.withLock { view in
            try database.read { db in
                // What is kept in memory goes if it cannot be brought up to date.
                let old = view.take()
                let current = try old?.updated(db) ?? StoreView(db)
                defer { view = current }
                return try body(current, db)
            }
        }
    }

    /// The slots of one metric that hold samples and start in `range`, sorted, as ``Store/slots(of:in:)`` gives them.
    package func slots(
        of metric: Metric, in range: Range<Timestamp>
    ) throws -> [(start: Timestamp, set: StatisticSet)] {
        try withView { try $0.slots(of: metric, in: range, $1) }
    }

    /// The slots as ``slots(of:in:)`` gives them, without some of the changes that they saw since they were closed.
    package func slots(
        of metric: Metric, in range: Range<Timestamp>, undoing changes: ChangesToUndo
    ) throws -> [(start: Timestamp, set: StatisticSet)] {
        try view.withLock { view in
            try database.read { db in
                let old = view.take()
                let current = try old?.updated(db) ?? StoreView(db)
                defer { view = current }
                let now = try current.slots(of: metric, in: range, db)
                return try current.state.undo(changes, in: now, of: metric, range, db)
            }
        }
    }

    /// Slots that were counted again, all of `range`, without some of the changes that they saw since they were closed.
    package func undoing(
        _ changes: ChangesToUndo, in slots: [(start: Timestamp, set: StatisticSet)], of metric: Metric,
        _ range: Range<Timestamp>
    ) throws -> [(start: Timestamp, set: StatisticSet)] {
        try withView { try $0.state.undo(changes, inCounted: slots, of: metric, range, $1) }
    }
}
