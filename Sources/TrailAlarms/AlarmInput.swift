package import TrailModel

/// What an alarm watches: the forms of `PutMetricAlarm` that exclude each other.
package enum AlarmInput: Equatable, Sendable {
    /// One metric (`Namespace`, `MetricName`, `Dimensions`).
    case metric(WatchedMetric)
    /// Metric math over several metrics (`Metrics`).
    case math(AlarmMath)
    /// A Metrics Insights query (`Metrics` with one `SELECT`).
    case insights(AlarmInsights)
}

/// The metric of an alarm that watches just one.
package struct WatchedMetric: Equatable, Sendable, Codable {
    package var metric: Metric
    package var statistic: Stat
    package var unit: String?

    package init(metric: Metric, statistic: Stat, unit: String? = nil) {
        self.metric = metric
        self.statistic = statistic
        self.unit = unit
    }
}

/// The Metrics Insights query of an alarm; with `GROUP BY` each of its series is a contributor with a state of its own.
///
/// "Alarms on Metrics Insights queries" (CloudWatch user guide): the alarm is in ALARM while any contributor is.
package struct AlarmInsights: Equatable, Sendable {
    /// The entry as written; its period is the alarm's.
    package let entry: MetricDataQuery
    package let query: InsightsQuery

    package var isGrouped: Bool { !query.groupBy.isEmpty }

    package init(_ entry: MetricDataQuery) throws(InsightsQueryError) {
        self.entry = entry
        query = try InsightsQuery(entry.expression ?? "")
    }

    package static func == (left: AlarmInsights, right: AlarmInsights) -> Bool { left.entry == right.entry }

    /// The slots that all metrics of the query are counted in.
    var resolution: Resolution { Metric(namespace: query.namespace, name: query.metricName).resolution }
}

extension AlarmInput {
    /// The entries of `Metrics`, in their order; empty for one metric.
    package var queries: [MetricDataQuery] {
        switch self {
        case .metric: []
        case .math(let math): math.queries
        case .insights(let insights): [insights.entry]
        }
    }

    /// The metrics that the alarm names; those of a Metrics Insights query are known only when it is read.
    package var metrics: [Metric] {
        switch self {
        case .metric(let watched): [watched.metric]
        case .math(let math): math.metrics.map(\.metric)
        case .insights: []
        }
    }

    /// The widest slots that the watched metrics are counted in.
    package var resolution: Resolution {
        switch self {
        case .metric(let watched): watched.metric.resolution
        case .math(let math): math.resolution
        case .insights(let insights): insights.resolution
        }
    }

    /// What is made of the samples of a period; absent for metric math, whose metrics have one each.
    package var statistic: Stat? {
        switch self {
        case .metric(let watched): watched.statistic
        case .math: nil
        case .insights(let insights): .statistic(insights.query.function.statistic)
        }
    }

    /// True when an expression looks at the clock: then each minute is decided, those without events, too.
    package var tellsTime: Bool {
        if case .math(let math) = self { math.tellsTime } else { false }
    }

    /// True when both have the same values on the same data; a unit that is asked for counts at the next load.
    func isRead(as other: AlarmInput) -> Bool {
        guard case .metric(let own) = self, case .metric(let others) = other else { return self == other }
        return own.metric == others.metric && own.statistic == others.statistic
    }

    /// Why `Metrics` of an alarm cannot be used.
    package enum Fault: Error, Equatable, Sendable {
        case math(MetricMathError)
        case insights(id: String, InsightsQueryError)
    }

    /// Reads the entries of `Metrics`: one Metrics Insights query alone, or metric math.
    package init(queries: [MetricDataQuery], periodSeconds: Int64) throws(Fault) {
        if queries.count == 1, let entry = queries.first, InsightsQuery.isQuery(entry.expression ?? "") {
            do throws(InsightsQueryError) {
                self = .insights(try AlarmInsights(entry))
            } catch {
                throw .insights(id: entry.id, error)
            }
            return
        }
        do throws(MetricMathError) {
            self = .math(try AlarmMath(queries, periodSeconds: periodSeconds))
        } catch {
            throw .math(error)
        }
    }
}

extension AlarmInput.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .math(let error): error.description
        case .insights(let id, let error): "cannot read entry '\(id)': \(error)"
        }
    }
}
