package import TrailModel

/// Encodes one day of neighbouring series as a block of bytes.
///
/// A block is one day at one resolution of up to 256 series. In memory it is a table of sparse cells; as bytes each
/// series has the smallest of four codecs and a checksum guards the whole (<doc:BlockFormat>).
package struct Block: Hashable, Sendable {
    package static let seriesMax = 256

    /// One slot of one series that holds samples.
    package struct Cell: Hashable, Sendable {
        /// Index of the slot in the day, from 0.
        package let slot: UInt16
        package var set: StatisticSet

        package init(slot: UInt16, set: StatisticSet) {
            self.slot = slot
            self.set = set
        }
    }

    package let resolution: Resolution
    /// The cells of each series by its number in the block, sorted by slot; no series is empty.
    package private(set) var series: [UInt8: [Cell]] = [:]

    package init(resolution: Resolution) {
        self.resolution = resolution
    }

    /// Reads a block, or of a block the wanted series alone.
    ///
    /// - Throws: ``BlockError`` for anything but the bytes that ``encoded()`` made.
    package init(decoding bytes: [UInt8], only wanted: Set<UInt8>? = nil) throws(BlockError) {
        let reader = try BlockReader(bytes)
        resolution = reader.resolution
        for number in reader.seriesNumbers where wanted?.contains(number) ?? true {
            series[number] = try reader.cells(of: number)
        }
    }

    package var isEmpty: Bool { series.isEmpty }

    package var cellCount: Int {
        series.values.reduce(0) { $0 + $1.count }
    }

    /// Adds samples to a slot; `slot` must be below the resolution's `slotsPerDay`.
    package mutating func add(_ set: StatisticSet, series number: UInt8, slot: UInt16) {
        precondition(slot < resolution.slotsPerDay, "a slot must be below \(resolution.slotsPerDay); got \(slot)")
        var cells = series.removeValue(forKey: number) ?? []
        // Nearly all additions are to the newest slot.
        if let last = cells.last, last.slot >= slot {
            let index = cells.firstIndex { $0.slot >= slot } ?? cells.endIndex
            if cells[index].slot == slot {
                cells[index].set.add(set)
            } else {
                cells.insert(Cell(slot: slot, set: set), at: index)
            }
        } else {
            cells.append(Cell(slot: slot, set: set))
        }
        series[number] = cells
    }

    /// Adds every cell of `other`, which must have the same resolution.
    package mutating func merge(_ other: Block) {
        precondition(other.resolution == resolution, "blocks must share a resolution; got \(other.resolution)")
        for (number, cells) in other.series {
            series[number] = merged(series.removeValue(forKey: number) ?? [], cells)
        }
    }

    /// Takes out the cells from which all samples were taken away.
    package mutating func removeEmptyCells() {
        series = series.compactMapValues { cells in
            let rest = cells.filter { $0.set.sampleCount > 0 }
            return rest.isEmpty ? nil : rest
        }
    }

    /// What one slot of a series holds.
    package func value(of number: UInt8, at slot: UInt16) -> StatisticSet? {
        guard let cells = series[number] else { return nil }
        var low = 0
        var high = cells.count
        while low < high {
            let middle = (low + high) / 2
            if cells[middle].slot < slot { low = middle + 1 } else { high = middle }
        }
        return low < cells.count && cells[low].slot == slot ? cells[low].set : nil
    }

    /// The same samples in wider slots; `resolution` must be a multiple of this block's.
    package func coarsened(to resolution: Resolution) -> Block {
        precondition(
            resolution.seconds % self.resolution.seconds == 0, "slots of \(self.resolution) do not fit \(resolution)")
        let factor = UInt16(resolution.seconds / self.resolution.seconds)
        var block = Block(resolution: resolution)
        for (number, cells) in series {
            var wide: [Cell] = []
            for cell in cells {
                let slot = cell.slot / factor
                if let last = wide.last, last.slot == slot {
                    wide[wide.count - 1].set.add(cell.set)
                } else {
                    wide.append(Cell(slot: slot, set: cell.set))
                }
            }
            block.series[number] = wide
        }
        return block
    }

    /// Replaces the cells of one series, or removes it when there are none.
    ///
    /// They must be sorted by slot without repeats, inside the day.
    package mutating func setCells(_ cells: [Cell], of number: UInt8) {
        for index in cells.indices {
            precondition(
                index == 0 || cells[index - 1].slot < cells[index].slot,
                "cells must be sorted by slot; got \(cells[index].slot) at \(index)")
        }
        precondition(
            cells.last.map { $0.slot < resolution.slotsPerDay } ?? true,
            "a slot must be below \(resolution.slotsPerDay); got \(cells.last?.slot ?? 0)")
        series[number] = cells.isEmpty ? nil : cells
    }

    /// The bytes of the block; equal blocks have equal bytes.
    package func encoded() -> [UInt8] {
        BlockFormat.encode(self)
    }
}

extension Resolution {
    /// The slots of a day: 1440 of a minute, 288 of five minutes, 24 of an hour.
    package var slotsPerDay: Int { Int(86_400 / seconds) }
}

private func merged(_ left: [Block.Cell], _ right: [Block.Cell]) -> [Block.Cell] {
    var result: [Block.Cell] = []
    result.reserveCapacity(left.count + right.count)
    var index = 0
    for cell in right {
        while index < left.count, left[index].slot < cell.slot {
            result.append(left[index])
            index += 1
        }
        if index < left.count, left[index].slot == cell.slot {
            var sum = left[index]
            sum.set.add(cell.set)
            result.append(sum)
            index += 1
        } else {
            result.append(cell)
        }
    }
    result += left[index...]
    return result
}
