package import TrailEvents

/// A JSON text that is looked into: members by their names, and its leaves in their order.
package struct JSONText {
    /// A value with nothing inside it, and where it stands: `detail.items[0].name`.
    package struct Leaf: Equatable, Sendable {
        package let path: String
        /// Of a string its text, else the JSON.
        package let text: String

        package init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    private let tape: JSONTape

    /// `nil` for what is no JSON, or nested deeper than ``RuleInput/nestingMax``.
    package init?(_ text: String) {
        guard let tape = try? JSONTape.whole(text) else { return nil }
        self.tape = tape
    }

    package var kind: ValueKind { tape.nodes[0].kind }

    /// The text itself, of a JSON string; of another value the JSON.
    package var text: String { text(at: 0) }

    /// The value of a member by the names on the way to it: of a string its text, else the JSON.
    ///
    /// - Parameter path: Names of members, from the outermost on; of repeated ones the last counts.
    /// - Returns: `nil` where there is none, or null.
    package func text(_ path: String...) -> String? {
        var index = 0
        for name in path {
            guard tape.nodes[index].kind == .object,
                let found = tape.children(of: index).reversed().first(where: {
                    tape.name(of: tape.nodes[$0]).elementsEqual(name.utf8)
                })
            else { return nil }
            index = found
        }
        return tape.nodes[index].kind == .null ? nil : text(at: index)
    }

    /// The first `max` leaves; empty objects and arrays have none.
    package func leaves(max: Int) -> [Leaf] {
        var leaves: [Leaf] = []
        collect(0, path: "", max: max, into: &leaves)
        return leaves
    }

    private func collect(_ index: Int, path: String, max: Int, into leaves: inout [Leaf]) {
        let node = tape.nodes[index]
        guard node.kind == .object || node.kind == .array else {
            leaves.append(Leaf(path: path, text: text(at: index)))
            return
        }
        for (number, child) in tape.children(of: index).enumerated() {
            guard leaves.count < max else { return }
            let step: String
            if node.kind == .array {
                step = "\(path)[\(number)]"
            } else {
                let name = String(decoding: tape.name(of: tape.nodes[child]), as: UTF8.self)
                step = path.isEmpty ? name : "\(path).\(name)"
            }
            collect(child, path: step, max: max, into: &leaves)
        }
    }

    private func text(at index: Int) -> String {
        String(decoding: tape.text(of: tape.nodes[index]), as: UTF8.self)
    }
}
