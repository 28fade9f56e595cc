import TrailModel

/// The section `Rules`: assertions about parameters, which CloudFormation checks before it makes anything.
extension Evaluation {
    /// Reports each assertion that does not hold; what is not known here is passed over.
    func checkRules() {
        isInRules = true
        defer { isInRules = false }
        for rule in rules?.members ?? [] {
            if let condition = rule.value["RuleCondition"], truth(of: condition) != .true { continue }
            guard let assertions = rule.value["Assertions"]?.elements else {
                report(
                    .error, "cannot read rule \(rule.key): got no list of Assertions; want at least one",
                    at: rule.keyLocation)
                continue
            }
            for assertion in assertions {
                guard let assert = assertion["Assert"] else {
                    report(
                        .error, "cannot read rule \(rule.key): got an assertion without Assert; want a condition",
                        at: assertion.location)
                    continue
                }
                guard truth(of: assert) == .false else { continue }
                let text = assertion["AssertDescription"]?.text.map { ": \($0)" } ?? ""
                report(
                    .error, "cannot use the parameters: an assertion of rule \(rule.key) does not hold\(text)",
                    at: assert.location)
            }
        }
    }

    /// The functions that rules alone have; `nil` for any other.
    func ruleTruth(of intrinsic: Intrinsic) -> Truth? {
        switch intrinsic.name {
        case "Fn::Contains":
            compared(intrinsic) { list, texts in texts.allSatisfy { list.contains($0) } }
        case "Fn::EachMemberEquals":
            compared(intrinsic) { list, texts in list.allSatisfy { texts == [$0] } }
        case "Fn::EachMemberIn":
            compared(intrinsic) { list, texts in list.allSatisfy { texts.contains($0) } }
        default: nil
        }
    }

    /// Compares the texts of two arguments; a single one counts as a list of itself.
    private func compared(_ intrinsic: Intrinsic, _ holds: ([String], [String]) -> Bool) -> Truth {
        guard let arguments = arguments(of: intrinsic, 2...2) else { return .unknown(.faulty) }
        var lists: [[String]] = []
        for argument in arguments {
            let value = value(of: argument)
            if let reason = value.reason { return .unknown(reason) }
            let elements = if case .list(let values) = value.content { values } else { [value] }
            lists.append(
                elements.compactMap { element in
                    if case .text(let text) = element.content { text } else { nil }
                })
        }
        return Truth(holds(lists[0], lists[1]))
    }
}
