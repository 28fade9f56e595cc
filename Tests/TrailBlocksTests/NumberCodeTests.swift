import Testing

@testable import TrailBlocks

@Suite struct NumberCodeTests {
    @Test(arguments: UInt64(1)...6)
    func `the code of a list is within a hundredth of the best one`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<15 {
            let law = Int.random(in: 0..<5, using: &random)
            let scale = UInt64(1) << UInt64.random(in: 0..<(law == 4 ? 62 : 30), using: &random)
            let values = (0..<Int.random(in: 1...120, using: &random)).map { _ -> UInt64 in
                switch law {
                case 0: UInt64(random.poisson(3))
                case 1: .random(in: 0..<scale, using: &random)
                // Heavy tails: the width itself is even.
                case 2, 4: .random(in: 0...(scale >> UInt64.random(in: 0..<60, using: &random)), using: &random)
                default: Int.random(in: 0..<9, using: &random) == 0 ? scale : 0
                }
            }
            var least = Int.max
            for parameter in 0...(64 - (values.max() ?? 0).leadingZeroBitCount) {
                for isRice in [true, false] {
                    let code = NumberCode(isRice: isRice, parameter: parameter)
                    var counter = BitCounter()
                    counter.append(code: code)
                    for value in values { counter.append(value, code: code) }
                    #expect(counter.bitCount == code.bitCount(of: values))
                    least = min(least, counter.bitCount)
                }
            }
            let got = NumberCode.best(for: values).bitCount(of: values)
            #expect(got <= least + max(least / 100, 1), "seed \(seed), law \(law)")
        }
    }
}
