package import TrailModel

/// What deciding the windows before an alarm's first one gave.
package struct Precedence: Equatable, Sendable {
    /// Settled transitions, in the order of their windows.
    package let decisions: [Decision]
    /// True when the first window that was decided before may keep another state than it kept then.
    package let changesWhatFollows: Bool
}

extension AlarmMachine {
    /// The slots that ``precede(from:timeline:now:series:)`` looks at; empty when there is nothing to decide.
    package func rangeNeeded(precedingFrom start: Timestamp, on resolution: Resolution) -> Range<Timestamp> {
        guard let decidedFrom = status.decidedFrom, start < decidedFrom else { return start..<start }
        let junction = firstEnd(after: decidedFrom, on: resolution)
        guard junction <= status.decidedThrough else { return start..<start }
        return firstEnd(after: start, on: resolution).adding(seconds: -definition.windowSeconds)..<junction
    }

    /// Decides the windows before the alarm's first one, whose events were read behind newer ones.
    ///
    /// What it gives is recorded and never acts: the present state stays, and what was decided of later windows, too.
    /// Where the recorded timeline began in the state of a new alarm, it goes back to it there.
    ///
    /// - Parameters:
    ///   - start: The new start of the timeline, before the present one.
    ///   - timeline: The recorded transitions, sorted by window end.
    ///   - now: The time of the decisions.
    ///   - data: The metric over at least ``rangeNeeded(precedingFrom:on:)``, which is not empty.
    /// - Returns: The transitions, and whether the windows after them are to be decided again.
    package mutating func precede(
        from start: Timestamp, timeline: [TimelineEntry], now: Timestamp, series data: AlarmData
    ) -> Precedence {
        checkEvaluable(on: data)
        guard let decidedFrom = status.decidedFrom, start < decidedFrom else {
            return Precedence(decisions: [], changesWhatFollows: false)
        }
        let junction = firstEnd(after: decidedFrom, on: data.resolution)
        var end = firstEnd(after: start, on: data.resolution)
        checkLoaded(data, from: end)
        var walk = WindowWalk(definition, data, closedThrough: junction, openPeriods: .asTheyStand)
        var state = definition.initialState
        var decisions: [Decision] = []
        func settle(_ machine: inout AlarmMachine, _ asked: AlarmState, _ end: Timestamp, _ walk: WindowWalk) {
            guard asked != state else { return }
            let reason = machine.reason(to: asked, walk.window(endingAt: end), at: now)
            decisions.append(
                machine.decision(.settled, at: now, window: end, from: state, to: asked, reason: reason))
            state = asked
        }
        while end < junction {
            settle(&self, walk.state(endingAt: end) ?? state, end, walk)
            guard let next = walk.nextEnd(after: end) else { break }
            end = next
        }
        var changesWhatFollows = false
        if state != definition.initialState, !timeline.contains(where: { $0.windowEnd == junction }) {
            let asked = walk.state(endingAt: junction)
            changesWhatFollows = asked != definition.initialState
            if !changesWhatFollows { settle(&self, definition.initialState, junction, walk) }
        }
        status.decidedFrom = start
        // A definition that changed since keeps what was decided under the former one.
        if status.amendableAfter == decidedFrom { status.amendableAfter = start }
        return Precedence(decisions: decisions, changesWhatFollows: changesWhatFollows)
    }

    private func firstEnd(after time: Timestamp, on resolution: Resolution) -> Timestamp {
        let step = definition.stepSeconds(on: resolution)
        return time.floored(toSeconds: step).adding(seconds: step)
    }
}
