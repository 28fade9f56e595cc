import TrailEvents

/// What a pattern asks of one value that is neither object nor array.
indirect enum EventTest: Hashable, Sendable {
    /// A string with exactly this text.
    case text([UInt8])
    /// A string that is this address, in any spelling.
    case address(IPAddress)
    /// A number of this value, or written in this way.
    case number(Double?, written: [UInt8])
    case isTrue, isFalse, isNull
    case prefix([UInt8])
    case suffix([UInt8])
    /// Texts whose case was folded (``foldedCase(_:)``).
    case folded([UInt8])
    case foldedPrefix([UInt8])
    case foldedSuffix([UInt8])
    case wildcard(Wildcard)
    case numeric(NumericRange)
    case cidr(AddressBlock)
    case present
    case absent
    /// Any value for which none of these holds.
    case anythingBut([EventTest])

    /// Whether it holds for a value of that kind with that text, its escapes resolved.
    func holds(_ kind: ValueKind, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .present: return true
        case .absent: return false
        case .isTrue: return kind == .true
        case .isFalse: return kind == .false
        case .isNull: return kind == .null
        case .anythingBut(let tests):
            for test in tests where test.holds(kind, text) { return false }
            return true
        case .number(let value, let written):
            guard kind == .number else { return false }
            if text.elementsEqual(written) { return true }
            guard let value, let number = decimalNumber(text) else { return false }
            return number == value
        case .numeric(let range):
            guard kind == .number, let number = decimalNumber(text) else { return false }
            return range.contains(number)
        default: return kind == .string && holds(text)
        }
    }

    /// The same for those that hold for strings alone.
    private func holds(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .text(let wanted): text.count == wanted.count && text.elementsEqual(wanted)
        case .address(let address): IPAddress(text) == address
        case .prefix(let prefix): text.starts(with: prefix)
        case .suffix(let suffix): ends(text, with: suffix)
        case .folded(let wanted): foldedCase(text) == wanted
        case .foldedPrefix(let prefix): foldedCase(text).starts(with: prefix)
        case .foldedSuffix(let suffix): foldedCase(text).withUnsafeBufferPointer { ends($0, with: suffix) }
        case .wildcard(let wildcard): wildcard.matches(text)
        case .cidr(let block): IPAddress(text).map(block.contains) ?? false
        case .number, .isTrue, .isFalse, .isNull, .numeric, .present, .absent, .anythingBut: false
        }
    }
}

/// The numbers of a `numeric` operator.
struct NumericRange: Hashable, Sendable {
    var bottom = -Double.infinity
    var isBottomOpen = false
    var top = Double.infinity
    var isTopOpen = false

    func contains(_ number: Double) -> Bool {
        (isBottomOpen ? number > bottom : number >= bottom) && (isTopOpen ? number < top : number <= top)
    }
}

private func ends(_ text: UnsafeBufferPointer<UInt8>, with suffix: [UInt8]) -> Bool {
    text.count >= suffix.count && text[(text.count - suffix.count)...].elementsEqual(suffix)
}

/// A text in lower case, one scalar for one scalar, so that ß stays itself.
func foldedCase(_ text: some Collection<UInt8>) -> [UInt8] {
    if text.allSatisfy({ $0 < 0x80 }) {
        return text.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
    }
    var folded: [UInt8] = []
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
        let lower = scalar.properties.lowercaseMapping
        folded += lower.unicodeScalars.count == 1 ? Array(lower.utf8) : Array(String(scalar).utf8)
    }
    return folded
}

/// Calls `body` with a text in lower case; see ``foldedCase(_:)``.
func withFoldedCase<Result>(
    _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
) -> Result {
    guard text.allSatisfy({ $0 < 0x80 }) else { return foldedCase(text).withUnsafeBufferPointer(body) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { folded in
        for (index, byte) in text.enumerated() {
            folded[index] = UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
        }
        return body(UnsafeBufferPointer(folded))
    }
}
