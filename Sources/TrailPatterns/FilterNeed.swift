import TrailEvents

/// What a record must have at a field for a condition of a filter to hold.
enum FilterNeed: Hashable, Sendable {
    /// A string or number with this text, or one that it starts or ends with or that stands inside it.
    case text(FieldID, TextTable.Way, [UInt8])
    case present(FieldID)

    var field: FieldID {
        switch self {
        case .text(let field, _, _), .present(let field): field
        }
    }
}

extension FilterExpression {
    /// What every record has that it holds for: one of each list.
    ///
    /// - Parameter field: The field of a selector.
    /// - Returns: No lists where nothing can be said.
    func needs(_ field: ([PathStep]) -> FieldID) -> [[FilterNeed]] {
        switch self {
        case .everything, .message: return []
        case .condition(let condition): return condition.need(field).map { [[$0]] } ?? []
        case .all(let parts): return parts.flatMap { $0.needs(field) }
        case .any(let parts):
            // One list of each part will do; a part without any leaves everything open.
            var union: [FilterNeed] = []
            for part in parts {
                guard let list = part.needs(field).min(by: { $0.looseness < $1.looseness }) else { return [] }
                union += list
            }
            return [union]
        }
    }
}

extension [FilterNeed] {
    /// Larger for lists that rule fewer records out.
    fileprivate var looseness: Int {
        reduce(0) { sum, need in
            switch need {
            case .text(_, let way, _): sum + Int(way.rawValue) + 1
            case .present: sum + 100
            }
        }
    }
}

extension FilterCondition {
    /// `nil` for a condition that may hold where the field is missing.
    fileprivate func need(_ field: ([PathStep]) -> FieldID) -> FilterNeed? {
        if test == .notExists { return nil }
        let isMulti = selector.contains { $0 == .anyMember || $0 == .anyElement }
        // A number has many spellings, and of several nodes only the first is looked up.
        guard !isMulti, case .equals(let operand) = test, operand.number == nil else {
            return .present(field(selector))
        }
        let way: TextTable.Way =
            switch (operand.hasLeadingStar, operand.hasTrailingStar) {
            case (false, false): .whole
            case (false, true): .start
            case (true, false): .end
            case (true, true): .inside
            }
        guard way == .whole || !operand.text.isEmpty else { return .present(field(selector)) }
        let text = way == .inside ? Array(operand.text.prefix(TextTable.insideBytesMax)) : operand.text
        return .text(field(selector), way, text)
    }
}
