/// Makes filter patterns that ask for some of what stands in a record, or for something near it.
struct FilterMaker<Random: RandomNumberGenerator> {
    var random: Random

    init(_ random: Random) {
        self.random = random
    }

    /// A pattern of up to three conditions on a record, given as Foundation reads it.
    mutating func pattern(of record: [String: Any]) -> SlowPattern {
        let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in test(of: record) }
        if parts.count == 1 { return parts[0] }
        if parts.count == 3, Bool.random(using: &random) { return .all([parts[0], .any([parts[1], parts[2]])]) }
        return Bool.random(using: &random) ? .all(parts) : .any(parts)
    }

    private mutating func test(of record: [String: Any]) -> SlowPattern {
        var path: [SlowPattern.Step] = []
        var value: Any = record
        while true {
            if let object = value as? [String: Any] {
                let names = object.keys.filter {
                    !$0.isEmpty && !$0.contains("'") && $0.unicodeScalars.allSatisfy(\.isASCII)
                }
                guard let name = names.sorted().randomElement(using: &random) else { break }
                path.append(.member(name))
                value = object[name] ?? ""
            } else if let list = value as? [Any], let index = list.indices.randomElement(using: &random) {
                path.append(Bool.random(using: &random) ? .element(index) : .anyElement)
                value = list[index]
            } else {
                break
            }
            if path.count == 6 { break }
        }
        // One wildcard in a selector, three in a pattern.
        var hasWildcard = false
        path = path.map { step in
            guard case .anyElement = step else { return step }
            defer { hasWildcard = true }
            return hasWildcard ? .element(0) : step
        }
        return .test(path, test(on: value))
    }

    private mutating func test(on value: Any) -> SlowPattern.Test {
        let text = (value as? String) ?? "x"
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .notExists
        case 1: return .isNull
        case 2, 3: return Bool.random(using: &random) ? .isTrue : .isFalse
        case 4:
            let sign = ["<", "<=", ">", ">="].randomElement(using: &random) ?? "<"
            return .compares(sign, Double(text) ?? 100)
        case 5: return .differs(operand(text), isQuoted: true)
        default:
            let operand = operand(text)
            let isPlain = !operand.isEmpty && operand.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            return .equals(operand, isQuoted: !isPlain || Bool.random(using: &random))
        }
    }

    /// The text, its start, its end or what stands inside it; without what would have to be escaped.
    private mutating func operand(_ text: String) -> String {
        let plain = String(text.prefix(60).filter { !"\"\\*".contains($0) && !$0.isNewline })
        let cut = Int.random(in: 0...max(plain.count, 1), using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return "\(plain.prefix(cut))*"
        case 1: return "*\(plain.suffix(cut))"
        case 2: return "*\(plain.dropFirst(cut / 2).prefix(12))*"
        default: return plain
        }
    }
}

/// What ``EventPatternMaker`` draws, as a generator.
struct Draws: RandomNumberGenerator {
    var source: EventPatternMaker

    mutating func next() -> UInt64 {
        (0..<4).reduce(0) { bits, _ in bits << 16 | UInt64(source.below(1 << 16)) }
    }
}
