/// Counts of about 1 to 16 in most slots, each a code of the table that the dozens of slots before it let expect.
///
/// The table changes only between dozens of slots, so that several counts are read at a step.
///
/// This is the hot path of every sum over many series: the row and the tables are read and written without bounds checks,
/// after it was checked that a whole dozen fits the row and that a window has ten bits.
struct TableCountCodec {
    /// Slots that share a table.
    static let run = 12
    /// A reader writes four counts at a time; the row has this many behind the day's.
    static let rowPadding = 4

    /// The bits of a row, a count for each slot; `nil` when they are not fewer than `limit` or a count leaves its range.
    static func bits(of row: [Int64], slotCount: Int, under limit: Int) -> Int? {
        // A slot costs at least one bit.
        guard limit > slotCount else { return nil }
        let codes = CountTables.shared.codes
        let largerCounts = CountTables.shared.larger
        var bits = 4
        var level = 0
        var index = startTable(of: row)
        var base = 0
        while base < slotCount {
            let table = index * 32
            let larger = Int64(largerCounts[index])
            var sum = 0
            for slot in base..<(base + run) {
                let count = row[slot]
                if count < larger {
                    bits &+= Int(codes[table &+ Int(count)] & 15)
                } else {
                    guard count <= DenseCountCodec.countMax else { return nil }
                    bits &+= Int(codes[table &+ Int(larger)] & 15)
                    let quotient = UInt64(count &- larger) >> UInt64(CountTables.excessParameter) &+ 1
                    bits &+= 2 &* (64 &- quotient.leadingZeroBitCount) &- 1 &+ CountTables.excessParameter
                }
                sum &+= Int(count)
            }
            if bits >= limit { return nil }
            level = nextLevel(level, sum: sum, isFirst: base == 0)
            index = CountTables.index(of: level)
            base += run
        }
        return bits
    }

    static func encode(_ row: [Int64], slotCount: Int, into writer: inout BitWriter) {
        let codes = CountTables.shared.codes
        let largerCounts = CountTables.shared.larger
        var index = startTable(of: row)
        writer.append(UInt64(index), count: 4)
        var level = 0
        var base = 0
        while base < slotCount {
            let table = index * 32
            let larger = Int64(largerCounts[index])
            var sum = 0
            for slot in base..<(base + run) {
                let count = row[slot]
                let code = UInt64(codes[table &+ Int(min(count, larger))])
                writer.append(code &>> 4, count: Int(code & 15))
                if count >= larger {
                    writer.append(golomb: UInt64(count &- larger), parameter: CountTables.excessParameter)
                }
                sum &+= Int(count)
            }
            level = nextLevel(level, sum: sum, isFirst: base == 0)
            index = CountTables.index(of: level)
            base += run
        }
    }

    /// Fills `row`, which must have ``rowPadding`` more counts than the day slots; false for malformed bits.
    static func decode(slotCount: Int, from bits: inout BitReader, into row: inout [Int64]) -> Bool {
        precondition(
            slotCount % run == 0 && row.count == slotCount + rowPadding, "a row must fit the day; got \(row.count)")
        var index = Int(bits.read(4))
        guard index <= CountTables.tableMax else { return false }
        var reader = bits
        defer { bits = reader }
        return CountTables.shared.entries.withUnsafeBufferPointer { entries in
            row.withUnsafeMutableBufferPointer { row in
                var level = 0
                var base = 0
                while base < slotCount {
                    guard let sum = readRun(row, base, entries, index, &reader) else { return false }
                    level = nextLevel(level, sum: sum, isFirst: base == 0)
                    index = CountTables.index(of: level)
                    base &+= run
                }
                return true
            }
        }
    }

    /// Reads twelve counts from `base` on; their sum, or `nil` for malformed bits.
    @inline(__always)
    private static func readRun(
        _ row: UnsafeMutableBufferPointer<Int64>, _ base: Int, _ entries: UnsafeBufferPointer<UInt32>, _ index: Int,
        _ reader: inout BitReader
    ) -> Int? {
        let table = index << CountTables.windowWidth
        let end = base &+ run
        var slot = base
        while slot < end {
            let entry = entries[table &+ reader.peekTen()]
            let taken = Int(entry >> 24 & 7)
            if taken == 0 {
                guard let count = readLarger(index, length: Int(entry >> 20 & 15), &reader) else { return nil }
                row[slot] = count
                slot &+= 1
                continue
            }
            row[slot] = Int64(entry & 31)
            // Counts past the run are not of this table: the next step writes over what is written of them here.
            if slot &+ taken <= end {
                row[slot &+ 1] = Int64(entry >> 5 & 31)
                row[slot &+ 2] = Int64(entry >> 10 & 31)
                row[slot &+ 3] = Int64(entry >> 15 & 31)
                reader.drop(Int(entry >> 20 & 15))
                slot &+= taken
            } else {
                reader.drop(Int(entry >> 27))
                slot &+= 1
            }
        }
        var sum = 0
        for slot in base..<end { sum &+= Int(row[slot]) }
        return sum
    }

    @inline(never)
    private static func readLarger(_ index: Int, length: Int, _ reader: inout BitReader) -> Int64? {
        reader.drop(length)
        guard let excess = reader.readGolomb(parameter: CountTables.excessParameter),
            excess < UInt64(DenseCountCodec.countMax)
        else { return nil }
        let count = Int64(excess + CountTables.shared.larger[index])
        return count <= DenseCountCodec.countMax ? count : nil
    }

    private static func startTable(of row: [Int64]) -> Int {
        var sum = 0
        for slot in 0..<run { sum &+= Int(min(row[slot], DenseCountCodec.countMax)) }
        return CountTables.index(of: 16 &* sum)
    }

    @inline(__always)
    private static func nextLevel(_ level: Int, sum: Int, isFirst: Bool) -> Int {
        isFirst ? 16 &* sum : (level &+ 16 &* sum) &>> 1
    }
}
