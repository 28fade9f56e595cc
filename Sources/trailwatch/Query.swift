import ArgumentParser
import Foundation
import TrailModel
import TrailStore

/// `trailwatch query`: the datapoints of a metric.
struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the datapoints of a metric.")

    enum Format: String, ExpressibleByArgument { case table, csv, json }

    @Argument(help: "The metric's name, such as EventCount.")
    var metric: String

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    @Option(help: "The metric's namespace.")
    var namespace = "CloudTrail"

    @Option(help: "Name=Value,Name,…: the metric's exact dimensions; one without a value is grouped by.")
    var dimensions = ""

    @Option(help: "SampleCount, Sum, Average, Minimum or Maximum.")
    var stat = "Sum"

    @Option(help: "Seconds of a period.")
    var period: Int64 = 300

    @Option(parsing: .unconditional, help: "Inclusive start, RFC 3339 or relative such as -3h.")
    var from: String?

    @Option(parsing: .unconditional, help: "Exclusive end.")
    var to: String?

    @Option(help: "Form of the result.")
    var format = Format.table

    func run() throws {
        guard let statistic = Statistic(rawValue: stat) else {
            let known = Statistic.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("cannot use --stat \(stat): want one of \(known)")
        }
        guard period > 0, period % 60 == 0 else {
            throw ValidationError("cannot use --period \(period): want a multiple of 60")
        }
        let now = SystemTime().now()
        let query = MetricQuery(
            namespace: namespace, metricName: metric, schema: .exactly(dimensionList.map(\.name)),
            conditions: dimensionList.compactMap { name, value in
                value.map { MetricQuery.Condition(name: name, value: $0) }
            },
            groupBy: dimensionList.filter { $0.value == nil }.map(\.name), periodSeconds: period,
            from: try time(from, "--from", now) ?? Timestamp(seconds: 0),
            to: try time(to, "--to", now) ?? Timestamp(seconds: 253_402_300_799))
        do {
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let result = try StoreReader(directory: try data.path(settings)).result(of: query)
            if !result.isKnown {
                printError("note: no \(namespace)/\(metric) with exactly these dimensions was ever counted")
            }
            write(result, names: query.groupBy, statistic: statistic)
        } catch {
            throw exitError(after: error)
        }
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

    private func write(_ result: QueryResult, names: [String], statistic: Statistic) {
        let rows = result.groups.flatMap { group in
            group.points.map { (start: $0.start, group: group.values.map { $0 ?? "" }, set: $0.set) }
        }
        .sorted { $0.start != $1.start ? $0.start < $1.start : $0.group.lexicographicallyPrecedes($1.group) }
        .map { ($0.start.rfc3339, $0.group, $0.set.value(of: statistic)) }
        switch format {
        case .csv:
            print((names + ["timestamp", statistic.rawValue]).map(csvField).joined(separator: ","))
            for (time, group, value) in rows {
                print((group + [time, plainText(value)]).map(csvField).joined(separator: ","))
            }
        case .json:
            for (time, group, value) in rows {
                let members = zip(names, group).map { ($0, Optional(JSONValue.string($1))) }
                let value: JSONValue = Int64(exactly: value).map { .integer($0) } ?? .double(value)
                print(JSONValue.members(members + [("timestamp", .string(time)), (statistic.rawValue, value)]).text)
            }
        case .table:
            for (time, group, value) in rows { print(([time] + group + [plainText(value)]).joined(separator: "  ")) }
        }
    }
}

/// A field of CSV, quoted where it must be (RFC 4180).
func csvField(_ text: String) -> String {
    text.contains(where: { ",\"\n\r".contains($0) })
        ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
}
