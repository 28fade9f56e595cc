// Hot path: reads the fields of every record where they stand in the text, eight bytes at a time. A word may reach up to
// seven bytes past a field, into what follows it in the text or into the padding of `LogText`; those bytes are masked.
// The table is flat memory of its own, because arrays would be checked and their references counted for every record.

/// Finds the texts of several fields again by their bytes, without building a string.
///
/// Equal texts have one number; a text with escapes has the number of what it says. Of a field that is not a string only
/// its type counts; one that is absent is a type of its own.
package struct FieldTupleTable: ~Copyable {
    /// Longer texts are not kept.
    package static let textBytesMax = 1024
    /// Past these limits the table begins anew, so that a flood of texts costs time and not memory.
    package static let tuplesMax = 1 << 16
    package static let wordsMax = 1 << 20

    package enum Place: Equatable {
        case known(Int)
        /// Numbered now; number 0 says that all earlier numbers are forgotten.
        case new(Int)
        /// A text is longer than ``FieldTupleTable/textBytesMax``.
        case tooLong
    }

    private struct Tuple {
        var hash: UInt64
        var start: Int
        var count: Int
    }

    private let fields: [FieldID]
    /// The tuple at hand: for each field its length, then its text in whole words.
    private let scratch: UnsafeMutablePointer<UInt64>
    private var tuples: [Tuple] = []
    private var words: [UInt64] = []
    /// Open addressing, at most half full: one more than a tuple's number, 0 for a free place.
    private var places: [UInt32]

    package init(fields: [FieldID]) {
        self.fields = fields
        let size = fields.count * (1 + (Self.textBytesMax + 7) / 8) + 1
        scratch = .allocate(capacity: size)
        scratch.initialize(repeating: 0, count: size)
        places = [UInt32](repeating: 0, count: 1 << 10)
    }

    deinit {
        scratch.deallocate()
    }

    /// The number of the record's texts; `flag` is part of them.
    package mutating func place(of record: borrowing RecordView, flag: Bool) -> Place {
        var count = 1
        scratch[0] = flag ? 1 : 0
        for field in fields {
            guard let written = copy(field, of: record, to: scratch + count) else { return .tooLong }
            count += written
        }
        let hash = Self.hash(scratch, count)
        var place = Int(truncatingIfNeeded: hash >> 32) & (places.count - 1)
        while places[place] != 0 {
            let number = Int(places[place]) - 1
            if tuples[number].hash == hash, holds(tuples[number], count) { return .known(number) }
            place = (place + 1) & (places.count - 1)
        }
        return .new(add(hash, count))
    }

    /// Writes a field's length and text; `nil` for one that is too long.
    @inline(__always)
    private func copy(
        _ field: FieldID, of record: borrowing RecordView, to target: UnsafeMutablePointer<UInt64>
    ) -> Int? {
        guard let value = record.value(field) else {
            target[0] = .max
            return 1
        }
        guard value.kind == .string else {
            target[0] = .max - 1 - UInt64(value.kind.rawValue)
            return 1
        }
        if _slowPath(value.hasEscapes) {
            let text = record.text(of: value) + [UInt8](repeating: 0, count: 8)
            return text.withUnsafeBufferPointer { padded in
                padded.baseAddress.flatMap { Self.copy($0, text.count - 8, to: target) }
            }
        }
        return Self.copy(record.text + value.start, value.rawCount, to: target)
    }

    /// Eight bytes must be readable from each place inside the text.
    @inline(__always)
    private static func copy(_ text: BytePointer, _ length: Int, to target: UnsafeMutablePointer<UInt64>) -> Int? {
        guard length <= textBytesMax else { return nil }
        target[0] = UInt64(truncatingIfNeeded: length)
        var offset = 0
        var index = 1
        while offset + 8 <= length {
            target[index] = word(at: text + offset)
            offset += 8
            index += 1
        }
        if offset < length {
            target[index] = word(at: text + offset) & (1 << UInt64(truncatingIfNeeded: (length - offset) * 8) &- 1)
            index += 1
        }
        return index
    }

    @inline(__always)
    private static func hash(_ words: UnsafeMutablePointer<UInt64>, _ count: Int) -> UInt64 {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index + 1 < count {
            let product = (words[index] ^ state).multipliedFullWidth(by: words[index + 1] ^ 0xD6E8_FEB8_6659_FD93)
            state = product.high ^ product.low &+ state
            index += 2
        }
        if index < count { state ^= words[index] }
        let product = state.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }

    @inline(__always)
    private func holds(_ tuple: Tuple, _ count: Int) -> Bool {
        guard tuple.count == count else { return false }
        return words.withUnsafeBufferPointer { stored in
            for index in 0..<count where stored[tuple.start + index] != scratch[index] { return false }
            return true
        }
    }

    @inline(never)
    private mutating func add(_ hash: UInt64, _ count: Int) -> Int {
        if tuples.count >= Self.tuplesMax || words.count + count > Self.wordsMax {
            tuples.removeAll(keepingCapacity: true)
            words.removeAll(keepingCapacity: true)
            places = [UInt32](repeating: 0, count: places.count)
        }
        tuples.append(Tuple(hash: hash, start: words.count, count: count))
        for index in 0..<count { words.append(scratch[index]) }
        if tuples.count * 2 > places.count {
            places = [UInt32](repeating: 0, count: places.count * 2)
            for number in tuples.indices { put(number) }
        } else {
            put(tuples.count - 1)
        }
        return tuples.count - 1
    }

    private mutating func put(_ number: Int) {
        var place = Int(truncatingIfNeeded: tuples[number].hash >> 32) & (places.count - 1)
        while places[place] != 0 { place = (place + 1) & (places.count - 1) }
        places[place] = UInt32(truncatingIfNeeded: number + 1)
    }
}
