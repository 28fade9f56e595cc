import Foundation
import GRDB
import Synchronization
import TrailBlocks
package import TrailCounts
import TrailEvents
package import TrailModel

/// Keeps counts, event ids and the ledger of files in SQLite, one transaction per commit.
///
/// A commit writes one packed blob per kind and is then added to memory; folding moves what gathered there into the
/// blocks. Reading adds both.
package final class Store: Sendable {
    /// After this many cell additions the next commit folds.
    static let unfoldedCellsMax = 1_000_000
    /// Likewise after this many counts of activities, each of which stands for ten cells or more.
    static let pendingCountsMax = 200_000
    /// Samples that were added as such stand for one cell each.
    static let pendingSamplesMax = 4_000_000
    /// Likewise after this many event ids.
    static let unfoldedKeysMax = 1_000_000

    /// A longer write-ahead log is cut to this when it begins anew.
    static let logBytesMax = 16 << 20

    let path: String
    let database: any DatabaseWriter
    /// `nil` for a store that nobody else can open.
    private let lock: StoreLock?
    let state: Mutex<StoreState>

    /// Makes an empty store for the moment: SQLite keeps it in a file without a name, where temporary files are, which is
    /// gone when the store is let go or the process ends, however it ends.
    package init(temporary: ()) throws {
        lock = nil
        path = "a temporary store"
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            // Nothing of it outlives a crash.
            try db.execute(sql: "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")
        }
        let queue = try DatabaseQueue(path: "", configuration: configuration)
        database = queue
        state = Mutex(
            try queue.write { db in
                try Schema.migrate(db)
                return try StoreState(db, forWriting: true)
            })
    }

    /// Opens the store in `directory` for writing, making it when there is none.
    ///
    /// - Throws: ``StoreError`` for a store in use by another writer or of a newer format; what SQLite says otherwise.
    package init(directory: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw StoreError.cannotMake(directory: directory, reason: plainReason(of: error))
        }
        lock = try StoreLock(directory: directory)
        path = Self.path(in: directory)
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = \(Self.logBytesMax)
                    """)
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        database = queue
        state = Mutex(
            try queue.write { db in
                try Schema.migrate(db)
                return try StoreState(db, forWriting: true)
            })
    }

    /// Ends the use of the store; whatever is asked of it afterwards fails.
    package func close() throws {
        try database.close()
    }

    static func path(in directory: String) -> String { "\(directory)/trailwatch.sqlite" }

    /// What the ledger says of the file `key` of `size` bytes; `nil` for a file to be read.
    package func knownStatus(key: String, size: Int64) throws -> FileStatus? {
        // One statement sees one moment anyway; a transaction for each file would cost several times as much.
        try database.unsafeRead { db in
            let statement = try db.cachedStatement(sql: "SELECT status FROM ledger WHERE key = ? AND size = ?")
            return try String.fetchOne(statement, arguments: [key, size])
        }.flatMap(FileStatus.init)
    }

    /// Counts `files` and writes all their effects in one transaction.
    ///
    /// The minutes that they changed wait under the name of their `source` until every alarm has been evaluated.
    /// - Returns: What became of each file, in order. A file that is already in the ledger changes nothing.
    /// - Throws: When nothing was written, neither to disk nor to memory.
    package func commit(
        _ files: [ReadFile], plan: CountingPlan, source: String, now: Timestamp
    ) throws -> [FileCount] {
        try state.withLock { state in
            do {
                return try naming {
                    let counts = try commit(files, plan: plan, source: source, now: now, state: &state)
                    // The files are counted; what cannot be folded now is folded later.
                    if state.unfoldedCells > Self.unfoldedCellsMax || state.pending.count > Self.pendingCountsMax
                        || state.seen.unfoldedCount > Self.unfoldedKeysMax
                    {
                        try? fold(&state)
                    }
                    state.seen.letGo(slack: SeenEvents.residentKeysMax)
                    return counts
                }
            } catch {
                state.rollBack()
                throw error
            }
        }
    }

    private func commit(
        _ files: [ReadFile], plan: CountingPlan, source: String, now: Timestamp, state: inout StoreState
    ) throws -> [FileCount] {
        var batch = CountBatch()
        var counts: [FileCount] = []
        try define(plan, &state)
        let filters = try filterSet(Set(plan.filterNames), &state)
        let filtersOfFiles = try files.map { try self.filters(of: $0, read: filters, &state) }
        state.seen.filters = filters
        for file in files {
            guard let extract = file.extract else {
                counts.append(FileCount())
                continue
            }
            try makeResident(CountBatch.neededSlots(of: extract), state: &state)
            counts.append(
                batch.add(
                    extract, plan: plan, arrivedAt: now, seen: &state.seen, activities: &state.activities))
        }
        let entry = try state.entry(of: batch)
        let closedChanges = try closedChanges(entry, &state)
        state.seen.sortStaged()
        let keys = state.seen.stagedKeys
        try database.write { db in
            try db.execute(sql: "UPDATE meta SET value = value + 1 WHERE name = 'last_commit'")
            let number = try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'last_commit'") ?? 0
            try Self.writeNumbers(state, to: db)
            for (index, file) in files.enumerated() {
                let place = (commit: number, index: index, filters: filtersOfFiles[index])
                try Self.writeLedger(file, counts[index], place, now: now, to: db)
            }
            try Self.count(counts, to: db)
            try EventIndexTable.write(files, commit: number, to: db)
            for (status, group) in Dictionary(grouping: files, by: \.status) {
                try db.add(group.count, to: "files", status.rawValue)
            }
            guard !batch.isEmpty else { return }
            try Self.write(batch.ruleMatches, commit: number, source: source, to: db)
            try closedChanges.write(commit: number, to: db)
            try entry.write(commit: number, eventIDs: encodeKeys(bySlot: keys, filters: filters), to: db)
            try db.execute(
                sql: "INSERT INTO unevaluated VALUES (?, ?, ?)",
                arguments: [number, source, Data(encodeMinutes(batch.minutes))])
        }
        state.series.saved()
        state.savedActivities = state.activities.activities.count
        state.seen.commit()
        try state.apply(entry)
        return counts
    }

    func makeResident(_ slots: Set<Timestamp>, state: inout StoreState) throws {
        let missing = slots.filter { !state.seen.isResident($0) }
        if !missing.isEmpty {
            // Nobody else writes: no transaction is needed for one moment.
            try database.unsafeRead { db in
                for (_, slots) in Dictionary(grouping: missing, by: { $0.floored(toSeconds: 3600) }) {
                    guard let first = slots.first else { continue }
                    let hour = try EventIDHour(of: first, unnamed: state.filtersOfUnnamedIDs, db)
                    for slot in slots { state.seen.load(slot, groups: try hour.groups(of: slot)) }
                }
            }
        }
        state.seen.touch(slots)
    }

    static func writeNumbers(_ state: StoreState, to db: Database) throws {
        try state.series.write(to: db)
        let statement = try db.cachedStatement(sql: "INSERT INTO activities VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)")
        for (id, activity) in state.activities.activities.enumerated().dropFirst(state.savedActivities) {
            try statement.execute(arguments: [
                id, activity.eventSource, activity.eventName, activity.awsRegion, activity.recipientAccountID,
                activity.userIdentityType, activity.errorCode,
            ])
        }
    }

    private static func count(_ counts: [FileCount], to db: Database) throws {
        try db.add(counts.reduce(0) { $0 + $1.counted }, to: "records", "counted")
        try db.add(counts.reduce(0) { $0 + $1.duplicate }, to: "records", "duplicate")
        try db.add(counts.reduce(0) { $0 + $1.malformed }, to: "records", "malformed")
        try db.add(counts.reduce(0) { $0 + $1.future }, to: "records", "future")
    }

    /// A file that is read again stands where it stood among the others.
    private static func writeLedger(
        _ file: ReadFile, _ count: FileCount, _ place: (commit: Int64, index: Int, filters: Int64), now: Timestamp,
        to db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO ledger VALUES (?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                    COALESCE((SELECT ordinal FROM ledger WHERE key = ?1), ?), ?)
                """)
        try statement.execute(arguments: [
            file.key, file.size, file.status.rawValue, file.reason, now.milliseconds, place.commit, place.filters,
            count.records, count.counted, count.duplicate, count.malformed, count.errors, count.first?.seconds,
            count.last?.seconds, place.commit << 20 | Int64(place.index), root(of: file),
        ])
        let aside = try db.cachedStatement(sql: "INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?, ?)")
        for bad in file.extract?.badRecords ?? [] {
            try aside.execute(arguments: [file.key, bad.index, bad.offset, bad.length, bad.reason.rawValue])
        }
    }

    /// Says which file it was that SQLite could not write.
    func naming<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreError.cannotWrite(path: path, reason: error.message ?? "\(error.resultCode)")
        }
    }
}
