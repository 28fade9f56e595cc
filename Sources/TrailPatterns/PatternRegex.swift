/// A regular expression between percent signs (CloudWatch Logs, "Supported regular expressions syntax"): alternatives of
/// characters and classes with quantifiers, without groups.
///
/// It is searched for anywhere in a text, in time O(bytes × ``statesMax`` / 64) whatever the text: without groups every
/// alternative is a chain of states, and all states of a step are the bits of a few words.
struct PatternRegex: Equatable, Sendable {
    /// Characters that may have to be matched one after another, the counts of `{m,n}` written out; a limit of ours.
    static let statesMax = 1024

    /// One word of 64 states for each symbol: `accepted[symbol * words + word]`.
    private let accepted: [UInt64]
    private let words: Int
    /// States that may be passed over without a character.
    private let optional: [UInt64]
    /// States that stay after their character.
    private let repeating: [UInt64]
    /// Where the alternatives begin, at the start of a text and anywhere.
    private let startFirst: [UInt64]
    private let startAnywhere: [UInt64]
    /// Where they have ended, anywhere and at the end of a text.
    private let endAnywhere: [UInt64]
    private let endLast: [UInt64]

    /// The states of `alternatives` side by side, each followed by the state that says it has ended.
    init(_ alternatives: [RegexAlternative]) {
        let count = alternatives.reduce(0) { $0 + $1.states.count + 1 }
        let words = (count + 63) / 64
        var accepted = [UInt64](repeating: 0, count: RegexSymbol.count * words)
        let none = [UInt64](repeating: 0, count: words)
        var (optional, repeating, startFirst, startAnywhere) = (none, none, none, none)
        var (endAnywhere, endLast) = (none, none)
        var place = 0
        func set(_ bits: inout [UInt64], _ place: Int) { bits[place / 64] |= 1 << UInt64(place % 64) }
        for alternative in alternatives {
            set(&startFirst, place)
            if !alternative.isAtStart { set(&startAnywhere, place) }
            for state in alternative.states {
                if state.isOptional { set(&optional, place) }
                if state.isRepeating { set(&repeating, place) }
                for symbol in 0..<RegexSymbol.count where state.symbols.contains(symbol) {
                    accepted[symbol * words + place / 64] |= 1 << UInt64(place % 64)
                }
                place += 1
            }
            set(&endLast, place)
            if !alternative.isAtEnd { set(&endAnywhere, place) }
            place += 1
        }
        self.words = words
        self.accepted = accepted
        self.optional = optional
        self.repeating = repeating
        self.startFirst = startFirst
        self.startAnywhere = startAnywhere
        self.endAnywhere = endAnywhere
        self.endLast = endLast
    }

    /// Whether the expression holds somewhere in `text`; what is not ASCII is one symbol for each character.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        words == 1 ? matchesInOneWord(text) : matchesInWords(text)
    }

    private func matchesInOneWord(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let (optional, repeating, again, ends) = (optional[0], repeating[0], startAnywhere[0], endAnywhere[0])
        var active = Self.passed(startFirst[0], optional)
        return accepted.withUnsafeBufferPointer { accepted in
            for byte in text {
                if active & ends != 0 { return true }
                guard let symbol = RegexSymbol.begun(by: byte) else { continue }
                let taken = active & accepted[symbol]
                active = Self.passed(taken << 1 | taken & repeating | again, optional)
            }
            return active & endLast[0] != 0
        }
    }

    private func matchesInWords(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var active = startFirst
        pass(&active)
        for byte in text {
            if meets(active, endAnywhere) { return true }
            guard let symbol = RegexSymbol.begun(by: byte) else { continue }
            var carry: UInt64 = 0
            for word in 0..<words {
                let taken = active[word] & accepted[symbol * words + word]
                active[word] = taken << 1 | carry | taken & repeating[word] | startAnywhere[word]
                carry = taken >> 63
            }
            pass(&active)
        }
        return meets(active, endLast)
    }

    private func meets(_ states: [UInt64], _ others: [UInt64]) -> Bool {
        for word in 0..<words where states[word] & others[word] != 0 { return true }
        return false
    }

    private func pass(_ states: inout [UInt64]) {
        var carry: UInt64 = 0
        for word in 0..<words {
            states[word] = Self.passed(states[word] | carry, optional[word])
            carry = (states[word] & optional[word]) >> 63
        }
    }

    /// The states and all that are reached from them over optional ones, runs of any length in six doublings.
    @inline(__always)
    private static func passed(_ states: UInt64, _ optional: UInt64) -> UInt64 {
        guard states & optional != 0 else { return states }
        var states = states
        var reached = optional << 1
        var step: UInt64 = 1
        while step < 64 {
            states |= reached & (states << step)
            reached &= reached << step
            step *= 2
        }
        return states
    }
}

/// What one step of a regular expression reads: an ASCII character by its number, or any other one.
enum RegexSymbol {
    static let other = 128
    static let count = 129

    /// The symbol that `byte` begins; `nil` inside a character.
    @inline(__always)
    static func begun(by byte: UInt8) -> Int? {
        byte < 0x80 ? Int(byte) : byte & 0xC0 == 0x80 ? nil : other
    }
}

/// A set of symbols.
struct RegexClass: Equatable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var hasOther = false

    init() {}

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { insert(byte) }
    }

    mutating func insert(_ byte: UInt8) {
        if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
    }

    mutating func formUnion(_ other: RegexClass) {
        low |= other.low
        high |= other.high
        hasOther = hasOther || other.hasOther
    }

    /// All that is not in it, what is not ASCII among it.
    var inverted: RegexClass {
        var result = self
        result.low = ~low
        result.high = ~high
        result.hasOther = !hasOther
        return result
    }

    func contains(_ symbol: Int) -> Bool {
        if symbol == RegexSymbol.other { return hasOther }
        return symbol < 64 ? low >> UInt64(symbol) & 1 != 0 : high >> UInt64(symbol & 63) & 1 != 0
    }

    static let digits = RegexClass(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let spaces = RegexClass([0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D])
    static let words: RegexClass = {
        var result = digits
        result.formUnion(RegexClass(UInt8(ascii: "a")...UInt8(ascii: "z")))
        result.formUnion(RegexClass(UInt8(ascii: "A")...UInt8(ascii: "Z")))
        result.insert(UInt8(ascii: "_"))
        return result
    }()
    /// What a dot stands for.
    static let allButLineEnds = RegexClass([0x0A, 0x0D]).inverted
}

/// One alternative of a regular expression: a chain of states.
struct RegexAlternative: Equatable, Sendable {
    struct State: Equatable, Sendable {
        var symbols: RegexClass
        var isOptional = false
        var isRepeating = false
    }

    var states: [State] = []
    var isAtStart = false
    var isAtEnd = false
}
