/// Why a GetMetricData request is refused; ``message`` is CloudWatch's text where that is known.
package enum MetricDataError: Error, Equatable, Sendable {
    case noQueries
    case tooManyQueries(Int)
    case duplicateIds
    /// `member` counts the entries from 1.
    case badId(member: Int)
    case bothForms(member: Int)
    case noForm(member: Int)
    case badStat(member: Int)
    case badPeriod(member: Int, got: Int64)
    /// Of a Metrics Insights query.
    case badQueryPeriod(id: String, got: Int64?)
    case tooManyInsightsQueries
    case math(MetricMathError)
    case insights(id: String, InsightsQueryError)
    /// An expression over metrics of several periods.
    case mixedPeriods(id: String, [Int64])
    /// An expression without metrics, such as `TIME_SERIES(1)`, and nothing that gives it a period.
    case noPeriod(id: String)
    case badLabel(id: String, MetricDataLabelFault)
    case equalTimes
    case reversedTimes
    case tooManyDatapoints(got: Int, max: Int)
}

extension MetricDataError {
    /// Entries of one request.
    static let queriesMax = MetricMath.queriesMax

    /// A label for metrics, from a fixed set.
    package var code: StaticString {
        switch self {
        case .noQueries, .duplicateIds, .badId, .bothForms, .noForm, .badLabel: "bad_entries"
        case .badStat: "bad_statistic"
        case .badPeriod, .badQueryPeriod, .mixedPeriods, .noPeriod: "bad_period"
        case .tooManyQueries, .tooManyInsightsQueries, .tooManyDatapoints: "limit"
        case .math(let error): error.code
        case .insights(_, let error): error.code
        case .equalTimes, .reversedTimes: "bad_times"
        }
    }

    /// What CloudWatch answers, with code ValidationError; where its text is not known, one in its manner.
    package var message: String {
        func member(_ number: Int) -> String { "MetricDataQueries.member.\(number)" }
        let shortPeriods = "[ \(MetricDataQuery.shortPeriods.map { "\($0)" }.joined(separator: ", ")) ]"
        return switch self {
        case .noQueries: "The parameter MetricDataQueries is required."
        case .tooManyQueries: "The collection MetricDataQueries must not have a size greater than \(Self.queriesMax)."
        case .duplicateIds: "The values for parameter id in MetricDataQueries are not unique."
        case .badId(let number):
            "The value for parameter \(member(number)).Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
        case .bothForms(let number):
            "The parameters \(member(number)).Expression and \(member(number)).MetricStat are mutually exclusive and "
                + "you have specified both."
        case .noForm(let number): "The parameter \(member(number)).MetricStat is required.\n"
        case .badStat(let number):
            "The value for parameter \(member(number)).MetricStat.Stat is not a valid statistic."
        case .badPeriod(let number, let got):
            "The value \(got) for parameter \(member(number)).MetricStat.Period must be a value in the set "
                + "\(shortPeriods) or a multiple of 60."
        case .badQueryPeriod(let id, nil):
            "Error in expression '\(id)': Period is a required field when using query within an expression"
        case .badQueryPeriod(let id, let got?):
            "Error in expression '\(id)': The parameter Period must be a "
                + (got < 60 ? "value in the set \(shortPeriods)." : "multiple of 60.")
        case .tooManyInsightsQueries: "Maximum number of queries (1) exceeded"
        case .math(let error): "Error in expression '\(error.id)': \(error.cloudWatchText)"
        case .insights(let id, let error): "Error in expression '\(id)': \(error.cloudWatchText)"
        case .mixedPeriods(let id, let periods):
            "Error in expression '\(id)': got metrics with Periods of \(periods.map { "\($0)" }.joined(separator: ", ")) "
                + "s; want one Period for all metrics of an expression"
        case .noPeriod(let id): "Error in expression '\(id)': got no metric and no Period; want a Period"
        case .badLabel(let id, let fault): "Error in label of '\(id)': \(fault.message)"
        case .equalTimes: "The parameter StartTime must not equal parameter EndTime.\n"
        case .reversedTimes: "The parameter EndTime must be greater than StartTime.\n"
        case .tooManyDatapoints(let got, let max):
            "You have requested up to \(got) datapoints, which exceeds the limit of \(max). You may reduce the "
                + "datapoints requested by increasing Period, or decreasing the time range."
        }
    }
}

extension MetricDataError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .math(let error): "\(error)"
        case .insights(let id, let error): "entry '\(id)': \(error)"
        default: "cannot answer: \(message.last == "\n" ? String(message.dropLast()) : message)"
        }
    }
}

extension MetricMathError {
    /// CloudWatch's words where they are known.
    fileprivate var cloudWatchText: String {
        switch reason {
        case .unknownFunction(let name): "Function '\(name)' not found"
        case .unknownId(let id): "ID '\(id)' not found"
        default: message
        }
    }
}
