/// A JSON document as a tree, with a plain and a mangled text; the reference that scans are compared with.
indirect enum JSONTree {
    case literal(String)
    case string(String)
    case array([JSONTree])
    case object([(name: String, value: JSONTree)])

    /// Compact text without needless escapes.
    var plain: String {
        switch self {
        case .literal(let text): text
        case .string(let text): "\"" + text.unicodeScalars.map(minimalEscape).joined() + "\""
        case .array(let elements): "[" + elements.map(\.plain).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { JSONTree.string($0.name).plain + ":" + $0.value.plain }.joined(separator: ",") + "}"
        }
    }

    /// The same values in another text: white space, other order, members nobody asked for, needless escapes.
    func mangled(_ random: inout SplitMix64) -> String {
        func space() -> String { ["", "", " ", "\n", "\t", "\r\n  "][random.below(6)] }
        switch self {
        case .literal(let text): return text
        case .string(let text):
            return "\"" + text.unicodeScalars.map { random.below(3) == 0 ? fullEscape($0) : minimalEscape($0) }.joined()
                + "\""
        case .array(let elements):
            let texts = elements.map { space() + $0.mangled(&random) + space() }
            return "[" + (texts.isEmpty ? space() : texts.joined(separator: ",")) + "]"
        case .object(let members):
            var all = members
            for number in 0..<random.below(3) { all.append(("unknown-\(number)", Self.decoy(random.below(5)))) }
            random.shuffle(&all)
            let texts = all.map { member in
                space() + JSONTree.string(member.name).mangled(&random) + space() + ":" + space()
                    + member.value.mangled(&random) + space()
            }
            return "{" + (texts.isEmpty ? space() : texts.joined(separator: ",")) + "}"
        }
    }

    /// A member's value that is hard to pass over.
    private static func decoy(_ number: Int) -> JSONTree {
        switch number {
        case 0: .string("}],\"eventName\":\"decoy\\")
        case 1: .object([("eventName", .string("decoy")), ("a", .array([.object([]), .array([])]))])
        case 2: .array([.string("]"), .literal("-1.5e+3"), .object([("\"", .literal("null"))])])
        case 3: .literal("0")
        default: .object([])
        }
    }
}

private func minimalEscape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    case "\u{0}"..<"\u{20}": fullEscape(scalar)
    default: String(scalar)
    }
}

/// `\uXXXX`, a surrogate pair where needed.
private func fullEscape(_ scalar: Unicode.Scalar) -> String {
    String(scalar).utf16.map { unit in
        let digits = String(unit, radix: 16, uppercase: unit % 2 == 0)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
}

/// A small generator whose whole state is its seed.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func shuffle<Element>(_ elements: inout [Element]) {
        for index in elements.indices.dropFirst().reversed() { elements.swapAt(index, below(index + 1)) }
    }
}
