import Foundation
import TrailEvents

/// Compares what the scanner finds with what Foundation's JSON parser finds in the same bytes.
///
/// What Foundation accepts the scanner must accept, with equal fields. What the scanner accepts Foundation must accept
/// where the scanner is strict, which is in everything that a path enters, but for text: raw control characters, bytes
/// that are not UTF-8 and lone surrogates are read, not refused. Of repeated keys in an object the last counts in both.
struct FoundationOracle: ~Copyable {
    private static let names = [
        "eventTime", "eventName", "errorCode", "recipientAccountId", "eventID", "userIdentity.type",
        "userIdentity.sessionContext.sessionIssuer.arn", "addendum.originalEventID", "managementEvent", "resources",
        "resources.1.ARN", "requestParameters", "requestParameters.a", "a", "a.b",
    ]
    /// Paths that hold many nodes; compared by the nodes alone, since repeated keys inside an element are all reported.
    private static let listNames = ["resources.#.ARN", "resources.#.type"]
    /// Levels of objects and arrays that ``strict`` walks; everything deeper is passed over.
    private static let strictLevels = 4

    private let fields: [(id: FieldID, path: [PathStep])]
    private let lists: [(id: FieldID, path: [PathStep])]
    private var scanner: RecordScanner
    private var strict: RecordScanner

    init() {
        var table = FieldTable()
        fields = Self.names.map { name in (table.add(Self.steps(name)), Self.steps(name)) }
        lists = Self.listNames.map { name in (table.add(Self.steps(name)), Self.steps(name)) }
        scanner = RecordScanner(table)
        var all = FieldTable()
        var level: [[PathStep]] = [[]]
        for _ in 0..<Self.strictLevels {
            level = level.flatMap { [$0 + [.anyMember], $0 + [.anyElement]] }
            for path in level { _ = all.add(path) }
        }
        strict = RecordScanner(all)
    }

    private static func steps(_ name: String) -> [PathStep] {
        name.split(separator: ".").map { step in
            if step == "#" { return .anyElement }
            return Int(step).map { .element($0) } ?? .member(String(step))
        }
    }

    /// What the parsers disagree about in one record; `nil` when they agree or Foundation cannot judge.
    mutating func difference(record bytes: [UInt8]) -> String? {
        let text = LogText(bytes)
        let (fields, lists) = (fields, lists)
        let tree = Self.tree(bytes)
        var found: String?
        do throws(LogFileError) {
            try scanner.scan(record: text) { record in
                if let tree { found = Self.difference(tree, record, fields, lists) }
            }
            if let found { return found }
            if tree != nil, !(tree is [String: Any]) { return "the scanner takes what is not an object" }
        } catch {
            if tree is [String: Any], !error.isLimit, !Self.hasLastComma(bytes) {
                return "Foundation accepts, the scanner says \(error)"
            }
        }
        guard tree == nil, Self.isJudged(bytes), (try? strict.scan(record: text) { _ in }) != nil else { return nil }
        return "the scanner accepts, Foundation does not"
    }

    /// The same for a whole log file.
    mutating func difference(file bytes: [UInt8]) -> String? {
        let (fields, lists) = (fields, lists)
        let tree = Self.tree(bytes)
        let records = (tree as? [String: Any])?["Records"] as? [Any]
        var found: String?
        do throws(LogFileError) {
            let count = try scanner.scan(
                LogText(bytes),
                onRecord: { record in
                    guard let records, found == nil else { return }
                    guard record.index < records.count else {
                        found = "the scanner finds record \(record.index)"
                        return
                    }
                    found = Self.difference(records[record.index], record, fields, lists)
                },
                onBadRecord: { bad in
                    if case .notAnObject = bad.reason, let records, bad.index < records.count,
                        records[bad.index] is [String: Any]
                    {
                        found = "the scanner takes record \(bad.index) for \(bad.reason)"
                    }
                })
            if let found { return found }
            if let records, records.count != count { return "\(count) records; Foundation has \(records.count)" }
            if tree != nil, records == nil { return "the scanner finds Records where Foundation has none" }
        } catch {
            // A second member Records is an error of ours, and Foundation's last.
            let isRepeated = "\(error)".contains("a second")
            if records != nil, !error.isLimit, !isRepeated, !Self.hasLastComma(bytes) {
                return "Foundation accepts, the scanner says \(error)"
            }
        }
        return nil
    }

    // MARK: Foundation

    private static func tree(_ bytes: [UInt8]) -> Any? {
        // It takes zeros near the start for UTF-16 or UTF-32, and their marks too.
        guard !bytes.prefix(4).contains(0), !bytes.starts(with: [0xFE, 0xFF]), !bytes.starts(with: [0xFF, 0xFE]),
            !hasInnerMark(bytes)
        else { return nil }
        return try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    /// False for text of which Foundation refuses more than RFC 8259 does, or than the scanner promises to.
    private static func isJudged(_ bytes: [UInt8]) -> Bool {
        guard !bytes.prefix(4).contains(0), !hasInnerMark(bytes), String(validating: bytes, as: UTF8.self) != nil else {
            return false
        }
        guard !bytes.contains(where: { $0 < 0x20 && $0 != 9 && $0 != 10 && $0 != 13 }) else { return false }
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        if text.contains("\\ud") || text.contains("\t") || text.contains("\n") || text.contains("\r") { return false }
        // A number past a double's range.
        if text.contains("e") && text.contains(where: \.isNumber), hasLargeNumber(text) { return false }
        return nesting(bytes) <= strictLevels
    }

    /// Foundation drops byte order marks that stand in strings and names.
    private static func hasInnerMark(_ bytes: [UInt8]) -> Bool {
        bytes.indices.dropFirst().dropLast(2).contains { index in
            bytes[index] == 0xEF && bytes[index + 1] == 0xBB && bytes[index + 2] == 0xBF
        }
    }

    /// Foundation takes a comma before the end of an object; RFC 8259 does not.
    private static func hasLastComma(_ bytes: [UInt8]) -> Bool {
        var last: UInt8 = 0
        for byte in bytes where !(byte == 0x20 || (9...13).contains(byte)) {
            if last == UInt8(ascii: ","), byte | 0x20 == UInt8(ascii: "}") { return true }
            last = byte
        }
        return false
    }

    private static func hasLargeNumber(_ text: String) -> Bool {
        text.split { !($0.isNumber || ".e+-".contains($0)) }.contains { part in
            (part.contains("e") || part.count > 300) && !(Double(part).map { $0.isFinite && $0 != 0 } ?? false)
        }
    }

    private static func nesting(_ bytes: [UInt8]) -> Int {
        var (level, most, isText, isEscaped) = (0, 0, false, false)
        for byte in bytes {
            if isText {
                if byte == UInt8(ascii: "\""), !isEscaped { isText = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            } else if byte == UInt8(ascii: "\"") {
                isText = true
            } else if byte | 0x20 == UInt8(ascii: "{") {
                level += 1
                most = max(most, level)
            } else if byte | 0x20 == UInt8(ascii: "}") {
                level -= 1
            }
        }
        return most
    }

    // MARK: Fields

    private static func difference(
        _ tree: Any, _ record: borrowing RecordView, _ fields: [(id: FieldID, path: [PathStep])],
        _ lists: [(id: FieldID, path: [PathStep])]
    ) -> String? {
        guard tree is [String: Any] else { return "the scanner takes \(type(of: tree)) for an object" }
        for (id, path) in fields {
            let wanted = nodes(tree, path[...]).first
            guard let value = record.value(id) else {
                if wanted != nil { return "\(path): missing" }
                continue
            }
            guard let wanted else { return "\(path): \(value.kind), Foundation has none" }
            if let fault = fault(of: value, record, wanted) { return "\(path): \(fault)" }
        }
        for (id, path) in lists {
            let wanted = nodes(tree, path[...])
            var found = 0
            for value in record.values(id) {
                guard value.end <= record.recordRange.upperBound else { return "\(path): past its record" }
                found += 1
            }
            if found < wanted.count { return "\(path): \(found) nodes; Foundation has \(wanted.count)" }
        }
        return nil
    }

    private static func nodes(_ tree: Any, _ path: ArraySlice<PathStep>) -> [Any] {
        guard let step = path.first else { return [tree] }
        let rest = path.dropFirst()
        switch step {
        case .member(let name): return ((tree as? [String: Any])?[name]).map { nodes($0, rest) } ?? []
        case .element(let index):
            guard let array = tree as? [Any], index < array.count else { return [] }
            return nodes(array[index], rest)
        case .anyElement: return (tree as? [Any])?.flatMap { nodes($0, rest) } ?? []
        case .anyMember: return (tree as? [String: Any])?.values.flatMap { nodes($0, rest) } ?? []
        }
    }

    private static func fault(of value: FieldValue, _ record: borrowing RecordView, _ wanted: Any) -> String? {
        let text = record.string(of: value)
        switch value.kind {
        case .string:
            guard let string = wanted as? String else { return "a string; Foundation has \(type(of: wanted))" }
            return string.utf8.elementsEqual(text.utf8)
                ? nil : "\(text.debugDescription), not \(string.debugDescription)"
        case .object: return wanted is [String: Any] ? nil : "an object; Foundation has \(type(of: wanted))"
        case .array: return wanted is [Any] ? nil : "an array; Foundation has \(type(of: wanted))"
        case .null: return wanted is NSNull ? nil : "null; Foundation has \(type(of: wanted))"
        case .true, .false:
            return (wanted as? Bool) == (value.kind == .true) ? nil : "\(text); Foundation has \(wanted)"
        case .number:
            guard let number = (wanted as? NSNumber)?.doubleValue, let own = Double(text) else {
                return "\(text); Foundation has \(wanted)"
            }
            let isNear = abs(number - own) <= abs(own) * 1e-12 || !own.isFinite || abs(own) < 1e-300
            return isNear ? nil : "\(text); Foundation has \(number)"
        }
    }
}

extension LogFileError {
    /// True for what is JSON and past a limit of ours.
    fileprivate var isLimit: Bool {
        switch self {
        case .tooDeep, .tooLarge, .tooMany: return true
        case .badRecord(let record):
            if case .notAnObject = record.reason { return false }
            return true
        default: return false
        }
    }
}
