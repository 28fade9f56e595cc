import TrailAlarms
import TrailModel
import TrailPatterns
import TrailStore

/// What is written so that past decisions can be explained.
extension Evaluator {
    /// The version that a load makes of an alarm which was there before; none when nothing that decides changed.
    func version(
        of machine: AlarmMachine, from old: AlarmMachine, _ filters: [MetricFilter],
        _ latest: [[UInt8]: AlarmVersion], at now: Timestamp
    ) throws -> [AlarmVersion] {
        let filters = try AlarmFilters(of: machine.definition, among: filters).text()
        let known = latest[Array(machine.definition.name.utf8)]
        let isSame = machine.definition.isConfigured(as: old.definition)
        guard !isSame || known?.filters != filters else { return [] }
        // The filters of a version that did not keep them are taken to be those of now.
        let isCompletion = isSame && known.map { !$0.isRemoval && $0.filters == nil } ?? true
        let windowsAfter = isCompletion ? known?.windowsAfter : old.status.decidedThrough
        let since = isCompletion ? known?.since ?? machine.status.configurationUpdated : now
        return [try AlarmVersion(machine.definition, filters: filters, since: since, windowsAfter: windowsAfter)]
    }

    /// Notes the windows that the alarm decided although their slots had been closed before: what came in between was
    /// seen by it.
    func noteCatchUp(of entry: Entry, from former: Timestamp, _ record: inout EvaluationRecord) {
        let machine = entry.stored.machine
        let step = machine.definition.stepSeconds(on: entry.recipe.resolution)
        guard let closed = store.closedThrough else { return }
        let through = min(machine.status.decidedThrough, closed)
        guard former.floored(toSeconds: step).adding(seconds: step) <= through else { return }
        record.catchUps.append(
            AlarmCatchUp(of: machine.definition, windowsAfter: former, windowsThrough: through))
    }
}
