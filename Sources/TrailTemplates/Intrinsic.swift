import TrailModel

/// A use of an intrinsic function: its long name and its argument, whichever way it was written.
struct Intrinsic {
    /// All of CloudFormation's, by long name; those of rules included, so that a name can be told from a misspelling.
    static let names: Set<String> = [
        "Ref", "Condition", "Fn::And", "Fn::Base64", "Fn::Cidr", "Fn::Contains", "Fn::EachMemberEquals",
        "Fn::EachMemberIn", "Fn::Equals", "Fn::FindInMap", "Fn::ForEach", "Fn::GetAtt", "Fn::GetAZs",
        "Fn::GetStackOutput", "Fn::If", "Fn::ImportValue", "Fn::Join", "Fn::Length", "Fn::Not", "Fn::Or", "Fn::RefAll",
        "Fn::Select", "Fn::Split", "Fn::Sub", "Fn::ToJsonString", "Fn::Transform", "Fn::ValueOf", "Fn::ValueOfAll",
    ]

    let name: String
    let argument: TemplateNode
    let location: SourceLocation

    /// The intrinsic that `node` uses, known or not; `nil` when it is an ordinary value.
    ///
    /// `Condition` counts as one only as a tag: as a key it is the intrinsic in conditions alone, see ``Evaluation``.
    init?(_ node: TemplateNode) {
        if let tag = node.tag {
            let short = tag.drop { $0 == "!" }
            name = short == "Ref" || short == "Condition" ? String(short) : "Fn::\(short)"
            argument = node.untagged
            location = node.location
            return
        }
        guard let members = node.members, members.count == 1, let member = members.first,
            member.key == "Ref" || member.key.hasPrefix("Fn::")
        else { return nil }
        // Fn::ForEach carries its loop's name behind a second pair of colons.
        name = member.key.hasPrefix("Fn::ForEach::") ? "Fn::ForEach" : member.key
        argument = member.value
        location = member.keyLocation
    }

    var isKnown: Bool { Self.names.contains(name) }

    /// The function as the author wrote it, for a message about one that does not exist.
    static func unknownMessage(_ intrinsic: Intrinsic, tag: String?) -> String {
        let short = Set(names.map { $0.hasPrefix("Fn::") ? "!" + $0.dropFirst(4) : "!" + $0 })
        return if let tag {
            "cannot work out \(tag): got an unknown intrinsic function\(suggestion(for: tag, among: short))"
        } else {
            "cannot work out \(intrinsic.name): got an unknown intrinsic function"
                + suggestion(for: intrinsic.name, among: names)
        }
    }
}
