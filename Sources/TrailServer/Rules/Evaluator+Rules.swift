import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

/// Events about alarms themselves, for the event rules that ask for them.
extension Evaluator {
    /// Tells the rules that match of the present states that an evaluation moved; `composites` are as it left them.
    func tellRules(_ composites: CompositeTree, _ moment: Moment, _ record: inout EvaluationRecord) throws {
        guard let teller = RuleTeller(rules, announcer, set) else { return }
        let moves = presentStates(record.decisions + record.compositeDecisions)
        guard !moves.isEmpty else { return }
        let metricAlarms = Dictionary(entries.map { ($0.stored.machine.definition.name, $0) }) { first, _ in first }
        for decision in moves {
            if let entry = metricAlarms[decision.alarmName] {
                // What was before is recorded, and nobody's news.
                guard decision.windowEnd > entry.stored.mark else { continue }
                var definition = entry.stored.machine.definition
                if let contributor = decision.contributor { definition = definition.contributed(by: contributor) }
                try teller.tell(decision, of: .metric(definition), at: moment.now, &record)
            } else if let node = composites.nodes[decision.alarmName], node.machine.status.isNews {
                try teller.tell(
                    decision, of: .composite(node.machine.definition, triggering: []), at: moment.now, &record)
            }
        }
    }

    /// The decisions that moved present states; of those that come late, as after a time away, the last of each alarm.
    private func presentStates(_ decisions: [Decision]) -> [Decision] {
        let moves = decisions.filter(\.changesState)
        var last: [[String]: Int] = [:]
        func key(_ decision: Decision) -> [String] { [decision.alarmName, decision.contributor?.id ?? ""] }
        for (index, decision) in moves.enumerated() { last[key(decision)] = index }
        return moves.enumerated().filter { !$0.element.isLate || last[key($0.element)] == $0.offset }.map(\.element)
    }
}
