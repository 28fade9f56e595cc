import TrailEvents

/// Reads the tree of a pattern into fields and combinations, in the order of its text, as event-ruler does: what a later
/// member asks of a field replaces what an earlier one asked.
struct EventPatternParser {
    private(set) var fields: [EventField] = []
    var combinations: [[Int]] { open.map { $0.fields.values.sorted() } }

    private let tape: JSONTape
    private var open = [Combination()]
    private var paths: [[UInt8]: Int] = [:]

    /// For each path the field that counts.
    private struct Combination {
        var fields: [Int: Int] = [:]
    }

    /// Names that are no fields inside `$or` (event-ruler, Constants).
    private static let reserved: Set<String> = [
        "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
        "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after",
        "date-on-or-after", "date-before", "date-on-or-before", "in-date-range", "ip-address-in-range",
        "ip-address-not-in-range",
    ]

    init(_ text: String) throws(EventPatternError) {
        let bytes = Array(text.utf8)
        do throws(JSONTape.Fault) {
            tape = try JSONTape(bytes, nestingMax: EventPattern.nestingMax)
        } catch {
            let fault: EventPatternError.Fault =
                error.isTooDeep ? .tooDeep : .malformed(got: error.got, want: error.want)
            throw EventPatternError(fault, at: error.offset, in: bytes)
        }
    }

    mutating func parse() throws(EventPatternError) {
        guard tape.nodes[0].kind == .object else { throw fault(.notAnObject(got: shown(0)), 0) }
        try readFields(0, path: [], isInOr: false)
    }

    private func fault(_ fault: EventPatternError.Fault, _ index: Int) -> EventPatternError {
        let node = tape.nodes[index]
        return EventPatternError(
            fault, at: max(node.content.lowerBound - (node.kind == .string ? 1 : 0), 0), in: tape.bytes)
    }

    private func name(_ index: Int) -> String { String(decoding: tape.name(of: tape.nodes[index]), as: UTF8.self) }

    /// A value as messages show it.
    private func shown(_ index: Int) -> String {
        let node = tape.nodes[index]
        guard node.kind == .string || node.kind == .number else { return node.kind.description }
        let text = String(decoding: tape.text(of: node), as: UTF8.self)
        let short = text.count <= 40 ? text : "\(text.prefix(40))…"
        return node.kind == .string ? "\"\(short)\"" : short
    }

    private mutating func readFields(_ object: Int, path: [UInt8], isInOr: Bool) throws(EventPatternError) {
        var isEmpty = true
        for member in tape.children(of: object) {
            isEmpty = false
            let name = name(member)
            if name == "$or" {
                try readOr(member, path: path)
                continue
            }
            if isInOr, Self.reserved.contains(name) { throw fault(.reservedName(name), member) }
            let below = path.isEmpty ? Array(name.utf8) : path + [UInt8(ascii: ".")] + Array(name.utf8)
            switch tape.nodes[member].kind {
            case .object: try readFields(member, path: below, isInOr: isInOr)
            case .array: try readTests(member, path: below)
            default: throw fault(.notAField(name: name, got: shown(member)), member)
            }
        }
        if isEmpty { throw fault(.emptyObject, object) }
    }

    /// Multiplies the combinations so far by the alternatives.
    private mutating func readOr(_ array: Int, path: [UInt8]) throws(EventPatternError) {
        let want = "an array of at least two objects of fields"
        guard tape.nodes[array].kind == .array else {
            throw fault(.operand(of: "$or", got: shown(array), want: want), array)
        }
        let alternatives = Array(tape.children(of: array))
        for alternative in alternatives where tape.nodes[alternative].kind != .object {
            throw fault(.operand(of: "$or", got: shown(alternative), want: want), alternative)
        }
        guard alternatives.count >= 2 else {
            let got = alternatives.isEmpty ? "an empty array" : "one object"
            throw fault(.operand(of: "$or", got: got, want: want), array)
        }
        let before = open
        var after: [Combination] = []
        for alternative in alternatives {
            open = before
            try readFields(alternative, path: path, isInOr: true)
            after += open
            try requireRoom(after, array)
        }
        open = after
    }

    private func requireRoom(_ combinations: [Combination], _ index: Int) throws(EventPatternError) {
        guard combinations.count <= EventPattern.combinationsMax else {
            throw fault(.tooManyCombinations(combinations.count), index)
        }
        let count = combinations.reduce(0) { $0 + $1.fields.count }
        guard count <= EventPattern.fieldsMax else { throw fault(.tooManyFields(count), index) }
    }

    private mutating func readTests(_ array: Int, path: [UInt8]) throws(EventPatternError) {
        var tests: [EventTest] = []
        for value in tape.children(of: array) { tests.append(try readTest(value)) }
        if tests.isEmpty { throw fault(.emptyArray, array) }
        let known = paths[path] ?? paths.count
        paths[path] = known
        for index in open.indices { open[index].fields[known] = fields.count }
        fields.append(EventField(path: path, tests: tests))
        if open.count > 1 { try requireRoom(open, array) }
    }

    private func readTest(_ index: Int) throws(EventPatternError) -> EventTest {
        let node = tape.nodes[index]
        switch node.kind {
        case .string:
            let text = tape.text(of: node)
            return text.withUnsafeBufferPointer { IPAddress($0) }.map { .address($0) } ?? .text(text)
        case .number: return number(node)
        case .true: return .isTrue
        case .false: return .isFalse
        case .null: return .isNull
        case .array: throw fault(.nestedArray, index)
        case .object: return try readOperator(try onlyMember(index))
        }
    }

    private func number(_ node: JSONTape.Node) -> EventTest {
        let text = tape.text(of: node)
        return .number(text.withUnsafeBufferPointer { decimalNumber($0) }, written: text)
    }

    private func onlyMember(_ object: Int) throws(EventPatternError) -> Int {
        let members = Array(tape.children(of: object))
        guard members.count == 1 else { throw fault(.operatorCount(members.count), object) }
        return members[0]
    }

    private func readOperator(_ member: Int) throws(EventPatternError) -> EventTest {
        let node = tape.nodes[member]
        let name = name(member)
        switch name {
        case "exactly": return .text(try string(member))
        case "prefix", "suffix":
            guard node.kind == .object else {
                return name == "prefix" ? .prefix(try string(member)) : .suffix(try string(member))
            }
            let inner = try onlyMember(member)
            guard self.name(inner) == "equals-ignore-case" else {
                throw fault(.unknownOperator(self.name(inner)), inner)
            }
            let text = foldedCase(try string(inner))
            return name == "prefix" ? .foldedPrefix(text) : .foldedSuffix(text)
        case "equals-ignore-case": return .folded(foldedCase(try string(member)))
        case "wildcard": return .wildcard(try wildcard(member, in: member))
        case "numeric": return .numeric(try numericRange(member))
        case "cidr": return .cidr(try addressBlock(member))
        case "exists":
            guard node.kind == .true || node.kind == .false else {
                throw fault(.operand(of: name, got: shown(member), want: "true or false"), member)
            }
            return node.kind == .true ? .present : .absent
        case "anything-but": return .anythingBut(try exclusions(member))
        default: throw fault(.unknownOperator(name), member)
        }
    }

    private func string(_ index: Int, of member: Int? = nil) throws(EventPatternError) -> [UInt8] {
        let node = tape.nodes[index]
        guard node.kind == .string else {
            throw fault(.operand(of: name(member ?? index), got: shown(index), want: "a string"), index)
        }
        return tape.text(of: node)
    }

    /// What stands after `anything-but`.
    private func exclusions(_ member: Int) throws(EventPatternError) -> [EventTest] {
        let want = "a string, a number, an array of strings, an array of numbers, or an operator on strings"
        switch tape.nodes[member].kind {
        case .string: return [.text(try string(member))]
        case .number: return [number(tape.nodes[member])]
        case .array:
            let values = Array(tape.children(of: member))
            let kinds = Set(values.map { tape.nodes[$0].kind })
            guard kinds == [.string] || kinds == [.number] else {
                let got = values.isEmpty ? "an empty array" : "an array of other or different kinds"
                throw fault(.operand(of: "anything-but", got: got, want: want), member)
            }
            return values.map { index in
                let node = tape.nodes[index]
                return node.kind == .string ? .text(tape.text(of: node)) : number(node)
            }
        case .object: return try excludedTexts(try onlyMember(member))
        default: throw fault(.operand(of: "anything-but", got: shown(member), want: want), member)
        }
    }

    private func excludedTexts(_ member: Int) throws(EventPatternError) -> [EventTest] {
        let name = name(member)
        let isList = tape.nodes[member].kind == .array
        let values = isList ? Array(tape.children(of: member)) : [member]
        guard !values.isEmpty else { throw fault(.emptyArray, member) }
        var tests: [EventTest] = []
        for value in values {
            let text = try string(value, of: member)
            switch name {
            case "prefix", "suffix":
                guard !text.isEmpty else {
                    throw fault(
                        .operand(of: "anything-but \(name)", got: "\"\"", want: "at least one character"), value)
                }
                tests.append(name == "prefix" ? .prefix(text) : .suffix(text))
            case "equals-ignore-case": tests.append(.folded(foldedCase(text)))
            case "wildcard": tests.append(.wildcard(try wildcard(value, in: member)))
            default: throw fault(.operand(of: "anything-but", got: name, want: Self.excluding), member)
            }
        }
        return tests
    }

    private static let excluding = "prefix, suffix, equals-ignore-case or wildcard"

    private func wildcard(_ index: Int, in member: Int) throws(EventPatternError) -> Wildcard {
        let text = try string(index, of: member)
        var parts: [[UInt8]] = [[]]
        var followers: [UInt8: Int] = [:]
        var position = 0
        var isAfterStar = false
        func refusal(_ got: String, _ want: String) -> EventPatternError {
            fault(.operand(of: "wildcard", got: got, want: want), index)
        }
        while position < text.count {
            var byte = text[position]
            if byte == UInt8(ascii: "*") {
                guard !isAfterStar else { throw refusal("** at character \(position)", "one *, which is any run") }
                parts.append([])
                isAfterStar = true
            } else {
                if byte == UInt8(ascii: "\\") {
                    position += 1
                    guard position < text.count, "*\\".utf8.contains(text[position]) else {
                        throw refusal("a backslash at character \(position - 1)", #"\* or \\"#)
                    }
                    byte = text[position]
                }
                if isAfterStar { followers[byte, default: 0] += 1 }
                isAfterStar = false
                parts[parts.count - 1].append(byte)
            }
            position += 1
        }
        let repeats = followers.values.max() ?? 0
        guard repeats <= EventPattern.wildcardRepeatsMax else {
            throw fault(.wildcardTooComplex(repeats: repeats), index)
        }
        return Wildcard(parts: parts)
    }

    private func addressBlock(_ member: Int) throws(EventPatternError) -> AddressBlock {
        let text = try string(member)
        let parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if parts.count == 2, let address = parts[0].withUnsafeBufferPointer({ IPAddress($0) }), parts[1].count <= 3,
            let bits = Int(String(decoding: parts[1], as: UTF8.self)), bits >= 0, bits < (address.isVersion4 ? 32 : 128)
        {
            return AddressBlock(address: address, bits: bits)
        }
        let want = "an address, / and 0 to 31 bits (IPv6: 0 to 127); write a single address as a string"
        throw fault(.operand(of: "cidr", got: shown(member), want: want), member)
    }

    private func numericRange(_ member: Int) throws(EventPatternError) -> NumericRange {
        let want = #"[op, number] with one of = < <= > >=, or [">" or ">=", low, "<" or "<=", high]"#
        let values = tape.nodes[member].kind == .array ? Array(tape.children(of: member)) : []
        guard values.count == 2 || values.count == 4 else {
            throw fault(.operand(of: "numeric", got: shown(member), want: want), member)
        }
        var range = NumericRange()
        for pair in stride(from: 0, to: values.count, by: 2) {
            let (sign, node) = (tape.nodes[values[pair]], tape.nodes[values[pair + 1]])
            let number =
                node.kind == .number ? tape.text(of: node).withUnsafeBufferPointer { decimalNumber($0) } : nil
            guard sign.kind == .string, let number, number.isFinite else {
                throw fault(.operand(of: "numeric", got: shown(values[pair + 1]), want: want), values[pair + 1])
            }
            switch (String(decoding: tape.text(of: sign), as: UTF8.self), pair, values.count) {
            case ("=", 0, 2): (range.bottom, range.top) = (number, number)
            case (">", 0, _): (range.bottom, range.isBottomOpen) = (number, true)
            case (">=", 0, _): range.bottom = number
            case ("<", 2, _), ("<", 0, 2): (range.top, range.isTopOpen) = (number, true)
            case ("<=", 2, _), ("<=", 0, 2): range.top = number
            default: throw fault(.operand(of: "numeric", got: shown(values[pair]), want: want), values[pair])
            }
        }
        guard values.count == 2 || range.bottom < range.top else {
            throw fault(.operand(of: "numeric", got: "a low end above the high one", want: want), member)
        }
        return range
    }
}
