import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailPatterns
import TrailTemplates
import TrailYAML

/// The files in `Alarms/`, as a user gets them.
struct ShippedFilesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Alarms")

    static var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }.sorted()
        }
    }

    private func document(_ name: String) throws -> TemplateDocument {
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        return TemplateDocument(yaml: text, file: name)
    }

    @Test func `each file loads with its defaults alone`() throws {
        let names = try Self.names
        #expect(names.count == 10)
        for name in names {
            let loaded = TemplateLoader(settings: TemplateSettings(requiresParameterValues: true))
                .load([try document(name)])
            #expect(loaded.diagnostics.filter { $0.severity != .note } == [], "\(name)")
        }
    }

    @Test func `all files together raise nothing, call nobody out, and name a severity`() throws {
        let documents = try Self.names.map(document)
        let loaded = TemplateLoader(settings: TemplateSettings(requiresParameterValues: true)).load(documents)
        // The topic's policy matters on AWS alone.
        let passedOver = "AWS::SNS::TopicPolicy is passed over: it has no effect here"
        #expect(loaded.diagnostics.map(\.message) == [passedOver], "\(loaded.diagnostics)")
        #expect(loaded.set.subscriptions == [])
        for alarm in loaded.set.alarms {
            #expect(["critical", "high", "medium", "low"].contains(alarm.severity), "\(alarm.name)")
            #expect((alarm.alarmDescription ?? "").count > 80, "\(alarm.name)")
            #expect(alarm.alarmActions == ["arn:aws:sns:us-east-1:000000000000:trailwatch-alarms"], "\(alarm.name)")
        }
    }

    @Test(
        arguments: [
            ("slack.yaml", "SlackWebhookUrl", SubscriptionOptions.Format.slack),
            ("teams.yaml", "TeamsWebhookUrl", .teams), ("pagerduty.yaml", "PagerDutyUrl", .sns),
        ])
    func `a receiver is told once its address is given`(
        name: String, parameter: String, format: SubscriptionOptions.Format
    ) throws {
        let address = "https://example.com/hook"
        let settings = TemplateSettings(parameters: [parameter: address], requiresParameterValues: true)
        let loaded = TemplateLoader(settings: settings).load([try document("topics.yaml"), try document(name)])
        #expect(loaded.diagnostics.filter { $0.severity != .note } == [])
        #expect(loaded.set.subscriptions.map(\.endpoint) == [address])
        #expect(loaded.set.subscriptions.map(\.options.format) == [format])
        #expect(loaded.set.subscriptions.map(\.topicARN) == loaded.set.topics.map(\.arn))
    }

    @Test(arguments: ["https://events.pagerduty.com/v2/enqueue", "https://events.eu.pagerduty.com/v2/enqueue"])
    func `PagerDuty's own form needs its key alone, and goes to Europe where asked`(address: String) throws {
        var parameters = ["PagerDutyRoutingKey": "0123456789abcdef0123456789abcdef"]
        if address.contains(".eu.") { parameters["PagerDutyEventsUrl"] = address }
        let settings = TemplateSettings(parameters: parameters, requiresParameterValues: true)
        let loaded = TemplateLoader(settings: settings)
            .load([try document("topics.yaml"), try document("pagerduty.yaml")])
        #expect(loaded.diagnostics.filter { $0.severity != .note } == [])
        let subscription = try #require(loaded.set.subscriptions.first)
        #expect(loaded.set.subscriptions.count == 1)
        #expect(subscription.endpoint == address)
        #expect(subscription.options.format == .pagerduty)
        #expect(subscription.options.routingKey == "0123456789abcdef0123456789abcdef")
    }

    @Test func `every file has the topic's name as a parameter, and every number is one`() throws {
        for name in try Self.names {
            let root = try #require(try document(name).root)
            #expect(root["Parameters"]?["AlarmTopicName"]?["Default"]?.text == "trailwatch-alarms", "\(name)")
            for member in root["Resources"]?.members ?? [] where member.value["Type"]?.text == "AWS::CloudWatch::Alarm"
            {
                for key in ["Threshold", "Period", "EvaluationPeriods", "DatapointsToAlarm"] {
                    guard let value = member.value["Properties"]?[key] else { continue }
                    #expect(value.tag == "!Ref", "\(name): \(member.key).\(key)")
                }
            }
        }
    }

    @Test func `the benchmark has its fifteen controls with the published parameters`() throws {
        let set = TemplateLoader().load([try document("cis-aws-foundations.yaml")]).set
        #expect(set.alarms.map { $0.name.split(separator: "-")[1] } == (1...15).map { "4.\($0)" })
        #expect(set.filters.map(\.metric) == set.alarms.flatMap(\.input.metrics))
        for alarm in set.alarms {
            #expect(alarm.input.metrics.first?.namespace == "CISBenchmark")
            #expect(alarm.input.statistic == .sum)
            #expect(alarm.periodSeconds == 300)
            #expect(alarm.evaluationPeriods == 1)
            #expect(alarm.threshold == 1)
            #expect(alarm.comparison == .greaterThanOrEqualToThreshold)
            #expect(alarm.treatMissingData == nil)
            #expect(!alarm.actionsEnabled)
        }
    }
}
