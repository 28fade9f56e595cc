import ArgumentParser
import Foundation
import TrailAlarms
import TrailModel
import TrailStore

/// `trailwatch query`: the datapoints of a metric, a Metrics Insights query or a file of metric data queries.
struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the datapoints of a metric, of a SELECT or of metric math.",
        discussion: """
            A SELECT is CloudWatch's Metrics Insights query, such as "SELECT SUM(EventCount) FROM SCHEMA(CloudTrail, \
            EventSource) GROUP BY EventSource ORDER BY SUM() DESC LIMIT 5"; --period, --from, --to and --format go \
            with it. A file of --queries is what aws cloudwatch get-metric-data takes for --metric-data-queries; \
            --from, --to and --format go with it.
            """)

    enum Format: String, ExpressibleByArgument { case table, csv, json }

    @Argument(help: "The metric's name, such as EventCount, or a query that starts with SELECT.")
    var metric: String?

    @Option(
        help: ArgumentHelp("A list of metric data queries, with metrics, metric math or a SELECT.", valueName: "file"))
    var queries: String?

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    @Option(help: "The metric's namespace.")
    var namespace = "CloudTrail"

    @Option(help: "Name=Value,Name,…: the metric's exact dimensions; one without a value is grouped by.")
    var dimensions = ""

    @Option(
        help: """
            SampleCount, Sum, Average, Minimum, Maximum, IQM, a percentile such as p99, or tm, wm, tc, ts, TM, WM, TC, \
            TS and PR as in tm90, TM(10%:90%) and PR(:300).
            """)
    var stat = "Sum"

    @Option(help: "Seconds of a period.")
    var period: Int64 = 300

    @Option(parsing: .unconditional, help: "Inclusive start, RFC 3339 or relative such as -3h.")
    var from: String?

    @Option(parsing: .unconditional, help: "Exclusive end.")
    var to: String?

    @Option(help: "Form of the result.")
    var format = Format.table

    func validate() throws {
        guard (metric == nil) != (queries == nil) else {
            throw ValidationError("want the name of a metric or a SELECT, or --queries, one of them")
        }
        if queries != nil, from == nil { throw ValidationError("--queries goes with --from") }
        guard let metric, !InsightsQuery.isQuery(metric) else {
            if !dimensions.isEmpty { throw ValidationError("--dimensions goes with the name of a metric only") }
            return
        }
    }

    func run() throws {
        guard let metric, !InsightsQuery.isQuery(metric) else { return try runQueries() }
        let statistic: Stat
        do { statistic = try Stat(stat) } catch { throw ValidationError("--stat: \(error)") }
        let period = try checkedPeriod()
        let now = SystemTime().now()
        let query = MetricQuery(
            namespace: namespace, metricName: metric, schema: .exactly(dimensionList.map(\.name)),
            conditions: dimensionList.compactMap { name, value in
                value.map { MetricQuery.Condition(name: name, value: $0) }
            },
            groupBy: dimensionList.filter { $0.value == nil }.map(\.name), periodSeconds: period,
            from: try time(from, "--from", now) ?? Timestamp(seconds: 0),
            to: try time(to, "--to", now) ?? Self.farEnd)
        do {
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let result = try StoreReader(directory: try data.path(settings)).result(of: query)
            if !result.isKnown {
                printError("note: no \(namespace)/\(metric) with exactly these dimensions was ever counted")
            }
            if let kept = result.keptFrom {
                printError(
                    "note: what came before \(kept.rfc3339) is not kept in slots that a period of \(period) s needs")
            }
            write(result, names: query.groupBy, statistic: statistic)
        } catch {
            throw exitError(after: error)
        }
    }

    /// Answers a SELECT or a file of queries.
    private func runQueries() throws {
        let now = SystemTime().now()
        let from = try time(from, "--from", now) ?? Timestamp(seconds: 0)
        let to = try time(to, "--to", now)
        do {
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let source = NotingSource(try StoreReader(directory: try data.path(settings)))
            defer { source.printNote() }
            if let queries {
                // Metric math fills whole ranges: an open end would have no last slot.
                let request = try MetricDataRequest(
                    try QueriesFile.read(queries), from: from, to: to ?? now, scanBy: .ascending)
                try request.printAnswer(from: source, as: format)
            } else {
                try InsightsQuery(metric ?? "").printAnswer(
                    from: source, periodSeconds: checkedPeriod(), from: from, to: to ?? Self.farEnd, as: format)
            }
        } catch {
            throw exitError(after: error)
        }
    }

    /// The last second that RFC 3339 can write.
    private static let farEnd = Timestamp(seconds: 253_402_300_799)

    private func checkedPeriod() throws -> Int64 {
        guard period > 0, period % 60 == 0, period <= MetricQuery.periodSecondsMax else {
            throw ValidationError(
                "cannot use --period \(period): want a multiple of 60, at most \(MetricQuery.periodSecondsMax)")
        }
        return period
    }

    private var dimensionList: [(name: String, value: String?)] {
        dimensions.split(separator: ",").map { part in
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (pair[0], pair.count == 2 ? pair[1] : nil)
        }
    }

    private func time(_ text: String?, _ option: String, _ now: Timestamp) throws -> Timestamp? {
        try text.map { try BacktestCommand.time($0, option, now) }
    }

    private func write(_ result: QueryResult, names: [String], statistic: Stat) {
        // A datapoint without a value, such as a percentile of samples that are not known, is left out.
        let rows = result.groups.flatMap { group in
            group.points.compactMap { point in
                point.set.value(of: statistic).map {
                    DatapointRow(labels: group.values.map { $0 ?? "" }, time: point.start, value: $0)
                }
            }
        }
        .sorted { $0.time != $1.time ? $0.time < $1.time : $0.labels.lexicographicallyPrecedes($1.labels) }
        format.write(rows, names: names, valueName: statistic.name)
    }
}

/// A field of CSV, quoted where it must be (RFC 4180).
func csvField(_ text: String) -> String {
    text.contains(where: { ",\"\n\r".contains($0) })
        ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
}
