/// Why a mute rule is refused.
package enum MuteRuleError: Error, Equatable, Sendable {
    /// Neither `cron(…)` nor `at(…)` of a date that exists.
    case expression(String)
    /// So many fields inside `cron(…)`.
    case cronFields(Int)
    case cronField(String, got: String, range: ClosedRange<Int>, names: [String])
    /// A day that no month of the rule has.
    case neverComes(String)
    case duration(String)
    /// A `StartDate` or `ExpireDate`.
    case date(String)
    case name(characters: Int)
    case tooManyAlarms(Int)
    case expiresBeforeStart
}

extension MuteRuleError {
    /// A label for metrics, from a fixed set.
    package var code: StaticString {
        switch self {
        case .expression, .cronFields, .cronField, .neverComes: "expression"
        case .duration: "duration"
        case .date, .expiresBeforeStart: "date"
        case .name, .tooManyAlarms: "limit"
        }
    }

    /// What is wrong and the way out.
    package var message: String {
        switch self {
        case .expression(let got):
            "got Expression '\(got)'; want cron(Minutes Hours Day-of-month Month Day-of-week) or at(yyyy-MM-ddThh:mm), "
                + "at most \(MuteSchedule.expressionMax) characters"
        case .cronFields(let count):
            "got \(count) fields inside cron(…); want five: Minutes Hours Day-of-month Month Day-of-week"
        case .cronField(let field, let got, let range, let names):
            "got '\(got)' as \(field); want \(range.lowerBound) to \(range.upperBound)"
                + (names.isEmpty ? "" : ", \(names.first ?? "") to \(names.last ?? "")")
                + ", a range such as \(range.lowerBound)-\(range.lowerBound + 2), a list with commas, or *"
        case .neverComes(let fields): "got cron(\(fields)), which never comes; want a day that one of its months has"
        case .duration(let got):
            "got Duration '\(got)'; want ISO 8601 from PT1M to P15D, such as PT4H or P2DT12H"
        case .date(let got): "got date '\(got)'; want yyyy-MM-ddThh:mm, such as 2026-12-24T18:00"
        case .name(let characters): "got a Name of \(characters) characters; want 1 to \(MuteRule.nameCharactersMax)"
        case .tooManyAlarms(let count):
            "got \(count) AlarmNames; want at most \(MuteRule.alarmNamesMax), the rest in a rule of its own"
        case .expiresBeforeStart: "got an ExpireDate that is not after StartDate; want it later"
        }
    }
}

extension MuteRuleError: CustomStringConvertible {
    package var description: String { "cannot read AlarmMuteRule: \(message)" }
}
