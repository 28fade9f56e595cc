import Testing
import TrailAlarms

private func order(_ rules: [(String, String)]) throws -> CompositeOrder {
    CompositeOrder(try rules.map { ($0.0, try AlarmRule($0.1)) })
}

@Suite struct CompositeOrderTests {
    @Test func `what is named is evaluated before what names it`() throws {
        let order = try order([
            ("top", "ALARM(left) AND ALARM(right)"), ("left", "ALARM(base) OR ALARM(m1)"), ("right", "ALARM(base)"),
            ("base", "AT_LEAST(1, ALARM, (m1, m2))"), ("alone", "TRUE"),
        ])
        #expect(order.names == ["base", "left", "right", "top", "alone"])
        #expect(order.cycles.isEmpty && order.stopped.isEmpty)
        #expect(order.parents(of: "base") == ["left", "right"])
        #expect(order.parents(of: "m1") == ["left", "base"])
        #expect(order.parents(of: "top").isEmpty)
    }

    /// The cycle that CloudWatch accepted and stopped at (facts 3.15, `alarm_composites` cycles/9): C and D stay as they
    /// are; what names them goes on.
    @Test func `a circle is stopped and named, what names it is not`() throws {
        let order = try order([
            ("E", "ALARM(C)"), ("C", "NOT ALARM(D)"), ("D", "ALARM(C)"), ("F", "OK(m)"), ("self", "OK(m) OR OK(self)"),
        ])
        #expect(order.names == ["E", "F"])
        #expect(order.stopped == ["C", "D", "self"])
        #expect(order.cycles.map(\.names) == [["C", "D"], ["self"]])
        #expect(
            order.cycles.first?.description
                == "composite alarms C → D → C need each other; they are not evaluated until one of their rules is changed, "
                + "for example to FALSE")
    }

    @Test func `breaking a circle lets its alarms go on`() throws {
        let order = try order([("C", "FALSE"), ("D", "ALARM(C)")])
        #expect(order.names == ["C", "D"] && order.stopped.isEmpty)
    }

    @Test func `a chain of thousands is no matter of the stack`() throws {
        let chain = (0..<5000).map { ("a\($0)", "ALARM(a\($0 + 1))") }
        #expect(try order(chain).names == (0..<5000).reversed().map { "a\($0)" })
        let ring = try order(chain + [("a5000", "ALARM(a0)")])
        #expect(ring.names.isEmpty && ring.stopped.count == 5001 && ring.cycles.first?.names.count == 5001)
    }

    @Test func `an alarm may be named by 150 composite alarms`() throws {
        let rules = (0..<150).map { ("c\($0)", "ALARM(m)") }
        #expect(throws: Never.self) { try order(rules).checkParents() }
        #expect(throws: AlarmRuleError(reason: .tooManyParents(151, child: "m"))) {
            try order(rules + [("one more", "OK(m)")]).checkParents()
        }
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func `those that reach themselves are stopped, and no others`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let count = Int.random(in: 1...8, using: &random)
            var reach = (0..<count).map { _ in
                (0..<count).map { _ in Int.random(in: 0..<5, using: &random) == 0 }
            }
            let edges = reach
            let rules = edges.enumerated().map { index, row in
                (
                    "a\(index)",
                    (["TRUE"] + row.indices.filter { row[$0] }.map { "OK(a\($0))" }).joined(separator: " OR ")
                )
            }
            // The transitive closure says who reaches whom.
            for middle in 0..<count {
                for from in 0..<count where reach[from][middle] {
                    for to in 0..<count where reach[middle][to] { reach[from][to] = true }
                }
            }
            let order = try order(rules)
            #expect(order.stopped == (0..<count).filter { reach[$0][$0] }.map { "a\($0)" }, "seed \(seed): \(rules)")
            #expect(Set(order.names + order.stopped).count == count && order.names.count + order.stopped.count == count)
            for (position, name) in order.names.enumerated() {
                let later = Set(order.names[position...])
                let own = Int(name.dropFirst()) ?? 0
                #expect(!(0..<count).contains { edges[own][$0] && later.contains("a\($0)") }, "seed \(seed): \(rules)")
            }
            for cycle in order.cycles {
                let numbers = cycle.names.compactMap { Int($0.dropFirst()) }
                for (from, to) in zip(numbers, numbers.dropFirst() + numbers.prefix(1)) {
                    #expect(edges[from][to], "seed \(seed): \(rules)")
                }
            }
        }
    }
}
