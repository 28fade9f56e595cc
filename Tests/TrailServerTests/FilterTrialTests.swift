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
        let folder = FileManager.default.temporaryDirectory.appending(path: "trial-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "logs"), withIntermediateDirectories: true)
        let record =
            #"{"eventID":"1","eventTime":"2023-11-14T22:13:20Z","eventName":"CreateUser","#
            + #""eventSource":"iam.amazonaws.com","recipientAccountId":"111122223333"}"#
        let file = folder.appending(path: "logs/a.json")
        try Data("{\"Records\":[\(record)]}".utf8).write(to: file)
        let data = folder.appending(path: "data").path
        do {
            let store = try Store(directory: data)
            var ingest = Ingest(store: store, plan: CountingPlan(filters: []), time: FixedTime())
            try ingest.run(LogFolder.files(under: folder.appending(path: "logs").path).files) { _ in }
        }
        let filter = try filter(pattern)
        #expect(
            try await FilterTrial(StoreReader(directory: data)).findings(of: [filter]).map(\.description)
                == (want.map { [$0] } ?? []))
        guard let withoutFile else { return }
        try FileManager.default.removeItem(at: file)
        let findings = try await FilterTrial(StoreReader(directory: data)).findings(of: [filter]).map(\.description)
        #expect(findings.count == 1 && findings[0].hasPrefix(withoutFile), "\(findings)")
    }
}
