package import TrailModel

/// A GetMetricData request that was checked: answering it fails only for what the store cannot read.
///
/// Bins are whole periods since the epoch, both times are rounded down to them. Not here: paging by NextToken (more
/// slots than ``maxDatapoints`` are an error), `SEARCH`, units, other accounts. A Metrics Insights query has no limit
/// of time, and its bins are whole periods too, where CloudWatch's start with the range.
package struct MetricDataRequest: Sendable {
    /// The order of each result's datapoints.
    package enum ScanBy: String, Sendable {
        case ascending = "TimestampAscending"
        case descending = "TimestampDescending"
    }

    /// CloudWatch's limit for MaxDatapoints.
    package static let datapointsMax = 100_800

    package let queries: [MetricDataQuery]
    package let from: Timestamp
    package let to: Timestamp
    package let scanBy: ScanBy
    let statistics: [String: MetricDataStatistic]
    /// Of the entries that have one.
    let labels: [String: MetricDataLabel]
    /// The one Metrics Insights query.
    let insights: (id: String, period: Int64, query: InsightsQuery)?
    /// The metric math by the period that its metrics share.
    let math: [(period: Int64, queries: [MathQuery])]

    /// Checks entries, expressions and times.
    ///
    /// - Throws: The first fault.
    package init(
        _ queries: [MetricDataQuery], from: Timestamp, to: Timestamp, scanBy: ScanBy = .descending,
        maxDatapoints: Int = Self.datapointsMax
    ) throws(MetricDataError) {
        guard from != to else { throw .equalTimes }
        guard from < to else { throw .reversedTimes }
        var statistics: [String: MetricDataStatistic] = [:]
        for (index, query) in queries.enumerated() {
            guard let stat = try Self.checked(query, member: index + 1) else { continue }
            statistics[query.id] = stat
        }
        guard !queries.isEmpty else { throw .noQueries }
        guard queries.count <= MetricDataError.queriesMax else { throw .tooManyQueries(queries.count) }
        guard Set(queries.map(\.id)).count == queries.count else { throw .duplicateIds }
        self.statistics = statistics
        labels = try Self.labels(of: queries)
        insights = try Self.insights(of: queries)
        let dynamic = labels.filter { $0.value.isDynamic }.keys
        var periods = MetricDataPeriods(queries, insights: insights?.id, dynamicLabels: Set(dynamic))
        math = try periods.math(insights.map { ($0.id, $0.query) })
        self.queries = queries
        self.from = from
        self.to = to
        self.scanBy = scanBy
        try checkDatapoints(max: min(maxDatapoints, Self.datapointsMax), used: periods.used)
    }

    /// The form of one entry; its statistic when it is a metric.
    private static func checked(
        _ query: MetricDataQuery, member: Int
    ) throws(MetricDataError) -> MetricDataStatistic? {
        guard MetricMath.isId(query.id) else { throw .badId(member: member) }
        guard let stat = query.metricStat else {
            guard query.expression != nil else { throw .noForm(member: member) }
            return nil
        }
        guard query.expression == nil else { throw .bothForms(member: member) }
        guard 1...MetricQuery.periodSecondsMax ~= stat.period,
            stat.period % 60 == 0 || MetricDataQuery.shortPeriods.contains(stat.period)
        else {
            throw .badPeriod(member: member, got: stat.period)
        }
        guard let statistic = MetricDataStatistic(stat.stat) else { throw .badStat(member: member) }
        return statistic
    }

    private static func labels(
        of queries: [MetricDataQuery]
    ) throws(MetricDataError) -> [String: MetricDataLabel] {
        var labels: [String: MetricDataLabel] = [:]
        for query in queries {
            guard let text = query.label else { continue }
            do throws(MetricDataLabelFault) {
                labels[query.id] = try MetricDataLabel(text)
            } catch {
                throw .badLabel(id: query.id, error)
            }
        }
        return labels
    }

    private static func insights(
        of queries: [MetricDataQuery]
    ) throws(MetricDataError) -> (id: String, period: Int64, query: InsightsQuery)? {
        let found = queries.filter { $0.expression.map(InsightsQuery.isQuery) ?? false }
        guard let entry = found.first, let text = entry.expression else { return nil }
        guard found.count == 1 else { throw .tooManyInsightsQueries }
        guard let period = entry.period, 1...MetricQuery.periodSecondsMax ~= period,
            period % 60 == 0 || MetricDataQuery.shortPeriods.contains(period)
        else { throw .badQueryPeriod(id: entry.id, got: entry.period) }
        do throws(InsightsQueryError) {
            return (entry.id, MetricDataQuery.readPeriod(period), try InsightsQuery(text))
        } catch {
            throw .insights(id: entry.id, error)
        }
    }

    /// Counts the slots of all metrics that are returned or used, empty ones too, as CloudWatch does; the series of a
    /// Metrics Insights query are not among them.
    private func checkDatapoints(max: Int, used: Set<String>) throws(MetricDataError) {
        var total = 0
        for query in queries where query.returnsData || used.contains(query.id) {
            guard let stat = query.metricStat else { continue }
            let (sum, overflow) = total.addingReportingOverflow(slots(stat.period).count)
            total = overflow ? .max : sum
        }
        // An expression without metrics computes slots as well.
        for (period, _) in math { total = Swift.max(total, slots(period).count) }
        guard total <= max else { throw .tooManyDatapoints(got: total, max: max) }
    }

    func slots(_ period: Int64) -> MathSlots {
        MathSlots(from: from, to: to, periodSeconds: MetricDataQuery.readPeriod(period))
    }
}
