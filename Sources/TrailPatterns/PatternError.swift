/// Why a filter pattern is refused; offsets are 0-based bytes of its UTF-8 text.
package enum PatternError: Error, Equatable, Sendable {
    /// `got` stands where `want` should.
    case unexpected(offset: Int, got: String, want: String)
    /// More than ``FilterPattern/regexesMax`` regular expressions.
    case tooManyRegexes(offset: Int)
    /// A regular expression of more than ``PatternRegex/statesMax`` characters, its counts written out.
    case regexTooLarge(offset: Int)
    /// More characters than ``FilterPattern/charactersMax``.
    case tooLong(characters: Int)
    /// More than one wildcard in a selector.
    case tooManyWildcardsInSelector(offset: Int)
    /// More than ``FilterPattern/wildcardsMax`` selectors with a wildcard.
    case tooManyWildcards(offset: Int)
    /// Parentheses nested deeper than ``FilterPattern/nestingMax``.
    case tooDeep(offset: Int)

    /// Where in the pattern the fault stands.
    package var offset: Int {
        switch self {
        case .unexpected(let offset, _, _), .tooManyRegexes(let offset), .regexTooLarge(let offset),
            .tooManyWildcardsInSelector(let offset),
            .tooManyWildcards(let offset), .tooDeep(let offset):
            offset
        case .tooLong: 0
        }
    }

    /// What is wrong and what is wanted, without the place.
    package var message: String {
        switch self {
        case .unexpected(_, let got, let want): "got \(got); want \(want)"
        case .tooManyRegexes: "got another regular expression; want at most \(FilterPattern.regexesMax)"
        case .regexTooLarge:
            "got a regular expression that is too large; want at most \(PatternRegex.statesMax) characters, counts such as {3} written out"
        case .tooLong(let characters):
            "got \(characters) characters; want at most \(FilterPattern.charactersMax)"
        case .tooManyWildcardsInSelector: "got a second wildcard in one selector; want at most one"
        case .tooManyWildcards: "got another selector with a wildcard; want at most \(FilterPattern.wildcardsMax)"
        case .tooDeep: "got another parenthesis; want at most \(FilterPattern.nestingMax) levels"
        }
    }
}

extension PatternError: CustomStringConvertible {
    package var description: String { "cannot read the filter pattern: \(message), at byte \(offset)" }
}
