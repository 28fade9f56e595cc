import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore
import TrailTemplates

/// The events behind alarms.
extension Evaluator {
    /// What is behind a decision.
    func scope(of decision: Decision, _ entry: borrowing Entry) -> EvidenceScope {
        EvidenceScope(
            decision, of: entry.stored.machine.definition, entry.recipe, filters: set.filters, commit: latestCommit)
    }

    /// What is behind the window that ends at a time, as it is known now.
    func scope(ofWindowEnding end: Timestamp, _ entry: borrowing Entry) -> EvidenceScope {
        let alarm = entry.stored.machine.definition
        return EvidenceScope(
            entry.recipe, filters: set.filters, slots: alarm.slots(ofWindowEnding: end),
            periodSeconds: alarm.periodSeconds, throughCommit: latestCommit)
    }

    /// An ALARM that is told of again when somebody new takes part.
    struct NewEventsWatch: Sendable {
        let alarm: MetricAlarm
        let incidentStart: Timestamp
        /// The events of the breaching periods of the incident so far.
        let scope: EvidenceScope
    }

    /// The ALARMs that newcomers are to be told of.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - isDue: Says of an alarm whether it may be told of again already.
    /// - Returns: What to look for behind each of them.
    /// - Throws: What keeps the store from reading, and what `isDue` throws.
    mutating func newEventsWatches(
        at now: Timestamp, isDue: (_ alarm: MetricAlarm, _ incidentStart: Timestamp) throws -> Bool
    ) throws -> [NewEventsWatch] {
        guard announcer != nil else { return [] }
        var watches: [NewEventsWatch] = []
        for entry in entries where entry.stored.machine.definition.notifiesNewEvents {
            for entry in entry.hasContributors ? entry.contributors : [entry] {
                let status = entry.stored.machine.status
                guard status.state == .alarm, let began = status.enteredAlarmAt,
                    mutes.mutes.mutedUntil(entry.stored.machine.definition.name, at: now) == nil,
                    try isDue(entry.stored.machine.definition, began)
                else { continue }
                watches.append(try watch(entry, since: began, at: now))
            }
        }
        return watches
    }

    /// Windows slide, so that an event is one of the incident when any breaching period of it holds the event.
    private func watch(_ entry: Entry, since began: Timestamp, at now: Timestamp) throws -> NewEventsWatch {
        let alarm = entry.stored.machine.definition
        let step = entry.recipe.resolution.seconds
        let length = Int64(EvidenceScope.slotsMax) * step
        let last = (floorDivide(now.seconds, step) + 1) * step
        let first = max(floorDivide(began.seconds, step) * step, last - length + alarm.periodSeconds)
        // Expressions may look at what was before.
        let range = Timestamp(seconds: first - alarm.windowSeconds)..<Timestamp(seconds: last)
        let data = try entry.recipe.data(range, slots: store.slots)
        var slots: [Timestamp] = []
        for end in stride(from: first, through: last, by: Int(step)) {
            let end = Timestamp(seconds: end)
            guard let value = alarm.periods(endingAt: end, count: 1, data, closedThrough: end)[0],
                alarm.comparison.isBreached(by: value.value, threshold: alarm.threshold)
            else { continue }
            let start = end.adding(seconds: -alarm.periodSeconds)
            let unseen = max(start, slots.last?.adding(seconds: step) ?? start)
            slots += stride(from: unseen.seconds, to: end.seconds, by: Int(step)).map { Timestamp(seconds: $0) }
        }
        var scope = EvidenceScope(
            entry.recipe, filters: set.filters, slots: slots, periodSeconds: step, throughCommit: latestCommit)
        scope.isNewestFirst = true
        return NewEventsWatch(alarm: alarm, incidentStart: began, scope: scope)
    }

    /// The state of what is watched, while the ALARM lasts; `nil` when it is over.
    func status(of watch: NewEventsWatch) -> AlarmStatus? {
        let own = entries.first { $0.stored.machine.definition.name == watch.alarm.name }
        let entry =
            watch.alarm.contributor == nil
            ? own : own?.contributors.first { $0.stored.machine.definition.contributor == watch.alarm.contributor }
        guard let status = entry?.stored.machine.status, status.state == .alarm,
            status.enteredAlarmAt == watch.incidentStart
        else { return nil }
        return status
    }
}
