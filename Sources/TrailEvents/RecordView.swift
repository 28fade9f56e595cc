// Hot path: reads the scanner's tables and the text through raw pointers; a view lives inside one callback only.

/// The fields of one record; valid only inside the callback that it is handed to.
package struct RecordView: ~Copyable {
    let text: UnsafePointer<UInt8>
    let values: UnsafePointer<StoredValue>
    let listed: UnsafePointer<ListedValue>
    let valueCount: Int
    let runs: UnsafePointer<RecordRun>
    let stamp: UInt32
    /// 0-based number of the record in its file, bad records counted.
    package let index: Int
    /// Byte offsets of the record in its file, from its opening to after its closing brace.
    package let recordRange: Range<Int>

    init(
        text: UnsafePointer<UInt8>, values: UnsafePointer<StoredValue>, listed: UnsafePointer<ListedValue>,
        valueCount: Int, runs: UnsafePointer<RecordRun>, stamp: UInt32, index: Int, recordRange: Range<Int>
    ) {
        self.text = text
        self.values = values
        self.listed = listed
        self.valueCount = valueCount
        self.runs = runs
        self.stamp = stamp
        self.index = index
        self.recordRange = recordRange
    }

    /// The value of a field; `nil` when it is absent.
    ///
    /// Of repeated keys in one object the last counts. For a path with wildcards it is the first node found.
    package func value(_ field: FieldID) -> FieldValue? {
        guard (0..<valueCount).contains(field.index), values[field.index].stamp == stamp else { return nil }
        return values[field.index].value
    }

    /// All nodes of a path with wildcards, in the order of the text; for another path its value, if any.
    ///
    /// Keys repeated inside one element of a wildcard are all reported.
    package func values(_ field: FieldID) -> FieldValues {
        guard (0..<valueCount).contains(field.index), values[field.index].stamp == stamp else {
            return FieldValues(listed: listed, single: nil, next: -1)
        }
        let stored = values[field.index]
        return FieldValues(
            listed: listed, single: stored.first < 0 ? stored.value : nil, next: stored.first)
    }

    /// The raw content of a value: a string's escapes are not resolved.
    package func bytes(of value: FieldValue) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + value.start, count: value.rawCount)
    }

    /// The bytes of the whole record.
    package var recordBytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + recordRange.lowerBound, count: recordRange.count)
    }

    /// Calls `body` with the text of a value, its escapes resolved; copies only when there are any.
    package func withText<Result>(of value: FieldValue, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if _fastPath(!value.hasEscapes) { return body(bytes(of: value)) }
        return unescaped(bytes(of: value)).withUnsafeBufferPointer { body($0) }
    }

    /// The text of a value as UTF-8, its escapes resolved.
    package func text(of value: FieldValue) -> [UInt8] {
        value.hasEscapes ? unescaped(bytes(of: value)) : Array(bytes(of: value))
    }

    /// The text of a value with its escapes resolved; what is not UTF-8 becomes U+FFFD.
    package func string(of value: FieldValue) -> String {
        withText(of: value) { String(decoding: $0, as: UTF8.self) }
    }

    /// The text of a field that is a string; `nil` when it is absent or of another type.
    package func string(_ field: FieldID) -> String? {
        guard let value = value(field), value.kind == .string else { return nil }
        return string(of: value)
    }

    /// Whether the text of a value is exactly `expected`; no string is built.
    package func text(of value: FieldValue, equals expected: UnsafeBufferPointer<UInt8>) -> Bool {
        withText(of: value) { content in
            guard content.count == expected.count else { return false }
            for index in 0..<content.count where content[index] != expected[index] { return false }
            return true
        }
    }

    /// Whether a field is a string with exactly this text; no string is built.
    package func has(_ field: FieldID, _ expected: StaticString) -> Bool {
        guard let value = value(field), value.kind == .string else { return false }
        let wanted = UnsafeBufferPointer(start: expected.utf8Start, count: expected.utf8CodeUnitCount)
        return text(of: value, equals: wanted)
    }
}

/// The nodes of one field in a record; valid as long as its ``RecordView``.
package struct FieldValues: Sequence, IteratorProtocol {
    private let listed: UnsafePointer<ListedValue>
    private var single: FieldValue?
    private var position: Int32

    init(listed: UnsafePointer<ListedValue>, single: FieldValue?, next: Int32) {
        self.listed = listed
        self.single = single
        position = next
    }

    package mutating func next() -> FieldValue? {
        if let value = single {
            single = nil
            return value
        }
        guard position >= 0 else { return nil }
        let node = listed[Int(position)]
        position = node.next
        return node.value
    }
}
