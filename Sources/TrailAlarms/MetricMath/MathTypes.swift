/// What the entries give, filled in the order of need; refuses what CloudWatch's table of argument types does not have.
struct MathTypes {
    /// A type and, for arrays, the most time series it can hold.
    struct Shape {
        let type: MathType
        let seriesCount: Int

        static let scalar = Shape(type: .scalar, seriesCount: 0)
        static let timeSeries = Shape(type: .timeSeries, seriesCount: 1)
        static func array(_ count: Int) -> Shape { Shape(type: .seriesArray, seriesCount: count) }
    }

    private let metricIds: Set<String>
    private let orderedMetricIds: [String]
    private(set) var shapes: [String: Shape] = [:]
    /// The time series of all parts of all expressions, the metrics included.
    private(set) var seriesComputed: Int
    private var query = MathQuery(id: "")

    init(metricIds: [String]) {
        orderedMetricIds = metricIds
        self.metricIds = Set(metricIds)
        seriesComputed = metricIds.count
        for id in metricIds { shapes[id] = .timeSeries }
    }

    /// Takes the series of a Metrics Insights query.
    mutating func add(_ id: String, _ selected: MathSelection) {
        switch selected {
        case .timeSeries: shapes[id] = .timeSeries
        case .seriesArray(let count): shapes[id] = .array(count)
        }
        seriesComputed += shapes[id]?.seriesCount ?? 0
    }

    /// Checks one expression whose needs have been added.
    mutating func add(_ query: MathQuery, _ expression: MathExpression) throws(MetricMathError) {
        self.query = query
        let shape = try shape(expression)
        guard shape.type != .scalar else { throw error(.scalarResult, at: expression) }
        shapes[query.id] = shape
    }

    private func error(_ reason: MetricMathError.Reason, at expression: MathExpression) -> MetricMathError {
        MetricMathError(id: query.id, text: query.expression ?? "", offset: expression.offset, reason: reason)
    }

    private func wrong(_ place: String, _ got: Shape, _ want: String, _ at: MathExpression) -> MetricMathError {
        error(.wrongType(place: place, got: got.type, want: want), at: at)
    }

    private mutating func shape(_ expression: MathExpression) throws(MetricMathError) -> Shape {
        let shape = try uncountedShape(expression)
        seriesComputed += shape.seriesCount
        return shape
    }

    private mutating func uncountedShape(_ expression: MathExpression) throws(MetricMathError) -> Shape {
        switch expression.form {
        case .number: return .scalar
        case .id(let id):
            guard let shape = shapes[id] else { throw error(.unknownId(id), at: expression) }
            return shape
        case .metrics(let text):
            return .array(orderedMetricIds.count { text.map($0.contains) ?? true })
        case .array(let members): return try array(members, expression)
        case .negation(let operand): return try shape(operand)
        case .operation(let sign, let left, let right): return try operation(sign, left, right, expression)
        case .call(let function, let arguments): return try call(function, arguments)
        case .fill(let series, let fill):
            let filled = try shape(series)
            guard filled.type != .scalar else {
                throw wrong("the first argument of FILL", filled, "a time series or an array of them", series)
            }
            if case .value(let value) = fill {
                let with = try shape(value)
                guard with.type != .seriesArray else {
                    throw wrong("what FILL puts in", with, "a number, a time series, REPEAT or LINEAR", value)
                }
            }
            return filled
        case .condition(let test, let then, let otherwise): return try condition(test, then, otherwise)
        case .sort(let array, _, _, let limit):
            let sorted = try argument(array, of: "SORT", [.seriesArray])
            if let limit { try checkCount(limit, of: "SORT", from: 1) }
            return sorted
        }
    }

    private mutating func array(_ members: [MathExpression], _ whole: MathExpression) throws(MetricMathError) -> Shape {
        var count = 0
        for member in members {
            let shape = try shape(member)
            guard shape.type != .scalar else {
                throw wrong("a member of an array", shape, "a time series, such as TIME_SERIES(\(member))", member)
            }
            count += shape.seriesCount
        }
        guard count <= MetricMath.seriesMax else { throw error(.tooManySeries(count), at: whole) }
        return .array(count)
    }

    private mutating func operation(
        _ sign: MathOperator, _ left: MathExpression, _ right: MathExpression, _ whole: MathExpression
    ) throws(MetricMathError) -> Shape {
        let first = try shape(left)
        let second = try shape(right)
        if first.type == .scalar { return second }
        if second.type == .scalar { return first }
        guard first.type == .timeSeries || second.type == .timeSeries else {
            throw wrong(
                "the second operand of \(sign.rawValue) after an array", second,
                "a number or one time series, such as SUM(…)", right)
        }
        return first.type == .timeSeries ? second : first
    }

    private mutating func argument(
        _ argument: MathExpression, of name: String, _ types: [MathType]
    ) throws(MetricMathError) -> Shape {
        let shape = try shape(argument)
        guard types.contains(shape.type) else {
            throw wrong("an argument of \(name)", shape, types.map(\.words).joined(separator: " or "), argument)
        }
        return shape
    }

    private mutating func call(
        _ function: MathFunction, _ arguments: [MathExpression]
    ) throws(MetricMathError) -> Shape {
        let first = arguments[0]
        let name = function.rawValue
        switch function {
        case .absolute, .ceiling, .floor, .logarithm, .decimalLogarithm, .difference, .timeDifference, .rate,
            .runningSum:
            return try argument(first, of: name, [.timeSeries, .seriesArray])
        case .average, .maximum, .minimum, .sum, .standardDeviation, .datapointCount:
            let shape = try argument(first, of: name, [.timeSeries, .seriesArray])
            return shape.type == .timeSeries ? .scalar : .timeSeries
        case .metricCount:
            _ = try argument(first, of: name, [.seriesArray])
            return .scalar
        case .period:
            guard case .id(let id) = first.form, metricIds.contains(id) else {
                throw error(
                    .unexpected(got: "'\(first)' as the argument of PERIOD", want: "the Id of a metric"), at: first)
            }
            return .scalar
        case .first, .last:
            _ = try argument(first, of: name, [.seriesArray])
            return .timeSeries
        case .slice:
            let shape = try argument(first, of: name, [.seriesArray])
            for bound in arguments.dropFirst() { try checkCount(bound, of: name, from: 0) }
            return shape
        case .removeEmpty: return try argument(first, of: name, [.seriesArray])
        case .timeSeries:
            _ = try argument(first, of: name, [.scalar])
            return .timeSeries
        case .minute, .hour, .day, .date, .month, .year, .epoch: return try argument(first, of: name, [.timeSeries])
        }
    }

    /// A number of series; one that is written out must be whole.
    private mutating func checkCount(
        _ bound: MathExpression, of name: String, from least: Double
    ) throws(MetricMathError) {
        _ = try argument(bound, of: name, [.scalar])
        var value: Double?
        if case .number(let number) = bound.form { value = number }
        if case .negation(let inner) = bound.form, case .number(let number) = inner.form { value = -number }
        if let value, value < least || value.rounded(.down) != value {
            throw error(
                .unexpected(
                    got: "'\(bound)' as a number of series in \(name)", want: "a whole number from \(Int(least))"),
                at: bound)
        }
    }

    /// CloudWatch's list: a condition that is a time series chooses between numbers and series, a number between series.
    private mutating func condition(
        _ test: MathExpression, _ then: MathExpression, _ otherwise: MathExpression?
    ) throws(MetricMathError) -> Shape {
        let tested = try argument(test, of: "IF", [.scalar, .timeSeries])
        let choices: [MathType] = tested.type == .scalar ? [.timeSeries] : [.scalar, .timeSeries]
        _ = try argument(then, of: "IF", choices)
        if let otherwise { _ = try argument(otherwise, of: "IF", choices) }
        return .timeSeries
    }
}
