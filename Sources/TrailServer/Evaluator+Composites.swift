import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// Composite alarms: evaluated when the present state of an alarm changes, by the clock.
extension Evaluator {
    /// How far an alarm was before an evaluation.
    struct Former {
        /// The last commit that it had taken in.
        var commit: Int64 = 0
        /// True when nobody had evaluated it for more than a day.
        var wasAway = false
    }

    var home: AlarmHome { AlarmHome(region: region, account: accountID) }

    /// The composite alarms, in the order of the set.
    var composites: [StoredComposite] { tree.names.compactMap { tree.nodes[$0]?.stored } }

    /// The states of all metric alarms.
    private func metricStates(_ entries: [Entry]) -> [String: CompositeMachine.Child] {
        Dictionary(
            entries.map { entry in
                let status = entry.stored.machine.status
                let child = CompositeMachine.Child(state: status.state, since: status.stateUpdated)
                return (entry.stored.machine.definition.name, child)
            }
        ) { first, _ in first }
    }

    /// Carries the decisions of an evaluation on to composite alarms, and ends waits that are over.
    ///
    /// - Parameters:
    ///   - moment: The evaluation's.
    ///   - former: How far the alarms that decided had come before.
    ///   - record: Holds the decisions; takes what follows from them.
    /// - Returns: The composite alarms as they are then, to be kept when `record` is written.
    /// - Throws: What keeps messages from being signed.
    func judgeComposites(
        _ moment: Moment, former: [String: Former], _ record: inout EvaluationRecord
    ) throws -> CompositeTree {
        var tree = tree
        guard !tree.isEmpty else { return tree }
        // Who tells nobody leaves what waits to be told to the one who does.
        var done = announcer == nil ? [] : tree.passTime(moment.now)
        var away: [Timestamp?] = done.map { _ in nil }
        let moving = record.decisions.filter { $0.changesState && $0.contributor == nil }
        if !moving.isEmpty {
            var states = metricStates(entries).merging(tree.states) { _, composite in composite }
            // As they were before.
            for decision in moving.reversed() {
                states[decision.alarmName] = CompositeMachine.Child(
                    state: decision.from, since: decision.previous?.updated ?? moment.now)
            }
            for (change, isOfTimeAway) in changes(moving, former, moment) {
                let steps = tree.take(change, at: moment.now, &states)
                done += steps
                away += steps.map { _ in isOfTimeAway ? change.windowEnd : nil }
            }
        }
        try note(done, away: away, tree, at: moment.now, mutes.mutes, of: set, &record)
        return tree
    }

    /// The decisions in the order of event time: many may come of one evaluation; each with whether it is of a time away.
    private func changes(
        _ decisions: [Decision], _ former: [String: Former], _ moment: Moment
    ) -> [(change: CompositeTree.Change, isOfTimeAway: Bool)] {
        let names = Set(decisions.map { $0.alarmName })
        var definitions: [String: MetricAlarm] = [:]
        for entry in entries where names.contains(entry.stored.machine.definition.name) {
            definitions[entry.stored.machine.definition.name] = entry.stored.machine.definition
        }
        // The decisions of one alarm stay in their order.
        var latest: [String: Timestamp] = [:]
        var changes: [(end: Timestamp, change: CompositeTree.Change, isOfTimeAway: Bool)] = []
        for decision in decisions {
            let name = decision.alarmName
            let end = max(decision.windowEnd, latest[name] ?? decision.windowEnd)
            latest[name] = end
            let definition = definitions[name]
            let before = former[name] ?? Former()
            let isNew = definition.map { isNews(decision, of: $0, after: before.commit, moment) } ?? false
            let child = CompositeMachine.Child(state: decision.to, since: decision.decidedAt)
            let change = CompositeTree.Change(
                name: name, child: child, windowEnd: decision.windowEnd, isNews: isNew)
            changes.append((end, change, before.wasAway && decision.isLate))
        }
        let order = changes.indices.sorted { (changes[$0].end, $0) < (changes[$1].end, $1) }
        return order.map { (changes[$0].change, changes[$0].isOfTimeAway) }
    }

    /// Whether what brought the decision about came after the marks of the sources; each composite alarm has its own.
    private func isNews(
        _ decision: Decision, of alarm: MetricAlarm, after commit: Int64, _ moment: Moment
    ) -> Bool {
        let origin = Announcer.Origin(
            alarmMark: Timestamp(milliseconds: .min), touched: touched.drop { $0.commit <= commit },
            sourceMarks: moment.sourceMarks)
        return announcer?.isNews(decision, alarm, origin) ?? false
    }

    /// Puts the composite alarms of a set in place; those known by name keep their state.
    ///
    /// - Parameters:
    ///   - new: The set.
    ///   - metricAlarms: Its metric alarms as they are from now on.
    ///   - newMark: The mark of those that are new.
    ///   - now: The time of the load.
    ///   - mutes: What withholds actions from now on.
    ///   - removesOthers: Whether composite alarms that are not in the set are forgotten.
    ///   - teller: Tells the event rules that hear of alarms.
    ///   - record: Takes what is to be written.
    ///   - changes: Takes what is added, changed and removed.
    /// - Returns: The composite alarms, to be kept when `record` is written.
    /// - Throws: What keeps the store from being read.
    func loadComposites(
        _ new: AlarmSet, _ metricAlarms: [Entry], newMark: Timestamp, now: Timestamp, mutes: Mutes,
        removesOthers: Bool, teller: RuleTeller?, _ record: inout EvaluationRecord, _ changes: inout Changes
    ) throws -> CompositeTree {
        var known = Dictionary(
            try store.composites().map { (Array($0.definition.name.utf8), $0) }, uniquingKeysWith: { first, _ in first }
        )
        var states = metricStates(metricAlarms)
        for stored in known.values {
            let machine = CompositeMachine(stored.definition, status: stored.status, home: home)
            if states[stored.definition.name] == nil { states[stored.definition.name] = machine.child }
        }
        var nodes: [CompositeTree.Node] = []
        var causes: [String: CompositeMachine.Cause] = [:]
        var done: [CompositeTree.Done] = []
        var before: [String: StoredComposite] = [:]
        for definition in new.composites {
            let suppressor = definition.suppressor.flatMap { states[$0.alarm.name] }
            if let stored = known.removeValue(forKey: Array(definition.name.utf8)) {
                let old = CompositeMachine(stored.definition, status: stored.status, home: home)
                var machine = old
                let result = machine.replaceDefinition(definition, now: now, suppressor: suppressor)
                if result.isChanged {
                    changes.changed.append(definition.name)
                    record.history.append(.updated(machine, from: old, at: now))
                    try teller?.tell(
                        .update, .composite(definition, triggering: []),
                        former: .composite(old.definition, triggering: []),
                        state: old.status.state, since: old.status.stateUpdated, at: now, &record)
                }
                if result.isOtherRule { causes[definition.name] = .updated }
                done += result.steps.map { (definition.name, $0) }
                before[definition.name] = stored
                nodes.append(CompositeTree.Node(machine: machine, mark: stored.mark))
            } else {
                let status = CompositeStatus(
                    now: now, decisionNumber: try store.decisionNumber(of: definition.name),
                    suppressorInAlarmSince: suppressor.flatMap { $0.state == .alarm ? $0.since : nil })
                let machine = CompositeMachine(definition, status: status, home: home)
                changes.added.append(definition.name)
                causes[definition.name] = .created
                record.history.append(.created(machine, at: now))
                try teller?.tell(
                    .create, .composite(definition, triggering: []), state: status.state, since: now, at: now, &record)
                nodes.append(CompositeTree.Node(machine: machine, mark: newMark))
            }
        }
        var tree = CompositeTree(nodes)
        states = metricStates(metricAlarms).merging(tree.states) { _, composite in composite }
        // Who only records tells nothing, now or later.
        done += tree.evaluateAll(causes, areNews: announcer != nil, at: now, suppresses: announcer != nil, &states)
        try note(done, tree, at: now, mutes, of: new, &record)
        record.composites = tree.names.compactMap { name in
            tree.nodes[name].flatMap { $0.stored == before[name] ? nil : $0.stored }
        }
        guard removesOthers else { return tree }
        for gone in known.values.sorted(by: { $0.definition.name < $1.definition.name }) {
            changes.removed.append(gone.definition.name)
            record.removedComposites.append(gone.definition.name)
            record.history.append(
                .deleted(CompositeMachine(gone.definition, status: gone.status, home: home), at: now))
            try teller?.tell(
                .delete, .composite(gone.definition, triggering: []), state: gone.status.state,
                since: gone.status.stateUpdated, at: now, &record)
            try close(gone, of: new, mutes: mutes, at: now, &record)
        }
        return tree
    }

    /// Writes what composite alarms did, and runs their actions; `away` are the ends of windows of a time away that made
    /// the steps.
    private func note(
        _ done: [CompositeTree.Done], away: [Timestamp?] = [], _ tree: CompositeTree, at now: Timestamp, _ mutes: Mutes,
        of set: AlarmSet,
        _ record: inout EvaluationRecord
    ) throws {
        for (index, (name, step)) in done.enumerated() {
            guard let node = tree.nodes[name] else { continue }
            if let item = AlarmHistoryItem.step(step, alarmName: name) { record.history.append(item) }
            if case .transition(let before, let after) = step {
                record.compositeDecisions.append(Decision(ofComposite: name, before: before, after: after))
            }
            if case .act(let status, let time) = step {
                let window = away.indices.contains(index) ? away[index] : nil
                try act(node.machine.definition, status, since: time, away: window, at: now, mutes, of: set, &record)
            }
        }
        var written = Set(record.composites.map(\.definition.name))
        for (name, _) in done where written.insert(name).inserted {
            if let node = tree.nodes[name] { record.composites.append(node.stored) }
        }
    }

    /// Runs the actions of a composite alarm, or leaves them to the summary of a time away.
    private func act(
        _ alarm: CompositeAlarm, _ status: CompositeStatus, since time: Timestamp, away window: Timestamp?,
        at now: Timestamp, _ mutes: Mutes, of set: AlarmSet, _ record: inout EvaluationRecord
    ) throws {
        guard let announcer, var transition = announcer.transition(of: alarm, status, since: time) else { return }
        var place = window == nil ? Place.alone : .summary(day: nil)
        if status.state != .alarm, let start = transition.incidentStart {
            place = self.place(
                ofEnd: SummarisedTransition.Incident(alarmName: alarm.name, contributorID: "", start: start), record)
        }
        if case .summary(let day) = place, !mutes.isMuted(alarm.name, at: now) {
            if let window { transition.windowEnd = window }
            record.history += announcer.summarise(transition, day: day, at: now, topics: set.topics, &record)
        } else {
            let announcement = try announcer.run(
                transition, at: now, mutes: mutes, subscriptions: set.subscriptions, topics: set.topics)
            try record.take(announcement, decisionNumber: status.decisionNumber)
        }
    }
}
