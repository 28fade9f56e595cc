import Foundation

/// Makes events of few names and values, and patterns that ask for some of what stands in one.
struct EventPatternMaker {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }

    mutating func event() -> [String: Any] { object(depth: 0) }

    private mutating func object(depth: Int) -> [String: Any] {
        var members: [String: Any] = [:]
        for _ in 0...below(3) { members[["a", "b", "c"][below(3)]] = value(depth: depth + 1) }
        // A name with a dot, alone, so that no path is ambiguous.
        if below(8) == 0 { members = ["a.b": value(depth: depth + 1)] }
        return members
    }

    private mutating func value(depth: Int) -> Any {
        switch below(depth > 3 ? 6 : 10) {
        case 0: NSNull()
        case 1: below(2) == 0
        case 2: [0, 1, 2.5, -3][below(4)]
        case 3, 4, 5: ["x", "xy", "Yx", "", "1"][below(5)]
        case 6, 7: object(depth: depth)
        default: (0..<below(4)).map { _ in value(depth: depth + 1) }
        }
    }

    /// A pattern on some of the members of `event`, with values that stand there or stand elsewhere.
    mutating func pattern(of event: [String: Any], below path: [String]) -> [String: Any] {
        var fields: [String: Any] = [:]
        let names = event.keys.sorted()
        for _ in 0...below(2) {
            let name = names.isEmpty || below(12) == 0 ? "zz" : names[below(names.count)]
            // One that stands in the alternatives too would be replaced by what the last one asks.
            if path.isEmpty, below(6) == 0, names.count > 2, fields["$or"] == nil, !names.contains("$or") {
                let parts = names.filter { fields[$0] == nil }
                guard parts.count > 1 else { continue }
                fields["$or"] = parts.prefix(3).map { [$0: part(event[$0] ?? "", path + [$0])] }
                return fields
            }
            fields[name] = part(event[name] ?? "x", path + [name])
        }
        return fields
    }

    private mutating func part(_ value: Any, _ path: [String]) -> Any {
        if let object = value as? [String: Any], !object.isEmpty, below(10) > 0 {
            return pattern(of: object, below: path)
        }
        if let array = value as? [Any], !array.isEmpty {
            return part(array[below(array.count)], path)
        }
        return (0...below(2)).map { _ in test(value) }
    }

    private mutating func test(_ value: Any) -> Any {
        let text = value as? String ?? ["x", "y", "1"][below(3)]
        switch below(14) {
        case 0: return ["exists": below(2) == 0]
        case 1: return ["prefix": String(text.prefix(2))]
        case 2: return ["suffix": String(text.suffix(1))]
        case 3: return ["equals-ignore-case": text.uppercased()]
        case 4: return ["prefix": ["equals-ignore-case": String(text.prefix(3)).lowercased()]]
        case 5: return ["wildcard": wildcard(text)]
        case 6: return ["anything-but": [text, "q"]]
        case 7: return ["anything-but": text]
        case 8: return ["anything-but": ["prefix": text.isEmpty ? "x" : String(text.prefix(1))]]
        case 9: return ["anything-but": ["wildcard": [wildcard(text), "q*"]]]
        case 10: return ["numeric": [">=", -1, "<", below(5)]]
        default: return value is [Any] || value is [String: Any] ? text : value
        }
    }

    private mutating func wildcard(_ text: String) -> String {
        let plain = text.filter { $0 != "*" && $0 != "\\" }
        return ["*", plain + "*", "*" + plain.suffix(2), plain.prefix(1) + "*" + plain.suffix(1)][below(4)]
    }
}
