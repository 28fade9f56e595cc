import TrailModel

/// A result that is not finite is no datapoint.
func finite(_ value: Double) -> Double { value.isFinite ? value : .nan }

extension MathSeries {
    /// The same on every datapoint.
    func mapValues(_ transform: (Double) -> Double) -> MathSeries {
        mapSlots { _, value in value.isNaN ? .nan : transform(value) }
    }

    /// The same on every slot, the missing ones included, which are NaN.
    func mapSlots(_ transform: (Int, Double) -> Double) -> MathSeries {
        MathSeries(label: label, slotValues: values.indices.map { finite(transform($0, values[$0])) })
    }

    /// From every datapoint but the first: how many slots back the previous one is, and the value's difference to it.
    func mapPairs(_ transform: (Int, Double) -> Double) -> MathSeries {
        var previous: Int?
        return mapSlots { slot, value in
            if value.isNaN { return .nan }
            defer { previous = slot }
            return previous.map { transform(slot - $0, value - values[$0]) } ?? .nan
        }
    }

    func runningSum() -> MathSeries {
        var sum = 0.0
        return mapValues { value in
            sum += value
            return sum
        }
    }

    /// A gap takes the last value before it; one at the start stays.
    func filledWithLast() -> MathSeries {
        var last = Double.nan
        return mapSlots { _, value in
            if !value.isNaN { last = value }
            return last
        }
    }

    /// A gap takes the straight line between its ends; one at the start or the end of the range stays.
    func filledWithLine() -> MathSeries {
        var result = self
        var before: Int?
        for slot in values.indices where !values[slot].isNaN {
            if let before, slot - before > 1 {
                for gap in (before + 1)..<slot {
                    let part = Double(gap - before) / Double(slot - before)
                    // Weights instead of a difference, which could overflow.
                    result.values[gap] = finite(values[before] * (1 - part) + values[slot] * part)
                }
            }
            before = slot
        }
        return result
    }
}

extension MathFunction {
    /// One number of the values of a series, or of the members of an array at one time; NaN for those without any.
    ///
    /// Averages and standard deviations count a missing value as 0, the others pass over it.
    func reduce(_ values: [Double]) -> Double {
        var count = 0
        var sum = 0.0
        var least = Double.infinity
        var most = -Double.infinity
        for value in values where !value.isNaN {
            count += 1
            sum += value
            least = min(least, value)
            most = max(most, value)
        }
        if self == .datapointCount { return Double(count) }
        guard count > 0 else { return .nan }
        switch self {
        case .sum: return finite(sum)
        case .minimum: return least
        case .maximum: return most
        case .average: return finite(sum / Double(values.count))
        default:
            let mean = sum / Double(values.count)
            var squares = Double(values.count - count) * mean * mean
            for value in values where !value.isNaN { squares += (value - mean) * (value - mean) }
            return finite((squares / Double(values.count)).squareRoot())
        }
    }
}

extension MathOperator {
    /// The result for two values; what is not finite, as after a division by 0, is none.
    private var function: (Double, Double) -> Double {
        switch self {
        case .plus: { $0 + $1 }
        case .minus: { $0 - $1 }
        case .times: { $0 * $1 }
        case .dividedBy: { $0 / $1 }
        case .power: { raised($0, to: $1) }
        case .equal: { $0 == $1 ? 1 : 0 }
        case .notEqual: { $0 != $1 ? 1 : 0 }
        case .lessOrEqual: { $0 <= $1 ? 1 : 0 }
        case .greaterOrEqual: { $0 >= $1 ? 1 : 0 }
        case .less: { $0 < $1 ? 1 : 0 }
        case .greater: { $0 > $1 ? 1 : 0 }
        case .and: { $0 != 0 && $1 != 0 ? 1 : 0 }
        case .or: { $0 != 0 || $1 != 0 ? 1 : 0 }
        }
    }

    /// Two numbers, a number with every datapoint, or two series, where a value missing in one of them is 0.
    func apply(_ left: MathValue, _ right: MathValue) -> MathValue {
        let function = function
        switch (left, right) {
        case (.scalar(let first), .scalar(let second)):
            return .scalar(first.isNaN || second.isNaN ? .nan : finite(function(first, second)))
        case (.scalar(let first), _):
            return right.mapSeries { $0.mapValues { first.isNaN ? .nan : function(first, $0) } }
        case (_, .scalar(let second)):
            return left.mapSeries { $0.mapValues { second.isNaN ? .nan : function($0, second) } }
        case (_, .series(let second)): return left.mapSeries { Self.joined($0, second, function, label: $0.label) }
        case (.series(let first), _):
            return right.mapSeries { Self.joined(first, $0, function, label: $0.label) }
        case (.array(let first), .array(let second)):
            return .array(zip(first, second).map { Self.joined($0, $1, function, label: $0.label) })
        }
    }

    private static func joined(
        _ left: MathSeries, _ right: MathSeries, _ function: (Double, Double) -> Double, label: String
    ) -> MathSeries {
        let values = zip(left.values, right.values).map { first, second in
            first.isNaN && second.isNaN
                ? Double.nan : finite(function(first.isNaN ? 0 : first, second.isNaN ? 0 : second))
        }
        return MathSeries(label: label, slotValues: values)
    }
}
