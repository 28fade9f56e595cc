/// A text in which `*` stands for any run of bytes, with the tables that find its parts in linear time.
struct Wildcard: Hashable, Sendable {
    /// What stands before the first star.
    let head: [UInt8]
    /// What stands between two stars, in order.
    private let middle: [Part]
    /// What follows the last star; `nil` when there is none.
    let tail: [UInt8]?

    /// A text to be found, with the length of the longest border of each of its starts.
    private struct Part: Hashable {
        let text: [UInt8]
        let borders: [Int]

        init(_ text: [UInt8]) {
            self.text = text
            var borders = [Int](repeating: 0, count: text.count)
            var length = 0
            for index in text.indices.dropFirst() {
                while length > 0, text[index] != text[length] { length = borders[length - 1] }
                if text[index] == text[length] { length += 1 }
                borders[index] = length
            }
            self.borders = borders
        }

        /// Where the first occurrence at or after `start` ends.
        func end(in text: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Int? {
            var length = 0
            var index = start
            while index < end {
                while length > 0, text[index] != self.text[length] { length = borders[length - 1] }
                if text[index] == self.text[length] { length += 1 }
                index += 1
                if length == self.text.count { return index }
            }
            return nil
        }
    }

    /// The longest text between two stars, empty when there is none.
    var longestMiddle: [UInt8] { middle.max { $0.text.count < $1.text.count }?.text ?? [] }

    /// - Parameter parts: The texts between the stars, empty ones at the ends only; one part for a text without a star.
    init(parts: [[UInt8]]) {
        head = parts.first ?? []
        middle = parts.dropFirst().dropLast().map(Part.init)
        tail = parts.count > 1 ? parts.last : nil
    }

    /// - Complexity: O(bytes of the text).
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let tail else { return text.elementsEqual(head) }
        guard text.count >= head.count + tail.count, text.starts(with: head) else { return false }
        let end = text.count - tail.count
        guard text[end...].elementsEqual(tail) else { return false }
        var position = head.count
        for part in middle {
            guard let next = part.end(in: text, from: position, to: end) else { return false }
            position = next
        }
        return true
    }
}
