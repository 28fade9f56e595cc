package import TrailEvents

/// Compiles metric filter patterns into matchers over scanned records.
///
/// A metric filter pattern of CloudWatch Logs, parsed but not yet bound to a field table (FilterAndPatternSyntax of the
/// CloudWatch Logs user guide).
///
/// The empty pattern matches every event; the first character tells the others apart: `{` begins a pattern over JSON,
/// `[` one over the fields between spaces, and anything else is terms that the text of the event must hold.
package struct FilterPattern: Equatable, Sendable {
    /// Longest pattern (PutMetricFilter).
    package static let charactersMax = 1024
    /// Selectors with a wildcard per pattern.
    package static let wildcardsMax = 3
    /// Regular expressions per pattern.
    package static let regexesMax = 2
    /// Levels of parentheses; a limit of ours.
    package static let nestingMax = 100

    /// The pattern as it was written.
    package let text: String
    let expression: FilterExpression

    package init(_ text: String) throws(PatternError) {
        let characters = text.unicodeScalars.count
        guard characters <= Self.charactersMax else { throw .tooLong(characters: characters) }
        var parser = FilterPatternParser(text)
        expression = try parser.parse()
        self.text = text
    }

    /// Adds the fields that the pattern reads to `table` and binds it to them.
    ///
    /// The result reads records of every scanner made from `table` afterwards, also when more fields are added to it.
    package func compile(into table: inout FieldTable) -> CompiledPattern {
        var compiler = PatternCompiler(table)
        let pattern = compiler.compile(expression)
        table = compiler.table
        return pattern
    }

    /// Whether it holds for a log message that is not, or not yet, a scanned record.
    package func matches(message: [UInt8]) -> Bool {
        if case .message(let pattern) = expression { return message.withUnsafeBufferPointer { pattern.matches($0) } }
        var table = FieldTable()
        let compiled = compile(into: &table)
        guard expression != .everything else { return true }
        var scanner = RecordScanner(table)
        var holds = false
        do throws(LogFileError) {
            try scanner.scan(record: LogText(message)) { holds = compiled.matches($0) }
        } catch {
            return false
        }
        return holds
    }

    /// The fields of a message by the names that a space-delimited pattern gives them, `$name` or `$1`; none for other
    /// patterns.
    package func fields(of message: [UInt8]) -> [String: String] {
        guard case .message(.fields(let pattern)) = expression else { return [:] }
        let texts = message.withUnsafeBufferPointer { pattern.texts(in: $0) }
        return Dictionary(texts.map { ($0.name, String(decoding: message[$0.range], as: UTF8.self)) }) { first, _ in
            first
        }
    }

    /// Compares the texts.
    package static func == (left: FilterPattern, right: FilterPattern) -> Bool {
        left.text == right.text
    }
}

extension FilterPattern: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do throws(PatternError) {
            try self.init(text)
        } catch {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: error.description))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A pattern as a tree; `||` and `&&` of any number of parts.
indirect enum FilterExpression: Equatable, Sendable {
    case everything
    case condition(FilterCondition)
    /// Of the text of the whole message; alone, since no other syntax mixes with it.
    case message(MessagePattern)
    case all([FilterExpression])
    case any([FilterExpression])
}

struct FilterCondition: Equatable, Sendable {
    let selector: [PathStep]
    let test: FilterTest
    /// Where it stands in the pattern's text, in bytes; of no weight when conditions are compared.
    var range = 0..<0

    static func == (left: FilterCondition, right: FilterCondition) -> Bool {
        left.selector == right.selector && left.test == right.test
    }
}
