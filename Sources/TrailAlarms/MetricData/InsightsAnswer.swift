package import TrailModel

/// The time series that a Metrics Insights query gives.
package struct InsightsAnswer: Equatable, Sendable {
    package struct Series: Equatable, Sendable {
        /// The values of the dimensions grouped by, ``InsightsQuery/otherValue`` where there is none.
        package let values: [String]
        /// The values in a line, after the rank where the query has an order; empty without `GROUP BY`.
        package let label: String
        /// In time order.
        package let points: [MathDatapoint]
    }

    /// False when no metric of this name with such dimensions was ever counted.
    package let isKnown: Bool
    /// In the query's order; without `GROUP BY` at most one.
    package let series: [Series]
    /// True when series were left out for ``InsightsQuery/seriesMax``, not for a `LIMIT` of the query.
    package let isCut: Bool
}

extension InsightsQuery {
    /// The question for the store.
    package func metricQuery(periodSeconds: Int64, from: Timestamp, to: Timestamp) -> MetricQuery {
        var schema = schema
        // CloudWatch takes a name that stands twice in SCHEMA for one.
        if case .exactly(let names) = schema { schema = .exactly(Set(names).sorted()) }
        var query = MetricQuery(
            namespace: namespace, metricName: metricName, schema: schema, conditions: conditions, groupBy: groupBy,
            periodSeconds: periodSeconds, from: from, to: to)
        query.limits.metricsMax = Self.metricsMax
        query.limits.groupsMax = Self.metricsMax
        return query
    }

    /// Reads, orders and cuts the series.
    ///
    /// Without `ORDER BY` they stand in the order of their values, `Other` last; with it, in that of its function over
    /// each series' datapoints (as captured: `COUNT()` is the number of datapoints, not of samples), equal ones in the
    /// order of their values. `LIMIT` comes after.
    ///
    /// - Throws: ``QueryError`` for more metrics than ``metricsMax`` and whatever else the source refuses.
    package func answer(
        from source: some MetricSource, periodSeconds: Int64, from: Timestamp, to: Timestamp
    ) throws -> InsightsAnswer {
        let found = try source.result(of: metricQuery(periodSeconds: periodSeconds, from: from, to: to))
        var series = found.groups.map { group in
            (
                values: group.values.map { $0 ?? Self.otherValue },
                points: group.points.map { MathDatapoint(time: $0.start, value: $0.set.value(of: function.statistic)) }
            )
        }
        if let order {
            series = series.map { (key: order.function.value(of: $0.points), series: $0) }
                .sorted { order.isAscending ? $0.key < $1.key : $0.key > $1.key }.map(\.series)
        }
        let kept = series.prefix(min(limit ?? Self.seriesMax, Self.seriesMax))
        return InsightsAnswer(
            isKnown: found.isKnown,
            series: kept.enumerated().map { index, series in
                let rank = order != nil && !groupBy.isEmpty ? "\(index + 1) - " : ""
                return InsightsAnswer.Series(
                    values: series.values, label: rank + series.values.joined(separator: " "), points: series.points)
            },
            isCut: kept.count < series.count && (limit ?? .max) > Self.seriesMax)
    }
}

extension InsightsQuery.Function {
    /// One number for the datapoints of a series, of which there is at least one.
    fileprivate func value(of points: [MathDatapoint]) -> Double {
        let sum = points.reduce(0) { $0 + $1.value }
        return switch self {
        case .average: sum / Double(points.count)
        case .count: Double(points.count)
        case .maximum: points.map(\.value).max() ?? 0
        case .minimum: points.map(\.value).min() ?? 0
        case .sum: sum
        }
    }
}
