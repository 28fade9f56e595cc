import TrailModel

/// Cells with any values: sample count, minimum, maximum, the exact sum's components and how the samples are spread, all
/// kept to the last bit.
///
/// Whole numbers, which bytes and counters are, take few bits; others their 64 bits.
struct GeneralCodec {
    /// What of a cell is written.
    private enum Form: UInt64 {
        /// All samples have one value and the sum is value times count.
        case oneValue = 0
        /// The sum is a single double; how the samples are spread is not known.
        case plainSum = 1
        case components = 2
        /// The samples are spread over buckets.
        case buckets = 3
    }

    /// The codes of the numbers of a series, each fitted to it.
    private struct Codes {
        var counts: NumberCode
        var values: NumberCode
        var sums: NumberCode
        /// Of the buckets; written before the first cell that has some.
        var spread: Spread?
    }

    private struct Spread {
        var gaps: NumberCode
        var counts: NumberCode
    }

    /// Far above what an exact sum of doubles can need: 2,100 bits in components of at least one bit.
    private static let componentsMax: UInt64 = 2200

    private let codes: Codes

    /// - Precondition: Every set has samples and finite values, as `StatisticSet` promises.
    init(_ cells: [Block.Cell]) {
        var values: [UInt64] = []
        var sums: [UInt64] = []
        var gaps: [UInt64] = []
        var spreadCounts: [UInt64] = []
        for cell in cells {
            let set = cell.set
            precondition(set.sampleCount > 0, "a cell must hold samples; got \(set.sampleCount)")
            precondition(
                set.minimum.isFinite && set.maximum.isFinite && set.sum.isFinite,
                "a cell's values must be finite; got \(set.minimum), \(set.maximum), \(set.sum)")
            if let whole = wholeNumber(set.minimum) { values.append(whole) }
            switch Self.form(of: set) {
            case .oneValue: break
            case .plainSum, .components, .buckets:
                let spread = BucketSteps(set)
                gaps += spread.gaps
                spreadCounts += spread.counts
                if let whole = wholeNumber(set.maximum) { values.append(whole) }
                sums += canonicalComponents(of: set.exactSum).compactMap(wholeNumber)
            }
        }
        codes = Codes(
            counts: NumberCode.best(for: cells.map { UInt64($0.set.sampleCount) - 1 }),
            values: NumberCode.best(for: values), sums: NumberCode.best(for: sums),
            spread: Spread(gaps: NumberCode.best(for: gaps), counts: NumberCode.best(for: spreadCounts)))
    }

    func encode(_ cells: [Block.Cell], slotCount: Int, into bits: inout some BitSink) {
        bits.append(gamma: UInt64(cells.count))
        bits.append(positions: cells.lazy.map { Int($0.slot) }, count: cells.count, size: slotCount)
        bits.append(code: codes.counts)
        bits.append(code: codes.values)
        bits.append(code: codes.sums)
        var isSpreadTold = false
        for cell in cells {
            let set = cell.set
            let form = Self.form(of: set)
            bits.append(form.rawValue, count: 2)
            if form == .buckets, !isSpreadTold, let spread = codes.spread {
                bits.append(code: spread.gaps)
                bits.append(code: spread.counts)
                isSpreadTold = true
            }
            bits.append(UInt64(set.sampleCount) - 1, code: codes.counts)
            append(set.minimum, code: codes.values, to: &bits)
            if form == .oneValue { continue }
            append(set.maximum, code: codes.values, to: &bits)
            let components = canonicalComponents(of: set.exactSum)
            if form != .plainSum { bits.append(gamma: UInt64(components.count) + 1) }
            for component in components { append(component, code: codes.sums, to: &bits) }
            if form == .buckets, let spread = codes.spread { write(BucketSteps(set), spread, to: &bits) }
        }
    }

    private func write(_ steps: BucketSteps, _ spread: Spread, to bits: inout some BitSink) {
        bits.append(steps.hasZeros ? 1 : 0, count: 1)
        bits.append(gamma: UInt64(steps.gaps.count) + 1)
        for (index, gap) in steps.gaps.enumerated() {
            bits.append(gap, code: spread.gaps)
            if index < steps.counts.count { bits.append(steps.counts[index], code: spread.counts) }
        }
    }

    static func decode(slotCount: Int, from bits: inout BitReader, into cells: inout SeriesCells) -> Bool {
        guard cells.readSlots(slotCount: slotCount, from: &bits),
            let counts = bits.readCode(), let values = bits.readCode(), let sums = bits.readCode()
        else { return false }
        var codes = Codes(counts: counts, values: values, sums: sums)
        for _ in cells.slots {
            guard let set = readSet(&codes, from: &bits), !bits.isOverrun else { return false }
            cells.append(set)
        }
        return true
    }

    private static func readSet(_ codes: inout Codes, from bits: inout BitReader) -> StatisticSet? {
        guard let form = Form(rawValue: bits.read(2)) else { return nil }
        if form == .buckets, codes.spread == nil {
            guard let gaps = bits.readCode(), let counts = bits.readCode() else { return nil }
            codes.spread = Spread(gaps: gaps, counts: counts)
        }
        guard let more = bits.read(code: codes.counts), more < UInt64(Int64.max),
            let minimum = readValue(codes.values, from: &bits)
        else { return nil }
        let count = Int64(more) + 1
        if form == .oneValue {
            let sum = ExactSum(minimum, times: count)
            return sum.rounded.isFinite ? StatisticSet(value: minimum, count: count) : nil
        }
        guard let maximum = readValue(codes.values, from: &bits) else { return nil }
        var componentCount: UInt64 = 1
        if form != .plainSum {
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
        if form == .buckets, let spread = codes.spread {
            guard let buckets = readBuckets(spread, count: count, maximum: maximum, from: &bits),
                let distribution = ValueDistribution(
                    buckets: buckets, sampleCount: count, minimum: minimum, maximum: maximum)
            else { return nil }
            return StatisticSet(
                sampleCount: count, exactSum: sum, minimum: minimum, maximum: maximum, distribution: distribution)
        }
        // Zeros of both signs are one value, though not in their bits; else the first form would have been written.
        if minimum.bitPattern != maximum.bitPattern {
            return StatisticSet(sampleCount: count, exactSum: sum, minimum: minimum, maximum: maximum)
        }
        return StatisticSet(
            sampleCount: count, exactSum: sum, minimum: minimum, maximum: maximum, distribution: .unavailable)
    }

    /// Sorted; `nil` for malformed bits.
    private static func readBuckets(
        _ spread: Spread, count: Int64, maximum: Double, from bits: inout BitReader
    ) -> [ValueBucket]? {
        guard maximum > 0 else { return nil }
        let hasZeros = bits.read(1) == 1
        let steps = bits.readGamma() &- 1
        guard steps <= UInt64(ValueBucket.last - ValueBucket.first) + 1, steps > 0 || hasZeros else { return nil }
        var buckets: [ValueBucket] = []
        var left = count
        var number = Int64(ValueBucket.number(of: maximum)) + 1
        for step in 0..<steps {
            guard !bits.isOverrun, let gap = bits.read(code: spread.gaps),
                gap < UInt64(ValueBucket.last - ValueBucket.first) + 1
            else { return nil }
            number -= Int64(gap) + 1
            guard number >= Int64(ValueBucket.first) else { return nil }
            var samples = left
            if hasZeros || step + 1 < steps {
                guard let less = bits.read(code: spread.counts), less < UInt64(left) else { return nil }
                samples = Int64(less) + 1
            }
            left -= samples
            buckets.append(ValueBucket(number: Int16(number), count: samples))
        }
        if hasZeros { buckets.append(ValueBucket(number: ValueBucket.zero, count: left)) }
        return buckets.reversed()
    }

    private static func form(of set: StatisticSet) -> Form {
        if case .oneValue = set.distribution, set.minimum.bitPattern == set.maximum.bitPattern,
            set.exactSum == ExactSum(set.minimum, times: set.sampleCount)
        {
            return .oneValue
        }
        if !BucketSteps(set).isEmpty { return .buckets }
        return canonicalComponents(of: set.exactSum).count == 1 ? .plainSum : .components
    }
}

/// The buckets of a set as they are written: from the highest down, as steps from the bucket of the maximum.
private struct BucketSteps {
    /// Buckets without samples before each, that of zero apart.
    var gaps: [UInt64] = []
    /// Samples less one of each, but for the last, the zeros among them: it has what the others leave.
    var counts: [UInt64] = []
    var hasZeros = false

    var isEmpty: Bool { gaps.isEmpty && !hasZeros }

    /// Empty when there are none, or one from which more samples were taken than it had.
    init(_ set: StatisticSet) {
        guard case .buckets(let buckets) = set.distribution, buckets.allSatisfy({ $0.count > 0 }),
            buckets.reduce(0, { $0 &+ $1.count }) == set.sampleCount
        else { return }
        var above = Int(ValueBucket.number(of: set.maximum)) + 1
        for bucket in buckets.reversed() {
            counts.append(UInt64(bucket.count) - 1)
            if bucket.number == ValueBucket.zero {
                hasZeros = true
            } else {
                gaps.append(UInt64(above - Int(bucket.number) - 1))
                above = Int(bucket.number)
            }
        }
        _ = counts.popLast()
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
