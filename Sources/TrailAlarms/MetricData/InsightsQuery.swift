package import TrailModel

/// A Metrics Insights query, `SELECT SUM(EventCount) FROM SCHEMA(CloudTrail, EventSource) GROUP BY EventSource`.
///
/// Its description reads back as the same query, with every name in quotes; a name or value that ends in a backslash
/// has no form in the language, whose backslash before a quote makes the quote part of the text.
package struct InsightsQuery: Hashable, Sendable {
    /// What is made of the samples of a period, or of the datapoints of a series to order by.
    package enum Function: String, CaseIterable, Sendable {
        case average = "AVG"
        case count = "COUNT"
        case maximum = "MAX"
        case minimum = "MIN"
        case sum = "SUM"

        /// The statistic that it takes of a period's samples.
        package var statistic: Statistic {
            switch self {
            case .average: .average
            case .count: .sampleCount
            case .maximum: .maximum
            case .minimum: .minimum
            case .sum: .sum
            }
        }
    }

    /// `ORDER BY MAX() DESC`.
    package struct Order: Hashable, Sendable {
        package let function: Function
        package let isAscending: Bool

        package init(_ function: Function, isAscending: Bool = true) {
            self.function = function
            self.isAscending = isAscending
        }
    }

    /// Unicode scalars of a query, CloudWatch's limit for every expression.
    package static let charactersMax = MetricMath.charactersMax
    /// Metrics that take part; CloudWatch passes over the rest, here it is an error.
    package static let metricsMax = 10_000
    /// Time series returned; a greater `LIMIT` changes nothing.
    package static let seriesMax = 500
    /// What stands in place of the value of a dimension that a metric does not have.
    package static let otherValue = "Other"

    package let function: Function
    package let metricName: String
    package let namespace: String
    /// `SCHEMA(…)` wants exactly its names; a namespace alone any.
    package let schema: MetricQuery.Schema
    package let conditions: [MetricQuery.Condition]
    package let groupBy: [String]
    package let order: Order?
    package let limit: Int?

    package init(
        _ function: Function, of metricName: String, namespace: String, schema: MetricQuery.Schema = .any,
        conditions: [MetricQuery.Condition] = [], groupBy: [String] = [], order: Order? = nil, limit: Int? = nil
    ) {
        self.function = function
        self.metricName = metricName
        self.namespace = namespace
        self.schema = schema
        self.conditions = conditions
        self.groupBy = groupBy
        self.order = order
        self.limit = limit
    }

    /// True for a text that is to be read as a query, whether it can be or not; metric math has no word `SELECT`.
    package static func isQuery(_ text: String) -> Bool {
        let start = text.drop { $0.isWhitespace }
        guard start.prefix(6).uppercased() == "SELECT" else { return false }
        return start.dropFirst(6).first.map { !$0.isLetter && !$0.isNumber && $0 != "_" } ?? true
    }
}

extension InsightsQuery: CustomStringConvertible {
    package var description: String {
        var text = "SELECT \(function.rawValue)(\(Self.quoted(metricName))) FROM "
        switch schema {
        case .any: text += Self.quoted(namespace)
        case .exactly(let names):
            text += "SCHEMA(" + ([namespace] + names).map(Self.quoted).joined(separator: ", ") + ")"
        }
        for (index, condition) in conditions.enumerated() {
            text += index == 0 ? " WHERE " : " AND "
            text += "\(Self.quoted(condition.name)) \(condition.isEqual ? "=" : "!=") "
            text += Self.quoted(condition.value, by: "'")
        }
        if !groupBy.isEmpty { text += " GROUP BY " + groupBy.map { Self.quoted($0) }.joined(separator: ", ") }
        if let order { text += " ORDER BY \(order.function.rawValue)() \(order.isAscending ? "ASC" : "DESC")" }
        if let limit { text += " LIMIT \(limit)" }
        return text
    }

    private static func quoted(_ name: String) -> String { quoted(name, by: "\"") }

    private static func quoted(_ text: String, by quote: Character) -> String {
        var result = String(quote)
        for scalar in text.unicodeScalars {
            if scalar == "'" || scalar == "\"" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result + String(quote)
    }
}
