/// `FieldSelectionCriteria` of a metric filter: which events it sees by the account and the region that they are of, as
/// `@aws.region = "eu-west-1" AND @aws.account IN ["111122223333", "444455556666"]` (PutMetricFilter).
///
/// They are written as what a pattern over JSON asks of the same fields, so that a filter with criteria is one with a
/// longer pattern, and `AND` binds before `OR` as there. Parentheses may be used. `@source.log` is not known here: a trail's
/// files do not say which log group an event would be copied from.
package struct SelectionCriteria: Equatable, Sendable {
    /// Longest text (PutMetricFilter).
    package static let charactersMax = 2000

    /// Conditions as they stand in a pattern over JSON; `nil` when every event is seen.
    private let conditions: String?

    /// - Throws: ``PatternError`` with a place in `text`.
    package init(_ text: String) throws(PatternError) {
        guard text.unicodeScalars.count <= Self.charactersMax else {
            throw .unexpected(
                offset: 0, got: "\(text.unicodeScalars.count) characters", want: "at most \(Self.charactersMax)")
        }
        var reader = CriteriaReader(bytes: Array(text.utf8))
        conditions = try reader.read()
    }

    /// The pattern of those events that `pattern` holds for and the criteria select.
    ///
    /// - Returns: `nil` for a pattern of terms or of space-delimited fields, which conditions cannot stand beside.
    /// - Throws: ``PatternError/tooLong(characters:)`` and other limits of a pattern that both go beyond together.
    package func narrowing(_ pattern: FilterPattern) throws(PatternError) -> FilterPattern? {
        guard let conditions else { return pattern }
        if pattern.expression == .everything { return try FilterPattern("{ \(conditions) }") }
        let text = pattern.text.drop(while: \.isWhitespace)
        guard text.first == "{", let end = text.lastIndex(of: "}") else { return nil }
        let own = text[text.index(after: text.startIndex)..<end]
        return try FilterPattern("{ (\(own)) && (\(conditions)) }")
    }
}

/// Reads criteria from left to right.
private struct CriteriaReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func read() throws(PatternError) -> String? {
        skipSpace()
        if position == bytes.count { return nil }
        let conditions = try alternatives(depth: 0)
        guard position == bytes.count else { throw unexpected("AND, OR or the end") }
        return conditions
    }

    private mutating func alternatives(depth: Int) throws(PatternError) -> String {
        var parts = [try all(depth: depth)]
        while take(word: "OR") { parts.append(try all(depth: depth)) }
        return parts.joined(separator: " || ")
    }

    private mutating func all(depth: Int) throws(PatternError) -> String {
        var parts = [try condition(depth: depth)]
        while take(word: "AND") { parts.append(try condition(depth: depth)) }
        return parts.joined(separator: " && ")
    }

    private mutating func condition(depth: Int) throws(PatternError) -> String {
        if take("(") {
            guard depth < FilterPattern.nestingMax else { throw .tooDeep(offset: position - 1) }
            let inner = try alternatives(depth: depth + 1)
            guard take(")") else { throw unexpected("AND, OR or a closing parenthesis") }
            return "(\(inner))"
        }
        let selector = try field()
        if take("!=") { return "\(selector) != \(try value())" }
        if take("=") { return "\(selector) = \(try value())" }
        let isInverted = take(word: "NOT")
        guard take(word: "IN") else { throw unexpected(isInverted ? "IN" : "one of = != IN, NOT IN") }
        let values = try list()
        let (sign, joint) = isInverted ? ("!=", " && ") : ("=", " || ")
        return "(\(values.map { "\(selector) \(sign) \($0)" }.joined(separator: joint)))"
    }

    private mutating func field() throws(PatternError) -> String {
        let start = position
        let name = bytes[start...].prefix { byte in
            byte == UInt8(ascii: "@") || byte == UInt8(ascii: ".") || 0x61...0x7A ~= byte | 0x20
        }
        switch String(decoding: name, as: UTF8.self) {
        case "@aws.account":
            advance(name.count)
            return "$.recipientAccountId"
        case "@aws.region":
            advance(name.count)
            return "$.awsRegion"
        case "": throw unexpected("@aws.account or @aws.region")
        case let other:
            throw .unexpected(offset: start, got: "\"\(other)\"", want: "@aws.account or @aws.region")
        }
    }

    private mutating func list() throws(PatternError) -> [String] {
        guard take("[") else { throw unexpected("a list of values in brackets") }
        var values = [try value()]
        while take(",") { values.append(try value()) }
        guard take("]") else { throw unexpected("a comma or the closing bracket") }
        return values
    }

    /// A text in quotes that is the same in a pattern.
    private mutating func value() throws(PatternError) -> String {
        let start = position
        guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else {
            throw unexpected("an account or a region in double quotes")
        }
        let text = bytes[(start + 1)...].prefix { byte in
            byte == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || 0x61...0x7A ~= byte | 0x20
        }
        position = start + 1 + text.count
        guard !text.isEmpty, position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            throw unexpected("an account or a region of letters, digits and - in double quotes")
        }
        advance(1)
        return "\"\(String(decoding: text, as: UTF8.self))\""
    }

    private mutating func take(_ mark: String) -> Bool {
        guard bytes[position...].starts(with: mark.utf8) else { return false }
        advance(mark.utf8.count)
        return true
    }

    /// A word in letters of any case, with no letter after it.
    private mutating func take(word: String) -> Bool {
        let found = bytes[position...].prefix { 0x61...0x7A ~= $0 | 0x20 }
        guard String(decoding: found, as: UTF8.self).uppercased() == word else { return false }
        advance(found.count)
        return true
    }

    private mutating func advance(_ count: Int) {
        position += count
        skipSpace()
    }

    private mutating func skipSpace() {
        while position < bytes.count, isPatternSpace(bytes[position]) { position += 1 }
    }

    private func unexpected(_ want: String) -> PatternError {
        guard position < bytes.count else {
            return .unexpected(offset: position, got: "the end of the criteria", want: want)
        }
        let rest = String(decoding: bytes[position..<min(position + 8, bytes.count)], as: UTF8.self)
        return .unexpected(
            offset: position, got: rest.unicodeScalars.first.map { "\"\($0)\"" } ?? "nothing", want: want)
    }
}
