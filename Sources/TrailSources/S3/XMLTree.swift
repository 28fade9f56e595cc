/// An element of an answer in XML: its name without a namespace prefix, its text, and the elements in it.
///
/// Attributes, comments and processing instructions are passed over. Document types are refused, and with them
/// every entity but the five of XML itself: AWS sends none.
package struct XMLTree: Equatable, Sendable {
    package let name: String
    package fileprivate(set) var text = ""
    package fileprivate(set) var children: [XMLTree] = []

    package static let depthMax = 16
    package static let elementsMax = 100_000

    init(name: String) {
        self.name = name
    }

    /// Reads a document and returns its outermost element.
    package static func read(_ bytes: [UInt8]) throws(XMLError) -> XMLTree {
        var parser = XMLTreeParser(bytes: bytes)
        return try parser.document()
    }

    package func first(_ name: String) -> XMLTree? { children.first { $0.name == name } }

    /// The text of the first child of this name.
    package func text(of name: String) -> String? { first(name)?.text }

    /// The first element of this name at any depth, this one included.
    package func descendant(_ name: String) -> XMLTree? {
        if self.name == name { return self }
        for child in children {
            if let found = child.descendant(name) { return found }
        }
        return nil
    }
}

/// Why bytes are no XML that is read here; `at` counts bytes.
package enum XMLError: Error, Equatable {
    case malformed(at: Int)
    case documentType(at: Int)
    case tooDeep(max: Int)
    case tooManyElements(max: Int)

    package var words: String {
        switch self {
        case .malformed(let offset): "no XML at byte \(offset)"
        case .documentType(let offset): "a document type at byte \(offset)"
        case .tooDeep(let max): "elements nested deeper than \(max)"
        case .tooManyElements(let max): "more than \(max) elements"
        }
    }
}

private struct XMLTreeParser {
    let bytes: [UInt8]
    private var index = 0
    private var open: [XMLTree] = []
    private var count = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(XMLError) -> XMLTree {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        var root: XMLTree?
        while index < bytes.count {
            if bytes[index] != UInt8(ascii: "<") {
                try characters()
            } else if starts("<!--") {
                try skip(past: "-->", from: index + 4)
            } else if starts("<![CDATA["), !open.isEmpty {
                let start = index + 9
                try skip(past: "]]>", from: start)
                open[open.count - 1].text += String(decoding: bytes[start..<(index - 3)], as: UTF8.self)
            } else if starts("<?") {
                try skip(past: "?>", from: index + 2)
            } else if starts("<!") {
                throw .documentType(at: index)
            } else if let closed = try tag() {
                if open.isEmpty {
                    guard root == nil else { throw .malformed(at: index) }
                    root = closed
                } else {
                    open[open.count - 1].children.append(closed)
                }
            }
        }
        guard let root, open.isEmpty else { throw .malformed(at: bytes.count) }
        return root
    }

    /// Reads a start or end tag; returns the element that it closes.
    private mutating func tag() throws(XMLError) -> XMLTree? {
        let start = index
        index += 1
        let isEnd = peek == UInt8(ascii: "/")
        if isEnd { index += 1 }
        let name = try name()
        var isEmpty = false
        var quote: UInt8?
        while let byte = peek {
            index += 1
            if byte == quote {
                quote = nil
            } else if quote == nil {
                if byte == UInt8(ascii: ">") { break }
                guard byte != UInt8(ascii: "<") else { throw .malformed(at: index - 1) }
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { quote = byte }
                isEmpty = byte == UInt8(ascii: "/")
            }
        }
        guard quote == nil, index > start, bytes[index - 1] == UInt8(ascii: ">") else { throw .malformed(at: start) }
        if isEnd {
            guard let element = open.popLast(), element.name == name else { throw .malformed(at: start) }
            return element
        }
        count += 1
        guard count <= XMLTree.elementsMax else { throw .tooManyElements(max: XMLTree.elementsMax) }
        guard open.count < XMLTree.depthMax else { throw .tooDeep(max: XMLTree.depthMax) }
        if isEmpty { return XMLTree(name: name) }
        open.append(XMLTree(name: name))
        return nil
    }

    private mutating func name() throws(XMLError) -> String {
        let start = index
        while let byte = peek, isUnreserved(byte) || byte == UInt8(ascii: ":") || byte >= 0x80 { index += 1 }
        guard index > start else { throw .malformed(at: start) }
        let name = String(decoding: bytes[start..<index], as: UTF8.self)
        return name.lastIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
    }

    private mutating func characters() throws(XMLError) {
        var text: [UInt8] = []
        let start = index
        while let byte = peek, byte != UInt8(ascii: "<") {
            if byte == UInt8(ascii: "&") {
                text += Array(try reference().utf8)
            } else {
                text.append(byte)
                index += 1
            }
        }
        guard !open.isEmpty else {
            guard text.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) else { throw .malformed(at: start) }
            return
        }
        open[open.count - 1].text += String(decoding: text, as: UTF8.self)
    }

    private mutating func reference() throws(XMLError) -> String {
        let start = index
        guard let end = bytes[start...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
            throw .malformed(at: start)
        }
        index = end + 1
        let name = String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let digits = name.dropFirst(name.hasPrefix("#x") ? 2 : 1)
            guard name.hasPrefix("#"), let value = UInt32(digits, radix: name.hasPrefix("#x") ? 16 : 10),
                let scalar = Unicode.Scalar(value)
            else { throw .malformed(at: start) }
            return String(Character(scalar))
        }
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func starts(_ text: StaticString) -> Bool {
        let wanted = text.description.utf8
        return bytes[index...].prefix(wanted.count).elementsEqual(wanted)
    }

    private mutating func skip(past end: StaticString, from start: Int) throws(XMLError) {
        let wanted = Array(end.description.utf8)
        var position = start
        while position + wanted.count <= bytes.count {
            if bytes[position..<(position + wanted.count)].elementsEqual(wanted) {
                index = position + wanted.count
                return
            }
            position += 1
        }
        throw .malformed(at: index)
    }
}
