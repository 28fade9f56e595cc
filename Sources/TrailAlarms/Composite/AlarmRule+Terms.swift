import TrailModel

extension AlarmRule {
    /// A part of a rule, and what it is.
    package struct Term: Equatable, Sendable {
        /// 0 for the whole rule, one more for each part that it is a part of.
        package let depth: Int
        package let text: String
        package let value: Bool
        /// How many alarms of an `AT_LEAST` fulfil its condition, and how many must.
        package let met: Int?
        package let required: Int?
    }

    /// What each part of the rule is, in the rule's order, a part before those that it is made of.
    ///
    /// - Parameter states: As in ``evaluate(_:)``.
    /// - Returns: The whole rule first.
    package func terms(_ states: [String: AlarmState]) -> [Term] {
        var terms: [Term] = []
        form.collectTerms(depth: 0, states, &terms)
        return terms
    }
}

extension AlarmRule.Form {
    fileprivate func collectTerms(depth: Int, _ states: [String: AlarmState], _ terms: inout [AlarmRule.Term]) {
        var parts: [AlarmRule.Form] = []
        var quorum: (met: Int, required: Int)?
        switch self {
        case .constant, .state: break
        case .atLeast(let own): quorum = (own.alarms.count { own.isMet(by: $0, states) }, own.required)
        case .not(let form): parts = [form]
        case .all(let forms), .any(let forms): parts = forms
        }
        terms.append(
            AlarmRule.Term(
                depth: depth, text: text, value: evaluate(states), met: quorum?.met, required: quorum?.required))
        for part in parts { part.collectTerms(depth: depth + 1, states, &terms) }
    }
}
