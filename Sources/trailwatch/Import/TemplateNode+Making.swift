import TrailModel
import TrailTemplates

/// Trees made here instead of read: they have no place in a file.
extension TemplateNode {
    private static let nowhere = SourceLocation(file: "")

    static func text(_ text: String) -> TemplateNode {
        TemplateNode(.scalar(text, isPlain: false), location: nowhere)
    }

    static func number(_ number: Double) -> TemplateNode {
        TemplateNode(.scalar(plainText(number), isPlain: true), location: nowhere)
    }

    static func bool(_ value: Bool) -> TemplateNode {
        TemplateNode(.scalar("\(value)", isPlain: true), location: nowhere)
    }

    static func ref(_ name: String) -> TemplateNode {
        TemplateNode(.scalar(name, isPlain: true), tag: "!Ref", location: nowhere)
    }

    static func list(_ elements: [TemplateNode]) -> TemplateNode {
        TemplateNode(.list(elements), location: nowhere)
    }

    /// A mapping of the members that have a value.
    static func mapping(_ members: [(String, TemplateNode?)]) -> TemplateNode {
        TemplateNode(
            .mapping(
                members.compactMap { key, value in value.map { Member(key: key, keyLocation: nowhere, value: $0) } }),
            location: nowhere)
    }
}
