/// Why a composite alarm's rule is refused, and where in the rule.
package struct AlarmRuleError: Error, Equatable, Sendable {
    /// The closed set of reasons.
    package enum Reason: Equatable, Sendable {
        /// A word where something else must stand; `want` in CloudWatch's words.
        case unsupportedToken(String, want: String)
        /// A name whose closing quote is missing.
        case unclosedQuote
        /// The count of an `AT_LEAST` of so many alarms.
        case countOutOfRange(alarms: Int)
        case percentageOutOfRange
        /// None, or more than ``AlarmRule/charactersMax``.
        case length(characters: Int)
        /// More than ``AlarmRule/elementsMax``.
        case tooManyElements
        /// More than ``AlarmRule/childrenMax``.
        case tooManyChildren(Int)
        /// More than ``AlarmRule/parentsMax`` composite alarms name this alarm.
        case tooManyParents(Int, child: String)
        case foreignRegion(got: String, want: String)
        case foreignAccount
        /// The rule names its own alarm.
        case namesItself
        /// ARNs of alarms that do not exist.
        case unknownAlarms([String])
    }

    /// The place in the rule, counted from 1; columns are Unicode scalars.
    package let line: Int
    package let column: Int
    /// The place as CloudWatch counts it, from 0, in UTF-16 units.
    package let character: Int
    package let reason: Reason

    package init(line: Int = 1, column: Int = 1, character: Int = 0, reason: Reason) {
        self.line = line
        self.column = column
        self.character = character
        self.reason = reason
    }

    /// The place of a byte of `text`.
    init(text: String, offset: Int, reason: Reason) {
        let before = Array(text.utf8).prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        self.init(
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            // Continuation bytes (10xxxxxx) are not scalars of their own.
            column: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1,
            character: String(decoding: before, as: UTF8.self).utf16.count, reason: reason)
    }
}

extension AlarmRuleError {
    /// CloudWatch's error code of all of these.
    package static let cloudWatchCode = "ValidationError"

    /// A label for metrics, from a fixed set.
    package var code: StaticString {
        switch reason {
        case .unsupportedToken, .unclosedQuote: "unexpected"
        case .countOutOfRange, .percentageOutOfRange: "threshold"
        case .length, .tooManyElements, .tooManyChildren, .tooManyParents: "limit"
        case .foreignRegion, .foreignAccount: "foreign_alarm"
        case .namesItself: "cycle"
        case .unknownAlarms: "unknown_alarm"
        }
    }

    /// What is wrong, without the place: CloudWatch's text where it is known, ours for limits and quotes.
    package var message: String {
        switch reason {
        case .unsupportedToken(let token, let want):
            "Error in AlarmRule [Unsupported token '\(token)' at char \(character), must be: \(want)]"
        case .unclosedQuote: "got a name without its closing quote; want a \" at its end, \\\" inside it"
        case .countOutOfRange(let alarms):
            "Error in AlarmRule [AT_LEAST absolute threshold must be between 1 and number of alarms (\(alarms))]"
        case .percentageOutOfRange: "Error in AlarmRule [AT_LEAST percentage threshold must be between 1 and 100]"
        case .length(let characters): "got \(characters) characters; want 1 to \(AlarmRule.charactersMax)"
        case .tooManyElements:
            "got another element; want at most \(AlarmRule.elementsMax) alarms, constants and pairs of parentheses, "
                + "the rest in a composite alarm of its own"
        case .tooManyChildren(let children):
            "got \(children) alarms; want at most \(AlarmRule.childrenMax), the rest in a composite alarm of its own"
        case .tooManyParents(let parents, let child):
            "got \(parents) composite alarms that name '\(child)'; want at most \(AlarmRule.parentsMax)"
        case .foreignRegion(let got, let want):
            "Error in AlarmRule [Wrong ARN region, it was \(got) but \(want) was expected instead]"
        case .foreignAccount: "A composite alarm cannot have a child relation with alarms from another AWS account"
        case .namesItself:
            "A composite alarm cannot have a child relation with itself via its AlarmRule, as it would introduce a "
                + "circular dependency"
        case .unknownAlarms(let arns):
            "Could not save the composite alarm as alarms [\(arns.joined(separator: ", "))] in the alarm rule do not "
                + "exist"
        }
    }
}

extension AlarmRuleError: CustomStringConvertible {
    package var description: String { "cannot read AlarmRule: \(message) (line \(line), column \(column))" }
}
