import TrailCounts
import TrailModel
package import TrailPatterns
package import TrailSources
package import TrailStore
package import TrailTemplates

/// Tries metric filters and event rules on the events that a data directory counted.
package struct FilterTrial {
    private let reader: StoreReader
    private let library: InflateLibrary

    package init(_ reader: StoreReader, library: InflateLibrary = .auto) {
        self.reader = reader
        self.library = library
    }

    /// A warning for each filter and each rule that matches none of the events, a note where that cannot be told.
    ///
    /// Log files are read where they lay when they were counted, and only until one event matches. Rules that are
    /// disabled, and those for events of alarms, which no log file holds, are not tried.
    package func findings(of filters: [MetricFilter], rules: [EventRule] = []) async throws -> [Diagnostic] {
        var findings: [Diagnostic] = []
        for filter in filters {
            var query = Self.everything
            query.pattern = filter.pattern
            if let finding = try await finding("filter '\(filter.name)'", at: filter.location, query) {
                findings.append(finding)
            }
        }
        for rule in rules where rule.state != .disabled && !rule.isOfAlarms {
            var query = Self.everything
            query.rule = rule
            if let finding = try await finding("rule '\(rule.name)'", at: rule.location, query) {
                findings.append(finding)
            }
        }
        return findings
    }

    private static let everything = EventQuery(
        range: Timestamp(seconds: -62_135_596_800)..<Timestamp(seconds: 253_402_300_800))

    private func finding(
        _ owner: String, at location: SourceLocation, _ query: EventQuery
    ) async throws -> Diagnostic? {
        let files = try reader.files(for: query)
        guard files.inRange > 0 || !files.withoutIndex.isEmpty else { return nil }
        var search = EventSearch(query, limit: 1)
        var logs = LocalLogReader(library: library)
        let summary = try await search.run(
            files.candidates, reader: { path, text in try logs.read(path, into: &text) }, report: { _ in })
        if summary.events > 0 { return nil }
        if let fault = summary.faults.first {
            return Diagnostic(.note, "\(owner) may match none of the recorded events: \(fault)", at: location)
        }
        if !files.withoutIndex.isEmpty {
            return Diagnostic(
                .note,
                "\(owner) may match none of the recorded events: \(files.withoutIndex.count) files were counted before "
                    + "there was an event index", at: location)
        }
        return Diagnostic(
            .warning, "\(owner) matches none of the recorded events, of \(files.inRange) files", at: location)
    }
}

extension EventRule {
    /// Whether it names the events that alarms make, which Trailwatch makes itself.
    fileprivate var isOfAlarms: Bool {
        [
            "CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change",
            "CloudWatch Alarm Configuration Change",
        ].contains { pattern.names(source: "aws.cloudwatch", detailType: $0) }
    }
}
