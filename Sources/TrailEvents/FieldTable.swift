/// One step of a path from a record to a value in it.
package enum PathStep: Hashable, Sendable {
    /// The member of an object with exactly this name (compared byte by byte).
    case member(String)
    /// Every member of an object.
    case anyMember
    /// The element of an array with this 0-based index.
    case element(Int)
    /// Every element of an array.
    case anyElement

    var isWildcard: Bool { self == .anyMember || self == .anyElement }
}

/// The number of a path in a ``FieldTable``; equal in every copy made from that table afterwards.
package struct FieldID: Hashable, Sendable {
    package let index: Int

    package init(index: Int) {
        self.index = index
    }
}

/// The paths that a scan looks for, as a trie; everything off these paths is skipped.
///
/// A new table holds the well-known fields of CloudTrail; filters add theirs before the scanner is made.
package struct FieldTable: Sendable {
    struct Node: Sendable {
        var members: [[UInt8]: Int] = [:]
        var anyMember: Int?
        var elements: [Int: Int] = [:]
        var anyElement: Int?
        var field: Int?
        /// A wildcard leads here, so that one record may hold many such nodes.
        var isMulti = false
    }

    /// The trie; node 0 is the record itself.
    private(set) var nodes = [Node()]
    /// Number of ids given out.
    package private(set) var count = 0

    package init() {
        for (id, path) in FieldID.wellKnown {
            let added = add(path)
            precondition(added == id, "the well-known fields must be listed in the order of their ids")
        }
    }

    /// The id of `path`, made on its first use; the empty path is the record itself.
    package mutating func add(_ path: [PathStep]) -> FieldID {
        var current = 0
        for step in path { current = child(of: current, step) }
        if let field = nodes[current].field { return FieldID(index: field) }
        nodes[current].field = count
        count += 1
        return FieldID(index: count - 1)
    }

    private mutating func child(of parent: Int, _ step: PathStep) -> Int {
        let fresh = nodes.count
        let known: Int? =
            switch step {
            case .member(let name): nodes[parent].members[Array(name.utf8)]
            case .anyMember: nodes[parent].anyMember
            case .element(let index): nodes[parent].elements[index]
            case .anyElement: nodes[parent].anyElement
            }
        if let known { return known }
        switch step {
        case .member(let name): nodes[parent].members[Array(name.utf8)] = fresh
        case .anyMember: nodes[parent].anyMember = fresh
        case .element(let index): nodes[parent].elements[index] = fresh
        case .anyElement: nodes[parent].anyElement = fresh
        }
        nodes.append(Node(isMulti: nodes[parent].isMulti || step.isWildcard))
        return fresh
    }
}
