/// One word of an expression.
enum MathToken: Equatable {
    case number(Double)
    /// An id, a function's name, `AND`, `REPEAT` and the like.
    case word(String)
    /// A text in single or double quotes.
    case text(String)
    case sign(MathOperator)
    /// `( ) [ ] ,`
    case mark(Character)
    case end
}

/// Cuts an expression into words; knows nothing of their order.
struct MathTokens {
    private let id: String
    private let source: String
    private let bytes: [UInt8]
    private var position = 0

    /// The word that stands next, and where it starts.
    private(set) var current = MathToken.end
    private(set) var offset = 0

    init(_ source: String, id: String) throws(MetricMathError) {
        self.id = id
        self.source = source
        bytes = Array(source.utf8)
        try advance()
    }

    func error(_ reason: MetricMathError.Reason, at place: Int? = nil) -> MetricMathError {
        MetricMathError(id: id, text: source, offset: place ?? offset, reason: reason)
    }

    /// An error about the word that stands next.
    func unexpected(_ want: String) -> MetricMathError {
        guard current != .end else { return error(.unexpected(got: "the end of the expression", want: want)) }
        return error(
            .unexpected(got: "'\(String(decoding: bytes[offset..<position].prefix(40), as: UTF8.self))'", want: want))
    }

    /// Passes over the current word.
    mutating func advance() throws(MetricMathError) {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        offset = position
        guard position < bytes.count else {
            current = .end
            return
        }
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): current = try number()
        case UInt8(ascii: "\""), UInt8(ascii: "'"): current = try text(quote: byte)
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","):
            position += 1
            current = .mark(Character(UnicodeScalar(byte)))
        case _ where Self.isWordByte(byte):
            while position < bytes.count, Self.isWordByte(bytes[position]) { position += 1 }
            let word = String(decoding: bytes[offset..<position], as: UTF8.self)
            current = word == "AND" ? .sign(.and) : word == "OR" ? .sign(.or) : .word(word)
        default: current = .sign(try sign())
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private mutating func digits() -> Bool {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position > start
    }

    /// `12`, `.5`, `12.5`, `1e-3`; what runs on into a letter is not a number.
    private mutating func number() throws(MetricMathError) -> MathToken {
        var isNumber = digits()
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            isNumber = digits() || isNumber
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            isNumber = digits() && isNumber
        }
        while position < bytes.count, Self.isWordByte(bytes[position]) {
            position += 1
            isNumber = false
        }
        let written = String(decoding: bytes[offset..<position], as: UTF8.self)
        // `Double` reads `5.` and `.5` only with digits on both sides.
        let padded = (written.hasPrefix(".") ? "0" : "") + written.replacingPoint()
        guard isNumber, let value = Double(padded), value.isFinite else {
            throw error(.unexpected(got: "'\(written.prefix(40))'", want: "a number such as 5, 0.25 or 1e6"))
        }
        return .number(value)
    }

    private mutating func text(quote: UInt8) throws(MetricMathError) -> MathToken {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != quote { position += 1 }
        guard position < bytes.count else {
            throw error(.unexpected(got: "a text without its closing quote", want: "the same quote at its end"))
        }
        position += 1
        return .text(String(decoding: bytes[start..<(position - 1)], as: UTF8.self))
    }

    private mutating func sign() throws(MetricMathError) -> MathOperator {
        let two = String(decoding: bytes[position...].prefix(2), as: UTF8.self)
        if let found = Self.pairs[two] {
            position += 2
            return found
        }
        if let found = MathOperator(rawValue: String(two.prefix(1))), bytes[position] < 0x80 {
            position += 1
            return found
        }
        let rest = String(decoding: bytes[position...].prefix(8), as: UTF8.self).prefix(1)
        switch rest {
        case "=": throw error(.unexpected(got: "'='", want: "== for equal"))
        case "&": throw error(.unexpected(got: "'&'", want: "&& or AND"))
        case "|": throw error(.unexpected(got: "'|'", want: "|| or OR"))
        case "!": throw error(.unexpected(got: "'!'", want: "!= for not equal"))
        case "“", "”", "‘", "’": throw error(.unexpected(got: "'\(rest)'", want: "straight quotes, \" or '"))
        default:
            throw error(.unexpected(got: "'\(rest)'", want: "an operator, a number, an id or a function"))
        }
    }

    private static let pairs: [String: MathOperator] = [
        "==": .equal, "!=": .notEqual, "<=": .lessOrEqual, ">=": .greaterOrEqual, "&&": .and, "||": .or,
    ]
}

extension String {
    /// A zero after a decimal point that has no digit behind it.
    fileprivate func replacingPoint() -> String {
        guard let point = firstIndex(of: ".") else { return self }
        let after = index(after: point)
        guard after == endIndex || !self[after].isNumber else { return self }
        return self[..<after] + "0" + self[after...]
    }
}
