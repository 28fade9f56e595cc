import TrailModel

/// The layout of a block's bytes; <doc:BlockFormat> describes it byte by byte.
enum BlockFormat {
    /// `TB`, read as a little-endian number.
    static let mark: UInt16 = 0x4254
    static let version: UInt8 = 2
    /// It has neither table counts nor buckets, and is the same otherwise.
    static let versionMin: UInt8 = 1
    /// Series whose bits follow each other without a byte boundary.
    static let groupSize = 16
    static let checksumSize = 4
    /// Mark, version, resolution, number of series (one byte at least), checksum.
    static let sizeMin = 9

    struct Header {
        var resolution: Resolution
        var seriesNumbers: [UInt8]
        var groupOffsets: [Int]
    }

    static func encode(_ block: Block) -> [UInt8] {
        var assembler = BlockAssembler(resolution: block.resolution)
        var encoder = SeriesEncoder(slotCount: block.resolution.slotsPerDay)
        for number in block.series.keys.sorted() {
            encoder.encode(block.series[number] ?? [], into: &assembler.bits)
            assembler.endSeries(number)
        }
        return assembler.finish()
    }

    static func readHeader(_ bytes: [UInt8]) throws(BlockError) -> Header {
        guard bytes.count >= sizeMin else { throw .truncated(got: bytes.count, want: sizeMin) }
        let gotMark = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        guard gotMark == mark else { throw .notABlock(got: gotMark) }
        guard (versionMin...version).contains(bytes[2]) else {
            throw .unknownVersion(got: bytes[2], want: version)
        }
        let end = bytes.count - checksumSize
        let stored = (0..<checksumSize).reduce(UInt32(0)) { $0 | UInt32(bytes[end + $1]) << UInt32(8 * $1) }
        let computed = CRC32C.checksum(of: bytes, in: 0..<end)
        guard stored == computed else { throw .badChecksum(got: computed, want: stored) }
        guard let resolution = Resolution(rawValue: Int64(bytes[3]) * 60) else {
            throw .unknownResolution(got: bytes[3])
        }
        do {
            var reader = ByteReader(bytes, in: 4..<end)
            let count = try reader.readCount(max: Block.seriesMax)
            let numbers = try readNumbers(count: count, bytes: bytes, reader: &reader, end: end)
            var sizes: [Int] = []
            for _ in 0..<((count + groupSize - 1) / groupSize) { sizes.append(try reader.readCount(max: bytes.count)) }
            var offsets = [reader.offset]
            for size in sizes { offsets.append(offsets[offsets.count - 1] + size) }
            guard offsets.last == end else { throw BlockError.badDirectory }
            return Header(resolution: resolution, seriesNumbers: numbers, groupOffsets: offsets)
        } catch {
            throw .badDirectory
        }
    }

    private static func readNumbers(
        count: Int, bytes: [UInt8], reader: inout ByteReader, end: Int
    ) throws -> [UInt8] {
        var bits = BitReader(bytes, in: reader.offset..<end)
        var positions: [UInt16] = []
        guard bits.readPositions(count: count, size: Block.seriesMax, into: &positions), !bits.isOverrun else {
            throw BlockError.badDirectory
        }
        guard let skipped = bits.skipPadding() else { throw BlockError.badDirectory }
        _ = try reader.read(raw: skipped - reader.offset)
        return positions.map { UInt8($0) }
    }
}
