import Foundation

/// A generator for tests whose whole state is its seed (SplitMix64), so that a failure is a number.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A Poisson number: multiplied uniforms below a mean of 30, sums of smaller means above.
    mutating func poisson(_ mean: Double) -> Int64 {
        if mean > 30 { return poisson(mean / 2) + poisson(mean / 2) }
        let limit = exp(-mean)
        var product = Double.random(in: 0..<1, using: &self)
        var count: Int64 = 0
        while product > limit {
            product *= Double.random(in: 0..<1, using: &self)
            count += 1
        }
        return count
    }
}

/// The traffic of a five-minute slot relative to the day's mean: quiet at night, busy at noon, ±70 %.
func dailyWave(_ slot: Int) -> Double {
    1 - 0.7 * cos(2 * .pi * Double(slot) / 288)
}

func exponent2(_ exponent: Double) -> Double {
    exp2(exponent)
}
