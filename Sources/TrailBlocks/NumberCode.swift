extension NumberCode {
    /// A code for `values` that is the smallest or within a hundredth of it.
    ///
    /// Both kinds cost least near one parameter, which the mean and the median show, and more the farther from it: the
    /// parameters beside it are tried until they cost more.
    ///
    /// - Complexity: O(values) for each of about six codes.
    static func best(for values: [UInt64]) -> NumberCode {
        guard let largest = values.max() else { return NumberCode(isRice: true, parameter: 0) }
        let parameterMax = min(64 - largest.leadingZeroBitCount, IntegerCodes.parameterMax)
        let rice = climb(from: min(riceParameter(of: values), parameterMax), through: parameterMax) { parameter in
            ownBits(parameter) + riceBits(of: values, parameter: parameter)
        }
        if rice.parameter == 0 && rice.bits <= ownBits(0) + values.count {
            return NumberCode(isRice: true, parameter: 0)
        }
        let golomb = climb(from: min(medianWidth(of: values), parameterMax), through: parameterMax) { parameter in
            ownBits(parameter) + golombBits(of: values, parameter: parameter)
        }
        return rice.bits <= golomb.bits
            ? NumberCode(isRice: true, parameter: rice.parameter)
            : NumberCode(isRice: false, parameter: golomb.parameter)
    }

    /// The bits that `values` take, the code's own included.
    func bitCount(of values: [UInt64]) -> Int {
        let more =
            isRice ? Self.riceBits(of: values, parameter: parameter) : Self.golombBits(of: values, parameter: parameter)
        return Self.ownBits(parameter) + more
    }

    /// What ``BitSink/append(code:)`` writes.
    private static func ownBits(_ parameter: Int) -> Int {
        2 * width(UInt64(parameter) + 1)
    }

    /// Walks down, then up, while the costs do not rise.
    private static func climb(
        from start: Int, through parameterMax: Int, _ bits: (Int) -> Int
    ) -> (parameter: Int, bits: Int) {
        var best = (parameter: start, bits: bits(start))
        for step in [-1, 1] {
            var parameter = start + step
            while parameter >= 0 && parameter <= parameterMax {
                let next = bits(parameter)
                guard next <= best.bits else { break }
                // Of equals the lowest.
                if next < best.bits || parameter < best.parameter { best = (parameter, next) }
                parameter += step
            }
        }
        return best
    }

    /// Kiely's rule for a geometric law of the mean of `values`, as for gaps.
    private static func riceParameter(of values: [UInt64]) -> Int {
        var sum: UInt64 = 0
        for value in values {
            // Sums past 2^63 say nothing more: such lists take the other code.
            let (next, isOver) = sum.addingReportingOverflow(value)
            if isOver { return IntegerCodes.parameterMax }
            sum = next
        }
        let mean = sum / UInt64(values.count)
        let rest = sum % UInt64(values.count) * 2 >= UInt64(values.count)
        // 0.4812 (mean + 0.5), by halves.
        let scaled = (mean >> 1) + (mean & 1 == 1 || rest ? 1 : 0)
        return width(scaled)
    }

    private static func medianWidth(of values: [UInt64]) -> Int {
        var counts = InlineArray<65, Int>(repeating: 0)
        for value in values { counts[width(value)] += 1 }
        var passed = 0
        for width in 0..<65 {
            passed += counts[width]
            if passed * 2 >= values.count { return max(width - 1, 0) }
        }
        return 0
    }

    private static func riceBits(of values: [UInt64], parameter: Int) -> Int {
        var bits = values.count &* (parameter &+ 1)
        for value in values {
            let quotient = value &>> UInt64(parameter)
            if quotient < UInt64(IntegerCodes.riceQuotientMax) {
                bits &+= Int(truncatingIfNeeded: quotient)
            } else {
                // Twenty zeros without a one, then the other code of what is left.
                bits &+=
                    IntegerCodes.riceQuotientMax &- 2 &+ 2
                    &* width(quotient &- UInt64(IntegerCodes.riceQuotientMax) &+ 1)
            }
        }
        return bits
    }

    private static func golombBits(of values: [UInt64], parameter: Int) -> Int {
        var bits = values.count &* (parameter &- 1)
        for value in values { bits &+= 2 &* width((value &>> UInt64(parameter)) &+ 1) }
        return bits
    }
}

@inline(__always)
private func width(_ value: UInt64) -> Int {
    64 &- value.leadingZeroBitCount
}
