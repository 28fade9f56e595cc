package import TrailModel

/// Reads single series out of a block's bytes without decoding the others.
///
/// The checksum is verified once, on opening. Series lie in groups of 16: the group that holds a wanted series is
/// decoded whole, the others are skipped.
package struct BlockReader: Sendable {
    package let resolution: Resolution
    /// The numbers of the series present, ascending.
    package let seriesNumbers: [UInt8]

    let bytes: [UInt8]
    /// Where each group of series starts, and last where the last one ends.
    let groupOffsets: [Int]

    package init(_ bytes: [UInt8]) throws(BlockError) {
        let header = try BlockFormat.readHeader(bytes)
        self.bytes = bytes
        resolution = header.resolution
        seriesNumbers = header.seriesNumbers
        groupOffsets = header.groupOffsets
    }

    /// The cells of one series, sorted by slot; empty when the block does not hold it.
    package func cells(of number: UInt8) throws(BlockError) -> [Block.Cell] {
        guard let index = position(of: number) else { return [] }
        var found: [Block.Cell] = []
        var buffer = SeriesCells()
        try decode(group: index / BlockFormat.groupSize, through: index, buffer: &buffer) { position, cells in
            if position == index { found = cells.cells }
        }
        return found
    }

    /// Calls `body` with the wanted series (all when `nil`) by number.
    ///
    /// Made for sums over many series: plain counts stay numbers, and one buffer serves all series. When it throws,
    /// what `body` was given is void.
    package func forEachSeries(
        only wanted: Set<UInt8>? = nil, _ body: (_ number: UInt8, _ cells: borrowing SeriesCells) -> Void
    ) throws(BlockError) {
        var buffer = SeriesCells()
        for group in 0..<(groupOffsets.count - 1) {
            let indices = groupIndices(group)
            var last = indices.upperBound - 1
            if let wanted {
                guard let lastWanted = indices.last(where: { wanted.contains(seriesNumbers[$0]) }) else { continue }
                last = lastWanted
            }
            try decode(group: group, through: last, buffer: &buffer) { position, cells in
                let number = seriesNumbers[position]
                if let wanted, !wanted.contains(number) { return }
                body(number, cells)
            }
        }
    }

    func groupIndices(_ group: Int) -> Range<Int> {
        let start = group * BlockFormat.groupSize
        return start..<min(start + BlockFormat.groupSize, seriesNumbers.count)
    }

    private func position(of number: UInt8) -> Int? {
        var low = 0
        var high = seriesNumbers.count
        while low < high {
            let middle = (low + high) / 2
            if seriesNumbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < seriesNumbers.count && seriesNumbers[low] == number ? low : nil
    }

    /// Decodes the series of a group up to the one at position `last`.
    private func decode(
        group: Int, through last: Int, buffer: inout SeriesCells, _ body: (Int, borrowing SeriesCells) -> Void
    ) throws(BlockError) {
        let indices = groupIndices(group)
        var bits = BitReader(bytes, in: groupOffsets[group]..<groupOffsets[group + 1])
        var row = SeriesCodec.row(slotCount: resolution.slotsPerDay)
        for index in indices.lowerBound...last {
            guard SeriesCodec.decode(slotCount: resolution.slotsPerDay, from: &bits, into: &buffer, row: &row),
                !bits.isOverrun
            else {
                throw .badSeries(number: seriesNumbers[index])
            }
            body(index, buffer)
        }
        guard last + 1 < indices.upperBound || bits.isAtPaddedEnd else {
            throw .badSeries(number: seriesNumbers[last])
        }
    }
}
