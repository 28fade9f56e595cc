extension FilterPattern {
    /// Whether both match the same events as far as their forms show: blanks, parentheses without effect and the order of
    /// the parts of `&&` and `||` do not count.
    package func hasSameMeaning(as other: FilterPattern) -> Bool {
        Self.areSame(Self.flat(expression), Self.flat(other.expression))
    }

    /// Regular expressions in it; CloudWatch Logs allows only some filters of a log group to have any.
    package var hasRegexes: Bool { Self.hasRegexes(expression) }

    /// The expression without `&&` directly in `&&`, and `||` directly in `||`.
    private static func flat(_ expression: FilterExpression) -> FilterExpression {
        switch expression {
        case .everything, .condition, .message: return expression
        case .all(let parts):
            return .all(
                parts.map(flat).flatMap { part in if case .all(let inner) = part { inner } else { [part] } })
        case .any(let parts):
            return .any(
                parts.map(flat).flatMap { part in if case .any(let inner) = part { inner } else { [part] } })
        }
    }

    private static func areSame(_ left: FilterExpression, _ right: FilterExpression) -> Bool {
        switch (left, right) {
        case (.all(let left), .all(let right)), (.any(let left), .any(let right)):
            guard left.count == right.count else { return false }
            var rest = right
            for part in left {
                guard let place = rest.firstIndex(where: { areSame(part, $0) }) else { return false }
                rest.remove(at: place)
            }
            return true
        default: return left == right
        }
    }

    private static func hasRegexes(_ expression: FilterExpression) -> Bool {
        switch expression {
        case .everything: return false
        case .all(let parts), .any(let parts): return parts.contains(where: hasRegexes)
        case .condition(let condition): return condition.test.isRegex
        case .message(.terms(let pattern)):
            return (pattern.required + pattern.excluded + pattern.alternatives).contains { term in
                if case .regex = term { true } else { false }
            }
        case .message(.fields(let pattern)):
            return pattern.entries.contains { $0.alternatives.contains { $0.contains(where: \.isRegex) } }
        }
    }
}

extension FilterTest {
    fileprivate var isRegex: Bool {
        switch self {
        case .matches, .matchesNot: true
        default: false
        }
    }
}
