import TrailEvents

/// Reads a pattern; here those over JSON, `{ selector op value && (…) || … }`, where `&&` binds tighter than `||`.
struct FilterPatternParser {
    let bytes: [UInt8]
    var position = 0
    var wildcardSelectors = 0
    private var nesting = 0
    private var regexCount = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func parse() throws(PatternError) -> FilterExpression {
        skipSpace()
        guard let first = current else { return .everything }
        switch first {
        case UInt8(ascii: "{"): position += 1
        case UInt8(ascii: "["): return .message(.fields(try spacedPattern()))
        default: return try termPattern()
        }
        let expression = try alternatives()
        skipSpace()
        guard take("}") else { throw unexpected("&&, || or the closing brace") }
        skipSpace()
        guard position == bytes.count else { throw unexpected("the end of the pattern after its closing brace") }
        return expression
    }

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = current, isPatternSpace(byte) { position += 1 }
    }

    /// Passes over `text` if it stands here.
    mutating func take(_ text: StaticString) -> Bool {
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

    func unexpected(_ want: String) -> PatternError {
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
        guard take("(") else {
            var condition = try condition()
            condition.range = start..<position
            return .condition(condition)
        }
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
        if let test = try comparison(bareStop: nil) { return test }
        throw unexpected("one of = != < <= > >=, IS NULL, IS TRUE, IS FALSE, NOT EXISTS")
    }

    /// An operator and its value, if an operator stands here; `bareStop` ends a value without quotes, too.
    mutating func comparison(bareStop: StaticString?) throws(PatternError) -> FilterTest? {
        if take("!=") { return try operand(bareStop, isEqual: false) }
        if take("<=") { return .orders(.lessOrEqual, try number(bareStop)) }
        if take(">=") { return .orders(.greaterOrEqual, try number(bareStop)) }
        if take("<") { return .orders(.less, try number(bareStop)) }
        if take(">") { return .orders(.greater, try number(bareStop)) }
        if take("=") { return try operand(bareStop, isEqual: true) }
        return nil
    }

    private mutating func operand(_ bareStop: StaticString?, isEqual: Bool) throws(PatternError) -> FilterTest {
        skipSpace()
        if current == UInt8(ascii: "%") {
            let regex = try regex()
            return isEqual ? .matches(regex) : .matchesNot(regex)
        }
        let operand =
            current == UInt8(ascii: "\"")
            ? FilterOperand(try quoted(), isQuoted: true)
            : FilterOperand(try bareWord("a value, in quotes or plain", bareStop), isQuoted: false)
        return isEqual ? .equals(operand) : .differs(operand)
    }

    private mutating func number(_ bareStop: StaticString?) throws(PatternError) -> Double {
        skipSpace()
        let start = position
        let word = try bareWord("a number without quotes", bareStop)
        guard let number = word.withUnsafeBufferPointer({ decimalNumber($0) }) else {
            position = start
            throw unexpected("a number without quotes")
        }
        return number
    }

    /// `%…%`; the next percent sign ends it.
    mutating func regex() throws(PatternError) -> PatternRegex {
        let start = position
        regexCount += 1
        guard regexCount <= FilterPattern.regexesMax else { throw .tooManyRegexes(offset: start) }
        guard let end = bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "%")) else {
            position = bytes.count
            throw unexpected("a closing percent sign")
        }
        var parser = PatternRegexParser(bytes[(start + 1)..<end])
        let regex = try parser.parse()
        position = end + 1
        return regex
    }

    /// The content of `"…"`; a backslash escapes a quotation mark and itself, before anything else it is plain.
    mutating func quoted() throws(PatternError) -> [UInt8] {
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

    private mutating func bareWord(_ want: String, _ stop: StaticString?) throws(PatternError) -> [UInt8] {
        let start = position
        while let byte = current, isBareByte(byte), stop.map({ !isOne(of: $0, byte) }) ?? true { position += 1 }
        guard position > start else { throw unexpected(want) }
        return Array(bytes[start..<position])
    }
}

private func isOne(of stops: StaticString, _ byte: UInt8) -> Bool {
    (0..<stops.utf8CodeUnitCount).contains { stops.utf8Start[$0] == byte }
}

func isPatternSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
}

func isNameByte(_ byte: UInt8) -> Bool {
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
