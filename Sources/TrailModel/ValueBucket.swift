/// How many samples have a value of one tenth's width: bucket k holds 1.1^k up to but not 1.1^(k+1).
///
/// The same buckets as CloudWatch's own agent has (amazon-cloudwatch-agent, metric/distribution/seh1): zero alone is in
/// a bucket of its own, and every positive double, however small, in one of the others.
package struct ValueBucket: Hashable, Sendable {
    /// The bucket of zero; it sorts before all others.
    package static let zero = Int16.min
    /// The bucket of the largest double.
    package static let last = Int16(edgeCount - 2) + first
    /// The bucket of the smallest double above 0.
    package static let first: Int16 = -7811

    package let number: Int16
    /// Negative where samples are taken away from a set that this one will be added to.
    package var count: Int64

    package init(number: Int16, count: Int64) {
        self.number = number
        self.count = count
    }

    /// The bucket of a value that is not negative.
    ///
    /// - Complexity: O(1).
    package static func number(of value: Double) -> Int16 {
        guard value > 0 else { return zero }
        let value = min(value, .greatestFiniteMagnitude)
        // log2(1 + x) is above x by 0.09 at most, so that this is the bucket or the one before it.
        let doublings = Double(value.exponent) + (value.significand - 1)
        var index = Int((doublings * bucketsPerDoubling).rounded(.down)) - Int(first)
        index = min(max(index, 0), edgeCount - 2)
        while index > 0, edges[index] > value { index -= 1 }
        while index < edgeCount - 2, edges[index + 1] <= value { index += 1 }
        return Int16(index) + first
    }

    /// The smallest value of the bucket.
    package var lowerEdge: Double { number == Self.zero ? 0 : Self.edges[Int(number) - Int(Self.first)] }
    /// What all values of the bucket are below; of the bucket of zero it is 0 itself.
    package var upperEdge: Double { number == Self.zero ? 0 : Self.edges[Int(number) - Int(Self.first) + 1] }

    package static func isNumber(_ number: Int16) -> Bool {
        number == zero || (first...last).contains(number)
    }

    /// 1 / log2(1.1).
    private static let bucketsPerDoubling = 7.272540897341713
    private static let edgeCount = 7448 + 7811 + 1
    /// The nearest doubles to 1.1^k from ``first`` on; past the largest double it is infinity.
    private static let edges: [Double] = {
        let one = ScaledPower(pair: DoublePair(1), exponent: 0)
        let below = powers(from: one, by: DoublePair(1) / DoublePair(1.1), count: -Int(first))
        let above = powers(from: one, by: DoublePair(1.1), count: edgeCount - 1 + Int(first))
        return below.reversed() + [1] + above
    }()

    /// A power that is kept between 1 and 2, so that its second half is never too small for a double.
    private struct ScaledPower {
        var pair: DoublePair
        var exponent: Int
    }

    private static func powers(from start: ScaledPower, by factor: DoublePair, count: Int) -> [Double] {
        var power = start
        return (0..<count).map { _ in
            power.pair = power.pair * factor
            let step = power.pair.high >= 2 ? -1 : power.pair.high < 1 ? 1 : 0
            let scale = Double(sign: .plus, exponent: step, significand: 1)
            power.pair = DoublePair(high: power.pair.high * scale, low: power.pair.low * scale)
            power.exponent -= step
            return Double(sign: .plus, exponent: power.exponent, significand: power.pair.high)
        }
    }
}

extension [ValueBucket] {
    /// Adds the samples of one bucket to these, which are sorted by number; one that has none left is taken out.
    mutating func add(_ bucket: ValueBucket) {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].number < bucket.number { low = middle + 1 } else { high = middle }
        }
        if low < count, self[low].number == bucket.number {
            // Wrapping, since counts that a damaged journal names may be anything.
            self[low].count &+= bucket.count
            if self[low].count == 0 { remove(at: low) }
        } else if bucket.count != 0 {
            insert(bucket, at: low)
        }
    }

    mutating func add(_ others: [ValueBucket]) {
        guard others.count > 4 else {
            for bucket in others { add(bucket) }
            return
        }
        var result: [ValueBucket] = []
        result.reserveCapacity(count + others.count)
        var rest = self[...]
        for other in others {
            while let next = rest.first, next.number < other.number {
                result.append(next)
                rest.removeFirst()
            }
            guard var same = rest.first, same.number == other.number else {
                result.append(other)
                continue
            }
            rest.removeFirst()
            same.count &+= other.count
            if same.count != 0 { result.append(same) }
        }
        result += rest
        self = result
    }
}
