import TrailAlarms
package import TrailModel
import TrailNotify
import TrailStore
package import TrailTemplates

/// Sets of alarm files.
extension Evaluator {
    /// Puts a set in place; alarms known by name keep their state, new ones get `newMark`.
    ///
    /// `files` are the texts that the set was read from, to be kept as the last good ones; `nil` keeps those kept.
    /// `removesOthers` says whether alarms that are not in the set are forgotten.
    package mutating func load(
        _ new: AlarmSet, files: [(path: String, text: String)]?, newMark: Timestamp, now: Timestamp,
        removesOthers: Bool = true
    ) throws -> Changes {
        try load(
            new, files: files, newMark: newMark, now: now, removesOthers: removesOthers, rules: RuleBook())
    }

    /// The same; `rules` are told of it, and of what comes after.
    mutating func load(
        _ new: AlarmSet, files: [(path: String, text: String)]?, newMark: Timestamp, now: Timestamp,
        removesOthers: Bool = true, rules: RuleBook
    ) throws -> Changes {
        let teller = RuleTeller(rules, announcer, new)
        summaries = try SummaryBook(store)
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
                    try teller?.tell(
                        .update, .metric(definition), former: .metric(old.definition), state: old.status.state,
                        since: old.status.stateUpdated, at: now, &record)
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
                try teller?.tell(
                    .create, .metric(definition), state: machine.status.state, since: now, at: now, &record)
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
                try teller?.tell(
                    .delete, .metric(gone.machine.definition), state: gone.machine.status.state,
                    since: gone.machine.status.stateUpdated, at: now, &record)
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
            new, next, newMark: newMark, now: now, mutes: book.mutes, removesOthers: removesOthers, teller: teller,
            &record, &changes)
        for decision in record.compositeDecisions {
            guard let node = composites.nodes[decision.alarmName], node.machine.status.isNews else { continue }
            try teller?.tell(decision, of: .composite(node.machine.definition, triggering: []), at: now, &record)
        }
        try store.save(record)
        book.apply(record)
        (tree, mutes) = (composites, book)
        summaries.apply(record)
        set = new
        self.rules = rules
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
        return Entry(stored: stored, recipe: AlarmSeries(of: [], like: recipe, []), isUnsaved: true)
    }

    func arn(_ alarm: MetricAlarm) -> String {
        AlarmTransition.arn(ofAlarm: alarm.name, accountID: accountID, region: region)
    }
}
