import TrailEvents

/// A JSON document laid out flat: each node before the nodes inside it.
///
/// It serves event patterns, and events whose arrays the scanner does not follow; scans of whole files use
/// `RecordScanner`.
struct JSONTape {
    struct Node {
        var kind: ValueKind
        /// The content in the text: of a string without its quotes.
        var content: Range<Int>
        var hasEscapes = false
        /// The name of a member without its quotes; empty elsewhere.
        var name = 0..<0
        var hasEscapedName = false
        /// The first node after those inside this one.
        var next = 0
    }

    /// `got` stands at `offset` where `want` should.
    struct Fault: Error, Equatable {
        let offset: Int
        let got: String
        let want: String
        var isTooDeep = false
    }

    let bytes: [UInt8]
    private(set) var nodes: [Node] = []
    private var position = 0
    private let nestingMax: Int

    /// Reads the value at the start of `bytes`; what follows it is not looked at.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - nestingMax: Levels of objects and arrays that are read.
    /// - Throws: What is no JSON (RFC 8259), or nested deeper.
    init(_ bytes: [UInt8], nestingMax: Int) throws(Fault) {
        self.bytes = bytes
        self.nestingMax = nestingMax
        skipSpace()
        try readValue(name: 0..<0, hasEscapedName: false, depth: 0)
    }

    /// The text of a string or number, escapes resolved.
    func text(of node: Node) -> [UInt8] { text(node.content, hasEscapes: node.hasEscapes) }

    /// The name of a member, escapes resolved.
    func name(of node: Node) -> [UInt8] { text(node.name, hasEscapes: node.hasEscapedName) }

    private func text(_ range: Range<Int>, hasEscapes: Bool) -> [UInt8] {
        hasEscapes ? bytes[range].withUnsafeBufferPointer { unescaped($0) } : Array(bytes[range])
    }

    /// The nodes directly inside the node at `index`.
    func children(of index: Int) -> Children { Children(tape: self, position: index + 1, end: nodes[index].next) }

    struct Children: Sequence, IteratorProtocol {
        fileprivate let tape: JSONTape
        fileprivate var position: Int
        fileprivate let end: Int

        mutating func next() -> Int? {
            guard position < end else { return nil }
            defer { position = tape.nodes[position].next }
            return position
        }
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func unexpected(_ want: String) -> Fault {
        guard position < bytes.count else { return Fault(offset: position, got: "the end of the text", want: want) }
        let rest = String(decoding: bytes[position..<min(position + 8, bytes.count)], as: UTF8.self)
        return Fault(offset: position, got: rest.unicodeScalars.first.map { "\"\($0)\"" } ?? "nothing", want: want)
    }

    private mutating func readValue(name: Range<Int>, hasEscapedName: Bool, depth: Int) throws(Fault) {
        let index = nodes.count
        nodes.append(
            Node(kind: .null, content: position..<position, name: name, hasEscapedName: hasEscapedName))
        let start = position
        switch byte {
        case UInt8(ascii: "\""):
            let string = try readString()
            nodes[index].kind = .string
            nodes[index].content = string.content
            nodes[index].hasEscapes = string.hasEscapes
        case UInt8(ascii: "{"):
            nodes[index].kind = .object
            try readContainer(isObject: true, depth: depth + 1)
            nodes[index].content = start..<position
        case UInt8(ascii: "["):
            nodes[index].kind = .array
            try readContainer(isObject: false, depth: depth + 1)
            nodes[index].content = start..<position
        default:
            nodes[index].kind = try readScalar()
            nodes[index].content = start..<position
        }
        nodes[index].next = nodes.count
    }

    private mutating func readContainer(isObject: Bool, depth: Int) throws(Fault) {
        guard depth <= nestingMax else {
            throw Fault(offset: position, got: "another level", want: "at most \(nestingMax) levels", isTooDeep: true)
        }
        let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        position += 1
        skipSpace()
        if byte == close {
            position += 1
            return
        }
        while true {
            var name = (content: 0..<0, hasEscapes: false)
            if isObject {
                guard byte == UInt8(ascii: "\"") else { throw unexpected("a member's name in quotes") }
                name = try readString()
                skipSpace()
                guard byte == UInt8(ascii: ":") else { throw unexpected("a colon") }
                position += 1
                skipSpace()
            }
            try readValue(name: name.content, hasEscapedName: name.hasEscapes, depth: depth)
            skipSpace()
            if byte == close {
                position += 1
                return
            }
            guard byte == UInt8(ascii: ",") else {
                throw unexpected(isObject ? "a comma or the end of the object" : "a comma or the end of the array")
            }
            position += 1
            skipSpace()
        }
    }

    private mutating func readString() throws(Fault) -> (content: Range<Int>, hasEscapes: Bool) {
        position += 1
        let start = position
        var hasEscapes = false
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return (start..<(position - 1), hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                position += 1
                try readEscape()
            case 0..<0x20: throw unexpected("no control character in a string; write it as \\u00XX")
            default: position += 1
            }
        }
        throw unexpected("a closing quotation mark")
    }

    private mutating func readEscape() throws(Fault) {
        guard let letter = byte, #""\/bfnrtu"#.utf8.contains(letter) else {
            throw unexpected("one of \" \\ / b f n r t u after a backslash")
        }
        position += 1
        guard letter == UInt8(ascii: "u") else { return }
        for _ in 0..<4 {
            guard let digit = byte, UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit || 0x61...0x66 ~= digit | 0x20 else {
                throw unexpected("four hexadecimal digits after \\u")
            }
            position += 1
        }
    }

    private mutating func readScalar() throws(Fault) -> ValueKind {
        for (word, kind) in [("true", ValueKind.true), ("false", .false), ("null", .null)]
        where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return kind
        }
        try readNumber()
        return .number
    }

    private mutating func readNumber() throws(Fault) {
        let want = "a value"
        if byte == UInt8(ascii: "-") { position += 1 }
        if byte == UInt8(ascii: "0") {
            position += 1
        } else if !skipDigits() {
            throw unexpected(want)
        }
        if byte == UInt8(ascii: ".") {
            position += 1
            guard skipDigits() else { throw unexpected("a digit after the decimal point") }
        }
        if let mark = byte, mark | 0x20 == UInt8(ascii: "e") {
            position += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() else { throw unexpected("a digit in the exponent") }
        }
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        return position > start
    }
}
