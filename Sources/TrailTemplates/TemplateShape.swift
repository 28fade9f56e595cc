import TrailModel

/// Looks at a template's outline: sections, resource entries and every intrinsic, used or not.
struct TemplateShape {
    private(set) var diagnostics: [Diagnostic] = []

    private static let sections = [
        "AWSTemplateFormatVersion", "Conditions", "Description", "Hooks", "Mappings", "Metadata", "Outputs",
        "Parameters", "Resources", "Rules", "Transform",
    ]
    private static let resourceKeys = [
        "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdatePolicy",
        "UpdateReplacePolicy",
    ]

    init(_ root: TemplateNode) {
        guard let members = root.members else {
            report(
                .error, "cannot read the template: got \(root.kindText); want a mapping with Resources", root.location)
            return
        }
        for member in members {
            switch member.key {
            // What the language extensions add is read here, as far as it is known.
            case "Transform" where Self.names(member.value) == ["AWS::LanguageExtensions"]: break
            case "Transform":
                report(.note, "Transform is not applied here; what it makes is not known", member.keyLocation)
            case "Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Rules":
                if member.value.members == nil {
                    report(
                        .error, "cannot read \(member.key): got \(member.value.kindText); want a mapping",
                        member.value.location)
                }
            // The section of the serverless transform.
            case "Globals" where root["Transform"] != nil: break
            case _ where !Self.sections.contains(member.key):
                report(
                    .warning, "unknown section '\(member.key)'" + suggestion(for: member.key, among: Self.sections),
                    member.keyLocation)
            default: break
            }
        }
        if root["Resources"] == nil {
            report(.error, "cannot read the template: got no Resources; want at least one", root.location)
        }
        for member in root["Resources"]?.members ?? [] { checkResource(member) }
        for member in members where member.key != "Metadata" && member.key != "Description" {
            checkIntrinsics(member.value, depth: 0)
        }
    }

    /// The transforms that a template asks for.
    private static func names(_ node: TemplateNode) -> [String] {
        (node.elements ?? [node]).map { $0.text ?? "" }
    }

    private mutating func report(_ severity: Diagnostic.Severity, _ message: String, _ location: SourceLocation) {
        diagnostics.append(Diagnostic(severity, message, at: location))
    }

    private mutating func checkResource(_ member: TemplateNode.Member) {
        if member.key == "Fn::Transform" {
            report(.note, "Fn::Transform is not applied here; what it makes is not known", member.keyLocation)
            return
        }
        guard let members = member.value.members else {
            report(
                .error, "cannot read resource \(member.key): got \(member.value.kindText); want a mapping with Type",
                member.value.location)
            return
        }
        for entry in members where !Self.resourceKeys.contains(entry.key) {
            report(
                .warning,
                "unknown key '\(entry.key)' of resource \(member.key)"
                    + suggestion(for: entry.key, among: Self.resourceKeys),
                entry.keyLocation)
        }
        if member.value["Type"]?.text == nil {
            report(.error, "cannot read resource \(member.key): got no Type; want a resource type", member.keyLocation)
        }
        if let properties = member.value["Properties"], properties.members == nil, properties.tag == nil,
            !properties.isNull
        {
            report(
                .error, "cannot read Properties of \(member.key): got \(properties.kindText); want a mapping",
                properties.location)
        }
    }

    private mutating func checkIntrinsics(_ node: TemplateNode, depth: Int) {
        guard depth < Evaluation.Limits.depthMax else { return }
        if let intrinsic = Intrinsic(node), !intrinsic.isKnown {
            report(.error, Intrinsic.unknownMessage(intrinsic, tag: node.tag), intrinsic.location)
        }
        switch node.content {
        case .scalar: break
        case .list(let elements): for element in elements { checkIntrinsics(element, depth: depth + 1) }
        case .mapping(let members): for member in members { checkIntrinsics(member.value, depth: depth + 1) }
        }
    }
}
