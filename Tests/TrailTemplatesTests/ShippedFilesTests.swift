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
        #expect(names.count >= 3)
        for name in names {
            let loaded = TemplateLoader(settings: TemplateSettings(requiresParameterValues: true))
                .load([try document(name)])
            #expect(loaded.diagnostics.filter { $0.severity != .note } == [], "\(name)")
        }
    }

    @Test func `all files together raise nothing, call nobody out, and name a severity`() throws {
        let documents = try Self.names.map(document)
        let loaded = TemplateLoader(settings: TemplateSettings(requiresParameterValues: true)).load(documents)
        #expect(loaded.diagnostics.map(\.description) == [])
        #expect(loaded.set.subscriptions == [])
        for alarm in loaded.set.alarms {
            #expect(["critical", "high", "medium", "low"].contains(alarm.severity), "\(alarm.name)")
            #expect((alarm.alarmDescription ?? "").count > 80, "\(alarm.name)")
            #expect(alarm.alarmActions == ["arn:aws:sns:us-east-1:000000000000:trailwatch-alarms"], "\(alarm.name)")
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
