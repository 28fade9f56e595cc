/// A text in the form of a UUID that is the same for the same parts wherever and whenever it is made.
///
/// The parts are hashed by FNV-1a with 128 bits, each with its length, so that moving a letter from one part to the
/// next changes the text.
package func stableIdentifier(_ parts: [String]) -> String {
    var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
    func mix(_ byte: UInt8) {
        hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
    }
    for part in parts {
        var count = UInt64(part.utf8.count)
        for _ in 0..<8 {
            mix(UInt8(truncatingIfNeeded: count))
            count >>= 8
        }
        for byte in part.utf8 { mix(byte) }
    }
    let digits = String(hash, radix: 16)
    var text = ""
    for (index, digit) in (String(repeating: "0", count: 32 - digits.count) + digits).enumerated() {
        if index == 8 || index == 12 || index == 16 || index == 20 { text += "-" }
        text.append(digit)
    }
    return text
}
