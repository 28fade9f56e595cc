import Testing
import TrailModel

/// Doubles whose sums are hard: huge, tiny, cancelling, with ties.
enum Kind: String, CaseIterable, CustomTestStringConvertible {
    case counts, fractions, anyExponent, cancelling, ties, tiny

    var testDescription: String { rawValue }

    func values(using random: inout SeededGenerator) -> [Double] {
        let count = Int.random(in: 1...60, using: &random)
        var values = (0..<count).map { _ in value(using: &random) }
        if self == .cancelling { values += values.dropFirst(count / 3).map { -$0 } }
        return values
    }

    private func value(using random: inout SeededGenerator) -> Double {
        let unit = Double.random(in: -1...1, using: &random)
        switch self {
        case .counts: return Double(Int.random(in: 0...1000, using: &random))
        case .fractions: return unit
        case .anyExponent, .cancelling: return unit * power(Int.random(in: -400...360, using: &random))
        case .ties:
            // Halves of the last place of 2^53 and what tips them.
            return [0x1p53, 1, 0x1p-60, -0x1p-60, 0x1p53, 2, 3].randomElement(using: &random) ?? 1
        case .tiny: return unit * power(-1040)
        }
    }
}

func power(_ exponent: Int) -> Double {
    exponent < -1022
        ? Double(sign: .plus, exponent: -1022, significand: 1)
            * Double(sign: .plus, exponent: exponent + 1022, significand: 1)
        : Double(sign: .plus, exponent: exponent, significand: 1)
}

/// The same sum in whole numbers: a fixed-point number of 2^-1074 steps in 64-bit limbs, rounded by hand.
struct FixedPoint {
    /// 1074 bits behind the point, 1024 before it and room for carries.
    private var limbs = [UInt64](repeating: 0, count: 36)

    /// Adds `value` in two's complement.
    mutating func add(_ value: Double) {
        guard value != 0 else { return }
        let isSubnormal = value.exponentBitPattern == 0
        let significand = value.significandBitPattern | (isSubnormal ? 0 : 1 << 52)
        let shift = isSubnormal ? 0 : Int(value.exponentBitPattern) - 1
        let low = significand << UInt64(shift % 64)
        let high = shift % 64 == 0 ? 0 : significand >> UInt64(64 - shift % 64)
        var carry: UInt64 = 0
        for index in (shift / 64)..<limbs.count {
            let part = index == shift / 64 ? low : index == shift / 64 + 1 ? high : 0
            if value > 0 {
                let (sum, first) = limbs[index].addingReportingOverflow(part)
                let (total, second) = sum.addingReportingOverflow(carry)
                limbs[index] = total
                carry = first || second ? 1 : 0
            } else {
                let (rest, first) = limbs[index].subtractingReportingOverflow(part)
                let (total, second) = rest.subtractingReportingOverflow(carry)
                limbs[index] = total
                carry = first || second ? 1 : 0
            }
        }
    }

    /// Rounded to nearest, ties to even.
    var rounded: Double {
        var magnitude = limbs
        let isNegative = magnitude[magnitude.count - 1] >> 63 == 1
        if isNegative {
            var carry: UInt64 = 1
            for index in magnitude.indices {
                let (sum, overflow) = (~magnitude[index]).addingReportingOverflow(carry)
                magnitude[index] = sum
                carry = overflow ? 1 : 0
            }
        }
        func bit(_ place: Int) -> UInt64 { place < 0 ? 0 : magnitude[place / 64] >> UInt64(place % 64) & 1 }
        guard let top = (0..<(magnitude.count * 64)).last(where: { bit($0) == 1 }) else { return 0 }
        let lowest = max(0, top - 52)
        var significand: UInt64 = 0
        for place in stride(from: top, through: lowest, by: -1) { significand = significand << 1 | bit(place) }
        if lowest > 0, bit(lowest - 1) == 1 {
            let isTie = !(0..<(lowest - 1)).contains { bit($0) == 1 }
            if !isTie || significand & 1 == 1 { significand += 1 }
        }
        // Exact: at most 2^53 times a power of two, in two steps because 2^-1074 is subnormal.
        let result = Double(significand) * power(lowest / 2 - 537) * power(lowest - lowest / 2 - 537)
        return isNegative ? -result : result
    }
}

@Suite struct ExactSumTests {
    @Test(arguments: Kind.allCases, UInt64(1)...25)
    func `any order and grouping reads as the sum in whole numbers`(kind: Kind, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var values = kind.values(using: &random)
        var reference = FixedPoint()
        for value in values { reference.add(value) }
        let want = reference.rounded

        var plain = ExactSum()
        for value in values { plain.add(value) }
        #expect(plain.rounded == want, "seed \(seed)")

        values.shuffle(using: &random)
        var groups = values.map { ExactSum($0) }
        while groups.count > 1 {
            let one = groups.remove(at: Int.random(in: 0..<groups.count, using: &random))
            let other = Int.random(in: 0..<groups.count, using: &random)
            groups[other].add(one)
        }
        #expect(groups[0].rounded == want, "seed \(seed)")
        #expect(groups[0] == plain && groups[0].hashValue == plain.hashValue, "seed \(seed)")
        #expect(ExactSum(components: plain.components) == plain, "seed \(seed)")
        #expect(ExactSum(components: plain.components.reversed()) == plain, "seed \(seed)")
    }

    @Test(
        arguments: [
            ([], 0), ([0x1p53, 1], 0x1p53), ([0x1p53, 1, 0x1p-60], 0x1p53 + 2), ([0x1p53, 1, -0x1p-60], 0x1p53),
            ([0x1p53, 3], 0x1p53 + 4), ([1e300, 1, -1e300], 1), ([0.1, 0.2, 0.3], 0.6), ([0.1, 0.2, -0.3], 0x1p-55),
            ([1, 0x1p-53], 1), ([1, 0x1p-53, 0x1p-1074], 1 + 0x1p-52), ([-1, -0x1p-53, -0x1p-1074], -1 - 0x1p-52),
        ] as [([Double], Double)])
    func `hard sums are rounded once`(values: [Double], want: Double) {
        var reference = FixedPoint()
        for value in values { reference.add(value) }
        var sum = ExactSum()
        for value in values { sum.add(value) }
        #expect(reference.rounded == sum.rounded)
        // 0.1 + 0.2 - 0.3 is not 0: the three doubles are not the decimals.
        if want != 0x1p-55 { #expect(sum.rounded == want) } else { #expect(sum.rounded > 0) }
    }

    @Test(arguments: [1, 2, 3, 1 << 31, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, (1 << 62) + 12_345, .max] as [Int64])
    func `a value times a count is exact`(count: Int64) {
        for value in [1, 0.1, -3.7, 1e-300, 0x1p360, .leastNonzeroMagnitude] as [Double] {
            // By doubling and adding, in whole numbers.
            var want = ExactSum()
            var part = ExactSum(value)
            var rest = count
            while rest > 0 {
                if rest & 1 == 1 { want.add(part) }
                part.add(part)
                rest >>= 1
            }
            #expect(ExactSum(value, times: count) == want, "\(value)")
        }
    }

    @Test func `sums that cancel are nothing`() {
        var sum = ExactSum(0.1)
        sum.add(1e200)
        sum.add(-0.1)
        sum.add(-1e200)
        #expect(sum == ExactSum() && sum.components.isEmpty && sum.rounded == 0)
        #expect(ExactSum(1) != ExactSum(1 + 0x1p-52))
    }
}

@Suite struct StatisticSetTests {
    @Test(arguments: UInt64(1)...30)
    func `sets add up in any order`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var sets = (0..<40).map { _ in
            StatisticSet(
                value: Double.random(in: -1e6...1e6, using: &random), count: Int64.random(in: 1...9, using: &random))
        }
        var first = sets[0]
        for set in sets.dropFirst() { first.add(set) }
        sets.shuffle(using: &random)
        var second = sets[0]
        for set in sets.dropFirst() { second.add(set) }
        #expect(first == second, "seed \(seed)")
        #expect(first.sampleCount == sets.reduce(0) { $0 + $1.sampleCount })
        #expect(first.minimum == sets.map(\.minimum).min() && first.maximum == sets.map(\.maximum).max())
    }

    @Test func `statistics are CloudWatch's`() {
        var set = StatisticSet(value: 1, count: 3)
        #expect(set.isCount && set.sum == 3)
        set.add(StatisticSet(value: 6))
        #expect(!set.isCount)
        let want: [Statistic: Double] = [.sampleCount: 4, .sum: 9, .average: 2.25, .minimum: 1, .maximum: 6]
        for statistic in Statistic.allCases { #expect(set.value(of: statistic) == want[statistic]) }
    }

    @Test func `a set without samples is a programmer error`() async {
        await #expect(processExitsWith: .failure) { _ = StatisticSet(value: 1, count: 0) }
    }
}
