import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailPatterns
import TrailTemplates
import TrailYAML

@testable import trailwatch

/// What `trailwatch import` makes of the AWS CLI's outputs loads, and declares what AWS described.
struct ImportTests {
    private static func template(alarms: String?, filters: String? = nil) throws -> ImportTemplate {
        try ImportTemplate(
            DescribedResources(
                alarms: alarms.map { [try DescribedValue.read(Data($0.utf8), file: "alarms.json")] } ?? [],
                filters: filters.map { [try DescribedValue.read(Data($0.utf8), file: "filters.json")] } ?? []))
    }

    private static func load(_ template: ImportTemplate) throws -> (set: AlarmSet, diagnostics: [Diagnostic]) {
        var settings = TemplateSettings(requiresParameterValues: true)
        settings.accountID = "123456789012"
        settings.region = "eu-west-1"
        return TemplateLoader(settings: settings).load([
            TemplateDocument(yaml: try template.yaml(), file: "imported.yaml")
        ])
    }

    private static let topic = "arn:aws:sns:eu-west-1:123456789012:ops"

    @Test func `everything described is declared again, and nothing that AWS takes without`() throws {
        let template = try Self.template(alarms: DescribedSamples.alarms, filters: DescribedSamples.filters)
        let (set, diagnostics) = try Self.load(template)
        let yaml = try template.yaml()
        #expect(diagnostics.filter { $0.severity == .error } == [], "\(yaml)")
        #expect(template.notes == [])
        #expect(set.topics.map(\.arn) == [Self.topic])
        #expect(set.alarms.map(\.name) == ["error rate", "failed-sign-ins", "latency: p99"])
        #expect(set.filters.map(\.name) == ["calls", "errors", "failed-sign-ins", "bytes out"])
        #expect(set.composites.map(\.name) == ["a-child", "any"])
        let signIns = try #require(set.alarms.first { $0.name == "failed-sign-ins" })
        let metric = Metric(namespace: "Security", name: "FailedSignIns")
        let expected = MetricAlarm(
            name: "failed-sign-ins", alarmDescription: "It's \"five\":\n# or more", actionsEnabled: false,
            okActions: [], alarmActions: [Self.topic, "arn:aws:sns:eu-west-1:999999999999:other"],
            insufficientDataActions: [],
            input: .metric(WatchedMetric(metric: metric, statistic: signIns.input.statistic ?? .sum, unit: "Count")),
            periodSeconds: 300, evaluationPeriods: 3, datapointsToAlarm: 2, threshold: 0.5,
            comparison: .greaterThanOrEqualToThreshold, treatMissingData: .notBreaching,
            evaluateLowSampleCountPercentile: nil, tags: [:], location: signIns.location)
        #expect(signIns == expected)
        let rate = try #require(set.alarms.first { $0.name == "error rate" })
        #expect(rate.input.metrics.map(\.name) == ["ApiCalls", "ApiErrors"])
        #expect(rate.okActions == [Self.topic])
        #expect(rate.actionsEnabled)
        let latency = try #require(set.alarms.first { $0.name == "latency: p99" })
        #expect(latency.input.metrics.first?.dimensions == [Dimension(name: "Api", value: "true")])
        #expect(latency.evaluateLowSampleCountPercentile != nil)
    }

    @Test func `filters keep pattern, value, dimensions, default and unit`() throws {
        let set = try Self.load(try Self.template(alarms: nil, filters: DescribedSamples.filters)).set
        let bytes = try #require(set.filters.first { $0.name == "bytes out" })
        #expect(bytes.pattern.text == #"{ ($.eventName = "GetObject") && ($.note != "it's: #1") }"#)
        #expect(bytes.dimensions.map(\.name) == ["Bucket", "Zone"])
        #expect(bytes.unit == "Bytes")
        #expect(bytes.logGroupName == "/aws/trail")
        #expect(bytes.defaultValue == nil)
        let signIns = try #require(set.filters.first { $0.name == "failed-sign-ins" })
        #expect(signIns.value.constant == 1)
        #expect(signIns.defaultValue == 0)
    }

    @Test func `the template reads as a person would write it`() throws {
        let alarms = """
            {"MetricAlarms": [\(DescribedSamples.signIns)], "CompositeAlarms": [], "LogAlarms": []}
            """
        let filters = #"{"metricFilters": [\#(DescribedSamples.signInsFilter)]}"#
        #expect(try Self.template(alarms: alarms, filters: filters).yaml() == DescribedSamples.signInsYAML)
    }

    @Test func `composite alarms come after those that they name, also in a circle`() throws {
        func composite(_ name: String, _ rule: String) -> String {
            #"{"AlarmName": "\#(name)", "AlarmRule": "\#(rule)", "AlarmActions": []}"#
        }
        let members = [
            composite("a", "ALARM(c)"), composite("b", "ALARM(b2) OR ALARM(x)"), composite("b2", "ALARM(b)"),
            composite("c", "OK(elsewhere)"),
        ]
        let template = try Self.template(alarms: #"{"CompositeAlarms": [\#(members.joined(separator: ","))]}"#)
        let root = try #require(TemplateDocument(yaml: try template.yaml(), file: "imported.yaml").root)
        #expect(root["Resources"]?.members?.map(\.key) == ["CAlarm", "AAlarm", "BAlarm", "B2Alarm"])
        func needed(_ id: String) -> [String]? {
            root["Resources"]?[id]?["DependsOn"]?.elements?.compactMap(\.text)
        }
        #expect(needed("AAlarm") == ["CAlarm"])
        #expect(needed("BAlarm") == nil)
        #expect(needed("B2Alarm") == ["BAlarm"])
    }

    @Test func `logical IDs depend on the names alone`() {
        let ids = LogicalIDs([["failed-sign-ins"], ["cis-4.1 Alarm"], ["a-b"], ["a b"], ["日本"]], kind: "Alarm")
        #expect(ids[["failed-sign-ins"]] == "FailedSignInsAlarm")
        #expect(ids[["cis-4.1 Alarm"]] == "Cis41Alarm")
        let (one, other) = (ids[["a-b"]] ?? "", ids[["a b"]] ?? "")
        #expect(one.hasPrefix("ABAlarm") && other.hasPrefix("ABAlarm") && one != other)
        #expect(LogicalIDs([["a b"], ["a-b"]], kind: "Alarm")[["a-b"]] == one)
        #expect((ids[["日本"]] ?? "").count == "Alarm".count + 8)
    }

    @Test(arguments: [
        ("[]", "cannot read alarms.json: got a list at the top; want an object"),
        (#"{"metricFilters": []}"#, "cannot read alarms.json: got no MetricAlarms and no CompositeAlarms at the top"),
        (
            #"{"MetricAlarms": [{"AlarmName": "a"}, {"Period": 60}]}"#,
            "cannot read alarms.json: got nothing at MetricAlarms[1].AlarmName; want a value"
        ),
        (
            #"{"MetricAlarms": [{"AlarmName": "a", "Period": "60"}]}"#,
            "cannot read alarms.json: got '60' at MetricAlarms[0].Period; want a number"
        ),
        (
            #"{"MetricAlarms": [{"AlarmName": "a", "Dimensions": [{"Name": "x", "Value": 7}]}]}"#,
            "cannot read alarms.json: got 7 at MetricAlarms[0].Dimensions[0].Value; want a text"
        ),
        (
            #"{"MetricAlarms": [{"AlarmName": "a", "ActionsEnabled": "true"}]}"#,
            "cannot read alarms.json: got 'true' at MetricAlarms[0].ActionsEnabled; want true or false"
        ),
        (
            #"{"CompositeAlarms": [{"AlarmName": "a"}]}"#,
            "cannot read alarms.json: got nothing at CompositeAlarms[0].AlarmRule; want a value"
        ),
        (
            #"{"MetricAlarms": [{"AlarmName": "a"}], "CompositeAlarms": [{"AlarmName": "a", "AlarmRule": "TRUE"}]}"#,
            "cannot import alarms.json: got 'a' at CompositeAlarms[0] a second time; want each alarm and filter once"
        ),
        ("MetricAlarms:", "cannot read alarms.json: got no JSON; want what the AWS CLI prints with --output json"),
        (
            #"""
            {"MetricAlarms": [{"AlarmName": "a", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:1:alarm:a"},
            {"AlarmName": "b", "AlarmArn": "arn:aws:cloudwatch:us-east-1:1:alarm:b"}]}
            """#,
            "cannot import alarms of 1 in eu-west-1 and 1 in us-east-1 into one template; want one account and region"
        ),
    ])
    func `bad input is told with file and place`(text: String, message: String) throws {
        do {
            _ = try Self.template(alarms: text)
            Issue.record("it was taken: \(text)")
        } catch let fault as ImportFault {
            #expect(fault.description.hasPrefix(message), "\(fault)")
        }
    }

    @Test func `what is not known is noted`() throws {
        let template = try Self.template(alarms: #"{"MetricAlarms": [{"AlarmName": "a", "Novelty": 1, "Unit": null}]}"#)
        #expect(template.notes == ["Novelty of alarm 'a' is left out: it is not known here"])
        #expect(try Self.template(alarms: #"{"MetricAlarms": []}"#).yaml().hasSuffix("\nResources: {}\n"))
    }

    @Test(arguments: [
        "plain", "two words", "123", "1.5", "0x1F", "1e3", "true", "No", "null", "~", "", " lead", "trail ", "a: b",
        "a #b", "#a", "- a", "[a]", "{ $.a = \"b\" }", "it's", "\"q\"", "back\\slash", "line\nbreak", "tab\tx", "é",
        "日本", "😀", "\u{7F}", "\u{85}", "\u{2028}x", "x\u{FEFF}", "!Ref x", "&a", "*a", "%a", "@a", "`a", "<<", "=",
        "a:",
        "2024-01-01", "12:30:45", ".inf", "-", "?", "|", ">", "a, b", "---", "...", "y", "on", "${AWS::Region}",
    ])
    func `a text stays that text`(text: String) throws {
        let node = TemplateNode.mapping([
            ("Key", .text(text)), ("List", .list([.text(text), .mapping([(text, .ref("R"))])])),
        ])
        let yaml = try node.yaml(indent: 2)
        let root = try #require(TemplateDocument(yaml: yaml, file: "a.yaml").root, "\(yaml)")
        #expect(root["Key"]?.text == text)
        #expect(root["Key"]?.isNull == false)
        #expect(root["List"]?.elements?.first?.text == text)
        #expect(root["List"]?.elements?.last?.members?.first?.key == text)
        #expect(root["List"]?.elements?.last?.members?.first?.value["Ref"]?.text == "R")
    }
}
