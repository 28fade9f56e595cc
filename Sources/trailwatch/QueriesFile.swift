import Foundation
import TrailAlarms
import TrailModel

/// The file of `--queries`: what `aws cloudwatch get-metric-data --metric-data-queries file://…` takes.
enum QueriesFile {
    /// Reads the entries.
    ///
    /// - Throws: ``QueriesFileError`` for a file that is not such a list.
    static func read(_ path: String) throws -> [MetricDataQuery] {
        guard let text = FileManager.default.contents(atPath: path) else {
            throw QueriesFileError(path: path, reason: "no file that can be read")
        }
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: text)
        } catch let error as DecodingError {
            throw QueriesFileError(path: path, reason: error.place)
        }
        return try entries.map { entry in
            guard entry.accountID == nil else {
                throw QueriesFileError(path: path, reason: "entry '\(entry.id)' has an AccountId; want none")
            }
            return MetricDataQuery(
                id: entry.id, metricStat: entry.metricStat?.value, expression: entry.expression, label: entry.label,
                returnsData: entry.returnData ?? true, period: entry.period)
        }
    }

    private struct Entry: Decodable {
        let id: String
        let metricStat: MetricStat?
        let expression: String?
        let label: String?
        let returnData: Bool?
        let period: Int64?
        let accountID: String?

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case metricStat = "MetricStat"
            case expression = "Expression"
            case label = "Label"
            case returnData = "ReturnData"
            case period = "Period"
            case accountID = "AccountId"
        }
    }

    private struct MetricStat: Decodable {
        let metric: Metric
        let period: Int64
        let stat: String

        enum CodingKeys: String, CodingKey {
            case metric = "Metric"
            case period = "Period"
            case stat = "Stat"
        }

        var value: MetricDataQuery.MetricStat {
            MetricDataQuery.MetricStat(metric: metric.value, period: period, stat: stat)
        }
    }

    private struct Metric: Decodable {
        let namespace: String
        let metricName: String
        let dimensions: [Dimension]?

        enum CodingKeys: String, CodingKey {
            case namespace = "Namespace"
            case metricName = "MetricName"
            case dimensions = "Dimensions"
        }

        var value: TrailModel.Metric {
            TrailModel.Metric(
                namespace: namespace, name: metricName,
                dimensions: (dimensions ?? []).map { TrailModel.Dimension(name: $0.name, value: $0.value) })
        }
    }

    private struct Dimension: Decodable {
        let name: String
        let value: String

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case value = "Value"
        }
    }
}

/// A file that is not a list of metric data queries.
struct QueriesFileError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String {
        "cannot read --queries \(path): got \(reason); want a list of metric data queries as aws-cli takes it"
    }
}

extension DecodingError {
    /// The place in the file and what is wrong there.
    fileprivate var place: String {
        func words(_ context: Context, _ what: String) -> String {
            let path = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
            return path.isEmpty ? what : "\(what) at \(path.joined())"
        }
        return switch self {
        case .keyNotFound(let key, let context): words(context, "no \(key.stringValue)")
        case .typeMismatch(let type, let context): words(context, "something else than \(type)")
        case .valueNotFound(let type, let context): words(context, "null instead of \(type)")
        case .dataCorrupted(let context): words(context, "what is no JSON")
        @unknown default: "what cannot be read"
        }
    }
}
