package import TrailEvents

/// What a pattern asks of one field: a text it must equal, or that it is false.
package enum PatternRequirement: Equatable, Sendable {
    case text(String)
    case isFalse
}

extension FilterPattern {
    /// What every matching event has, so that an index can rule files out before any event is read.
    ///
    /// - Parameter terms: The index's terms of events whose field at a path meets a requirement; `nil` when the index
    ///   does not know. A text is only asked for where no number could be equal to it.
    /// - Returns: Groups of terms: a matching event has at least one term of each.
    package func requiredTerms<Term>(
        _ terms: (_ path: [PathStep], _ requirement: PatternRequirement) -> [Term]?
    ) -> [[Term]] {
        Self.requiredTerms(of: expression, terms)
    }

    private static func requiredTerms<Term>(
        of expression: FilterExpression, _ terms: ([PathStep], PatternRequirement) -> [Term]?
    ) -> [[Term]] {
        switch expression {
        case .everything, .message: return []
        case .condition(let condition):
            guard let requirement = condition.test.requirement else { return [] }
            return terms(condition.selector, requirement).map { [$0] } ?? []
        case .all(let parts): return parts.flatMap { requiredTerms(of: $0, terms) }
        case .any(let parts):
            // One group of each part will do; a part without any leaves everything open.
            var union: [Term] = []
            for part in parts {
                guard let group = requiredTerms(of: part, terms).first else { return [] }
                union += group
            }
            return [union]
        }
    }
}

extension FilterTest {
    fileprivate var requirement: PatternRequirement? {
        switch self {
        case .isFalse: return .isFalse
        case .equals(let operand):
            guard !operand.hasLeadingStar, !operand.hasTrailingStar, operand.number == nil, !operand.text.isEmpty,
                !mayBeNumber(operand.text), let text = String(validating: operand.text, as: UTF8.self)
            else { return nil }
            return .text(text)
        case .differs, .matches, .matchesNot, .orders, .isNull, .isTrue, .notExists: return nil
        }
    }
}

/// False for a text that no JSON number is written as; an address has too many dots for one.
private func mayBeNumber(_ text: [UInt8]) -> Bool {
    text.allSatisfy { "0123456789+-.eE".utf8.contains($0) } && text.count { $0 == UInt8(ascii: ".") } <= 1
}
