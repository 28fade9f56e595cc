// Hot path: wide unaligned loads through raw pointers, each inside the buffer; a checked loop over the bytes costs ten
// times as much, and some ten texts of every event are hashed.

/// The fingerprint by which the event index knows a text: 26 bits of a 64-bit hash.
///
/// It is the same on every machine and in every version, since stores keep it. Each 16 bytes are folded into the state
/// with one 128-bit product; the last 16, which may overlap those before, and the length end it.
enum TermHash {
    static let bits: UInt32 = 26

    @inline(__always)
    static func fingerprint(_ text: UnsafeBufferPointer<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: hash(text) >> UInt64(64 - bits))
    }

    /// Odd constants: the fractions of the cube roots of 2, 3 and 5.
    private static let keys: (UInt64, UInt64, UInt64) = (
        0x428A_2F98_D728_AE23, 0x7137_4491_23EF_65CD, 0xB5C0_FBCF_EC4D_3B2F
    )

    @inline(__always)
    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let (key0, key1, key2) = keys
        let count = text.count
        guard count > 0 else { return folded(key0, key1) }
        let bytes = UnsafeRawBufferPointer(text)
        var state = key0
        var first: UInt64
        var last: UInt64
        if count >= 8 {
            var position = 0
            while position + 16 < count {
                state = folded(word(bytes, position) ^ key1, word(bytes, position + 8) ^ state)
                position += 16
            }
            first = word(bytes, max(count - 16, 0))
            last = word(bytes, count - 8)
        } else if count >= 4 {
            first = UInt64(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
            last = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)))
        } else {
            first = UInt64(bytes[0]) << 16 | UInt64(bytes[count / 2]) << 8 | UInt64(bytes[count - 1])
            last = 0
        }
        return folded(folded(first ^ key1, last ^ state) ^ key2, UInt64(count) ^ key1)
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    private static func folded(_ one: UInt64, _ two: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: two)
        return product.high ^ product.low
    }
}
