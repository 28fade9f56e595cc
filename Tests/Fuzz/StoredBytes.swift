import TrailBlocks
import TrailModel

/// What a store keeps as bytes: wrong ones are refused, and what is read of them is what would be written.
enum StoredBytes {
    /// The bytes with the checksum that they would have, so that the decoders behind it meet what is wrong.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let checksum = CRC32C.checksum(of: bytes)
        return bytes + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
    }

    static func difference(block bytes: [UInt8]) -> String? {
        guard let block = try? Block(decoding: sealed(bytes)) else { return nil }
        for (number, cells) in block.series {
            if cells.isEmpty { return "series \(number) is empty" }
            if cells.contains(where: { Int($0.slot) >= block.resolution.slotsPerDay }) { return "a slot past the day" }
            if zip(cells, cells.dropFirst()).contains(where: { $0.slot >= $1.slot }) { return "slots out of order" }
            if cells.contains(where: { !$0.set.sum.isFinite }) { return "a sum of \(cells.map(\.set.sum))" }
        }
        let again = block.encoded()
        guard let second = try? Block(decoding: again) else { return "what was read cannot be written" }
        guard second == block, second.encoded() == again else { return "what was read is not what is written" }
        return difference(sealed(bytes), block)
    }

    /// The ways to read a block give the same.
    private static func difference(_ bytes: [UInt8], _ block: Block) -> String? {
        guard let reader = try? BlockReader(bytes) else { return "the reader refuses the block" }
        guard Set(reader.seriesNumbers) == Set(block.series.keys) else { return "the reader has other series" }
        var walked: [UInt8: [Block.Cell]] = [:]
        guard (try? reader.forEachSeries { walked[$0] = $1.cells }) != nil else { return "the reader's walk fails" }
        guard walked == block.series else { return "the reader's walk differs" }
        for number in reader.seriesNumbers where (try? reader.cells(of: number)) != block.series[number] {
            return "series \(number) read alone differs"
        }
        return nil
    }

    static func difference(fileIndex bytes: [UInt8]) -> String? {
        guard let index = try? FileIndex(decoding: sealed(bytes)) else { return nil }
        let again = index.encoded()
        guard let second = try? FileIndex(decoding: again) else { return "what was read cannot be written" }
        guard second == index, second.encoded() == again else { return "what was read is not what is written" }
        for kind in 0..<(1 << FileIndex.kindBits) {
            guard let part = try? FileIndex(decoding: sealed(bytes), kinds: [kind]) else {
                return "kind \(kind) alone is refused"
            }
            guard part.files == index.files else { return "kind \(kind) alone has other files" }
        }
        return nil
    }

    /// First inputs, without their checksums.
    static func samples(_ next: () -> UInt64) -> (blocks: [[UInt8]], indexes: [[UInt8]]) {
        let blocks = (0..<60).map { round in
            var block = Block(resolution: round % 2 == 0 ? .minute : .fiveMinutes)
            for _ in 0..<(next() % 40) {
                let number = UInt8(truncatingIfNeeded: next())
                for _ in 0..<(next() % (round % 5 == 0 ? 200 : 8)) {
                    let slot = UInt16(next() % UInt64(block.resolution.slotsPerDay))
                    let values = [1, 1, 1, 2.5, -0.1, 1e300, 4e-320]
                    let value = round % 3 == 0 ? values[Int(next() % UInt64(values.count))] : 1
                    block.add(StatisticSet(value: value, count: Int64(next() % 1000 + 1)), series: number, slot: slot)
                }
            }
            return Array(block.encoded().dropLast(4))
        }
        let indexes = (0..<20).map { _ in
            let files = (0..<(next() % 30)).map { number in
                let first = Int64(next() % 1_700_000_000)
                let terms = Set((0..<(next() % 20)).map { _ in UInt32(truncatingIfNeeded: next() % (1 << 30)) })
                return (
                    file: FileIndex.File(path: "/a/\(number).json", firstSeconds: first, lastSeconds: first + 60),
                    terms: terms.sorted()
                )
            }
            return Array(FileIndex(files).encoded().dropLast(4))
        }
        return (blocks, indexes)
    }
}
