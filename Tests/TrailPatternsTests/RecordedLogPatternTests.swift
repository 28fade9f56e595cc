import Foundation
import Testing
import TrailEvents
import TrailPatterns

/// Counts over recorded logs, when `TRAILWATCH_REAL_LOGS` names their folder.
@Suite(
    .enabled(if: Shared.recordedLogs != nil, "set TRAILWATCH_REAL_LOGS to the folder of recorded logs to run this"))
struct RecordedLogPatternTests {
    private struct Count: Decodable {
        var name: String
        var pattern: String
        var matches: Int
    }

    private func matches(_ patterns: [String], _ files: [LogText]) throws -> (counts: [Int], events: Int) {
        var table = FieldTable()
        let compiled = try patterns.map { try FilterPattern($0).compile(into: &table) }
        var scanner = RecordScanner(table)
        var counts = [Int](repeating: 0, count: patterns.count)
        var events = 0
        for file in files {
            events += try scanner.scan(
                file,
                onRecord: { record in
                    for (index, pattern) in compiled.enumerated() where pattern.matches(record) { counts[index] += 1 }
                })
        }
        return (counts, events)
    }

    @Test func `benchmark controls and rules match as often as counted before`() throws {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/recorded-log-counts", withExtension: "jsonl"))
        let rows = try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline).map { line in
            try JSONDecoder().decode(Count.self, from: Data(line.utf8))
        }
        let got = try matches(rows.map(\.pattern), recordedLogs(ofLargeSet: true))
        #expect(got.events == 2900)
        for (row, count) in zip(rows, got.counts) { #expect(count == row.matches, "\(row.name): \(row.pattern)") }
        #expect(rows.count == 25)
    }

    @Test func `both sets match as often as SQL found`() throws {
        let folder = try #require(Shared.recordedLogs)
        let text = try String(contentsOfFile: folder + "/ground-truth-patterns.csv", encoding: .utf8)
        let rows = text.split(whereSeparator: \.isNewline).dropFirst().map(Self.row)
        #expect(rows.count == 9)
        for (isLarge, column) in [(true, 2), (false, 3)] {
            let got = try matches(rows.map { $0[1] }, recordedLogs(ofLargeSet: isLarge))
            for (row, count) in zip(rows, got.counts) { #expect(String(count) == row[column], "\(row[0])") }
        }
    }

    /// The fields of a CSV line, quotes resolved.
    private static func row(_ line: Substring) -> [String] {
        var fields = [""]
        var isQuoted = false
        for (index, character) in line.enumerated() {
            if character == "\"" {
                isQuoted.toggle()
                if isQuoted, index > 0, line.dropFirst(index - 1).first == "\"" { fields[fields.count - 1] += "\"" }
            } else if character == ",", !isQuoted {
                fields.append("")
            } else {
                fields[fields.count - 1].append(character)
            }
        }
        return fields
    }
}

/// All files of the account with 2,900 events, or all others.
func recordedLogs(ofLargeSet isLarge: Bool) throws -> [LogText] {
    let root = URL(fileURLWithPath: try #require(Shared.recordedLogs)).appendingPathComponent("AWSLogs")
    let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    return try paths.filter { $0.hasSuffix(".json.gz") && $0.hasPrefix("218007301253/") == isLarge }.map { path in
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", root.appendingPathComponent(path).path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return LogText(data)
    }
}
