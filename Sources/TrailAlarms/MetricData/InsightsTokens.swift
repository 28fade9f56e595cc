/// One word of a Metrics Insights query.
enum InsightsToken: Equatable {
    /// A keyword, a number or a name without quotes.
    case word(String)
    /// A name in double quotes.
    case name(String)
    /// A text in single quotes.
    case value(String)
    /// `( ) , . = !=`
    case mark(String)
    case end
}

/// Cuts a query into words; knows nothing of their order.
struct InsightsTokens {
    let source: String
    private let bytes: [UInt8]
    private var position = 0

    /// The word that stands next, and where it starts.
    private(set) var current = InsightsToken.end
    private(set) var offset = 0

    init(_ source: String) throws(InsightsQueryError) {
        self.source = source
        bytes = Array(source.utf8)
        try advance()
    }

    func error(_ reason: InsightsQueryError.Reason) -> InsightsQueryError {
        InsightsQueryError(text: source, offset: offset, reason: reason)
    }

    /// The word that stands next, as errors show it.
    var shown: String {
        current == .end
            ? "the end of the query" : "'\(String(decoding: bytes[offset..<position].prefix(40), as: UTF8.self))'"
    }

    /// An error about the word that stands next.
    func unexpected(_ want: String) -> InsightsQueryError { error(.unexpected(got: shown, want: want)) }

    /// The word that stands next in capitals, when it can be a keyword.
    var keyword: String? {
        if case .word(let word) = current { word.uppercased() } else { nil }
    }

    /// Passes over the current word.
    mutating func advance() throws(InsightsQueryError) {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        offset = position
        guard position < bytes.count else {
            current = .end
            return
        }
        switch bytes[position] {
        case UInt8(ascii: "\""): current = .name(try text(quote: bytes[position], "name"))
        case UInt8(ascii: "'"): current = .value(try text(quote: bytes[position], "value"))
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "="):
            current = .mark(String(UnicodeScalar(bytes[position])))
            position += 1
        case UInt8(ascii: "!") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "="):
            current = .mark("!=")
            position += 2
        case let byte where Self.isWordByte(byte):
            while position < bytes.count, Self.isWordByte(bytes[position]) { position += 1 }
            current = .word(String(decoding: bytes[offset..<position], as: UTF8.self))
        default: throw strange()
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

    /// A backslash before either quote makes it part of the text and stands for itself elsewhere (captured).
    private mutating func text(quote: UInt8, _ kind: String) throws(InsightsQueryError) -> String {
        var result: [UInt8] = []
        position += 1
        while position < bytes.count, bytes[position] != quote {
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count,
                [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[position + 1])
            {
                position += 1
            }
            result.append(bytes[position])
            position += 1
        }
        guard position < bytes.count else {
            throw error(.unexpected(got: "a \(kind) without its closing quote", want: "the same quote at its end"))
        }
        position += 1
        return String(decoding: result, as: UTF8.self)
    }

    private func strange() -> InsightsQueryError {
        let rest = String(decoding: bytes[position...].prefix(8), as: UTF8.self).prefix(1)
        let want =
            switch rest {
            case ";": "the end of the query, without a semicolon"
            case "“", "”", "‘", "’": "straight quotes, \" for names and ' for values"
            case "*": "the name of a metric"
            case "<", ">", "!": "= or !="
            default: "names of other than letters, digits and _ in double quotes, values in single quotes"
            }
        return error(.unexpected(got: "'\(rest)'", want: want))
    }
}
