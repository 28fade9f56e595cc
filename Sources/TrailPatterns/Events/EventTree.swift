import TrailEvents

/// An event read whole, for the fields that stand in arrays or under names with dots.
struct EventTree {
    private let tape: JSONTape

    /// - Returns: `nil` when the event is no JSON after all, of which the scanner checks only what it enters.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        do throws(JSONTape.Fault) {
            tape = try JSONTape(Array(bytes), nestingMax: RecordScanner.nestingMax)
        } catch {
            return nil
        }
    }

    /// A field that is looked for, and how many bytes of its path lead to the value at hand, the next dot included.
    private struct Pending {
        let field: EventField
        let offset: Int

        /// Whether the path ends here: its last name was passed, and a dot that is not there.
        var isAtEnd: Bool { offset == field.path.count + 1 }
    }

    /// Whether each field has a value that will do, all from the same element of every array that several of them are
    /// in; or none, where that will do.
    ///
    /// - Complexity: O(fields × values on their paths), times the depth where names with dots are ambiguous. There a
    ///   field takes the first of its places that will do alone.
    func holds(_ fields: some Sequence<EventField>) -> Bool {
        var pending: [Pending] = []
        for field in fields {
            let start = Pending(field: field, offset: 0)
            if hasLeaf(0, start) {
                pending.append(start)
            } else if !field.holdsWhenAbsent {
                return false
            }
        }
        return pending.isEmpty || holds(0, pending)
    }

    private func hasLeaf(_ index: Int, _ pending: Pending) -> Bool {
        switch tape.nodes[index].kind {
        case .object:
            for (member, below) in members(of: index, for: pending) where hasLeaf(member, below) { return true }
            return false
        case .array:
            for element in tape.children(of: index) where hasLeaf(element, pending) { return true }
            return false
        default: return pending.isAtEnd
        }
    }

    private func holds(_ index: Int, _ pending: [Pending]) -> Bool {
        let node = tape.nodes[index]
        switch node.kind {
        case .object: return holdsInObject(index, pending)
        case .array:
            for element in tape.children(of: index) where holds(element, pending) { return true }
            return false
        default:
            if node.hasEscapes {
                return tape.text(of: node).withUnsafeBufferPointer { holds(node.kind, $0, pending) }
            }
            return tape.bytes.withUnsafeBufferPointer { bytes in
                holds(node.kind, UnsafeBufferPointer(rebasing: bytes[node.content]), pending)
            }
        }
    }

    private func holds(_ kind: ValueKind, _ text: UnsafeBufferPointer<UInt8>, _ pending: [Pending]) -> Bool {
        pending.allSatisfy { $0.isAtEnd && $0.field.holds(kind, text) }
    }

    private func holdsInObject(_ index: Int, _ pending: [Pending]) -> Bool {
        var groups: [Int: [Pending]] = [:]
        for item in pending {
            let places = members(of: index, for: item)
            var chosen = places.first
            if places.count > 1 {
                chosen = places.first { holds($0.index, [$0.below]) }
                if pending.count == 1 { return chosen != nil }
            }
            guard let chosen else { return false }
            groups[chosen.index, default: []].append(chosen.below)
        }
        return groups.allSatisfy { holds($0.key, $0.value) }
    }

    /// The members that a path leads to: of names alike the last, and of names with dots each that fits.
    private func members(of object: Int, for pending: Pending) -> [(index: Int, below: Pending)] {
        let path = pending.field.path
        guard pending.offset <= path.count else { return [] }
        var found: [(index: Int, below: Pending)] = []
        for member in tape.children(of: object) {
            let node = tape.nodes[member]
            let end: Int?
            if node.hasEscapedName {
                end = nameEnd(tape.name(of: node), path, pending.offset)
            } else {
                end = nameEnd(tape.bytes[node.name], path, pending.offset)
            }
            guard let end else { continue }
            found.removeAll { $0.below.offset == end + 1 }
            found.append((member, Pending(field: pending.field, offset: end + 1)))
        }
        return found
    }

    /// Where `name` ends in `path` when it stands there from `start` to a dot or the end.
    private func nameEnd(_ name: some Collection<UInt8>, _ path: [UInt8], _ start: Int) -> Int? {
        let end = start + name.count
        guard end <= path.count, end == path.count || path[end] == UInt8(ascii: "."),
            path[start..<end].elementsEqual(name)
        else { return nil }
        return end
    }
}

/// The tree of one record, read when the first pattern asks for it.
struct EventTreeCache {
    private var tree: EventTree?
    private var isRead = false

    mutating func tree(of record: borrowing RecordView) -> EventTree? {
        if !isRead {
            tree = EventTree(record.recordBytes)
            isRead = true
        }
        return tree
    }
}
