/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), the checksum of iSCSI, RFC 3720 appendix B.4.
///
/// It finds every error burst of up to 32 bits and every odd number of flipped bits.
package struct CRC32C: Sendable {
    private var state: UInt32 = 0xFFFF_FFFF

    package init() {}

    package static func checksum(of bytes: [UInt8], in range: Range<Int>? = nil) -> UInt32 {
        var crc = CRC32C()
        crc.update(bytes, in: range ?? 0..<bytes.count)
        return crc.value
    }

    package var value: UInt32 { ~state }

    package mutating func update(_ bytes: [UInt8], in range: Range<Int>) {
        let tables = Self.tables
        var crc = state
        var index = range.lowerBound
        // Eight bytes a step through eight tables (slicing, Kounavis and Berry, 2005).
        while index + 8 <= range.upperBound {
            let low =
                crc
                ^ (UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
                    | UInt32(bytes[index + 3]) << 24)
            let first = tables[1792 + Int(low & 0xFF)] ^ tables[1536 + Int(low >> 8 & 0xFF)]
            let second = tables[1280 + Int(low >> 16 & 0xFF)] ^ tables[1024 + Int(low >> 24)]
            let third = tables[768 + Int(bytes[index + 4])] ^ tables[512 + Int(bytes[index + 5])]
            let fourth = tables[256 + Int(bytes[index + 6])] ^ tables[Int(bytes[index + 7])]
            crc = first ^ second ^ third ^ fourth
            index += 8
        }
        while index < range.upperBound {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
            index += 1
        }
        state = crc
    }

    /// Eight tables of 256: entry n·256 + b is the remainder of byte b followed by n zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()
}
