// Hot path: the values found in one record, in flat memory that is reused for every record; see `FieldLayout`.

/// A field's entry; it holds only for the record whose number it carries, so that nothing is cleared between records.
struct StoredValue {
    var value: FieldValue
    /// Number of the record that the entry belongs to.
    var stamp: UInt32
    /// Under a wildcard path: the first and the last node in the list of nodes, else -1.
    var first: Int32
    var last: Int32
}

/// A node under a wildcard path, in a list per field.
struct ListedValue {
    var value: FieldValue
    var next: Int32
}

struct RecordTable: ~Copyable {
    let values: UnsafeMutablePointer<StoredValue>
    let valueCount: Int
    private(set) var listed: UnsafeMutablePointer<ListedValue>
    private var listedCapacity = 256
    private var listedCount = 0
    /// Number of the record at hand; 0 is never one.
    private(set) var stamp: UInt32 = 0
    /// Whether the record had more than ``RecordScanner/wildcardValuesMax`` nodes under wildcard paths.
    private(set) var isOverfull = false
    /// The runs of the record, by ``MemberRun``.
    let runs: UnsafeMutablePointer<RecordRun>

    init(fieldCount: Int) {
        valueCount = fieldCount
        values = .allocate(capacity: max(fieldCount, 1))
        listed = .allocate(capacity: listedCapacity)
        runs = .allocate(capacity: MemberRun.count)
        runs.initialize(repeating: RecordRun(), count: MemberRun.count)
        clearAll()
    }

    deinit {
        values.deallocate()
        listed.deallocate()
        runs.deallocate()
    }

    private func clearAll() {
        let none = FieldValue(kind: .null, startOffset: 0, endOffset: 0, hasEscapes: false)
        values.initialize(repeating: StoredValue(value: none, stamp: 0, first: -1, last: -1), count: valueCount)
    }

    /// Forgets the last record and says whether the numbers began anew, as they do after 2^32 records.
    @inline(__always)
    mutating func beginRecord() -> Bool {
        listedCount = 0
        isOverfull = false
        for run in 0..<MemberRun.count { runs[run].serial = 0 }
        stamp &+= 1
        guard stamp == 0 else { return false }
        clearAll()
        stamp = 1
        return true
    }

    @inline(__always)
    func clear(_ field: Int) {
        values[field].stamp = 0
    }

    @inline(__always)
    mutating func set(_ field: Int, _ value: FieldValue, isMulti: Bool) {
        if isMulti {
            list(field, value)
        } else {
            values[field].value = value
            values[field].stamp = stamp
        }
    }

    @inline(never)
    private mutating func list(_ field: Int, _ value: FieldValue) {
        guard listedCount < RecordScanner.wildcardValuesMax else {
            isOverfull = true
            return
        }
        if listedCount == listedCapacity {
            let larger = UnsafeMutablePointer<ListedValue>.allocate(capacity: listedCapacity * 2)
            larger.moveInitialize(from: listed, count: listedCount)
            listed.deallocate()
            listed = larger
            listedCapacity *= 2
        }
        (listed + listedCount).initialize(to: ListedValue(value: value, next: -1))
        let added = Int32(listedCount)
        listedCount += 1
        if values[field].stamp == stamp {
            listed[Int(values[field].last)].next = added
            values[field].last = added
        } else {
            values[field] = StoredValue(value: value, stamp: stamp, first: added, last: added)
        }
    }
}
