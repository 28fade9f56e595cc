/// Codes of single numbers; each has a writing and a reading half.
///
/// A Rice code of parameter `k` writes the number divided by 2^k in unary, then the low k bits: right for numbers that
/// fall off geometrically with a mean near 2^k. A quotient of ``riceQuotientMax`` or more goes on with an exponential
/// Golomb code, so that a rare huge number costs a few bytes, not its own value in bits.
enum IntegerCodes {
    static let riceQuotientMax = 20
    /// Parameters above this say nothing more about 63-bit numbers.
    static let parameterMax = 62
}

/// How the numbers of one list are coded; the encoder picks what is smallest.
struct NumberCode: Equatable {
    /// Rice when true, exponential Golomb (for heavy tails) when false.
    var isRice: Bool
    var parameter: Int
}

extension BitSink {
    /// Elias' gamma code of a positive number: its bits, after one zero bit for each but the first.
    package mutating func append(gamma value: UInt64) {
        let width = 64 - value.leadingZeroBitCount
        append(0, count: width - 1)
        append(value, count: width)
    }

    /// `value` must be at most `Int64.max`.
    mutating func append(golomb value: UInt64, parameter: Int) {
        append(gamma: (value >> UInt64(parameter)) + 1)
        append(value & lowMask(parameter), count: parameter)
    }

    /// `value` must be at most `Int64.max`.
    @inline(__always)
    package mutating func append(rice value: UInt64, parameter: Int) {
        let quotient = value >> UInt64(parameter)
        if quotient < UInt64(IntegerCodes.riceQuotientMax) {
            append(1, count: Int(quotient) + 1)
            append(value & lowMask(parameter), count: parameter)
        } else {
            append(0, count: IntegerCodes.riceQuotientMax)
            append(golomb: value - UInt64(IntegerCodes.riceQuotientMax) << UInt64(parameter), parameter: parameter)
        }
    }

    mutating func append(code: NumberCode) {
        append(code.isRice ? 1 : 0, count: 1)
        append(gamma: UInt64(code.parameter) + 1)
    }

    mutating func append(_ value: UInt64, code: NumberCode) {
        if code.isRice {
            append(rice: value, parameter: code.parameter)
        } else {
            append(golomb: value, parameter: code.parameter)
        }
    }

    /// A sorted set of distinct positions below `size`; their number is known to the reader.
    ///
    /// Each gap is coded with the Rice parameter that fits what is left, so that no parameter is stored, and nothing
    /// at all is written once every place left is taken.
    mutating func append(positions: some Sequence<Int>, count: Int, size: Int) {
        var next = 0
        var left = count
        for position in positions {
            if let parameter = gapParameter(free: size - next - left, taken: left) {
                append(rice: UInt64(position - next), parameter: parameter)
            }
            next = position + 1
            left -= 1
        }
    }
}

extension BitReader {
    /// A gamma code; 0, which no gamma code is, for malformed bits.
    package mutating func readGamma() -> UInt64 {
        var zeros = 0
        while true {
            let more = readZeros(limit: 31)
            zeros += more
            if more < 31 { break }
            if zeros > 62 || isOverrun { return 0 }
        }
        guard zeros < 64 else { return 0 }
        return 1 << UInt64(zeros) | readLong(zeros)
    }

    /// `nil` above `Int64.max`.
    mutating func readGolomb(parameter: Int) -> UInt64? {
        let quotient = readGamma() &- 1
        guard quotient <= UInt64(Int64.max) >> UInt64(parameter) else { return nil }
        return quotient << UInt64(parameter) | readLong(parameter)
    }

    /// `nil` above `Int64.max`.
    @inline(__always)
    package mutating func readRice(parameter: Int) -> UInt64? {
        if let value = readShortRice(parameter: parameter) { return value }
        // By value, so that a loop can keep its reader in registers.
        let (reader, value) = Self.readLongRice(self, parameter: parameter)
        self = reader
        return value
    }

    @inline(never)
    private static func readLongRice(_ start: BitReader, parameter: Int) -> (BitReader, UInt64?) {
        var reader = start
        let quotient = reader.readZeros(limit: IntegerCodes.riceQuotientMax)
        guard UInt64(quotient) <= UInt64(Int64.max) >> UInt64(parameter) else { return (reader, nil) }
        let base = UInt64(quotient) << UInt64(parameter)
        if quotient < IntegerCodes.riceQuotientMax {
            let low = reader.readLong(parameter)
            return (reader, base | low)
        }
        guard let rest = reader.readGolomb(parameter: parameter), rest <= UInt64(Int64.max) - base else {
            return (reader, nil)
        }
        return (reader, base + rest)
    }

    mutating func readCode() -> NumberCode? {
        let isRice = read(1) == 1
        let parameter = readGamma() &- 1
        guard parameter <= UInt64(IntegerCodes.parameterMax) else { return nil }
        return NumberCode(isRice: isRice, parameter: Int(parameter))
    }

    mutating func read(code: NumberCode) -> UInt64? {
        code.isRice ? readRice(parameter: code.parameter) : readGolomb(parameter: code.parameter)
    }

    /// Reads `count` positions below `size` into `positions`; false when they do not fit.
    mutating func readPositions(count: Int, size: Int, into positions: inout [UInt16]) -> Bool {
        guard count <= size else { return false }
        positions.removeAll(keepingCapacity: true)
        positions.append(contentsOf: repeatElement(0, count: count))
        return readPositions(count: count, size: size, filling: &positions)
    }

    /// Reads `count` positions below `size` into the front of `positions`, which has places enough; false when they do
    /// not fit.
    @inline(__always)
    mutating func readPositions(count: Int, size: Int, filling positions: inout [UInt16]) -> Bool {
        guard count <= size && count <= positions.count else { return false }
        var span = positions.mutableSpan
        var reader = self
        defer { self = reader }
        var next = 0
        for index in 0..<count {
            let left = count &- index
            let free = size &- next &- left
            if let parameter = gapParameter(free: free, taken: left) {
                guard let gap = reader.readRice(parameter: parameter), gap <= UInt64(free) else { return false }
                next &+= Int(truncatingIfNeeded: gap)
            }
            span[index] = UInt16(truncatingIfNeeded: next)
            next &+= 1
        }
        return true
    }
}

/// The Rice parameter for a gap where `taken` places are spread over `free` others; `nil` when no gap can come.
///
/// The best parameter for a geometric law of mean µ is one more than the floor of log2(0.4812 (µ + 0.5)), and at
/// least 0 (Kiely, "Selecting the Golomb parameter in Rice coding", 2004); 31/64 stands for 0.4812.
@inline(__always)
private func gapParameter(free: Int, taken: Int) -> Int? {
    if free == 0 { return nil }
    // The width of ⌊dividend / divisor⌋, without the slow division.
    let dividend = UInt64(truncatingIfNeeded: 31 &* (2 &* free &+ taken &+ 1))
    let divisor = UInt64(truncatingIfNeeded: 128 &* (taken &+ 1))
    if dividend < divisor { return 0 }
    let shift = divisor.leadingZeroBitCount &- dividend.leadingZeroBitCount
    return dividend >= divisor &<< UInt64(shift) ? shift &+ 1 : shift
}

@inline(__always)
private func lowMask(_ count: Int) -> UInt64 {
    (1 << UInt64(count)) &- 1
}
