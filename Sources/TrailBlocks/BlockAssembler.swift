import TrailModel

/// Puts the bits of series together to the bytes of a block, series after series in the order of their numbers.
struct BlockAssembler {
    private let resolution: Resolution
    /// Takes the bits of the next series.
    var bits = BitWriter()
    private var numbers: [UInt8] = []
    private var groupSizes: [Int] = []
    private var groups: [UInt8] = []

    init(resolution: Resolution) {
        self.resolution = resolution
    }

    /// True where a group ends, or before the first.
    var isBetweenGroups: Bool { numbers.count % BlockFormat.groupSize == 0 }

    /// Says whose the bits were that were written since the last call.
    mutating func endSeries(_ number: UInt8) {
        precondition(numbers.last.map { $0 < number } ?? true, "series must come in order; got \(number)")
        numbers.append(number)
        if isBetweenGroups { endGroup() }
    }

    /// Takes over a whole group as it is; unless it is the last of the block, it must be full.
    mutating func append(group: ArraySlice<UInt8>, of series: ArraySlice<UInt8>) {
        precondition(isBetweenGroups, "a group must stand alone; got one behind \(numbers.count) series")
        numbers += series
        groups += group
        groupSizes.append(group.count)
    }

    private mutating func endGroup() {
        let bytes = bits.finish()
        groupSizes.append(bytes.count)
        groups += bytes
    }

    mutating func finish() -> [UInt8] {
        if groupSizes.count * BlockFormat.groupSize < numbers.count { endGroup() }
        var writer = ByteWriter()
        writer.write(UInt8(truncatingIfNeeded: BlockFormat.mark))
        writer.write(UInt8(truncatingIfNeeded: BlockFormat.mark >> 8))
        writer.write(BlockFormat.version)
        writer.write(UInt8(resolution.seconds / 60))
        writer.writeCount(numbers.count)
        var directory = BitWriter()
        directory.append(positions: numbers.lazy.map { Int($0) }, count: numbers.count, size: Block.seriesMax)
        writer.write(raw: directory.finish())
        for size in groupSizes { writer.writeCount(size) }
        writer.write(raw: groups)
        writer.write(CRC32C.checksum(of: writer.bytes))
        return writer.bytes
    }
}
