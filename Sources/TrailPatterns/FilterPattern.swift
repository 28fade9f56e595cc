package import TrailEvents

/// Compiles metric filter patterns into matchers over scanned records.
///
/// A metric filter pattern of CloudWatch Logs in its JSON syntax, parsed but not yet bound to a field table
/// (FilterAndPatternSyntax of the CloudWatch Logs user guide).
///
/// The empty pattern matches every event. Term patterns, space-delimited patterns and regular expressions are refused.
package struct FilterPattern: Equatable, Sendable {
    /// Longest pattern (PutMetricFilter).
    package static let charactersMax = 1024
    /// Selectors with a wildcard per pattern.
    package static let wildcardsMax = 3
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
    case all([FilterExpression])
    case any([FilterExpression])
}

struct FilterCondition: Equatable, Sendable {
    let selector: [PathStep]
    let test: FilterTest
}

enum FilterTest: Equatable, Sendable {
    case equals(FilterOperand)
    case differs(FilterOperand)
    case orders(FilterOrder, Double)
    case isNull, isTrue, isFalse
    case notExists
}

enum FilterOrder: UInt8, Sendable {
    case less, lessOrEqual, greater, greaterOrEqual

    func holds(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

/// The value after `=` or `!=`.
struct FilterOperand: Equatable, Sendable {
    /// UTF-8 without the stars at its ends.
    var text: [UInt8]
    /// A star at the start: the text may end there in any way.
    var hasLeadingStar = false
    var hasTrailingStar = false
    /// The value of an unquoted number.
    var number: Double?

    init(_ written: [UInt8], isQuoted: Bool) {
        let star = UInt8(ascii: "*")
        text = written
        if text.first == star {
            hasLeadingStar = true
            text.removeFirst()
        }
        if text.last == star {
            hasTrailingStar = true
            text.removeLast()
        }
        // A lone star is anything, from start to end.
        if written == [star] { hasTrailingStar = true }
        number = isQuoted ? nil : written.withUnsafeBufferPointer { decimalNumber($0) }
    }
}
