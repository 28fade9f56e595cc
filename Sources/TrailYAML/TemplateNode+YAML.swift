package import TrailTemplates

/// Writes trees as YAML in block form, as a person would: plain texts where they read back as themselves, quotes where
/// not.
extension TemplateNode {
    /// The YAML of the value, each line indented by `indent` spaces and ended by a line break.
    ///
    /// Places are not written; a plain scalar is written as its text is.
    package func yaml(indent: Int = 0) -> String {
        var text = ""
        append(to: &text, indent: indent)
        return text
    }

    private var isEmpty: Bool {
        switch content {
        case .scalar: false
        case .list(let elements): elements.isEmpty
        case .mapping(let members): members.isEmpty
        }
    }

    /// What stands on one line: a scalar, or nothing in a list or mapping.
    private var inline: String? {
        let tag = tag.map { "\($0) " } ?? ""
        switch content {
        case .scalar(let text, let isPlain): return tag + (isPlain ? text : quotedIfNeeded(text))
        case .list(let elements): return elements.isEmpty ? tag + "[]" : nil
        case .mapping(let members): return members.isEmpty ? tag + "{}" : nil
        }
    }

    private func append(to text: inout String, indent: Int) {
        let space = String(repeating: " ", count: indent)
        if let inline {
            text += "\(space)\(inline)\n"
            return
        }
        switch content {
        case .scalar: break
        case .list(let elements):
            for element in elements {
                // A mapping or list begins on the line of its dash.
                var inner = ""
                element.append(to: &inner, indent: indent + 2)
                text += "\(space)- \(inner.dropFirst(indent + 2))"
            }
        case .mapping(let members):
            for member in members {
                text += "\(space)\(quotedIfNeeded(member.key)):"
                if let inline = member.value.inline {
                    text += " \(inline)\n"
                } else {
                    text += member.value.tag.map { " \($0)\n" } ?? "\n"
                    member.value.append(to: &text, indent: indent + 2)
                }
            }
        }
    }
}

/// A text that reads back as this text and no other kind of value.
private func quotedIfNeeded(_ text: String) -> String {
    if isSafePlain(text) { return text }
    let isPrintable = text.unicodeScalars.allSatisfy { scalar in
        switch scalar.value {
        case 0x20...0x7E, 0xA1...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: !(0x2028...0x2029).contains(scalar.value)
        default: false
        }
    }
    return isPrintable ? "'\(text.replacing("'", with: "''"))'" : doubleQuoted(text)
}

/// True for texts of letters, digits and marks without meaning in YAML that look like no number, date, truth or null.
private func isSafePlain(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
    let words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
    guard first.isASCII, first.properties.isAlphabetic || first == "/", last != " ", last != ":",
        !words.contains(text.lowercased()), !text.contains(": "), !text.contains(" #")
    else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            || " _-./:()+$,;=@'<>".unicodeScalars.contains(scalar)
    }
}

/// YAML's double quotes, with every character escaped that is not printable ASCII.
private func doubleQuoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": quoted += "\\\""
        case "\\": quoted += "\\\\"
        case "\n": quoted += "\\n"
        case "\t": quoted += "\\t"
        case "\r": quoted += "\\r"
        case " "..."~": quoted.unicodeScalars.append(scalar)
        default:
            let digits = String(scalar.value, radix: 16)
            let width = scalar.value > 0xFFFF ? 8 : 4
            quoted += (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
        }
    }
    return quoted + "\""
}
