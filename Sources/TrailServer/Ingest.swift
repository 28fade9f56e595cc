package import TrailCounts
package import TrailModel
package import TrailSources
package import TrailStore

/// Reads log files into a store: each file all or nothing, a bad one reported and passed over.
package struct Ingest: ~Copyable {
    /// Files are committed together until they hold this many events or are this many: one transaction costs the disk
    /// more than a small file does.
    static let batchEventsMax = 20_000
    static let batchFilesMax = 256

    /// What became of one file.
    package struct Outcome: Sendable {
        package enum Status: Sendable {
            case read(FileStatus)
            /// The ledger has it: nothing changed.
            case known(FileStatus)
            /// It could not be read and may still be growing: nothing was written down.
            case unfinished
        }

        package let file: LogFile
        /// The ledger's key.
        package let key: String
        package let status: Status
        package let reason: String?
        package let count: FileCount
        /// Events that event rules match and nobody is told of, since the file has too many.
        package var untold = 0
    }

    /// The name under which `trailwatch ingest` leaves its changes: decisions that they make are never announced.
    package static let commandSource = "ingest"

    private let store: Store
    private let plan: CountingPlan
    private let source: String
    private let time: any TimeSource
    private let mayGrow: @Sendable (LogFile) -> Bool
    private let library: InflateLibrary
    private let workers: Int
    private var decoder: FileDecoder
    private var pending: [(file: LogFile, read: ReadFile)] = []
    private var pendingEvents = 0
    /// Keys of files committed since the ledger was asked for those that are being read: copies may be among them.
    private var committedKeys: Set<String> = []

    /// Counts with `plan` under the name of `source`, decoding on `workers` threads; `mayGrow` says whether a file that
    /// cannot be read is to be left for later, not rejected.
    package init(
        store: Store, plan: CountingPlan, source: String = Ingest.commandSource, time: any TimeSource,
        library: InflateLibrary = .auto, workers: Int = 1,
        mayGrow: @escaping @Sendable (LogFile) -> Bool = { _ in false }
    ) {
        self.store = store
        self.plan = plan
        self.source = source
        self.time = time
        self.mayGrow = mayGrow
        self.library = library
        self.workers = workers
        decoder = FileDecoder(plan: plan, library: library)
    }

    /// Reads `files` and hands each outcome to `report` once its effects are on disk.
    ///
    /// - Throws: What keeps the store from writing; what was reported until then stays counted.
    package mutating func run(_ files: [LogFile], report: (Outcome) -> Void) throws {
        try read(files, report: report)
        try store.fold()
    }

    /// Files that are looked up in the ledger before those that it lacks are decoded.
    private static let chunkFilesMax = 8192
    /// For fewer files it does not pay to start threads.
    static let parallelFilesMin = 8

    /// Reads `files` and commits all their effects.
    ///
    /// - Throws: What keeps the store from writing; what was reported until then stays counted.
    mutating func read(_ files: [LogFile], report: (Outcome) -> Void) throws {
        var rest = files[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(Self.chunkFilesMax)
            rest = rest.dropFirst(chunk.count)
            committedKeys = []
            var new: [LogFile] = []
            for file in chunk {
                if let outcome = try knownOutcome(file) { report(outcome) } else { new.append(file) }
            }
            guard workers > 1, new.count >= Self.parallelFilesMin else {
                for file in new { try add(decoder.decode(file), of: file, report: report) }
                continue
            }
            let pool = DecodingPool(new, plan: plan, library: library, workers: workers)
            defer { pool.cancel() }
            for (index, file) in new.enumerated() {
                if let decoded = pool.take(index) { try add(decoded, of: file, report: report) }
            }
        }
        try flush(report: report)
    }

    /// Files that were read and are not committed yet.
    var uncommitted: [LogFile] { pending.map(\.file) }

    /// True when a batch waits that is as large as one may be.
    var isFull: Bool { pendingEvents >= Self.batchEventsMax || pending.count >= Self.batchFilesMax }

    /// Reads one file; its effects wait until ``flush(report:)`` or until the batch is full.
    ///
    /// - Throws: What keeps the store from writing; then nothing of the batch is lost, and `file` is not in it.
    mutating func add(_ file: LogFile, report: (Outcome) -> Void) throws {
        if isFull { try flush(report: report) }
        committedKeys = []
        if let outcome = try knownOutcome(file) {
            report(outcome)
        } else {
            try add(decoder.decode(file), of: file, report: report)
        }
    }

    private mutating func add(_ read: ReadFile, of file: LogFile, report: (Outcome) -> Void) throws {
        if isFull { try flush(report: report) }
        if read.status == .rejected, mayGrow(file) {
            report(Outcome(file: file, key: read.key, status: .unfinished, reason: read.reason, count: FileCount()))
            return
        }
        // A file of the same name may wait in this batch; the ledger must know it first.
        let isRepeated = pending.contains { $0.read.key == read.key }
        if isRepeated { try flush(report: report) }
        if isRepeated || committedKeys.contains(read.key) || read.key.hasPrefix(LogFileReader.bytesKeyPrefix),
            let outcome = try knownOutcome(file, key: read.key, size: read.size)
        {
            report(outcome)
            return
        }
        pending.append((file, read))
        pendingEvents += read.extract?.events.count ?? 0
    }

    /// Commits what waits.
    ///
    /// - Throws: What keeps the store from writing; the batch waits on.
    mutating func flush(report: (Outcome) -> Void) throws {
        guard !pending.isEmpty else { return }
        let counts: [FileCount]
        do {
            counts = try store.commit(pending.map(\.read), plan: plan, source: source, now: time.now())
        } catch let error as StoreError where error.isAboutOneFile {
            try flushOneByOne(report)
            return
        }
        let files = pending
        committedKeys.formUnion(pending.map(\.read.key))
        pending = []
        pendingEvents = 0
        for ((file, read), count) in zip(files, counts) {
            report(
                Outcome(
                    file: file, key: read.key, status: .read(read.status), reason: read.reason, count: count,
                    untold: read.extract?.ruleMatchesLeftOut ?? 0))
        }
    }

    /// Commits each file alone, and refuses those that the store cannot take.
    private mutating func flushOneByOne(_ report: (Outcome) -> Void) throws {
        while let (file, read) = pending.first {
            var committed = read
            var count = FileCount()
            do {
                count = try store.commit([read], plan: plan, source: source, now: time.now()).first ?? count
            } catch let error as StoreError where error.isAboutOneFile {
                committed = ReadFile(
                    key: read.key, size: read.size, status: .rejected, reason: "\(file.name): \(error)")
                _ = try store.commit([committed], plan: plan, source: source, now: time.now())
            }
            committedKeys.insert(read.key)
            pending.removeFirst()
            report(
                Outcome(
                    file: file, key: read.key, status: .read(committed.status), reason: committed.reason, count: count,
                    untold: committed.extract?.ruleMatchesLeftOut ?? 0))
        }
        pendingEvents = 0
    }

    /// Outside the layout only the bytes name a file.
    private func knownOutcome(_ file: LogFile) throws -> Outcome? {
        try LogFileReader.ledgerKey(ofPath: file.path).flatMap { try knownOutcome(file, key: $0, size: file.size) }
    }

    private func knownOutcome(_ file: LogFile, key: String, size: Int64) throws -> Outcome? {
        guard let status = try store.knownStatus(key: key, size: size), status != .rejected else { return nil }
        return Outcome(file: file, key: key, status: .known(status), reason: nil, count: FileCount())
    }
}
