import TrailCounts
import TrailModel
package import TrailPatterns
import TrailSources
package import TrailStore

/// Reads the counts of a store for a backtest, and counts anew, from the log files, what it lacks; it is never written.
///
/// What it lacks is what filters would have counted that it was not, or not only, counted with, and minutes that were
/// deleted.
package struct BacktestStore {
    private let reader: StoreReader
    private let filters: [MetricFilter]
    /// Metrics of which the store holds something else than the filters count.
    private let inexact: Set<Metric>
    /// Before this time minutes were deleted; `nil` when all are there.
    private let minutesKeptFrom: Timestamp?
    /// Filters that some counted files know nothing of, each with the number of those files.
    package let uncounted: [(filter: MetricFilter, files: Int)]
    /// The files that are to be counted again.
    package let files: [LedgerFile]

    package init(reader: StoreReader, filters: [MetricFilter]) throws {
        self.reader = reader
        self.filters = filters
        let sets = try reader.filesByFilters()
        uncounted = filters.compactMap { filter in
            let name = CountingPlan.ledgerName(filter)
            let lacking = sets.filter { !$0.filters.contains(name) }.reduce(0) { $0 + $1.count }
            return lacking > 0 ? (filter, lacking) : nil
        }
        let counted = sets.map(\.filters)
        let wanted = Dictionary(grouping: filters, by: \.metric).mapValues { Set($0.map(CountingPlan.ledgerName)) }
        inexact = Set(
            wanted.filter { metric, names in
                let prefix = CountingPlan.ledgerPrefix(metric)
                return counted.contains { $0.filter { $0.hasPrefix(prefix) } != names }
            }.keys)
        let kept = filters.isEmpty ? nil : try reader.keptFrom(.minute)
        minutesKeptFrom = kept
        guard !inexact.isEmpty || kept != nil else {
            files = []
            return
        }
        let all = try reader.ledgerFiles()
        files = inexact.isEmpty ? all.filter { file in kept.map { file.first ?? $0 < $0 } ?? true } : all
    }

    /// Counts what is lacking, where its files are still there.
    ///
    /// - Returns: All counts, and notes for people on what they cannot hold.
    package func counts(
        by counter: BacktestFiles, progress: () -> Void = {}
    ) throws -> (counts: BacktestCounts, notes: [String]) {
        let reader = reader
        guard !files.isEmpty else { return (BacktestCounts(reader), []) }
        let (store, account, gone) = try counter.recount(files, filters: filters, progress: progress)
        let goneDays = days(of: gone.map(\.file))
        let (inexact, kept) = (inexact, minutesKeptFrom)
        // Metrics that only the count anew has are in groups of their own.
        let counts = BacktestCounts(
            groups: { query in
                let known = try reader.groups(of: query)
                let metrics = Set(known.flatMap(\.metrics))
                let more = try store.groups(of: query).filter { metrics.isDisjoint(with: $0.metrics) }
                return known + more
            }
        ) { metric, range in
            if inexact.contains(metric.withoutDimensions) { return try store.slots(of: metric, in: range) }
            guard let kept, metric.resolution == .minute, range.lowerBound < kept else {
                return try reader.slots(of: metric, in: range)
            }
            func isAnew(_ time: Timestamp) -> Bool {
                time < kept && !goneDays.contains(floorDivide(time.seconds, 86_400))
            }
            let stored = try reader.slots(of: metric, in: range).filter { !isAnew($0.start) }
            return (try store.slots(of: metric, in: range).filter { isAnew($0.start) } + stored)
                .sorted { $0.start < $1.start }
        }
        return (counts, notes(gone: gone, faults: account.faults, goneDays: goneDays))
    }

    private func notes(
        gone: [(file: LedgerFile, reason: String)], faults: [String], goneDays: Set<Int64>
    ) -> [String] {
        guard let first = gone.first else { return [] }
        var notes: [String] = []
        let names = filters.filter { inexact.contains($0.metric) }.map(\.name)
        let reason = faults.first ?? first.reason
        if !names.isEmpty {
            let text = names.count <= 3 ? names.joined(separator: ", ") : "\(names.count) metric filters"
            notes.append(
                "warning: \(gone.count) of \(files.count) counted files could not be read again: the matches of \(text) in "
                    + "them are missing; the first: \(reason)")
        }
        if let minutesKeptFrom, !goneDays.isEmpty {
            notes.append(
                "note: before \(minutesKeptFrom.rfc3339) minutes were deleted, and log files of \(goneDays.count) days are "
                    + "not where they were read: five minutes, or an hour, stand there as the last minute of them; alarms on "
                    + "shorter periods are decided otherwise than they were; the first: \(reason)")
        }
        return notes
    }

    private func days(of files: [LedgerFile]) -> Set<Int64> {
        guard let minutesKeptFrom else { return [] }
        return files.reduce(into: []) { days, file in
            guard let first = file.first, let last = file.last, first < minutesKeptFrom else { return }
            days.formUnion(floorDivide(first.seconds, 86_400)...floorDivide(last.seconds, 86_400))
        }
    }
}
