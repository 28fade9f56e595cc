import TrailEvents

/// A value as tests compare it: its kind, and its text if it is a scalar.
struct ScannedValue: Hashable, CustomStringConvertible {
    var kind: ValueKind
    var text: String

    var description: String { "\(kind): \(text)" }
}

func path(_ text: String) -> [PathStep] {
    text.split(separator: ".").map { step in
        switch step {
        case "*": .anyMember
        case "#": .anyElement
        default: Int(step).map { .element($0) } ?? .member(String(step))
        }
    }
}

extension RecordView {
    func scanned(_ field: FieldID) -> [ScannedValue] {
        var found: [ScannedValue] = []
        for value in values(field) {
            let isContainer = value.kind == .object || value.kind == .array
            found.append(ScannedValue(kind: value.kind, text: isContainer ? "" : string(of: value)))
        }
        return found
    }
}

/// The values of each path in the one record of `text`.
func scanRecord(_ text: String, _ paths: [[PathStep]]) throws -> [[ScannedValue]] {
    var table = FieldTable()
    let fields = paths.map { table.add($0) }
    var scanner = RecordScanner(table)
    var found: [[ScannedValue]] = []
    try scanner.scan(record: LogText(text)) { record in
        for field in fields { found.append(record.scanned(field)) }
    }
    return found
}

/// The error of scanning `bytes` as a file, or `nil`.
func fileError(_ bytes: some Collection<UInt8>) -> LogFileError? {
    var scanner = RecordScanner(FieldTable())
    do throws(LogFileError) {
        try scanner.scan(LogText(bytes), onRecord: { _ in })
        return nil
    } catch {
        return error
    }
}

func withUTF8<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    Array(text.utf8).withUnsafeBufferPointer(body)
}
