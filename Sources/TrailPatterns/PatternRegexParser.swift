/// Reads what stands between the percent signs of a pattern.
struct PatternRegexParser {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    /// States so far, the end of each alternative among them.
    private var stateCount = 0

    /// - Parameter bytes: A part of the pattern's text: its indices are the offsets of faults.
    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    mutating func parse() throws(PatternError) -> PatternRegex {
        PatternRegex(try alternatives())
    }

    mutating func alternatives() throws(PatternError) -> [RegexAlternative] {
        var alternatives = [try alternative()]
        while take("|") { alternatives.append(try alternative()) }
        return alternatives
    }

    private var current: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private func unexpected(_ want: String) -> PatternError {
        guard position < bytes.endIndex else {
            return .unexpected(offset: position, got: "the end of the regular expression", want: want)
        }
        let rest = String(decoding: bytes[position...], as: UTF8.self)
        return .unexpected(offset: position, got: "\"\(rest.prefix(1))\" in a regular expression", want: want)
    }

    private mutating func alternative() throws(PatternError) -> RegexAlternative {
        var result = RegexAlternative()
        let start = position
        result.isAtStart = take("^")
        while let byte = current, byte != UInt8(ascii: "|") {
            if take("$") {
                result.isAtEnd = true
                guard current == nil || current == UInt8(ascii: "|") else {
                    throw unexpected("nothing after $; write \\$ for a dollar sign")
                }
                break
            }
            let atom = position
            let symbols = try symbols()
            let (least, most) = try quantifier()
            let fixed = Swift.max(least, most ?? 1)
            guard stateCount + result.states.count + fixed < PatternRegex.statesMax else {
                throw .regexTooLarge(offset: atom)
            }
            for index in 0..<fixed {
                result.states.append(
                    .init(
                        symbols: symbols, isOptional: index >= least, isRepeating: most == nil && index == fixed - 1))
            }
        }
        guard position > start else { throw unexpected("a character or a class") }
        stateCount += result.states.count + 1
        return result
    }

    /// The set of symbols of one character, class or dot.
    private mutating func symbols() throws(PatternError) -> RegexClass {
        if take(".") { return .allButLineEnds }
        if take("[") { return try brackets() }
        if current == UInt8(ascii: "\\") { return try escape() }
        guard let byte = current, isRegexLiteral(byte) else { throw unexpected(Self.wantedCharacter) }
        position += 1
        return RegexClass([byte])
    }

    private static let wantedCharacter =
        "a letter, a digit, a space, one of : _ # = @ / ; , -, an operator, or \\xhh for another ASCII character"

    /// How often: at least, and at most (`nil` without end).
    private mutating func quantifier() throws(PatternError) -> (least: Int, most: Int?) {
        if take("?") { return (0, 1) }
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        let start = position
        guard take("{") else { return (1, 1) }
        let least = try number()
        var most = least
        if take(",") { most = try number() }
        let hasComma = bytes[start..<position].contains(UInt8(ascii: ","))
        guard take("}") else { throw unexpected("a count such as {3}, {3,5}, {3,} or {,5}") }
        guard least != nil || (hasComma && most != nil) else {
            position = start
            throw unexpected("a count such as {3}, {3,5}, {3,} or {,5}")
        }
        if let least, let most, hasComma, most < least {
            throw .unexpected(offset: start, got: "{\(least),\(most)}", want: "a first count of at most the second")
        }
        return (least ?? 0, most)
    }

    /// Digits, if any stand here; more than ``PatternRegex/statesMax`` are as many as one more.
    private mutating func number() throws(PatternError) -> Int? {
        let start = position
        var value = 0
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            value = Swift.min(value * 10 + Int(byte - UInt8(ascii: "0")), PatternRegex.statesMax + 1)
            position += 1
        }
        return position > start ? value : nil
    }

    /// What follows `[`: characters, ranges and classes up to `]`.
    private mutating func brackets() throws(PatternError) -> RegexClass {
        let isInverted = take("^")
        var result = RegexClass()
        let start = position
        while let byte = current, byte != UInt8(ascii: "]") {
            let place = position
            let first = try member()
            guard current == UInt8(ascii: "-"), position + 1 < bytes.endIndex, bytes[position + 1] != UInt8(ascii: "]")
            else {
                result.formUnion(first.symbols)
                continue
            }
            position += 1
            let last = try member()
            guard let low = first.byte, let high = last.byte, low <= high else {
                throw .unexpected(
                    offset: place, got: "a range in brackets from a larger character or a class",
                    want: "a range such as a-z")
            }
            result.formUnion(RegexClass(low...high))
        }
        guard position > start else { throw unexpected("a character in brackets") }
        guard take("]") else { throw unexpected("a closing bracket") }
        return isInverted ? result.inverted : result
    }

    /// One member of brackets; operators stand for themselves there.
    private mutating func member() throws(PatternError) -> (symbols: RegexClass, byte: UInt8?) {
        guard let byte = current else { throw unexpected("a closing bracket") }
        if byte == UInt8(ascii: "\\") {
            let start = position
            let symbols = try escape()
            return (symbols, Self.isClassName(bytes[start + 1]) ? nil : escapedByte(start))
        }
        guard isRegexLiteral(byte) || (isRegexOperator(byte) && byte != UInt8(ascii: "[")) else {
            throw unexpected(Self.wantedCharacter)
        }
        position += 1
        return (RegexClass([byte]), byte)
    }

    /// The character that the escape at `start`, which was read, stands for.
    private func escapedByte(_ start: Int) -> UInt8? {
        guard bytes[start + 1] == UInt8(ascii: "x") else { return bytes[start + 1] }
        return UInt8(String(decoding: bytes[(start + 2)..<(start + 4)], as: UTF8.self), radix: 16)
    }

    private static func isClassName(_ byte: UInt8) -> Bool { "dDsSwW".utf8.contains(byte) }

    private mutating func escape() throws(PatternError) -> RegexClass {
        let start = position
        position += 1
        guard let byte = current else { throw unexpected("a character after the backslash") }
        position += 1
        switch byte {
        case UInt8(ascii: "d"): return .digits
        case UInt8(ascii: "D"): return RegexClass.digits.inverted
        case UInt8(ascii: "s"): return .spaces
        case UInt8(ascii: "S"): return RegexClass.spaces.inverted
        case UInt8(ascii: "w"): return .words
        case UInt8(ascii: "W"): return RegexClass.words.inverted
        case UInt8(ascii: "x"):
            guard position + 2 <= bytes.endIndex, bytes[position..<(position + 2)].allSatisfy(isHexDigit),
                let value = escapedByte(start), value < 0x80
            else { throw unexpected("two hexadecimal digits of at most 7F after \\x") }
            position += 2
            return RegexClass([value])
        default:
            guard isRegexOperator(byte) || byte == UInt8(ascii: "-") else {
                position -= 1
                throw unexpected("an operator, d, D, s, S, w, W or xhh after the backslash")
            }
            return RegexClass([byte])
        }
    }
}

/// A character that stands for itself.
private func isRegexLiteral(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: ":_#=@/;,- ".utf8.contains(byte)
    }
}

private func isRegexOperator(_ byte: UInt8) -> Bool { #"^$?[]{}|\*+."#.utf8.contains(byte) }

private func isHexDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
}
