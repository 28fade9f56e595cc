import TrailAlarms
import TrailModel
import TrailStore

/// Windows that are decided again because of what came late.
extension Evaluator {
    /// Decides closed windows again whose minutes changed.
    func redecideLate(
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

    /// Times that late events changed the timeline of an alarm, by kind.
    static let amendedCounter = "amended_decisions"
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
