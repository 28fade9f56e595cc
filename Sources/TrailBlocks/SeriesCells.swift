package import TrailModel

/// The cells of one series as they come out of a block, in parallel arrays so that sums need not build sets.
package struct SeriesCells: Sendable {
    /// The slots that hold samples, ascending.
    package private(set) var slots: [UInt16] = []
    /// Samples of 1 in each of the slots, when the series is a plain count; else empty.
    package private(set) var counts: [Int64] = []
    /// The statistics of each of the slots, when the series is not a plain count; else empty.
    package private(set) var sets: [StatisticSet] = []

    /// Places in `slots` of counts above 1, while they are read.
    private var repeated: [UInt16] = []

    package var isCount: Bool { sets.isEmpty }

    package var cells: [Block.Cell] {
        slots.indices.map { index in
            let set = isCount ? StatisticSet(value: 1, count: counts[index]) : sets[index]
            return Block.Cell(slot: slots[index], set: set)
        }
    }

    mutating func removeAll() {
        slots.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        sets.removeAll(keepingCapacity: true)
    }

    /// Reads the slots of a sparse series; false when they do not fit.
    mutating func readSlots(slotCount: Int, from bits: inout BitReader) -> Bool {
        let count = bits.readGamma()
        return count > 0 && count <= UInt64(slotCount)
            && bits.readPositions(count: Int(count), size: slotCount, into: &slots)
    }

    /// Counts of 1 in every slot.
    mutating func fillCounts() {
        counts.append(contentsOf: repeatElement(1, count: slots.count))
    }

    /// Reads which of the slots hold more than one sample; false when they do not fit.
    mutating func readRepeated(count: Int, from bits: inout BitReader) -> Bool {
        bits.readPositions(count: count, size: slots.count, into: &repeated)
    }

    /// Reads the counts of the repeated slots, less two; false for malformed bits.
    mutating func readExcess(code: NumberCode, from bits: inout BitReader) -> Bool {
        for place in repeated {
            guard let excess = bits.read(code: code), excess <= UInt64(Int64.max) - 2 else { return false }
            counts[Int(place)] = Int64(excess) + 2
        }
        return true
    }

    mutating func append(_ set: StatisticSet) {
        sets.append(set)
    }

    /// Adds counts, of 1 at least, to a plain count; a sum above `Int64.max` stays there.
    mutating func add(slots newSlots: [UInt16], counts newCounts: [Int64]) {
        let oldSlots = slots
        let oldCounts = counts
        slots.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        var old = 0
        for (slot, count) in zip(newSlots, newCounts) {
            while old < oldSlots.count, oldSlots[old] < slot {
                slots.append(oldSlots[old])
                counts.append(oldCounts[old])
                old += 1
            }
            var sum = count
            if old < oldSlots.count, oldSlots[old] == slot {
                let (exact, isOver) = count.addingReportingOverflow(oldCounts[old])
                sum = isOver ? .max : exact
                old += 1
            }
            slots.append(slot)
            counts.append(sum)
        }
        slots += oldSlots[old...]
        counts += oldCounts[old...]
    }

    /// Takes the slots of a row that hold counts.
    mutating func take(_ row: [Int64], slotCount: Int) {
        slots.append(contentsOf: repeatElement(0, count: slotCount))
        counts.append(contentsOf: repeatElement(0, count: slotCount))
        let filled = fill(&slots, &counts, row, slotCount: slotCount)
        slots.removeLast(slotCount - filled)
        counts.removeLast(slotCount - filled)
    }
}

/// Fills both arrays from the front with the slots that hold a count; returns their number.
private func fill(_ slots: inout [UInt16], _ counts: inout [Int64], _ row: [Int64], slotCount: Int) -> Int {
    var filled = 0
    var slotSpan = slots.mutableSpan
    var countSpan = counts.mutableSpan
    for slot in 0..<slotCount {
        // Written always and kept when not 0: whether a slot is empty cannot be predicted by the processor.
        slotSpan[filled] = UInt16(truncatingIfNeeded: slot)
        countSpan[filled] = row[slot]
        filled &+= row[slot] == 0 ? 0 : 1
    }
    return filled
}
