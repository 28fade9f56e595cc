/// A function of metric math whose arguments are all values; the raw value is CloudWatch's name.
///
/// `FILL`, `IF`, `METRICS` and `SORT` take words or leave arguments out and have forms of their own in
/// ``MathExpression``.
package enum MathFunction: String, CaseIterable, Sendable {
    case absolute = "ABS"
    case ceiling = "CEIL"
    case floor = "FLOOR"
    case logarithm = "LOG"
    case decimalLogarithm = "LOG10"
    case difference = "DIFF"
    case timeDifference = "DIFF_TIME"
    case rate = "RATE"
    case runningSum = "RUNNING_SUM"
    case average = "AVG"
    case maximum = "MAX"
    case minimum = "MIN"
    case sum = "SUM"
    case standardDeviation = "STDDEV"
    case datapointCount = "DATAPOINT_COUNT"
    case metricCount = "METRIC_COUNT"
    case period = "PERIOD"
    case first = "FIRST"
    case last = "LAST"
    case slice = "SLICE"
    case removeEmpty = "REMOVE_EMPTY"
    case timeSeries = "TIME_SERIES"
    case minute = "MINUTE"
    case hour = "HOUR"
    case day = "DAY"
    case date = "DATE"
    case month = "MONTH"
    case year = "YEAR"
    case epoch = "EPOCH"

    /// How many arguments it takes.
    var argumentCounts: ClosedRange<Int> { self == .slice ? 2...3 : 1...1 }

    /// Functions with forms of their own.
    static let special = ["FILL", "IF", "METRICS", "SORT"]

    static let allNames = (allCases.map(\.rawValue) + special).sorted()

    /// What CloudWatch has and this product does not, with the way out.
    static let unsupported: [String: String] = [
        "SEARCH": "each metric as an entry of its own, and METRICS() for all of them",
        "ANOMALY_DETECTION_BAND": "a fixed Threshold, or bounds computed from another metric",
        "INSIGHT_RULE_METRIC": "a metric filter that counts the same events",
        "SERVICE_QUOTA": "the quota written as a number",
        "DB_PERF_INSIGHTS": "a metric of this store",
        "LAMBDA": "a metric of this store",
    ]
}

/// The three types of CloudWatch's results: S, TS and TS[] in its guide.
package enum MathType: Equatable, Sendable {
    case scalar
    case timeSeries
    case seriesArray

    var words: String {
        switch self {
        case .scalar: "a number"
        case .timeSeries: "a time series"
        case .seriesArray: "an array of time series"
        }
    }
}
