private let replacementCharacter: Unicode.Scalar = "\u{FFFD}"

/// The text of a JSON string from its raw content: escapes resolved, lone surrogates replaced by U+FFFD.
///
/// Bytes that are not escaped are copied as they stand.
package func unescaped(_ content: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(content.count)
    var index = 0
    while index < content.count {
        let byte = content[index]
        guard byte == Byte.backslash, index + 1 < content.count else {
            text.append(byte)
            index += 1
            continue
        }
        if content[index + 1] == UInt8(ascii: "u") {
            text.append(contentsOf: String(escapedScalar(content, at: &index)).utf8)
        } else {
            text.append(simpleEscape(content[index + 1]))
            index += 2
        }
    }
    return text
}

private func simpleEscape(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: letter
    }
}

/// Reads `\uXXXX` at `index`, a surrogate pair as one scalar, and moves past it.
private func escapedScalar(_ content: UnsafeBufferPointer<UInt8>, at index: inout Int) -> Unicode.Scalar {
    guard let first = codeUnit(content, at: index) else {
        index += 2
        return replacementCharacter
    }
    index += 6
    guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) ?? replacementCharacter }
    guard let second = codeUnit(content, at: index), UTF16.isTrailSurrogate(second) else { return replacementCharacter }
    index += 6
    let value = 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF))
    return Unicode.Scalar(value) ?? replacementCharacter
}

/// The four digits of `\uXXXX` at `index`, or `nil` when it does not stand there.
private func codeUnit(_ content: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt16? {
    guard index + 6 <= content.count, content[index] == Byte.backslash, content[index + 1] == UInt8(ascii: "u") else {
        return nil
    }
    var value: UInt16 = 0
    for byte in content[(index + 2)..<(index + 6)] {
        guard isHexDigit(byte) else { return nil }
        value = value << 4 | UInt16(isDigit(byte) ? byte - Byte.zero : (byte | 0x20) - 0x61 + 10)
    }
    return value
}
