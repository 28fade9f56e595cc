import TrailModel

/// The datapoints of a time line, in the notation of Prometheus's unit tests for rules.
///
/// Separated by spaces: `5` one value, `_` a missing one, `_x3` three missing ones, `5x3` the value and three more of it,
/// `1+2x3` for `1 3 5 7`, `9-2x3` for `9 7 5 3`.
package enum InputValues {
    package static let valuesMax = 100_000

    /// What cannot be read, in words.
    package struct Fault: Error, Equatable {
        package let message: String
    }

    package static func read(_ text: String) throws(Fault) -> [Double?] {
        var values: [Double?] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            values += try read(word: word, room: valuesMax - values.count)
        }
        return values
    }

    private static func read(word: Substring, room: Int) throws(Fault) -> [Double?] {
        let want = "want a number, _, or one of them with xN, such as 0x10, 1+2x5, _x3"
        let parts = word.split(separator: "x", maxSplits: 1, omittingEmptySubsequences: false)
        var more = 0
        if parts.count == 2 {
            guard let count = Int(parts[1]), count >= 0, parts[1].utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw Fault(message: "cannot read the values: got '\(word)'; \(want)")
            }
            more = min(count, valuesMax + 1)
        }
        // As in Prometheus: the value itself and N more of it, but N missing ones.
        let count = parts[0] == "_" && parts.count == 2 ? more : more + 1
        guard count <= room else {
            throw Fault(message: "cannot read the values: got more than \(valuesMax); want fewer")
        }
        if parts[0] == "_" { return Array(repeating: nil, count: count) }
        guard let (first, step) = progression(parts[0]), step == 0 || parts.count == 2 else {
            throw Fault(message: "cannot read the values: got '\(word)'; \(want)")
        }
        return (0..<count).map { first + Double($0) * step }
    }

    /// `5`, `1+2`, `9-2`, `-1-2`; the step is 0 without one.
    private static func progression(_ text: Substring) -> (first: Double, step: Double)? {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }) else { return nil }
        // A sign that neither begins the text nor an exponent begins the step.
        let cut = bytes.indices.dropFirst().first { index in
            (bytes[index] == 43 || bytes[index] == 45) && bytes[index - 1] != 69 && bytes[index - 1] != 101
        }
        func number(_ part: ArraySlice<UInt8>) -> Double? {
            Double(String(decoding: part, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
        }
        guard let cut else { return number(bytes[...]).map { ($0, 0) } }
        guard let first = number(bytes[..<cut]), let step = number(bytes[cut...]) else { return nil }
        return (first, step)
    }
}
