import TrailAlarms
import TrailModel
import TrailTemplates

/// Composite alarms over the settled transitions of the alarms that they name: their clock is the end of the window that
/// moved a child.
struct SettledComposites {
    private var tree: CompositeTree
    private var states: [String: CompositeMachine.Child]
    private(set) var decisions: [String: [Decision]] = [:]

    /// Runs the composite alarms of `set` over the transitions of its metric alarms, in any order.
    init(
        _ set: AlarmSet, _ transitions: [Decision], home: AlarmHome, startingAt start: Timestamp, through end: Timestamp
    ) {
        tree = CompositeTree(
            set.composites.map { definition in
                let machine = CompositeMachine(definition, status: CompositeStatus(now: start), home: home)
                return CompositeTree.Node(machine: machine, mark: start)
            })
        let new = CompositeMachine.Child(state: .insufficientData, since: start)
        states = Dictionary(set.alarms.map { ($0.name, new) }) { first, _ in first }
        states.merge(tree.states) { _, composite in composite }
        let causes = Dictionary(set.composites.map { ($0.name, CompositeMachine.Cause.created) }) { first, _ in first }
        take(tree.evaluateAll(causes, areNews: false, at: start, &states))
        let ordered = transitions.filter { $0.contributor == nil }.enumerated().sorted {
            ($0.element.windowEnd, $0.offset) < ($1.element.windowEnd, $1.offset)
        }
        for (_, decision) in ordered {
            take(tree.passTime(decision.windowEnd))
            let change = CompositeTree.Change(
                name: decision.alarmName,
                child: CompositeMachine.Child(state: decision.to, since: decision.windowEnd),
                windowEnd: decision.windowEnd, isNews: false)
            take(tree.take(change, at: decision.windowEnd, &states))
        }
        take(tree.passTime(end))
    }

    private mutating func take(_ done: [CompositeTree.Done]) {
        for (name, step) in done {
            if case .transition(let before, let after) = step {
                decisions[name, default: []].append(Decision(ofComposite: name, before: before, after: after))
            }
        }
    }
}
