import TrailAlarms
import TrailModel
import TrailStore

/// The composite alarms of a set, and how what happens to one alarm goes on to others.
struct CompositeTree {
    /// A composite alarm at work.
    struct Node {
        var machine: CompositeMachine
        var mark: Timestamp

        var stored: StoredComposite {
            StoredComposite(definition: machine.definition, status: machine.status, mark: mark)
        }
    }

    /// An alarm that entered a state.
    struct Change {
        let name: String
        let child: CompositeMachine.Child
        /// The end of the window that decided.
        let windowEnd: Timestamp
        /// False for what only the reading of history brought about.
        let isNews: Bool
    }

    typealias Done = (name: String, step: CompositeMachine.Step)

    /// In the order of the set.
    private(set) var names: [String] = []
    private(set) var nodes: [String: Node] = [:]
    private var order = CompositeOrder([])
    private var positions: [String: Int] = [:]
    private var suppressed: [String: [String]] = [:]

    init() {}

    init(_ nodes: [Node]) {
        names = nodes.map(\.machine.definition.name)
        self.nodes = Dictionary(nodes.map { ($0.machine.definition.name, $0) }) { first, _ in first }
        order = CompositeOrder(nodes.map { ($0.machine.definition.name, $0.machine.definition.rule) })
        positions = Dictionary(order.names.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        for node in nodes {
            guard let suppressor = node.machine.definition.suppressor else { continue }
            suppressed[suppressor.alarm.name, default: []].append(node.machine.definition.name)
        }
    }

    var isEmpty: Bool { nodes.isEmpty }

    /// The states of the composite alarms.
    var states: [String: CompositeMachine.Child] { nodes.mapValues { $0.machine.child } }

    /// Ends the waits that are over.
    mutating func passTime(_ now: Timestamp) -> [Done] {
        var done: [Done] = []
        for name in names {
            guard let deadline = nodes[name]?.machine.status.suppression.deadline, deadline <= now else { continue }
            suppress(name, .timePassed, now, &done)
        }
        return done
    }

    /// Carries a change of a metric alarm on to all that follow from it.
    ///
    /// - Parameters:
    ///   - change: The change, which is taken into `states`.
    ///   - now: The time of the steps.
    ///   - states: Of all alarms.
    /// - Returns: The steps in their order.
    mutating func take(
        _ change: Change, at now: Timestamp, _ states: inout [String: CompositeMachine.Child]
    ) -> [Done] {
        states[change.name] = change.child
        var done: [Done] = []
        var entered = [change.name]
        var waiting = positions(ofParentsOf: change.name)
        suppressAll(by: change.name, states, now, &done)
        while let position = waiting.min() {
            waiting.remove(position)
            let name = order.names[position]
            guard let node = nodes[name] else { continue }
            let children = Set(node.machine.definition.rule.children.map(\.name))
            let isNews = change.isNews && change.windowEnd > node.mark
            let cause = CompositeMachine.Cause.children(entered.filter(children.contains))
            guard evaluate(name, cause, isNews: isNews, now, &states, &done) else { continue }
            entered.append(name)
            waiting.formUnion(positions(ofParentsOf: name))
        }
        return done
    }

    private func positions(ofParentsOf name: String) -> Set<Int> {
        Set(order.parents(of: name).compactMap { positions[$0] })
    }

    /// Evaluates all of them, children first: after a load.
    ///
    /// - Parameters:
    ///   - causes: Of those that are new or whose rules are; what others missed is no news.
    ///   - areNews: Whether these, and what follows from them, are.
    ///   - now: The time of the steps.
    ///   - suppresses: Whether suppression is looked at, too.
    ///   - states: Of all alarms.
    /// - Returns: The steps in their order.
    mutating func evaluateAll(
        _ causes: [String: CompositeMachine.Cause], areNews: Bool, at now: Timestamp, suppresses: Bool = true,
        _ states: inout [String: CompositeMachine.Child]
    ) -> [Done] {
        var done: [Done] = []
        var entered: [String] = []
        for name in order.names {
            let children = Set(nodes[name]?.machine.definition.rule.children.map(\.name) ?? [])
            let changed = entered.filter(children.contains)
            let cause = causes[name] ?? (changed.isEmpty ? .unknown : .children(changed))
            let isNews = areNews && cause != .unknown
            if evaluate(name, cause, isNews: isNews, now, &states, &done), isNews { entered.append(name) }
        }
        // A suppressor may have changed while nobody looked.
        guard suppresses else { return done }
        for suppressor in suppressed.keys.sorted() { suppressAll(by: suppressor, states, now, &done) }
        return done
    }

    /// True when the alarm changed its state.
    private mutating func evaluate(
        _ name: String, _ cause: CompositeMachine.Cause, isNews: Bool, _ now: Timestamp,
        _ states: inout [String: CompositeMachine.Child], _ done: inout [Done]
    ) -> Bool {
        guard var node = nodes[name] else { return false }
        let steps = node.machine.evaluate(cause, isNews: isNews, at: now, children: states)
        guard !steps.isEmpty else { return false }
        nodes[name] = node
        states[name] = node.machine.child
        done += steps.map { (name, $0) }
        suppressAll(by: name, states, now, &done)
        return true
    }

    private mutating func suppressAll(
        by suppressor: String, _ states: [String: CompositeMachine.Child], _ now: Timestamp, _ done: inout [Done]
    ) {
        let isInAlarm = states[suppressor]?.state == .alarm
        for name in suppressed[suppressor] ?? [] {
            suppress(name, isInAlarm ? .suppressorEnteredAlarm : .suppressorLeftAlarm, now, &done)
        }
    }

    private mutating func suppress(
        _ name: String, _ event: ActionSuppression.Event, _ now: Timestamp, _ done: inout [Done]
    ) {
        guard let steps = nodes[name]?.machine.suppress(event, at: now) else { return }
        done += steps.map { (name, $0) }
    }
}

extension CompositeMachine {
    var child: Child { Child(state: status.state, since: status.stateTransitioned) }
}
