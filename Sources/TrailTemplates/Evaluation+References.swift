import TrailModel

/// `Ref`, `Fn::GetAtt` and `Fn::Sub`: what names parameters, resources and AWS's own values.
extension Evaluation {
    private static let pseudoParameters = [
        "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
        "AWS::StackName", "AWS::URLSuffix",
    ]

    func reference(_ intrinsic: Intrinsic) -> ResolvedValue {
        guard let name = intrinsic.argument.text else {
            return faulty(
                "cannot work out Ref: got \(intrinsic.argument.kindText); want a name", intrinsic.argument.location)
        }
        return reference(name, at: intrinsic.location)
    }

    func attribute(_ intrinsic: Intrinsic) -> ResolvedValue {
        if let text = intrinsic.argument.text {
            return attribute(text, at: intrinsic.argument.location)
        }
        guard let parts = arguments(of: intrinsic, 2...2) else { return .unknown(.faulty, at: intrinsic.location) }
        guard let resource = parts[0].text else {
            return faulty("cannot work out Fn::GetAtt: got \(parts[0].kindText); want a name", parts[0].location)
        }
        let attribute = value(of: parts[1])
        if let reason = attribute.reason { return .unknown(reason, at: intrinsic.location) }
        guard case .text(let text) = attribute.content, !attribute.isSecret else {
            return faulty("cannot work out Fn::GetAtt: got \(attribute.shown); want an attribute", parts[1].location)
        }
        return self.attribute("\(resource).\(text)", at: intrinsic.location)
    }

    private func reference(_ name: String, at location: SourceLocation) -> ResolvedValue {
        if let parameter = parameters[name] {
            switch parameter.value {
            case .text(let text): return .text(text, at: location, isSecret: parameter.isSecret)
            case .list(let texts):
                let values = texts.map { ResolvedValue.text($0, at: location, isSecret: parameter.isSecret) }
                return ResolvedValue(content: .list(values), location: location, isSecret: parameter.isSecret)
            case .missing: return .unknown(.parameter(name), at: location)
            case .faulty: return .unknown(.faulty, at: location)
            }
        }
        if name.hasPrefix("AWS::") { return pseudoParameter(name, at: location) }
        guard let resource = resourcesByID[name] else { return notFound(name, at: location) }
        guard ResourceType.known[resource.type] != nil else {
            return .unknown(.outside("the name that AWS gives to \(name) (\(resource.type))"), at: location)
        }
        if let reason = reasonForAbsence(of: resource) { return .unknown(reason, at: location) }
        return switch resource.type {
        case "AWS::SNS::Topic": derived(from: resource, at: location) { settings.arn("sns", $0) }
        case "AWS::CloudWatch::AlarmMuteRule":
            derived(from: resource, at: location) { settings.arn("cloudwatch", "alarm-mute-rule:\($0)") }
        case "AWS::SNS::Subscription": .unknown(.outside("the ARN of subscription \(name)"), at: location)
        default: derived(from: resource, at: location) { $0 }
        }
    }

    private func notFound(_ name: String, at location: SourceLocation) -> ResolvedValue {
        let candidates = Array(parameters.keys) + Array(resourcesByID.keys) + Self.pseudoParameters
        return faulty(
            "cannot find '\(name)': want a parameter or resource of this template"
                + suggestion(for: name, among: candidates),
            location)
    }

    private func pseudoParameter(_ name: String, at location: SourceLocation) -> ResolvedValue {
        switch name {
        case "AWS::AccountId": return .text(settings.accountID, at: location)
        case "AWS::Region": return .text(settings.region, at: location)
        case "AWS::Partition": return .text(settings.partition, at: location)
        case "AWS::StackName": return .text(stem, at: location)
        case "AWS::StackId":
            let identifier = stableIdentifier([settings.accountID, settings.region, stem])
            return .text(settings.arn("cloudformation", "stack/\(stem)/\(identifier)"), at: location)
        case "AWS::URLSuffix":
            return .text(settings.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com", at: location)
        case "AWS::NotificationARNs": return ResolvedValue(content: .list([]), location: location)
        case "AWS::NoValue": return ResolvedValue(content: .absent, location: location)
        default: return notFound(name, at: location)
        }
    }

    /// Why a resource of this template is not made, when it is not.
    private func reasonForAbsence(of resource: Resource) -> ResolvedValue.Reason? {
        switch isMade(resource) {
        case .true: nil
        case .false: .outside("of \(resource.logicalID), whose Condition does not hold")
        case .unknown(let reason): reason
        }
    }

    /// A value made from a resource's name.
    private func derived(
        from resource: Resource, at location: SourceLocation, _ make: (String) -> String
    ) -> ResolvedValue {
        let name = name(of: resource)
        guard case .text(let text) = name.content else {
            return .unknown(name.reason ?? .faulty, at: location)
        }
        return made(make(text), at: location, isSecret: name.isSecret)
    }

    /// The value of `LogicalId.Attribute`.
    private func attribute(_ text: String, at location: SourceLocation) -> ResolvedValue {
        let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            return faulty("cannot work out Fn::GetAtt: got '\(text)'; want LogicalId.Attribute", location)
        }
        guard let resource = resourcesByID[parts[0]] else {
            return faulty(
                "cannot find '\(parts[0])': want a resource of this template"
                    + suggestion(for: parts[0], among: resourcesByID.keys), location)
        }
        guard let type = ResourceType.known[resource.type] else {
            return .unknown(.outside("an attribute of \(parts[0]) (\(resource.type))"), at: location)
        }
        guard type.attributes.contains(parts[1]) else {
            return faulty(
                "cannot find attribute '\(parts[1])' of \(parts[0]): want one of "
                    + (type.attributes.isEmpty ? "none" : type.attributes.joined(separator: ", "))
                    + suggestion(for: parts[1], among: type.attributes), location)
        }
        if let reason = reasonForAbsence(of: resource) { return .unknown(reason, at: location) }
        switch (resource.type, parts[1]) {
        case ("AWS::SNS::Topic", "TopicName"): return derived(from: resource, at: location) { $0 }
        case ("AWS::SNS::Topic", _): return derived(from: resource, at: location) { settings.arn("sns", $0) }
        case ("AWS::CloudWatch::AlarmMuteRule", "Arn"):
            return derived(from: resource, at: location) { settings.arn("cloudwatch", "alarm-mute-rule:\($0)") }
        case ("AWS::CloudWatch::Alarm", _), ("AWS::CloudWatch::CompositeAlarm", _):
            return derived(from: resource, at: location) { settings.arn("cloudwatch", "alarm:\($0)") }
        case ("AWS::Logs::LogGroup", _):
            return derived(from: resource, at: location) { settings.arn("logs", "log-group:\($0):*") }
        case ("AWS::Events::Rule", _):
            return derived(from: resource, at: location) { settings.arn("events", "rule/\($0)") }
        case ("AWS::Events::ApiDestination", "ArnForPolicy"):
            return derived(from: resource, at: location) { settings.arn("events", "api-destination/\($0)") }
        case ("AWS::Events::ApiDestination", _):
            return derived(from: resource, at: location) { settings.eventsARN("api-destination", $0) }
        case ("AWS::Events::Connection", "ArnForPolicy"):
            return derived(from: resource, at: location) { settings.arn("events", "connection/\($0)") }
        case ("AWS::Events::Connection", "Arn"):
            return derived(from: resource, at: location) { settings.eventsARN("connection", $0) }
        case ("AWS::CloudTrail::Trail", "Arn"):
            return derived(from: resource, at: location) { settings.arn("cloudtrail", "trail/\($0)") }
        default: return .unknown(.outside("\(parts[1]) of \(parts[0])"), at: location)
        }
    }

    // MARK: Fn::Sub

    /// `Fn::Sub` with a text, or with a list of a text and a mapping of further names.
    func substitution(_ intrinsic: Intrinsic) -> ResolvedValue {
        var template = intrinsic.argument
        var variables: [TemplateNode.Member] = []
        if intrinsic.argument.elements != nil {
            guard let arguments = arguments(of: intrinsic, 1...2) else {
                return .unknown(.faulty, at: intrinsic.location)
            }
            template = arguments[0]
            if arguments.count == 2 {
                guard let members = arguments[1].members else {
                    return faulty(
                        "cannot work out Fn::Sub: got \(arguments[1].kindText); want a mapping of names to values",
                        arguments[1].location)
                }
                variables = members
            }
        }
        guard let text = template.text else {
            return faulty("cannot work out Fn::Sub: got \(template.kindText); want a text", template.location)
        }
        var result = ""
        var isSecret = false
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                rest = rest[start.lowerBound...]
                break
            }
            let name = rest[start.upperBound..<end]
            rest = rest[rest.index(after: end)...]
            if name.hasPrefix("!") {
                result += "${\(name.dropFirst())}"
                continue
            }
            let part = substituted(trimmed(name), variables, at: template.location)
            if let reason = part.reason { return .unknown(reason, at: intrinsic.location) }
            guard case .text(let value) = part.content else {
                return faulty("cannot work out Fn::Sub: ${\(name)} is \(part.shown); want a text", template.location)
            }
            result += value
            isSecret = isSecret || part.isSecret
            guard result.utf8.count <= Limits.textBytesMax else { break }
        }
        return made(result + rest, at: intrinsic.location, isSecret: isSecret)
    }

    private func substituted(
        _ name: String, _ variables: [TemplateNode.Member], at location: SourceLocation
    ) -> ResolvedValue {
        if let variable = variables.first(where: { $0.key == name }) {
            return value(of: variable.value)
        }
        return name.contains(".") ? attribute(name, at: location) : reference(name, at: location)
    }
}

extension Substring {
    /// The first place of `mark` in the text.
    fileprivate func firstRange(of mark: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(mark) { return index..<self.index(index, offsetBy: mark.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
