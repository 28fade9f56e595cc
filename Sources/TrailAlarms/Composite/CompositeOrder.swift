/// In which order composite alarms are evaluated, and which of them need each other in a circle.
///
/// A rule that names its own alarm is refused by ``AlarmRule/check(name:home:known:)``. Longer circles load: their
/// alarms keep the states they have, and are not evaluated until one of the rules is changed. Alarms outside a circle
/// that name one inside are evaluated as usual. Complexity: O(alarms + children).
package struct CompositeOrder: Equatable, Sendable {
    /// The composite alarms to evaluate, each after all that it names.
    package let names: [String]
    /// A circle of each group of alarms that need each other, in the order in which they do.
    package let cycles: [CompositeCycle]
    /// The alarms that are not evaluated, sorted.
    package let stopped: [String]
    /// The composite alarms that name an alarm, in the order of the input; those that are not evaluated are among them.
    private let parents: [String: [String]]

    /// Orders composite alarms.
    ///
    /// - Parameter rules: Composite alarms with their rules, each name once; children that are not among them are metric
    ///   alarms.
    package init(_ rules: [(name: String, rule: AlarmRule)]) {
        var children: [String: [String]] = [:]
        var parents: [String: [String]] = [:]
        for (name, rule) in rules {
            children[name] = rule.children.map(\.name)
            for child in children[name] ?? [] { parents[child, default: []].append(name) }
        }
        let inner = children.mapValues { $0.filter { children[$0] != nil } }
        var names: [String] = []
        var cycles: [CompositeCycle] = []
        var stopped: [String] = []
        for group in stronglyConnected(rules.map(\.name), inner) {
            let isCycle = group.count > 1 || inner[group[0]]?.contains(group[0]) == true
            if isCycle {
                cycles.append(CompositeCycle(through: group, inner))
                stopped += group
            } else {
                names += group
            }
        }
        self.names = names
        self.cycles = cycles
        self.stopped = stopped.sorted()
        self.parents = parents
    }

    /// The composite alarms whose rules name the alarm, also those that are not evaluated.
    package func parents(of name: String) -> [String] { parents[name] ?? [] }

    /// Whether no alarm is named by more composite alarms than CloudWatch allows.
    ///
    /// - Throws: ``AlarmRuleError`` without a place, for the first such alarm by name.
    package func checkParents() throws(AlarmRuleError) {
        for (child, parents) in parents.sorted(by: { $0.key < $1.key }) where parents.count > AlarmRule.parentsMax {
            throw AlarmRuleError(reason: .tooManyParents(parents.count, child: child))
        }
    }
}

/// Composite alarms that need each other in a circle.
package struct CompositeCycle: Equatable, Sendable, CustomStringConvertible {
    /// Each names the next one, the last names the first.
    package let names: [String]

    /// A shortest circle through the first name of a group of alarms that need each other.
    fileprivate init(through group: [String], _ children: [String: [String]]) {
        let start = group.min() ?? ""
        let members = Set(group)
        var reached: [String: String] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count, reached[start] == nil {
            let name = queue[next]
            next += 1
            for child in children[name] ?? [] where members.contains(child) && reached[child] == nil {
                reached[child] = name
                queue.append(child)
            }
        }
        var path: [String] = []
        var name = start
        while let previous = reached[name] {
            path.append(previous)
            name = previous
            if name == start { break }
        }
        names = path.reversed()
    }

    /// The warning that a load shows.
    package var description: String {
        "composite alarms \((names + names.prefix(1)).joined(separator: " → ")) need each other; they are not evaluated "
            + "until one of their rules is changed, for example to FALSE"
    }
}

/// The groups of names that reach each other, each after the groups that it reaches (Tarjan), without recursion: rules
/// decide the depth.
private func stronglyConnected(_ names: [String], _ children: [String: [String]]) -> [[String]] {
    var index: [String: Int] = [:]
    var low: [String: Int] = [:]
    var open: [String] = []
    var isOpen: Set<String> = []
    var groups: [[String]] = []
    for root in names where index[root] == nil {
        var path: [(name: String, next: Int)] = [(root, 0)]
        while let (name, next) = path.last {
            if next == 0 {
                index[name] = index.count
                low[name] = index[name]
                open.append(name)
                isOpen.insert(name)
            }
            let following = children[name] ?? []
            if next < following.count {
                path[path.count - 1].next += 1
                let child = following[next]
                if index[child] == nil {
                    path.append((child, 0))
                } else if isOpen.contains(child) {
                    low[name] = min(low[name] ?? 0, index[child] ?? 0)
                }
                continue
            }
            path.removeLast()
            if let parent = path.last?.name { low[parent] = min(low[parent] ?? 0, low[name] ?? 0) }
            guard low[name] == index[name], let start = open.lastIndex(of: name) else { continue }
            groups.append(Array(open[start...]))
            isOpen.subtract(open[start...])
            open.removeSubrange(start...)
        }
    }
    return groups
}
