import Foundation
import Testing
import TrailAlarms
import TrailPatterns
import TrailTemplates
import TrailYAML

@testable import trailwatch

/// What the loader refuses stays out of an import, and the rest loads.
struct ImportRefusalTests {
    /// An alarm that loads, as AWS describes it; `changes` replace or add members, an empty text removes one.
    private static func alarm(_ name: String, _ changes: [String: String] = [:]) -> String {
        var members = [
            "AlarmName": "\"\(name)\"", "AlarmArn": "\"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:\(name)\"",
            "MetricName": "\"M\"", "Namespace": "\"N\"", "Statistic": "\"Sum\"", "Period": "300",
            "EvaluationPeriods": "1", "Threshold": "1", "ComparisonOperator": "\"GreaterThanThreshold\"",
        ]
        members.merge(changes) { $1 }
        let kept = members.filter { $0.value != "" }.sorted { $0.key < $1.key }
        let texts = kept.map { member in "\"\(member.key)\": \(member.value)" }
        return "{\(texts.joined(separator: ","))}"
    }

    private static func query(_ metrics: String, _ changes: [String: String] = [:]) -> [String: String] {
        ["MetricName": "", "Namespace": "", "Statistic": "", "Period": "", "Metrics": metrics].merging(changes) { $1 }
    }

    private static func imported(
        alarms: [String], composites: [String] = [], filters: [String] = []
    ) throws -> (set: AlarmSet, leftOut: [String]) {
        let list = alarms.joined(separator: ",")
        let alarmText = "{\"MetricAlarms\": [\(list)], \"CompositeAlarms\": [\(composites.joined(separator: ","))]}"
        let filterText = "{\"metricFilters\": [\(filters.joined(separator: ","))]}"
        let (template, leftOut) = try ImportTemplate.loadable(
            DescribedResources(
                alarms: [try DescribedValue.read(Data(alarmText.utf8), file: "alarms.json")],
                filters: [try DescribedValue.read(Data(filterText.utf8), file: "filters.json")]))
        var settings = TemplateSettings(requiresParameterValues: true)
        settings.accountID = "123456789012"
        settings.region = "eu-west-1"
        let yaml = try template.yaml()
        let document = TemplateDocument(yaml: yaml, file: "imported.yaml")
        let (set, diagnostics) = TemplateLoader(settings: settings).load([document])
        #expect(diagnostics.filter { $0.severity == .error } == [], "\(yaml)")
        return (set, leftOut)
    }

    private static let stat =
        #""MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 300, "Stat": "Sum"}"#
    private static let sql = #""Expression": "SELECT SUM(M) FROM N", "Period": 300"#

    @Test(arguments: [
        (["ThresholdMetricId": "\"ad1\"", "Threshold": ""], "anomaly detection"),
        (["ComparisonOperator": "\"GreaterThanUpperThreshold\""], "anomaly detection"),
        (["EvaluationCriteria": #"{"PromQLCriteria": {"Query": "up"}}"#], "PromQL"),
        (["EvaluationInterval": "60"], "PromQL"),
        (["Period": "10"], "a Period of 10 seconds"), (["Period": "20"], "a Period of 20 seconds"),
        (["Period": "30"], "a Period of 30 seconds"),
        (query("[{\"Id\": \"m\", \"AccountId\": \"999999999999\", \(stat)}]"), "want 123456789012: metrics of other"),
        (
            query("[{\"Id\": \"q\", \"ReturnData\": false, \(sql)}, {\"Id\": \"e\", \"Expression\": \"q * 2\"}]"),
            "metric math over the Metrics Insights query 'q'"
        ),
    ])
    func `an alarm that the loader refuses is left out and named`(changes: [String: String], reason: String) throws {
        let (set, leftOut) = try Self.imported(alarms: [
            Self.alarm("before"), Self.alarm("odd", changes), Self.alarm("zulu"),
        ])
        #expect(set.alarms.map(\.name) == ["before", "zulu"])
        #expect(leftOut.count == 1)
        #expect(leftOut.first?.hasPrefix("alarm 'odd' is left out: cannot ") == true, "\(leftOut)")
        #expect(leftOut.first?.contains(reason) == true, "\(leftOut)")
    }

    @Test func `composite alarms over one that is left out go with it, and theirs`() throws {
        let (set, leftOut) = try Self.imported(
            alarms: [Self.alarm("good"), Self.alarm("odd", ["Period": "10"])],
            composites: [
                #"{"AlarmName": "child", "AlarmRule": "ALARM(good) OR ALARM(odd)"}"#,
                #"{"AlarmName": "fine", "AlarmRule": "ALARM(good)"}"#,
                #"{"AlarmName": "parent", "AlarmRule": "ALARM(child)"}"#,
            ])
        #expect(set.alarms.map(\.name) == ["good"])
        #expect(set.composites.map(\.name) == ["fine"])
        #expect(
            leftOut.map { String($0.prefix { $0 != ":" }) } == [
                "alarm 'odd' is left out", "composite alarm 'child' is left out",
                "composite alarm 'parent' is left out",
            ])
    }

    @Test func `a metric filter that the loader refuses is left out and named`() throws {
        let odd = DescribedSamples.signInsFilter
            .replacing("\"failed-sign-ins\"", with: "\"odd\", \"fieldSelectionCriteria\": \"x\"")
        let (set, leftOut) = try Self.imported(
            alarms: [Self.alarm("good")], filters: [DescribedSamples.signInsFilter, odd])
        #expect(set.filters.map(\.name) == ["failed-sign-ins"])
        #expect(leftOut.count == 1)
        #expect(
            leftOut.first?.hasPrefix("metric filter 'odd' is left out: cannot read FieldSelectionCriteria of ") == true,
            "\(leftOut)")
    }

    @Test func `nothing is left out of what loads`() throws {
        let (set, leftOut) = try Self.imported(alarms: [Self.alarm("a"), Self.alarm("b")])
        #expect(set.alarms.count == 2)
        #expect(leftOut == [])
    }
}
