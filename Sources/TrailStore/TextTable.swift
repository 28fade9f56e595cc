/// Numbers for the values of dimensions: each text is kept once, whatever number of series have it.
struct TextTable: Sendable {
    private(set) var texts: [String] = []
    private var numbers: [String: UInt32] = [:]

    var count: Int { texts.count }

    subscript(number: UInt32) -> String { texts[Int(number)] }

    func number(of text: String) -> UInt32? { numbers[text] }

    /// The number of a text, which gets the next one when it is new.
    mutating func insert(_ text: String) -> UInt32 {
        if let number = numbers[text] { return number }
        let number = UInt32(texts.count)
        texts.append(text)
        numbers[text] = number
        return number
    }

    /// Forgets all but the first texts.
    mutating func keep(first count: Int) {
        for text in texts[count...] { numbers[text] = nil }
        texts.removeLast(texts.count - count)
    }
}
