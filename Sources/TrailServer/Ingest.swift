package import TrailCounts
import TrailEvents
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
        }

        package let file: String
        package let status: Status
        package let reason: String?
        package let count: FileCount
    }

    private let store: Store
    private let plan: CountingPlan
    private let time: any TimeSource
    private var reader: LogFileReader
    private var extractor: FileExtractor
    private var text = LogText()
    private var pending: [ReadFile] = []
    private var pendingEvents = 0

    package init(store: Store, plan: CountingPlan, time: any TimeSource, library: InflateLibrary = .auto) {
        self.store = store
        self.plan = plan
        self.time = time
        reader = LogFileReader(library: library)
        extractor = FileExtractor(plan: plan)
    }

    /// Reads `files` and hands each outcome to `report` once its effects are on disk.
    ///
    /// - Throws: What keeps the store from writing; what was reported until then stays counted.
    package mutating func run(_ files: [LogFile], report: (Outcome) -> Void) throws {
        for file in files {
            if let key = LogFileReader.ledgerKey(ofPath: file.path),
                let outcome = try knownOutcome(key: key, size: file.size)
            {
                try commit(report)
                report(outcome)
                continue
            }
            let read = extract(file)
            // A file of the same bytes may wait in this batch; the ledger must know it first.
            if pending.contains(where: { $0.key == read.key }) { try commit(report) }
            if let outcome = try knownOutcome(key: read.key, size: file.size) {
                try commit(report)
                report(outcome)
                continue
            }
            pending.append(read)
            pendingEvents += read.extract?.events.count ?? 0
            if pendingEvents >= Self.batchEventsMax || pending.count >= Self.batchFilesMax { try commit(report) }
        }
        try commit(report)
        try store.fold()
    }

    private func knownOutcome(key: String, size: Int64) throws -> Outcome? {
        guard let status = try store.knownStatus(key: key, size: size), status != .rejected else { return nil }
        return Outcome(file: key, status: .known(status), reason: nil, count: FileCount())
    }

    private mutating func extract(_ file: LogFile) -> ReadFile {
        let layoutKey = LogFileReader.ledgerKey(ofPath: file.path)
        do throws(LogReadError) {
            let key = try reader.read(file, into: &text)
            do throws(LogFileError) {
                let extract = try extractor.extract(text)
                return ReadFile(key: key, size: file.size, status: .counted, extract: extract)
            } catch .digest {
                return ReadFile(key: key, size: file.size, status: .digest)
            } catch {
                return ReadFile(
                    key: key, size: file.size, status: .rejected, reason: "\(file.path): \(error)")
            }
        } catch {
            return ReadFile(key: layoutKey ?? file.path, size: file.size, status: .rejected, reason: error.message)
        }
    }

    private mutating func commit(_ report: (Outcome) -> Void) throws {
        guard !pending.isEmpty else { return }
        let files = pending
        pending = []
        pendingEvents = 0
        let counts = try store.commit(files, plan: plan, now: time.now())
        for (file, count) in zip(files, counts) {
            report(Outcome(file: file.key, status: .read(file.status), reason: file.reason, count: count))
        }
    }
}
