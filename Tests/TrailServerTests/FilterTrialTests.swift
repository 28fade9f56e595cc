import Foundation
import Testing
import TrailCounts
import TrailModel
import TrailPatterns
import TrailServer
import TrailSources
import TrailStore
import TrailTemplates

private struct FixedTime: TimeSource {
    func now() -> Timestamp { Timestamp(seconds: 1_700_086_400) }
    func sleep(for duration: Duration) async throws {}
}

/// Metric filters tried on what a data directory counted.
struct FilterTrialTests {
    private func filter(_ pattern: String) throws -> MetricFilter {
        MetricFilter(
            name: "f", logGroupName: "trail", pattern: try FilterPattern(pattern),
            metric: Metric(namespace: "Own", name: "M"), value: 1,
            location: SourceLocation(file: "a.yaml", line: 3, column: 5))
    }

    /// A folder with a file of these events and a data directory that counted it.
    private func counted(_ records: [String]) throws -> (folder: URL, file: URL, data: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "trial-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "logs"), withIntermediateDirectories: true)
        let file = folder.appending(path: "logs/a.json")
        try Data("{\"Records\":[\(records.joined(separator: ","))]}".utf8).write(to: file)
        let data = folder.appending(path: "data").path
        let store = try Store(directory: data)
        var ingest = Ingest(store: store, plan: CountingPlan(filters: []), time: FixedTime())
        try ingest.run(LogFolder.files(under: folder.appending(path: "logs").path).files) { _ in }
        return (folder, file, data)
    }

    @Test(
        arguments: [
            ("{ $.eventName = CreateUser }", nil, nil),
            ("", nil, nil),
            (
                "{ $.eventName = DeleteUser }",
                "a.yaml:3:5: warning: filter 'f' matches none of the recorded events, of 1 files", nil
            ),
            // No index knows of it, so that the file is read.
            (
                "{ $.sessionCredentialFromConsole IS TRUE }",
                "a.yaml:3:5: warning: filter 'f' matches none of the recorded events, of 1 files",
                "a.yaml:3:5: note: filter 'f' may match none of the recorded events: cannot read "
            ),
        ] as [(String, String?, String?)])
    func `a filter that matches nothing is named`(pattern: String, want: String?, withoutFile: String?) async throws {
        let (folder, file, data) = try counted([
            #"{"eventID":"1","eventTime":"2023-11-14T22:13:20Z","eventName":"CreateUser","#
                + #""eventSource":"iam.amazonaws.com","recipientAccountId":"111122223333"}"#
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let filter = try filter(pattern)
        #expect(
            try await FilterTrial(StoreReader(directory: data)).findings(of: [filter]).map(\.description)
                == (want.map { [$0] } ?? []))
        guard let withoutFile else { return }
        try FileManager.default.removeItem(at: file)
        let findings = try await FilterTrial(StoreReader(directory: data)).findings(of: [filter]).map(\.description)
        #expect(findings.count == 1 && findings[0].hasPrefix(withoutFile), "\(findings)")
    }

    @Test(
        arguments: [
            (#"{"source":["aws.iam"]}"#, EventRule.State.enabled, true),
            (#"{"detail":{"eventName":["CreateUser"]}}"#, .enabled, true),
            (#"{"detail":{"eventName":["DeleteUser"]}}"#, .enabled, false),
            (#"{"detail":{"eventName":["DeleteUser"]}}"#, .disabled, true),
            // Found in the index for one of the alternatives only.
            (#"{"detail":{"$or":[{"eventName":["DeleteUser"]},{"errorCode":[{"exists":false}]}]}}"#, .enabled, true),
            (#"{"detail":{"$or":[{"eventName":["DeleteUser"]},{"eventName":["CreateUser"]}]}}"#, .enabled, true),
            (#"{"region":["eu-west-1"],"detail":{"eventName":["CreateUser"]}}"#, .enabled, false),
            // Reads are seen only by rules that ask for them.
            (#"{"detail":{"eventName":["ListUsers"]}}"#, .enabled, false),
            (#"{"detail":{"eventName":["ListUsers"]}}"#, .enabledWithAllManagementEvents, true),
            // These are no events of CloudTrail's.
            (#"{"source":["aws.cloudwatch"],"detail-type":["CloudWatch Alarm State Change"]}"#, .enabled, true),
            (#"{"detail-type":[{"prefix":"CloudWatch Alarm"}]}"#, .enabled, true),
            (#"{"source":["aws.health"]}"#, .enabled, false),
        ] as [(String, EventRule.State, Bool)])
    func `a rule that is told of nothing is named`(pattern: String, state: EventRule.State, isFine: Bool) async throws {
        let (folder, _, data) = try counted(
            ["CreateUser", "ListUsers"].enumerated().map { index, name in
                """
                {"eventID":"\(index)","eventTime":"2023-11-14T22:13:20Z","eventName":"\(name)","awsRegion":"us-east-1",
                "eventSource":"iam.amazonaws.com","recipientAccountId":"111122223333","eventCategory":"Management",
                "readOnly":\(name == "ListUsers")}
                """
            })
        defer { try? FileManager.default.removeItem(at: folder) }
        let rule = EventRule(
            name: "r", pattern: try EventPattern(pattern), state: state,
            location: SourceLocation(file: "a.yaml", line: 3, column: 5))
        let findings = try await FilterTrial(StoreReader(directory: data)).findings(of: [], rules: [rule])
        #expect(
            findings.map(\.description)
                == (isFine ? [] : ["a.yaml:3:5: warning: rule 'r' matches none of the recorded events, of 1 files"]))
    }
}
