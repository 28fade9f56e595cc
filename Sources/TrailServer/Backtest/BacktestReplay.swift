package import Logging
import TrailAlarms
import TrailCounts
import TrailEvents
package import TrailModel
package import TrailSources
package import TrailStore
package import TrailTemplates

/// Runs the live engine over recorded arrivals by a virtual clock: early, late and amended decisions as they would come.
///
/// Files are read in the order of their arrival, and alarms are evaluated behind each of them and every minute, by the
/// same lanes, watermarks and evaluator as in `serve`.
package struct BacktestReplay {
    /// A log file and when it came.
    package struct Arrival: Sendable {
        package let file: LogFile
        package let time: Timestamp

        package init(file: LogFile, time: Timestamp) {
            self.file = file
            self.time = time
        }
    }

    /// Where a server began, and how it read.
    package struct Settings: Sendable {
        package var templates: TemplateSettings
        /// When the server starts, with nothing behind it.
        package var start: Timestamp
        /// The last moment.
        package var end: Timestamp
        package var latenessSeconds: Int64?
        package var library = InflateLibrary.auto

        package init(templates: TemplateSettings, start: Timestamp, end: Timestamp) {
            self.templates = templates
            self.start = start
            self.end = end
        }
    }

    /// An alarm is as old as the server, and its mark lies so long before.
    package static let markSeconds: Int64 = 3600
    private static let sourceName = "replay"
    private static let houseSeconds: Int64 = 3600

    private let settings: Settings
    private let clock: ReplayClock
    let store: Store
    private let source: FolderSource
    private var evaluator: Evaluator
    private var pace = EvaluationPace()
    private var decisions: [Decision] = []
    package private(set) var account = BacktestFiles.Account()

    /// A replay that tells nobody.
    package init(set: AlarmSet, settings: Settings, logger: Logger) throws {
        try self.init(set: set, settings: settings, announcer: nil, logger: logger)
    }

    /// A replay that keeps the messages that `announcer` makes.
    init(set: AlarmSet, settings: Settings, announcer: Announcer?, logger: Logger) throws {
        self.settings = settings
        let clock = ReplayClock(settings.start)
        self.clock = clock
        store = try Store(temporary: ())
        let templates = settings.templates
        evaluator = Evaluator(
            store: store, accountID: templates.accountID, region: templates.region, announcer: announcer)
        let mark = settings.start.adding(seconds: -Self.markSeconds)
        _ = try evaluator.load(set, files: nil, newMark: mark, now: settings.start)
        source = FolderSource(
            root: "", stored: StoredSource(name: Self.sourceName, mark: mark), listed: [:], lanes: LaneTable.State(),
            ingest: Ingest(
                store: store, plan: CountingPlan(filters: set.filters), source: Self.sourceName, time: clock,
                library: settings.library),
            latenessSeconds: settings.latenessSeconds, isWrittenByUs: true, isFed: true, logger: logger)
        source.setBehind(true, filledFrom: nil)
    }

    /// Replays `arrivals`, which are sorted by time; what comes before the start is there at the start.
    ///
    /// - Returns: The decisions whose windows end at `from` or later.
    /// - Throws: What keeps the temporary store from being read or written.
    package mutating func run(
        _ arrivals: [Arrival], from: Timestamp?, progress: () -> Void = {}
    ) throws -> BacktestResult {
        var rest = arrivals[...]
        var now = settings.start
        var house = now
        while now <= settings.end {
            let count = rest.prefix { $0.time <= now }.count
            try turn(rest.prefix(count).map(\.file), now, progress)
            rest = rest.dropFirst(count)
            if now.seconds - house.seconds >= Self.houseSeconds {
                house = now
                try store.forgetEvaluated()
            }
            let minute = now.floored(toSeconds: 60).adding(seconds: 60)
            now = min(rest.first?.time ?? minute, minute)
        }
        return try result(from: from)
    }

    /// What the server does at one moment: it reads the files that are new, and evaluates the alarms.
    private mutating func turn(_ files: [LogFile], _ now: Timestamp, _ progress: () -> Void) throws {
        clock.set(now)
        var rest = files[...]
        repeat {
            let batch = rest.prefix(Ingest.batchFilesMax)
            rest = rest.dropFirst(batch.count)
            for outcome in try source.take(Array(batch), now: now) {
                account.add(outcome)
                progress()
            }
            if rest.isEmpty {
                source.setBehind(false, filledFrom: nil)
                try source.read(now: now)
            }
            if pace.isDue(now: now, hasMore: !rest.isEmpty) { try evaluate(now) }
        } while !rest.isEmpty
        while evaluator.hasMore { try evaluate(now) }
    }

    private mutating func evaluate(_ now: Timestamp) throws {
        decisions += try evaluator.evaluate(
            Evaluator.Moment(now: now, sources: [source], posted: nil, recount: nil))
    }

    private func result(from: Timestamp?) throws -> BacktestResult {
        let alarms =
            try evaluator.alarms.flatMap { alarm, _, contributors in
                try [try outcome(of: alarm.machine.definition, from)]
                    + contributors.map { try outcome(of: $0.machine.definition, from) }.filter { !$0.decisions.isEmpty }
            } + evaluator.composites.map { outcome(ofComposite: $0.definition.name, from) }
        let traffic = try BacktestCounts(store).traffic(before: nil)
        return BacktestResult(
            alarms: alarms, firstTraffic: traffic.first, lastTraffic: traffic.last, end: settings.end)
    }

    private func outcome(ofComposite name: String, _ from: Timestamp?) -> BacktestResult.Alarm {
        let own = decisions.filter { $0.alarmName == name }
        return BacktestResult.Alarm(
            alarmName: name, decisions: own.filter { decision in from.map { decision.windowEnd >= $0 } ?? true },
            timeline: own.map { TimelineEntry(windowEnd: $0.windowEnd, state: $0.to) })
    }

    private func outcome(of alarm: MetricAlarm, _ from: Timestamp?) throws -> BacktestResult.Alarm {
        let own = decisions.filter { $0.alarmName == alarm.name && $0.contributor == alarm.contributor }
        let timeline = try store.timeline(
            of: alarm.name, contributor: alarm.contributor, from: Timestamp(seconds: 0))
        return BacktestResult.Alarm(
            alarmName: alarm.name, contributor: alarm.contributor,
            decisions: own.filter { decision in from.map { decision.windowEnd >= $0 } ?? true },
            timeline: timeline.transitions(from: alarm.contributor == nil ? .insufficientData : .ok))
    }
}

extension BacktestReplay.Arrival {
    /// When each of `files` came, by the stamp in its name; sorted.
    ///
    /// A file without a stamp came when its last event happened, which is found by reading it; one that cannot be read
    /// is there from the beginning, to be refused.
    package static func byStamp(_ files: [LogFile], library: InflateLibrary) -> [BacktestReplay.Arrival] {
        var decoder = FileDecoder(plan: CountingPlan(filters: []), library: library)
        var arrivals: [BacktestReplay.Arrival] = []
        arrivals.reserveCapacity(files.count)
        for file in files {
            let stamp = LogFileName(path: file.path)?.stamp
            let time = stamp ?? decoder.decode(file).extract?.lastEvent ?? Timestamp(seconds: 0)
            arrivals.append(BacktestReplay.Arrival(file: file, time: time))
        }
        return arrivals.sorted { ($0.time, $0.file.path) < ($1.time, $1.file.path) }
    }

    /// When the files of a ledger were counted, in that order, and the reasons why others cannot be read again.
    package static func byLedger(_ files: [LedgerFile]) -> (arrivals: [BacktestReplay.Arrival], faults: [String]) {
        var arrivals: [BacktestReplay.Arrival] = []
        var faults: [String] = []
        for file in files {
            do throws(UnavailableFile) {
                let log = try LogFile(key: file.key, path: file.path, size: file.size)
                arrivals.append(BacktestReplay.Arrival(file: log, time: file.arrived))
            } catch {
                faults.append(error.reason)
            }
        }
        // The order of the ledger stands among files that came together.
        let sorted = arrivals.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
        return (sorted.map(\.element), faults)
    }
}
