// Hot path: wide loads, all inside the buffer, because a comparison byte by byte over every record costs ten times as
// much.

/// Whether `text` stands somewhere in `message`; the empty text does.
func hasText(_ text: UnsafeBufferPointer<UInt8>, in message: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = text.first, let last = text.last, let start = message.baseAddress else { return text.isEmpty }
    guard message.count >= text.count else { return false }
    let lastPlace = message.count - text.count
    let bytes = UnsafeRawPointer(start)
    let firsts = SIMD16<UInt8>(repeating: first)
    let lasts = SIMD16<UInt8>(repeating: last)
    var place = 0
    // The last byte looked at is that of a text at `place + 15`.
    while place + 15 <= lastPlace {
        let heads = bytes.loadUnaligned(fromByteOffset: place, as: SIMD16<UInt8>.self)
        let tails = bytes.loadUnaligned(fromByteOffset: place + text.count - 1, as: SIMD16<UInt8>.self)
        let hits = (heads .== firsts) .& (tails .== lasts)
        if any(hits) {
            for lane in 0..<16 where hits[lane] && isText(text, message, at: place + lane) { return true }
        }
        place += 16
    }
    while place <= lastPlace {
        if isText(text, message, at: place) { return true }
        place += 1
    }
    return false
}

private func isText(
    _ text: UnsafeBufferPointer<UInt8>, _ message: UnsafeBufferPointer<UInt8>, at place: Int
) -> Bool {
    for index in 0..<text.count where text[index] != message[place + index] { return false }
    return true
}
