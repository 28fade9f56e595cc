package import TrailModel

extension MetricDataRequest {
    /// Reads what the entries need, one metric at a time, and computes the expressions.
    ///
    /// - Throws: ``QueryError`` for what the source cannot read, ``MetricDataError/math(_:)`` for expressions over more
    ///   series or datapoints than metric math takes.
    package func answer(from source: some MetricSource) throws -> MetricDataAnswer {
        var answer = MetricDataAnswer()
        var results: [String: [MetricDataResult]] = [:]
        var series: [String: MathSeries] = [:]
        let defaults = MetricDataLabels(queries)
        let used = Set(math.flatMap { $0.queries.map(\.id) })
        for query in queries {
            guard let stat = query.metricStat, query.returnsData || used.contains(query.id) else { continue }
            let (points, isKnown) = try points(of: query.id, stat, from: source)
            if !isKnown { answer.unknownIds.append(query.id) }
            let label = label(of: query, default: defaults.label(of: stat), points)
            results[query.id] = [result(query.id, label, points)]
            if used.contains(query.id) {
                series[query.id] = MathSeries(label: label, datapoints: points, over: slots(stat.period))
            }
        }
        let selected = try insights.map { insights in
            try insights.query.answer(from: source, periodSeconds: insights.period, from: from, to: to)
        }
        if let insights, let selected {
            if !selected.isKnown { answer.unknownIds.append(insights.id) }
            if selected.isCut { answer.messages.append(.seriesLeftOut) }
            results[insights.id] = insightsResults(selected)
        }
        for (period, entries) in math {
            for computed in try compute(entries, period, series, selected) { results[computed.id] = computed.results }
        }
        // As captured, metrics come before expressions, each in the order of the request.
        let returned = queries.filter(\.returnsData)
        let inOrder = returned.filter { $0.metricStat != nil } + returned.filter { $0.metricStat == nil }
        answer.results = inOrder.flatMap { results[$0.id] ?? [] }
        return answer
    }

    /// The label of an entry's only series.
    private func label(of query: MetricDataQuery, default text: String, _ points: [MathDatapoint]) -> String {
        labels[query.id]?.text(
            of: points, default: text, stat: query.metricStat, period: query.metricStat?.period ?? query.period) ?? text
    }

    /// The label of a series among others of an entry: without `${LABEL}` its own comes last.
    private func label(of query: MetricDataQuery, member text: String, _ points: [MathDatapoint]) -> String {
        let whole = label(of: query, default: text, points)
        guard let label = labels[query.id], !label.namesDefault else { return whole }
        return [whole, text].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private func points(
        of id: String, _ stat: MetricDataQuery.MetricStat, from source: some MetricSource
    ) throws -> (points: [MathDatapoint], isKnown: Bool) {
        let period = MetricDataQuery.readPeriod(stat.period)
        let found = try source.result(of: MetricQuery(metric: stat.metric, periodSeconds: period, from: from, to: to))
        guard let statistic = statistics[id] else { return ([], found.isKnown) }
        let points = found.points.compactMap { point in
            statistic.value(point.set).map { MathDatapoint(time: point.start, value: $0) }
        }
        return (points, found.isKnown)
    }

    private func result(_ id: String, _ label: String, _ points: [MathDatapoint]) -> MetricDataResult {
        MetricDataResult(id: id, label: label, points: scanBy == .ascending ? points : points.reversed())
    }

    /// With `GROUP BY` one result for each series, maybe none; without it always one.
    private func insightsResults(_ answer: InsightsAnswer) -> [MetricDataResult] {
        guard let insights, let entry = queries.first(where: { $0.id == insights.id }) else { return [] }
        guard !insights.query.groupBy.isEmpty else {
            let points = answer.series.first?.points ?? []
            return [result(entry.id, label(of: entry, default: entry.id, points), points)]
        }
        return answer.series.map { series in
            result(entry.id, label(of: entry, member: series.label, series.points), series.points)
        }
    }

    /// The results of the expressions of one period.
    private func compute(
        _ entries: [MathQuery], _ period: Int64, _ series: [String: MathSeries], _ selected: InsightsAnswer?
    ) throws(MetricDataError) -> [(id: String, results: [MetricDataResult])] {
        let slots = slots(period)
        var selectedSeries: [String: [MathSeries]] = [:]
        if let insights, let selected {
            selectedSeries[insights.id] = selected.series.map {
                MathSeries(label: $0.label, datapoints: $0.points, over: slots)
            }
        }
        let counted = entries.map { entry in
            guard case .seriesArray? = entry.selected else { return entry }
            return MathQuery(
                id: entry.id, label: entry.label, returnsData: entry.returnsData,
                selected: .seriesArray(count: selectedSeries[entry.id]?.count ?? 0))
        }
        do throws(MetricMathError) {
            let math = try MetricMath(counted)
            return try math.evaluate(series, selected: selectedSeries, over: slots).map { computed in
                let isArray = math.types[computed.id] == .seriesArray
                return (computed.id, computed.series.map { result(computed, $0, isArray: isArray, slots) })
            }
        } catch {
            throw .math(error)
        }
    }

    /// Metric math has written the labels already, but for the dynamic ones.
    private func result(
        _ computed: MathResult, _ series: MathSeries, isArray: Bool, _ slots: MathSlots
    ) -> MetricDataResult {
        let points = series.datapoints(over: slots)
        var text = isArray ? series.label : computed.label
        if labels[computed.id]?.isDynamic == true, let entry = queries.first(where: { $0.id == computed.id }) {
            text =
                isArray
                ? label(of: entry, member: series.label, points) : label(of: entry, default: computed.id, points)
        }
        return result(computed.id, text, points)
    }
}

extension MetricDataAnswer.Message {
    /// CloudWatch's code for it; the text is ours.
    fileprivate static let seriesLeftOut = MetricDataAnswer.Message(
        code: "MaxMetricsExceeded",
        value: "More than \(InsightsQuery.seriesMax) time series: those after it were left out; group by fewer "
            + "dimensions, or name values of some")
}
