/// An address of IP version 4 or 6.
package struct IPAddress: Hashable, Sendable {
    /// Four or sixteen bytes, the rest zero.
    package let bytes: SIMD16<UInt8>
    package let isVersion4: Bool

    /// Reads `10.1.2.3` or a text of RFC 4291 section 2.2 without dots; `nil` for anything else, an IPv4-mapped address
    /// becomes version 4 as in Java.
    package init?(_ text: UnsafeBufferPointer<UInt8>) {
        // No address is longer, and this is asked of every string.
        guard (2...45).contains(text.count), text[0] == UInt8(ascii: ":") || hexDigit(text[0]) != nil else {
            return nil
        }
        if text.contains(UInt8(ascii: ":")) {
            guard let groups = Self.groups(text) else { return nil }
            var bytes = SIMD16<UInt8>()
            for (index, group) in groups.enumerated() {
                bytes[index * 2] = UInt8(truncatingIfNeeded: group >> 8)
                bytes[index * 2 + 1] = UInt8(truncatingIfNeeded: group)
            }
            isVersion4 = groups[..<5].allSatisfy { $0 == 0 } && groups[5] == 0xFFFF
            self.bytes = isVersion4 ? Self.mapped(bytes) : bytes
        } else {
            guard let bytes = Self.dotted(text) else { return nil }
            isVersion4 = true
            self.bytes = bytes
        }
    }

    private static func mapped(_ bytes: SIMD16<UInt8>) -> SIMD16<UInt8> {
        var version4 = SIMD16<UInt8>()
        for index in 0..<4 { version4[index] = bytes[12 + index] }
        return version4
    }

    private static func dotted(_ text: UnsafeBufferPointer<UInt8>) -> SIMD16<UInt8>? {
        var bytes = SIMD16<UInt8>()
        var (index, value, digits) = (0, 0, 0)
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, index < 3 else { return nil }
                bytes[index] = UInt8(truncatingIfNeeded: value)
                (index, value, digits) = (index + 1, 0, 0)
            } else {
                guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte, digits < 3 else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
                digits += 1
                guard value <= 255 else { return nil }
            }
        }
        guard digits > 0, index == 3 else { return nil }
        bytes[3] = UInt8(truncatingIfNeeded: value)
        return bytes
    }

    /// The eight groups, those left out at `::` zero.
    private static func groups(_ text: UnsafeBufferPointer<UInt8>) -> [UInt16]? {
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: ":") {
                let isDouble = index + 1 < text.count && text[index + 1] == UInt8(ascii: ":")
                if isDouble {
                    guard gap == nil else { return nil }
                    gap = groups.count
                    index += 2
                    continue
                }
                guard index > 0, text[index - 1] != UInt8(ascii: ":"), index + 1 < text.count else { return nil }
                index += 1
                continue
            }
            var value: UInt16 = 0
            let start = index
            while index < text.count, let digit = hexDigit(text[index]) {
                guard index - start < 4 else { return nil }
                value = value << 4 | UInt16(digit)
                index += 1
            }
            guard index > start else { return nil }
            groups.append(value)
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        return groups.count == 8 ? groups : nil
    }
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// The addresses of a `cidr` operator.
///
/// As in event-ruler, which compares from the first bit on, a block of version 4 holds the addresses of version 6 that
/// start with the same bits; a block of version 6 holds none of version 4.
struct AddressBlock: Hashable, Sendable {
    let address: IPAddress
    let bits: Int

    func contains(_ other: IPAddress) -> Bool {
        guard address.isVersion4 || !other.isVersion4 else { return false }
        let whole = bits / 8
        for index in 0..<whole where address.bytes[index] != other.bytes[index] { return false }
        let rest = bits % 8
        guard rest > 0 else { return true }
        return (address.bytes[whole] ^ other.bytes[whole]) >> (8 - UInt8(rest)) == 0
    }
}
