package import TrailModel

/// The metric math of an alarm, read and checked once: metrics of one period, expressions over them, and the one entry
/// that is watched.
///
/// "The alarm fetches extra datapoints" (CloudWatch user guide, metric math): expressions see the whole evaluation range,
/// whose periods end where the window ends, and nothing before it.
package struct AlarmMath: Sendable {
    /// An entry that is read from the store.
    package struct Source: Equatable, Sendable {
        package let id: String
        package let metric: Metric
        package let statistic: Stat
        package let unit: String?
    }

    /// An alarm's metrics and its expressions, CloudWatch's limit of each.
    package static let entriesMax = 10

    /// As written.
    package let queries: [MetricDataQuery]
    package let periodSeconds: Int64
    package let metrics: [Source]
    /// The entry with `ReturnData` true.
    package let watchedId: String
    private let math: MetricMath
    /// True when a period's value follows from the metrics' values in this period alone, so that it is computed once for
    /// all windows that hold it.
    let isByPeriod: Bool
    /// True when a period without any data need not be like another one.
    let tellsTime: Bool

    /// Reads the entries; those that are metrics have statistics that were checked before.
    package init(_ queries: [MetricDataQuery], periodSeconds: Int64) throws(MetricMathError) {
        self.queries = queries
        self.periodSeconds = periodSeconds
        metrics = queries.compactMap { entry in
            guard let stat = entry.metricStat, let statistic = try? Stat(stat.stat) else { return nil }
            return Source(id: entry.id, metric: stat.metric, statistic: statistic, unit: stat.unit)
        }
        math = try MetricMath(
            queries.map {
                MathQuery(id: $0.id, label: $0.label, expression: $0.expression, returnsData: $0.returnsData)
            })
        watchedId = try math.watchedId()
        let expressions = math.ordered.map(\.expression)
        isByPeriod = expressions.allSatisfy(\.isByPeriod)
        tellsTime = expressions.contains(where: \.tellsTime)
    }

    /// The widest slots that the metrics are counted in.
    package var resolution: Resolution {
        metrics.map(\.metric.resolution).max { $0.seconds < $1.seconds } ?? .minute
    }

    /// The watched values of `count` periods, the first of which starts at `start`.
    ///
    /// Of each of ``metrics``, `values` holds one for each period.
    func evaluate(_ values: [[Double?]], from start: Timestamp, count: Int) -> [Double?] {
        let series = zip(metrics, values).map { ($0.id, MathSeries(values: $1)) }
        let slots = MathSlots(start: start, periodSeconds: periodSeconds, count: count)
        // A window has far fewer periods than the bound on datapoints; past it there would be no data.
        let results = try? math.evaluate(Dictionary(series) { first, _ in first }, over: slots)
        guard let found = results?.first?.series.first else { return Array(repeating: nil, count: count) }
        return (0..<count).map { found[$0] }
    }
}

extension AlarmMath: Equatable {
    package static func == (left: AlarmMath, right: AlarmMath) -> Bool {
        left.queries == right.queries && left.periodSeconds == right.periodSeconds
    }
}

extension MathExpression {
    /// True when each value follows from the values of its own period.
    var isByPeriod: Bool {
        switch form {
        case .number, .id, .metrics: true
        case .array(let members): members.allSatisfy(\.isByPeriod)
        case .negation(let operand): operand.isByPeriod
        case .operation(_, let left, let right): left.isByPeriod && right.isByPeriod
        case .condition(let test, let then, let otherwise):
            test.isByPeriod && then.isByPeriod && otherwise?.isByPeriod ?? true
        case .fill(let series, .value(let value)): series.isByPeriod && value.isByPeriod
        case .fill, .sort: false
        case .call(let function, let arguments): arguments.allSatisfy(\.isByPeriod) && isByPeriod(function, arguments)
        }
    }

    private func isByPeriod(_ function: MathFunction, _ arguments: [MathExpression]) -> Bool {
        switch function {
        case .absolute, .ceiling, .floor, .logarithm, .decimalLogarithm, .metricCount, .period, .first, .last, .slice,
            .timeSeries, .minute, .hour, .day, .date, .month, .year, .epoch:
            true
        // Of an array one value for each period, of a series one for all.
        case .average, .maximum, .minimum, .sum, .standardDeviation, .datapointCount:
            switch arguments.first?.form {
            case .array, .metrics: true
            default: false
            }
        case .difference, .timeDifference, .rate, .runningSum, .removeEmpty: false
        }
    }

    /// True when it looks at the clock.
    var tellsTime: Bool {
        switch form {
        case .number, .id, .metrics: return false
        case .array(let members): return members.contains(where: \.tellsTime)
        case .negation(let operand): return operand.tellsTime
        case .operation(_, let left, let right): return left.tellsTime || right.tellsTime
        case .condition(let test, let then, let otherwise):
            return test.tellsTime || then.tellsTime || otherwise?.tellsTime ?? false
        case .fill(let series, .value(let value)): return series.tellsTime || value.tellsTime
        case .fill(let series, _): return series.tellsTime
        case .sort(let array, _, _, let limit): return array.tellsTime || limit?.tellsTime ?? false
        case .call(let function, let arguments):
            switch function {
            case .minute, .hour, .day, .date, .month, .year, .epoch: return true
            default: return arguments.contains(where: \.tellsTime)
            }
        }
    }
}
