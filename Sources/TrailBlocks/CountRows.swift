package import TrailModel

/// Counts of one day on their way into a block: series after series, as plain numbers.
///
/// What a ``Block`` of statistic sets would hold and write, made many times faster because no set is built.
package struct CountRows: Sendable {
    package let resolution: Resolution
    private var numbers: [UInt8] = []
    /// Where the slots of each series end.
    private var ends: [Int] = []
    private var slots: [UInt16] = []
    private var counts: [Int64] = []

    package init(resolution: Resolution) {
        self.resolution = resolution
    }

    package var isEmpty: Bool { numbers.isEmpty }
    /// Slots that hold counts, of all series.
    package var cellCount: Int { slots.count }

    /// Appends the counts of a series and empties the row; a row of zeros appends nothing.
    ///
    /// - Parameters:
    ///   - row: A count, 0 at least, for every slot of the day.
    ///   - number: The series; higher than those before it.
    package mutating func append(taking row: inout [Int64], of number: UInt8) {
        precondition(row.count == resolution.slotsPerDay, "a row must be a day; got \(row.count) slots")
        let start = slots.count
        var span = row.mutableSpan
        // Most slots of most rows are empty: four are looked at together.
        for quarter in stride(from: 0, to: span.count, by: 4) {
            if span[quarter] | span[quarter &+ 1] | span[quarter &+ 2] | span[quarter &+ 3] == 0 { continue }
            for slot in quarter..<(quarter + 4) where span[slot] != 0 {
                precondition(span[slot] > 0, "a count must be positive; got \(span[slot])")
                slots.append(UInt16(truncatingIfNeeded: slot))
                counts.append(span[slot])
                span[slot] = 0
            }
        }
        if slots.count > start { end(number) }
    }

    /// Appends the counts of a series: `slots` ascending and inside the day, `counts` of 1 at least, both equally many.
    package mutating func append(slots newSlots: [UInt16], counts newCounts: [Int64], of number: UInt8) {
        precondition(newSlots.count == newCounts.count, "slots and counts must be as many; got \(newCounts.count)")
        for index in newSlots.indices {
            precondition(
                index == 0 || newSlots[index - 1] < newSlots[index], "slots must ascend; got \(newSlots[index])")
            precondition(newCounts[index] > 0, "a count must be positive; got \(newCounts[index])")
        }
        precondition(
            newSlots.last.map { $0 < resolution.slotsPerDay } ?? true,
            "a slot must be below \(resolution.slotsPerDay); got \(newSlots.last ?? 0)")
        slots += newSlots
        counts += newCounts
        if !newSlots.isEmpty { end(number) }
    }

    private mutating func end(_ number: UInt8) {
        precondition(numbers.last.map { $0 < number } ?? true, "series must come in order; got \(number)")
        numbers.append(number)
        ends.append(slots.count)
    }

    package mutating func removeAll() {
        numbers.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
    }

    /// The bytes of a block of these counts.
    package func encoded() -> [UInt8] {
        var merge = CountMerge(self)
        merge.addRest()
        return merge.finish()
    }

    /// The bytes of the block `old` with these counts added.
    ///
    /// Series without new counts keep their bits, and groups of such series their bytes. A sum above `Int64.max` stays
    /// there.
    ///
    /// - Throws: ``BlockError`` for bytes that are no block, or one of another resolution.
    package func encoded(mergingInto old: [UInt8]) throws(BlockError) -> [UInt8] {
        let reader = try BlockReader(old)
        guard reader.resolution == resolution else {
            throw .otherResolution(got: reader.resolution, want: resolution)
        }
        var merge = CountMerge(self)
        try merge.add(reader)
        merge.addRest()
        return merge.finish()
    }

    /// The same samples in wider slots; `resolution` must be a multiple of this one's.
    package func coarsened(to resolution: Resolution) -> CountRows {
        precondition(
            resolution.seconds % self.resolution.seconds == 0, "slots of \(self.resolution) do not fit \(resolution)")
        let factor = UInt16(resolution.seconds / self.resolution.seconds)
        var wide = CountRows(resolution: resolution)
        for (index, number) in numbers.enumerated() {
            let start = wide.slots.count
            for place in range(at: index) {
                let slot = slots[place] / factor
                if wide.slots.count > start, let last = wide.slots.last, last == slot {
                    let (sum, isOver) = wide.counts[wide.counts.count - 1].addingReportingOverflow(counts[place])
                    wide.counts[wide.counts.count - 1] = isOver ? .max : sum
                } else {
                    wide.slots.append(slot)
                    wide.counts.append(counts[place])
                }
            }
            wide.end(number)
        }
        return wide
    }

    fileprivate var seriesCount: Int { numbers.count }

    fileprivate func number(at index: Int) -> UInt8? {
        index < numbers.count ? numbers[index] : nil
    }

    fileprivate func range(at index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    fileprivate func copy(_ index: Int, _ newSlots: inout [UInt16], _ newCounts: inout [Int64]) {
        newSlots.removeAll(keepingCapacity: true)
        newCounts.removeAll(keepingCapacity: true)
        newSlots += slots[range(at: index)]
        newCounts += counts[range(at: index)]
    }
}

/// One pass over an old block and new counts, both in the order of their series.
private struct CountMerge {
    private let rows: CountRows
    private let slotCount: Int
    /// The first new series that is not written yet.
    private var next = 0
    private var assembler: BlockAssembler
    private var encoder: SeriesEncoder
    private var cells = SeriesCells()
    private var row: [Int64]
    private var slots: [UInt16] = []
    private var counts: [Int64] = []

    init(_ rows: CountRows) {
        self.rows = rows
        slotCount = rows.resolution.slotsPerDay
        assembler = BlockAssembler(resolution: rows.resolution)
        encoder = SeriesEncoder(slotCount: slotCount)
        row = SeriesCodec.row(slotCount: slotCount)
    }

    mutating func finish() -> [UInt8] {
        assembler.finish()
    }

    mutating func addRest() {
        while let number = rows.number(at: next) { addNew(number) }
    }

    mutating func add(_ old: BlockReader) throws(BlockError) {
        let groupCount = old.groupOffsets.count - 1
        for group in 0..<groupCount {
            let series = old.seriesNumbers[old.groupIndices(group)]
            guard let first = series.first, let last = series.last else { continue }
            addNew(below: first)
            let isUntouched = rows.number(at: next).map { $0 > last } ?? true
            let isWhole = series.count == BlockFormat.groupSize || next == rows.seriesCount
            let bytes = old.groupOffsets[group]..<old.groupOffsets[group + 1]
            if isUntouched && isWhole && assembler.isBetweenGroups {
                assembler.append(group: old.bytes[bytes], of: series)
            } else {
                try add(series, from: BitReader(old.bytes, in: bytes))
            }
        }
    }

    private mutating func add(_ series: ArraySlice<UInt8>, from start: BitReader) throws(BlockError) {
        var bits = start
        for number in series {
            addNew(below: number)
            var copy = bits
            guard SeriesCodec.decode(slotCount: slotCount, from: &bits, into: &cells, row: &row), !bits.isOverrun else {
                throw .badSeries(number: number)
            }
            if rows.number(at: next) == number {
                addSum(number)
            } else {
                assembler.bits.append(copying: copy.bitsLeft - bits.bitsLeft, from: &copy)
                assembler.endSeries(number)
            }
        }
        guard bits.isAtPaddedEnd else { throw .badSeries(number: series.last ?? 0) }
    }

    private mutating func addNew(below limit: UInt8) {
        while let number = rows.number(at: next), number < limit { addNew(number) }
    }

    private mutating func addNew(_ number: UInt8) {
        rows.copy(next, &slots, &counts)
        next += 1
        encoder.encode(slots: slots, counts: counts, into: &assembler.bits)
        assembler.endSeries(number)
    }

    /// Writes the sum of what `cells` and the next new series hold.
    private mutating func addSum(_ number: UInt8) {
        rows.copy(next, &slots, &counts)
        next += 1
        if cells.isCount {
            cells.add(slots: slots, counts: counts)
            encoder.encode(slots: cells.slots, counts: cells.counts, into: &assembler.bits)
        } else {
            encoder.encode(general(cells.cells), into: &assembler.bits)
        }
        assembler.endSeries(number)
    }

    private func general(_ old: [Block.Cell]) -> [Block.Cell] {
        var result: [Block.Cell] = []
        var index = 0
        for cell in old {
            while index < slots.count, slots[index] < cell.slot {
                result.append(Block.Cell(slot: slots[index], set: StatisticSet(value: 1, count: counts[index])))
                index += 1
            }
            var sum = cell
            if index < slots.count, slots[index] == cell.slot {
                let count = min(counts[index], Int64.max - cell.set.sampleCount)
                if count > 0 { sum.set.add(StatisticSet(value: 1, count: count)) }
                index += 1
            }
            result.append(sum)
        }
        while index < slots.count {
            result.append(Block.Cell(slot: slots[index], set: StatisticSet(value: 1, count: counts[index])))
            index += 1
        }
        return result
    }
}
