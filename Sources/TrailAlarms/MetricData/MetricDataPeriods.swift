/// Sorts the expressions of a request by the period of the metrics that they need, each with all its needs.
struct MetricDataPeriods {
    private let queries: [MetricDataQuery]
    private let insightsId: String?
    /// Entries whose labels are written when their datapoints are known.
    private let dynamicLabels: Set<String>
    private var expressions: [String: MathExpression] = [:]
    /// The entries that an expression needs, also by way of others.
    private var needs: [String: Set<String>] = [:]
    /// Entries that some expression needs.
    private(set) var used: Set<String> = []

    init(_ queries: [MetricDataQuery], insights: String?, dynamicLabels: Set<String>) {
        self.queries = queries
        insightsId = insights
        self.dynamicLabels = dynamicLabels
    }

    /// The requests of metric math, one for each period that expressions have.
    mutating func math(
        _ insights: (id: String, query: InsightsQuery)?
    ) throws(MetricDataError) -> [(period: Int64, queries: [MathQuery])] {
        let selected: MathSelection? = insights.map { $0.query.groupBy.isEmpty ? .timeSeries : .seriesArray(count: 0) }
        let entries = queries.map { entry in
            MathQuery(
                id: entry.id, label: dynamicLabels.contains(entry.id) ? "" : entry.label,
                expression: entry.id == insightsId ? nil : entry.expression,
                returnsData: entry.returnsData && entry.metricStat == nil && entry.id != insightsId,
                selected: entry.id == insightsId ? selected : nil)
        }
        let math: MetricMath
        do throws(MetricMathError) {
            math = try MetricMath(entries)
            for (query, expression) in math.ordered { add(query.id, expression, metrics: math.metricIds) }
        } catch {
            throw .math(error)
        }
        var periods: [Int64: Set<String>] = [:]
        for (query, _) in math.ordered { periods[try period(of: query.id), default: []].insert(query.id) }
        return periods.sorted { $0.key < $1.key }.map { period, ids in
            let needed = ids.union(ids.flatMap { needs[$0] ?? [] })
            return (period, entries.filter { needed.contains($0.id) }.map { ids.contains($0.id) ? $0 : $0.hidden })
        }
    }

    private mutating func add(_ id: String, _ expression: MathExpression, metrics: [String]) {
        var all = sources(expression, metrics)
        for (reference, _) in expression.references {
            all.insert(reference)
            // Expressions come after those they need.
            all.formUnion(needs[reference] ?? [])
        }
        needs[id] = all
        used.formUnion(all)
    }

    /// The metrics behind `METRICS(…)`.
    private func sources(_ expression: MathExpression, _ metrics: [String]) -> Set<String> {
        if case .metrics(let text) = expression.form {
            return Set(metrics.filter { id in text.map { id.contains($0) } ?? true })
        }
        return expression.parts.reduce(into: []) { $0.formUnion(sources($1, metrics)) }
    }

    private func period(of id: String) throws(MetricDataError) -> Int64 {
        func period(_ entry: MetricDataQuery) -> Int64? {
            (entry.metricStat?.period ?? entry.period).map(MetricDataQuery.readPeriod)
        }
        let needed = needs[id] ?? []
        let sources = queries.filter { $0.metricStat != nil || $0.id == insightsId }
        let found = Set(sources.filter { needed.contains($0.id) }.compactMap(period))
        guard found.count <= 1 else { throw .mixedPeriods(id: id, found.sorted()) }
        if let found = found.first { return found }
        // Without metrics its own, else that of the request's first metric.
        let own = queries.first { $0.id == id }.flatMap(period)
        guard let result = own ?? sources.first.flatMap(period) else { throw .noPeriod(id: id) }
        guard result % 60 == 0 else { throw .badQueryPeriod(id: id, got: result) }
        return result
    }
}

extension MathQuery {
    /// The same entry for others only.
    fileprivate var hidden: MathQuery {
        MathQuery(id: id, label: label, expression: expression, returnsData: false, selected: selected)
    }
}
