/// Finds the fields of a table in the records of log files.
///
/// It owns the tables it fills and uses them again for every record, so that a scan allocates nothing in the steady
/// state. Make one per worker from a finished ``FieldTable`` and keep it.
///
/// What is on the way to a field is parsed strictly; subtrees that no path enters are only checked for balanced
/// brackets, closed strings and valid escapes.
package struct RecordScanner: ~Copyable {
    /// Levels of objects and arrays, the file's own object included.
    package static let nestingMax = 512
    /// Longest record; a longer one is a ``BadRecord``.
    package static let recordBytesMax = 16 << 20
    /// Nodes under wildcard paths that one record may have; one with more is a ``BadRecord``.
    package static let wildcardValuesMax = 1 << 16

    let layout: FieldLayout
    var record: RecordTable
    /// Number of the record in which a node was last entered, to notice repeated keys.
    let entered: UnsafeMutablePointer<UInt32>
    /// Nodes of the trie at hand, those of each level after those of the level above; a node stands there at most once.
    let active: UnsafeMutablePointer<Int32>
    var guesses: KeyGuesses
    var runs = MemberRuns()

    package init(_ table: FieldTable) {
        layout = FieldLayout(table)
        record = RecordTable(fieldCount: table.count)
        entered = .allocate(capacity: layout.nodeCount)
        entered.initialize(repeating: 0, count: layout.nodeCount)
        active = .allocate(capacity: layout.nodeCount)
        active.initialize(repeating: 0, count: layout.nodeCount)
        guesses = KeyGuesses(nodeCount: layout.nodeCount)
    }

    deinit {
        entered.deallocate()
        active.deallocate()
    }

    /// Reads a log file: an object with a `Records` array among its members.
    ///
    /// - Parameters:
    ///   - text: The whole file, unpacked. A UTF-8 byte order mark is passed over.
    ///   - onRecord: Called for each record in the order of the file; the view is valid inside the call only.
    ///   - onBadRecord: Called for each element of `Records` that cannot be an event.
    /// - Returns: The number of elements of `Records`, bad ones included.
    /// - Throws: ``LogFileError``, possibly after records were reported: the caller must discard them.
    /// - Complexity: O(bytes of the text), one pass.
    @discardableResult
    package mutating func scan(
        _ text: LogText, onRecord: (borrowing RecordView) -> Void, onBadRecord: (BadRecord) -> Void = { _ in }
    ) throws(LogFileError) -> Int {
        guard text.count <= LogText.bytesMax else { throw .tooLarge(bytes: text.count) }
        return try text.withBytes { (bytes) throws(LogFileError) -> Int in
            guard let bounds = TextBounds(bytes) else { throw .empty }
            return try scanFile(bounds, onRecord: onRecord, onBadRecord: onBadRecord)
        }
    }

    /// Reads one record that stands alone: a JSON object, with white space around it at most.
    ///
    /// The record is reported with index 0.
    ///
    /// - Throws: ``LogFileError``, ``LogFileError/badRecord(_:)`` for JSON that cannot be an event.
    package mutating func scan(
        record text: LogText, onRecord: (borrowing RecordView) -> Void
    ) throws(LogFileError) {
        guard text.count <= LogText.bytesMax else { throw .tooLarge(bytes: text.count) }
        try text.withBytes { (bytes) throws(LogFileError) -> Void in
            guard let bounds = TextBounds(bytes) else { throw .empty }
            let start = try documentStart(bounds)
            let element = try walkElement(start, depth: 0, bounds)
            try requireEnd(element.end, bounds)
            if let reason = element.reason {
                let range = bounds.offset(start)..<bounds.offset(element.end)
                throw .badRecord(BadRecord(index: 0, range: range, reason: reason))
            }
            onRecord(view(start, element.end, index: 0, bounds))
        }
    }

    @inline(__always)
    private func view(
        _ start: BytePointer, _ end: BytePointer, index: Int, _ bounds: TextBounds
    ) -> RecordView {
        RecordView(
            text: bounds.begin, values: record.values, listed: record.listed, valueCount: record.valueCount,
            runs: record.runs, stamp: record.stamp, index: index, recordRange: bounds.offset(start)..<bounds.offset(end)
        )
    }

    private mutating func scanFile(
        _ bounds: TextBounds, onRecord: (borrowing RecordView) -> Void, onBadRecord: (BadRecord) -> Void
    ) throws(LogFileError) -> Int {
        var position = try documentStart(bounds)
        guard position.pointee == Byte.openBrace else { throw notCloudTrail(position) }
        var members = FileMembers()
        position = afterSpace(position + 1)
        if position.pointee == Byte.closeBrace {
            try requireEnd(position + 1, bounds)
            throw .notCloudTrail(found: "an empty object")
        }
        while true {
            guard position.pointee == Byte.quote, position < bounds.end else {
                throw bounds.unexpected(position, want: "a member's name in quotes")
            }
            let string = try closingQuote(position + 1, bounds)
            let member = members.note(
                UnsafeBufferPointer(start: position + 1, count: string.close - position - 1), string.hasEscapes)
            position = try afterColon(string.close + 1, bounds)
            if member == .records {
                guard members.recordCount == nil else {
                    throw .malformed(offset: bounds.offset(position), what: #"a second "Records"; want one"#)
                }
                guard position.pointee == Byte.openBracket else {
                    let kind = try skipValue(position, depth: 1, bounds).kind
                    throw .notCloudTrail(found: #"\#(kind) as "Records""#)
                }
                position = try scanRecords(position + 1, bounds, &members, onRecord, onBadRecord)
            } else {
                position = try skipValue(position, depth: 1, bounds).end
            }
            position = afterSpace(position)
            if position.pointee == Byte.comma {
                position = afterSpace(position + 1)
            } else if position.pointee == Byte.closeBrace {
                try requireEnd(position + 1, bounds)
                return try members.result()
            } else {
                throw bounds.unexpected(position, want: "a comma or the end of the object")
            }
        }
    }

    /// Walks the array from after its bracket to after its end.
    private mutating func scanRecords(
        _ start: BytePointer, _ bounds: TextBounds, _ members: inout FileMembers,
        _ onRecord: (borrowing RecordView) -> Void, _ onBadRecord: (BadRecord) -> Void
    ) throws(LogFileError) -> BytePointer {
        var position = afterSpace(start)
        members.recordCount = 0
        if position.pointee == Byte.closeBracket { return position + 1 }
        var index = 0
        while true {
            let element = try walkElement(position, depth: 2, bounds)
            if let reason = element.reason {
                let range = bounds.offset(position)..<bounds.offset(element.end)
                onBadRecord(BadRecord(index: index, range: range, reason: reason))
            } else {
                onRecord(view(position, element.end, index: index, bounds))
            }
            index += 1
            position = afterSpace(element.end)
            if position.pointee == Byte.comma {
                position = afterSpace(position + 1)
            } else if position.pointee == Byte.closeBracket {
                members.recordCount = index
                return position + 1
            } else {
                throw bounds.unexpected(position, want: "a comma or the end of the array")
            }
        }
    }

    /// Walks an element of `Records`, which stands `depth` levels down; `reason` says why it is a bad record.
    private mutating func walkElement(
        _ start: BytePointer, depth: Int, _ bounds: TextBounds
    ) throws(LogFileError) -> (end: BytePointer, reason: BadRecord.Reason?) {
        let end: BytePointer
        do throws(LogFileError) {
            guard start.pointee == Byte.openBrace else {
                let other = try skipValue(start, depth: depth, bounds)
                return (other.end, .notAnObject(other.kind))
            }
            end = try walkRecord(start, depth: depth, bounds)
        } catch .tooDeep {
            // Brackets are counted without recursion: the records after this one are found all the same.
            return (try skipValue(start, depth: Self.anyDepth, bounds).end, .tooDeep)
        }
        if end - start > Self.recordBytesMax { return (end, .tooLarge(bytes: end - start)) }
        return (end, record.isOverfull ? .tooManyValues : nil)
    }

    /// A level from which no text is long enough to reach ``nestingMax``.
    private static let anyDepth = -2 * LogText.bytesMax

    /// Walks the record whose brace stands at `start`, `depth` levels down, and returns its end.
    private mutating func walkRecord(
        _ start: BytePointer, depth: Int, _ bounds: TextBounds
    ) throws(LogFileError) -> BytePointer {
        if record.beginRecord() { entered.initialize(repeating: 0, count: layout.nodeCount) }
        active[0] = 0
        guesses.context = 0
        let end = try walkObject(start + 1, Level(base: 0, count: 1, depth: depth + 1), bounds)
        let root = layout.nodes[0]
        if root.field >= 0 {
            let value = FieldValue(
                kind: .object, startOffset: UInt32(truncatingIfNeeded: bounds.offset(start)),
                endOffset: UInt32(truncatingIfNeeded: bounds.offset(end)), hasEscapes: false)
            record.set(Int(root.field), value, isMulti: false)
        }
        return end
    }
}
