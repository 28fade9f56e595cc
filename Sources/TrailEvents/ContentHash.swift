// Hot path: wide loads through raw pointers, see `ByteSearch`.

/// A 128-bit hash of bytes: two lanes, each folding the 128-bit product of a block with its state.
///
/// It is the same on every machine and in every version, since stores keep it. It spreads well; it does not withstand an
/// adversary who constructs collisions.
package struct ContentHash: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    /// Odd constants: the fractions of the square roots of 2, 3, 5 and 7.
    private static let keys: (UInt64, UInt64, UInt64, UInt64) = (
        0x6A09_E667_F3BC_C909, 0xBB67_AE85_84CA_A73B, 0x3C6E_F372_FE94_F82B, 0xA54F_F53A_5F1D_36F1
    )

    package init(_ bytes: [UInt8]) {
        self = bytes.withUnsafeBufferPointer { ContentHash($0) }
    }

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        let (key0, key1, key2, key3) = Self.keys
        var first = key0
        var second = key2
        func mix(_ one: UInt64, _ two: UInt64) {
            // The rotated state is added, so that a product of zero does not forget what came before.
            first = folded(one ^ key1, two ^ first) &+ (first << 23 | first >> 41)
            second = folded(two ^ key3, one ^ second) &+ (second << 29 | second >> 35)
        }
        var rest = bytes[...]
        while rest.count > 16 {
            let start = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: rest))
            mix(
                UInt64(littleEndian: start.loadUnaligned(as: UInt64.self)),
                UInt64(littleEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
            rest = rest.dropFirst(16)
        }
        var tail: (UInt64, UInt64) = (0, 0)
        for (index, byte) in rest.enumerated() {
            if index < 8 {
                tail.0 |= UInt64(byte) << UInt64(index * 8)
            } else {
                tail.1 |= UInt64(byte) << UInt64(index * 8 - 64)
            }
        }
        mix(tail.0, tail.1)
        mix(UInt64(bytes.count), key0)
        high = folded(first ^ key3, second ^ key1) ^ first
        low = folded(second ^ key0, first ^ key2) ^ second
    }
}

private func folded(_ one: UInt64, _ two: UInt64) -> UInt64 {
    let product = one.multipliedFullWidth(by: two)
    return product.high ^ product.low
}
