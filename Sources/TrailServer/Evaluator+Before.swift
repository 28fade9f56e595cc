import TrailAlarms
import TrailModel
import TrailStore

/// Days that fill in behind newer days, whose windows were decided first.
extension Evaluator {
    /// Where the timeline of an alarm can begin now that older events are there than it began with.
    func newStart(of entry: Entry, _ moment: Moment) -> Timestamp? {
        guard !moment.isBehind(entry.recipe), !moment.isFilling, let firstTraffic else { return nil }
        let start = max(firstTraffic, earliestStart(of: entry, moment))
        guard !entry.stored.machine.rangeNeeded(precedingFrom: start, on: entry.recipe.resolution).isEmpty else {
            return nil
        }
        return start
    }

    /// One event with a wrong clock would have an alarm that tells the time decide every minute since.
    func earliestStart(of entry: Entry, _ moment: Moment) -> Timestamp {
        guard entry.stored.machine.definition.input.tellsTime else { return Timestamp(milliseconds: .min) }
        return moment.now.adding(seconds: -Self.clockSeconds)
    }

    private static let clockSeconds: Int64 = 31 * 86_400

    /// Decides the windows before those of the alarm: recorded, never acting.
    func precede(
        _ entry: inout Entry, _ moment: Moment, _ record: inout EvaluationRecord
    ) throws -> [Decision] {
        guard let start = newStart(of: entry, moment), let former = entry.stored.machine.status.decidedFrom else {
            return []
        }
        let resolution = entry.recipe.resolution
        let range = entry.stored.machine.rangeNeeded(precedingFrom: start, on: resolution)
        let timeline = try timeline(of: entry, from: former, record)
        let result = entry.stored.machine.precede(
            from: start, timeline: timeline, now: moment.now,
            series: try entry.recipe.data(range, slots: store.slots))
        record.catchUps.append(
            AlarmCatchUp(
                of: entry.stored.machine.definition, windowsAfter: start, windowsThrough: former))
        guard result.changesWhatFollows else { return result.decisions }
        let slot = resolution.slot(of: former)
        let before = result.decisions.map { TimelineEntry(windowEnd: $0.windowEnd, state: $0.to) }
        return result.decisions + (try redecide(&entry, slot...slot, before + timeline, moment, &record))
    }
}
