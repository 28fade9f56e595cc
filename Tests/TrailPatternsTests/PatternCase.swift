import Foundation
import Testing
import TrailEvents
import TrailPatterns

/// One line of a cases file: a pattern, a message and what CloudWatch Logs makes of them.
struct PatternCase: Decodable, CustomTestStringConvertible, Sendable {
    var id: String
    var syntax: String
    var pattern: String
    var message: String
    var expect: String
    var evidence: String
    /// What TestMetricFilter says the fields of a space-delimited pattern are.
    var extracted: [String: String]?

    var testDescription: String { id }

    static func cases(in url: URL) throws -> [PatternCase] {
        try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline).map { line in
            try JSONDecoder().decode(PatternCase.self, from: Data(line.utf8))
        }
    }

    static func committed() throws -> [PatternCase] {
        let file = try #require(Bundle.module.url(forResource: "Fixtures/filter-pattern-cases", withExtension: "jsonl"))
        return try cases(in: file)
    }

    /// Those whose only witness is an emulator; none without the folder of shared cases.
    static func emulated() throws -> [PatternCase] {
        guard let folder = Shared.cases else { return [] }
        let all = try cases(in: URL(fileURLWithPath: folder + "/filter-pattern-cases.jsonl"))
        return all.filter { $0.evidence == "emulator" }
    }

    func check() {
        #expect(verdict(pattern, message) == expect, "\(id): \(pattern)")
        guard let extracted, let parsed = try? FilterPattern(pattern) else { return }
        #expect(parsed.fields(of: Array(message.utf8)) == extracted, "\(id): \(pattern)")
    }
}

/// `match`, `nomatch` or `invalid`; a message that is not one JSON object does not match a pattern over JSON.
func verdict(_ pattern: String, _ message: String) -> String {
    guard let parsed = try? FilterPattern(pattern) else { return "invalid" }
    let verdict = parsed.matches(message: Array(message.utf8)) ? "match" : "nomatch"
    // A message that is a record gets the same from a scanner.
    var table = FieldTable()
    let compiled = parsed.compile(into: &table)
    var scanner = RecordScanner(table)
    do throws(LogFileError) {
        try scanner.scan(record: LogText(message)) { record in
            #expect(compiled.matches(record) == (verdict == "match"), "\(pattern), scanned: \(message)")
        }
    } catch {
        return verdict
    }
    return verdict
}

/// Folders that only some machines have.
enum Shared {
    static let cases = ProcessInfo.processInfo.environment["TRAILWATCH_SHARED"]
    static let recordedLogs = ProcessInfo.processInfo.environment["TRAILWATCH_REAL_LOGS"]
}
