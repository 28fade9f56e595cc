package import TrailAlarms
package import TrailModel
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
    private static let leadSeconds: Int64 = 3600
    /// In one call so many alarms may decide more than a day of windows; the next call takes the next ones.
    private static let longRunsMax = 4
    private static let longRunSeconds: Int64 = 86_400
    /// Late minutes nearer to each other than this are decided again together.
    private static let clusterSeconds: Int64 = 86_400
    /// More clusters than these are decided again in one pass: each reads what was counted from there up to now.
    static let clustersMax = 16

    struct Entry {
        var stored: StoredAlarm
        var recipe: AlarmSeries
        /// True when more changed than how far it is.
        var isUnsaved: Bool
        /// True when each series of the metric is decided by itself.
        let hasContributors: Bool
        /// How far it was when it was written.
        private var savedThrough: Timestamp
        /// The series of an alarm that has several.
        var contributors: [Entry] = []
        /// How many series the store had when contributors were looked for.
        var seriesLookedAt: Int?
        /// The last slot with data that was read.
        var lastData: Timestamp?
        /// The commit and the minute of the last search for an early ALARM.
        var searched: (commit: Int64, minute: Int64)?
        /// Late minutes up to this commit are decided again; which source they came from is remembered for longer.
        var redecidedCommit: Int64

        init(stored: StoredAlarm, recipe: AlarmSeries, isUnsaved: Bool = false) {
            self.stored = stored
            self.recipe = recipe
            self.isUnsaved = isUnsaved
            redecidedCommit = stored.evaluatedCommit
            savedThrough = stored.machine.status.decidedThrough
            hasContributors = stored.machine.definition.hasContributors
        }

        /// What an evaluation changes, to go back to when it cannot be written; the definition stays what it is.
        struct State {
            fileprivate var status: AlarmStatus
            fileprivate var evaluatedCommit: Int64
            fileprivate var redecidedCommit: Int64
            fileprivate var isFresh: Bool
            fileprivate var isUnsaved: Bool
            fileprivate var savedThrough: Timestamp
            fileprivate var contributors: [Entry]
        }

        fileprivate var state: State {
            get {
                State(
                    status: stored.machine.status, evaluatedCommit: stored.evaluatedCommit,
                    redecidedCommit: redecidedCommit, isFresh: stored.isFresh, isUnsaved: isUnsaved,
                    savedThrough: savedThrough, contributors: contributors)
            }
            set {
                stored.machine.status = newValue.status
                stored.evaluatedCommit = newValue.evaluatedCommit
                stored.isFresh = newValue.isFresh
                redecidedCommit = newValue.redecidedCommit
                isUnsaved = newValue.isUnsaved
                savedThrough = newValue.savedThrough
                contributors = newValue.contributors
                // Contributors that were found are to be found again, and windows searched anew.
                seriesLookedAt = nil
                searched = nil
            }
        }

        /// True when it, or a contributor, has to be written, since more changed than that all went on; `progress` says
        /// how far all are, `all` that what only went on is to be written where that does not.
        fileprivate func isToSave(all: Bool, _ progress: Timestamp?) -> Bool {
            if isUnsaved || contributors.contains(where: { $0.isToSave(all: all, progress) }) { return true }
            let through = stored.machine.status.decidedThrough.seconds
            guard all, !stored.isFresh else { return false }
            guard let progress else { return through > savedThrough.seconds }
            return min(through - progress.seconds, through - savedThrough.seconds) >= Evaluator.leadSeconds
        }

        fileprivate mutating func save(to record: inout EvaluationRecord) {
            record.alarms.append(stored)
            savedThrough = stored.machine.status.decidedThrough
            isUnsaved = false
            for index in contributors.indices { contributors[index].save(to: &record) }
        }
    }

    let store: Store
    /// Makes the messages; without one decisions are recorded only.
    var announcer: Announcer?
    let accountID: String
    let region: String
    private(set) var set = AlarmSet()
    private(set) var entries: [Entry] = []
    private(set) var tree = CompositeTree()
    var mutes = MuteBook()
    private(set) var touched: [UnevaluatedMinutes] = []
    private var cache: SeriesCache
    /// True when no alarm of the store is outside the set.
    private var isWhole = false
    /// Alarms whose Metrics Insights query reads more metrics than it may: they keep to the series found before.
    var tooWide: Set<String> = []
    private(set) var latestCommit: Int64 = 0
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

    // MARK: Loading

    /// Puts a set in place; alarms known by name keep their state, new ones get `newMark`.
    ///
    /// `files` are the texts that the set was read from, to be kept as the last good ones; `nil` keeps those kept.
    /// `removesOthers` says whether alarms that are not in the set are forgotten.
    package mutating func load(
        _ new: AlarmSet, files: [(path: String, text: String)]?, newMark: Timestamp, now: Timestamp,
        removesOthers: Bool = true
    ) throws -> Changes {
        // By bytes, as the store tells names apart: two spellings of one accented letter are two alarms.
        var known = Dictionary(
            try currentAlarms().map { (Array($0.machine.definition.name.utf8), $0) },
            uniquingKeysWith: { first, _ in first })
        let contributors = Dictionary(grouping: try currentContributors()) {
            Array($0.machine.definition.name.utf8)
        }
        let unsaved = Set(
            entries.filter { $0.isToSave(all: false, nil) }.map { Array($0.stored.machine.definition.name.utf8) })
        let latest = try store.lastCommit()
        let versions = try store.latestVersions()
        var record = EvaluationRecord()
        record.alarmFiles = files
        var changes = Changes()
        var next: [Entry] = []
        var book = try MuteBook(store, rules: new.muteRules)
        for definition in new.alarms {
            let recipe = AlarmSeries(definition, filters: new.filters)
            guard definition.isEvaluable(on: recipe.resolution) else {
                throw InputError(
                    "cannot evaluate the alarm \(definition.name): want a Period of whole slots, 1 <= M <= N")
            }
            let contributors = contributors[Array(definition.name.utf8)] ?? []
            if var stored = known.removeValue(forKey: Array(definition.name.utf8)) {
                let old = stored.machine
                if stored.machine.replaceDefinition(definition, now: now) {
                    changes.changed.append(definition.name)
                    record.history.append(.updated(stored.machine, from: old, arn: arn(definition), at: now))
                }
                if stored.machine != old || unsaved.contains(Array(definition.name.utf8)) {
                    record.alarms.append(stored)
                }
                record.versions += try version(of: stored.machine, from: old, new.filters, versions, at: now)
                var entry = Entry(stored: stored, recipe: recipe)
                // Those whose series the query no longer names have no data, and so become OK.
                if definition.hasContributors {
                    entry.contributors = contributors.map { self.entry(of: $0, definition, recipe, now: now) }
                } else if !contributors.isEmpty {
                    record.withoutContributors.append(definition.name)
                    for var contributor in contributors {
                        try close(&contributor, of: new, mutes: book.mutes, at: now, &record, keepsNumber: false)
                    }
                }
                next.append(entry)
            } else {
                var machine = AlarmMachine(definition, startingAt: newMark, now: now)
                machine.status.decisionNumber = try store.decisionNumber(of: definition.name)
                let stored = StoredAlarm(machine: machine, mark: newMark, evaluatedCommit: latest, isFresh: true)
                changes.added.append(definition.name)
                record.history.append(.created(machine, arn: arn(definition), at: now))
                record.alarms.append(stored)
                let filters = try AlarmFilters(of: definition, among: new.filters).text()
                record.versions.append(
                    try AlarmVersion(definition, filters: filters, since: now, windowsAfter: nil))
                next.append(Entry(stored: stored, recipe: recipe))
            }
        }
        if removesOthers {
            for var gone in known.values.sorted(by: { $0.machine.definition.name < $1.machine.definition.name }) {
                changes.removed.append(gone.machine.definition.name)
                record.removedAlarms.append(gone.machine.definition.name)
                record.versions.append(
                    AlarmVersion(
                        removed: gone.machine.definition.name, at: now,
                        decidedThrough: gone.machine.status.decidedThrough))
                record.history.append(.deleted(gone.machine, arn: arn(gone.machine.definition), at: now))
                if gone.machine.definition.hasContributors {
                    for var contributor in contributors[Array(gone.machine.definition.name.utf8)] ?? [] {
                        try close(&contributor, of: new, mutes: book.mutes, at: now, &record)
                    }
                } else {
                    try close(&gone, of: new, mutes: book.mutes, at: now, &record)
                }
            }
        }
        let composites = try loadComposites(
            new, next, newMark: newMark, now: now, mutes: book.mutes, removesOthers: removesOthers, &record, &changes)
        try store.save(record)
        book.apply(record)
        (tree, mutes) = (composites, book)
        set = new
        entries = next
        isWhole = removesOthers
        tooWide = []
        cache.load(&entries)
        latestCommit = entries.map(\.stored.evaluatedCommit).min() ?? latest
        touched = []
        return changes
    }

    private func currentAlarms() throws -> [StoredAlarm] {
        entries.isEmpty ? try store.alarms() : entries.map(\.stored)
    }

    private func currentContributors() throws -> [StoredAlarm] {
        entries.isEmpty ? try store.contributors() : entries.flatMap { $0.contributors.map(\.stored) }
    }

    private func entry(
        of contributor: StoredAlarm, _ definition: MetricAlarm, _ recipe: AlarmSeries, now: Timestamp
    ) -> Entry {
        var stored = contributor
        if let own = stored.machine.definition.contributor {
            stored.machine.replaceDefinition(definition.contributed(by: own), now: now)
        }
        return Entry(
            stored: stored, recipe: AlarmSeries(of: [], like: recipe, []),
            isUnsaved: true)
    }

    private func arn(_ alarm: MetricAlarm) -> String {
        AlarmTransition.arn(ofAlarm: alarm.name, accountID: accountID, region: region)
    }

    // MARK: Evaluating

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
            composites = try judgeComposites(moment, commits: commits(before: undo, record), &record)
            let isDue = lastSave.map { moment.now.seconds(since: $0) >= Double(Self.saveSeconds) } ?? true
            try write(&record, all: isDue, moment, &undo)
        } catch {
            for (index, state) in undo.reversed() { entries[index].state = state }
            throw error
        }
        tree = composites
        mutes.apply(record)
        hasMessages = !record.messages.isEmpty
        let oldest = entries.map(\.stored.evaluatedCommit).min() ?? latestCommit
        touched.removeAll { $0.commit <= oldest }
        return record.decisions + record.compositeDecisions
    }

    /// How far alarms had taken in what was counted, when one of them moved.
    private func commits(
        before undo: [(index: Int, state: Entry.State)], _ record: EvaluationRecord
    ) -> [String: Int64] {
        guard !tree.isEmpty, record.decisions.contains(where: \.changesState) else { return [:] }
        let commits = undo.map { (entries[$0.index].stored.machine.definition.name, $0.state.evaluatedCommit) }
        return Dictionary(commits) { first, _ in first }
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
            for (index, state) in undo.reversed() { entries[index].state = state }
            throw error
        }
    }

    private mutating func write(
        _ record: inout EvaluationRecord, all: Bool, _ moment: Moment,
        _ undo: inout [(index: Int, state: Entry.State)]
    ) throws {
        let progress = all && isWhole ? progress : nil
        for index in entries.indices where entries[index].isToSave(all: all, progress?.decidedThrough) {
            undo.append((index, entries[index].state))
            entries[index].save(to: &record)
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

    mutating func evaluate(_ entry: inout Entry, _ moment: Moment, _ record: inout EvaluationRecord) throws {
        guard hasWork(entry, moment) else { return }
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
                let start = min(try store.firstTraffic() ?? mark, mark)
                // Days that are there in part have their own pass when they are there whole.
                entry.stored.machine.start(at: max(start, moment.filledFrom ?? start))
                entry.stored.isFresh = false
            }
            if (touched.last?.commit ?? 0) > commits.redecided {
                decisions = try redecide(&entry, touched(after: commits.redecided), moment, &record)
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
        let messages = record.messages.count
        for decision in decisions {
            let line = AlarmHistoryItem.stateUpdate(decision)
            record.history.append(line.marked(by: decision, decidedThrough: status.decidedThrough))
            try announce(decision, entry, touched: makers, moment, &record)
        }
        if entry.stored.machine.definition.repeatEverySeconds != nil {
            try repeatAlarm(&entry, decisions, hasTold: record.messages.count > messages, at: moment.now, &record)
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

    /// Decides closed windows again whose minutes changed.
    private func redecide(
        _ entry: inout Entry, _ new: ArraySlice<UnevaluatedMinutes>, _ moment: Moment, _ record: inout EvaluationRecord
    ) throws -> [Decision] {
        let machine = entry.stored.machine
        let resolution = entry.recipe.resolution
        var decisions: [Decision] = []
        // Each cluster costs queries; a file of wrong clocks may have thousands of them before all that is decided.
        var minutes: Set<Timestamp> = []
        for minute in new.lazy.flatMap(\.minutes) where machine.canAmend(at: minute, on: resolution) {
            minutes.insert(minute)
        }
        for cluster in Self.clusters(minutes.sorted()) {
            let slots = resolution.slot(of: cluster.lowerBound)...resolution.slot(of: cluster.upperBound)
            let range = entry.stored.machine.rangeNeeded(changedSlots: slots, on: resolution)
            let timeline = try timeline(of: entry, from: range.lowerBound, record)
            decisions += try redecide(&entry, slots, timeline, moment, &record)
        }
        return decisions
    }

    func redecide(
        _ entry: inout Entry, _ slots: ClosedRange<Timestamp>, _ timeline: [TimelineEntry], _ moment: Moment,
        _ record: inout EvaluationRecord
    ) throws -> [Decision] {
        let range = entry.stored.machine.rangeNeeded(changedSlots: slots, on: entry.recipe.resolution)
        // Where the slots were deleted nobody can tell any more what shorter periods held: they stay as decided.
        for metric in entry.recipe.metrics {
            let width = try store.widestSlot(of: metric, in: range)
            guard entry.stored.machine.definition.periodSeconds % width.seconds == 0 else { return [] }
        }
        let result = entry.stored.machine.redecide(
            changedSlots: slots, timeline: timeline, now: moment.now,
            series: try entry.recipe.data(range, slots: store.slots))
        let alarm = entry.stored.machine.definition
        if let amended = result.timeline { record.amendedTimelines.append((alarm.name, alarm.contributor, amended)) }
        if let kind = result.kind { record.counters.append((Self.amendedCounter, kind.rawValue, 1)) }
        return result.decisions
    }

    /// The recorded timeline, with what this evaluation rewrote and the store does not have yet.
    func timeline(
        of entry: Entry, from time: Timestamp, _ record: EvaluationRecord
    ) throws -> [TimelineEntry] {
        let alarm = entry.stored.machine.definition
        var timeline = try store.timeline(of: alarm.name, contributor: alarm.contributor, from: time)
        for amended in record.amendedTimelines
        where amended.alarm == alarm.name && amended.contributor == alarm.contributor {
            timeline.replace(with: amended.timeline)
        }
        return timeline
    }

    /// The stretches of sorted minutes that are decided again, each by itself, or all as one when they are many.
    static func clusters(_ minutes: [Timestamp]) -> [ClosedRange<Timestamp>] {
        let found = minutes.reduce(into: [ClosedRange<Timestamp>]()) { found, minute in
            if let last = found.last, minute.seconds - last.upperBound.seconds < clusterSeconds {
                found[found.count - 1] = last.lowerBound...minute
            } else {
                found.append(minute...minute)
            }
        }
        guard found.count > clustersMax, let first = found.first, let last = found.last else { return found }
        return [first.lowerBound...last.upperBound]
    }

    private func announce(
        _ decision: Decision, _ entry: Entry, touched: ArraySlice<UnevaluatedMinutes>, _ moment: Moment,
        _ record: inout EvaluationRecord
    ) throws {
        guard let announcer else { return }
        let machine = entry.stored.machine
        var announcement = try announcer.announce(
            decision, of: machine.definition, status: machine.status,
            origin: Announcer.Origin(
                alarmMark: entry.stored.mark, touched: touched, sourceMarks: moment.sourceMarks),
            mutes: mutes.mutes, subscriptions: set.subscriptions, topics: set.topics)
        announcement.history = announcement.history.map {
            $0.marked(by: decision, decidedThrough: decision.windowEnd)
        }
        try record.take(announcement, decisionNumber: decision.number)
    }

    /// Times that late events changed the timeline of an alarm, by kind.
    static let amendedCounter = "amended_decisions"
}

extension AlarmStatus {
    /// True when something else changed than how far it is.
    fileprivate func differsInMore(than other: AlarmStatus) -> Bool {
        var moved = other
        moved.decidedThrough = decidedThrough
        return self != moved
    }
}

/// What late events did to a timeline; a metric label.
package enum AmendmentKind: String, CaseIterable, Sendable {
    case missedAlarm = "missed_alarm"
    case falseAlarm = "false_alarm"
    /// Something else, such as an ALARM that began earlier than recorded.
    case changed
}

extension Redecision {
    fileprivate var kind: AmendmentKind? {
        guard timeline != nil else { return nil }
        if decisions.contains(where: { $0.isMissedAlarm && $0.to == .alarm }) { return .missedAlarm }
        let losesAlarm = withdrawn.contains { $0.state == .alarm }
        return losesAlarm && !decisions.contains { $0.to == .alarm } ? .falseAlarm : .changed
    }
}
