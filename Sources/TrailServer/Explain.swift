import TrailAlarms
package import TrailModel
import TrailPatterns
package import TrailStore
import TrailTemplates

/// Explains alarms of one store.
package struct Explainer {
    let reader: StoreReader
    private let windowSlots: WindowSlotsReader
    /// So many transitions before a window are looked at first; more where late events mended all of them since.
    private static let decisionsMax = 32

    package init(reader: StoreReader) {
        self.reader = reader
        windowSlots = WindowSlotsReader(reader)
    }

    /// Explains the window that ends at `time` or before it, the last decided one when there is no `time`.
    ///
    /// - Throws: ``InputError`` for an alarm that never was, or a time that it says nothing about.
    package func explain(
        _ name: String, contributor: String? = nil, at time: Timestamp?
    ) throws -> AlarmExplanation {
        let (place, mark) = try place(of: name, at: time)
        guard place.alarm.hasContributors else {
            guard contributor == nil else {
                throw InputError("cannot explain a contributor of \(name): it has none; want no --contributor")
            }
            return try explain(place, mark: mark)
        }
        let all = try contributors(of: place)
        guard let contributor else {
            throw InputError("cannot explain \(name) as one series: it has \(all.count); want one of its contributors")
        }
        let found = all.filter { $0.alarm.contributor.map { $0.isNamed(contributor) } ?? false }
        guard found.count == 1 else {
            let some = all.prefix(5).compactMap { $0.alarm.contributor?.text }.joined(separator: " or ")
            throw InputError(
                "cannot explain \(name) for \(contributor): \(found.count) of its \(all.count) contributors are named so; "
                    + "want one such as \(some.isEmpty ? "Name=Value" : some)")
        }
        return try explain(found[0], mark: mark)
    }

    /// Explains an alarm on a query with `GROUP BY` by its contributors; `nil` for other alarms.
    package func explainContributors(_ name: String, at time: Timestamp?) throws -> ContributorsExplanation? {
        guard let stored = try reader.versions(of: name).last(where: { !$0.isRemoval })?.metricAlarm(),
            stored.hasContributors
        else { return nil }
        let (place, mark) = try place(of: name, at: time)
        guard place.alarm.hasContributors else { return nil }
        return ContributorsExplanation(
            own: try explain(place, mark: mark),
            contributors: try contributors(of: place).map { try explain($0, mark: mark) })
    }

    /// The series of an alarm that were ever there, by name.
    private func contributors(of place: Place) throws -> [Place] {
        guard case .insights(let insights) = place.alarm.input else { return [] }
        let stored = try reader.contributors(of: place.alarm.name)
        let statuses = Dictionary(
            stored.compactMap { one in one.machine.definition.contributor.map { ($0, one.machine.status) } },
            uniquingKeysWith: { $1 })
        var metrics: [Contributor: [Metric]] = [:]
        for contributor in try reader.recordedContributors(of: place.alarm.name) + statuses.keys {
            metrics[contributor] = []
        }
        for group in place.queried.groups.prefix(Evaluator.contributorsMax) {
            metrics[Contributor(of: insights.query, values: group.values)] = group.metrics
        }
        let names = insights.query.groupBy
        return metrics.filter { $0.key.attributes.map(\.name) == names }.sorted { $0.key.text < $1.key.text }.map {
            place.contributed(by: $0.key, $0.value, place.status == nil ? nil : statuses[$0.key] ?? place.status)
        }
    }

    private func place(of name: String, at time: Timestamp?) throws -> (Place, mark: Timestamp?) {
        let lives = AlarmLife.lives(of: try reader.versions(of: name))
        guard let last = lives.last else {
            if try reader.composites().contains(where: { $0.definition.name == name }) {
                throw InputError("cannot explain \(name) by a window: it is a composite alarm")
            }
            let names = try reader.alarmNames()
            let near = suggestion(for: name, among: names)
            throw InputError("cannot explain \(name): no alarm of this name is or was there\(near)")
        }
        let current = try last.removal == nil ? reader.alarm(name) : nil
        if current?.isFresh == true && lives.count == 1 {
            throw InputError("cannot explain \(name): it decided no window yet; events or their end are waited for")
        }
        let asked = try time ?? defaultTime(name, current?.machine.status, last)
        return (try place(of: asked, in: lives, current?.machine.status, name), current?.mark)
    }

    private func defaultTime(_ name: String, _ status: AlarmStatus?, _ last: AlarmLife) throws -> Timestamp {
        guard let time = status.map({ $0.pendingEarlyWindow ?? $0.decidedThrough }) ?? last.removal?.windowsAfter else {
            throw InputError("cannot explain \(name): nobody knows what it decided last; want --at T")
        }
        return time
    }

    // MARK: Finding the version

    /// A window of an alarm, and which definition decides it.
    struct Place {
        let life: AlarmLife
        let version: AlarmVersion
        var alarm: MetricAlarm
        var recipe: AlarmSeries
        let filters: AlarmFilters
        let queried: QueriedSeries
        let windowEnd: Timestamp
        /// `nil` for an alarm that is not there any more.
        var status: AlarmStatus?
        var isDecided: Bool

        func contributed(by contributor: Contributor, _ metrics: [Metric], _ status: AlarmStatus?) -> Place {
            var place = self
            place.alarm = alarm.contributed(by: contributor)
            place.recipe = AlarmSeries(of: metrics, like: recipe, filters.filters)
            place.status = status
            place.isDecided = status.map { windowEnd <= $0.decidedThrough } ?? true
            return place
        }
    }

    private func place(
        of time: Timestamp, in lives: [AlarmLife], _ status: AlarmStatus?, _ name: String
    ) throws -> Place {
        for life in lives.reversed() {
            guard let version = life.version(at: time), let alarm = try version.metricAlarm() else { continue }
            let filters = try AlarmFilters(text: version.filters)
            var recipe = AlarmSeries(alarm, filters: filters.filters)
            let queried = try queriedSeries(of: alarm)
            if case .insights(let insights) = alarm.input, !insights.isGrouped {
                recipe = AlarmSeries(of: queried.groups.flatMap(\.metrics), like: recipe, filters.filters)
            }
            let end = time.floored(toSeconds: alarm.stepSeconds(on: recipe.resolution))
            let status = life.removal == nil ? status : nil
            // An alarm with contributors is as old as the first of them.
            if !alarm.hasContributors, let from = status?.decidedFrom, end <= from { continue }
            if let removal = life.removal, let through = removal.windowsAfter, end > through {
                throw InputError(
                    "cannot explain \(name) at \(time.rfc3339): it was removed at \(removal.since.rfc3339), and its last "
                        + "window ended at \(through.rfc3339); want --at \(through.rfc3339) or before")
            }
            return Place(
                life: life, version: version, alarm: alarm, recipe: recipe, filters: filters, queried: queried,
                windowEnd: end,
                status: status, isDecided: status.map { end <= $0.decidedThrough } ?? true)
        }
        if let kind = lives.last?.versions.last?.kind, kind != AlarmVersion.metricKind {
            throw InputError("cannot explain \(name): it is a \(kind) alarm; want one on a metric")
        }
        if let kept = lives.first?.versions.first?.windowsAfter, time <= kept {
            throw InputError(
                "cannot explain \(name) at \(time.rfc3339): its definition of then is not kept any more, as "
                    + "--retain-history says; want a time after \(kept.rfc3339)")
        }
        let from = status?.decidedFrom.map { "; its first window ends after \($0.rfc3339)" } ?? ""
        throw InputError("cannot explain \(name) at \(time.rfc3339): it decided nothing then\(from)")
    }

    // MARK: Making the decision again

    private func explain(_ place: Place, mark: Timestamp?) throws -> AlarmExplanation {
        let (alarm, end) = (place.alarm, place.windowEnd)
        let (recorded, known) = try decisions(place)
        let first = known.first { $0.windowEnd == end }
        let timeline = try reader.timeline(of: alarm.name, contributor: alarm.contributor)
        let range = end.adding(seconds: -alarm.windowSeconds)..<end
        let slots = try windowSlots.slots(range, place.recipe.resolution, place.version, place.filters.filters)
        var notes = self.notes(place, slots)
        // Wider slots are evaluated at their ends.
        let knownEnd = slots.width.map { end.floored(toSeconds: $0.seconds) } ?? end
        let knownRange = knownEnd.adding(seconds: -alarm.windowSeconds)..<knownEnd
        let now = try datapoints(place, endingAt: knownEnd) { try slots.now($0, $1) }
        let isDecided = place.isDecided || first != nil
        // Of what was decided before lines said so, and of what is older than history, the timeline still tells.
        let marked = Set(recorded.map(\.windowEnd))
        let unmarked = timeline.filter { !marked.contains($0.windowEnd) }
        func state(_ isWanted: (Timestamp) -> Bool) -> AlarmState {
            let decision = known.first { isWanted($0.windowEnd) }
            let entry = unmarked.last { isWanted($0.windowEnd) }
            guard let entry, decision.map({ $0.windowEnd < entry.windowEnd }) ?? true else {
                return decision?.to ?? alarm.initialState
            }
            return entry.state
        }
        let prior = state { $0 < end }
        let domain = ValueDomain(of: alarm, filters: place.filters.filters)
        var asDecided: Explanation?
        if isDecided {
            if let values = try self.datapoints(asDecided: place, slots, first) {
                let closed = first?.kind == .early ? first?.decidedThrough ?? end : end
                asDecided = Explanation(
                    alarm, windowEnd: end, datapoints: values, closedThrough: closed, prior: prior, domain: domain)
            } else {
                notes.append("What the datapoints were when it was decided is not kept any more.")
            }
        }
        let closed = try closedThrough(place)
        let before = timeline.last { $0.windowEnd < end }?.state ?? alarm.initialState
        let asKnownNow = Explanation(
            alarm, windowEnd: knownEnd, datapoints: now, closedThrough: closed, prior: before, domain: domain)
        let recordedState = isDecided ? state { $0 <= end } : nil
        if !alarm.hasContributors, let recordedState, let state = asDecided?.state, state != recordedState {
            notes.append(
                "These datapoints make \(state.rawValue); recorded is \(recordedState.rawValue), which an earlier version or "
                    + "another set of counts led to.")
        }
        let ofWindow = recorded.filter { $0.windowEnd == end }.reversed()
        let entered = ofWindow.isEmpty ? known.first : nil
        return AlarmExplanation(
            alarm: alarm, version: place.version,
            filters: place.filters.texts(of: alarm),
            windowEnd: end, isDecided: isDecided, asDecided: asDecided, asKnownNow: asKnownNow,
            recordedState: recordedState,
            currentState: timeline.last { $0.windowEnd <= end }?.state ?? alarm.initialState,
            decisions: Array(ofWindow), entered: entered, next: timeline.first { $0.windowEnd > end },
            told: try (Array(ofWindow) + [entered].compactMap(\.self)).map { try told($0, place, mark) },
            notes: notes, metrics: place.recipe.metrics,
            parts: try parts(place, slots, asDecided == nil ? knownRange : range),
            countsEvents: ValueDomain.countsEvents(alarm, filters: place.filters.filters), slots: slots.json,
            evaluationState: place.queried.isPartial ? QueriedSeries.partialData : nil,
            isComparable: slots.width.map { knownEnd == end && alarm.periodSeconds % $0.seconds == 0 } ?? true)
    }

    /// The decisions of the window and before it, newest window first, and those of them that were known when it was decided.
    private func decisions(_ place: Place) throws -> (recorded: [RecordedDecision], known: [RecordedDecision]) {
        var limit = Self.decisionsMax
        while true {
            let all = try reader.decisions(
                of: place.alarm.name, contributor: place.alarm.contributor, throughWindow: place.windowEnd, limit: limit
            )
            let recorded = all.filter { place.life.made($0) }
            // What was mended after the window had been decided was not known to it.
            let known = recorded.filter { $0.kind != .amended || $0.decidedThrough < place.windowEnd }
            if all.count < limit || known.contains(where: { $0.windowEnd < place.windowEnd }) {
                return (recorded, known)
            }
            limit *= 8
        }
    }

    private func datapoints(
        _ place: Place, endingAt end: Timestamp, slots: ReadSlots
    ) throws -> [PeriodValue?] {
        let data = try place.recipe.data(end.adding(seconds: -place.alarm.windowSeconds)..<end, slots: slots)
        return AlarmWindow(
            of: place.alarm, end: end, data: data, closedThrough: try closedThrough(place)
        ).periods
    }

    /// Open slots hold their matches alone.
    private func closedThrough(_ place: Place) throws -> Timestamp {
        place.isDecided ? place.windowEnd : try reader.closedThrough() ?? place.windowEnd
    }

    /// What the metrics of metric math hold by now.
    private func parts(
        _ place: Place, _ slots: WindowSlots, _ range: Range<Timestamp>
    ) throws -> [AlarmExplanation.Part] {
        guard case .math(let math) = place.alarm.input,
            case .math(let all, _, _) = try place.recipe.data(range, slots: { try slots.now($0, $1) })
        else { return [] }
        let closed = try closedThrough(place)
        let period = place.alarm.periodSeconds
        return zip(math.metrics, all).map { source, series in
            let starts = stride(from: range.lowerBound.seconds, to: range.upperBound.seconds, by: Int(period))
            let values = starts.map { start in
                let from = Timestamp(seconds: start)
                return series.values(from: from, to: from.adding(seconds: period), closedThrough: closed)?
                    .value(of: source.statistic)
            }
            return AlarmExplanation.Part(
                id: source.id, metric: source.metric, statistic: source.statistic, values: values)
        }
    }

    /// What the periods held when the window was decided; `nil` where nobody can tell.
    private func datapoints(
        asDecided place: Place, _ slots: WindowSlots, _ decision: RecordedDecision?
    ) throws -> [PeriodValue?]? {
        let changes: ChangesToUndo
        if let decision {
            changes = ChangesToUndo(asOf: decision.commit)
        } else {
            let commit = try reader.catchUpCommit(of: place.alarm, window: place.windowEnd)
            changes = ChangesToUndo(afterDecidingWindow: place.windowEnd, notBefore: commit ?? 0)
        }
        let closed =
            try slots.width == nil
            ? datapoints(place, endingAt: place.windowEnd) { try slots.undoing(changes, $0, $1) } : nil
        guard let decision, closed == nil || decision.kind == .early else { return closed }
        // Of slots that were open, and of those that are gone, the decision's own document says what it used.
        guard let used = UsedDatapoints(decision, alarm: place.alarm) else { return closed }
        return used.datapoints(windowEnd: place.windowEnd, older: closed)
    }

    private func notes(_ place: Place, _ slots: WindowSlots) -> [String] {
        var notes = [place.queried.note, slots.note(of: place.alarm, windowEnd: place.windowEnd)].compactMap(\.self)
        if place.version.filters == nil {
            notes.append("Its metric filters of then were not kept by the version that loaded it.")
        }
        if let removal = place.life.removal { notes.append("The alarm was removed at \(removal.since.rfc3339).") }
        if let later = place.life.versions.first(where: { $0.since > place.version.since }) {
            notes.append("The alarm was changed at \(later.since.rfc3339); this is how it was before.")
        }
        return notes
    }
}
