/// The value of `[+-] digits [. digits] [e [+-] digits]`, the form of numbers in patterns and in JSON; `nil` for
/// anything else.
///
/// Hexadecimal, `inf` and `nan`, which `Double` would read, are not numbers here.
func decimalNumber(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var index = 0
    func digits() -> Bool {
        let start = index
        while index < text.count, text[index] >= 0x30, text[index] <= 0x39 { index += 1 }
        return index > start
    }
    func sign() {
        if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
    }
    sign()
    guard digits() else { return nil }
    if index == text.count, text.count <= 15 { return smallInteger(text) }
    if index < text.count, text[index] == UInt8(ascii: ".") {
        index += 1
        guard digits() else { return nil }
    }
    if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
        index += 1
        sign()
        guard digits() else { return nil }
    }
    guard index == text.count else { return nil }
    return Double(String(decoding: text, as: UTF8.self))
}

/// An integer that a double holds exactly, read without a string.
private func smallInteger(_ text: UnsafeBufferPointer<UInt8>) -> Double {
    var value: Int64 = 0
    for byte in text where byte >= 0x30 { value = value * 10 + Int64(byte - 0x30) }
    return text.first == UInt8(ascii: "-") ? -Double(value) : Double(value)
}
