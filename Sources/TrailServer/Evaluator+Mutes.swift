import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

/// What withholds actions, and what is withheld.
struct MuteBook {
    var mutes = Mutes()
    private(set) var withheld: [WithheldTransition.Key: WithheldTransition] = [:]

    init() {}

    init(_ store: Store, rules: [MuteRule]) throws {
        mutes = Mutes(rules: rules, try store.mutes())
        withheld = Dictionary(try store.withheldTransitions().map { ($0.key, $0) }) { $1 }
    }

    /// Takes what was written.
    mutating func apply(_ record: EvaluationRecord) {
        for name in record.removedMutes.keys { mutes.remove(name) }
        for mute in record.mutes { mutes.add(mute) }
        for key in record.released { withheld[key] = nil }
        for transition in record.withheld { withheld[transition.key] = transition }
    }
}

/// Mutes of alarms: state and history go on, actions wait.
extension Evaluator {
    /// Runs what was withheld from alarms that are muted no longer and are in that state still.
    func releaseMuted(_ moment: Moment, _ record: inout EvaluationRecord) throws {
        let now = moment.now
        for mute in mutes.mutes.expired(at: now) { record.removedMutes[mute.alarmName] = mute.until }
        guard let announcer else { return }
        let all = mutes.withheld.sorted {
            ($0.key.alarmName, $0.key.contributorID) < ($1.key.alarmName, $1.key.contributorID)
        }
        for (key, withheld) in all {
            if mutes.mutes.isMuted(key.alarmName, at: now) {
                // The end is looked for when the one that was known has come.
                guard withheld.mutedUntil <= now, let until = mutes.mutes.mutedUntil(key.alarmName, at: now) else {
                    continue
                }
                var longer = withheld
                longer.mutedUntil = until
                record.withheld.append(longer)
                continue
            }
            record.released.append(key)
            guard let (alarm, configurationUpdated, entry) = present(withheld) else { continue }
            var behind: EvidenceScope?
            if announcer.takesEvidence, let entry { behind = scope(ofWindowEnding: withheld.windowEnd, entry) }
            try record.take(
                announcer.release(
                    withheld, of: alarm, configurationUpdated: configurationUpdated, scope: behind, at: now, set: set),
                decisionNumber: withheld.decisionNumber)
        }
    }

    /// The alarm, when it is still in the state whose action was withheld.
    private func present(
        _ withheld: WithheldTransition
    ) -> (AnnouncedAlarm, configurationUpdated: Timestamp, entry: Entry?)? {
        if let node = tree.nodes[withheld.alarmName] {
            let status = node.machine.status
            guard withheld.action.runs(inState: status.state), status.decisionNumber == withheld.decisionNumber else {
                return nil
            }
            return (
                .composite(node.machine.definition, triggering: withheld.triggering), status.configurationUpdated, nil
            )
        }
        let alarm = entries.first { $0.stored.machine.definition.name == withheld.alarmName }
        let entry =
            withheld.contributor == nil
            ? alarm
            : alarm?.contributors.first { $0.stored.machine.definition.contributor?.id == withheld.key.contributorID }
        guard let entry else { return nil }
        let status = entry.stored.machine.status
        guard withheld.action.runs(inState: status.state), status.stateUpdated == withheld.action.since else {
            return nil
        }
        return (.metric(entry.stored.machine.definition), status.configurationUpdated, entry)
    }

    /// Keeps the mutes of people.
    mutating func change(mutes added: [Mute], removing removed: [String], at now: Timestamp) throws {
        var record = EvaluationRecord()
        record.mutes = added
        for name in removed { record.removedMutes[name] = now }
        try store.save(record)
        mutes.apply(record)
    }
}
