import TrailModel

/// The value of a condition.
enum Truth: Equatable {
    case `true`
    case `false`
    case unknown(ResolvedValue.Reason)

    init(_ value: Bool) {
        self = value ? .true : .false
    }
}

extension Evaluation {
    /// Works out a condition function; what is unknown stays so only where it decides.
    func truth(of node: TemplateNode) -> Truth {
        level += 1
        defer { level -= 1 }
        guard level <= Limits.depthMax else {
            report(.error, "cannot work out a condition: got more than \(Limits.depthMax) levels", at: node.location)
            return .unknown(.faulty)
        }
        if let member = node.members?.first, node.members?.count == 1, member.key == "Condition" {
            return truth(ofConditionNamedBy: member.value)
        }
        guard let intrinsic = Intrinsic(node) else {
            report(
                .error,
                "cannot read a condition: got \(node.kindText); want Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition",
                at: node.location)
            return .unknown(.faulty)
        }
        guard intrinsic.isKnown else { return .unknown(.faulty) }
        switch intrinsic.name {
        case "Condition": return truth(ofConditionNamedBy: intrinsic.argument)
        case "Fn::Equals": return equals(intrinsic)
        case "Fn::Not":
            guard let arguments = arguments(of: intrinsic, 1...1) else { return .unknown(.faulty) }
            return switch truth(of: arguments[0]) {
            case .true: .false
            case .false: .true
            case .unknown(let reason): .unknown(reason)
            }
        case "Fn::And", "Fn::Or":
            guard let arguments = arguments(of: intrinsic, 1...10) else { return .unknown(.faulty) }
            let deciding = Truth(intrinsic.name == "Fn::Or")
            let parts = arguments.map { truth(of: $0) }
            if parts.contains(deciding) { return deciding }
            return parts.first { $0 != .true && $0 != .false } ?? Truth(intrinsic.name == "Fn::And")
        default:
            if isInRules, let answer = ruleTruth(of: intrinsic) { return answer }
            report(
                .error,
                "cannot use \(intrinsic.name) as a condition: want Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition",
                at: intrinsic.location)
            return .unknown(.faulty)
        }
    }

    private func truth(ofConditionNamedBy node: TemplateNode) -> Truth {
        guard let name = node.text else {
            report(.error, "cannot read Condition: got \(node.kindText); want a name", at: node.location)
            return .unknown(.faulty)
        }
        return truth(ofCondition: name, at: node.location)
    }

    private func equals(_ intrinsic: Intrinsic) -> Truth {
        guard let arguments = arguments(of: intrinsic, 2...2) else { return .unknown(.faulty) }
        let left = value(of: arguments[0])
        let right = value(of: arguments[1])
        if let reason = left.reason ?? right.reason { return .unknown(reason) }
        return Truth(left.hasSameContent(as: right))
    }
}
