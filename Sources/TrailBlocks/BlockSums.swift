package import TrailModel

/// Sums of counts over many series of many blocks, a row of steps for each group of series.
///
/// Made for queries over a hundred thousand series: counts go from a block's bits into the sums without a cell between.
/// A sum above `Int64.max` stays there.
package struct BlockSums: Sendable {
    package let resolution: Resolution
    package let groupCount: Int
    /// Steps of a row, such as the slots or hours of a query's range.
    package let stepCount: Int
    /// Row after row.
    private var sums: [Int64]
    private var row: [Int64] = []
    private var sparse = SparseSlots()
    private var cells = SeriesCells()

    /// Where the slots of a day go.
    package struct Window: Sendable {
        /// The slots that are wanted.
        package let slots: Range<Int>
        /// How many slots share a step, counted from the first slot wanted.
        package let slotsPerStep: Int
        /// The step of the first slot wanted.
        package let firstStep: Int

        package init(slots: Range<Int>, slotsPerStep: Int = 1, firstStep: Int = 0) {
            precondition(slots.lowerBound >= 0, "slots must not be negative; got \(slots)")
            precondition(slotsPerStep > 0, "a step must have slots; got \(slotsPerStep)")
            precondition(firstStep >= 0, "a step must not be negative; got \(firstStep)")
            self.slots = slots
            self.slotsPerStep = slotsPerStep
            self.firstStep = firstStep
        }

        /// The step of a slot, counted from the first one; `nil` when the slot is not wanted.
        @inline(__always)
        func step(of slot: UInt16) -> Int? {
            // Slots before the first wrap around to huge offsets.
            let offset = UInt(bitPattern: Int(slot) &- slots.lowerBound)
            guard offset < UInt(bitPattern: slots.count) else { return nil }
            return slotsPerStep == 1 ? Int(bitPattern: offset) : Int(bitPattern: offset) / slotsPerStep
        }

        /// Behind the last step that the slots reach.
        var endStep: Int { firstStep + (slots.count + slotsPerStep - 1) / slotsPerStep }
    }

    package init(resolution: Resolution, groupCount: Int, stepCount: Int) {
        precondition(groupCount >= 0 && stepCount >= 0, "sums need sizes; got \(groupCount) × \(stepCount)")
        self.resolution = resolution
        self.groupCount = groupCount
        self.stepCount = stepCount
        sums = [Int64](repeating: 0, count: groupCount * stepCount)
    }

    /// The sums of a group by step.
    package subscript(group: Int) -> ArraySlice<Int64> {
        sums[(group * stepCount)..<((group + 1) * stepCount)]
    }

    /// Adds what a block holds of the series that are in a group.
    ///
    /// - Parameters:
    ///   - block: The block of one day.
    ///   - window: Which of its slots are added, and where.
    ///   - groups: For each number from 0 to 255 the series' group, -1 for none.
    ///   - general: Called with each such series that is not a plain count, all its slots included; nothing of it is
    ///     added here.
    /// - Throws: ``BlockError`` for a malformed series, and the sums are void then, or for a block of another resolution.
    package mutating func add(
        _ block: BlockReader, window: Window, groups: [Int32],
        general: (_ number: UInt8, _ cells: borrowing SeriesCells) -> Void
    ) throws(BlockError) {
        let slotCount = resolution.slotsPerDay
        precondition(groups.count == Block.seriesMax, "groups must be one for each number; got \(groups.count)")
        precondition(window.slots.upperBound <= slotCount, "slots must lie in the day; got \(window.slots)")
        precondition(window.endStep <= stepCount, "steps must lie in the rows; got \(window.endStep)")
        guard block.resolution == resolution else {
            throw .otherResolution(got: block.resolution, want: resolution)
        }
        if row.count != slotCount + TableCountCodec.rowPadding { row = SeriesCodec.row(slotCount: slotCount) }
        for group in 0..<(block.groupOffsets.count - 1) {
            let indices = block.groupIndices(group)
            guard let last = indices.last(where: { groups[Int(block.seriesNumbers[$0])] >= 0 }) else { continue }
            var bits = BitReader(block.bytes, in: block.groupOffsets[group]..<block.groupOffsets[group + 1])
            for index in indices.lowerBound...last {
                let number = block.seriesNumbers[index]
                let target = Int(groups[Int(number)])
                precondition(target < groupCount, "a group must be below \(groupCount); got \(target)")
                guard add(number, from: &bits, slotCount, window, target, general), !bits.isOverrun else {
                    throw .badSeries(number: number)
                }
            }
            guard last + 1 < indices.upperBound || bits.isAtPaddedEnd else {
                throw .badSeries(number: block.seriesNumbers[last])
            }
        }
    }

    /// Adds one series, or passes over it when `target` is negative; false for malformed bits.
    @inline(__always)
    private mutating func add(
        _ number: UInt8, from bits: inout BitReader, _ slotCount: Int, _ window: Window, _ target: Int,
        _ general: (UInt8, borrowing SeriesCells) -> Void
    ) -> Bool {
        let codec = SeriesCodec(rawValue: bits.read(2))
        let base = target * stepCount + window.firstStep
        switch codec {
        case .tableCounts, .denseCounts:
            let isTable = codec == .tableCounts
            guard SeriesCodec.decodeRow(isTable, slotCount: slotCount, from: &bits, into: &row) else { return false }
            if target >= 0 { addRow(row, base, window, to: &sums) }
        case .sparseCounts:
            guard let count = sparse.read(slotCount: slotCount, from: &bits) else { return false }
            if target >= 0 { sparse.add(count, base, window, to: &sums) }
        case .general:
            cells.removeAll()
            guard GeneralCodec.decode(slotCount: slotCount, from: &bits, into: &cells) else { return false }
            if target >= 0 { general(number, cells) }
        case nil: return false
        }
        return true
    }
}

/// A sparse series as it is coded: one sample in each of its slots, and more in some.
private struct SparseSlots: Sendable {
    /// As long as a day and kept so: nothing grows from series to series.
    private var slots: [UInt16] = []
    private var repeated: [UInt16] = []
    private var excess: [Int64] = []

    /// How many slots there are, and how many of them hold more than one sample; `nil` for malformed bits.
    @inline(__always)
    mutating func read(slotCount: Int, from bits: inout BitReader) -> (slots: Int, repeated: Int)? {
        if slots.count != slotCount {
            slots = [UInt16](repeating: 0, count: slotCount)
            repeated = slots
            excess = [Int64](repeating: 0, count: slotCount)
        }
        let count = bits.readGamma()
        guard count > 0, count <= UInt64(slotCount),
            bits.readPositions(count: Int(count), size: slotCount, filling: &slots)
        else { return nil }
        let repeatedCount = bits.readGamma() &- 1
        if repeatedCount == 0 { return (Int(count), 0) }
        guard repeatedCount <= count,
            bits.readPositions(count: Int(repeatedCount), size: Int(count), filling: &repeated),
            let code = bits.readCode()
        else { return nil }
        for index in 0..<Int(repeatedCount) {
            guard let value = bits.read(code: code), value <= UInt64(Int64.max) - 2 else { return nil }
            excess[index] = Int64(bitPattern: value)
        }
        return (Int(count), Int(repeatedCount))
    }

    @inline(__always)
    func add(_ count: (slots: Int, repeated: Int), _ base: Int, _ window: BlockSums.Window, to sums: inout [Int64]) {
        let slots = slots.span
        var sums = sums.mutableSpan
        for index in 0..<count.slots {
            guard let step = window.step(of: slots[index]) else { continue }
            sums[base &+ step] = saturated(sums[base &+ step], 1)
        }
        for index in 0..<count.repeated {
            guard let step = window.step(of: slots[Int(repeated[index])]) else { continue }
            sums[base &+ step] = saturated(sums[base &+ step], excess[index] &+ 1)
        }
    }
}

private func addRow(_ row: [Int64], _ base: Int, _ window: BlockSums.Window, to sums: inout [Int64]) {
    let first = window.slots.lowerBound
    let row = row.span
    var sums = sums.mutableSpan
    if window.slotsPerStep == 1 {
        // Overflow shows in the sign, and is looked for once: a loop without jumps adds several at a time.
        var signs: Int64 = 0
        for index in 0..<window.slots.count {
            let sum = sums[base &+ index] &+ row[first &+ index]
            sums[base &+ index] = sum
            signs |= sum
        }
        if signs < 0 {
            for index in base..<(base + window.slots.count) where sums[index] < 0 { sums[index] = .max }
        }
        return
    }
    var place = base
    var slot = first
    while slot < window.slots.upperBound {
        let end = min(slot &+ window.slotsPerStep, window.slots.upperBound)
        // A row's counts are at most 2^40: a day of them is far below the limit.
        var step: Int64 = 0
        while slot < end {
            step &+= row[slot]
            slot &+= 1
        }
        sums[place] = saturated(sums[place], step)
        place &+= 1
    }
}

/// The sum of two numbers that are not negative.
@inline(__always)
private func saturated(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, isOver) = left.addingReportingOverflow(right)
    return isOver ? .max : sum
}
