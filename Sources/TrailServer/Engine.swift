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
        var alarms: [(alarm: StoredAlarm, recipe: AlarmSeries)] = []
        /// What the metric filters of the set count into.
        var filterMetrics: [Metric] = []
        /// True when every source has read what its first listing showed.
        var isCaughtUp = false
        var watermark: Timestamp?
        var isStoreWritable = true
        /// What should send files and does not, one line each.
        var silent: [String] = []
        /// The lanes of each source by its name.
        var lanes: [(source: String, figures: LaneFigures)] = []
        /// Sources that cannot be read, and since when.
        var unreadable: [(name: String, since: Timestamp)] = []
        var accountNames = AccountNames()
        var reload: (isSuccessful: Bool, time: Timestamp)?
        /// The alarm files as they were when they were read last, good or not.
        var alarmFilesFingerprint: [String]?
    }

    /// What became of a reload.
    enum Reload: Sendable {
        case loaded(Evaluator.Changes, warnings: [Diagnostic])
        case refused(faults: [String])
    }

    private let store: Store
    private let settings: ServerSettings
    private let time: any TimeSource
    private let logger: Logger
    private let onMessages: @Sendable () -> Void
    private var evaluator: Evaluator
    private var sources: [FolderSource] = []
    /// The folder of events that came over HTTP, one of the sources.
    private var posted: FolderSource?
    private let eventsFolder: EventsFolder
    /// The buckets among the sources, by name.
    private var buckets: [String: FolderSource] = [:]
    private static let postedSource = "http"
    private var plan = CountingPlan(filters: [])
    private var lastFold: Timestamp
    private var lastEvaluation: Timestamp?
    private var lastLaneSave: Timestamp?
    /// What was silent at the last look, by source.
    private var silences: [String: Silence] = [:]
    private let shared = Mutex(Snapshot())

    /// While files wait, early ALARMs are looked for this often.
    private static let evaluationMilliseconds: Int64 = 1000
    private static let foldSeconds = 60.0
    private static let laneSeconds = 300.0
    private static let silenceLinesMax = 20
    /// Delivered messages are kept this long.
    private static let deliveredSeconds: Int64 = 30 * 86_400

    init(
        store: Store, settings: ServerSettings, announcer: Announcer, time: any TimeSource, logger: Logger,
        onMessages: @escaping @Sendable () -> Void
    ) throws {
        self.store = store
        self.settings = settings
        self.time = time
        self.logger = logger
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
            _ = try evaluator.load(set, files: nil, newMark: mark, now: now)
            plan = CountingPlan(filters: set.filters)
            logger.error(
                "Running the last good set of alarm files until the errors are mended",
                metadata: ["alarms": "\(set.alarms.count)"])
        }
        let known = Dictionary(uniqueKeysWithValues: try store.sources().map { ($0.name, $0) })
        var record = EvaluationRecord()
        for root in settings.trails {
            // One folder is one source, however its path is written.
            let name = "folder:\(URL(fileURLWithPath: root).resolvingSymlinksInPath().path)"
            let stored = known[name] ?? StoredSource(name: name, mark: mark)
            if known[name] == nil { record.sources.append(stored) }
            sources.append(
                FolderSource(
                    root: root, stored: stored, listed: try store.listedDirectories(of: name),
                    lanes: try lanes(of: name),
                    ingest: ingest(for: name), latenessSeconds: settings.latenessSeconds,
                    logger: logger))
        }
        for bucket in settings.buckets {
            let name = bucket.url
            let stored = known[name] ?? StoredSource(name: name, mark: mark)
            if known[name] == nil { record.sources.append(stored) }
            let source = FolderSource(
                root: settings.bucketFolder(bucket), stored: stored, listed: [:], lanes: try lanes(of: name),
                ingest: ingest(for: name), latenessSeconds: settings.latenessSeconds, isWrittenByUs: true, isFed: true,
                logger: logger)
            sources.append(source)
            buckets[name] = source
        }
        let stored = known[Self.postedSource] ?? StoredSource(name: Self.postedSource, mark: mark)
        if known[Self.postedSource] == nil { record.sources.append(stored) }
        try FileManager.default.createDirectory(atPath: eventsFolder.root, withIntermediateDirectories: true)
        let posted = FolderSource(
            root: eventsFolder.root, stored: stored, listed: try store.listedDirectories(of: Self.postedSource),
            lanes: try lanes(of: Self.postedSource),
            ingest: ingest(for: Self.postedSource),
            latenessSeconds: settings.latenessSeconds, isWrittenByUs: true, logger: logger)
        self.posted = posted
        sources.append(posted)
        try store.save(record)
        publish()
    }

    /// What was remembered of a source's lanes; nothing when it cannot be read, since new files make it anew.
    private func lanes(of source: String) throws -> LaneTable.State {
        guard let bytes = try store.lanes(of: source) else { return LaneTable.State() }
        return (try? JSONDecoder().decode(LaneTable.State.self, from: Data(bytes))) ?? LaneTable.State()
    }

    private func saveLanes() throws {
        for source in sources where !source.lanes.lanes.isEmpty {
            try store.saveLanes(Array(try JSONEncoder().encode(source.lanes.state)), of: source.stored.name)
        }
    }

    private func ingest(for source: String) -> Ingest {
        let time = time
        return Ingest(
            store: store, plan: plan, source: source, time: time, library: settings.inflateLibrary,
            workers: settings.workers, mayGrow: { LogFolder.mayGrow($0, now: time.now()) })
    }

    // MARK: Working

    /// Reads one batch of files and evaluates the alarms.
    ///
    /// - Returns: True when more files wait.
    /// - Throws: What keeps the store from writing; nothing is lost, and the next step tries the same again.
    func step() throws -> Bool {
        do {
            let wasBehind = isBehind
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
            let hasMore = sources.contains { $0.hasMore }
            let now = time.now()
            let isDue = lastEvaluation.map {
                now.milliseconds - $0.milliseconds >= Self.evaluationMilliseconds
            }
            if !hasMore || isDue ?? true {
                lastEvaluation = now
                if try !evaluator.evaluate(moment).isEmpty { onMessages() }
            }
            if let failure { throw failure }
            if !hasMore { try keepHouse(now) }
            shared.withLock { $0.isStoreWritable = true }
            publish()
            if wasBehind && !isBehind { logAlarms() }
            return hasMore || evaluator.hasMore
        } catch {
            shared.withLock { $0.isStoreWritable = false }
            throw error
        }
    }

    /// Keeps and counts events that came over HTTP, and evaluates the alarms.
    ///
    /// - Returns: The account of the batch, committed.
    /// - Throws: What keeps the store from writing; nothing of the batch is counted then.
    func take(_ events: PostedEvents) throws -> FileCount {
        guard let posted else { return FileCount() }
        do {
            let now = time.now()
            let outcomes = try posted.take(try eventsFolder.write(events, now: now), now: now)
            if try !evaluator.evaluate(moment).isEmpty { onMessages() }
            shared.withLock { $0.isStoreWritable = true }
            publish()
            var total = FileCount()
            for outcome in outcomes {
                total.records += outcome.count.records
                total.counted += outcome.count.counted
                total.duplicate += outcome.count.duplicate
                total.malformed += outcome.count.malformed
            }
            // A file that the ledger knows holds what was counted before.
            total.duplicate += events.count - total.records
            total.records = events.count
            return total
        } catch {
            shared.withLock { $0.isStoreWritable = false }
            throw error
        }
    }

    // MARK: Buckets

    /// How far a bucket was listed.
    func progress(ofBucket name: String) throws -> S3Progress {
        guard let bytes = try store.lanes(of: Self.progressKey(name)) else { return S3Progress() }
        return (try? JSONDecoder().decode(S3Progress.self, from: Data(bytes))) ?? S3Progress()
    }

    func keep(_ progress: S3Progress, ofBucket name: String) throws {
        try store.saveLanes(Array(try JSONEncoder().encode(progress)), of: Self.progressKey(name))
    }

    private static func progressKey(_ name: String) -> String { "listing of \(name)" }

    func setBehind(_ isBehind: Bool, bucket name: String) {
        buckets[name]?.setBehind(isBehind)
    }

    /// The objects that the ledger does not know.
    func missing(_ objects: [S3Object]) -> [S3Object] {
        objects.filter { object in
            guard let key = LogFileReader.ledgerKey(ofPath: object.key) else { return true }
            let status = try? store.knownStatus(key: key, size: object.size)
            return status == nil || status == .rejected
        }
    }

    /// Counts objects that were downloaded.
    ///
    /// - Throws: What keeps the store from writing; then some of them are not counted.
    func take(_ files: [LogFile], ofBucket name: String) throws {
        guard let source = buckets[name] else { return }
        do {
            _ = try source.take(files, now: time.now())
            if try !evaluator.evaluate(moment).isEmpty { onMessages() }
            shared.withLock { $0.isStoreWritable = true }
            publish()
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

    private var isBehind: Bool {
        let now = time.now()
        return sources.contains { $0.isBehind && $0.holdsOthersBack(now: now) }
    }

    private var moment: Evaluator.Moment {
        let now = time.now()
        // Where nobody posts events, nobody waits for them.
        let waiting = sources.filter { $0.holdsOthersBack(now: now) && ($0 !== posted || $0.isInUse(now: now)) }
        let ceiling = now.adding(seconds: -LaneTable.ceilingSeconds)
        // A source without a watermark is behind, and then nothing is decided behind one.
        let watermark = waiting.isEmpty ? ceiling : waiting.compactMap(\.watermark).min()
        return Evaluator.Moment(
            now: now, watermark: watermark, isBehind: isBehind, sources: sources.map(\.stored))
    }

    private func keepHouse(_ now: Timestamp) throws {
        if lastLaneSave.map({ now.seconds(since: $0) >= Self.laneSeconds }) ?? true {
            lastLaneSave = now
            try saveLanes()
            noteSilence(now)
        }
        guard now.seconds(since: lastFold) >= Self.foldSeconds else { return }
        lastFold = now
        if store.isUnfolded { try store.fold() }
        try store.forgetEvaluated()
        try store.forgetDelivered(before: now.adding(seconds: -Self.deliveredSeconds))
        eventsFolder.forget(before: now.adding(seconds: -settings.retainEventsSeconds))
    }

    /// Says what has fallen silent since the last look.
    private func noteSilence(_ now: Timestamp) {
        for source in sources where source !== posted {
            let silence = source.lanes.silence(now: now, isBehind: source.isBehind)
            let news = silence.news(since: silences[source.stored.name] ?? Silence())
            silences[source.stored.name] = silence
            guard !news.title.isEmpty else { continue }
            logger.warning(
                "A part of the trail is silent",
                metadata: [
                    "source": "\(source.stored.name)", "what": "\(news.title)",
                    "silent": "\(news.lines(now: now, linesMax: Self.silenceLinesMax))",
                ])
        }
        let lines = silences.sorted { $0.key < $1.key }.flatMap { name, silence in
            silence.lines(now: now, linesMax: Self.silenceLinesMax).map { "\(name): \($0)" }
        }
        shared.withLock { $0.silent = lines }
    }

    private func logAlarms() {
        let names = evaluator.alarms.filter { $0.alarm.machine.status.state == .alarm }.map {
            $0.alarm.machine.definition.name
        }
        logger.notice("Caught up with the trail", metadata: ["alarms.in_alarm": "\(names)"])
    }

    private func publish() {
        let alarms = evaluator.alarms
        let filterMetrics = evaluator.set.filters.map(\.metric)
        let unreadable = sources.compactMap { source in
            source.unlistableSince.map { (name: source.stored.name, since: $0) }
        }
        let now = time.now()
        let lanes = sources.map { (source: $0.stored.name, figures: $0.lanes.figures(now: now)) }
        let (watermark, isCaughtUp) = (moment.watermark, !isBehind)
        shared.withLock { snapshot in
            snapshot.alarms = alarms
            snapshot.filterMetrics = filterMetrics
            snapshot.watermark = watermark
            snapshot.unreadable = unreadable
            snapshot.lanes = lanes
            snapshot.isCaughtUp = isCaughtUp
        }
    }

    // MARK: Alarm files

    /// Reads the alarm files again; with one error the set stays as it is.
    ///
    /// - Throws: What keeps the store from writing; the set stays then, and the files count as changed still.
    func reload() throws -> Reload {
        let now = time.now()
        let result: Reload
        do {
            result = try load(now: now, mark: now.adding(seconds: -3600))
        } catch {
            shared.withLock { snapshot in
                snapshot.reload = (false, now)
                snapshot.alarmFilesFingerprint = nil
            }
            logger.error("Kept the former alarm files: the store cannot be written", metadata: ["error": "\(error)"])
            throw error
        }
        switch result {
        case .loaded(let changes, _):
            for source in sources { source.replaceIngest(ingest(for: source.stored.name)) }
            logger.notice(
                "Loaded the alarm files",
                metadata: [
                    "alarms.added": "\(changes.added)", "alarms.changed": "\(changes.changed)",
                    "alarms.removed": "\(changes.removed)",
                ])
        case .refused(let faults):
            for fault in faults {
                logger.error("Kept the former alarm files because of an error", metadata: ["fault": "\(fault)"])
            }
        }
        publish()
        return result
    }

    private func load(now: Timestamp, mark: Timestamp) throws -> Reload {
        do throws(InputError) {
            let names = try settings.accountsFile.map { (file) throws(InputError) in try AccountNames(file: file) }
            shared.withLock { $0.accountNames = names ?? AccountNames() }
        } catch {
            shared.withLock { $0.reload = (false, now) }
            return .refused(faults: ["\(error)"])
        }
        // Before the files are read: what changes from here on is a change.
        let fingerprint = AlarmFiles.fingerprint(settings.alarmPaths)
        shared.withLock { $0.alarmFilesFingerprint = fingerprint }
        let files: [(path: String, text: String)]
        do throws(InputError) {
            files = try AlarmFiles.texts(settings.alarmPaths)
        } catch {
            shared.withLock { $0.reload = (false, now) }
            return .refused(faults: ["\(error)"])
        }
        var templates = settings.templates
        templates.requiresParameterValues = true
        let (set, diagnostics) = TemplateLoader(settings: templates).load(AlarmFiles.documents(files))
        let faults = diagnostics.filter { $0.severity == .error }
        guard faults.isEmpty else {
            shared.withLock { $0.reload = (false, now) }
            // A warning often says what the error means, such as a misspelt name.
            return .refused(faults: diagnostics.filter { $0.severity != .note }.map(\.description))
        }
        let warnings = diagnostics.filter { $0.severity == .warning }
        for warning in warnings {
            logger.warning("An alarm file has a warning", metadata: ["warning": "\(warning)"])
        }
        for subscription in set.subscriptions where !subscription.isDeliverable {
            logger.warning(
                "Nothing is sent to a subscription of this protocol",
                metadata: [
                    "protocol": "\(subscription.protocolName)", "topic.arn": "\(subscription.topicARN)",
                ])
        }
        let changes = try evaluator.load(set, files: files, newMark: mark, now: now)
        plan = CountingPlan(filters: set.filters)
        shared.withLock { $0.reload = (true, now) }
        return .loaded(changes, warnings: warnings)
    }
}
