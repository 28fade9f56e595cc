import TrailCounts
import TrailModel
package import TrailPatterns
package import TrailSources
package import TrailStore

/// Counts log files into a store for the moment, so that a backtest can read any filter that never counted live.
package struct BacktestFiles {
    /// What became of the files.
    package struct Account: Sendable {
        package var files = 0
        package var events = 0
        package var duplicates = 0
        package var malformed = 0
        /// Why files could not be read, in their order.
        package var faults: [String] = []
        /// The ledger's keys of those that were counted.
        package var counted: Set<String> = []
    }

    private let library: InflateLibrary
    private let workers: Int

    package init(library: InflateLibrary = .auto, workers: Int = 1) {
        self.library = library
        self.workers = workers
    }

    /// Counts `files` with `filters`; `progress` is called once for each file.
    ///
    /// - Returns: The store, which is gone when it is let go, and what became of the files.
    /// - Throws: What keeps the temporary store from being written.
    package func count(
        _ files: [LogFile], filters: [MetricFilter], progress: () -> Void = {}
    ) throws -> (store: Store, account: Account) {
        let store = try Store(temporary: ())
        var account = Account()
        // When it is counted says nothing about it.
        let time = ReplayClock(Timestamp(seconds: 0))
        var ingest = Ingest(
            store: store, plan: CountingPlan(filters: filters), time: time, library: library, workers: workers)
        try ingest.run(files) { outcome in
            account.add(outcome)
            progress()
        }
        return (store, account)
    }

    /// Counts files of a ledger, of which some may be gone or hold something else by now.
    ///
    /// - Returns: The store, which is gone when it is let go, what became of the files, and those that it lacks.
    /// - Throws: What keeps the temporary store from being written.
    package func recount(
        _ files: [LedgerFile], filters: [MetricFilter], progress: () -> Void = {}
    ) throws -> (store: Store, account: Account, lacking: [(file: LedgerFile, reason: String)]) {
        var lacking: [(file: LedgerFile, reason: String)] = []
        var found: [LogFile] = []
        for file in files {
            do throws(UnavailableFile) {
                found.append(try LogFile(key: file.key, path: file.path, size: file.size))
            } catch {
                lacking.append((file, error.reason))
                progress()
            }
        }
        let (store, account) = try count(found, filters: filters, progress: progress)
        let absent = Set(lacking.map(\.file.key))
        for file in files where !account.counted.contains(file.key) && !absent.contains(file.key) {
            lacking.append((file, "\(file.path ?? file.key) holds something else now"))
        }
        return (store, account, lacking)
    }
}

extension BacktestFiles.Account {
    mutating func add(_ outcome: Ingest.Outcome) {
        files += 1
        events += outcome.count.counted
        duplicates += outcome.count.duplicate
        malformed += outcome.count.malformed
        switch outcome.status {
        case .read(.rejected): faults.append(outcome.reason ?? outcome.key)
        case .read(.counted): counted.insert(outcome.key)
        case .read(.digest), .known, .unfinished: break
        }
    }
}
