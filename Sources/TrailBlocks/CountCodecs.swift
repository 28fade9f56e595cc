import TrailModel

/// Counts in few slots: where they are, which of them are more than one, and by how much.
///
/// Most series of a trail are like this: an API called now and then, mostly once in a slot.
struct SparseCountCodec {
    private let slots: [Int]
    /// Places in `slots` of the counts above 1.
    private let repeated: [Int]
    /// What those counts have above 2.
    private let excess: [UInt64]
    private let code: NumberCode

    init(slots: [Int], counts: [UInt64]) {
        self.slots = slots
        repeated = counts.indices.filter { counts[$0] > 1 }
        excess = repeated.map { counts[$0] - 2 }
        code = NumberCode.best(for: excess)
    }

    func encode(slotCount: Int, into bits: inout some BitSink) {
        bits.append(gamma: UInt64(slots.count))
        bits.append(positions: slots, count: slots.count, size: slotCount)
        bits.append(gamma: UInt64(repeated.count) + 1)
        guard !repeated.isEmpty else { return }
        bits.append(positions: repeated, count: repeated.count, size: slots.count)
        bits.append(code: code)
        for value in excess { bits.append(value, code: code) }
    }

    static func decode(slotCount: Int, from bits: inout BitReader, into cells: inout SeriesCells) -> Bool {
        guard cells.readSlots(slotCount: slotCount, from: &bits) else { return false }
        cells.fillCounts()
        let repeatedCount = bits.readGamma() &- 1
        guard repeatedCount > 0 else { return true }
        var repeated: [UInt16] = []
        guard repeatedCount <= UInt64(cells.slots.count),
            bits.readPositions(count: Int(repeatedCount), size: cells.slots.count, into: &repeated),
            let code = bits.readCode()
        else { return false }
        for place in repeated {
            guard let excess = bits.read(code: code), excess <= UInt64(Int64.max) - 2 else { return false }
            cells.setCount(Int64(excess) + 2, at: Int(place))
        }
        return true
    }
}

/// Counts in nearly every slot, each coded as its distance from what the slots before it let expect.
struct DenseCountCodec {
    /// Larger counts leave the range in which the forecast's arithmetic is exact.
    static let countMax: UInt64 = 1 << 40

    private let values: [UInt64]
    private let model: CountModel

    /// The smallest setting of the codec if it is smaller than `limit` bits.
    static func best(slots: [Int], counts: [UInt64], slotCount: Int, under limit: Int) -> DenseCountCodec? {
        // A slot costs at least one bit.
        guard limit > slotCount, let largest = counts.max(), largest <= countMax else { return nil }
        var values = [UInt64](repeating: 0, count: slotCount)
        for (slot, count) in zip(slots, counts) { values[slot] = count }
        // What a slot without a forecast would expect: the mean of the first few.
        let early = values.prefix(8)
        let start = early.reduce(0, +) / UInt64(early.count)
        var best: DenseCountCodec?
        var bestBits = limit
        for setting in UInt64(0)...CountModel.settingMax {
            let codec = DenseCountCodec(values: values, model: CountModel(start: start, setting: setting))
            var counter = BitCounter()
            codec.encode(into: &counter)
            if counter.bitCount < bestBits {
                bestBits = counter.bitCount
                best = codec
            }
        }
        return best
    }

    func encode(into bits: inout some BitSink) {
        bits.append(model.setting, count: 3)
        bits.append(gamma: model.start + 1)
        var model = model
        for value in values {
            let forecast = model.forecast
            let number = foldedDistance(of: value, from: forecast)
            bits.append(rice: number, parameter: model.riceParameter)
            model.learn(value: value, number: number)
        }
    }

    static func decode(slotCount: Int, from bits: inout BitReader, into cells: inout SeriesCells) -> Bool {
        let setting = bits.read(3)
        let start = bits.readGamma() &- 1
        guard start <= countMax else { return false }
        var model = CountModel(start: start, setting: setting)
        var reader = bits
        defer { bits = reader }
        return cells.readEverySlot(slotCount: slotCount) {
            guard let number = reader.readRice(parameter: model.riceParameter), number <= 2 * countMax else {
                return nil
            }
            let value = unfolded(number, forecast: model.forecast)
            guard value <= countMax else { return nil }
            model.learn(value: value, number: number)
            return value
        }
    }
}

/// Forecasts the next count from those before it, in integers alone so that every machine forecasts the same.
///
/// Holt's linear smoothing: a level and, in half of the settings, a trend, in 256ths. The Rice parameter follows the
/// running mean of the distances coded so far.
struct CountModel {
    static let settingMax: UInt64 = 7

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
        return UInt64(min(max(expected, 0), Int64(DenseCountCodec.countMax)))
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
    if value >= forecast {
        let distance = value &- forecast
        return distance <= forecast ? distance &* 2 : value
    }
    return (forecast &- value) &* 2 &- 1
}

@inline(__always)
private func unfolded(_ number: UInt64, forecast: UInt64) -> UInt64 {
    if number > forecast &* 2 { return number }
    // Without a branch, because even and odd come as heads and tails do.
    return forecast &+ ((number &>> 1) ^ (0 &- (number & 1)))
}
