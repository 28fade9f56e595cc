import TrailCounts
import TrailEvents

/// Counts events by slot, source, name and error code, and nothing else.
struct SlotCounter: ~Copyable {
    private var calls = FieldTupleTable(fields: [.eventSource, .eventName, .errorCode])
    /// One for each slot and call, by `keys`.
    private var counts: [Int] = []
    private var keys = KeyTable()

    mutating func add(_ record: borrowing RecordView) {
        guard let seconds = record.eventSeconds else { return }
        let call: Int
        switch calls.place(of: record, flag: false) {
        case .known(let number), .new(let number): call = number
        case .tooLong: call = -1
        }
        let index = keys.insert(UInt64(bitPattern: seconds / 300) << 32 | UInt64(UInt32(truncatingIfNeeded: call)))
        if index == counts.count { counts.append(0) }
        counts[index] += 1
    }

    var events: Int { counts.reduce(0, +) }
}
