// The standard library has no logarithms and powers, and core targets import nothing else. These are computed with
// more than 60 bits and rounded once, so that they are the nearest double but for cases too close to call: LOG10(1000)
// is 3, 3^2 is 9.

/// The natural logarithm; NaN for what is not positive.
package func naturalLogarithm(_ value: Double) -> Double {
    value > 0 && value.isFinite ? logarithm(value).high : .nan
}

/// The logarithm to base 10; NaN for what is not positive.
package func decimalLogarithm(_ value: Double) -> Double {
    value > 0 && value.isFinite ? (logarithm(value) * DoublePair.inverseOfLog10).high : .nan
}

/// The base to the power; NaN for a negative power of 0 (a division by 0) and a broken power of a negative number.
package func raised(_ base: Double, to exponent: Double) -> Double {
    if exponent == 0 || base == 1 { return 1 }
    guard base != 0 else { return exponent > 0 ? 0 : .nan }
    let isWhole = exponent.rounded(.down) == exponent
    guard base > 0 || isWhole else { return .nan }
    let logarithm = logarithm(base.magnitude)
    // What overflows or vanishes is told apart first, since the product below must stay finite.
    let estimate = logarithm.high * exponent
    let power = estimate > 710 ? .infinity : estimate < -746 ? 0 : exponential(logarithm * DoublePair(exponent))
    // From 2^53 on every double is even.
    let isOdd = exponent.magnitude < 0x1p53 && Int64(exponent) % 2 != 0
    return base < 0 && isOdd ? -power : power
}

/// A number of about 100 bits: the sum of two doubles, the second below half a unit of the first.
struct DoublePair {
    var high: Double
    var low: Double

    static let log2 = DoublePair(high: 0x1.62e42fefa39efp-1, low: 0x1.abc9e3b39803fp-56)
    static let inverseOfLog10 = DoublePair(1) / (logarithm(10))
    /// 2/1, 2/3, 2/5, 2/7: the first terms of the series of the logarithm.
    static let logTerms = [1.0, 3, 5, 7].map { DoublePair(2) / DoublePair($0) }
    /// 1/n! for the exponential function.
    static let inverseFactorials: [DoublePair] = (1...13).reduce(into: [DoublePair(1)]) { terms, number in
        terms.append(terms[number - 1] / DoublePair(Double(number)))
    }

    init(high: Double, low: Double) {
        self.high = high
        self.low = low
    }

    init(_ value: Double) {
        self.init(high: value, low: 0)
    }

    /// The exact sum of two doubles.
    init(sum first: Double, _ second: Double) {
        high = first + second
        let back = high - first
        low = (first - (high - back)) + (second - back)
    }

    static func + (left: DoublePair, right: DoublePair) -> DoublePair {
        let sum = DoublePair(sum: left.high, right.high)
        return DoublePair(sum: sum.high, sum.low + (left.low + right.low))
    }

    static func * (left: DoublePair, right: DoublePair) -> DoublePair {
        let product = left.high * right.high
        let error = (-product).addingProduct(left.high, right.high)
        return DoublePair(sum: product, error + (left.high * right.low + left.low * right.high))
    }

    static func / (left: DoublePair, right: DoublePair) -> DoublePair {
        let quotient = left.high / right.high
        let rest = left + DoublePair(-quotient) * right
        return DoublePair(sum: quotient, rest.high / right.high)
    }
}

/// By log(2^k m) = k log 2 + 2 artanh((m - 1) / (m + 1)) with m between √½ and √2; `value` is positive and finite.
private func logarithm(_ value: Double) -> DoublePair {
    var exponent = Double(value.exponent)
    var fraction = value.significand
    if fraction > 0x1.6a09e667f3bcdp0 {
        fraction /= 2
        exponent += 1
    }
    let ratio = DoublePair(fraction - 1) / DoublePair(sum: fraction, 1)
    let square = ratio * ratio
    // Terms from the ninth power on are below 2^-20 of the result: one double is enough for them.
    var tail = 0.0
    for power in stride(from: 37.0, through: 9, by: -2) { tail = tail * square.high + 2 / power }
    var series = DoublePair(tail)
    for term in DoublePair.logTerms.reversed() { series = series * square + term }
    return DoublePair.log2 * DoublePair(exponent) + series * ratio
}

/// By exp(x) = 2^k exp(r / 16)^16; `value` is between -747 and 711.
private func exponential(_ value: DoublePair) -> Double {
    let exponent = (value.high / DoublePair.log2.high).rounded()
    let rest = value + DoublePair.log2 * DoublePair(-exponent)
    let part = DoublePair(high: rest.high / 16, low: rest.low / 16)
    var result = DoublePair(0)
    for term in DoublePair.inverseFactorials.reversed() { result = result * part + term }
    for _ in 0..<4 { result = result * result }
    return Double(sign: .plus, exponent: Int(exponent), significand: result.high)
}
