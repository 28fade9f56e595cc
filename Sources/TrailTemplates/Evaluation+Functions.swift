import TrailModel

/// The intrinsic functions that give values.
extension Evaluation {
    func value(of intrinsic: Intrinsic) -> ResolvedValue {
        switch intrinsic.name {
        case "Ref": return reference(intrinsic)
        case "Fn::GetAtt": return attribute(intrinsic)
        case "Fn::Sub": return substitution(intrinsic)
        case "Fn::Join": return join(intrinsic)
        case "Fn::Select": return select(intrinsic)
        case "Fn::Split": return split(intrinsic)
        case "Fn::FindInMap": return mapEntry(intrinsic)
        case "Fn::If": return choice(intrinsic)
        case "Fn::ImportValue": return imported(intrinsic)
        case "Fn::Base64": return text(intrinsic.argument, of: intrinsic.name) { encoded($0, intrinsic, isSecret: $1) }
        case "Fn::Length":
            return list(intrinsic.argument, of: intrinsic.name) { .text("\($0.count)", at: intrinsic.location) }
        case "Fn::Cidr": return addressBlocks(intrinsic)
        case "Fn::ToJsonString": return jsonText(intrinsic)
        case "Condition", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not":
            return faulty(
                "cannot use \(intrinsic.name) as a value: want it under Conditions, and Fn::If here", intrinsic.location
            )
        default:
            return .unknown(.outside("made by \(intrinsic.name), which is not supported yet"), at: intrinsic.location)
        }
    }

    /// The elements of a function's argument list; reports when their number is wrong.
    func arguments(of intrinsic: Intrinsic, _ allowed: ClosedRange<Int>) -> [TemplateNode]? {
        let want = allowed.count == 1 ? "\(allowed.lowerBound)" : "\(allowed.lowerBound) to \(allowed.upperBound)"
        guard let arguments = intrinsic.argument.elements else {
            report(
                .error,
                "cannot work out \(intrinsic.name): got \(intrinsic.argument.kindText); want a list of \(want) values",
                at: intrinsic.argument.location)
            return nil
        }
        guard allowed.contains(arguments.count) else {
            report(
                .error, "cannot work out \(intrinsic.name): got \(arguments.count) values; want \(want)",
                at: intrinsic.location)
            return nil
        }
        return arguments
    }

    /// The text of a function's argument, or the value that the function has because it is none.
    func text(
        _ node: TemplateNode, of name: String, _ body: (_ text: String, _ isSecret: Bool) -> ResolvedValue
    ) -> ResolvedValue {
        let part = value(of: node)
        if let reason = part.reason { return .unknown(reason, at: node.location) }
        guard case .text(let text) = part.content else {
            return faulty("cannot work out \(name): got \(part.shown); want a text", node.location)
        }
        return body(text, part.isSecret)
    }

    func list(
        _ node: TemplateNode, of name: String, _ body: ([ResolvedValue]) -> ResolvedValue
    ) -> ResolvedValue {
        let part = value(of: node)
        if case .list(let elements) = part.content { return body(elements) }
        if let reason = part.reason { return .unknown(reason, at: node.location) }
        return faulty("cannot work out \(name): got \(part.shown); want a list", node.location)
    }

    private func join(_ intrinsic: Intrinsic) -> ResolvedValue {
        guard let arguments = arguments(of: intrinsic, 2...2) else { return .unknown(.faulty, at: intrinsic.location) }
        return text(arguments[0], of: intrinsic.name) { delimiter, isSecret in
            list(arguments[1], of: intrinsic.name) { elements in
                var parts: [String] = []
                for element in elements {
                    if let reason = element.reason { return .unknown(reason, at: element.location) }
                    guard case .text(let part) = element.content else {
                        return faulty("cannot work out Fn::Join: got \(element.shown); want a text", element.location)
                    }
                    parts.append(part)
                }
                return made(
                    parts.joined(separator: delimiter), at: intrinsic.location,
                    isSecret: isSecret || elements.contains(where: \.isSecret))
            }
        }
    }

    private func select(_ intrinsic: Intrinsic) -> ResolvedValue {
        guard let arguments = arguments(of: intrinsic, 2...2) else { return .unknown(.faulty, at: intrinsic.location) }
        return text(arguments[0], of: intrinsic.name) { position, isSecret in
            list(arguments[1], of: intrinsic.name) { elements in
                guard let index = Int(position), elements.indices.contains(index) else {
                    let got = isSecret ? "a NoEcho value" : "position '\(position)'"
                    return faulty(
                        "cannot work out Fn::Select: got \(got); want 0 to \(elements.count - 1)",
                        arguments[0].location)
                }
                return ResolvedValue(
                    content: elements[index].content, location: intrinsic.location, isSecret: elements[index].isSecret)
            }
        }
    }

    private func split(_ intrinsic: Intrinsic) -> ResolvedValue {
        guard let arguments = arguments(of: intrinsic, 2...2) else { return .unknown(.faulty, at: intrinsic.location) }
        return text(arguments[0], of: intrinsic.name) { delimiter, _ in
            guard !delimiter.isEmpty else {
                return faulty("cannot work out Fn::Split: got an empty delimiter; want a text", arguments[0].location)
            }
            return text(arguments[1], of: intrinsic.name) { whole, isSecret in
                let parts = pieces(of: whole, separatedBy: delimiter).map {
                    made($0, at: intrinsic.location, isSecret: isSecret)
                }
                return ResolvedValue(content: .list(parts), location: intrinsic.location, isSecret: isSecret)
            }
        }
    }

    private func mapEntry(_ intrinsic: Intrinsic) -> ResolvedValue {
        guard let arguments = arguments(of: intrinsic, 3...4) else { return .unknown(.faulty, at: intrinsic.location) }
        var keys: [String] = []
        for argument in arguments.prefix(3) {
            let result = text(argument, of: intrinsic.name) { key, isSecret in
                guard !isSecret else {
                    return faulty("cannot work out Fn::FindInMap: got a NoEcho value as a key", argument.location)
                }
                keys.append(key)
                return .text(key, at: argument.location, isSecret: isSecret)
            }
            if result.reason != nil { return result }
        }
        var node = mappings
        for (index, key) in keys.enumerated() {
            guard let next = node?[key] else {
                if arguments.count == 4, let fallback = arguments[3]["DefaultValue"] {
                    return value(of: fallback)
                }
                let candidates = node?.members?.map(\.key) ?? []
                return faulty(
                    "cannot find '\(keys[...index].joined(separator: "."))' under Mappings"
                        + suggestion(for: key, among: candidates), arguments[index].location)
            }
            node = next
        }
        guard let node else { return .unknown(.faulty, at: intrinsic.location) }
        let found = value(of: node)
        return ResolvedValue(content: found.content, location: intrinsic.location)
    }

    private func choice(_ intrinsic: Intrinsic) -> ResolvedValue {
        guard let arguments = arguments(of: intrinsic, 3...3) else { return .unknown(.faulty, at: intrinsic.location) }
        guard let name = arguments[0].text else {
            return faulty(
                "cannot work out Fn::If: got \(arguments[0].kindText); want a condition's name", arguments[0].location)
        }
        return switch truth(ofCondition: name, at: arguments[0].location) {
        case .true: value(of: arguments[1])
        case .false: value(of: arguments[2])
        case .unknown(let reason): .unknown(reason, at: intrinsic.location)
        }
    }
}

/// The parts of a text between occurrences of a delimiter, empty ones included.
func pieces(of text: String, separatedBy delimiter: String) -> [String] {
    let bytes = Array(text.utf8)
    let mark = Array(delimiter.utf8)
    var parts: [String] = []
    var start = 0
    var index = 0
    while index + mark.count <= bytes.count {
        if bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) {
            parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
            index += mark.count
            start = index
        } else {
            index += 1
        }
    }
    parts.append(String(decoding: bytes[start...], as: UTF8.self))
    return parts
}
