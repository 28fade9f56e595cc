import TrailModel

/// What a part of an expression gives; a scalar that has no value, such as the maximum of no datapoints, is NaN.
enum MathValue {
    case scalar(Double)
    case series(MathSeries)
    case array([MathSeries])

    /// The same on every value, series by series.
    func mapSeries(_ transform: (MathSeries) -> MathSeries) -> MathValue {
        switch self {
        case .scalar: self
        case .series(let series): .series(transform(series))
        case .array(let members): .array(members.map(transform))
        }
    }

    var members: [MathSeries] {
        switch self {
        case .scalar: []
        case .series(let series): [series]
        case .array(let members): members
        }
    }
}

/// Computes checked expressions over the slots of one time range, in the order of their needs.
struct MathEvaluation {
    private let slots: MathSlots
    /// A series without datapoints.
    let empty: MathSeries
    private var metrics: [(id: String, series: MathSeries)] = []
    private var values: [String: MathValue] = [:]

    init(slots: MathSlots) {
        self.slots = slots
        empty = MathSeries(slotValues: Array(repeating: .nan, count: slots.count))
    }

    mutating func addMetric(_ id: String, _ series: MathSeries) {
        metrics.append((id, series))
        values[id] = .series(series)
    }

    /// The series of a Metrics Insights query, which is no metric.
    mutating func addSelected(_ id: String, _ series: [MathSeries], isArray: Bool) {
        values[id] = isArray ? .array(series) : .series(series.first ?? empty)
    }

    /// Computes an entry; its series take its label, those of an array with their own behind it.
    mutating func add(_ id: String, label: String, _ expression: MathExpression) {
        switch value(expression) {
        case .array(let members):
            values[id] = .array(
                members.map { member in
                    var labelled = member
                    labelled.label = [label, member.label].filter { !$0.isEmpty }.joined(separator: " ")
                    return labelled
                })
        case let other:
            values[id] = other.mapSeries { MathSeries(label: label, slotValues: $0.values) }
        }
    }

    func result(_ id: String) -> [MathSeries] { values[id]?.members ?? [] }

    private func value(_ expression: MathExpression) -> MathValue {
        switch expression.form {
        case .number(let number): return .scalar(number)
        case .id(let id): return values[id] ?? .series(empty)
        case .metrics(let text):
            return .array(metrics.filter { metric in text.map(metric.id.contains) ?? true }.map(\.series))
        case .array(let members): return .array(members.flatMap { value($0).members })
        case .negation(let operand):
            let value = value(operand)
            if case .scalar(let number) = value { return .scalar(-number) }
            return value.mapSeries { $0.mapValues { -$0 } }
        case .operation(let sign, let left, let right): return sign.apply(value(left), value(right))
        case .call(let function, let arguments): return call(function, arguments.map(value))
        case .fill(let series, let fill): return filled(value(series), fill)
        case .condition(let test, let then, let otherwise):
            return .series(chosen(value(test), value(then), otherwise.map(value)))
        case .sort(let array, let key, let ascending, let limit):
            let sorted = sorted(value(array).members, key.reduction, ascending: ascending)
            return .array(limit.map { Array(sorted.prefix(count($0, in: sorted.count))) } ?? sorted)
        }
    }

    private func number(_ value: MathValue) -> Double {
        if case .scalar(let number) = value { return number }
        return .nan
    }

    /// A number of series, rounded down and within 0 to `most`; one without value counts as 0.
    private func count(_ expression: MathExpression, in most: Int) -> Int {
        Self.clamped(number(value(expression)), to: most)
    }

    private static func clamped(_ number: Double, to most: Int) -> Int {
        number >= Double(most) ? most : number > 0 ? Int(number) : 0
    }

    private func call(_ function: MathFunction, _ arguments: [MathValue]) -> MathValue {
        let first = arguments[0]
        switch function {
        case .absolute: return first.mapSeries { $0.mapValues(\.magnitude) }
        case .ceiling: return first.mapSeries { $0.mapValues { $0.rounded(.up) } }
        case .floor: return first.mapSeries { $0.mapValues { $0.rounded(.down) } }
        case .logarithm: return first.mapSeries { $0.mapValues(naturalLogarithm) }
        case .decimalLogarithm: return first.mapSeries { $0.mapValues(decimalLogarithm) }
        case .difference: return first.mapSeries { $0.mapPairs { _, difference in difference } }
        case .timeDifference:
            return first.mapSeries { $0.mapPairs { steps, _ in Double(steps) * Double(slots.periodSeconds) } }
        case .rate:
            return first.mapSeries {
                $0.mapPairs { steps, difference in difference / (Double(steps) * Double(slots.periodSeconds)) }
            }
        case .runningSum: return first.mapSeries { $0.runningSum() }
        case .average, .maximum, .minimum, .sum, .standardDeviation, .datapointCount:
            guard case .array(let members) = first else {
                return .scalar(function.reduce(first.members.first?.values ?? []))
            }
            return .series(perSlot(function, members))
        case .metricCount: return .scalar(Double(first.members.count))
        case .period: return .scalar(Double(slots.periodSeconds))
        case .first: return .series(first.members.first ?? empty)
        case .last: return .series(first.members.last ?? empty)
        case .slice:
            let members = first.members
            let start = Self.clamped(number(arguments[1]), to: members.count)
            let end = arguments.count > 2 ? Self.clamped(number(arguments[2]), to: members.count) : members.count
            return .array(start < end ? Array(members[start..<end]) : [])
        case .removeEmpty: return .array(first.members.filter { $0.datapointCount > 0 })
        case .timeSeries:
            return .series(MathSeries(slotValues: Array(repeating: finite(number(first)), count: slots.count)))
        case .minute, .hour, .day, .date, .month, .year, .epoch:
            return .series(MathSeries(slotValues: (0..<slots.count).map { calendar(function, slots.start(of: $0)) }))
        }
    }

    /// One value of all members per slot; a slot that no member has stays missing.
    private func perSlot(_ function: MathFunction, _ members: [MathSeries]) -> MathSeries {
        var column = Array(repeating: Double.nan, count: members.count)
        var result = empty
        for slot in 0..<slots.count {
            for (index, member) in members.enumerated() { column[index] = member.values[slot] }
            guard column.contains(where: { !$0.isNaN }) else { continue }
            result.values[slot] = finite(function.reduce(column))
        }
        return result
    }

    /// Series without datapoints stand last either way; equal ones keep their order.
    private func sorted(_ members: [MathSeries], _ key: MathFunction, ascending: Bool) -> [MathSeries] {
        let keyed = members.map { (series: $0, key: key.reduce($0.values)) }
        return keyed.filter { !$0.key.isNaN }.sorted { ascending ? $0.key < $1.key : $0.key > $1.key }.map(\.series)
            + keyed.filter(\.key.isNaN).map(\.series)
    }

    private func filled(_ value: MathValue, _ fill: MathFill) -> MathValue {
        switch fill {
        case .lastValue: return value.mapSeries { $0.filledWithLast() }
        case .line: return value.mapSeries { $0.filledWithLine() }
        case .value(let expression):
            switch self.value(expression) {
            case .scalar(let number):
                return value.mapSeries { $0.mapSlots { _, value in value.isNaN ? finite(number) : value } }
            case let filler:
                let other = filler.members.first ?? empty
                return value.mapSeries { $0.mapSlots { slot, value in value.isNaN ? other.values[slot] : value } }
            }
        }
    }

    /// `IF`: a condition that is missing gives nothing; where it holds, a missing value gives 0, else nothing.
    private func chosen(_ test: MathValue, _ then: MathValue, _ otherwise: MathValue?) -> MathSeries {
        if case .scalar(let number) = test {
            let value = number.isNaN ? nil : number != 0 ? then : otherwise
            return value?.members.first ?? empty
        }
        func at(_ slot: Int, _ value: MathValue) -> Double {
            switch value {
            case .scalar(let number): finite(number)
            case .series(let series): series.values[slot]
            case .array: .nan
            }
        }
        guard let condition = test.members.first else { return empty }
        return condition.mapSlots { slot, holds in
            if holds.isNaN { return .nan }
            guard holds != 0 else { return otherwise.map { at(slot, $0) } ?? .nan }
            let value = at(slot, then)
            if case .series = then, value.isNaN { return 0 }
            return value
        }
    }
}

/// A field of the time in UTC; days of the week count from 1, Monday.
private func calendar(_ field: MathFunction, _ time: Timestamp) -> Double {
    let civil = CivilTime(time)
    switch field {
    case .minute: return Double(civil.minute)
    case .hour: return Double(civil.hour)
    case .date: return Double(civil.day)
    case .month: return Double(civil.month)
    case .year: return Double(civil.year)
    case .day:
        // 1970-01-01 was a Thursday.
        let days = floorDivide(time.seconds, 86_400) + 3
        return Double(days - floorDivide(days, 7) * 7 + 1)
    default: return Double(time.seconds)
    }
}
