/// One word of a rule.
enum AlarmRuleToken: Equatable {
    /// A keyword, a number or a name without quotes; which of them its place decides.
    case word(String)
    /// A name in quotes, its escapes resolved.
    case quoted(String)
    /// `( ) ,`
    case mark(Character)
    case end
}

/// Cuts a rule into words; knows nothing of their order.
struct AlarmRuleTokens {
    private let source: String
    private let bytes: [UInt8]
    private var position = 0

    /// The word that stands next, and the byte at which it starts.
    private(set) var current = AlarmRuleToken.end
    private(set) var offset = 0

    init(_ source: String) throws(AlarmRuleError) {
        self.source = source
        bytes = Array(source.utf8)
        try advance()
    }

    func error(_ reason: AlarmRuleError.Reason, at place: Int? = nil) -> AlarmRuleError {
        AlarmRuleError(text: source, offset: place ?? offset, reason: reason)
    }

    /// An error about the word that stands next; `want` in CloudWatch's words.
    func unsupported(_ want: String) -> AlarmRuleError {
        var end = position
        switch current {
        case .end: return error(.unsupportedToken("<EOF>", want: want))
        // CloudWatch names a run of closing parentheses as one word (captured: `())`).
        case .mark(")"): while end < bytes.count, bytes[end] == UInt8(ascii: ")") { end += 1 }
        default: break
        }
        return error(.unsupportedToken(String(decoding: bytes[offset..<end], as: UTF8.self), want: want))
    }

    /// Passes over the current word.
    mutating func advance() throws(AlarmRuleError) {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
        offset = position
        guard position < bytes.count else {
            current = .end
            return
        }
        switch bytes[position] {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","):
            current = .mark(Character(UnicodeScalar(bytes[position])))
            position += 1
        case UInt8(ascii: "\""): current = .quoted(try quotedName())
        default:
            while position < bytes.count, !Self.endsWord(bytes[position]) { position += 1 }
            current = .word(String(decoding: bytes[offset..<position], as: UTF8.self))
        }
    }

    private mutating func quotedName() throws(AlarmRuleError) -> String {
        var name: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: name, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), position < bytes.count,
                bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "\\")
            {
                name.append(bytes[position])
                position += 1
            } else {
                name.append(byte)
            }
        }
        throw error(.unclosedQuote)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: ",")
    }
}
