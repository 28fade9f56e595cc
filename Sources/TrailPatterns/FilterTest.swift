/// What is asked of the value at a selector, or of a field of a space-delimited pattern.
enum FilterTest: Equatable, Sendable {
    case equals(FilterOperand)
    case differs(FilterOperand)
    case matches(PatternRegex)
    case matchesNot(PatternRegex)
    case orders(FilterOrder, Double)
    case isNull, isTrue, isFalse
    case notExists

    /// Whether it holds for a field that is text; ``PatternProgram`` does the same for the values of records.
    func holds(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .equals(let operand): operand.equals(text)
        case .differs(let operand): !operand.equals(text)
        case .matches(let regex): regex.matches(text)
        case .matchesNot(let regex): !regex.matches(text)
        case .orders(let order, let number): decimalNumber(text).map { order.holds($0, number) } ?? false
        case .isNull, .isTrue, .isFalse, .notExists: false
        }
    }
}

enum FilterOrder: UInt8, Sendable {
    case less, lessOrEqual, greater, greaterOrEqual

    func holds(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

/// The value after `=` or `!=`.
struct FilterOperand: Equatable, Sendable {
    /// UTF-8 without the stars at its ends.
    var text: [UInt8]
    /// A star at the start: the text may end there in any way.
    var hasLeadingStar = false
    var hasTrailingStar = false
    /// The value of an unquoted number.
    var number: Double?

    init(_ written: [UInt8], isQuoted: Bool) {
        let star = UInt8(ascii: "*")
        text = written
        if text.first == star {
            hasLeadingStar = true
            text.removeFirst()
        }
        if text.last == star {
            hasTrailingStar = true
            text.removeLast()
        }
        // A lone star is anything, from start to end.
        if written == [star] { hasTrailingStar = true }
        number = isQuoted ? nil : written.withUnsafeBufferPointer { decimalNumber($0) }
    }

    /// A number on both sides compares by value, everything else as text.
    func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        if let number, let value = decimalNumber(other) { return value == number }
        guard other.count >= text.count else { return false }
        switch (hasLeadingStar, hasTrailingStar) {
        case (false, false): return other.elementsEqual(text)
        case (false, true): return other.starts(with: text)
        case (true, false): return other.suffix(text.count).elementsEqual(text)
        case (true, true): return text.withUnsafeBufferPointer { hasText($0, in: other) }
        }
    }
}
