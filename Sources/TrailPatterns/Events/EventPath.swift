import TrailEvents

/// A path into an event, as `InputPath` and `InputPathsMap` have it: `$.detail.userIdentity.arn`, `$.resources[0]`.
///
/// What EventBridge follows (EventBridge user guide, "Input transformation"): names after dots, indices, and `*` for all
/// elements of an array or all members of an object. A name may also stand as `['name']`.
package struct EventPath: Equatable, Sendable {
    /// Longest path (Target, InputTransformer).
    package static let charactersMax = 256

    enum Step: Equatable, Sendable {
        case member([UInt8])
        case element(Int)
        case every
    }

    /// The values at a path's end.
    enum Found {
        case nothing
        case value(Int)
        /// Of a path with `*`: an array of them.
        case values([Int])
    }

    package let text: String
    let steps: [Step]

    package init(_ text: String) throws(RuleInputError) {
        guard text.unicodeScalars.count <= Self.charactersMax else {
            throw .path(
                text, got: "\(text.unicodeScalars.count) characters", want: "at most \(Self.charactersMax)")
        }
        var rest = Array(text.utf8)[...]
        guard rest.popFirst() == UInt8(ascii: "$") else {
            throw .path(text, got: "no $ at the start", want: "a path such as $.detail.eventName")
        }
        var steps: [Step] = []
        while let mark = rest.popFirst() {
            switch mark {
            case UInt8(ascii: "."): steps.append(try Self.member(&rest, text))
            case UInt8(ascii: "["): steps.append(try Self.bracket(&rest, text))
            default:
                throw .path(
                    text, got: "something else after \(steps.isEmpty ? "$" : "]")", want: ". with a name, or [0]")
            }
        }
        self.text = text
        self.steps = steps
    }

    private static func member(_ rest: inout ArraySlice<UInt8>, _ text: String) throws(RuleInputError) -> Step {
        let name = rest.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") }
        rest = rest.dropFirst(name.count)
        guard !name.isEmpty else { throw .path(text, got: "a dot without a name", want: "names after single dots") }
        guard !name.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "]") }) else {
            throw .path(text, got: "a space or ] in a name", want: "such a name in brackets and quotes: ['a b']")
        }
        return name.elementsEqual("*".utf8) ? .every : .member(Array(name))
    }

    /// What stands in brackets: an index, `*`, or a name in quotes.
    private static func bracket(_ rest: inout ArraySlice<UInt8>, _ text: String) throws(RuleInputError) -> Step {
        let want = "[0], [*] or ['name']"
        if let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
            rest.removeFirst()
            let name = rest.prefix { $0 != quote }
            rest = rest.dropFirst(name.count + 1)
            guard rest.popFirst() == UInt8(ascii: "]"), !name.isEmpty else {
                throw .path(text, got: "an unfinished name in brackets", want: want)
            }
            return .member(Array(name))
        }
        let content = String(decoding: rest.prefix { $0 != UInt8(ascii: "]") }, as: UTF8.self)
        rest = rest.dropFirst(content.utf8.count)
        guard rest.popFirst() != nil else { throw .path(text, got: "no ] after [", want: want) }
        if content == "*" { return .every }
        let isNumber = !content.isEmpty && content.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard isNumber, let index = Int(content) else { throw .path(text, got: "[\(content)]", want: want) }
        return .element(index)
    }

    /// Follows the path; of members with one name the last counts.
    ///
    /// Each step looks only into what the step before it found, so that all of them together look at each node once.
    func find(in tape: JSONTape) -> Found {
        var found = [0]
        for step in steps {
            var next: [Int] = []
            for index in found { step.append(from: index, of: tape, to: &next) }
            found = next
        }
        if steps.contains(.every) { return .values(found) }
        return found.first.map { .value($0) } ?? .nothing
    }
}

extension EventPath.Step {
    fileprivate func append(from index: Int, of tape: JSONTape, to found: inout [Int]) {
        let kind = tape.nodes[index].kind
        switch self {
        case .member(let name):
            guard kind == .object else { return }
            var last: Int?
            for child in tape.children(of: index) where isNamed(name, tape.nodes[child], tape) { last = child }
            if let last { found.append(last) }
        case .element(let position):
            guard kind == .array else { return }
            for (number, child) in tape.children(of: index).enumerated() where number == position {
                found.append(child)
                return
            }
        case .every:
            guard kind == .array || kind == .object else { return }
            found.append(contentsOf: tape.children(of: index))
        }
    }

    private func isNamed(_ name: [UInt8], _ node: JSONTape.Node, _ tape: JSONTape) -> Bool {
        node.hasEscapedName ? tape.name(of: node) == name : tape.bytes[node.name].elementsEqual(name)
    }
}
