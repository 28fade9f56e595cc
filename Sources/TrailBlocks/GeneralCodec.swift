import TrailModel

/// Cells with any values: sample count, minimum, maximum and the exact sum's components, all kept to the last bit.
///
/// Whole numbers, which bytes and counters are, take few bits; others their 64 bits.
struct GeneralCodec {
    /// What of a cell is written.
    private enum Form: UInt64 {
        /// All samples have one value and the sum is value times count.
        case oneValue = 0
        /// The sum is a single double.
        case plainSum = 1
        case components = 2
    }

    /// The codes of the numbers of a series, each fitted to it.
    private struct Codes {
        var counts: NumberCode
        var values: NumberCode
        var sums: NumberCode
    }

    /// Far above what an exact sum of doubles can need: 2,100 bits in components of at least one bit.
    private static let componentsMax: UInt64 = 2200

    private let codes: Codes

    /// - Precondition: Every set has samples and finite values, as `StatisticSet` promises.
    init(_ cells: [Block.Cell]) {
        var values: [UInt64] = []
        var sums: [UInt64] = []
        for cell in cells {
            let set = cell.set
            precondition(set.sampleCount > 0, "a cell must hold samples; got \(set.sampleCount)")
            precondition(
                set.minimum.isFinite && set.maximum.isFinite && set.sum.isFinite,
                "a cell's values must be finite; got \(set.minimum), \(set.maximum), \(set.sum)")
            if let whole = wholeNumber(set.minimum) { values.append(whole) }
            switch Self.form(of: set) {
            case .oneValue: break
            case .plainSum, .components:
                if let whole = wholeNumber(set.maximum) { values.append(whole) }
                sums += canonicalComponents(of: set.exactSum).compactMap(wholeNumber)
            }
        }
        codes = Codes(
            counts: NumberCode.best(for: cells.map { UInt64($0.set.sampleCount) - 1 }),
            values: NumberCode.best(for: values), sums: NumberCode.best(for: sums))
    }

    func encode(_ cells: [Block.Cell], slotCount: Int, into bits: inout some BitSink) {
        bits.append(gamma: UInt64(cells.count))
        bits.append(positions: cells.lazy.map { Int($0.slot) }, count: cells.count, size: slotCount)
        bits.append(code: codes.counts)
        bits.append(code: codes.values)
        bits.append(code: codes.sums)
        for cell in cells {
            let set = cell.set
            let form = Self.form(of: set)
            bits.append(form.rawValue, count: 2)
            bits.append(UInt64(set.sampleCount) - 1, code: codes.counts)
            append(set.minimum, code: codes.values, to: &bits)
            if form == .oneValue { continue }
            append(set.maximum, code: codes.values, to: &bits)
            let components = canonicalComponents(of: set.exactSum)
            if form == .components { bits.append(gamma: UInt64(components.count) + 1) }
            for component in components { append(component, code: codes.sums, to: &bits) }
        }
    }

    static func decode(slotCount: Int, from bits: inout BitReader, into cells: inout SeriesCells) -> Bool {
        guard cells.readSlots(slotCount: slotCount, from: &bits),
            let counts = bits.readCode(), let values = bits.readCode(), let sums = bits.readCode()
        else { return false }
        let codes = Codes(counts: counts, values: values, sums: sums)
        for _ in cells.slots {
            guard let set = readSet(codes, from: &bits), !bits.isOverrun else { return false }
            cells.append(set)
        }
        return true
    }

    private static func readSet(_ codes: Codes, from bits: inout BitReader) -> StatisticSet? {
        guard let form = Form(rawValue: bits.read(2)), let more = bits.read(code: codes.counts),
            more < UInt64(Int64.max), let minimum = readValue(codes.values, from: &bits)
        else { return nil }
        let count = Int64(more) + 1
        if form == .oneValue {
            let sum = ExactSum(minimum, times: count)
            return sum.rounded.isFinite ? StatisticSet(value: minimum, count: count) : nil
        }
        guard let maximum = readValue(codes.values, from: &bits) else { return nil }
        var componentCount: UInt64 = 1
        if form == .components {
            componentCount = bits.readGamma() &- 1
            guard componentCount <= componentsMax else { return nil }
        }
        var components: [Double] = []
        for _ in 0..<componentCount {
            guard let component = readValue(codes.sums, from: &bits) else { return nil }
            components.append(component)
        }
        let sum = ExactSum(components: components)
        guard sum.components.allSatisfy(\.isFinite) else { return nil }
        return StatisticSet(sampleCount: count, exactSum: sum, minimum: minimum, maximum: maximum)
    }

    private static func form(of set: StatisticSet) -> Form {
        if set.minimum.bitPattern == set.maximum.bitPattern,
            set.exactSum == ExactSum(set.minimum, times: set.sampleCount)
        {
            return .oneValue
        }
        return canonicalComponents(of: set.exactSum).count == 1 ? .plainSum : .components
    }
}

/// The one way to write a sum: its rounded value, then that of what is left, and so on, so that equal sums have equal
/// bytes whatever the order they were added in.
private func canonicalComponents(of sum: ExactSum) -> [Double] {
    if sum.components.count <= 1 { return sum.components }
    var components: [Double] = []
    var rest = sum
    while !rest.components.isEmpty {
        let next = rest.rounded
        components.append(next)
        rest.add(-next)
    }
    return components
}

/// A double that is a whole number below 2^53 in magnitude, as an unsigned number; `nil` for others and for -0.
private func wholeNumber(_ value: Double) -> UInt64? {
    guard value.magnitude < 0x1p53, value == value.rounded(.towardZero), value.bitPattern != (-0.0).bitPattern else {
        return nil
    }
    return zigzag(Int64(value))
}

private func append(_ value: Double, code: NumberCode, to bits: inout some BitSink) {
    if let whole = wholeNumber(value) {
        bits.append(1, count: 1)
        bits.append(whole, code: code)
    } else {
        bits.append(0, count: 1)
        bits.append(value.bitPattern, count: 64)
    }
}

/// `nil` for numbers that no encoder wrote: not finite, or written the long way.
private func readValue(_ code: NumberCode, from bits: inout BitReader) -> Double? {
    if bits.read(1) == 1 {
        guard let whole = bits.read(code: code) else { return nil }
        let value = Double(unzigzag(whole))
        return value.magnitude < 0x1p53 ? value : nil
    }
    let value = Double(bitPattern: bits.readLong(64))
    return value.isFinite ? value : nil
}
