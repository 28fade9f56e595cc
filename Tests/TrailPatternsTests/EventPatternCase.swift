import Foundation
import Testing
import TrailEvents
import TrailPatterns

/// One line of the cases file: a pattern, an event and what event-ruler makes of them.
struct EventPatternCase: Decodable, CustomTestStringConvertible, Sendable {
    var id: String
    var pattern: String
    var event: String
    var expect: String

    var testDescription: String { id }

    static let all = lines(of: "event-pattern-cases", as: EventPatternCase.self)
}

/// One line of the counts over recorded logs.
struct EventPatternCount: Decodable, CustomTestStringConvertible, Sendable {
    var id: String
    var pattern: String
    var matches: Int
    var of: Int

    var testDescription: String { "\(id) \(pattern)" }

    static let all = lines(of: "event-pattern-golden", as: EventPatternCount.self)
}

private func lines<Line: Decodable>(of fixture: String, as type: Line.Type) -> [Line] {
    guard let url = Bundle.module.url(forResource: "Fixtures/\(fixture)", withExtension: "jsonl"),
        let text = try? String(contentsOf: url, encoding: .utf8)
    else { return [] }
    return text.split(whereSeparator: \.isNewline).compactMap { line in
        try? JSONDecoder().decode(type, from: Data(line.utf8))
    }
}

/// `match` or `nomatch` for an event, `invalid` for a pattern that is refused.
func eventVerdict(_ pattern: String, _ event: String, _ form: EventForm = .event) -> String {
    guard let pattern = try? EventPattern(pattern) else { return "invalid" }
    return eventVerdict(pattern, event, form)
}

func eventVerdict(_ pattern: EventPattern, _ event: String, _ form: EventForm = .event) -> String {
    var table = FieldTable()
    let compiled = pattern.compile(into: &table, for: form)
    var scanner = RecordScanner(table)
    var verdict = "nomatch"
    do throws(LogFileError) {
        try scanner.scan(record: LogText(event)) { record in
            if compiled.matches(record) { verdict = "match" }
        }
    } catch {
        return "unreadable"
    }
    return verdict
}
