/// Takes bits, highest first: a writer, or a counter that only measures.
package protocol BitSink {
    /// Appends the low `count` bits of `value`; the bits above them must be 0 and `count` at most 64.
    mutating func append(_ value: UInt64, count: Int)
}

/// Measures what a ``BitWriter`` would write, so that the smallest codec is chosen without writing them all.
struct BitCounter: BitSink {
    private(set) var bitCount = 0

    mutating func append(_ value: UInt64, count: Int) {
        bitCount += count
    }
}

/// Writes bits into bytes that grow; ``finish()`` hands them out.
package struct BitWriter: BitSink {
    /// Zeros behind the bytes written so far, so that a store needs no growth of its own.
    private var buffer: [UInt8] = []
    private var byteCount = 0
    /// Bits not yet in `buffer`, in the low end; fewer than 32 between calls.
    private var pending: UInt64 = 0
    private var pendingCount = 0

    package init() {}

    @inline(__always)
    package mutating func append(_ value: UInt64, count: Int) {
        if count > 32 {
            appendShort(value >> 32, count: count - 32)
            appendShort(value & 0xFFFF_FFFF, count: 32)
        } else {
            appendShort(value, count: count)
        }
    }

    @inline(__always)
    private mutating func appendShort(_ value: UInt64, count: Int) {
        pending = pending &<< UInt64(count) | value
        pendingCount &+= count
        if pendingCount >= 32 {
            pendingCount &-= 32
            flush(UInt32(truncatingIfNeeded: pending &>> UInt64(pendingCount)))
        }
    }

    @inline(__always)
    private mutating func flush(_ word: UInt32) {
        if byteCount + 4 > buffer.count { grow() }
        let start = byteCount
        buffer.withUnsafeMutableBytes { $0.storeBytes(of: word.bigEndian, toByteOffset: start, as: UInt32.self) }
        byteCount += 4
    }

    @inline(never)
    private mutating func grow() {
        buffer.append(contentsOf: repeatElement(0, count: max(buffer.count, 256)))
    }

    /// Appends `count` bits that `reader` has next, as they are.
    mutating func append(copying count: Int, from reader: inout BitReader) {
        var left = count
        while left > 0 {
            let step = min(left, 32)
            append(reader.read(step), count: step)
            left -= step
        }
    }

    /// Fills the last byte with zero bits; the writer is empty afterwards.
    package mutating func finish() -> [UInt8] {
        var bytes = Array(buffer[..<byteCount])
        while pendingCount > 0 {
            let byte = pendingCount >= 8 ? pending >> UInt64(pendingCount - 8) : pending << UInt64(8 - pendingCount)
            bytes.append(UInt8(truncatingIfNeeded: byte))
            pendingCount = max(pendingCount - 8, 0)
        }
        pending = 0
        byteCount = 0
        return bytes
    }
}

/// Reads bits, highest first.
///
/// Behind the end it reads zeros and remembers it (``isOverrun``), so that inner loops need no error path; every loop
/// over its numbers has a bound of its own.
///
/// This is the hot path of every query, so ``refill()`` takes eight bytes with one unchecked load, after checking that
/// they lie before `end`, which `init` has checked against the array.
package struct BitReader: Sendable {
    private let bytes: [UInt8]
    private var index: Int
    private let end: Int
    /// The next bits, in the high end; zeros below.
    private var window: UInt64 = 0
    private var available = 0
    package private(set) var isOverrun = false

    package init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range must lie inside; got \(range)")
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    /// True when only the zero bits that fill the last byte are left.
    package var isAtPaddedEnd: Bool {
        !isOverrun && available + (end - index) * 8 < 8 && window == 0 && (index == end || bytes[index] == 0)
    }

    /// The bits behind the ones read, the padding included.
    package var bitsLeft: Int { available + (end - index) * 8 }

    /// Ends at the next byte boundary and says where that is in the bytes; `nil` when the bits before it are not 0.
    mutating func skipPadding() -> Int? {
        let padding = available % 8
        guard !isOverrun, read(padding) == 0 else { return nil }
        return index - available / 8
    }

    /// At most 32 bits.
    @inline(__always)
    package mutating func read(_ count: Int) -> UInt64 {
        if available < count { refill() }
        // Two shifts, because a shift by 64 bits leaves the value as it is.
        let value = (window &>> 1) &>> UInt64(63 &- count)
        drop(count)
        return value
    }

    /// At most 64 bits.
    package mutating func readLong(_ count: Int) -> UInt64 {
        guard count > 32 else { return read(count) }
        let high = read(count - 32)
        return high << 32 | read(32)
    }

    /// The number of zero bits before the next one bit, which is consumed too.
    ///
    /// `limit` zeros, at most 31, end without a one bit.
    @inline(__always)
    mutating func readZeros(limit: Int) -> Int {
        if available <= limit { refill() }
        let zeros = window.leadingZeroBitCount
        if zeros >= limit {
            drop(limit)
            return limit
        }
        drop(zeros &+ 1)
        return zeros
    }

    /// The next ten bits, zeros behind the end; they stay unread.
    @inline(__always)
    mutating func peekTen() -> Int {
        if available < 10 { refill() }
        return Int(truncatingIfNeeded: window &>> 54)
    }

    /// Passes over at most 64 bits.
    @inline(__always)
    mutating func drop(_ count: Int) {
        if count > available {
            isOverrun = true
            window = 0
            available = 0
            return
        }
        window &<<= UInt64(count)
        available &-= count
    }

    /// At least 56 bits afterwards, except near the end.
    @inline(__always)
    mutating func refill() {
        if index &+ 8 <= end {
            // Bits of a byte that is not counted yet are set too; they will be set again to the same.
            let word = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index, as: UInt64.self) }
            window |= word.bigEndian &>> UInt64(available)
            index &+= (63 &- available) &>> 3
            available |= 56
            return
        }
        while available <= 56, index < end {
            window |= UInt64(bytes[index]) &<< UInt64(56 &- available)
            available &+= 8
            index &+= 1
        }
    }

    /// A Rice code whose bits are all at hand; `nil`, with nothing consumed, sends the caller to the general way.
    @inline(__always)
    mutating func readShortRice(parameter: Int) -> UInt64? {
        if available < 56 { refill() }
        let zeros = window.leadingZeroBitCount
        let length = zeros &+ 1 &+ parameter
        // A shift by 64 would leave the window as it is.
        guard zeros < IntegerCodes.riceQuotientMax, length <= available, length < 64 else { return nil }
        let low = ((window &<< UInt64(zeros &+ 1)) &>> 1) &>> UInt64(63 &- parameter)
        window = window &<< UInt64(length)
        available &-= length
        return UInt64(zeros) &<< UInt64(parameter) | low
    }
}
