import GRDB
import TrailBlocks
import TrailModel

/// Samples of one slot as alarms read them.
struct ReadSlot: Sendable {
    /// Of counting; for a wider slot the last of those that it stands for.
    let start: Timestamp
    let set: StatisticSet
    /// Wider than the slots of counting where these were deleted.
    let width: Resolution
}

extension StoreState {
    /// What a series has in a day, in the slots of counting where these are all there, else in the narrowest that are.
    ///
    /// Minutes of a day that was deleted come back when a file of it is read for the first time, or late. Those of an
    /// hour, or of five minutes, are all there if they hold as many samples as it does. A wider slot is given as the last
    /// slot of counting in it: a window that ends where it ends holds the same samples.
    ///
    /// - Parameters:
    ///   - number: The series; the counts of activities that wait to be spread over the built-in ones are not in it.
    ///   - resolution: The slots that it counts in.
    ///   - day: Since the epoch.
    ///   - stored: Gives a stored block.
    /// - Returns: The slots in time order.
    /// - Throws: What `stored` throws.
    func slots(
        of number: UInt32, _ resolution: Resolution, day: Int64, stored: (BlockKey) throws -> Block?
    ) rethrows -> [ReadSlot] {
        let counted = try cells(of: number, resolution, day, resolution, stored)
        guard !retention.holds(day, resolution),
            let held = resolution.coarser.last(where: { retention.holds(day, $0) })
        else { return read(counted[...], day, resolution, resolution) }
        var levels: [(width: Resolution, cells: [Block.Cell])] = [(resolution, counted)]
        for level in resolution.coarser where level.seconds <= held.seconds {
            levels.append((level, try cells(of: number, resolution, day, level, stored)))
        }
        return slots(levels, day, resolution)
    }

    private func slots(
        _ levels: [(width: Resolution, cells: [Block.Cell])], _ day: Int64, _ resolution: Resolution
    ) -> [ReadSlot] {
        guard let (width, cells) = levels.last, let (finer, parts) = levels.dropLast().last else {
            return levels.last.map { read($0.cells[...], day, resolution, $0.width) } ?? []
        }
        var slots: [ReadSlot] = []
        for cell in cells {
            let first = UInt16(Int64(cell.slot) * width.seconds / finer.seconds)
            let range = first..<first + UInt16(width.seconds / finer.seconds)
            let inside = parts.filter { range.contains($0.slot) }
            if inside.reduce(0, { $0 + $1.set.sampleCount }) == cell.set.sampleCount {
                slots += self.slots(levels.dropLast(2) + [(finer, inside)], day, resolution)
            } else {
                slots += read([cell], day, resolution, width)
            }
        }
        return slots
    }

    private func read(
        _ cells: ArraySlice<Block.Cell>, _ day: Int64, _ resolution: Resolution, _ width: Resolution
    ) -> [ReadSlot] {
        cells.compactMap { cell in
            guard cell.set.sampleCount > 0 else { return nil }
            let end = day * 86_400 + (Int64(cell.slot) + 1) * width.seconds
            return ReadSlot(start: Timestamp(seconds: end - resolution.seconds), set: cell.set, width: width)
        }
    }

    /// The cells of a series at a level, with what is not folded yet.
    private func cells(
        of number: UInt32, _ resolution: Resolution, _ day: Int64, _ level: Resolution,
        _ stored: (BlockKey) throws -> Block?
    ) rethrows -> [Block.Cell] {
        let index = UInt8(truncatingIfNeeded: number)
        let cells = try stored(BlockKey(resolution: level, day: day, page: number >> 8))?.series[index] ?? []
        let unfolded = BlockKey(resolution: resolution, day: day, page: number >> 8)
        guard let more = overlay[unfolded]?.series[index] else { return cells }
        var block = Block(resolution: level)
        block.setCells(cells, of: 0)
        for cell in more {
            block.add(cell.set, series: 0, slot: UInt16(Int64(cell.slot) * resolution.seconds / level.seconds))
        }
        return block.series[0] ?? []
    }

    /// The days that may hold something of a series, sorted.
    func days(
        of number: UInt32, _ resolution: Resolution, in range: ClosedRange<Int64>, _ db: Database
    ) throws -> [Int64] {
        let inMemory = overlay.keys.filter {
            $0.page == number >> 8 && $0.resolution == resolution && range.contains($0.day)
        }
        let stored = try Int64.fetchAll(
            db, sql: "SELECT DISTINCT day FROM blocks WHERE resolution >= ? AND day BETWEEN ? AND ? AND page = ?",
            arguments: [resolution.seconds, range.lowerBound, range.upperBound, number >> 8])
        return Set(stored).union(inMemory.map(\.day)).sorted()
    }
}
