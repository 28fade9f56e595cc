/// Why a ``ByteReader`` could not read on.
package enum ByteError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated(at: Int, want: Int, got: Int)
    /// A varint with needless bytes or more than 64 bits.
    case overlong(at: Int)
    case overLimit(at: Int, got: UInt64, max: Int)
    case invalidUTF8(at: Int)
    case trailing(at: Int, count: Int)

    /// A label from a fixed set, for metrics.
    package var code: String {
        switch self {
        case .truncated: "truncated"
        case .overlong: "overlong"
        case .overLimit: "over_limit"
        case .invalidUTF8: "invalid_utf8"
        case .trailing: "trailing"
        }
    }

    package var description: String {
        switch self {
        case .truncated(let at, let want, let got): "cannot read bytes at \(at): got \(got); want \(want)"
        case .overlong(let at):
            "cannot read a varint at \(at): got needless bytes; want the shortest form, 64 bits at most"
        case .overLimit(let at, let got, let max): "cannot read a count at \(at): got \(got); want \(max) at most"
        case .invalidUTF8(let at): "cannot read text at \(at): got bytes that are not UTF-8; want UTF-8"
        case .trailing(let at, let count): "cannot finish reading at \(at): got \(count) more bytes; want the end"
        }
    }
}

/// Appends numbers and texts to a blob that a ``ByteReader`` reads back.
///
/// Fixed numbers are little endian; varints are LEB128 in their shortest form; signed ones are zigzag coded.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ value: UInt8) {
        bytes.append(value)
    }

    package mutating func write(_ value: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    package mutating func write(_ value: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// The eight bytes of the bit pattern, so that every double comes back as it was.
    package mutating func write(_ value: Double) {
        write(value.bitPattern)
    }

    package mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A count or an index; it must not be negative.
    package mutating func writeCount(_ value: Int) {
        precondition(value >= 0, "a count must not be negative; got \(value)")
        writeVarint(UInt64(value))
    }

    package mutating func writeSigned(_ value: Int64) {
        writeVarint(zigzag(value))
    }

    /// The bytes as they are, without their number.
    package mutating func write(raw: [UInt8]) {
        bytes += raw
    }

    /// The number of bytes, then the bytes.
    package mutating func write(counted: [UInt8]) {
        writeCount(counted.count)
        bytes += counted
    }

    /// The number of bytes, then UTF-8.
    package mutating func write(_ text: String) {
        writeCount(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }
}

/// Reads what a ``ByteWriter`` wrote; damaged bytes are an error, never a crash or an unbounded allocation.
package struct ByteReader: Sendable {
    package let bytes: [UInt8]
    /// Where the next byte is read.
    package private(set) var offset: Int
    private let end: Int

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
        end = bytes.count
    }

    /// A reader of a part of `bytes`; `range` must lie inside.
    package init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range must lie inside; got \(range)")
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    package var remaining: Int { end - offset }
    package var isAtEnd: Bool { offset == end }

    package mutating func readUInt8() throws(ByteError) -> UInt8 {
        try require(1)
        defer { offset += 1 }
        return bytes[offset]
    }

    package mutating func readUInt32() throws(ByteError) -> UInt32 {
        UInt32(truncatingIfNeeded: try fixed(4))
    }

    package mutating func readUInt64() throws(ByteError) -> UInt64 {
        try fixed(8)
    }

    package mutating func readDouble() throws(ByteError) -> Double {
        Double(bitPattern: try fixed(8))
    }

    package mutating func readVarint() throws(ByteError) -> UInt64 {
        let start = offset
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard offset < end else { throw .truncated(at: start, want: offset - start + 1, got: offset - start) }
            let byte = bytes[offset]
            // The tenth byte holds the 64th bit alone; a last byte of zero says nothing.
            if shift == 63 && byte > 1 || shift > 0 && byte == 0 {
                offset = start
                throw .overlong(at: start)
            }
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    package mutating func readSigned() throws(ByteError) -> Int64 {
        unzigzag(try readVarint())
    }

    /// A count or an index of at most `max`, so that damaged bytes cannot ask for unbounded memory.
    package mutating func readCount(max: Int) throws(ByteError) -> Int {
        let start = offset
        let value = try readVarint()
        guard value <= UInt64(max) else { throw .overLimit(at: start, got: value, max: max) }
        return Int(value)
    }

    package mutating func read(raw count: Int) throws(ByteError) -> [UInt8] {
        try require(count)
        defer { offset += count }
        return Array(bytes[offset..<(offset + count)])
    }

    /// Bytes that ``ByteWriter/write(counted:)`` wrote.
    package mutating func readCounted() throws(ByteError) -> [UInt8] {
        let count = try readCount(max: Int.max)
        return try read(raw: count)
    }

    package mutating func readText() throws(ByteError) -> String {
        let start = offset
        let text = try readCounted()
        guard let text = String(validating: text, as: UTF8.self) else { throw .invalidUTF8(at: start) }
        return text
    }

    /// Throws unless everything was read.
    package func finish() throws(ByteError) {
        guard isAtEnd else { throw .trailing(at: offset, count: remaining) }
    }

    private func require(_ count: Int) throws(ByteError) {
        guard count >= 0, count <= remaining else { throw .truncated(at: offset, want: count, got: remaining) }
    }

    private mutating func fixed(_ count: Int) throws(ByteError) -> UInt64 {
        try require(count)
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[offset + index]) << (8 * UInt64(index)) }
        offset += count
        return value
    }
}

/// Signed numbers near zero as small unsigned ones: 0, -1, 1, -2, 2 … become 0, 1, 2, 3, 4 ….
func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value &<< 1 ^ value &>> 63)
}

func unzigzag(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1)
}
