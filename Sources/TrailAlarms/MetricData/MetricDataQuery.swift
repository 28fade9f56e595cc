package import TrailModel

/// One entry of a GetMetricData request: a metric with its period and statistic, or an expression over other entries.
package struct MetricDataQuery: Equatable, Sendable, Codable {
    /// What is read of one metric.
    package struct MetricStat: Equatable, Sendable, Codable {
        package let metric: Metric
        /// Seconds; below 60 the datapoints of minutes are read.
        package let period: Int64
        package let stat: String
        /// Of an alarm, which gets no data when nothing publishes in it; a request's changes nothing.
        package let unit: String?

        package init(metric: Metric, period: Int64, stat: String, unit: String? = nil) {
            self.metric = metric
            self.period = period
            self.stat = stat
            self.unit = unit
        }
    }

    package let id: String
    package let metricStat: MetricStat?
    /// Metric math, or a Metrics Insights query.
    package let expression: String?
    package let label: String?
    /// False for an entry that only others use.
    package let returnsData: Bool
    /// Seconds; of a Metrics Insights query, or of an expression without metrics.
    package let period: Int64?

    package init(
        id: String, metricStat: MetricStat? = nil, expression: String? = nil, label: String? = nil,
        returnsData: Bool = true, period: Int64? = nil
    ) {
        self.id = id
        self.metricStat = metricStat
        self.expression = expression
        self.label = label
        self.returnsData = returnsData
        self.period = period
    }

    /// The period that datapoints are read with: metrics have none below a minute.
    static func readPeriod(_ period: Int64) -> Int64 { max(period, 60) }

    /// Sub-minute periods that CloudWatch knows; above them it takes multiples of 60.
    static let shortPeriods: [Int64] = [1, 5, 10, 20, 30]
}

/// The datapoints of one time series of the answer.
package struct MetricDataResult: Equatable, Sendable {
    /// What CloudWatch calls StatusCode; nothing else comes from one store that answers at once.
    package enum StatusCode: String, Sendable {
        case complete = "Complete"
    }

    /// The entry's; the series of an array share it.
    package let id: String
    package let label: String
    package let timestamps: [Timestamp]
    /// One for each of ``timestamps``.
    package let values: [Double]
    package let statusCode: StatusCode

    init(id: String, label: String, points: [MathDatapoint], statusCode: StatusCode = .complete) {
        self.id = id
        self.label = label
        timestamps = points.map(\.time)
        values = points.map(\.value)
        self.statusCode = statusCode
    }
}

/// The answer to a GetMetricData request.
package struct MetricDataAnswer: Equatable, Sendable {
    /// Something that the caller should know of the whole answer.
    package struct Message: Equatable, Sendable {
        package let code: String
        package let value: String
    }

    /// Those of metrics, then those of expressions, each in the order of the entries.
    package var results: [MetricDataResult] = []
    package var messages: [Message] = []
    /// Ids of entries whose metric, with these dimensions, was never counted.
    package var unknownIds: [String] = []
}
