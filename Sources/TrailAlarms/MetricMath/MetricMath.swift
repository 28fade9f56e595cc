/// One entry of a request, as CloudWatch's MetricDataQuery: a metric that is read elsewhere, or an expression.
package struct MathQuery: Equatable, Sendable, Codable {
    package let id: String
    package let label: String?
    /// Metric math over the ids of other entries; `nil` for a metric.
    package let expression: String?
    /// False for an entry that only others use.
    package let returnsData: Bool
    /// For a Metrics Insights query in the place of a metric.
    package let selected: MathSelection?

    package init(
        id: String, label: String? = nil, expression: String? = nil, returnsData: Bool = true,
        selected: MathSelection? = nil
    ) {
        self.id = id
        self.label = label
        self.expression = expression
        self.returnsData = returnsData
        self.selected = selected
    }
}

/// What an entry holds that is read by a Metrics Insights query, of which `METRICS()` knows nothing.
package enum MathSelection: Equatable, Sendable, Codable {
    /// The query has no `GROUP BY`.
    case timeSeries
    /// So many series, as far as that is known: they are counted against ``MetricMath/seriesMax``.
    case seriesArray(count: Int)
}

/// What one entry of a request gives.
package struct MathResult: Equatable, Sendable {
    package let id: String
    /// The entry's label, its Id when it has none.
    package let label: String
    /// One time series, or those of an array in order, each labelled "entry's label, member's label".
    package let series: [MathSeries]
}

/// The entries of one request of metric math, read and checked: evaluating them cannot fail, but for its size.
///
/// All metrics of a request have one period, as in an alarm. Where CloudWatch's guide is silent: `^` groups from the
/// right and binds tighter than a sign; what is not finite is no datapoint; averages and standard deviations, of one
/// series too, count missing values as 0; standard deviations are those of the whole population; the reduction of no
/// datapoints has no value; `REPEAT` leaves a gap at the start, `LINEAR` one at either end; `SORT` keeps the order of
/// equals and puts series without datapoints last; computed bounds of `SLICE` and `SORT` are rounded down and kept
/// within the array.
package struct MetricMath: Sendable {
    /// Unicode scalars of one expression, CloudWatch's limit.
    package static let charactersMax = 2048
    /// Levels of parentheses, calls, arrays and signs.
    package static let nestingMax = 64
    /// Numbers, ids and `METRICS` in one expression.
    package static let operandsMax = 500
    /// Entries of one request, GetMetricData's limit.
    package static let queriesMax = 500
    /// Time series in one array, GetMetricData's limit of series.
    package static let seriesMax = 500
    /// Slots to compute, over all parts of all expressions: a bound on memory and time, not CloudWatch's.
    package static let datapointsMax = 10_000_000

    package let queries: [MathQuery]
    /// What each entry gives: a time series or an array of them.
    package let types: [String: MathType]
    /// The ids that are read elsewhere, in the order of the request.
    package let metricIds: [String]
    /// The expressions, each after those it needs.
    let ordered: [(query: MathQuery, expression: MathExpression)]
    /// How many time series are computed on the way, at most.
    private let seriesComputed: Int

    /// Reads, resolves and checks all entries.
    ///
    /// - Throws: The first fault, naming its entry and place: a text that is no expression, an Id that is bad, unknown
    ///   or used twice, entries that need each other, a type that does not fit, a limit.
    package init(_ queries: [MathQuery]) throws(MetricMathError) {
        var resolution = try MathResolution(queries)
        ordered = try resolution.inOrder()
        let metricIds = queries.filter { $0.expression == nil && $0.selected == nil }.map(\.id)
        var types = MathTypes(metricIds: metricIds)
        for query in queries { if let selected = query.selected { types.add(query.id, selected) } }
        for (query, expression) in ordered { try types.add(query, expression) }
        self.queries = queries
        self.metricIds = metricIds
        self.types = types.shapes.mapValues(\.type)
        seriesComputed = types.seriesComputed
    }

    /// The Id of the one entry that an alarm with these entries watches.
    ///
    /// - Throws: When not exactly one entry returns data, or when it gives an array.
    package func watchedId() throws(MetricMathError) -> String {
        let returning = queries.filter(\.returnsData).map(\.id)
        guard let id = returning.first, returning.count == 1 else {
            throw MetricMathError(id: returning.first ?? queries.first?.id ?? "", reason: .notOneWatched(returning))
        }
        guard types[id] == .timeSeries else { throw MetricMathError(id: id, reason: .watchesArray) }
        return id
    }

    /// Evaluates the entries that return data, in the order of the request.
    ///
    /// - Parameters:
    ///   - metrics: The values of ``metricIds`` over `slots`; a metric that is not there has no data.
    ///   - selected: The series of each entry that a Metrics Insights query reads.
    ///   - slots: The time range and the period that all metrics share.
    /// - Returns: One result per entry with ReturnData; an array may hold no series, a series no datapoint.
    /// - Throws: ``MetricMathError/Reason/tooManyDatapoints(_:)``, before anything is computed.
    /// - Complexity: O(slots × time series computed), at most ``datapointsMax``, times the logarithm of array sizes.
    package func evaluate(
        _ metrics: [String: MathSeries], selected: [String: [MathSeries]] = [:], over slots: MathSlots
    ) throws(MetricMathError) -> [MathResult] {
        let (datapoints, overflow) = slots.count.multipliedReportingOverflow(by: seriesComputed)
        guard !overflow, datapoints <= Self.datapointsMax else {
            throw MetricMathError(id: queries.first?.id ?? "", reason: .tooManyDatapoints(overflow ? .max : datapoints))
        }
        var evaluation = MathEvaluation(slots: slots)
        for query in queries where query.expression == nil {
            if let kind = query.selected {
                let series = (selected[query.id] ?? []).map { $0.fitted(to: slots.count) }
                evaluation.addSelected(query.id, series, isArray: kind != .timeSeries)
                continue
            }
            var series = metrics[query.id]?.fitted(to: slots.count) ?? evaluation.empty
            series.label = query.label ?? (series.label.isEmpty ? query.id : series.label)
            evaluation.addMetric(query.id, series)
        }
        for (query, expression) in ordered {
            evaluation.add(query.id, label: query.label ?? query.id, expression)
        }
        return queries.filter(\.returnsData).map { query in
            let series = evaluation.result(query.id)
            let label = query.label ?? (query.expression == nil ? series.first?.label : nil) ?? query.id
            return MathResult(id: query.id, label: label, series: series)
        }
    }

    /// Whether `text` can be an entry's Id: `^[a-z][a-zA-Z0-9_]*$`, at most 255.
    package static func isId(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count <= 255, let first = bytes.first, (0x61...0x7A).contains(first) else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
