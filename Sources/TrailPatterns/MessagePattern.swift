/// A pattern over the text of a whole log message; one record of CloudTrail is one message.
enum MessagePattern: Equatable, Sendable {
    case terms(TermPattern)
    case fields(SpacedPattern)

    func matches(_ message: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .terms(let pattern): pattern.matches(message)
        case .fields(let pattern): pattern.matches(message)
        }
    }
}

/// Texts that a message must hold, or must not.
struct TermPattern: Equatable, Sendable {
    enum Term: Equatable, Sendable {
        case text([UInt8])
        case regex(PatternRegex)

        func occurs(in message: UnsafeBufferPointer<UInt8>) -> Bool {
            switch self {
            case .text(let text): text.withUnsafeBufferPointer { hasText($0, in: message) }
            case .regex(let regex): regex.matches(message)
            }
        }
    }

    var required: [Term] = []
    var excluded: [Term] = []
    /// One of them must occur, but only where there are no others (CloudWatch Logs: "?" is ignored beside other terms).
    var alternatives: [Term] = []

    func matches(_ message: UnsafeBufferPointer<UInt8>) -> Bool {
        if required.isEmpty && excluded.isEmpty { return alternatives.contains { $0.occurs(in: message) } }
        return required.allSatisfy { $0.occurs(in: message) } && !excluded.contains { $0.occurs(in: message) }
    }
}

/// A space-delimited pattern: the fields of a message in their order, some with conditions.
struct SpacedPattern: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        /// `nil` for a field without a name, which is called after its position.
        var name: String?
        /// One group must hold, each of its tests; none asks nothing.
        var alternatives: [[FilterTest]] = []

        func holds(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
            alternatives.isEmpty || alternatives.contains { $0.allSatisfy { $0.holds(text) } }
        }
    }

    var entries: [Entry] = []
    /// Where `...` stands: before the entry of this index.
    var ellipsis: Int?

    func matches(_ message: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !entries.isEmpty else { return true }
        guard let fields = fields(of: message) else { return false }
        for (index, entry) in entries.enumerated() where !entry.alternatives.isEmpty {
            guard entry.holds(UnsafeBufferPointer(rebasing: message[fields.ranges[fields.place(of: index)]])) else {
                return false
            }
        }
        return true
    }

    /// The text of the field that is called `name`, with its dollar sign, in a message that the pattern holds for.
    func text(of name: String, in message: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard let fields = fields(of: message) else { return nil }
        return (0..<fields.ranges.count).first { self.name(of: $0, fields) == name }.map { fields.ranges[$0] }
    }

    /// All fields by their names.
    func texts(in message: UnsafeBufferPointer<UInt8>) -> [(name: String, range: Range<Int>)] {
        guard let fields = fields(of: message) else { return [] }
        return fields.ranges.enumerated().map { (name(of: $0.offset, fields), $0.element) }
    }

    private func name(of place: Int, _ fields: Fields) -> String {
        fields.entry(at: place).flatMap { entries[$0].name }.map { "$" + $0 } ?? "$\(place + 1)"
    }

    /// How the fields of a message go with the entries.
    private struct Fields {
        var ranges: [Range<Int>]
        let entryCount: Int
        let ellipsis: Int?

        /// Entries after the ellipsis are counted from the end.
        func place(of entry: Int) -> Int {
            ellipsis.map { entry < $0 } ?? true ? entry : ranges.count - entryCount + entry
        }

        func entry(at place: Int) -> Int? {
            guard let ellipsis, place >= ellipsis else { return place < entryCount ? place : nil }
            let entry = place - ranges.count + entryCount
            return entry >= ellipsis ? entry : nil
        }
    }

    /// The fields of a message; `nil` when there are fewer than entries.
    private func fields(of message: UnsafeBufferPointer<UInt8>) -> Fields? {
        let stops = ellipsis == nil && !entries.isEmpty ? entries.count : nil
        let ranges = Self.split(message, atMost: stops)
        guard ranges.count >= entries.count else { return nil }
        return Fields(ranges: ranges, entryCount: entries.count, ellipsis: ellipsis)
    }

    /// The fields between spaces, brackets and quotation marks around one taken off; the last of `limit` holds all the
    /// rest when there are more.
    private static func split(_ message: UnsafeBufferPointer<UInt8>, atMost limit: Int?) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var lastStart = 0
        var position = 0
        var closers = Closers()
        // The end without the white space of a line's end.
        let end = (message.lastIndex { !isPatternSpace($0) } ?? -1) + 1
        while true {
            while position < end, isPatternSpace(message[position]) { position += 1 }
            guard position < end else { return ranges }
            if let limit, ranges.count == limit {
                ranges[limit - 1] = lastStart..<end
                return ranges
            }
            lastStart = position
            let range = field(message, at: position, end: end, &closers)
            ranges.append(range.content)
            position = range.end
        }
    }

    /// Which closers may still follow; where none did once, none follows later, and nothing is searched again.
    private struct Closers {
        private var hasBracket = true
        private var hasQuote = true

        /// Where the field that `message[start]` opens is closed; `nil` when that opens none, or none is closed.
        mutating func close(_ message: UnsafeBufferPointer<UInt8>, openedAt start: Int, end: Int) -> Int? {
            let rest = message[(start + 1)..<end]
            switch message[start] {
            case UInt8(ascii: "[") where hasBracket:
                let close = rest.firstIndex(of: UInt8(ascii: "]"))
                hasBracket = close != nil
                return close
            case UInt8(ascii: "\"") where hasQuote:
                let close = rest.firstIndex(of: UInt8(ascii: "\""))
                hasQuote = close != nil
                return close
            default: return nil
            }
        }
    }

    private static func field(
        _ message: UnsafeBufferPointer<UInt8>, at start: Int, end: Int, _ closers: inout Closers
    ) -> (content: Range<Int>, end: Int) {
        if let close = closers.close(message, openedAt: start, end: end) { return ((start + 1)..<close, close + 1) }
        let stop = message[start..<end].firstIndex(where: isPatternSpace) ?? end
        return (start..<stop, stop)
    }
}
