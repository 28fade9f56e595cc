import TrailModel

/// Writes `Fn::ForEach` out, before anything else is made of a template (CloudFormation user guide, "Fn::ForEach").
///
/// A loop stands as a member `Fn::ForEach::Name: [Identifier, [Item, …], {Key: Value}]` of a mapping and gives the members
/// of its mapping for each item, `${Identifier}` and `Ref` replaced by the item, `&{Identifier}` by its letters and digits.
struct TemplateLoops {
    /// Values that all loops of one template may make together; 32 bytes of text count as another one.
    static let valuesMax = 200_000

    private let parameters: [String: TemplateParameter]
    private(set) var diagnostics: [Diagnostic] = []
    private var valueCount = 0

    init(parameters: [String: TemplateParameter]) {
        self.parameters = parameters
    }

    /// The value with all loops in it written out; one whose items are not known is left out with a warning.
    mutating func expanded(_ node: TemplateNode, depth: Int = 0) -> TemplateNode {
        guard depth < Evaluation.Limits.depthMax else { return node }
        switch node.content {
        case .scalar: return node
        case .list(let elements):
            return TemplateNode(
                .list(elements.map { expanded($0, depth: depth + 1) }), tag: node.tag,
                location: node.location)
        case .mapping(let members):
            guard members.contains(where: { $0.key.hasPrefix("Fn::ForEach::") }) else {
                return TemplateNode(
                    .mapping(
                        members.map {
                            .init(
                                key: $0.key, keyLocation: $0.keyLocation,
                                value: expanded($0.value, depth: depth + 1))
                        }),
                    tag: node.tag, location: node.location)
            }
            var result: [TemplateNode.Member] = []
            var places: [String: SourceLocation] = [:]
            for member in members {
                let made =
                    member.key.hasPrefix("Fn::ForEach::")
                    ? run(member, depth: depth + 1)
                    : [
                        .init(
                            key: member.key, keyLocation: member.keyLocation,
                            value: expanded(member.value, depth: depth + 1))
                    ]
                for member in made {
                    if places.updateValue(member.keyLocation, forKey: member.key) == nil {
                        result.append(member)
                    } else {
                        report(
                            .error, "cannot run a loop: got the key '\(member.key)' twice; want it once",
                            member.keyLocation)
                    }
                }
            }
            return TemplateNode(.mapping(result), tag: node.tag, location: node.location)
        }
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ message: String, _ location: SourceLocation
    ) {
        diagnostics.append(Diagnostic(severity, message, at: location))
    }

    /// The members that a loop makes, loops in them written out.
    private mutating func run(_ loop: TemplateNode.Member, depth: Int) -> [TemplateNode.Member] {
        guard let parts = loop.value.elements, parts.count == 3, let identifier = parts[0].text,
            !identifier.isEmpty,
            let body = parts[2].members
        else {
            report(
                .error,
                "cannot run \(loop.key): want a list of an identifier, a list of items and a mapping",
                loop.keyLocation)
            return []
        }
        guard let items = items(parts[1]) else {
            report(
                .warning, "what \(loop.key) makes is left out: its items are not known here",
                loop.keyLocation)
            return []
        }
        var made: [TemplateNode.Member] = []
        for item in items {
            for member in body {
                var replacement = Replacement(identifier: identifier, item: item, valueCount: valueCount)
                let copy = TemplateNode.Member(
                    key: replacement.text(member.key), keyLocation: member.keyLocation,
                    value: replacement.value(member.value))
                valueCount = replacement.valueCount
                guard valueCount <= Self.valuesMax else {
                    report(
                        .error,
                        "cannot run \(loop.key): got more than \(Self.valuesMax) values; want fewer items",
                        loop.keyLocation)
                    return made
                }
                // A loop within the loop.
                let wrapped = expanded(
                    TemplateNode(.mapping([copy]), location: member.keyLocation), depth: depth)
                made += wrapped.members ?? []
            }
        }
        return made
    }

    /// Texts, a reference to a parameter that is a list, or `nil`.
    private func items(_ node: TemplateNode) -> [String]? {
        if let elements = node.elements {
            var items: [String] = []
            for element in elements {
                if let text = element.text {
                    items.append(text)
                } else if case .text(let text)? = parameter(element)?.value {
                    items.append(text)
                } else {
                    return nil
                }
            }
            return items
        }
        guard case .list(let texts)? = parameter(node)?.value else { return nil }
        return texts
    }

    /// The parameter that `node` refers to; none that is secret, since items become names.
    private func parameter(_ node: TemplateNode) -> TemplateParameter? {
        guard let intrinsic = Intrinsic(node), intrinsic.name == "Ref",
            let name = intrinsic.argument.text,
            let parameter = parameters[name], !parameter.isSecret
        else { return nil }
        return parameter
    }
}

/// Puts one item in the place of a loop's identifier, and counts what that makes.
private struct Replacement {
    let identifier: String
    let item: String
    var valueCount: Int

    private var isFull: Bool { valueCount > TemplateLoops.valuesMax }

    mutating func text(_ text: String) -> String {
        guard text.contains("{\(identifier)}") else {
            valueCount += text.utf8.count / 32
            return text
        }
        let plain = item.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return joined(joined(text, "${\(identifier)}", item), "&{\(identifier)}", plain)
    }

    private mutating func joined(_ text: String, _ mark: String, _ replacement: String) -> String {
        let parts = pieces(of: text, separatedBy: mark)
        // Counted before it is made: few letters can ask for a lot.
        valueCount += (text.utf8.count + (parts.count - 1) * replacement.utf8.count) / 32
        return isFull ? "" : parts.joined(separator: replacement)
    }

    mutating func value(_ node: TemplateNode) -> TemplateNode {
        valueCount += 1
        guard !isFull else { return node }
        if let intrinsic = Intrinsic(node), intrinsic.name == "Ref",
            intrinsic.argument.text == identifier
        {
            valueCount += item.utf8.count / 32
            return TemplateNode(.scalar(item, isPlain: false), location: node.location)
        }
        switch node.content {
        case .scalar(let text, let isPlain):
            return TemplateNode(
                .scalar(self.text(text), isPlain: isPlain), tag: node.tag, location: node.location)
        case .list(let elements):
            var made: [TemplateNode] = []
            for element in elements { made.append(value(element)) }
            return TemplateNode(.list(made), tag: node.tag, location: node.location)
        case .mapping(let members):
            var made: [TemplateNode.Member] = []
            for member in members {
                made.append(
                    .init(key: text(member.key), keyLocation: member.keyLocation, value: value(member.value)))
            }
            return TemplateNode(.mapping(made), tag: node.tag, location: node.location)
        }
    }
}
