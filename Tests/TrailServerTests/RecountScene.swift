import Foundation
import Testing
import TrailCounts
import TrailModel
import TrailPatterns
import TrailSources
import TrailStore
import TrailTemplates

@testable import TrailServer

private struct FixedTime: TimeSource {
    func now() -> Timestamp { start.adding(seconds: 7200) }
    func sleep(for duration: Duration) async throws {}
}

private let start = Timestamp(seconds: 1_700_000_000)

/// A metric filter whose metric has no dimensions.
func recountFilter(_ name: String, _ metric: String, _ pattern: String, value: Double = 1) throws -> MetricFilter {
    MetricFilter(
        name: name, logGroupName: "trail", pattern: try FilterPattern(pattern),
        metric: Metric(namespace: "Test", name: metric, dimensions: []), value: value, defaultValue: 0,
        location: SourceLocation(file: "test.yaml"))
}

/// An event of a log file.
struct RecountCall {
    var id: Int
    var name: String
    var second: Int

    /// The same event in one of several forms; one without an eventID is known by its bytes and has one form only.
    func json(form: Int) -> String {
        let time = start.adding(seconds: Int64(second)).rfc3339
        if id % 11 == 0 { return #"{"eventTime":"\#(time)","eventName":"\#(name)","n":\#(id)}"# }
        // Copies of a shared event count once for each recipient.
        let account = id % 7 < 2 ? "22222222222\(id % 7)" : "111122223333"
        let fields = [
            #""eventID":"\#(id % 7 < 2 ? "shared-\(id / 7)" : "id-\(id)")""#, #""eventTime":"\#(time)""#,
            #""eventName":"\#(name)""#,
            #""recipientAccountId":"\#(account)""#, #""eventSource":"s3.amazonaws.com""#,
        ]
        return "{\((form == 0 ? fields : fields.reversed()).joined(separator: form == 2 ? " ,\n" : ","))}"
    }
}

/// Log files and stores beside them, which go when the test ends.
final class RecountScene {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path
    var data: String { path + "/data" }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ records: [String]) throws {
        let url = URL(fileURLWithPath: "\(path)/logs/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("{\"Records\":[\(records.joined(separator: ","))]}".utf8).write(to: url)
    }

    func write(_ name: String, _ calls: [RecountCall]) throws {
        try write(name, calls.map { $0.json(form: 0) })
    }

    /// Reads these files, all that there are when none is named, as `trailwatch ingest` does.
    func ingest(_ filters: [MetricFilter], _ names: [String]? = nil, into data: String? = nil) throws {
        let store = try Store(directory: data ?? self.data)
        try ingest(filters, names, store)
        try store.fold()
    }

    func ingest(_ filters: [MetricFilter], _ names: [String]? = nil, _ store: Store) throws {
        var ingest = Ingest(store: store, plan: CountingPlan(filters: filters), time: FixedTime())
        let files = try names.map { try $0.map { try LogFile(path: "\(path)/logs/\($0)") } }
        try ingest.read(files ?? LogFolder.files(under: path + "/logs").files) { outcome in
            if case .read(.rejected) = outcome.status { Issue.record("\(outcome.reason ?? "")") }
        }
    }

    @discardableResult
    func recount(_ filters: [MetricFilter], workers: Int = 1) throws -> Recount {
        let store = try Store(directory: data)
        let recount = try Recount(store: store, filters: filters, workers: workers)
        while try recount.step() {}
        return recount
    }

    /// Everything that is counted, by metric.
    func export(_ filters: [MetricFilter], _ data: String? = nil) throws -> [String: [QueryResult.Group]] {
        let reader = try StoreReader(directory: data ?? self.data)
        var metrics = Dictionary(filters.map { ($0.metric.name, $0.metric) }) { first, _ in first }
        metrics["traffic"] = TrafficMetric.metric
        let names = Dictionary(filters.map { ($0.metric.name, $0.dimensions.map(\.name)) }) { first, _ in first }
        var result = try metrics.mapValues { metric in
            let dimensions = names[metric.name] ?? []
            return try reader.result(
                of: MetricQuery(
                    namespace: metric.namespace, metricName: metric.name, schema: .exactly(dimensions),
                    groupBy: dimensions, periodSeconds: 60, from: Timestamp(seconds: 0),
                    to: Timestamp(seconds: 4_000_000_000))
            ).groups
        }
        result["EventCount"] = try reader.result(
            of: MetricQuery(
                namespace: "CloudTrail", metricName: "EventCount", schema: .exactly(["EventName"]),
                groupBy: ["EventName"], periodSeconds: 300, from: Timestamp(seconds: 0),
                to: Timestamp(seconds: 4_000_000_000))
        ).groups
        return result
    }

    func total(_ metric: String) throws -> Double {
        try export([recountFilter("any", metric, "{ $.eventName = * }")])[metric]?.flatMap(\.points).reduce(0) {
            $0 + $1.set.sum
        } ?? 0
    }

    func uncounted(_ filters: [MetricFilter]) throws -> [Int] {
        try BacktestStore(reader: StoreReader(directory: data), filters: filters).uncounted.map(\.files)
    }
}
