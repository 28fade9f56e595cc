/// Prefix codes of small counts, one for each of nine rates from about 1 to 16 a slot.
///
/// The lengths are those of the best codes of at most ten bits for counts that scatter slightly more than Poisson's; the
/// last code of a table says that a larger count follows. Reading looks at ten bits and takes up to four counts at once.
struct CountTables {
    /// Lengths of the codes of 0, 1, 2 … in bits, as hexadecimal digits; <doc:BlockFormat> has them too.
    static let lengths = [
        "12345677", "2223456789aa", "3222456789aa", "4322335679aaaaaa", "543233344678aaaa", "7543333334557799aaaa",
        "a865433333444567789aaaaa", "aaa87554433334445566799aaaaa", "aaaaa9866554444334444555667889a9",
    ]

    static let tableMax = 8
    static let windowWidth = 10
    /// The parameter of the Golomb code of what a count has above its table.
    static let excessParameter = 3

    static let shared = CountTables()

    /// What ten bits begin with, by table and bits; <doc:BlockFormat> does not know of it.
    ///
    /// From bit 0 up: four counts of five bits; in four bits the length of all of them; in three bits how many they
    /// are, 0 for the code of larger counts; in four bits the length of the first.
    let entries: [UInt32]
    /// By table and count: the length in the low byte, the code above.
    let codes: [UInt16]
    /// By table: the smallest count that the last code stands for.
    let larger: [UInt64]

    /// The table for a level, which is sixteen times the sum of twelve slots: the bounds lie in the middle between rates.
    @inline(__always)
    static func index(of level: Int) -> Int {
        // Eight comparisons without a jump.
        (level >= 226 ? 1 : 0) &+ (level >= 320 ? 1 : 0) &+ (level >= 452 ? 1 : 0) &+ (level >= 639 ? 1 : 0)
            &+ (level >= 904 ? 1 : 0) &+ (level >= 1279 ? 1 : 0) &+ (level >= 1808 ? 1 : 0)
            &+ (level >= 2557 ? 1 : 0)
    }

    private init() {
        var entries: [UInt32] = []
        var codes: [UInt16] = []
        var larger: [UInt64] = []
        for text in Self.lengths {
            let lengths = text.utf8.map { Int($0 >= 0x61 ? $0 - 0x57 : $0 - 0x30) }
            let table = Self.canonical(lengths)
            let last = lengths.count - 1
            larger.append(UInt64(last))
            codes += (0..<32).map { $0 > last ? 0 : UInt16(table[$0] << 4 | lengths[$0]) }
            // Which code ten bits begin with.
            var first = [Int](repeating: 0, count: 1 << Self.windowWidth)
            for (symbol, length) in lengths.enumerated() {
                let start = table[symbol] << (Self.windowWidth - length)
                for window in start..<(start + 1 << (Self.windowWidth - length)) { first[window] = symbol }
            }
            entries += first.indices.map { Self.entry(window: $0, first: first, lengths: lengths) }
        }
        self.entries = entries
        self.codes = codes
        self.larger = larger
    }

    /// Codes in the order of their lengths, equal lengths in the order of their counts, each one more than the last.
    private static func canonical(_ lengths: [Int]) -> [Int] {
        var codes = [Int](repeating: 0, count: lengths.count)
        var next = 0
        for length in 1...windowWidth {
            for symbol in lengths.indices where lengths[symbol] == length {
                codes[symbol] = next >> (windowWidth - length)
                next += 1 << (windowWidth - length)
            }
        }
        precondition(next == 1 << windowWidth, "the codes must fill the window; got \(next)")
        return codes
    }

    private static func entry(window: Int, first: [Int], lengths: [Int]) -> UInt32 {
        let last = lengths.count - 1
        if first[window] == last { return UInt32(lengths[last]) << 20 }
        var counts = 0
        var used = 0
        var taken = 0
        while taken < 4 {
            let symbol = first[window << used & (1 << windowWidth - 1)]
            guard symbol != last, used + lengths[symbol] <= windowWidth else { break }
            counts |= symbol << (5 * taken)
            used += lengths[symbol]
            taken += 1
        }
        return UInt32(counts | used << 20 | taken << 24 | lengths[first[window]] << 27)
    }
}
