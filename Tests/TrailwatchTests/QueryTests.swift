import ArgumentParser
import Foundation
import Testing
import TrailAlarms
import TrailModel

@testable import trailwatch

struct QueryTests {
    private func entries(_ json: String) throws -> [MetricDataQuery] {
        try withFolder { folder in
            let file = folder.appending(path: "queries.json")
            try Data(json.utf8).write(to: file)
            return try QueriesFile.read(file.path)
        }
    }

    @Test func `a file of queries is what aws-cli takes`() throws {
        let got = try entries(
            """
            [{"Id": "rate", "Expression": "100 * errors / calls", "Label": "Error rate"},
             {"Id": "errors", "ReturnData": false, "MetricStat": {"Stat": "Sum", "Period": 300, "Unit": "Count", "Metric":
              {"Namespace": "CloudTrail", "MetricName": "ErrorCount",
               "Dimensions": [{"Name": "EventSource", "Value": "s3.amazonaws.com"}]}}},
             {"Id": "calls", "MetricStat": {"Stat": "Sum", "Period": 300,
              "Metric": {"Namespace": "CloudTrail", "MetricName": "EventCount"}}},
             {"Id": "q", "Expression": "SELECT SUM(EventCount) FROM CloudTrail", "Period": 3600}]
            """)
        func stat(_ name: String, _ dimensions: [TrailModel.Dimension]) -> MetricDataQuery.MetricStat {
            MetricDataQuery.MetricStat(
                metric: Metric(namespace: "CloudTrail", name: name, dimensions: dimensions), period: 300, stat: "Sum")
        }
        let source = TrailModel.Dimension(name: "EventSource", value: "s3.amazonaws.com")
        #expect(
            got == [
                MetricDataQuery(id: "rate", expression: "100 * errors / calls", label: "Error rate"),
                MetricDataQuery(id: "errors", metricStat: stat("ErrorCount", [source]), returnsData: false),
                MetricDataQuery(id: "calls", metricStat: stat("EventCount", [])),
                MetricDataQuery(id: "q", expression: "SELECT SUM(EventCount) FROM CloudTrail", period: 3600),
            ])
    }

    @Test(arguments: [
        ("{}", "got something else than Array<"), ("[", "got what is no JSON"), ("[{}]", "got no Id at [0]"),
        (
            #"[{"Id": "m", "MetricStat": {"Stat": "Sum", "Period": 60, "Metric": {"Namespace": "n"}}}]"#,
            "got no MetricName at [0].MetricStat.Metric"
        ),
        (#"[{"Id": "m", "Period": "60"}]"#, "got something else than Int64 at [0].Period"),
        (
            #"[{"Id": "m", "Expression": "1", "AccountId": "111122223333"}]"#,
            "got entry 'm' has an AccountId; want none"
        ),
    ])
    func `a file that is not such a list is refused with the place`(_ json: String, want: String) {
        let error = #expect(throws: QueriesFileError.self) { try entries(json) }
        #expect(error?.description.contains(want) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        (["EventCount"], true), (["SELECT SUM(EventCount) FROM CloudTrail"], true), ([], false),
        (["--queries", "q.json"], false), (["--queries", "q.json", "--from", "-1h"], true),
        (["EventCount", "--queries", "q.json", "--from", "-1h"], false),
        (["EventCount", "--dimensions", "EventName"], true),
        (["SELECT SUM(EventCount) FROM CloudTrail", "--dimensions", "EventName"], false),
    ])
    func `a metric, a SELECT or a file is asked for`(_ arguments: [String], isGood: Bool) {
        if isGood {
            #expect(throws: Never.self) { try Query.parse(arguments) }
        } else {
            #expect(throws: (any Error).self) { try Query.parse(arguments) }
        }
    }
}
