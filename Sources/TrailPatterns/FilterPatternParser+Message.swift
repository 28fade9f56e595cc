extension FilterPatternParser {
    /// Terms: `word`, `"phrase"` or `%regex%`, each alone or after `?` or `-`.
    mutating func termPattern() throws(PatternError) -> FilterExpression {
        var pattern = TermPattern()
        while let first = current {
            if take("-") {
                pattern.excluded.append(try term(after: "-"))
            } else if take("?") {
                pattern.alternatives.append(try term(after: "?"))
            } else {
                pattern.required.append(try term(after: nil))
            }
            guard current.map(isPatternSpace) ?? true else {
                throw unexpected(
                    first == UInt8(ascii: "%") ? "a space after a regular expression" : "a space after a term")
            }
            skipSpace()
        }
        // One space in quotes is documented to match every message, also one without a space.
        if pattern == TermPattern(required: [.text([0x20])]) || pattern == TermPattern(required: [.text([])]) {
            return .everything
        }
        return .message(.terms(pattern))
    }

    private mutating func term(after sign: String?) throws(PatternError) -> TermPattern.Term {
        if current == UInt8(ascii: "\"") { return .text(try quoted()) }
        if current == UInt8(ascii: "%") { return .regex(try regex()) }
        let start = position
        while let byte = current, !isPatternSpace(byte) { position += 1 }
        guard position > start else { throw unexpected("a term after \(sign ?? "the space")") }
        return .text(Array(bytes[start..<position]))
    }

    /// `[name, name = value && …, ..., name]` up to the end of the pattern.
    mutating func spacedPattern() throws(PatternError) -> SpacedPattern {
        _ = take("[")
        var pattern = SpacedPattern()
        skipSpace()
        if !take("]") {
            repeat { try entry(&pattern) } while take(",")
            guard take("]") else { throw unexpected("a comma or the closing bracket") }
        }
        skipSpace()
        guard current == nil else { throw unexpected("the end of the pattern after its closing bracket") }
        return pattern
    }

    /// One field, empty for one without a name, up to the comma or bracket behind it.
    private mutating func entry(_ pattern: inout SpacedPattern) throws(PatternError) {
        skipSpace()
        let start = position
        if take("...") {
            guard pattern.ellipsis == nil else {
                throw .unexpected(offset: start, got: "a second ...", want: "at most one")
            }
            pattern.ellipsis = pattern.entries.count
            skipSpace()
            return
        }
        var entry = SpacedPattern.Entry()
        if current != UInt8(ascii: ","), current != UInt8(ascii: "]") {
            let name = try fieldName()
            guard !pattern.entries.contains(where: { $0.name == name }) else {
                throw .unexpected(offset: start, got: "a second field \(name)", want: "each name once")
            }
            entry.name = name
            skipSpace()
            if let test = try fieldTest() { entry.alternatives = try tests(after: test, of: name) }
        }
        pattern.entries.append(entry)
    }

    /// The tests of a field; `&&` binds tighter than `||`, and the name may be repeated before each.
    private mutating func tests(after first: FilterTest, of name: String) throws(PatternError) -> [[FilterTest]] {
        var alternatives = [[first]]
        skipSpace()
        while true {
            let isAlternative = take("||")
            guard isAlternative || take("&&") else { return alternatives }
            skipSpace()
            let start = position
            if let byte = current, isNameByte(byte) {
                let other = try fieldName()
                guard other == name else {
                    throw .unexpected(
                        offset: start, got: "a condition on \(other) among those of \(name)",
                        want: "the name \(name) or none")
                }
                skipSpace()
            }
            guard let test = try fieldTest() else { throw unexpected("one of = != < <= > >=") }
            if isAlternative { alternatives.append([test]) } else { alternatives[alternatives.count - 1].append(test) }
            skipSpace()
        }
    }

    private mutating func fieldTest() throws(PatternError) -> FilterTest? {
        try comparison(bareStop: ",]")
    }

    private mutating func fieldName() throws(PatternError) -> String {
        let start = position
        while let byte = current, isFieldNameByte(byte, isFirst: position == start) { position += 1 }
        guard position > start else { throw unexpected("a field name of letters, digits and _, or ...") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }
}

private func isFieldNameByte(_ byte: UInt8, isFirst: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): !isFirst
    default: false
    }
}
