import TrailModel
import TrailTemplates
import Yams

/// One reading of one text; counts what it makes, so that aliases cannot multiply without limit.
struct YAMLTree {
    private typealias Limits = TemplateDocument.Limits

    let file: String
    private(set) var diagnostics: [Diagnostic] = []
    private var nodeCount = 0

    init(file: String) {
        self.file = file
    }

    mutating func read(_ text: String) throws(TreeError) -> TemplateNode {
        let start = SourceLocation(file: file)
        guard text.utf8.count <= Limits.bytesMax else {
            throw TreeError(
                "cannot read the template: got \(text.utf8.count) bytes; want at most \(Limits.bytesMax)", at: start)
        }
        try refuseMultiplyingKeys(text)
        let root: Node?
        let isMore: Bool
        do {
            // UTF-8 is named because Yams' default depends on the environment.
            let parser = try Parser(yaml: text, encoding: .utf8)
            root = try parser.nextRoot()
            isMore = root != nil && Self.hasSecondDocument(parser)
        } catch {
            throw TreeError(error, file: file)
        }
        guard let root else {
            throw TreeError("cannot read the template: got an empty file; want a mapping with Resources", at: start)
        }
        let node = try convert(root, depth: 1)
        if isMore {
            diagnostics.append(
                Diagnostic(
                    .warning, "only the first document of the file is read; put the others into files", at: start))
        }
        return node
    }

    /// Refuses texts whose mapping keys could be made of nested aliases: the YAML reader compares all keys of a mapping,
    /// and so would walk what the aliases multiply to before any limit of ours can act.
    ///
    /// k names and a uses of them multiply to at most (a/k)^k.
    private func refuseMultiplyingKeys(_ text: String) throws(TreeError) {
        let bytes = Array(text.utf8)
        var names = 0
        var uses = 0
        var hasUnusualKey = false
        for (index, byte) in bytes.enumerated() {
            let before = index == 0 ? UInt8(ascii: "\n") : bytes[index - 1]
            let after = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
            let isStart =
                Self.isBlank(before) || before == UInt8(ascii: "[") || before == UInt8(ascii: "{")
                || before == UInt8(ascii: ",")
            switch byte {
            case UInt8(ascii: "&") where isStart && !Self.isBlank(after) && after != byte: names += 1
            case UInt8(ascii: "*") where isStart && !Self.isBlank(after): uses += 1
            case UInt8(ascii: "?") where isStart && Self.isBlank(after): hasUnusualKey = true
            case UInt8(ascii: ":") where before == UInt8(ascii: "]") || before == UInt8(ascii: "}") || before == 0x20:
                hasUnusualKey = true
            default: break
            }
        }
        guard hasUnusualKey, names > 0, uses > names else { return }
        var product = 1.0
        for _ in 0..<min(names, 64) { product *= Double(uses) / Double(names) }
        guard product > Double(Limits.nodesMax) else { return }
        throw TreeError(
            "cannot read the template: got \(uses) aliases beside keys that are no plain text; want fewer aliases",
            at: SourceLocation(file: file))
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    /// True when something follows the first document, be it wrong.
    private static func hasSecondDocument(_ parser: Parser) -> Bool {
        do {
            return try parser.nextRoot() != nil
        } catch {
            return true
        }
    }

    private func location(_ node: Node) -> SourceLocation {
        SourceLocation(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private mutating func convert(_ node: Node, depth: Int) throws(TreeError) -> TemplateNode {
        let location = location(node)
        guard depth <= Limits.depthMax else {
            throw TreeError(
                "cannot read the template: got values nested deeper than \(Limits.depthMax); want fewer levels",
                at: location)
        }
        nodeCount += 1
        guard nodeCount <= Limits.nodesMax else {
            throw TreeError(
                "cannot read the template: got more than \(Limits.nodesMax) values, aliases replaced; want fewer",
                at: location)
        }
        switch node {
        case .scalar(let scalar):
            let name = scalar.tag.description
            let isPlain =
                scalar.style != .singleQuoted && scalar.style != .doubleQuoted && scalar.style != .literal
                && scalar.style != .folded && name != Tag.Name.str.rawValue
            return TemplateNode(
                .scalar(scalar.string, isPlain: isPlain), tag: Self.shortTag(name), location: location)
        case .sequence(let sequence):
            var elements: [TemplateNode] = []
            elements.reserveCapacity(sequence.count)
            for element in sequence { elements.append(try convert(element, depth: depth + 1)) }
            return TemplateNode(
                .list(elements), tag: Self.shortTag(sequence.tag.description), location: location)
        case .mapping(let mapping):
            let members = try convert(mapping, depth: depth)
            return TemplateNode(
                .mapping(members), tag: Self.shortTag(mapping.tag.description), location: location)
        case .alias:
            throw TreeError("cannot read the template: got an alias to nothing; want a named value", at: location)
        }
    }

    /// The tag when it is the template's own; YAML's types and the absence of a tag are none.
    private static func shortTag(_ name: String) -> String? {
        name.isEmpty || name == "!" || name == "?" || name.hasPrefix("tag:yaml.org,2002:") ? nil : name
    }

    private mutating func convert(_ mapping: Node.Mapping, depth: Int) throws(TreeError) -> [TemplateNode.Member] {
        var members: [TemplateNode.Member] = []
        var merged: [TemplateNode.Member] = []
        var lines: [String: Int] = [:]
        for (keyNode, valueNode) in mapping {
            let keyLocation = location(keyNode)
            guard case .scalar(let key) = keyNode else {
                throw TreeError("cannot read a mapping: got a key that is no text; want a text", at: keyLocation)
            }
            let value = try convert(valueNode, depth: depth + 1)
            if key.string == "<<" && key.style == .plain {
                merged += try mergedMembers(value)
                continue
            }
            if let line = lines.updateValue(keyLocation.line, forKey: key.string) {
                throw TreeError(
                    "cannot read a mapping: got the key '\(key.string)' twice, first in line \(line); want it once",
                    at: keyLocation)
            }
            members.append(TemplateNode.Member(key: key.string, keyLocation: keyLocation, value: value))
        }
        // What the mapping itself says comes before what it merges, and an earlier merge before a later one.
        for member in merged where lines.updateValue(member.keyLocation.line, forKey: member.key) == nil {
            members.append(member)
        }
        return members
    }

    private func mergedMembers(_ value: TemplateNode) throws(TreeError) -> [TemplateNode.Member] {
        let sources: [TemplateNode]
        if case .list(let elements) = value.content { sources = elements } else { sources = [value] }
        var members: [TemplateNode.Member] = []
        for source in sources {
            guard case .mapping(let more) = source.content else {
                throw TreeError(
                    "cannot merge: got a value after '<<' that is no mapping; want a mapping or a list of them",
                    at: source.location)
            }
            members += more
        }
        return members
    }
}
