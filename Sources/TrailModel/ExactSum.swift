/// A sum of doubles without rounding: any order of the same additions reads as the same double.
///
/// It is kept as a non-overlapping expansion (Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997).
/// Partial sums must stay finite; values are limited to ±2^360 where they enter (CloudWatch's own limit), so that
/// no number of samples that fits a store can overflow.
package struct ExactSum: Sendable {
    /// CloudWatch's limit for a value (API reference, MetricDatum).
    package static let magnitudeMax = 0x1p360

    private var head: Double
    /// Smaller components; empty for the integers below 2^53 that nearly all sums are, so that they need no heap.
    private var tail: [Double]

    package init() {
        head = 0
        tail = []
    }

    package init(_ value: Double, times count: Int64 = 1) {
        head = 0
        tail = []
        let factor = Double(count)
        if Int64(exactly: factor) == count {
            let product = value * factor
            add(product)
            let error = (-product).addingProduct(value, factor)
            if error != 0 { add(error) }
        } else {
            // A count of more than 53 bits: both parts below have fewer.
            let low = count & 0xFFFF_FFFF
            add(ExactSum(value, times: count - low))
            add(ExactSum(value, times: low))
        }
    }

    /// The components, none overlapping another, smallest first; the value is their sum.
    package var components: [Double] {
        tail.isEmpty ? (head == 0 ? [] : [head]) : tail + [head]
    }

    package init(components: [Double]) {
        self.init()
        for component in components { add(component) }
    }

    package mutating func add(_ value: Double) {
        if tail.isEmpty {
            let (sum, error) = twoSum(head, value)
            head = sum
            if error != 0 { tail = [error] }
            return
        }
        var grown: [Double] = []
        grown.reserveCapacity(tail.count + 2)
        var carry = value
        for component in tail + [head] {
            let (sum, error) = twoSum(carry, component)
            if error != 0 { grown.append(error) }
            carry = sum
        }
        head = carry
        tail = grown
        if head == 0, let last = tail.popLast() { head = last }
    }

    package mutating func add(_ other: ExactSum) {
        for component in other.tail { add(component) }
        add(other.head)
    }

    /// The sum, rounded once to the nearest double, ties to even.
    package var rounded: Double {
        guard !tail.isEmpty else { return head }
        var parts = components
        var sum = parts.removeLast()
        var error = 0.0
        while let next = parts.popLast() {
            (sum, error) = twoSum(sum, next)
            if error != 0 { break }
        }
        // A remainder of exactly half a unit is decided by the sign of what follows it.
        if let next = parts.last, (error < 0 && next < 0) || (error > 0 && next > 0) {
            let doubled = error * 2
            let nudged = sum + doubled
            if doubled == nudged - sum { sum = nudged }
        }
        return sum
    }
}

extension ExactSum: Hashable {
    /// Two sums are equal when their exact values are; components may differ.
    package static func == (left: ExactSum, right: ExactSum) -> Bool {
        if left.tail.isEmpty && right.tail.isEmpty { return left.head == right.head }
        var difference = left
        for component in right.components { difference.add(-component) }
        return difference.components.isEmpty
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(rounded)
    }
}

/// The rounded sum of two doubles and what rounding left out, by Knuth's branch-free form.
private func twoSum(_ left: Double, _ right: Double) -> (sum: Double, error: Double) {
    let sum = left + right
    let rightPart = sum - left
    let leftPart = sum - rightPart
    return (sum, (left - leftPart) + (right - rightPart))
}
