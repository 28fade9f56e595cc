import Testing

@testable import TrailNotify

@Suite struct FlattenedTests {
    /// An endless text that tells how much of it is read; it ends where nothing should read on.
    private final class Endless: Sequence, IteratorProtocol {
        static let max = 10_000
        private let scalars: [Unicode.Scalar]
        private(set) var read = 0

        init(_ text: String) { scalars = Array(text.unicodeScalars) }

        func next() -> Unicode.Scalar? {
            guard read < Self.max else { return nil }
            read += 1
            return scalars[read % scalars.count]
        }
    }

    @Test(arguments: [("a", 1), ("\u{301}", 1), ("\n", 1), ("\r\n", 2), ("a\r\n", 2)])
    func `of a text without end no more is read than is shown`(text: String, scalarsPerOne: Int) {
        let endless = Endless(text)
        #expect(flattened(endless, limit: 100).unicodeScalars.count == 100)
        #expect(endless.read <= 100 * scalarsPerOne + 1)
    }

    /// Line breaks of every kind, and what may stand beside them.
    private static let parts = [
        "\r", "\n", "\r\n", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}", "a", "\u{301}", "\u{200D}", "e\u{301}",
        "\u{1F469}\u{200D}\u{1F680}", " ", "\t", "\u{0}", "\u{1F1E9}", "\u{1100}\u{1161}",
    ]

    @Test(arguments: UInt64(1)...20) func `what is shown is what characters would give`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let text = (0..<Int.random(in: 0...30, using: &random))
                .map { _ in Self.parts.randomElement(using: &random) ?? "" }.joined()
            let slow = String(text.map { $0.isNewline ? " " : $0 })
            let limit = Int.random(in: 0...40, using: &random)
            let want = String(String.UnicodeScalarView(slow.unicodeScalars.prefix(limit)))
            let got = flattened(text.unicodeScalars, limit: limit)
            #expect(
                Array(got.unicodeScalars) == Array(want.unicodeScalars), "seed \(seed): \(Array(text.unicodeScalars))")
        }
    }

    @Test func `a line is as long as it may be, and a longer one ends in dots`() {
        let max = AlarmMessage.lineLengthMax
        let fits = String(repeating: "x", count: max)
        #expect(oneLine(fits) == fits)
        #expect(oneLine(fits + "x") == String(repeating: "x", count: max - 3) + "...")
        #expect(oneLine(String(repeating: "\r\n", count: max)) == String(repeating: " ", count: max))
    }
}
