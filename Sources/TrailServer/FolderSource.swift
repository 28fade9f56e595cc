import Logging
import TrailCounts
import TrailEvents
import TrailModel
import TrailSources
import TrailStore

/// A trail folder at work: finds what is new in it, reads it, and knows how far its events are complete.
final class FolderSource {
    /// A folder that cannot be listed for longer holds nothing back any more.
    static let outageSeconds: Int64 = 900

    private(set) var stored: StoredSource
    /// True until every file of the first listing is read, and again after an outage.
    private(set) var isBehind = true
    /// True while old files are read behind newer ones.
    var isFilling: Bool { filledFrom != nil || hasMore }
    /// The start of the days that are read whole, while older ones are read behind them, of a source that is fed.
    private(set) var filledFrom: Timestamp?

    private var folder: LogFolder
    private var ingest: Ingest
    private var queue: ArraySlice<LogFile> = []
    private(set) var lanes: LaneTable
    private var newestStamp: Timestamp?
    private(set) var unlistableSince: Timestamp?
    /// True for files that appear whole.
    private let isWrittenByUs: Bool
    /// True when files are handed over (``take(_:now:)``) and the folder is not listed.
    private let isFed: Bool
    private let logger: Logger

    init(
        root: String, stored: StoredSource, listed: [String: Int64], lanes: LaneTable.State,
        ingest: consuming Ingest, latenessSeconds: Int64?, isWrittenByUs: Bool = false, isFed: Bool = false,
        logger: Logger
    ) {
        self.isWrittenByUs = isWrittenByUs
        self.isFed = isFed
        folder = LogFolder(root: root, known: listed)
        self.stored = stored
        self.ingest = ingest
        self.lanes = LaneTable(
            state: lanes, watermark: stored.watermark, fixedLatenessSeconds: latenessSeconds)
        newestStamp = stored.newestStamp
        self.logger = logger
    }

    /// Counts with another plan from the next file on.
    ///
    /// What was read and could not be committed is read again; who feeds a source hands it over again.
    func replaceIngest(_ new: consuming Ingest) {
        if !isFed { queue = ingest.uncommitted + queue }
        ingest = new
    }

    var hasMore: Bool { !queue.isEmpty }

    /// Lists the folder when nothing waits, and reads one batch of what waits.
    ///
    /// - Throws: What keeps the store from writing; the files wait on.
    func read(now: Timestamp) throws {
        guard !isFed else {
            try ingest.flush { note($0, now) }
            stored.newestStamp = newestStamp
            stored.watermark = lanes.advance(now: now, isBehind: isBehind)
            return
        }
        if queue.isEmpty { list(now) }
        // What waited when the store could not be written.
        try ingest.flush { note($0, now) }
        let batch = Array(queue.prefix(Ingest.batchFilesMax))
        try ingest.read(batch) { note($0, now) }
        queue.removeFirst(batch.count)
        guard queue.isEmpty else { return }
        if unlistableSince == nil { isBehind = false }
        stored.newestStamp = newestStamp
        stored.watermark = lanes.advance(now: now, isBehind: isBehind)
    }

    /// Says of a source that is fed whether everything that was there at the start is read, and from which day
    /// on, when older ones come behind it.
    func setBehind(_ isBehind: Bool, filledFrom: Timestamp?) {
        self.isBehind = isBehind
        self.filledFrom = filledFrom
    }

    /// Reads files that were just put into the folder.
    ///
    /// - Returns: What became of each of them.
    /// - Throws: What keeps the store from writing; what is not counted yet is counted when it can be written again.
    func take(_ files: [LogFile], now: Timestamp) throws -> [Ingest.Outcome] {
        var outcomes: [Ingest.Outcome] = []
        for file in files { try ingest.add(file) { outcomes.append($0) } }
        try ingest.flush { outcomes.append($0) }
        for outcome in outcomes { note(outcome, now) }
        return outcomes
    }

    /// Directories whose files are all in the ledger, to be kept so that a restart need not list them.
    func takeListed() -> [String: Int64] {
        queue.isEmpty ? folder.takeListed() : [:]
    }

    /// True when a file of it came within the last hour.
    func isInUse(now: Timestamp) -> Bool {
        newestStamp.map { now.seconds(since: $0) < 3600 } ?? false
    }

    /// Slots that end here or before are complete; `nil` while none is known to be.
    var watermark: Timestamp? { stored.watermark }

    /// False for a folder that could not be listed for so long that nobody waits for it any more.
    func holdsOthersBack(now: Timestamp) -> Bool {
        unlistableSince.map { now.seconds(since: $0) < Double(Self.outageSeconds) } ?? true
    }

    private func list(_ now: Timestamp) {
        let listing = folder.poll(now: now)
        for fault in listing.faults { logger.error("Could not list a folder", metadata: ["error": "\(fault.message)"]) }
        queue = listing.files[...]
        if folder.rootFault != nil {
            if unlistableSince == nil { unlistableSince = now }
            isBehind = true
        } else if unlistableSince != nil {
            unlistableSince = nil
            logger.notice("The folder can be listed again", metadata: ["folder": "\(folder.root)"])
        }
    }

    private func note(_ outcome: Ingest.Outcome, _ now: Timestamp) {
        switch outcome.status {
        case .unfinished: folder.watch(outcome.file, .isIncomplete)
        case .known: break
        case .read(.rejected):
            folder.watch(outcome.file, .isRejected)
            logger.error("Rejected a log file", metadata: ["reason": "\(outcome.reason ?? outcome.key)"])
        case .read:
            if !isWrittenByUs, LogFolder.mayGrow(outcome.file, now: now) { folder.watch(outcome.file, .mayGrow) }
            if outcome.count.malformed > 0 {
                logger.warning(
                    "Set records aside",
                    metadata: ["file": "\(outcome.file.name)", "records": "\(outcome.count.malformed)"])
            }
            if outcome.untold > 0 {
                logger.error(
                    "Event rules match too many events of a file: these are counted, and nobody is told of them",
                    metadata: ["file": "\(outcome.file.name)", "events": "\(outcome.untold)"])
            }
            if outcome.count.future > 0, let last = outcome.count.last {
                logger.warning(
                    "Events of the future: a clock is wrong",
                    metadata: [
                        "file": "\(outcome.file.name)", "events": "\(outcome.count.future)", "last": "\(last.rfc3339)",
                    ])
            }
        }
        let name = LogFileName(path: outcome.key)
        switch name?.kind {
        // Their files come when they come, and say nothing of how complete the events are.
        case .insight, .aggregated: break
        case let kind:
            lanes.note(
                account: name?.account ?? "", region: name?.region ?? "", stamp: name?.stamp,
                oldestEvent: outcome.count.first, newestEvent: outcome.count.last, arrivedAt: now,
                isDigest: kind == .digest)
        }
        for stamp in [name?.stamp, outcome.count.last] {
            guard let stamp, stamp <= now else { continue }
            newestStamp = max(newestStamp ?? stamp, stamp)
        }
    }
}
