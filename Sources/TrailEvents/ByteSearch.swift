// Hot path: raw pointers with wide unaligned loads, because no checked form came near their speed (measured). Every
// search ends in the padding of `LogText` at the latest, so none reads past the buffer.

typealias BytePointer = UnsafePointer<UInt8>

enum Byte {
    static let quote: UInt8 = 0x22
    static let backslash: UInt8 = 0x5C
    static let comma: UInt8 = 0x2C
    static let colon: UInt8 = 0x3A
    static let openBrace: UInt8 = 0x7B
    static let closeBrace: UInt8 = 0x7D
    static let openBracket: UInt8 = 0x5B
    static let closeBracket: UInt8 = 0x5D
    static let space: UInt8 = 0x20
    static let zero: UInt8 = 0x30
    static let nine: UInt8 = 0x39
}

/// The text that is scanned: `end` is its end, where the padding begins.
struct TextBounds {
    let begin: BytePointer
    let end: BytePointer

    @inline(__always)
    func offset(_ position: BytePointer) -> Int { position - begin }

    /// The error for a byte that fits nowhere.
    func unexpected(_ position: BytePointer, want: String) -> LogFileError {
        guard position < end else { return truncated(want: want) }
        let byte = position.pointee
        let got =
            (0x21...0x7E).contains(byte)
            ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte 0x" + String(byte, radix: 16, uppercase: true)
        return .malformed(offset: offset(position), what: "\(got); want \(want)")
    }

    func truncated(want: String) -> LogFileError {
        .malformed(offset: end - begin, what: "the end of the text; want \(want)")
    }
}

/// The 8 bytes at `position` as a number whose lowest byte is the first one.
@inline(__always)
func word(at position: BytePointer) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(position).loadUnaligned(as: UInt64.self))
}

/// The first quotation mark or backslash at or after `start`; reads 16 bytes at a time.
///
/// The vector constants carry their element type: without it the comparison is fifty times slower.
@inline(__always)
func quoteOrBackslash(from start: BytePointer) -> BytePointer {
    let quotes = SIMD16<UInt8>(repeating: Byte.quote)
    let backslashes = SIMD16<UInt8>(repeating: Byte.backslash)
    var position = start
    while true {
        let bytes = UnsafeRawPointer(position).loadUnaligned(as: SIMD16<UInt8>.self)
        let hits = unsafeBitCast((bytes .== quotes) .| (bytes .== backslashes), to: SIMD2<UInt64>.self)
        let low = UInt64(littleEndian: hits[0])
        if low != 0 { return position + low.trailingZeroBitCount >> 3 }
        let high = UInt64(littleEndian: hits[1])
        if high != 0 { return position + (8 + high.trailingZeroBitCount >> 3) }
        position += 16
    }
}

/// The first byte at or after `start` that is not JSON white space.
@inline(__always)
func afterSpace(_ start: BytePointer) -> BytePointer {
    start.pointee > Byte.space ? start : afterSpaces(start)
}

@inline(never)
private func afterSpaces(_ start: BytePointer) -> BytePointer {
    var position = start
    while isSpace(position.pointee) { position += 1 }
    return position
}

@inline(__always)
func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool {
    byte &- Byte.zero <= 9
}

@inline(__always)
func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- 0x61 <= 5
}

/// The end of the JSON number at `start` (RFC 8259 section 6), or `nil` when there is none.
func numberEnd(_ start: BytePointer) -> BytePointer? {
    var position = start
    if position.pointee == UInt8(ascii: "-") { position += 1 }
    guard isDigit(position.pointee) else { return nil }
    if position.pointee == Byte.zero {
        position += 1
    } else {
        while isDigit(position.pointee) { position += 1 }
    }
    if position.pointee == UInt8(ascii: ".") {
        position += 1
        guard isDigit(position.pointee) else { return nil }
        while isDigit(position.pointee) { position += 1 }
    }
    if position.pointee | 0x20 == UInt8(ascii: "e") {
        position += 1
        if position.pointee == UInt8(ascii: "+") || position.pointee == UInt8(ascii: "-") { position += 1 }
        guard isDigit(position.pointee) else { return nil }
        while isDigit(position.pointee) { position += 1 }
    }
    return position
}
