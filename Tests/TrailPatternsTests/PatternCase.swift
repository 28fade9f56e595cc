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

    var testDescription: String { id }

    static func cases(in url: URL) throws -> [PatternCase] {
        try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline).map { line in
            try JSONDecoder().decode(PatternCase.self, from: Data(line.utf8))
        }
    }

    /// JSON patterns without regular expressions.
    var isSupported: Bool { (syntax == "json" || syntax == "cis") && !pattern.contains("%") }
}

/// `match`, `nomatch` or `invalid`; a message that is not one JSON object does not match.
func verdict(_ pattern: String, _ message: String) -> String {
    guard let pattern = try? FilterPattern(pattern) else { return "invalid" }
    var table = FieldTable()
    let compiled = pattern.compile(into: &table)
    var scanner = RecordScanner(table)
    var verdict = "nomatch"
    do throws(LogFileError) {
        try scanner.scan(record: LogText(message)) { record in
            if compiled.matches(record) { verdict = "match" }
        }
    } catch {
        return "nomatch"
    }
    return verdict
}

/// Folders that only some machines have.
enum Shared {
    static let cases = ProcessInfo.processInfo.environment["TRAILWATCH_SHARED"]
    static let recordedLogs = ProcessInfo.processInfo.environment["TRAILWATCH_REAL_LOGS"]
}
