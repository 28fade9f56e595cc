package import TrailAlarms
import TrailModel
import TrailNotify
package import TrailStore
package import TrailTemplates

/// Evaluates all alarms of a set over a store, and writes state, history and messages in one transaction.
///
/// Live, after an ingest and in a simulation it is the same: what it knows of time comes with each call.
package struct Evaluator {
    /// What a new set of alarm files changed, by alarm name.
    package struct Changes: Equatable, Sendable {
        package var added: [String] = []
        package var changed: [String] = []
        package var removed: [String] = []
    }

    /// How far the alarms are is written at least so often.
    static let saveSeconds: Int64 = 300
    /// An alarm that is so far before the last of them is written by itself.
    static let leadSeconds: Int64 = 3600
    /// In one call so many alarms may decide more than a day of windows; the next call takes the next ones.
    private static let longRunsMax = 4
    private static let longRunSeconds: Int64 = 86_400
    /// Late minutes nearer to each other than this are decided again together.
    static let clusterSeconds: Int64 = 86_400
    /// More clusters than these are decided again in one pass: each reads what was counted from there up to now.
    static let clustersMax = 16

    let store: Store
    /// Makes the messages; without one decisions are recorded only.
    var announcer: Announcer?
    let accountID: String
    let region: String
    var set = AlarmSet()
    var entries: [Entry] = []
    var tree = CompositeTree()
    var mutes = MuteBook()
    var rules = RuleBook()
    var summaries = SummaryBook()
    var touched: [UnevaluatedMinutes] = []
    var cache: SeriesCache
    /// True when no alarm of the store is outside the set.
    var isWhole = false
    /// Alarms whose Metrics Insights query reads more metrics than it may: they keep to the series found before.
    var tooWide: Set<String> = []
    var latestCommit: Int64 = 0
    /// The first minute with an event, as of the last call.
    private(set) var firstTraffic: Timestamp?
    private var lastSave: Timestamp?
    /// True when the last call left windows to decide, so that another one is due at once.
    package private(set) var hasMore = false
    /// True when the last call made messages.
    private(set) var hasMessages = false

    /// The announcer makes the messages; without one decisions are recorded only.
    init(store: Store, accountID: String, region: String, announcer: Announcer?) {
        self.store = store
        self.accountID = accountID
        self.region = region
        self.announcer = announcer
        cache = SeriesCache(store: store)
    }

    /// An evaluator that records and never notifies, as `ingest` does.
    package init(recordingIn store: Store, settings: TemplateSettings) {
        self.init(store: store, accountID: settings.accountID, region: settings.region, announcer: nil)
    }

    /// The alarms of the set, in its order, each with how its metric is read.
    var alarms: [(alarm: StoredAlarm, recipe: AlarmSeries, contributors: [StoredAlarm])] {
        entries.map { ($0.stored, $0.recipe, $0.contributors.map(\.stored)) }
    }

    /// Evaluates every alarm that may have something to decide.
    ///
    /// - Returns: The decisions, already written, those of composite alarms last.
    /// - Throws: What keeps the store from reading or writing; then nothing changed and the next call decides the same.
    @discardableResult
    package mutating func evaluate(_ moment: Moment) throws -> [Decision] {
        let more = try store.unevaluatedMinutes(after: latestCommit)
        touched += more
        latestCommit = max(latestCommit, more.last?.commit ?? 0)
        if firstTraffic.map({ first in more.contains { $0.minutes.first.map { $0 < first } ?? false } }) ?? true {
            firstTraffic = try store.firstTraffic()
        }
        cache.update()
        var record = EvaluationRecord()
        var undo: [(index: Int, state: Entry.State)] = []
        let composites: CompositeTree
        do {
            try releaseMuted(moment, &record)
            try evaluateAll(moment, &record, &undo)
            composites = try judgeComposites(moment, former: former(undo, record, moment), &record)
            try tellRules(composites, moment, &record)
            let isDue = lastSave.map { moment.now.seconds(since: $0) >= Double(Self.saveSeconds) } ?? true
            try write(&record, all: isDue, moment, &undo)
        } catch {
            restore(undo)
            throw error
        }
        tree = composites
        mutes.apply(record)
        summaries.apply(record)
        hasMessages = !record.messages.isEmpty
        let oldest = entries.map(\.stored.evaluatedCommit).min() ?? latestCommit
        touched.removeAll { $0.commit <= oldest }
        return record.decisions + record.compositeDecisions
    }

    /// How far alarms had come, when one of them moved.
    private func former(
        _ undo: [(index: Int, state: Entry.State)], _ record: EvaluationRecord, _ moment: Moment
    ) -> [String: Former] {
        guard !tree.isEmpty, record.decisions.contains(where: \.changesState) else { return [:] }
        let former = undo.map { index, state in
            let former = Former(
                commit: state.evaluatedCommit,
                wasAway: isAway(decidedThrough: state.status.decidedThrough, isFresh: state.isFresh, moment))
            return (entries[index].stored.machine.definition.name, former)
        }
        return Dictionary(former) { first, _ in first }
    }

    private mutating func evaluateAll(
        _ moment: Moment, _ record: inout EvaluationRecord, _ undo: inout [(index: Int, state: Entry.State)]
    ) throws {
        var longRuns = 0
        hasMore = false
        // In their place: there may be very many of them.
        var entries: [Entry] = []
        swap(&entries, &self.entries)
        defer { swap(&entries, &self.entries) }
        for index in entries.indices {
            let hasContributors = entries[index].hasContributors
            guard hasContributors || hasWork(entries[index], moment) else { continue }
            if isLong(entries[index], moment) {
                longRuns += 1
                guard longRuns <= Self.longRunsMax else {
                    hasMore = true
                    continue
                }
            }
            undo.append((index, entries[index].state))
            if hasContributors {
                try evaluateContributors(&entries[index], moment, &record)
            } else {
                try findMetrics(&entries[index])
                try evaluate(&entries[index], moment, &record)
            }
        }
    }

    /// Writes what only changed in memory; to be called before the end.
    package mutating func save(_ moment: Moment) throws {
        var record = EvaluationRecord()
        var undo: [(index: Int, state: Entry.State)] = []
        do {
            try write(&record, all: true, moment, &undo)
        } catch {
            restore(undo)
            throw error
        }
    }

    /// Nothing was written: the alarms are as they were.
    private mutating func restore(_ undo: [(index: Int, state: Entry.State)]) {
        for (index, state) in undo.reversed() { entries[index].state = state }
    }

    private mutating func write(
        _ record: inout EvaluationRecord, all: Bool, _ moment: Moment,
        _ undo: inout [(index: Int, state: Entry.State)]
    ) throws {
        let progress = all && isWhole ? progress : nil
        for index in entries.indices where entries[index].isToSave(all: all, progress?.decidedThrough) {
            undo.append((index, entries[index].state))
            entries[index].save(all: all, progress?.decidedThrough, to: &record)
        }
        if all || !record.isEmpty {
            record.sources = moment.sources
            record.closedThrough = moment.isBehind ? nil : moment.watermark
            record.progress = progress
        }
        try store.save(record)
        if !moment.isBehind, let watermark = moment.watermark { store.closeSlots(through: watermark) }
        if all { lastSave = moment.now }
    }

    /// How far all alarms are that have decided anything.
    private var progress: EvaluationProgress? {
        let all = entries.lazy.flatMap { [$0.stored] + $0.contributors.map(\.stored) }
        var through: Timestamp?
        var commit = latestCommit
        for stored in all {
            if stored.isFresh { continue }
            through = min(through ?? stored.machine.status.decidedThrough, stored.machine.status.decidedThrough)
            commit = min(commit, stored.evaluatedCommit)
        }
        return through.map { EvaluationProgress(decidedThrough: $0, commit: commit) }
    }

    /// True when an evaluation goes through much history.
    private func isLong(_ entry: Entry, _ moment: Moment) -> Bool {
        guard !entry.hasContributors else {
            return entry.contributors.contains { isLong($0, moment) }
        }
        guard !moment.isBehind(entry.recipe), let watermark = moment.watermark else { return false }
        let status = entry.stored.machine.status
        let start = newStart(of: entry, moment) ?? (entry.stored.isFresh ? firstTraffic : nil)
        if let start, watermark.seconds - start.seconds > Self.longRunSeconds { return true }
        if watermark.seconds - status.decidedThrough.seconds > Self.longRunSeconds { return true }
        let late = touched(after: entry.redecidedCommit).first?.minutes.first
        return late.map { status.decidedThrough.seconds - $0.seconds > Self.longRunSeconds } ?? false
    }

    /// True when there may be something to decide.
    func hasWork(_ entry: borrowing Entry, _ moment: Moment) -> Bool {
        if entry.searched.map({ $0 != search(moment) }) ?? true { return true }
        guard !moment.isBehind(entry.recipe) else { return false }
        if entry.stored.isFresh || (touched.last?.commit ?? 0) > entry.redecidedCommit { return true }
        if let watermark = moment.watermark, watermark >= entry.stored.machine.firstWindow(on: entry.recipe.resolution)
        {
            return true
        }
        return newStart(of: entry, moment) != nil
    }

    private func search(_ moment: Moment) -> (commit: Int64, minute: Int64) {
        (latestCommit, floorDivide(moment.now.seconds, 60))
    }

    /// Decides what one alarm or contributor has to decide; `isOwnerAway` says that the contributor's alarm was away.
    mutating func evaluate(
        _ entry: inout Entry, _ moment: Moment, isOwnerAway: Bool = false, _ record: inout EvaluationRecord
    ) throws {
        guard hasWork(entry, moment) else { return }
        let isAway = isAway(entry, moment) || entry.stored.isFresh && isOwnerAway
        entry.searched = search(moment)
        let status = entry.stored.machine.status
        let commits = (evaluated: entry.stored.evaluatedCommit, redecided: entry.redecidedCommit)
        let wasFresh = entry.stored.isFresh
        let isBehind = moment.isBehind(entry.recipe)
        let makers = touched(after: commits.evaluated)
        var decisions: [Decision] = []
        if isBehind, entry.recipe.watches(moment.takingBack) {
            // What was counted may still be too much.
        } else if isBehind {
            decisions = try advance(
                &entry, through: status.decidedThrough, moment, earlyAfter: entry.stored.mark)
        } else if let watermark = moment.watermark {
            if wasFresh {
                let mark = entry.stored.mark
                let start = max(min(try store.firstTraffic() ?? mark, mark), earliestStart(of: entry, moment))
                // Days that are there in part have their own pass when they are there whole.
                entry.stored.machine.start(at: max(start, moment.filledFrom ?? start))
                entry.stored.isFresh = false
            }
            if (touched.last?.commit ?? 0) > commits.redecided {
                decisions = try redecideLate(&entry, touched(after: commits.redecided), moment, &record)
            }
            decisions += try precede(&entry, moment, &record)
            let decidedThrough = entry.stored.machine.status.decidedThrough
            decisions += try advance(&entry, through: watermark, moment, earlyAfter: nil)
            noteCatchUp(of: entry, from: decidedThrough, &record)
            entry.redecidedCommit = latestCommit
            entry.stored.evaluatedCommit = settledCommit(entry, makers, moment)
        }
        if entry.stored.isFresh != wasFresh || entry.stored.machine.status.differsInMore(than: status) {
            entry.isUnsaved = true
        }
        record.decisions += decisions
        for decision in decisions {
            let line = AlarmHistoryItem.stateUpdate(decision)
            record.history.append(line.marked(by: decision, decidedThrough: status.decidedThrough))
        }
        let hasTold = try announce(decisions, entry, isAway: isAway, touched: makers, moment, &record)
        if entry.stored.machine.definition.repeatEverySeconds != nil {
            try repeatAlarm(&entry, decisions, hasTold: hasTold, at: moment.now, &record)
        }
    }

    /// What was changed by commits after this one.
    private func touched(after commit: Int64) -> ArraySlice<UnevaluatedMinutes> {
        var index = touched.endIndex
        while index > touched.startIndex, touched[index - 1].commit > commit { index -= 1 }
        return touched[index...]
    }

    /// The last commit of which no minute lies in a window that is still to be decided: until then it matters whose
    /// files they came from.
    private func settledCommit(
        _ entry: Entry, _ makers: ArraySlice<UnevaluatedMinutes>, _ moment: Moment
    ) -> Int64 {
        let open = entry.stored.machine.status.decidedThrough
            .adding(seconds: -entry.stored.machine.definition.windowSeconds)
        // Events of the future are nobody's news.
        let horizon = moment.now.adding(seconds: 3600)
        let waiting = makers.first { maker in maker.minutes.contains { $0 >= open && $0 < horizon } }
        return waiting.map { $0.commit - 1 } ?? latestCommit
    }

    private mutating func advance(
        _ entry: inout Entry, through watermark: Timestamp, _ moment: Moment, earlyAfter: Timestamp?
    ) throws -> [Decision] {
        let range = entry.stored.machine.rangeNeeded(
            on: entry.recipe.resolution, now: moment.now, earlyAfter: earlyAfter)
        let data = try cache.data(entry.recipe, range)
        entry.lastData = data.lastSlot ?? entry.lastData
        return entry.stored.machine.advance(
            through: watermark, now: moment.now, series: data, earlyAfter: earlyAfter)
    }
}

extension AlarmStatus {
    /// True when something else changed than how far it is.
    fileprivate func differsInMore(than other: AlarmStatus) -> Bool {
        var moved = other
        moved.decidedThrough = decidedThrough
        return self != moved
    }
}
