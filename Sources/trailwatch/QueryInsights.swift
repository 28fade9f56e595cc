import ArgumentParser
import TrailAlarms
import TrailModel
import TrailStore

/// One line of a table of datapoints.
struct DatapointRow {
    /// One for each name of the table's first columns.
    let labels: [String]
    let time: Timestamp
    let value: Double
}

/// Remembers whether slots that were asked for had been deleted.
final class NotingSource: MetricSource {
    private let source: any MetricSource
    private var keptFrom: Timestamp?

    init(_ source: any MetricSource) { self.source = source }

    func result(of query: MetricQuery) throws -> QueryResult {
        let result = try source.result(of: query)
        keptFrom = [keptFrom, result.keptFrom].compactMap { $0 }.max()
        return result
    }

    func printNote() {
        guard let keptFrom else { return }
        printError("note: what came before \(keptFrom.rfc3339) is not kept in slots that some period needs")
    }
}

extension Query.Format {
    /// Prints rows under their names; `valueName` is the last column.
    func write(_ rows: some Sequence<DatapointRow>, names: [String], valueName: String) {
        if self == .csv { print((names + ["timestamp", valueName]).map(csvField).joined(separator: ",")) }
        for row in rows {
            switch self {
            case .csv:
                let fields = row.labels + [row.time.rfc3339, plainText(row.value)]
                print(fields.map(csvField).joined(separator: ","))
            case .json:
                let members = zip(names, row.labels).map { ($0, Optional(JSONValue.string($1))) }
                let value: JSONValue = Int64(exactly: row.value).map { .integer($0) } ?? .double(row.value)
                print(
                    JSONValue.members(members + [("timestamp", .string(row.time.rfc3339)), (valueName, value)]).text)
            case .table:
                print(([row.time.rfc3339] + row.labels + [plainText(row.value)]).joined(separator: "  "))
            }
        }
    }
}

extension InsightsQuery {
    /// Prints the datapoints of the query's series, one series after the other in the query's order.
    func printAnswer(
        from source: some MetricSource, periodSeconds: Int64, from: Timestamp, to: Timestamp, as format: Query.Format
    ) throws {
        let answer = try answer(from: source, periodSeconds: periodSeconds, from: from, to: to)
        if !answer.isKnown {
            printError("note: no \(namespace)/\(metricName) with such dimensions was ever counted")
        }
        if answer.isCut { printError("note: of more than \(Self.seriesMax) series only the first are shown") }
        let rows = answer.series.lazy.flatMap { series in
            series.points.lazy.map { DatapointRow(labels: series.values, time: $0.time, value: $0.value) }
        }
        format.write(rows, names: groupBy, valueName: function.statistic.rawValue)
    }
}

extension MetricDataRequest {
    /// Prints the datapoints of all results, one result after the other, oldest first.
    func printAnswer(from source: some MetricSource, as format: Query.Format) throws {
        let answer = try answer(from: source)
        if !answer.unknownIds.isEmpty {
            printError("note: never counted with such dimensions: \(answer.unknownIds.joined(separator: ", "))")
        }
        for message in answer.messages { printError("note: \(message.value)") }
        let rows = answer.results.lazy.flatMap { result in
            zip(result.timestamps, result.values).lazy.map {
                DatapointRow(labels: [result.id, result.label], time: $0, value: $1)
            }
        }
        format.write(rows, names: ["id", "label"], valueName: "value")
    }
}
