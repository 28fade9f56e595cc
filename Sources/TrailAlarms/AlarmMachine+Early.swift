import TrailModel

extension MetricAlarm {
    /// True when what is still missing from an open period can only raise its value, so that a breach stands.
    ///
    /// That holds for sums and sample counts of values of at least 0 compared with `>` or `>=`. A negative DefaultValue
    /// may still enter an open slot, and so makes it wholly unknown.
    ///
    /// No extended statistic is one of them, so that alarms on them wait for each slot to close: a percentile or a
    /// trimmed mean moves both ways with each sample. So does a trimmed sum, since a sample of 0 pushes a larger one out
    /// of `ts90`, and so does `TC(100:200)`, whose bounds cut a bucket at another place when the minimum or maximum moves.
    func isBoundedBelow(_ series: SlotSeries) -> Bool {
        guard series.isNonNegative && (series.defaultValue ?? 0) >= 0 else { return false }
        switch (input.statistic, comparison) {
        case (.sum?, .greaterThanThreshold), (.sum?, .greaterThanOrEqualToThreshold),
            (.sampleCount?, .greaterThanThreshold), (.sampleCount?, .greaterThanOrEqualToThreshold):
            return true
        default: return false
        }
    }

    /// What an open period is in the completion that is hardest to alarm on, given the data so far.
    ///
    /// Not breaching is hardest wherever it is possible: turning any other class into it never brings an ALARM about.
    /// Where every allowed value breaches, a period with data will breach; one without will breach or stay missing, and
    /// missing is then the harder one. The tests prove both by trying every completion of every small window.
    func hardestCompletion(_ partial: StatisticSet?, isBoundedBelow: Bool) -> DatapointClass {
        guard isBoundedBelow else { return .notBreaching }
        guard let partial else {
            return comparison.isBreached(by: 0, threshold: threshold) ? .missing : .notBreaching
        }
        return classify(partial)
    }
}

extension AlarmMachine {
    /// Moves to ALARM when an open window, ending at most one period after `now`, is ALARM under every completion of its
    /// open slots and whatever the state before; the earliest such window is the reason.
    mutating func earlyAlarm(
        closedThrough: Timestamp, now: Timestamp, series data: AlarmData, after: Timestamp?
    ) -> Decision? {
        guard status.state != .alarm, status.pendingEarlyWindow == nil else { return nil }
        let step = definition.stepSeconds(on: data.resolution)
        let last = now.adding(seconds: definition.periodSeconds).floored(toSeconds: step)
        var end = firstWindow(on: data.resolution)
        if let after {
            let known = after.floored(toSeconds: step)
            // Where nothing is decided yet, the start of the timeline says nothing.
            if known > status.decidedThrough || status.decidedThrough == status.amendableAfter {
                checkLoaded(data, from: known)
                // An ALARM that had begun before is no news, and how it began is found when windows are decided in order.
                var asTheyStand = WindowWalk(
                    definition, data, closedThrough: closedThrough, openPeriods: .asTheyStand)
                if asTheyStand.state(endingAt: known) == .alarm { return nil }
            }
            end = max(end, known.adding(seconds: step))
        }
        guard end <= last else { return nil }
        checkLoaded(data, from: end)
        guard canBreach(data, from: end.adding(seconds: -definition.windowSeconds), to: last, closedThrough)
        else { return nil }
        var walk = WindowWalk(definition, data, closedThrough: closedThrough, openPeriods: .hardestToAlarm)
        while end <= last {
            if walk.state(endingAt: end) == .alarm {
                status.pendingEarlyWindow = end
                let reason = reason(to: .alarm, walk.window(endingAt: end), at: now, isEarly: true)
                return move(to: .alarm, .early, at: now, window: end, reason: reason)
            }
            // Among windows without data the first has the most closed periods, and so was the likeliest.
            guard let next = walk.nextEnd(after: end) else { return nil }
            end = next
        }
        return nil
    }

    /// False when no window in the range can hold a breaching datapoint, the usual case, found in one sum.
    private func canBreach(
        _ data: AlarmData, from: Timestamp, to: Timestamp, _ closedThrough: Timestamp
    ) -> Bool {
        guard definition.rule.treatMissingData != .breaching, case .metric(let series) = data else { return true }
        let all = series.values(from: from, to: to, closedThrough: closedThrough)
        guard definition.isBoundedBelow(series) else { return all != nil }
        return definition.classify(all) == .breaching
    }
}
