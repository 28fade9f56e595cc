import TrailCounts
import TrailModel
package import TrailPatterns
package import TrailSources
package import TrailStore
package import TrailTemplates

/// Tries metric filters on the events that a data directory counted.
package struct FilterTrial {
    private let reader: StoreReader
    private let library: InflateLibrary

    package init(_ reader: StoreReader, library: InflateLibrary = .auto) {
        self.reader = reader
        self.library = library
    }

    /// A warning for each filter that matches none of the events, a note where that cannot be told.
    ///
    /// Log files are read where they lay when they were counted, and only until one event matches.
    package func findings(of filters: [MetricFilter]) async throws -> [Diagnostic] {
        var findings: [Diagnostic] = []
        for filter in filters {
            var query = EventQuery(range: Timestamp(seconds: -62_135_596_800)..<Timestamp(seconds: 253_402_300_800))
            query.pattern = filter.pattern
            let files = try reader.files(for: query)
            guard files.inRange > 0 || !files.withoutIndex.isEmpty else { continue }
            var search = EventSearch(query, limit: 1)
            var logs = LocalLogReader(library: library)
            let summary = try await search.run(
                files.candidates, reader: { path, text in try logs.read(path, into: &text) }, report: { _ in })
            if summary.events > 0 { continue }
            if let fault = summary.faults.first {
                findings.append(
                    Diagnostic(
                        .note, "filter '\(filter.name)' may match none of the recorded events: \(fault)",
                        at: filter.location))
            } else if !files.withoutIndex.isEmpty {
                findings.append(
                    Diagnostic(
                        .note,
                        "filter '\(filter.name)' may match none of the recorded events: \(files.withoutIndex.count) files "
                            + "were counted before there was an event index", at: filter.location))
            } else {
                findings.append(
                    Diagnostic(
                        .warning,
                        "filter '\(filter.name)' matches none of the recorded events, of \(files.inRange) files",
                        at: filter.location))
            }
        }
        return findings
    }
}
