/// What to read of the metrics of one name: which of them, how they are grouped, and when.
///
/// The datapoints of a group are those of all its metrics together; a metric read alone is a group of one.
package struct MetricQuery: Hashable, Sendable {
    /// Which dimensions a metric must have to take part.
    package enum Schema: Hashable, Sendable {
        /// Exactly these names, in any order.
        case exactly([String])
        /// Any, or none.
        case any
    }

    /// What the value of one dimension must be.
    package struct Condition: Hashable, Sendable {
        package let name: String
        package let value: String
        /// False wants every other value; a metric without the dimension has another value.
        package let isEqual: Bool

        package init(name: String, value: String, isEqual: Bool = true) {
            self.name = name
            self.value = value
            self.isEqual = isEqual
        }
    }

    /// The longest period, ten years of 366 days.
    package static let periodSecondsMax: Int64 = 3660 * 86_400

    package var namespace: String
    package var metricName: String
    package var schema: Schema
    /// All must hold.
    package var conditions: [Condition]
    /// Names of the dimensions whose values tell the groups apart.
    package var groupBy: [String]
    package var periodSeconds: Int64
    /// Inclusive; floored to a whole period since the epoch.
    package var from: Timestamp
    /// Exclusive; floored likewise (CloudWatch's GetMetricData leaves the cut period out).
    package var to: Timestamp
    package var limits = Limits()

    /// How much one query may read and return.
    package struct Limits: Hashable, Sendable {
        /// Metrics that take part.
        package var metricsMax = 1_000_000
        package var groupsMax = 100_000
        /// Periods with data over all groups.
        package var datapointsMax = 5_000_000
        /// Sums in memory at once; with more groups a day is read in several stretches.
        package var sumsMax = 4_000_000

        package init() {}
    }

    package init(
        namespace: String, metricName: String, schema: Schema, conditions: [Condition] = [], groupBy: [String] = [],
        periodSeconds: Int64, from: Timestamp, to: Timestamp
    ) {
        self.namespace = namespace
        self.metricName = metricName
        self.schema = schema
        self.conditions = conditions
        self.groupBy = groupBy
        self.periodSeconds = periodSeconds
        self.from = from
        self.to = to
    }

    /// Reads one metric alone.
    package init(metric: Metric, periodSeconds: Int64, from: Timestamp, to: Timestamp) {
        self.init(
            namespace: metric.namespace, metricName: metric.name, schema: .exactly(metric.dimensions.map(\.name)),
            conditions: metric.dimensions.map { Condition(name: $0.name, value: $0.value) },
            periodSeconds: periodSeconds, from: from, to: to)
    }
}

/// The datapoints found.
package struct QueryResult: Hashable, Sendable {
    package struct Group: Hashable, Sendable {
        /// Of the dimensions grouped by, in the order asked for; `nil` for metrics without the dimension.
        package let values: [String?]
        /// Periods that hold samples, in time order.
        package var points: [Point]

        package init(values: [String?], points: [Point]) {
            self.values = values
            self.points = points
        }
    }

    package struct Point: Hashable, Sendable {
        /// Start of the period.
        package let start: Timestamp
        package let set: StatisticSet

        package init(start: Timestamp, set: StatisticSet) {
            self.start = start
            self.set = set
        }
    }

    /// False when no metric of this name with such dimensions was ever counted.
    package var isKnown: Bool
    /// Before this time the slots that the period needs were deleted; `nil` when the range is held whole.
    package var keptFrom: Timestamp?
    /// Groups with datapoints, sorted by their values; `nil` comes last.
    package var groups: [Group]

    package init(isKnown: Bool = true, keptFrom: Timestamp? = nil, groups: [Group] = []) {
        self.isKnown = isKnown
        self.keptFrom = keptFrom
        self.groups = groups
    }

    /// The points of all groups.
    package var points: [Point] { groups.flatMap(\.points) }

    /// True when group `left` is shown before `right`.
    package static func isBefore(_ left: [String?], _ right: [String?]) -> Bool {
        for (left, right) in zip(left, right) where left != right {
            guard let left else { return false }
            guard let right else { return true }
            return left < right
        }
        return false
    }
}

/// Where datapoints are read from.
package protocol MetricSource {
    /// - Throws: ``QueryError`` for a query that cannot be answered.
    func result(of query: MetricQuery) throws -> QueryResult
}

/// A query that cannot be answered.
package enum QueryError: Error, Equatable, CustomStringConvertible {
    case period(got: Int64, multipleOf: Int64)
    case tooManyMetrics(max: Int)
    case tooManyGroups(max: Int)
    case tooManyDatapoints(max: Int)

    package var description: String {
        switch self {
        case .period(let got, let step):
            "cannot query with a period of \(got) s; want a multiple of \(step) s, at most \(MetricQuery.periodSecondsMax) s"
        case .tooManyMetrics(let max):
            "cannot query more than \(max) metrics at once; name more values of dimensions"
        case .tooManyGroups(let max):
            "cannot answer with more than \(max) groups; group by fewer dimensions, or name values of some"
        case .tooManyDatapoints(let max):
            "cannot answer with more than \(max) datapoints; ask for longer periods, a shorter time or fewer groups"
        }
    }
}
