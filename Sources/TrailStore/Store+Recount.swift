import Foundation
import GRDB
import Synchronization
package import TrailCounts
import TrailModel
package import TrailPatterns

/// A file of the ledger whose events some filters were not counted for.
package struct UncountedFile: Sendable {
    package let key: String
    /// Where it was read; `nil` when an older version read it, which did not keep that.
    package let path: String?
    package let size: Int64
    package let records: Int
    /// The set of filters that all of its events were counted with.
    let filters: Int64
    /// Files were counted in this order; the first of several copies of an event counts.
    let ordinal: Int64
}

/// Which filters are to be counted back, and over how many files.
package struct RecountPlan: Sendable {
    /// Filters that some file lacks.
    package let uncounted: [MetricFilter]
    /// Matches these and the filters whose samples they replace.
    package let counting: CountingPlan
    package let files: Int
    /// Filters that some files cannot be counted with, since the samples of one that is gone cannot be taken back.
    package let overlapping: [(filter: MetricFilter, files: Int)]
    /// Sets of filters of the files.
    let sets: Set<Int64>
    /// All filters that there are now.
    let present: CountingPlan
}

extension Store {
    /// Keys that wait in memory until a fold; the next recount folds when there are more.
    static let unfoldedRaisesMax = 500_000

    /// What is to be counted back so that all known files count in `filters`.
    ///
    /// - Complexity: O(files of the ledger) when the store knows a set of filters that lacks one.
    package func recountPlan(for filters: [MetricFilter]) throws -> RecountPlan {
        let present = CountingPlan(filters: filters)
        let (names, definitions) = try state.withLock { state in
            // In a store of an older version they may not be known yet.
            try naming { try define(present, &state) }
            return (state.filterSets, state.filterDefinitions)
        }
        let lacks = names.mapValues { present.lack(of: $0, definitions: definitions) }
            .filter { $0.value != FilterLack() }
        var files: [Int64: Int] = [:]
        if !lacks.isEmpty {
            files = try database.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT CAST(filters AS INTEGER) AS number, COUNT(*) AS count FROM ledger
                        WHERE status = 'counted' GROUP BY filters
                        """
                ).reduce(into: [:]) { all, row in all[row["number"]] = row["count"] }
            }
        }
        var uncounted: Set<Int> = []
        var overlapping: [Int: Int] = [:]
        var sets: Set<Int64> = []
        // Events may have been counted with sets that no file has any more.
        let replaced = lacks.values.reduce(into: Set()) { $0.formUnion($1.replaced) }
        for (set, lack) in lacks {
            guard let count = files[set] else { continue }
            uncounted.formUnion(lack.uncounted)
            for index in lack.overlapping { overlapping[index, default: 0] += count }
            if !lack.uncounted.isEmpty { sets.insert(set) }
        }
        let more = uncounted.sorted().map { filters[$0] }
        return RecountPlan(
            uncounted: more, counting: CountingPlan(filters: more + replaced.sorted().compactMap { definitions[$0] }),
            files: sets.reduce(0) { $0 + (files[$1] ?? 0) },
            overlapping: overlapping.sorted { $0.key < $1.key }.map { (filters[$0.key], $0.value) }, sets: sets,
            present: present)
    }

    /// The next files that `plan` is to be counted over, in the order in which they were counted first.
    package func uncountedFiles(
        of plan: RecountPlan, after last: UncountedFile?, limit: Int
    ) throws -> [UncountedFile] {
        let sets = plan.sets.map(String.init).joined(separator: ",")
        return try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT key, size, records, CAST(filters AS INTEGER) AS number, ordinal, root FROM ledger
                    WHERE status = 'counted' AND filters IN (\(sets)) AND ordinal > ? ORDER BY ordinal LIMIT ?
                    """, arguments: [last?.ordinal ?? -1, limit]
            ).map { row in
                let key: String = row["key"]
                let root: String? = row["root"]
                return UncountedFile(
                    key: key, path: root.map { Self.path(key: key, root: $0) }, size: row["size"],
                    records: row["records"], filters: row["number"], ordinal: row["ordinal"])
            }
        }
    }

    /// Counts the known events of `files` with the filters of `plan` that they lack, in one transaction.
    ///
    /// An event counts once in each filter whatever files hold it, in whatever order they come: its id names the filters
    /// that it was counted with. The minutes that change wait under the name of `source`, as those of a commit do.
    /// - Throws: When nothing was written, neither to disk nor to memory.
    package func recount(
        _ files: [(file: UncountedFile, extract: FileExtract)], plan: RecountPlan, source: String
    ) throws {
        guard !files.isEmpty else { return }
        try state.withLock { state in
            do {
                try naming {
                    try recount(files, plan, source, &state)
                    // What is taken away is not left beside what it is taken from.
                    if !state.reduced.isEmpty || state.unfoldedCells > Self.unfoldedCellsMax
                        || state.seen.unfoldedRaises > Self.unfoldedRaisesMax
                    {
                        try? fold(&state)
                    }
                    state.seen.letGo(slack: SeenEvents.residentKeysMax)
                }
            } catch {
                state.rollBack()
                throw error
            }
        }
    }

    private func recount(
        _ files: [(file: UncountedFile, extract: FileExtract)], _ plan: RecountPlan, _ source: String,
        _ state: inout StoreState
    ) throws {
        var batch = RecountBatch()
        var steps: [Int64: RecountBatch.Step] = [:]
        for (file, extract) in files {
            let slots = CountBatch.neededSlots(of: extract)
            try makeResident(slots, state: &state)
            for set in state.seen.filters(in: slots).union([file.filters]) where steps[set] == nil {
                steps[set] = try step(from: set, plan, &state)
            }
            batch.add(extract, plan: plan.counting, steps: steps, seen: &state.seen)
        }
        let samples = batch.samples
        var entry = JournalEntry()
        for (cell, set) in samples {
            let number = try state.series.number(of: cell.metric, resolution: .minute)
            entry.cells.append(JournalEntry.Cell(series: number, resolution: .minute, slot: cell.slot, set: set))
        }
        let closedChanges = try closedChanges(entry, &state)
        let ids = encodeKeys(bySlot: [:], filters: state.seen.filters, raised: state.seen.raisedKeys)
        try database.write { db in
            try db.execute(sql: "UPDATE meta SET value = value + 1 WHERE name = 'last_commit'")
            let number = try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'last_commit'") ?? 0
            try Self.writeNumbers(state, to: db)
            let mark = try db.cachedStatement(
                sql: "UPDATE ledger SET filters = ? WHERE key = ? AND filters = ? AND status = 'counted'")
            for (file, _) in files {
                guard let target = steps[file.filters]?.target else { continue }
                // One that was read anew in between is looked at again another time.
                try mark.execute(arguments: [target, file.key, file.filters])
            }
            try closedChanges.write(commit: number, to: db)
            try entry.write(commit: number, eventIDs: ids, to: db)
            guard !samples.isEmpty else { return }
            try db.execute(
                sql: "INSERT INTO unevaluated VALUES (?, ?, ?)",
                arguments: [number, source, Data(encodeMinutes(Set(samples.keys.map(\.slot)).sorted()))])
        }
        state.series.saved()
        state.savedActivities = state.activities.activities.count
        state.seen.commit()
        try state.apply(entry)
    }

    /// What is done for the events that were counted with the filters of `set`.
    private func step(
        from set: Int64, _ plan: RecountPlan, _ state: inout StoreState
    ) throws -> RecountBatch.Step? {
        guard let names = state.filterSets[set] else { return nil }
        let lack = plan.present.lack(of: names, definitions: state.filterDefinitions)
        let present = plan.present.filterNames
        let planned = Set(plan.uncounted.map(CountingPlan.ledgerName))
        let uncounted = lack.uncounted.filter { planned.contains(present[$0]) }
        guard !uncounted.isEmpty else { return nil }
        let more = Set(uncounted.map { present[$0] })
        let metrics = Set(uncounted.map { plan.present.filters[$0].metric })
        let replaced = lack.replaced.filter { state.filterDefinitions[$0].map { metrics.contains($0.metric) } ?? false }
        let samples = plan.counting.filterNames.map { name -> Int64 in
            more.contains(name) ? 1 : replaced.contains(name) ? -1 : 0
        }
        return RecountBatch.Step(
            samples: samples, target: try filterSet(names.subtracting(replaced).union(more), &state))
    }

    // MARK: Filters of files

    /// The number of a set of filters; one that is new is written at once.
    func filterSet(_ names: Set<String>, _ state: inout StoreState) throws -> Int64 {
        if let number = state.filterSetNumbers[names] { return number }
        let text = names.sorted().joined(separator: "\n")
        let number = try database.write { db in
            try db.execute(sql: "INSERT INTO filter_sets (names) VALUES (?)", arguments: [text])
            return db.lastInsertedRowID
        }
        state.add(filterSet: names, number: number)
        return number
    }

    /// Keeps what the filters of `plan` are, so that what they count can be taken back.
    func define(_ plan: CountingPlan, _ state: inout StoreState) throws {
        for (name, filter) in zip(plan.filterNames, plan.filters) where state.filterDefinitions[name] == nil {
            try database.write { db in
                try db.execute(
                    sql: "INSERT OR REPLACE INTO filter_definitions VALUES (?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        name, filter.name, filter.metric.namespace, filter.metric.name, filter.pattern.text,
                        filter.value.constant ?? 0, try FilterSelectionsText.text(of: filter),
                    ])
            }
            state.filterDefinitions[name] = filter
        }
    }

    /// The filters that all events of a file are counted with when it is read with those of `set`: what it holds that
    /// was known before may lack some of them.
    func filters(of file: ReadFile, read set: Int64, _ state: inout StoreState) throws -> Int64 {
        guard state.filterSets.count > 1, file.extract != nil else { return set }
        let known = try database.unsafeRead { db in
            let statement = try db.cachedStatement(
                sql: "SELECT CAST(filters AS INTEGER) FROM ledger WHERE key = ? AND status = 'counted'")
            return try Int64.fetchOne(statement, arguments: [file.key])
        }
        guard let known, known != set, let before = state.filterSets[known], let now = state.filterSets[set] else {
            return set
        }
        return try filterSet(before.intersection(now), &state)
    }

    // MARK: Where files are

    /// What the path of a file has before its key; the whole path when the key is no part of it.
    static func root(of file: ReadFile) -> String {
        file.path.hasSuffix("/" + file.key) ? String(file.path.dropLast(file.key.utf8.count)) : file.path
    }

    static func path(key: String, root: String) -> String {
        root.hasSuffix("/") ? root + key : root
    }
}
