// Hot path: compares the text with members seen before, sixteen bytes at a time through raw pointers, and takes their
// values over without walking them. Every read ends inside the text: a look-up wants ``MemberRuns/sampleBytes`` of text
// after the run's start, a comparison the whole length of the run that it compares with.

/// A stretch of neighbouring members of a record that is often the same, byte for byte, as in an earlier record.
///
/// In real trails nine of ten `userIdentity` objects, a third of the bytes, are equal to one of the last few hundred,
/// and so are what names the call and the last members.
package enum MemberRun: Int, CaseIterable, Sendable {
    /// `userIdentity`.
    case caller
    /// `eventSource` to `awsRegion`.
    case call
    /// `eventType` to the end of the record.
    case rest

    static let count = 3

    /// The run that begins with this member of a record.
    static func starting(with name: UnsafeBufferPointer<UInt8>) -> MemberRun? {
        if name.elementsEqual("userIdentity".utf8) { return .caller }
        if name.elementsEqual("eventSource".utf8) { return .call }
        return name.elementsEqual("eventType".utf8) ? .rest : nil
    }

    /// Whether a run, other than one to the record's end, ends with this member.
    static func ends(with name: UnsafeBufferPointer<UInt8>) -> Bool {
        name.elementsEqual("userIdentity".utf8) || name.elementsEqual("awsRegion".utf8)
    }
}

/// The runs of each kind that were met last, with the values that were found in them.
struct MemberRuns: ~Copyable {
    /// Longer runs are walked each time; short enough that none can reach ``RecordScanner/nestingMax`` levels.
    static let bytesMax = 960
    static let bytesMin = 64
    /// Runs with more values are walked each time.
    static let valuesMax = 24
    /// Objects that a run may enter.
    static let nodesMax = 4
    /// Text that must follow a run's start for a look-up.
    static let sampleBytes = 320
    private static let setsCount = 128
    private static let waysCount = 4

    struct Entry {
        var tag: UInt64 = 0
        /// Differs from that of every other run, earlier ones included.
        var serial: UInt64 = 0
        /// Bytes from the first member's quotation mark to the comma or brace after the last one; 0 for a free entry.
        var count = 0
        var valueCount = 0
        /// The guess for the last member.
        var lastGuess: Int32 = 0
        /// The nodes that the run enters and that must know of it, -1 for none.
        var nodes = SIMD4<Int32>(repeating: -1)
    }

    /// A value with its place relative to the start of the run.
    private struct Value {
        var field: Int32
        /// A wildcard leads to it.
        var isMulti: Bool
        var value: FieldValue
    }

    let entries: UnsafeMutablePointer<Entry>
    private let bytes: UnsafeMutablePointer<UInt8>
    private let values: UnsafeMutablePointer<Value>
    /// The way of each set that the next new run takes.
    private let turns: UnsafeMutablePointer<UInt8>
    private var serial: UInt64 = 0

    init() {
        let sets = MemberRun.count * Self.setsCount
        let count = sets * Self.waysCount
        entries = .allocate(capacity: count)
        entries.initialize(repeating: Entry(), count: count)
        bytes = .allocate(capacity: count * Self.bytesMax)
        values = .allocate(capacity: count * Self.valuesMax)
        turns = .allocate(capacity: sets)
        turns.initialize(repeating: 0, count: sets)
    }

    deinit {
        entries.deallocate()
        bytes.deallocate()
        values.deallocate()
        turns.deallocate()
    }

    /// A hash of some of the bytes after `start` and of `hint`; 0 when there are too few bytes.
    ///
    /// What is hashed should lie inside the run and tell runs apart; where it fails, runs are only found less often.
    @inline(__always)
    func tag(_ kind: MemberRun, _ start: BytePointer, hint: UInt64, _ bounds: TextBounds) -> UInt64 {
        guard bounds.end - start >= Self.sampleBytes else { return 0 }
        var state = 0x9E37_79B9_7F4A_7C15 ^ hint
        // Products that need not wait for each other.
        func mix(_ offset: Int) {
            state &+= word(at: start + offset) &* (0xD6E8_FEB8_6659_FD93 &+ UInt64(truncatingIfNeeded: offset) << 33)
        }
        switch kind {
        case .caller:
            mix(32)
            mix(56)
            mix(80)
            mix(104)
            // Sessions of one role differ late, but are long; after a user's object, a short one, every record differs.
            if word(at: start + 25) == Self.roleMark {
                mix(128)
                mix(144)
                mix(160)
                mix(176)
                mix(192)
                mix(208)
                mix(224)
                mix(240)
                mix(256)
                mix(272)
                mix(288)
                mix(304)
            }
        case .call:
            mix(15)
            mix(31)
            mix(39)
            mix(47)
            mix(55)
            mix(63)
        case .rest:
            mix(12)
            mix(40)
            mix(56)
            mix(72)
            mix(88)
            mix(96)
        }
        return (state ^ state >> 29) &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    /// `ssumedRo` of `"userIdentity":{"type":"AssumedRole"`.
    private static let roleMark: UInt64 = 0x6F52_6465_6D75_7373

    /// The entry that equals the text at `start`, or -1.
    @inline(__always)
    func match(_ kind: MemberRun, _ tag: UInt64, _ start: BytePointer, _ bounds: TextBounds) -> Int {
        let first = set(kind, tag) * Self.waysCount
        for index in first..<(first + Self.waysCount) where entries[index].tag == tag {
            let count = entries[index].count
            if bounds.end - start >= count, holds(index, count, start) { return index }
        }
        return -1
    }

    @inline(__always)
    private func set(_ kind: MemberRun, _ tag: UInt64) -> Int {
        kind.rawValue * Self.setsCount + Int(truncatingIfNeeded: tag >> 32) & (Self.setsCount - 1)
    }

    @inline(__always)
    private func holds(_ index: Int, _ count: Int, _ start: BytePointer) -> Bool {
        let known = UnsafeRawPointer(bytes + index * Self.bytesMax)
        let text = UnsafeRawPointer(start)
        // The last bytes may overlap those before; no run is shorter than one step.
        var offset = 0
        while offset + 64 <= count {
            if differs(known + offset, text + offset) { return false }
            offset += 64
        }
        return !differs(known + (count - 64), text + (count - 64))
    }

    /// Compares 64 bytes.
    @inline(__always)
    private func differs(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer) -> Bool {
        let first = one.loadUnaligned(as: SIMD8<UInt64>.self)
        let second = other.loadUnaligned(as: SIMD8<UInt64>.self)
        let difference = first ^ second
        let half = difference.lowHalf | difference.highHalf
        let quarter = half.lowHalf | half.highHalf
        return quarter[0] | quarter[1] != 0
    }

    /// Takes the values of an entry over into `record`, whose run starts at `start`.
    @inline(__always)
    func replay(_ kind: MemberRun, _ index: Int, at start: Int, into record: inout RecordTable) {
        let known = values + index * Self.valuesMax
        for number in 0..<entries[index].valueCount {
            record.set(Int(known[number].field), known[number].value.moved(by: start), isMulti: known[number].isMulti)
        }
        let base = UInt32(truncatingIfNeeded: start)
        let range = base..<(base &+ UInt32(truncatingIfNeeded: entries[index].count))
        record.runs[kind.rawValue] = RecordRun(serial: entries[index].serial, range: range)
    }

    /// Keeps a run that was walked just now, with the values of `record` that stand in it.
    @inline(never)
    mutating func keep(
        _ kind: MemberRun, _ tag: UInt64, _ start: BytePointer, _ end: BytePointer, _ bounds: TextBounds,
        lastGuess: Int32,
        nodes: SIMD4<Int32>, of record: inout RecordTable
    ) {
        let count = end - start
        // Of an overfull record not all values are known.
        guard (Self.bytesMin...Self.bytesMax).contains(count), !record.isOverfull else { return }
        let set = set(kind, tag)
        let index = set * Self.waysCount + Int(turns[set])
        entries[index] = Entry()
        let range = UInt32(truncatingIfNeeded: bounds.offset(start))..<UInt32(truncatingIfNeeded: bounds.offset(end))
        var valueCount = 0
        func add(_ value: FieldValue, of field: Int, isMulti: Bool) -> Bool {
            guard range.contains(value.startOffset) else { return true }
            guard valueCount < Self.valuesMax else { return false }
            let moved = value.moved(by: -bounds.offset(start))
            (values + index * Self.valuesMax + valueCount).initialize(
                to: Value(field: Int32(field), isMulti: isMulti, value: moved))
            valueCount += 1
            return true
        }
        for field in 0..<record.valueCount where record.values[field].stamp == record.stamp {
            var node = record.values[field].first
            if node < 0 {
                guard add(record.values[field].value, of: field, isMulti: false) else { return }
            }
            while node >= 0 {
                guard add(record.listed[Int(node)].value, of: field, isMulti: true) else { return }
                node = record.listed[Int(node)].next
            }
        }
        turns[set] = (turns[set] + 1) % UInt8(Self.waysCount)
        serial += 1
        entries[index] = Entry(
            tag: tag, serial: serial, count: count, valueCount: valueCount, lastGuess: lastGuess, nodes: nodes)
        (bytes + index * Self.bytesMax).update(from: start, count: count)
        record.runs[kind.rawValue] = RecordRun(serial: serial, range: range)
    }
}

/// The run of one kind in the record at hand.
struct RecordRun {
    /// 0 when the record has none that is known.
    var serial: UInt64 = 0
    var range: Range<UInt32> = 0..<0
}
