import TrailEvents

/// A part of a pattern that a record does not meet, and what the record has there.
package struct PatternMiss: Equatable, Sendable {
    /// As the pattern says it.
    package let clause: String
    /// The value found there, `nothing` when there is none.
    package let found: String
}

extension FilterPattern {
    /// Says why the pattern does not hold for a record.
    ///
    /// - Parameter message: One record as JSON.
    /// - Returns: Of parts that must all hold the first that does not, of alternatives that of each; empty when the
    ///   pattern holds.
    package func misses(in message: [UInt8]) -> [PatternMiss] {
        if case .message(let pattern) = expression {
            return message.withUnsafeBufferPointer { pattern.misses(in: $0) }
        }
        var clauses: [Clause] = []
        var table = FieldTable()
        Self.visit(expression) { condition in
            var compiler = PatternCompiler(table)
            let pattern = compiler.compile(.condition(condition))
            table = compiler.table
            clauses.append(Clause(condition: condition, pattern: pattern, field: table.add(condition.selector)))
        }
        var answers: [(holds: Bool, found: String)] = []
        var scanner = RecordScanner(table)
        do throws(LogFileError) {
            try scanner.scan(record: LogText(message)) { record in
                answers = clauses.map { ($0.pattern.matches(record), shownValues($0.field, record)) }
            }
        } catch {
            return [PatternMiss(clause: text, found: "no record of CloudTrail")]
        }
        var next = 0
        let bytes = Array(text.utf8)
        return (Self.failing(expression, answers.map(\.holds), &next) ?? []).map { place in
            PatternMiss(
                clause: String(decoding: bytes[clauses[place].condition.range], as: UTF8.self),
                found: answers[place].found)
        }
    }

    private struct Clause {
        let condition: FilterCondition
        let pattern: CompiledPattern
        let field: FieldID
    }

    private static func visit(_ expression: FilterExpression, _ body: (FilterCondition) -> Void) {
        switch expression {
        case .everything, .message: break
        case .condition(let condition): body(condition)
        case .all(let parts), .any(let parts): for part in parts { visit(part, body) }
        }
    }

    /// The conditions, by their number, for which `expression` does not hold; `nil` when it holds.
    private static func failing(_ expression: FilterExpression, _ holds: [Bool], _ next: inout Int) -> [Int]? {
        switch expression {
        case .everything, .message: return nil
        case .condition:
            next += 1
            return holds[next - 1] ? nil : [next - 1]
        case .all(let parts):
            var first: [Int]?
            for part in parts {
                let failing = failing(part, holds, &next)
                first = first ?? failing
            }
            return first
        case .any(let parts):
            var all: [Int]? = []
            for part in parts {
                guard let failing = failing(part, holds, &next) else {
                    all = nil
                    continue
                }
                all?.append(contentsOf: failing)
            }
            return all
        }
    }
}

extension MessagePattern {
    fileprivate func misses(in message: UnsafeBufferPointer<UInt8>) -> [PatternMiss] {
        guard !matches(message) else { return [] }
        guard case .terms(let pattern) = self else {
            return [PatternMiss(clause: "[ … ]", found: "other fields between the spaces of the record")]
        }
        if pattern.required.isEmpty && pattern.excluded.isEmpty {
            return pattern.alternatives.map { PatternMiss(clause: "?" + $0.shown, found: "nothing") }
        }
        if let term = pattern.required.first(where: { !$0.occurs(in: message) }) {
            return [PatternMiss(clause: term.shown, found: "nothing")]
        }
        let excluded = pattern.excluded.first { $0.occurs(in: message) }
        return excluded.map { [PatternMiss(clause: "-" + $0.shown, found: "that text")] } ?? []
    }
}

extension TermPattern.Term {
    fileprivate var shown: String {
        switch self {
        case .text(let text): "\"\(String(decoding: text, as: UTF8.self))\""
        case .regex: "%…%"
        }
    }
}

/// The values at `field` as JSON has them, the first few of many.
func shownValues(_ field: FieldID, _ record: borrowing RecordView) -> String {
    var shown: [String] = []
    for value in record.values(field) { shown.append(shownValue(value, record)) }
    if shown.isEmpty, let value = record.value(field) { shown = [shownValue(value, record)] }
    guard !shown.isEmpty else { return "nothing" }
    return shown.count <= 5 ? shown.joined(separator: ", ") : shown.prefix(5).joined(separator: ", ") + ", …"
}

private func shownValue(_ value: FieldValue, _ record: borrowing RecordView) -> String {
    switch value.kind {
    case .object: return "an object"
    case .array: return "a list"
    case .string: return "\"\(shortened(record.string(of: value)))\""
    case .null: return "null"
    case .number, .true, .false: return shortened(record.string(of: value))
    }
}

/// A text of a length that fits a message.
func shortened(_ text: String) -> String {
    text.count <= 200 ? text : text.prefix(200) + "…"
}
