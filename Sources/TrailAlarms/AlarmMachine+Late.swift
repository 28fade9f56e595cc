package import TrailModel

extension AlarmMachine {
    /// The slots that ``redecide(changedSlots:timeline:now:series:)`` looks at for these slots.
    package func rangeNeeded(changedSlots: ClosedRange<Timestamp>, on resolution: Resolution) -> Range<Timestamp> {
        let first = firstAffectedWindow(changedSlots, on: resolution)
        let from = first.adding(seconds: -definition.windowSeconds)
        return from..<max(from, status.decidedThrough)
    }

    /// False for a late event at `time` that lies in no window which may be decided again.
    package func canAmend(at time: Timestamp, on resolution: Resolution) -> Bool {
        let step = definition.stepSeconds(on: resolution)
        let lastEnd = time.adding(seconds: resolution.seconds + definition.windowSeconds + step)
        return time < status.decidedThrough && lastEnd > status.amendableAfter
    }

    /// The end of the first window that holds one of the slots and may be decided again.
    private func firstAffectedWindow(
        _ changedSlots: ClosedRange<Timestamp>, on resolution: Resolution
    ) -> Timestamp {
        let step = definition.stepSeconds(on: resolution)
        let holding = changedSlots.lowerBound.adding(seconds: resolution.seconds).ceiled(toSeconds: step)
        return max(holding, status.amendableAfter.floored(toSeconds: step).adding(seconds: step))
    }

    /// Decides closed windows again after late events changed some of their slots.
    ///
    /// The re-run starts from the recorded state just before the first window that holds a changed slot, and ends where
    /// no window holds one any more and its state is the recorded one again, or at the last decided window. Transitions
    /// that were not recorded become amended decisions. The present state follows when the re-run ends in another,
    /// unless an early ALARM is pending.
    ///
    /// An ALARM counts as missed when nothing recorded was in ALARM while it lasted: one that only began earlier or
    /// ended later than recorded has been told already.
    ///
    /// - Parameters:
    ///   - changedSlots: Starts of the first and the last changed slot.
    ///   - timeline: The recorded transitions, sorted by window end, from the last one before the changed slots on.
    ///   - now: The time of the decisions.
    ///   - data: The metric with the late events, over at least ``rangeNeeded(changedSlots:on:)``.
    /// - Returns: What was not recorded, what was recorded wrongly, and the timeline to store in its place.
    package mutating func redecide(
        changedSlots: ClosedRange<Timestamp>, timeline: [TimelineEntry], now: Timestamp, series data: AlarmData
    ) -> Redecision {
        checkEvaluable(on: data)
        let first = firstAffectedWindow(changedSlots, on: data.resolution)
        guard first <= status.decidedThrough else { return Redecision(decisions: [], withdrawn: [], timeline: nil) }
        checkLoaded(data, from: first)
        let before = timeline.transitions(from: definition.initialState).last { $0.windowEnd < first }
        let prior = before?.state ?? definition.initialState
        let recorded = Array(timeline.drop { $0.windowEnd < first }).transitions(from: prior)
        let walk = WindowWalk(
            definition, data, closedThrough: status.decidedThrough, openPeriods: .asTheyStand)
        let rerun = rerun(
            walk, from: first, lastAffected: changedSlots.upperBound.adding(seconds: definition.windowSeconds),
            prior: prior, recorded: recorded)
        let comparison = Comparison(
            prior: prior, priorSince: before?.windowEnd, recorded: recorded.filter { $0.windowEnd <= rerun.end },
            rerun: rerun.transitions)
        guard comparison.isDifferent else { return Redecision(decisions: [], withdrawn: [], timeline: nil) }
        let decisions = amend(comparison, reachesPresent: rerun.reachesPresent, walk: walk, now: now)
        let entries = rerun.transitions + timeline.filter { $0.windowEnd > rerun.end }
        return Redecision(
            decisions: decisions, withdrawn: comparison.withdrawn,
            timeline: AmendedTimeline(replacedFrom: first, entries: entries))
    }

    private struct Rerun {
        var transitions: [TimelineEntry] = []
        /// The last window whose state is settled by the re-run.
        var end: Timestamp
        /// True when it went on to the last decided window without meeting the recorded state.
        var reachesPresent = false
    }

    private func rerun(
        _ start: WindowWalk, from first: Timestamp, lastAffected: Timestamp, prior: AlarmState,
        recorded: [TimelineEntry]
    ) -> Rerun {
        var walk = start
        var state = prior
        var recordedState = prior
        var index = 0
        var result = Rerun(end: status.decidedThrough, reachesPresent: true)
        var end = first
        while end <= status.decidedThrough {
            let asked = walk.state(endingAt: end) ?? state
            if asked != state { result.transitions.append(TimelineEntry(windowEnd: end, state: asked)) }
            state = asked
            while index < recorded.count, recorded[index].windowEnd <= end {
                recordedState = recorded[index].state
                index += 1
            }
            if end >= lastAffected && state == recordedState {
                result.end = end
                result.reachesPresent = false
                break
            }
            guard let next = walk.nextEnd(after: end) else { break }
            end = next
        }
        return result
    }

    /// Makes the amended decisions of a re-run and moves the present state where it has to.
    private mutating func amend(
        _ comparison: Comparison, reachesPresent: Bool, walk: WindowWalk, now: Timestamp
    ) -> [Decision] {
        let final = comparison.rerun.last?.state ?? comparison.prior
        let moves = reachesPresent && status.pendingEarlyWindow == nil && final != status.state
        let missed = comparison.missedAlarms(isAlarmNow: reachesPresent && status.state == .alarm)
        var decisions: [Decision] = []
        for (index, entry) in comparison.rerun.enumerated() {
            let endsMissed = missed.contains(index - 1)
            guard endsMissed || !comparison.recorded.contains(entry) else { continue }
            let reason = reason(to: entry.state, walk.window(endingAt: entry.windowEnd), at: now)
            let incident = comparison.incidentStart(of: index)
            let isMissed = endsMissed || missed.contains(index)
            // The end of a missed ALARM cannot end the present one too: that takes a decision of its own below.
            if moves && index == comparison.rerun.count - 1 && !(endsMissed && status.state == .alarm) {
                decisions.append(
                    move(
                        to: entry.state, .amended, at: now, window: entry.windowEnd,
                        from: endsMissed ? .alarm : status.state, reason: reason, isMissedAlarm: isMissed,
                        entry: incident))
            } else {
                let from = index == 0 ? comparison.prior : comparison.rerun[index - 1].state
                decisions.append(
                    decision(
                        .amended, at: now, window: entry.windowEnd, from: from, to: entry.state, reason: reason,
                        isMissedAlarm: isMissed, incidentStart: incident))
            }
        }
        if reachesPresent { status.timelineState = final }
        if moves && status.state != final, let window = comparison.partedAt {
            let reason = reason(to: final, walk.window(endingAt: window), at: now)
            let entry = final == .alarm ? comparison.rerun.last?.windowEnd ?? comparison.priorSince : nil
            decisions.append(move(to: final, .amended, at: now, window: window, reason: reason, entry: entry))
        }
        return decisions
    }
}

/// The recorded and the re-run transitions over the same windows.
private struct Comparison {
    let prior: AlarmState
    /// The window that entered `prior`.
    let priorSince: Timestamp?
    let recorded: [TimelineEntry]
    let rerun: [TimelineEntry]

    var isDifferent: Bool { recorded != rerun }

    var withdrawn: [TimelineEntry] { recorded.filter { !rerun.contains($0) } }

    /// The window from which on the recorded timeline is in another state than the re-run's last: that of its first
    /// other transition since.
    var partedAt: Timestamp? {
        guard let last = rerun.last else { return recorded.first?.windowEnd }
        return recorded.first { $0.windowEnd >= last.windowEnd && $0 != last }?.windowEnd
    }

    /// Indices of the re-run's entries into ALARM during which nothing recorded was in ALARM.
    func missedAlarms(isAlarmNow: Bool) -> [Int] {
        rerun.indices.filter { index in
            guard rerun[index].state == .alarm else { return false }
            let start = rerun[index].windowEnd
            let end = index + 1 < rerun.count ? rerun[index + 1].windowEnd : nil
            if end == nil && isAlarmNow { return false }
            if recorded.state(at: start, initial: prior) == .alarm { return false }
            return !recorded.contains { entry in
                entry.state == .alarm && entry.windowEnd > start && (end.map { entry.windowEnd < $0 } ?? true)
            }
        }
    }

    /// The incident of a re-run transition into or out of ALARM: where that ALARM was entered.
    func incidentStart(of index: Int) -> Timestamp? {
        if rerun[index].state == .alarm { return rerun[index].windowEnd }
        guard index > 0 else { return prior == .alarm ? priorSince : nil }
        return rerun[index - 1].state == .alarm ? rerun[index - 1].windowEnd : nil
    }
}
