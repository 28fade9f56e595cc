/// One pass over a template: where placeholders stand, and whether within a string.
struct InputTemplateScan {
    enum Part {
        case text([UInt8])
        case placeholder(String, isInString: Bool)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var isInString = false
    private var hasBareText = false
    private var pending: Part?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// After the last part: whether all but space stood in double quotes.
    var isQuotedTexts: Bool { !hasBareText && !isInString }

    mutating func next() -> Part? {
        if let part = pending {
            pending = nil
            return part
        }
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "<"), let name = placeholder() {
                if !isInString { hasBareText = true }
                position += name.utf8.count + 2
                let part = Part.placeholder(name, isInString: isInString)
                guard !text.isEmpty else { return part }
                pending = part
                return .text(text)
            }
            text.append(byte)
            position += 1
            if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if !isInString {
                hasBareText = hasBareText || byte > 0x20
            } else if byte == UInt8(ascii: "\\"), position < bytes.count {
                text.append(bytes[position])
                position += 1
            }
        }
        return text.isEmpty ? nil : .text(text)
    }

    /// The name of the placeholder at the position.
    ///
    /// Names are short, so that this looks at few bytes.
    private func placeholder() -> String? {
        let name = bytes[(position + 1)...].prefix(257).prefix(while: isVariableByte)
        let end = position + 1 + name.count
        guard !name.isEmpty, end < bytes.count, bytes[end] == UInt8(ascii: ">") else { return nil }
        return String(decoding: name, as: UTF8.self)
    }
}

/// True for what names of placeholders are made of.
func isVariableByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
    default: false
    }
}

/// The text without white space around it.
func trimmingSpace(_ text: String) -> Substring {
    var rest = text[...]
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return rest.drop(while: \.isWhitespace)
}
