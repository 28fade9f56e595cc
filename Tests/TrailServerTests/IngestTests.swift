import Foundation
import Testing
import TrailAlarms
import TrailCounts
import TrailModel
import TrailServer
import TrailSources
import TrailStore
import TrailTemplates

/// A folder of log files and a store beside it, which go when the test ends.
private final class Workplace: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: path + "/logs", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/logs/\(name)"))
    }

    func ingest(_ set: AlarmSet = AlarmSet()) throws -> [Ingest.Outcome] {
        let store = try Store(directory: path + "/data")
        var ingest = Ingest(store: store, plan: CountingPlan(filters: set.filters), time: FixedTime())
        var outcomes: [Ingest.Outcome] = []
        try ingest.run(LogFolder.files(under: path + "/logs").files) { outcomes.append($0) }
        return outcomes
    }
}

private struct FixedTime: TimeSource {
    func now() -> Timestamp { Timestamp(seconds: 1_700_010_000) }
    func sleep(for duration: Duration) async throws {}
}

private func logFile(_ events: [(minute: Int, name: String)]) -> [UInt8] {
    let start = Timestamp(seconds: 1_699_999_980)
    let records = events.enumerated().map { index, event in
        """
        {"eventTime":"\(start.adding(seconds: Int64(event.minute) * 60).rfc3339)","eventID":"\(event.minute)-\(index)",\
        "eventSource":"iam.amazonaws.com","eventName":"\(event.name)"}
        """
    }
    return Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8)
}

@Suite struct IngestTests {
    @Test func `bad files are reported and the good ones beside them count`() throws {
        let place = try Workplace()
        let good = logFile([(0, "A"), (1, "B")])
        try place.write("a.json", good)
        try place.write("b.json.gz", Array(gzipped(good).dropLast(12)))
        try place.write("c.json", Array("{\"users\":[]}".utf8))
        try place.write("d.json", [])
        try place.write("e.txt", Array("not read".utf8))
        let outcomes = try place.ingest()
        #expect(outcomes.count == 4)
        #expect(outcomes[0].count.counted == 2)
        for (outcome, name) in zip(outcomes.dropFirst(), ["b.json.gz", "c.json", "d.json"]) {
            guard case .read(.rejected) = outcome.status else {
                Issue.record("\(name): got \(outcome.status); want rejected")
                continue
            }
            #expect(outcome.reason?.contains(name) == true)
        }
    }

    @Test func `a second file of the same bytes is known, in the same batch too`() throws {
        let place = try Workplace()
        try place.write("a.json", logFile([(0, "A"), (1, "B")]))
        try place.write("b.json", logFile([(0, "A"), (1, "B")]))
        let outcomes = try place.ingest()
        #expect(outcomes.map(\.count.counted) == [2, 0])
        guard case .known(.counted) = outcomes[1].status else {
            Issue.record("got \(outcomes[1].status); want known")
            return
        }
    }

    /// Two copies of a bucket, as many files as make several batches.
    @Test(arguments: [1, 3]) func `copies of a file are known, however many files lie between them`(workers: Int) throws
    {
        let place = try Workplace()
        for copy in ["a", "b"] {
            let folder = "\(place.path)/logs/\(copy)/AWSLogs/111122223333/CloudTrail/us-east-1/2023/11/14"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for number in 0..<600 {
                let name = "111122223333_CloudTrail_us-east-1_20231114T2215Z_\(1000 + number).json"
                try Data(logFile([(number % 50, "E\(number)")])).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
        }
        let store = try Store(directory: place.path + "/data")
        var ingest = Ingest(store: store, plan: CountingPlan(filters: []), time: FixedTime(), workers: workers)
        var total = FileCount()
        try ingest.run(LogFolder.files(under: place.path + "/logs").files) { total.add($0.count) }
        #expect(total.records == 600 && total.duplicate + total.counted == 600)
    }

    @Test func `a file that grew after it was listed is known by what was read of it`() throws {
        let place = try Workplace()
        let name =
            "AWSLogs/111122223333/CloudTrail/us-east-1/2023/11/14/"
            + "111122223333_CloudTrail_us-east-1_20231114T2215Z_1000.json"
        let url = URL(fileURLWithPath: "\(place.path)/logs/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(logFile([(0, "A")]).dropLast(3)).write(to: url)
        let listed = LogFolder.files(under: place.path + "/logs").files
        try Data(logFile([(0, "A")])).write(to: url)
        let store = try Store(directory: place.path + "/data")
        var ingest = Ingest(store: store, plan: CountingPlan(filters: []), time: FixedTime())
        var counts: [FileCount] = []
        try ingest.run(listed) { counts.append($0.count) }
        try ingest.run(LogFolder.files(under: place.path + "/logs").files) { counts.append($0.count) }
        #expect(counts.map(\.counted) == [1, 0] && counts.map(\.duplicate) == [0, 0])
    }

    @Test func `a mended file counts when it is read again, a known one does not`() throws {
        let place = try Workplace()
        try place.write("a.json.gz", Array(gzipped(logFile([(0, "A")])).dropLast(4)))
        #expect(try place.ingest()[0].count.counted == 0)
        try place.write("a.json.gz", gzipped(logFile([(0, "A")])))
        #expect(try place.ingest()[0].count.counted == 1)
        guard case .known(.counted) = try place.ingest()[0].status else {
            Issue.record("want the file to be known")
            return
        }
    }
}

@Suite struct BacktestTests {
    static let template = """
        Resources:
          Deletions:
            Type: AWS::Logs::MetricFilter
            Properties:
              LogGroupName: trail
              FilterPattern: '{ $.eventName = "Delete*" }'
              MetricTransformations:
                - {MetricName: Deletions, MetricNamespace: Test, MetricValue: "1", DefaultValue: 0}
          ManyDeletions:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: many-deletions
              MetricName: Deletions
              Namespace: Test
              Statistic: Sum
              Period: 60
              EvaluationPeriods: 2
              Threshold: 2
              ComparisonOperator: GreaterThanOrEqualToThreshold
        """

    /// Deletions per minute: '.' is a minute with other traffic, '-' one without any.
    ///
    /// O, A and ? are the states at the minute's end.
    @Test(arguments: [
        ("two breaching minutes in a row alarm", ".22..", "OOAOO"),
        ("one is not enough", ".2.2.", "OOOOO"),
        ("a minute without traffic is missing: one breach of age two alarms", "2-2..", "?AAOO"),
    ])
    func `the engine decides recorded minutes`(why: String, data: String, want: String) throws {
        let place = try Workplace()
        let file = place.path + "/alarms.yaml"
        try Self.template.write(toFile: file, atomically: true, encoding: .utf8)
        let (set, diagnostics) = TemplateLoader().load(try AlarmFiles.read([file]))
        #expect(!diagnostics.contains { $0.severity == .error })
        let events = data.enumerated().flatMap { minute, mark -> [(minute: Int, name: String)] in
            switch mark {
            case "-": []
            case ".": [(minute, "ListUsers")]
            default: Array(repeating: (minute, "DeleteUser"), count: mark.wholeNumberValue ?? 0)
            }
        }
        try place.write("a.json", logFile(events))
        _ = try place.ingest(set)
        let start = Timestamp(seconds: 1_699_999_980)
        let end = start.adding(seconds: Int64(data.count) * 60)
        let result = try #require(
            try Backtest(reader: StoreReader(directory: place.path + "/data"), set: set).run(from: nil, to: end).alarms
                .first)
        var state = "?"
        let got = (1...data.count).map { minute in
            let time = start.adding(seconds: Int64(minute) * 60)
            for decision in result.decisions where decision.windowEnd == time {
                state = decision.to == .alarm ? "A" : decision.to == .ok ? "O" : "?"
            }
            return state
        }.joined()
        #expect(got == want, "\(why)")
    }

    @Test func `several threads count what one counts, in the same order`() throws {
        let place = try Workplace()
        for number in 0..<300 {
            let events = (0..<number % 7).map { (minute: number % 50, name: "E\($0 + number % 3)") }
            try place.write("\(1000 + number).json", number % 41 == 7 ? Array("{".utf8) : logFile(events))
        }
        let files = LogFolder.files(under: place.path + "/logs").files
        func outcomes(workers: Int) throws -> [String] {
            let store = try Store(directory: "\(place.path)/data-\(workers)")
            var ingest = Ingest(store: store, plan: CountingPlan(filters: []), time: FixedTime(), workers: workers)
            var lines: [String] = []
            try ingest.run(files) { lines.append("\($0.key) \($0.status) \($0.count)") }
            return lines.sorted()
        }
        #expect(try outcomes(workers: 1) == outcomes(workers: 4))
    }
}
