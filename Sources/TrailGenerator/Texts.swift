import TrailModel

/// Appends to a record being built; texts are ASCII and need no escapes.
extension [UInt8] {
    mutating func append(_ text: String) {
        append(contentsOf: text.utf8)
    }

    /// `2023-07-10T11:45:00Z`.
    mutating func append(time: Timestamp) {
        let civil = CivilTime(time)
        append(decimal: civil.year, digits: 4)
        append(UInt8(ascii: "-"))
        append(decimal: civil.month, digits: 2)
        append(UInt8(ascii: "-"))
        append(decimal: civil.day, digits: 2)
        append(UInt8(ascii: "T"))
        append(decimal: civil.hour, digits: 2)
        append(UInt8(ascii: ":"))
        append(decimal: civil.minute, digits: 2)
        append(UInt8(ascii: ":"))
        append(decimal: civil.second, digits: 2)
        append(UInt8(ascii: "Z"))
    }

    mutating func append(decimal value: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    /// The lowest `digits` hexadecimal digits of `value`, at most 16.
    mutating func append(hex value: UInt64, digits: Int) {
        for place in stride(from: (digits - 1) * 4, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(place) & 0xF)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
        }
    }

    /// A random UUID of version 4 (RFC 9562).
    mutating func appendUUID(using random: inout SplitMix64) {
        let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        append(hex: high >> 32, digits: 8)
        append(UInt8(ascii: "-"))
        append(hex: high >> 16, digits: 4)
        append(UInt8(ascii: "-"))
        append(hex: high, digits: 4)
        append(UInt8(ascii: "-"))
        append(hex: low >> 48, digits: 4)
        append(UInt8(ascii: "-"))
        append(hex: low, digits: 12)
    }
}

/// `count` characters of `alphabet`.
func randomText(_ count: Int, of alphabet: [UInt8], using random: inout SplitMix64) -> String {
    String(decoding: (0..<count).map { _ in random.pick(alphabet) }, as: UTF8.self)
}

/// The characters of AWS's key ids and of the unique part of a log file's name.
let idAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
