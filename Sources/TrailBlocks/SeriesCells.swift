package import TrailModel

/// The cells of one series as they come out of a block, in parallel arrays so that sums need not build sets.
package struct SeriesCells: Sendable {
    /// The slots that hold samples, ascending.
    package private(set) var slots: [UInt16] = []
    /// Samples of 1 in each of the slots, when the series is a plain count; else empty.
    package private(set) var counts: [Int64] = []
    /// The statistics of each of the slots, when the series is not a plain count; else empty.
    package private(set) var sets: [StatisticSet] = []

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

    mutating func setCount(_ count: Int64, at index: Int) {
        counts[index] = count
    }

    mutating func append(_ set: StatisticSet) {
        sets.append(set)
    }

    /// Reads a count for each slot of the day; `next` gives 0 for an empty slot and `nil` for malformed bits.
    @inline(__always)
    mutating func readEverySlot(slotCount: Int, _ next: () -> UInt64?) -> Bool {
        slots.append(contentsOf: repeatElement(0, count: slotCount))
        counts.append(contentsOf: repeatElement(0, count: slotCount))
        guard let filled = fill(&slots, &counts, next) else { return false }
        slots.removeLast(slotCount - filled)
        counts.removeLast(slotCount - filled)
        return true
    }
}

/// Fills both arrays from the front with the slots that hold a count; their number, or `nil` for malformed bits.
@inline(__always)
private func fill(_ slots: inout [UInt16], _ counts: inout [Int64], _ next: () -> UInt64?) -> Int? {
    var filled = 0
    var slotSpan = slots.mutableSpan
    var countSpan = counts.mutableSpan
    for slot in 0..<slotSpan.count {
        guard let value = next() else { return nil }
        // Written always and kept when not 0: whether a slot is empty cannot be predicted by the processor.
        slotSpan[filled] = UInt16(truncatingIfNeeded: slot)
        countSpan[filled] = Int64(bitPattern: value)
        filled &+= value == 0 ? 0 : 1
    }
    return filled
}
