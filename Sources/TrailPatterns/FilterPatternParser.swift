import TrailEvents

/// Reads a JSON pattern: `{ selector op value && (…) || … }`, where `&&` binds tighter than `||`.
struct FilterPatternParser {
    private let bytes: [UInt8]
    private var position = 0
    private var wildcardSelectors = 0
    private var nesting = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func parse() throws(PatternError) -> FilterExpression {
        skipSpace()
        guard let first = current else { return .everything }
        switch first {
        case UInt8(ascii: "{"): position += 1
        case UInt8(ascii: "["): throw .unsupported(offset: position, feature: "a space-delimited pattern")
        case UInt8(ascii: "%"): throw .unsupported(offset: position, feature: "a regular expression")
        default: throw .unsupported(offset: position, feature: "a term pattern")
        }
        let expression = try alternatives()
        skipSpace()
        guard take("}") else { throw unexpected("&&, || or the closing brace") }
        skipSpace()
        guard position == bytes.count else { throw unexpected("the end of the pattern after its closing brace") }
        return expression
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, isPatternSpace(byte) { position += 1 }
    }

    /// Passes over `text` if it stands here.
    private mutating func take(_ text: StaticString) -> Bool {
        guard bytes.count - position >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where bytes[position + index] != text.utf8Start[index] { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    /// Passes over a keyword that is not the start of a longer word.
    private mutating func takeWord(_ word: StaticString) -> Bool {
        let start = position
        guard take(word) else { return false }
        if let next = current, isNameByte(next) {
            position = start
            return false
        }
        return true
    }

    private func unexpected(_ want: String) -> PatternError {
        guard position < bytes.count else {
            return .unexpected(offset: position, got: "the end of the pattern", want: want)
        }
        let rest = String(decoding: bytes[position...], as: UTF8.self)
        return .unexpected(offset: position, got: "\"\(rest.prefix(1))\"", want: want)
    }

    private mutating func alternatives() throws(PatternError) -> FilterExpression {
        var parts = [try conjunction()]
        skipSpace()
        while take("||") {
            parts.append(try conjunction())
            skipSpace()
        }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(PatternError) -> FilterExpression {
        var parts = [try unit()]
        skipSpace()
        while take("&&") {
            parts.append(try unit())
            skipSpace()
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func unit() throws(PatternError) -> FilterExpression {
        skipSpace()
        let start = position
        guard take("(") else { return .condition(try condition()) }
        nesting += 1
        guard nesting <= FilterPattern.nestingMax else { throw .tooDeep(offset: start) }
        let expression = try alternatives()
        skipSpace()
        guard take(")") else { throw unexpected("&&, || or a closing parenthesis") }
        nesting -= 1
        return expression
    }

    private mutating func condition() throws(PatternError) -> FilterCondition {
        let selector = try selector()
        skipSpace()
        if takeWord("IS") {
            skipSpace()
            if takeWord("NULL") { return FilterCondition(selector: selector, test: .isNull) }
            if takeWord("TRUE") { return FilterCondition(selector: selector, test: .isTrue) }
            if takeWord("FALSE") { return FilterCondition(selector: selector, test: .isFalse) }
            throw unexpected("NULL, TRUE or FALSE after IS")
        }
        if takeWord("NOT") {
            skipSpace()
            guard takeWord("EXISTS") else { throw unexpected("EXISTS after NOT") }
            return FilterCondition(selector: selector, test: .notExists)
        }
        return FilterCondition(selector: selector, test: try comparison())
    }

    private mutating func comparison() throws(PatternError) -> FilterTest {
        if take("!=") { return .differs(try operand()) }
        if take("<=") { return .orders(.lessOrEqual, try number()) }
        if take(">=") { return .orders(.greaterOrEqual, try number()) }
        if take("<") { return .orders(.less, try number()) }
        if take(">") { return .orders(.greater, try number()) }
        if take("=") { return .equals(try operand()) }
        throw unexpected("one of = != < <= > >=, IS NULL, IS TRUE, IS FALSE, NOT EXISTS")
    }

    private mutating func operand() throws(PatternError) -> FilterOperand {
        skipSpace()
        if current == UInt8(ascii: "%") { throw .unsupported(offset: position, feature: "a regular expression") }
        if current == UInt8(ascii: "\"") { return FilterOperand(try quoted(), isQuoted: true) }
        return FilterOperand(try bareWord("a value, in quotes or plain"), isQuoted: false)
    }

    private mutating func number() throws(PatternError) -> Double {
        skipSpace()
        let start = position
        let word = try bareWord("a number without quotes")
        guard let number = word.withUnsafeBufferPointer({ decimalNumber($0) }) else {
            position = start
            throw unexpected("a number without quotes")
        }
        return number
    }

    /// The content of `"…"`; a backslash escapes a quotation mark and itself, before anything else it is plain.
    private mutating func quoted() throws(PatternError) -> [UInt8] {
        position += 1
        var text: [UInt8] = []
        while let byte = current {
            position += 1
            if byte == UInt8(ascii: "\"") { return text }
            if byte == UInt8(ascii: "\\"), let next = current,
                next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\")
            {
                position += 1
                text.append(next)
            } else {
                text.append(byte)
            }
        }
        throw unexpected("a closing quotation mark")
    }

    private mutating func bareWord(_ want: String) throws(PatternError) -> [UInt8] {
        let start = position
        while let byte = current, isBareByte(byte) { position += 1 }
        guard position > start else { throw unexpected(want) }
        return Array(bytes[start..<position])
    }

    private mutating func selector() throws(PatternError) -> [PathStep] {
        guard take("$") else { throw unexpected("a selector such as $.eventName, or an opening parenthesis") }
        var steps: [PathStep] = []
        var wildcards = 0
        while true {
            let start = position
            if take(".[") || take("[") {
                steps.append(try bracketStep(isAfterDot: bytes[start] == UInt8(ascii: ".")))
            } else if take(".*") {
                steps.append(.anyMember)
            } else if take(".") {
                steps.append(.member(try memberName()))
            } else {
                break
            }
            if steps.last == .anyMember || steps.last == .anyElement {
                wildcards += 1
                guard wildcards == 1 else { throw .tooManyWildcardsInSelector(offset: start) }
                wildcardSelectors += 1
                guard wildcardSelectors <= FilterPattern.wildcardsMax else { throw .tooManyWildcards(offset: start) }
            }
        }
        guard !steps.isEmpty else { throw unexpected("a dot or a bracket after $") }
        return steps
    }

    private mutating func memberName() throws(PatternError) -> String {
        let start = position
        while let byte = current, isNameByte(byte) { position += 1 }
        guard position > start else {
            throw unexpected("a field name of letters, digits, _ and -; write other names as ['name']")
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// What stands in brackets: `'name'`, an index, or `*`; after a dot only a name.
    private mutating func bracketStep(isAfterDot: Bool) throws(PatternError) -> PathStep {
        if take("'") {
            let start = position
            while let byte = current, byte != UInt8(ascii: "'") || !hasNameEnd { position += 1 }
            guard current != nil else { throw unexpected("'] to close the field name") }
            let name = String(decoding: bytes[start..<position], as: UTF8.self)
            position += 2
            guard !name.isEmpty else { throw .unexpected(offset: start, got: "an empty name", want: "a field name") }
            return .member(name)
        }
        guard !isAfterDot else { throw unexpected("a field name in single quotes") }
        if take("*]") { return .anyElement }
        let start = position
        var index: Int32 = 0
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            let (tenfold, isTooLarge) = index.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeToo) = tenfold.addingReportingOverflow(Int32(byte - UInt8(ascii: "0")))
            guard !isTooLarge, !isTooLargeToo else {
                throw .unexpected(offset: start, got: "a larger index", want: "an array index of at most \(Int32.max)")
            }
            index = sum
            position += 1
        }
        guard position > start else { throw unexpected("an array index, * or a field name in single quotes") }
        guard take("]") else { throw unexpected("a closing bracket after the array index") }
        return .element(Int(index))
    }

    private var hasNameEnd: Bool { position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "]") }
}

func isPatternSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
    default: false
    }
}

/// Whether a byte may stand in a value without quotes; CloudTrail patterns use dots, stars, colons and slashes there.
private func isBareByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
        UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: "%"), UInt8(ascii: "="), UInt8(ascii: "<"),
        UInt8(ascii: ">"), UInt8(ascii: "!"):
        false
    default: !isPatternSpace(byte)
    }
}
