import TrailModel

/// A metric math expression as it was written, types not yet checked; its description reads back as the same tree.
package struct MathExpression: Equatable, Sendable {
    package indirect enum Form: Equatable, Sendable {
        /// Finite and not negative; a sign is a ``negation(_:)``.
        case number(Double)
        /// The result of another entry.
        case id(String)
        /// `[a, b]`; arrays inside are joined.
        case array([MathExpression])
        case negation(MathExpression)
        case operation(MathOperator, MathExpression, MathExpression)
        /// `METRICS()`, or with a text the metrics whose Id contains it.
        case metrics(containing: String?)
        case call(MathFunction, [MathExpression])
        case fill(MathExpression, MathFill)
        case condition(MathExpression, then: MathExpression, otherwise: MathExpression?)
        case sort(MathExpression, by: MathSortKey, ascending: Bool, limit: MathExpression?)
    }

    package let form: Form
    /// Where it starts in the UTF-8 text it was read from; 0 in a tree that was put together.
    package let offset: Int

    package init(_ form: Form, offset: Int = 0) {
        self.form = form
        self.offset = offset
    }

    /// The form alone: the same expression written elsewhere is equal.
    package static func == (left: MathExpression, right: MathExpression) -> Bool { left.form == right.form }
}

/// An operator between two operands; the raw value is the way it is printed.
package enum MathOperator: String, CaseIterable, Sendable {
    case or = "OR"
    case and = "AND"
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case dividedBy = "/"
    case power = "^"

    /// What binds tighter is greater; all but `^` group from the left.
    var precedence: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .equal, .notEqual, .lessOrEqual, .greaterOrEqual, .less, .greater: 3
        case .plus, .minus: 4
        case .times, .dividedBy: 5
        case .power: 7
        }
    }

    /// The sign before an operand: `-m1^2` is `-(m1^2)`, `-m1*2` is `(-m1)*2`.
    static let negationPrecedence = 6
    static let operandPrecedence = 8
}

/// What `FILL` puts where a value is missing.
package enum MathFill: Equatable, Sendable {
    /// A number, or the value of another time series at that time.
    case value(MathExpression)
    /// The last value before the gap.
    case lastValue
    /// The straight line between the values before and after the gap.
    case line
}

/// What `SORT` compares.
package enum MathSortKey: String, CaseIterable, Sendable {
    case average = "AVG"
    case minimum = "MIN"
    case maximum = "MAX"
    case sum = "SUM"

    var reduction: MathFunction {
        switch self {
        case .average: .average
        case .minimum: .minimum
        case .maximum: .maximum
        case .sum: .sum
        }
    }
}

extension MathExpression: CustomStringConvertible {
    package var description: String { text(minimum: 0) }

    /// In parentheses where its place takes only what binds at least as tight as `minimum`.
    private func text(minimum: Int) -> String {
        switch form {
        case .number(let value): return plainText(value)
        case .id(let id): return id
        case .array(let members): return "[\(members.map(\.description).joined(separator: ", "))]"
        case .negation(let operand):
            let inner = "-" + operand.text(minimum: MathOperator.negationPrecedence)
            return minimum > MathOperator.negationPrecedence ? "(\(inner))" : inner
        case .operation(let sign, let left, let right):
            let level = sign.precedence
            let isPower = sign == .power
            let inner =
                left.text(minimum: isPower ? MathOperator.operandPrecedence : level) + " \(sign.rawValue) "
                + right.text(minimum: isPower ? MathOperator.negationPrecedence : level + 1)
            return minimum > level ? "(\(inner))" : inner
        case .metrics(let text):
            guard let text else { return "METRICS()" }
            return text.contains("\"") ? "METRICS('\(text)')" : "METRICS(\"\(text)\")"
        case .call(let function, let arguments):
            return "\(function.rawValue)(\(arguments.map(\.description).joined(separator: ", ")))"
        case .fill(let series, .value(let value)): return "FILL(\(series), \(value))"
        case .fill(let series, .lastValue): return "FILL(\(series), REPEAT)"
        case .fill(let series, .line): return "FILL(\(series), LINEAR)"
        case .condition(let test, let then, let otherwise):
            return "IF(\(test), \(then)\(otherwise.map { ", \($0)" } ?? ""))"
        case .sort(let array, let key, let ascending, let limit):
            return "SORT(\(array), \(key.rawValue), \(ascending ? "ASC" : "DESC")\(limit.map { ", \($0)" } ?? ""))"
        }
    }
}
