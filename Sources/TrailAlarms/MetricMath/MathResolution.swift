/// Finds the entries that each expression needs, and an order in which everything needed comes first.
struct MathResolution {
    private let queries: [MathQuery]
    private var expressions: [String: MathExpression] = [:]
    private var metricIds: Set<String> = []
    private var isDone: Set<String> = []
    /// The entries being visited, from the first asked for.
    private var path: [String] = []
    private var result: [(query: MathQuery, expression: MathExpression)] = []

    init(_ queries: [MathQuery]) throws(MetricMathError) {
        guard queries.count <= MetricMath.queriesMax else {
            throw MetricMathError(id: queries[0].id, reason: .tooManyQueries(queries.count))
        }
        self.queries = queries
        for query in queries {
            guard MetricMath.isId(query.id) else { throw MetricMathError(id: query.id, reason: .badId) }
            guard !metricIds.contains(query.id), expressions[query.id] == nil else {
                throw MetricMathError(id: query.id, reason: .duplicateId)
            }
            if let text = query.expression {
                expressions[query.id] = try MathExpression(text, id: query.id)
            } else {
                metricIds.insert(query.id)
            }
        }
    }

    mutating func inOrder() throws(MetricMathError) -> [(query: MathQuery, expression: MathExpression)] {
        for query in queries { try visit(query) }
        return result
    }

    private mutating func visit(_ query: MathQuery) throws(MetricMathError) {
        guard let text = query.expression, let expression = expressions[query.id], !isDone.contains(query.id) else {
            return
        }
        path.append(query.id)
        for (id, offset) in expression.references {
            if metricIds.contains(id) { continue }
            guard let needed = queries.first(where: { $0.id == id }) else {
                throw MetricMathError(id: query.id, text: text, offset: offset, reason: .unknownId(id))
            }
            if let start = path.firstIndex(of: id) {
                throw MetricMathError(
                    id: query.id, text: text, offset: offset, reason: .cycle(Array(path[start...]) + [id]))
            }
            try visit(needed)
        }
        path.removeLast()
        isDone.insert(query.id)
        result.append((query, expression))
    }
}

extension MathExpression {
    /// The parts that are expressions themselves, in the order they are written.
    var parts: [MathExpression] {
        switch form {
        case .number, .id, .metrics: []
        case .array(let members): members
        case .negation(let operand): [operand]
        case .operation(_, let left, let right): [left, right]
        case .call(_, let arguments): arguments
        case .fill(let series, .value(let value)): [series, value]
        case .fill(let series, _): [series]
        case .condition(let test, let then, let otherwise): [test, then] + (otherwise.map { [$0] } ?? [])
        case .sort(let array, _, _, let limit): [array] + (limit.map { [$0] } ?? [])
        }
    }

    /// The ids of other entries and where they stand, in the order they are written.
    var references: [(id: String, offset: Int)] {
        if case .id(let id) = form { return [(id, offset)] }
        return parts.flatMap(\.references)
    }
}
