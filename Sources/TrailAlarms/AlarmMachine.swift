package import TrailModel

/// One metric alarm over time: its definition, what it remembers, and the decisions that follow from a series.
///
/// Windows are decided in the order of their end, each when the watermark has passed it; an ALARM that no further data
/// could change is taken before (see `AlarmMachine+Early.swift`), late events re-run windows (`AlarmMachine+Late.swift`).
package struct AlarmMachine: Equatable, Sendable {
    package private(set) var definition: MetricAlarm
    package var status: AlarmStatus

    /// A new alarm; its first window is the first that ends after `start`.
    package init(_ definition: MetricAlarm, startingAt start: Timestamp, now: Timestamp) {
        self.init(definition, status: AlarmStatus(startingAt: start, now: now, state: definition.initialState))
    }

    /// An alarm as a store remembers it.
    package init(_ definition: MetricAlarm, status: AlarmStatus) {
        self.definition = definition
        self.status = status
    }

    /// Puts another definition in place and keeps the state, as `PutMetricAlarm` does on an existing alarm.
    ///
    /// Windows decided under the former definition stay as they were decided.
    ///
    /// - Returns: False when nothing but the place in the file differs: then nothing changes, timestamps included.
    @discardableResult
    package mutating func replaceDefinition(_ new: MetricAlarm, now: Timestamp) -> Bool {
        let isEvaluatedAlike = definition.isEvaluated(as: new)
        let isSame = definition.isConfigured(as: new)
        definition = new
        guard !isSame else { return false }
        status.configurationUpdated = now
        if !isEvaluatedAlike { status.amendableAfter = status.decidedThrough }
        return true
    }

    /// The slots that ``advance(through:now:series:earlyAfter:)`` looks at.
    package func rangeNeeded(
        on resolution: Resolution, now: Timestamp, earlyAfter: Timestamp? = nil
    ) -> Range<Timestamp> {
        let step = definition.stepSeconds(on: resolution)
        let first = earlyAfter?.floored(toSeconds: step) ?? firstWindow(on: resolution)
        let from = first.adding(seconds: -definition.windowSeconds)
        let to = now.adding(seconds: definition.periodSeconds).ceiled(toSeconds: resolution.seconds)
        return from..<max(from, to)
    }

    /// The end of the first window that is not decided yet.
    package func firstWindow(on resolution: Resolution) -> Timestamp {
        let step = definition.stepSeconds(on: resolution)
        return status.decidedThrough.floored(toSeconds: step).adding(seconds: step)
    }

    /// Decides every window that `watermark` has passed, in order, then looks for an early ALARM among the open ones.
    ///
    /// - Parameters:
    ///   - watermark: Slots that end here or before are closed. No slot past the end of `data` counts as closed.
    ///   - now: The time of the decisions.
    ///   - data: The metric over at least ``rangeNeeded(on:now:)`` from its start on; open slots may be in it or not.
    ///   - earlyAfter: No window that ends here or earlier is taken early. While old files are still being read, all of
    ///     history is open; its windows are to be decided in order, and only those that are announced are urgent.
    /// - Returns: The transitions; an evaluation that changes nothing leaves status and reason alone.
    /// - Complexity: O(windows that hold data); stretches without data are skipped.
    package mutating func advance(
        through watermark: Timestamp, now: Timestamp, series data: AlarmData, earlyAfter: Timestamp? = nil
    ) -> [Decision] {
        let closedThrough = min(watermark, data.range.upperBound)
        var decisions = decideClosed(closedThrough, series: data) { _ in now }
        let early = earlyAlarm(closedThrough: closedThrough, now: now, series: data, after: earlyAfter)
        if let early { decisions.append(early) }
        return decisions
    }

    /// Begins the timeline of an alarm that has decided no closed window yet at another time: at the first event, once
    /// that is known.
    package mutating func start(at start: Timestamp) {
        precondition(
            status.decidedThrough == status.amendableAfter, "an alarm that decided windows cannot start again")
        status.decidedThrough = start
        status.amendableAfter = start
        status.decidedFrom = start
    }

    /// Decides every window that ends by `watermark` as if each had been decided at its end with all its data.
    ///
    /// This is the settled backtest: no early decision, the end of a window is the time of its decision.
    package mutating func settle(through watermark: Timestamp, series data: AlarmData) -> [Decision] {
        decideClosed(min(watermark, data.range.upperBound), series: data) { $0 }
    }

    private mutating func decideClosed(
        _ closedThrough: Timestamp, series data: AlarmData, decidedAt: (Timestamp) -> Timestamp
    ) -> [Decision] {
        checkEvaluable(on: data)
        var decisions: [Decision] = []
        let last = closedThrough.floored(toSeconds: definition.stepSeconds(on: data.resolution))
        var end = firstWindow(on: data.resolution)
        // Nearly every minute of nearly every alarm.
        guard end <= last else { return decisions }
        checkLoaded(data, from: end)
        var walk = WindowWalk(definition, data, closedThrough: closedThrough, openPeriods: .asTheyStand)
        while end <= last {
            let asked = walk.state(endingAt: end)
            if let decision = decide(asked ?? status.timelineState, end, walk: walk, at: decidedAt(end)) {
                decisions.append(decision)
            }
            var next = walk.nextEnd(after: end) ?? last.adding(seconds: walk.stepSeconds)
            if let pending = status.pendingEarlyWindow {
                next = min(next, pending.ceiled(toSeconds: walk.stepSeconds))
            }
            status.decidedThrough = min(next.adding(seconds: -walk.stepSeconds), last)
            end = next
        }
        return decisions
    }

    /// Takes the verdict of the next closed window.
    private mutating func decide(
        _ state: AlarmState, _ end: Timestamp, walk: WindowWalk, at decidedAt: Timestamp
    ) -> Decision? {
        if let pending = status.pendingEarlyWindow, end < pending {
            let from = status.timelineState
            status.timelineState = state
            guard from != state else { return nil }
            let reason = reason(to: state, walk.window(endingAt: end), at: decidedAt)
            return decision(.settled, at: decidedAt, window: end, from: from, to: state, reason: reason)
        }
        status.pendingEarlyWindow = nil
        status.timelineState = state
        guard state != status.state else { return nil }
        let reason = reason(to: state, walk.window(endingAt: end), at: decidedAt)
        return move(to: state, .ordinary, at: decidedAt, window: end, reason: reason)
    }

    func reason(
        to state: AlarmState, _ window: AlarmWindow, at decidedAt: Timestamp, isEarly: Bool = false
    ) -> StateReason {
        StateReason(
            definition, entering: state, window: window, verdict: Verdict(window.periods, alarm: definition),
            decidedAt: decidedAt, isEarly: isEarly)
    }

    /// Moves the present state.
    ///
    /// Leaving ALARM names the incident that was announced; else `entry`, where given, names it instead of `window`.
    mutating func move(
        to state: AlarmState, _ kind: Decision.Kind, at decidedAt: Timestamp, window: Timestamp,
        from: AlarmState? = nil,
        reason: StateReason, isMissedAlarm: Bool = false, entry: Timestamp? = nil
    ) -> Decision {
        let incident = state == .alarm ? entry ?? window : status.enteredAlarmAt ?? entry
        let result = decision(
            kind, at: decidedAt, window: window, from: from ?? status.state, to: state, reason: reason,
            changesState: true, isMissedAlarm: isMissedAlarm, incidentStart: incident)
        status.state = state
        status.reason = reason.text
        status.reasonData = reason.data
        status.stateUpdated = decidedAt
        status.hasTransitioned = true
        status.enteredAlarmAt = state == .alarm ? incident : nil
        return result
    }

    /// Numbers and words a decision; the present state is left alone.
    mutating func decision(
        _ kind: Decision.Kind, at decidedAt: Timestamp, window: Timestamp, from: AlarmState, to state: AlarmState,
        reason: StateReason, changesState: Bool = false, isMissedAlarm: Bool = false, incidentStart: Timestamp? = nil
    ) -> Decision {
        status.decisionNumber += 1
        return Decision(
            number: status.decisionNumber, alarmName: definition.name, contributor: definition.contributor,
            windowEnd: window, decidedAt: decidedAt,
            from: from, to: state, reason: reason.text, reasonData: reason.data, kind: kind,
            changesState: changesState, isLate: window.adding(seconds: Decision.lateAfterSeconds) < decidedAt,
            isFirst: changesState && !status.hasTransitioned && definition.contributor == nil,
            isMissedAlarm: isMissedAlarm,
            incidentStart: from == .alarm || state == .alarm ? incidentStart : nil,
            previous: changesState
                ? Decision.Previous(
                    reason: status.reason, reasonData: status.reasonData, updated: status.stateUpdated)
                : nil)
    }

    func checkEvaluable(on data: AlarmData) {
        precondition(
            definition.isEvaluable(on: data.resolution),
            "an alarm needs 1 <= M <= N and a Period that is a multiple of \(data.resolution.seconds) s; "
                + "got \(definition.requiredDatapoints) of \(definition.evaluationPeriods), \(definition.periodSeconds) s"
        )
    }

    /// A series that starts too late would make data look missing.
    func checkLoaded(_ data: AlarmData, from firstEnd: Timestamp) {
        let start = firstEnd.adding(seconds: -definition.windowSeconds)
        precondition(
            data.range.lowerBound <= start,
            "the series must start by \(start.rfc3339); got \(data.range.lowerBound.rfc3339)")
    }
}

extension MetricAlarm {
    /// True when both say the same; where they stand in their files does not count.
    package func isConfigured(as other: MetricAlarm) -> Bool {
        var other = other
        other.location = location
        return self == other
    }

    /// True when both ask for the same states on the same data.
    package func isEvaluated(as other: MetricAlarm) -> Bool {
        input.isRead(as: other.input) && periodSeconds == other.periodSeconds
            && rule == other.rule && threshold == other.threshold && comparison == other.comparison
    }
}
