import Testing
import TrailBlocks
import TrailModel

@Suite struct DamageTests {
    /// A block with all four codecs, every form of a cell and several groups.
    static func sample(seed: UInt64 = 3) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var block = Block(resolution: .fiveMinutes)
        let shapes: [Shape] = [.rare, .rare, .medium, .sparse, .steady, .bursts, .dense]
        for number in 0..<20 {
            block.setCells(shapes[number % shapes.count].cells(.fiveMinutes, using: &random), of: UInt8(number * 12))
        }
        var cells = Shape.fractions.cells(.fiveMinutes, using: &random)
        cells.removeSubrange(5...)
        block.setCells(cells, of: 250)
        cells = Shape.spread.cells(.fiveMinutes, using: &random)
        cells.removeSubrange(9...)
        block.setCells(cells, of: 251)
        return block.encoded()
    }

    /// The block with its checksum made right again, so that the decoders themselves meet the damage.
    static func resealed(_ bytes: [UInt8]) -> [UInt8] {
        let body = Array(bytes.dropLast(4))
        let checksum = CRC32C.checksum(of: body)
        return body + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
    }

    /// A sample with some bytes forged and the checksum made right again.
    static func forged(seed: UInt64, using random: inout SeededGenerator) -> [UInt8] {
        var forged = sample(seed: seed)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            forged[Int.random(in: 4..<forged.count, using: &random)] = .random(in: 0...255, using: &random)
        }
        if Bool.random(using: &random) { forged.removeLast(Int.random(in: 1...(forged.count - 9), using: &random)) }
        return resealed(forged)
    }

    @Test func `every truncation is an error`() {
        let bytes = Self.sample()
        for count in 0..<bytes.count {
            #expect(throws: BlockError.self) { try Block(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: BlockError.truncated(got: 8, want: 9)) { try Block(decoding: Array(bytes[..<8])) }
        #expect(throws: BlockError.self) { try Block(decoding: bytes + [0]) }
    }

    @Test func `every flipped bit is an error`() {
        var bytes = Self.sample()
        for bit in 0..<(bytes.count * 8) {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            var isRefused = false
            do { _ = try Block(decoding: bytes) } catch { isRefused = true }
            #expect(isRefused, "bit \(bit)")
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
    }

    @Test(arguments: UInt64(1)...8)
    func `forged bytes with a right checksum are refused or read, never a crash`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var refused = 0
        for _ in 0..<120 {
            do {
                let block = try Block(decoding: Self.forged(seed: seed, using: &random))
                for cells in block.series.values {
                    #expect(cells.allSatisfy { Int($0.slot) < block.resolution.slotsPerDay && $0.set.sampleCount > 0 })
                    #expect(zip(cells, cells.dropFirst()).allSatisfy { $0.slot < $1.slot })
                }
                // What was read is a block like any other.
                #expect(try Block(decoding: block.encoded()) == block)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 80, "seed \(seed)")
    }

    @Test func `the mark, the version and the resolution are checked`() {
        var bytes = Block(resolution: .minute).encoded()
        bytes[0] = 0x58
        #expect(throws: BlockError.notABlock(got: 0x4258)) { try Block(decoding: bytes) }
        bytes[0] = 0x54
        bytes[2] = 9
        #expect(throws: BlockError.unknownVersion(got: 9, want: 2)) { try Block(decoding: bytes) }
        bytes[2] = 0
        #expect(throws: BlockError.unknownVersion(got: 0, want: 2)) { try Block(decoding: Self.resealed(bytes)) }
        bytes[2] = 1
        bytes[3] = 2
        #expect(throws: BlockError.unknownResolution(got: 2)) { try Block(decoding: Self.resealed(bytes)) }
    }

    @Test func `errors say what, got and want`() {
        #expect(
            "\(BlockError.truncated(got: 3, want: 9))" == "cannot read block: got 3 bytes; want at least 9")
        #expect("\(BlockError.notABlock(got: 0x1F8B))".contains("got the mark 0x1F8B; want 0x4254"))
        #expect(BlockError.badSeries(number: 7).code == "bad_series")
    }

    @Test func `a checksum is the same in one piece and byte by byte`() {
        let bytes = Array("a text of no particular length".utf8)
        var crc = CRC32C()
        for index in bytes.indices { crc.update(bytes, in: index..<(index + 1)) }
        #expect(CRC32C.checksum(of: bytes) == crc.value)
        #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum(of: []) == 0)
    }

    @Test(
        arguments: [
            // RFC 3720, appendix B.4.
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0...31), 0x46DD_794E), ([UInt8]((0...31).reversed()), 0x113F_DB5C),
        ] as [([UInt8], UInt32)])
    func `checksums are those of RFC 3720`(bytes: [UInt8], want: UInt32) {
        #expect(CRC32C.checksum(of: bytes) == want)
    }
}
