import Foundation
import Logging
import Synchronization
import TrailAlarms
import TrailCounts
import TrailModel
import TrailPatterns
import TrailSources
import TrailStore
import TrailTemplates

/// The one place where things change: reads files, evaluates alarms and takes new alarm files in, one after another.
///
/// Whoever only looks reads the store and ``snapshot``, and never waits for a file.
actor Engine {
    /// What others may see, as of the last step.
    struct Snapshot: Sendable {
        var alarms: [(alarm: StoredAlarm, recipe: AlarmSeries, contributors: [StoredAlarm])] = []
        var composites: [StoredComposite] = []
        var mutes = Mutes()
        /// What the metric filters of the set count into, those without dimensions: others are known when they match.
        var filterMetrics: [Metric] = []
        /// True when every source has read what its first listing showed.
        var isCaughtUp = false
        var watermark: Timestamp?
        var isStoreWritable = true
        /// When the last step ended.
        var steppedAt: Timestamp?
        /// Alarms whose Metrics Insights query gives more series, or reads more metrics, than it may.
        var tooWide: [String] = []
        /// What should send files and does not, one line each.
        var silent: [String] = []
        /// The lanes of each source by its name.
        var lanes: [(source: String, figures: LaneFigures)] = []
        /// Sources that cannot be read, and since when.
        var unreadable: [(name: String, since: Timestamp)] = []
        var accountNames = AccountNames()
        /// Known files being counted for filters that they were read without.
        var recount = Recount.Progress()
        var reload: (isSuccessful: Bool, time: Timestamp)?
        /// The alarm files as they were when they were read last, good or not.
        var alarmFilesFingerprint: [String]?
    }

    /// What became of a reload.
    enum Reload: Sendable {
        case loaded(Evaluator.Changes, warnings: [Diagnostic])
        case refused(faults: [String])
    }

    let store: Store
    let settings: ServerSettings
    let time: any TimeSource
    let logger: Logger
    var announcer: Announcer
    let onMessages: @Sendable () -> Void
    var evaluator: Evaluator
    var sources: [FolderSource] = []
    /// The folder of events that came over HTTP, one of the sources.
    private(set) var posted: FolderSource?
    private let eventsFolder: EventsFolder
    /// The buckets among the sources, by name.
    var buckets: [String: FolderSource] = [:]
    var plan = CountingPlan(filters: [])
    /// Counts known files back, while there are any to be.
    var recount: Recount?
    /// The filters that were looked for in the known files last.
    var recountedFilters: [String] = []
    private var lastFold: Timestamp
    private var pace = EvaluationPace()
    private var lastLaneSave: Timestamp?
    private var lastForget: Timestamp?
    /// What was silent at the last look, by source.
    var silences: [String: Silence] = [:]
    let shared = Mutex(Snapshot())

    private static let foldSeconds = 60.0
    private static let laneSeconds = 300.0
    /// The files of posted events are whole days: looking at all of them more often would be for nothing.
    private static let forgetSeconds = 3600.0
    /// Delivered messages are kept this long, and the log of attempts.
    private static let deliveredSeconds: Int64 = 30 * 86_400

    init(
        store: Store, settings: ServerSettings, announcer: Announcer, time: any TimeSource, logger: Logger,
        onMessages: @escaping @Sendable () -> Void
    ) throws {
        self.store = store
        self.settings = settings
        self.time = time
        self.logger = logger
        self.announcer = announcer
        self.onMessages = onMessages
        let templates = settings.templates
        evaluator = Evaluator(
            store: store, accountID: templates.accountID, region: templates.region, announcer: announcer)
        lastFold = time.now()
        eventsFolder = EventsFolder(dataDirectory: settings.dataDirectory)
    }

    nonisolated var snapshot: Snapshot { shared.withLock { $0 } }

    // MARK: Starting

    /// Loads the alarm files and the sources.
    ///
    /// - Throws: ``InputError`` when there is no set to run: the files have errors and no earlier set is kept.
    func start() throws {
        let now = time.now()
        let mark = settings.notifySince ?? now.adding(seconds: -3600)
        switch try load(now: now, mark: mark) {
        case .loaded: break
        case .refused(let faults):
            let files = try store.alarmFiles()
            guard !files.isEmpty else { throw InputError(faults.joined(separator: "\n")) }
            for fault in faults { logger.error("An alarm file has an error", metadata: ["fault": "\(fault)"]) }
            let (set, diagnostics) = TemplateLoader(settings: settings.templates).load(AlarmFiles.documents(files))
            if diagnostics.contains(where: { $0.severity == .error }) {
                throw InputError(faults.joined(separator: "\n"))
            }
            _ = try take(set, files: nil, mark: mark, now: now)
            logger.error(
                "Running the last good set of alarm files until the errors are mended",
                metadata: ["alarms": "\(set.alarms.count)"])
        }
        for root in settings.trails {
            // One folder is one source, however its path is written.
            let name = "folder:\(URL(fileURLWithPath: root).resolvingSymlinksInPath().path)"
            try addSource(name, root: root, mark: mark)
        }
        for (number, bucket) in settings.buckets.enumerated() {
            let root = settings.downloadFolder(ofBucket: number)
            buckets[bucket.url] = try addSource(bucket.url, root: root, mark: mark, isWrittenByUs: true, isFed: true)
        }
        try FileManager.default.createDirectory(atPath: eventsFolder.root, withIntermediateDirectories: true)
        posted = try addSource("http", root: eventsFolder.root, mark: mark, isWrittenByUs: true)
        try beginRecount()
        try sendOrderedTests()
        publish()
    }

    /// Adds a source, with what is remembered of it; one that is new gets `mark`.
    @discardableResult
    private func addSource(
        _ name: String, root: String, mark: Timestamp, isWrittenByUs: Bool = false, isFed: Bool = false
    ) throws -> FolderSource {
        let known = try store.sources().first { $0.name == name }
        let stored = known ?? StoredSource(name: name, mark: mark)
        if known == nil {
            var record = EvaluationRecord()
            record.sources = [stored]
            try store.save(record)
        }
        let source = FolderSource(
            root: root, stored: stored, listed: try store.listedDirectories(of: name),
            lanes: try noted(Self.lanesNote(name)) ?? LaneTable.State(), ingest: ingest(for: name),
            latenessSeconds: settings.latenessSeconds, isWrittenByUs: isWrittenByUs, isFed: isFed, logger: logger)
        sources.append(source)
        return source
    }

    /// What was noted of something that new files make anew: nothing when the note cannot be read.
    func noted<Value: Decodable>(_ name: String) throws -> Value? {
        try store.note(named: name).flatMap { try? JSONDecoder().decode(Value.self, from: Data($0)) }
    }

    func note(_ value: some Encodable, as name: String) throws {
        try store.saveNote(try encoded(value), named: name)
    }

    func encoded(_ value: some Encodable) throws -> [UInt8] { Array(try JSONEncoder().encode(value)) }

    private static func lanesNote(_ source: String) -> String { "lanes of \(source)" }

    private func saveLanes() throws {
        for source in sources where !source.lanes.lanes.isEmpty {
            try note(source.lanes.state, as: Self.lanesNote(source.stored.name))
        }
    }

    func ingest(for source: String) -> Ingest {
        let time = time
        return Ingest(
            store: store, plan: plan, source: source, time: time, library: settings.inflateLibrary,
            workers: settings.workers,
            // What was downloaded from a bucket is whole, however young its copy is.
            mayGrow: { $0.origin == nil && LogFolder.mayGrow($0, now: time.now()) })
    }

    // MARK: Working

    /// Reads one batch of files and evaluates the alarms.
    ///
    /// - Returns: True when more files wait.
    /// - Throws: What keeps the store from writing; nothing is lost, and the next step tries the same again.
    func step() throws -> Bool {
        let wasBehind = isBehind
        let hasMore = try writing {
            // One source that fails keeps neither the others nor the alarms from going on.
            var failure: (any Error)?
            for source in sources {
                do {
                    try source.read(now: time.now())
                    try store.saveListed(source.takeListed(), of: source.stored.name)
                } catch {
                    failure = error
                }
            }
            var hasMore = sources.contains { $0.hasMore }
            let isIdle = !hasMore
            if isIdle {
                do { hasMore = try recountSlice() } catch { failure = error }
            }
            let now = time.now()
            if pace.isDue(now: now, hasMore: hasMore) { try evaluate() }
            if let failure { throw failure }
            if isIdle { try keepHouse(now) }
            return hasMore
        }
        publish()
        if wasBehind && !isBehind { logAlarms() }
        return hasMore || evaluator.hasMore
    }

    /// Keeps and counts events that came over HTTP, and evaluates the alarms.
    ///
    /// - Returns: The account of the batch, committed.
    /// - Throws: What keeps the store from writing; the batch is counted when it can be written again.
    func take(_ events: PostedEvents) throws -> FileCount {
        guard let posted else { return FileCount() }
        let now = time.now()
        let (outcomes, files) = try writing {
            let files = try eventsFolder.write(events, now: now)
            let outcomes = try posted.take(files, now: now)
            try evaluate()
            return (outcomes, Set(files.map(\.path)))
        }
        publish()
        let refused = outcomes.filter { if case .read(.rejected) = $0.status { true } else { false } }
        // Who sent them is told; they are not tried again at every start.
        for outcome in refused { try? FileManager.default.removeItem(atPath: outcome.file.path) }
        // With them may come what was posted before and could not be written then.
        if let first = refused.first(where: { files.contains($0.file.path) }) {
            throw PostedEventsError.refused(first.reason ?? "the events were refused")
        }
        var total = FileCount()
        for outcome in outcomes where files.contains(outcome.file.path) { total.add(outcome.count) }
        // A file that the ledger knows holds what was counted before.
        total.duplicate += events.count - total.records
        total.records = events.count
        return total
    }

    func evaluate() throws {
        try evaluator.evaluate(moment)
        if evaluator.hasMessages { onMessages() }
        if try evaluator.tellSummaries(moment) { onMessages() }
        noteTooWide()
        try tellRuleMatches()
    }

    private func noteTooWide() {
        let names = evaluator.tooWide.sorted()
        guard names != snapshot.tooWide else { return }
        shared.withLock { $0.tooWide = names }
        guard !names.isEmpty else { return }
        logger.warning(
            "A Metrics Insights query gives more than it may: its alarm keeps to the first series, or to those found before",
            metadata: [
                "alarms": "\(names)", "metrics.max": "\(InsightsQuery.metricsMax)",
                "series.max": "\(InsightsQuery.seriesMax)",
            ])
    }

    /// Does what needs the store, and says to others whether it could be written.
    func writing<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            let result = try body()
            shared.withLock { $0.isStoreWritable = true }
            return result
        } catch {
            shared.withLock { $0.isStoreWritable = false }
            throw error
        }
    }

    /// Writes what only memory holds; to be called once, at the end.
    func finish() throws {
        try evaluator.save(moment)
        try saveLanes()
        try store.fold()
    }

    private var isBehind: Bool { sources.isBehind(now: time.now()) }

    private var moment: Evaluator.Moment {
        Evaluator.Moment(now: time.now(), sources: sources, posted: posted, recount: recount)
    }

    private func keepHouse(_ now: Timestamp) throws {
        if lastLaneSave.map({ now.seconds(since: $0) >= Self.laneSeconds }) ?? true {
            lastLaneSave = now
            try saveLanes()
            try noteSilence(now)
        }
        guard now.seconds(since: lastFold) >= Self.foldSeconds else { return }
        lastFold = now
        if store.isUnfolded { try store.fold() }
        try store.forgetEvaluated()
        try store.forgetDelivered(before: now.adding(seconds: -Self.deliveredSeconds))
        try giveUpUnconfirmed(now)
        if let seconds = settings.retainHistorySeconds {
            _ = try store.forgetHistory(before: now.adding(seconds: -seconds))
        }
        if lastForget.map({ now.seconds(since: $0) >= Self.forgetSeconds }) ?? true {
            lastForget = now
            eventsFolder.forget(before: now.adding(seconds: -settings.retainEventsSeconds))
            try store.forget(by: settings.retention, now: now)
        }
        // Counting back adds to minutes, which are evaluated when it is done.
        if !moment.isBehind && !moment.isFilling && recount.map({ $0.isDone }) ?? true { _ = try store.deleteOld() }
    }

    private func logAlarms() {
        let names =
            evaluator.alarms.filter { $0.alarm.machine.status.state == .alarm }.map(\.alarm.machine.definition.name)
            + evaluator.composites.filter { $0.status.state == .alarm }.map(\.definition.name)
        logger.notice("Caught up with the trail", metadata: ["alarms.in_alarm": "\(names)"])
    }

    func publish() {
        let alarms = evaluator.alarms
        let (composites, mutes) = (evaluator.composites, evaluator.mutes.mutes)
        let filterMetrics = evaluator.set.filters.filter { $0.dimensions.isEmpty }.map(\.metric)
        let unreadable = sources.compactMap { source in
            source.unlistableSince.map { (name: source.stored.name, since: $0) }
        }
        let now = time.now()
        let lanes = sources.map { (source: $0.stored.name, figures: $0.lanes.figures(now: now)) }
        let (watermark, isCaughtUp) = (moment.watermark, !isBehind)
        let progress = recount?.progress
        shared.withLock { snapshot in
            snapshot.alarms = alarms
            snapshot.composites = composites
            snapshot.mutes = mutes
            snapshot.filterMetrics = filterMetrics
            snapshot.watermark = watermark
            snapshot.unreadable = unreadable
            snapshot.lanes = lanes
            snapshot.isCaughtUp = isCaughtUp
            snapshot.steppedAt = now
            if let progress { snapshot.recount = progress }
        }
    }
}
