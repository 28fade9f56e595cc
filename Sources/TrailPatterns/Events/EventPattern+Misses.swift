import TrailEvents

extension EventPattern {
    /// Says why the pattern does not hold for a record.
    ///
    /// - Parameter message: One record as JSON, which is the `detail` of the event.
    /// - Returns: The first field of each combination that does not hold; empty when the pattern holds.
    package func misses(in message: [UInt8]) -> [PatternMiss] {
        var table = FieldTable()
        let whole = compile(into: &table, for: .cloudTrailRecord)
        let parts = fields.map { field in
            EventPattern(text: text, fields: [field], combinations: [[0]]).compile(into: &table, for: .cloudTrailRecord)
        }
        var scanner = RecordScanner(table)
        var misses: [PatternMiss] = []
        do throws(LogFileError) {
            try scanner.scan(record: LogText(message)) { record in
                guard !whole.matches(record) else { return }
                for combination in combinations {
                    var miss = PatternMiss(
                        clause: "all fields in the same element of a list", found: "each in another one")
                    for index in combination where !parts[index].matches(record) {
                        miss = PatternMiss(
                            clause: fields[index].shown, found: parts[index].fields[0].shownValue(in: record))
                        break
                    }
                    if !misses.contains(miss) { misses.append(miss) }
                }
            }
        } catch {
            return [PatternMiss(clause: text, found: "no record of CloudTrail")]
        }
        return misses
    }

    private init(text: String, fields: [EventField], combinations: [[Int]]) {
        self.text = text
        self.fields = fields
        self.combinations = combinations
    }
}

extension CompiledEventField {
    fileprivate func shownValue(in record: borrowing RecordView) -> String {
        switch place {
        case .nowhere: "nothing"
        case .tree: "another value"
        case .envelope(let member):
            member.withText(in: record) { text in
                text.map { "\"\(shortened(String(decoding: $0, as: UTF8.self)))\"" } ?? "nothing"
            }
        case .field(let place): shownValues(place.field, record)
        }
    }
}

extension EventField {
    /// The field and the first few of the things that it may be.
    fileprivate var shown: String {
        let wanted = tests.prefix(5).map(\.shown) + (tests.count > 5 ? ["…"] : [])
        return "\(String(decoding: path, as: UTF8.self)): [\(wanted.joined(separator: ", "))]"
    }
}

extension EventTest {
    fileprivate var shown: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .number(_, let written): String(decoding: written, as: UTF8.self)
        case .isTrue: "true"
        case .isFalse: "false"
        case .isNull: "null"
        case .prefix(let text): "{\"prefix\": \(Self.quoted(text))}"
        case .suffix(let text): "{\"suffix\": \(Self.quoted(text))}"
        case .folded(let text): "{\"equals-ignore-case\": \(Self.quoted(text))}"
        case .present: "{\"exists\": true}"
        case .absent: "{\"exists\": false}"
        case .anythingBut(let tests):
            "{\"anything-but\": [\(tests.prefix(5).map(\.shown).joined(separator: ", "))\(tests.count > 5 ? ", …" : "")]}"
        case .foldedPrefix: "{\"prefix\": …}"
        case .foldedSuffix: "{\"suffix\": …}"
        case .wildcard: "{\"wildcard\": …}"
        case .numeric: "{\"numeric\": …}"
        case .cidr: "{\"cidr\": …}"
        case .address: "an address"
        }
    }

    private static func quoted(_ text: [UInt8]) -> String { "\"\(shortened(String(decoding: text, as: UTF8.self)))\"" }
}
