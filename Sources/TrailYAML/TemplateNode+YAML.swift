package import TrailTemplates
import Yams

/// Writes trees as YAML in block form, as a person would: plain texts where they read back as themselves, quotes where
/// not.
extension TemplateNode {
    /// The YAML of the value, each line indented by `indent` spaces and ended by a line break.
    ///
    /// Places are not written. A text stands on one line, whatever its length; an intrinsic function of a text has its long
    /// form, since the library writes no tags of texts.
    ///
    /// - Throws: What keeps the library from writing, such as a lack of memory.
    package func yaml(indent: Int = 0) throws -> String {
        let text = try serialize(node: yamlNode, indent: 2, width: -1, allowUnicode: true)
        guard indent > 0 else { return text }
        let space = String(repeating: " ", count: indent)
        return text.split(separator: "\n").map { "\(space)\($0)\n" }.joined()
    }

    private var yamlNode: Node {
        switch content {
        case .scalar(let text, let isPlain):
            let scalar = isPlain ? Node.scalar(Node.Scalar(text, .implicit, .plain)) : Self.scalar(text)
            guard let tag else { return scalar }
            let name = tag.drop { $0 == "!" }
            let function = name == "Ref" || name == "Condition" ? String(name) : "Fn::\(name)"
            return .mapping(Node.Mapping([(Self.scalar(function), scalar)], .implicit, .block))
        case .list(let elements):
            return .sequence(
                Node.Sequence(
                    elements.map(\.yamlNode), yamlTag(else: .seq), elements.isEmpty ? .flow : .block))
        case .mapping(let members):
            return .mapping(
                Node.Mapping(
                    members.map { (Self.scalar($0.key), $0.value.yamlNode) }, yamlTag(else: .map),
                    members.isEmpty ? .flow : .block))
        }
    }

    private func yamlTag(else name: Tag.Name) -> Tag { Tag(tag.map { Tag.Name(rawValue: $0) } ?? name) }

    /// A text that reads back as this text and no other kind of value.
    private static func scalar(_ text: String) -> Node {
        let style: Node.Scalar.Style
        if text.contains(where: \.isNewline) {
            style = .doubleQuoted
        } else if Resolver.default.resolveTag(of: Node(text)) != .str || ["y", "n"].contains(text.lowercased()) {
            style = .singleQuoted
        } else {
            style = .any
        }
        return .scalar(Node.Scalar(text, .implicit, style))
    }
}
