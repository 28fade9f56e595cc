package import TrailModel

/// Turns CloudFormation templates, given as trees, into alarms, metric filters, topics and subscriptions; pure, no I/O.
///
/// One value of a template with the place where it stands; made from YAML or JSON by an edge, so that this target needs
/// no library.
package struct TemplateNode: Equatable, Sendable {
    package indirect enum Content: Equatable, Sendable {
        /// A scalar's text; `isPlain` is false when it was quoted or a block, so that it is text whatever it looks like.
        case scalar(String, isPlain: Bool)
        case list([TemplateNode])
        /// In file order, no key twice.
        case mapping([Member])
    }

    package struct Member: Equatable, Sendable {
        package let key: String
        package let keyLocation: SourceLocation
        package let value: TemplateNode

        package init(key: String, keyLocation: SourceLocation, value: TemplateNode) {
            self.key = key
            self.keyLocation = keyLocation
            self.value = value
        }
    }

    package let content: Content
    /// A YAML tag as written, such as `!Ref`; `nil` for untagged values and for YAML's own types.
    package let tag: String?
    package let location: SourceLocation

    package init(_ content: Content, tag: String? = nil, location: SourceLocation) {
        self.content = content
        self.tag = tag
        self.location = location
    }
}

extension TemplateNode {
    /// The same value without its tag: the argument of a short-form intrinsic.
    var untagged: TemplateNode { TemplateNode(content, location: location) }

    /// The text of an untagged scalar.
    package var text: String? {
        guard tag == nil, case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// The elements of an untagged list.
    package var elements: [TemplateNode]? {
        guard tag == nil, case .list(let elements) = content else { return nil }
        return elements
    }

    /// The members of an untagged mapping.
    package var members: [Member]? {
        guard tag == nil, case .mapping(let members) = content else { return nil }
        return members
    }

    /// The value of `key` when this is a mapping that has it.
    package subscript(key: String) -> TemplateNode? {
        members?.first { $0.key == key }?.value
    }

    /// True for YAML's null, which CloudFormation accepts nowhere.
    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return text == "" || text == "~" || text == "null" || text == "Null" || text == "NULL"
    }

    /// What kind of value this is, for messages.
    package var kindText: String {
        if isNull { return "null" }
        return switch content {
        case .scalar: "a text"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
