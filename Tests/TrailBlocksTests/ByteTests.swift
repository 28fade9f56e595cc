import Testing
import TrailBlocks

@Suite struct ByteTests {
    @Test(
        arguments: [
            (0, [0x00]), (1, [0x01]), (127, [0x7F]), (128, [0x80, 0x01]), (300, [0xAC, 0x02]),
            (16_384, [0x80, 0x80, 0x01]),
            (.max, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        ] as [(UInt64, [UInt8])])
    func `a varint has its one form`(value: UInt64, bytes: [UInt8]) throws {
        var writer = ByteWriter()
        writer.writeVarint(value)
        #expect(writer.bytes == bytes)
        var reader = ByteReader(bytes)
        #expect(try reader.readVarint() == value)
        #expect(reader.isAtEnd)
        for count in 0..<bytes.count {
            var reader = ByteReader(Array(bytes[..<count]))
            #expect(throws: ByteError.truncated(at: 0, want: count + 1, got: count)) { try reader.readVarint() }
        }
    }

    @Test(
        arguments: [
            [0x80, 0x00], [0xFF, 0x80, 0x00],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
            [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x81, 0x01],
        ] as [[UInt8]])
    func `a varint in another form is refused`(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        #expect(throws: ByteError.overlong(at: 0)) { try reader.readVarint() }
    }

    @Test(arguments: UInt64(1)...20)
    func `whatever is written is read`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let numbers = (0..<50).map { _ in random.next() >> UInt64.random(in: 0..<64, using: &random) }
        let text = "größe \(seed) ✓\u{0}"
        var writer = ByteWriter()
        for number in numbers {
            writer.writeVarint(number)
            writer.writeSigned(Int64(bitPattern: number))
            writer.writeSigned(-Int64(number >> 1))
            writer.write(number)
            writer.write(UInt32(truncatingIfNeeded: number))
            writer.write(UInt8(truncatingIfNeeded: number))
            writer.write(Double(bitPattern: number))
        }
        writer.write(text)
        writer.write(counted: [1, 2, 3])
        var reader = ByteReader(writer.bytes)
        for number in numbers {
            #expect(try reader.readVarint() == number)
            #expect(try reader.readSigned() == Int64(bitPattern: number))
            #expect(try reader.readSigned() == -Int64(number >> 1))
            #expect(try reader.readUInt64() == number)
            #expect(try reader.readUInt32() == UInt32(truncatingIfNeeded: number))
            #expect(try reader.readUInt8() == UInt8(truncatingIfNeeded: number))
            #expect(try reader.readDouble().bitPattern == number)
        }
        #expect(try reader.readText() == text)
        #expect(throws: ByteError.trailing(at: reader.offset, count: 4)) { try reader.finish() }
        #expect(try reader.readCounted() == [1, 2, 3])
        try reader.finish()
    }

    @Test func `counts have a limit on both sides`() throws {
        var writer = ByteWriter()
        writer.writeCount(10)
        var reader = ByteReader(writer.bytes)
        #expect(throws: ByteError.overLimit(at: 0, got: 10, max: 9)) { try reader.readCount(max: 9) }
        reader = ByteReader(writer.bytes)
        #expect(try reader.readCount(max: 10) == 10)
    }

    @Test func `lengths past the end allocate nothing`() {
        var writer = ByteWriter()
        writer.writeVarint(1 << 62)
        var reader = ByteReader(writer.bytes)
        #expect(throws: ByteError.truncated(at: 9, want: 1 << 62, got: 0)) { try reader.readCounted() }
        reader = ByteReader([2, 0xC3, 0x28])
        #expect(throws: ByteError.invalidUTF8(at: 0)) { try reader.readText() }
        reader = ByteReader([1, 2, 3])
        #expect(throws: ByteError.truncated(at: 0, want: 4, got: 3)) { try reader.readUInt32() }
    }

    @Test func `a reader of a part stops at its end`() throws {
        var reader = ByteReader([1, 2, 3, 4], in: 1..<3)
        #expect(reader.remaining == 2)
        #expect(try reader.read(raw: 2) == [2, 3])
        #expect(throws: ByteError.truncated(at: 3, want: 1, got: 0)) { try reader.readUInt8() }
    }
}
