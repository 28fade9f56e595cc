/// The rule of a composite alarm (CloudWatch: `AlarmRule`): which states of other alarms put it into ALARM.
///
/// `NOT` binds tighter than `AND`, which binds tighter than `OR`. The form keeps the rule's grouping but not its white
/// space; ``description`` prints it so that it reads the same.
package struct AlarmRule: Equatable, Sendable {
    /// A part of a rule.
    package indirect enum Form: Equatable, Sendable {
        /// `TRUE` or `FALSE`.
        case constant(Bool)
        /// `ALARM(x)`, `OK(x)` or `INSUFFICIENT_DATA(x)`.
        case state(AlarmState, AlarmReference)
        /// `AT_LEAST(threshold, [NOT] STATE, (x, y, …))`.
        case atLeast(Quorum)
        case not(Form)
        /// Two parts or more, joined by `AND`.
        case all([Form])
        /// Two parts or more, joined by `OR`.
        case any([Form])
    }

    /// The condition of an `AT_LEAST`; an alarm named twice counts twice.
    package struct Quorum: Equatable, Sendable {
        package enum Threshold: Equatable, Sendable {
            /// Between 1 and the number of alarms.
            case count(Int)
            /// Between 1 and 100, of the number of alarms, rounded up.
            case percentage(Int)
        }

        package let threshold: Threshold
        package let state: AlarmState
        /// Alarms that are not in `state` count.
        package let isNegated: Bool
        package let alarms: [AlarmReference]

        /// Alarms that must fulfil the condition.
        package var required: Int {
            switch threshold {
            case .count(let count): count
            case .percentage(let percentage): (alarms.count * percentage + 99) / 100
            }
        }
    }

    package let form: Form

    /// Characters of a rule, CloudWatch's limit.
    package static let charactersMax = 10_240
    /// Distinct alarms that a rule names, CloudWatch's limit.
    package static let childrenMax = 100
    /// Alarms, `TRUE`, `FALSE` and pairs of parentheses around parts of a rule; CloudWatch's limit.
    package static let elementsMax = 500
    /// Composite alarms that name one alarm, CloudWatch's limit.
    package static let parentsMax = 150

    init(form: Form) {
        self.form = form
    }

    /// The alarms that the rule names, in its order, each once per name.
    package var children: [AlarmReference] {
        var seen: Set<String> = []
        return form.references.filter { seen.insert($0.name).inserted }
    }

    /// Whether the rule holds, which is ALARM; otherwise OK.
    ///
    /// - Parameter states: By alarm name; an alarm that is not among them counts as INSUFFICIENT_DATA, as a new one does.
    /// - Returns: True for ALARM.
    package func evaluate(_ states: [String: AlarmState]) -> Bool {
        form.evaluate(states)
    }

    /// The names of the children that make the rule what it is: CloudWatch's `triggeringAlarms` of a new rule.
    ///
    /// In a rule that holds they are those whose conditions hold, otherwise those whose conditions do not, in the
    /// rule's order: of `AT_LEAST(2, ALARM, (a, b))` with `a` in ALARM and `b` in OK it is `b`.
    package func decisiveChildren(_ states: [String: AlarmState]) -> [String] {
        var names: [String] = []
        form.collectDecisive(form.evaluate(states), states, &names)
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

extension AlarmRule.Form {
    fileprivate var references: [AlarmReference] {
        switch self {
        case .constant: []
        case .state(_, let alarm): [alarm]
        case .atLeast(let quorum): quorum.alarms
        case .not(let form): form.references
        case .all(let forms), .any(let forms): forms.flatMap(\.references)
        }
    }

    func evaluate(_ states: [String: AlarmState]) -> Bool {
        switch self {
        case .constant(let value): value
        case .state(let state, let alarm): states.state(of: alarm) == state
        case .atLeast(let quorum): quorum.alarms.count { quorum.isMet(by: $0, states) } >= quorum.required
        case .not(let form): !form.evaluate(states)
        case .all(let forms): forms.allSatisfy { $0.evaluate(states) }
        case .any(let forms): forms.contains { $0.evaluate(states) }
        }
    }

    /// Adds the alarms of this part whose conditions speak for the part being `value`, which it is.
    fileprivate func collectDecisive(_ value: Bool, _ states: [String: AlarmState], _ names: inout [String]) {
        switch self {
        case .constant: break
        case .state(_, let alarm): names.append(alarm.name)
        case .atLeast(let quorum):
            names += quorum.alarms.filter { quorum.isMet(by: $0, states) == value }.map(\.name)
        case .not(let form): form.collectDecisive(!value, states, &names)
        case .all(let forms), .any(let forms):
            for form in forms where form.evaluate(states) == value { form.collectDecisive(value, states, &names) }
        }
    }
}

extension AlarmRule.Quorum {
    func isMet(by alarm: AlarmReference, _ states: [String: AlarmState]) -> Bool {
        (states.state(of: alarm) == state) != isNegated
    }
}

extension [String: AlarmState] {
    fileprivate func state(of alarm: AlarmReference) -> AlarmState { self[alarm.name] ?? .insufficientData }
}

extension AlarmRule: CustomStringConvertible {
    /// The rule in one line, names in quotes, no parenthesis more than it needs.
    package var description: String { form.text }
}

extension AlarmRule.Form {
    var text: String {
        switch self {
        case .constant(let value): value ? "TRUE" : "FALSE"
        case .state(let state, let alarm): "\(state.rawValue)(\(alarm.quoted))"
        case .atLeast(let quorum): quorum.text
        case .not(let form): "NOT \(form.isJoined ? "(\(form.text))" : form.text)"
        case .all(let forms): forms.map { $0.isJoined ? "(\($0.text))" : $0.text }.joined(separator: " AND ")
        case .any(let forms): forms.map { $0.isAny ? "(\($0.text))" : $0.text }.joined(separator: " OR ")
        }
    }

    private var isAny: Bool {
        if case .any = self { true } else { false }
    }

    private var isJoined: Bool {
        if case .all = self { true } else { isAny }
    }
}

extension AlarmRule.Quorum {
    fileprivate var text: String {
        let number =
            switch threshold {
            case .count(let count): "\(count)"
            case .percentage(let percentage): "\(percentage)%"
            }
        let names = alarms.map(\.quoted).joined(separator: ", ")
        return "AT_LEAST(\(number), \(isNegated ? "NOT " : "")\(state.rawValue), (\(names)))"
    }
}
