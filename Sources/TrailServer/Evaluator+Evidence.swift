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

    private func watch(_ entry: Entry, since began: Timestamp, at now: Timestamp) throws -> NewEventsWatch {
        let alarm = entry.stored.machine.definition
        let period = alarm.periodSeconds
        let first = began.adding(seconds: -Int64(alarm.evaluationPeriods) * period)
        let length = max(0, now.seconds - first.seconds)
        let count = min(Int(length / period) + 1, EvidenceScope.slotsMax)
        let end = first.adding(seconds: (length / period + 1) * period)
        let start = end.adding(seconds: -Int64(count) * period)
        // Expressions may look at what was before.
        let range = start.adding(seconds: -alarm.windowSeconds)..<end
        let data = try entry.recipe.data(range, slots: store.slots)
        let values = alarm.periods(endingAt: end, count: count, data, closedThrough: end)
        let slots = values.enumerated().compactMap { index, value -> Timestamp? in
            guard let value, alarm.comparison.isBreached(by: value.value, threshold: alarm.threshold) else {
                return nil
            }
            return start.adding(seconds: Int64(index) * period)
        }
        return NewEventsWatch(
            alarm: alarm, incidentStart: began,
            scope: EvidenceScope(
                entry.recipe, filters: set.filters, slots: slots, periodSeconds: period, throughCommit: latestCommit))
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
