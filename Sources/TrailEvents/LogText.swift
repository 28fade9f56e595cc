/// Finds the fields of CloudTrail records in JSON bytes, in one forward pass.
///
/// The text of one log file in memory, followed by the padding that the scanner relies on.
///
/// The padding is ``paddingBytes`` quotation marks: every search for the end of a string ends in it at the latest, so
/// the scanner compares with the end of the text once per string instead of once per byte. A worker keeps one value and
/// fills it again for each file.
package struct LogText: Sendable {
    package static let paddingBytes = 64
    /// Longest text that is scanned; offsets are kept in 32 bits.
    package static let bytesMax = 1 << 30
    static let padding: UInt8 = 0x22

    /// `count` bytes of text, then at least ``paddingBytes`` of padding.
    private var storage: [UInt8]

    /// Bytes of text, without the padding.
    package private(set) var count = 0

    /// Bytes of memory that the text holds on to.
    package var capacityBytes: Int { storage.count }

    /// An empty text to be filled later.
    package init() {
        storage = [UInt8](repeating: Self.padding, count: Self.paddingBytes)
    }

    package init(_ bytes: some Collection<UInt8>) {
        storage = []
        storage.reserveCapacity(bytes.count + Self.paddingBytes)
        storage.append(contentsOf: bytes)
        count = storage.count
        storage.append(contentsOf: repeatElement(Self.padding, count: Self.paddingBytes))
    }

    package init(_ text: String) {
        self.init(text.utf8)
    }

    /// Lets `body` write a text of at most `capacityBytes` over the old one, and pads it.
    ///
    /// The storage never shrinks. Bytes that earlier text left in the buffer are still there when `body` runs, so that a
    /// decompressor that needs more room can call again with a larger capacity and go on where it stopped.
    ///
    /// - Parameters:
    ///   - capacityBytes: Room for the text.
    ///   - body: Writes from the start of the buffer and returns the length of the whole text.
    /// - Throws: What `body` throws; the text is empty then.
    package mutating func fill<Failure: Error>(
        upTo capacityBytes: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int
    ) throws(Failure) {
        precondition(capacityBytes >= 0, "the capacity must not be negative; got \(capacityBytes)")
        let wanted = capacityBytes + Self.paddingBytes
        if storage.count < wanted {
            let size = max(wanted, storage.count + storage.count / 2)
            storage += [UInt8](repeating: 0, count: size - storage.count)
        }
        count = 0
        count = try storage.withUnsafeMutableBufferPointer { (buffer) throws(Failure) -> Int in
            func pad(after length: Int) {
                for index in length..<(length + Self.paddingBytes) { buffer[index] = Self.padding }
            }
            do throws(Failure) {
                let length = try body(UnsafeMutableBufferPointer(rebasing: buffer[..<capacityBytes]))
                precondition(
                    (0...capacityBytes).contains(length), "the text must fit \(capacityBytes) bytes; got \(length)")
                pad(after: length)
                return length
            } catch {
                pad(after: 0)
                throw error
            }
        }
    }

    /// Calls `body` with the text alone, without its padding.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withUnsafeBufferPointer { (buffer) throws(Failure) -> Result in
            try body(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
