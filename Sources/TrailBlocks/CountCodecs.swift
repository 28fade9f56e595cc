/// Counts in few slots: where they are, which of them are more than one, and by how much.
///
/// Most series of a trail are like this: an API called now and then, mostly once in a slot.
enum SparseCountCodec {
    /// `repeated` are the places in `slots` of the counts above 1, `excess` is what those counts have above 2.
    static func encode(
        slots: [UInt16], repeated: [UInt16], excess: [UInt64], code: NumberCode, slotCount: Int,
        into bits: inout BitWriter
    ) {
        bits.append(gamma: UInt64(slots.count))
        bits.append(positions: slots.lazy.map { Int($0) }, count: slots.count, size: slotCount)
        bits.append(gamma: UInt64(repeated.count) + 1)
        guard !repeated.isEmpty else { return }
        bits.append(positions: repeated.lazy.map { Int($0) }, count: repeated.count, size: slots.count)
        bits.append(code: code)
        for value in excess { bits.append(value, code: code) }
    }

    static func bits(
        slots: [UInt16], repeated: [UInt16], excess: [UInt64], code: NumberCode, slotCount: Int
    ) -> Int {
        var bits = BitCounter()
        bits.append(gamma: UInt64(slots.count))
        bits.append(positions: slots.lazy.map { Int($0) }, count: slots.count, size: slotCount)
        bits.append(gamma: UInt64(repeated.count) + 1)
        guard !repeated.isEmpty else { return bits.bitCount }
        bits.append(positions: repeated.lazy.map { Int($0) }, count: repeated.count, size: slots.count)
        return bits.bitCount + code.bitCount(of: excess)
    }

    static func decode(slotCount: Int, from bits: inout BitReader, into cells: inout SeriesCells) -> Bool {
        guard cells.readSlots(slotCount: slotCount, from: &bits) else { return false }
        cells.fillCounts()
        let repeatedCount = bits.readGamma() &- 1
        guard repeatedCount > 0 else { return true }
        guard repeatedCount <= UInt64(cells.slots.count), cells.readRepeated(count: Int(repeatedCount), from: &bits),
            let code = bits.readCode()
        else { return false }
        return cells.readExcess(code: code, from: &bits)
    }
}

/// Counts in nearly every slot, each coded as its distance from what the slots before it let expect.
enum DenseCountCodec {
    /// Larger counts leave the range in which the forecast's arithmetic is exact.
    static let countMax: Int64 = 1 << 40

    /// The model with the fewest bits among those tried, and its bits; `nil` when they are not fewer than `limit` or a
    /// count leaves its range.
    ///
    /// The slowest level is tried first; faster ones and a trend are, while they help, or when the first one shows that
    /// the codec is near the limit at all. `row` has a count for each slot, 0 included.
    static func best(row: [Int64], slotCount: Int, largest: Int64, under limit: Int) -> (model: CountModel, bits: Int)?
    {
        // A slot costs at least one bit.
        guard limit > slotCount, largest <= countMax else { return nil }
        // What a slot without a forecast would expect: the mean of the first few.
        let start = UInt64(row[..<8].reduce(0, +) / 8)
        func measured(_ setting: UInt64) -> (model: CountModel, bits: Int) {
            let model = CountModel(start: start, setting: setting)
            return (model, bits(of: row, slotCount: slotCount, model: model))
        }
        var best = measured(3)
        guard best.bits < limit + limit / 8 else { return nil }
        for setting in [UInt64(2), 1, 0] {
            let next = measured(setting)
            guard next.bits < best.bits else { break }
            best = next
        }
        let trend = measured(best.model.setting | 4)
        if trend.bits < best.bits { best = trend }
        return best.bits < limit ? best : nil
    }

    private static func bits(of row: [Int64], slotCount: Int, model: CountModel) -> Int {
        var bits = BitCounter()
        bits.append(gamma: model.start + 1)
        var total = 3 + bits.bitCount
        var model = model
        for slot in 0..<slotCount {
            let value = UInt64(bitPattern: row[slot])
            let number = foldedDistance(of: value, from: model.forecast)
            let parameter = model.riceParameter
            let quotient = number &>> UInt64(parameter)
            total &+= Int(truncatingIfNeeded: quotient) &+ 1 &+ parameter
            if quotient >= UInt64(IntegerCodes.riceQuotientMax) {
                let rest = quotient &- UInt64(IntegerCodes.riceQuotientMax) &+ 1
                total &-= Int(truncatingIfNeeded: rest) &- 2 &* (64 &- rest.leadingZeroBitCount) &+ 1
            }
            model.learn(value: value, number: number)
        }
        return total
    }

    static func encode(_ row: [Int64], slotCount: Int, model: CountModel, into bits: inout BitWriter) {
        bits.append(model.setting, count: 3)
        bits.append(gamma: model.start + 1)
        var model = model
        for slot in 0..<slotCount {
            let value = UInt64(bitPattern: row[slot])
            let number = foldedDistance(of: value, from: model.forecast)
            bits.append(rice: number, parameter: model.riceParameter)
            model.learn(value: value, number: number)
        }
    }

    /// Fills the first `slotCount` of `row`; false for malformed bits.
    static func decode(slotCount: Int, from bits: inout BitReader, into row: inout [Int64]) -> Bool {
        let setting = bits.read(3)
        let start = bits.readGamma() &- 1
        guard start <= UInt64(countMax) else { return false }
        var model = CountModel(start: start, setting: setting)
        var reader = bits
        defer { bits = reader }
        var span = row.mutableSpan
        for slot in 0..<slotCount {
            guard let number = reader.readRice(parameter: model.riceParameter), number <= 2 * UInt64(countMax) else {
                return false
            }
            let value = unfolded(number, forecast: model.forecast)
            guard value <= UInt64(countMax) else { return false }
            model.learn(value: value, number: number)
            span[slot] = Int64(bitPattern: value)
        }
        return true
    }
}

/// Forecasts the next count from those before it, in integers alone so that every machine forecasts the same.
///
/// Holt's linear smoothing: a level and, in half of the settings, a trend, in 256ths. The Rice parameter follows the
/// running mean of the distances coded so far.
struct CountModel {
    let start: UInt64
    /// Bits 0–1: how slowly the level follows; bit 2: whether there is a trend.
    let setting: UInt64

    private let levelShift: Int64
    private let trendShift: Int64
    private let trendMask: Int64
    private var level: Int64
    private var trend: Int64 = 0
    /// Running mean of the coded numbers, in 16ths.
    private var spread: Int64

    init(start: UInt64, setting: UInt64) {
        self.start = start
        self.setting = setting
        levelShift = 1 + Int64(setting & 3)
        trendShift = 2 * levelShift + 1
        trendMask = setting & 4 == 0 ? 0 : -1
        level = Int64(start) << 8
        // Counts scatter by their square root; a power of two near it is enough to begin with.
        spread = 16 << Int64((64 - start.leadingZeroBitCount) / 2)
    }

    @inline(__always)
    var forecast: UInt64 {
        let expected = (level &+ trend &+ 128) >> 8
        return UInt64(min(max(expected, 0), DenseCountCodec.countMax))
    }

    @inline(__always)
    var riceParameter: Int {
        let scaled = (spread &* 31 &+ 248) >> 10
        return 64 &- scaled.leadingZeroBitCount
    }

    @inline(__always)
    mutating func learn(value: UInt64, number: UInt64) {
        let expected = level &+ trend
        let error = (Int64(bitPattern: value) &<< 8) &- expected
        level = expected &+ (error &>> levelShift)
        trend = trend &+ (error &>> trendShift) & trendMask
        spread = spread &+ (((Int64(bitPattern: number) &<< 4) &- spread) &>> 4)
    }
}

/// Distances from a forecast as small numbers: even above, odd below; past twice the forecast the count itself, because
/// no count is negative.
@inline(__always)
private func foldedDistance(of value: UInt64, from forecast: UInt64) -> UInt64 {
    // Without a branch, because above and below come as heads and tails do.
    let distance = Int64(bitPattern: value &- forecast)
    let folded = UInt64(bitPattern: distance &<< 1 ^ distance &>> 63)
    return distance > Int64(bitPattern: forecast) ? value : folded
}

@inline(__always)
private func unfolded(_ number: UInt64, forecast: UInt64) -> UInt64 {
    if number > forecast &* 2 { return number }
    // Without a branch, because even and odd come as heads and tails do.
    return forecast &+ ((number &>> 1) ^ (0 &- (number & 1)))
}
