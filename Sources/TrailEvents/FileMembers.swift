extension TextBounds {
    /// `nil` for no bytes at all.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let begin = bytes.baseAddress, bytes.count > 0 else { return nil }
        self.init(begin: begin, end: begin + bytes.count)
    }
}

/// The first byte of a document, after a byte order mark and white space.
func documentStart(_ bounds: TextBounds) throws(LogFileError) -> BytePointer {
    var start = bounds.begin
    if bounds.end - start >= 3, start[0] == 0xEF, start[1] == 0xBB, start[2] == 0xBF { start += 3 }
    start = afterSpace(start)
    guard start < bounds.end else { throw .empty }
    return start
}

/// Nothing but white space may follow the document.
func requireEnd(_ position: BytePointer, _ bounds: TextBounds) throws(LogFileError) {
    let end = afterSpace(position)
    guard end == bounds.end else { throw bounds.unexpected(end, want: "the end of the text after the document") }
}

/// The error for a document that does not start with a brace.
func notCloudTrail(_ start: BytePointer) -> LogFileError {
    let found: String
    switch start.pointee {
    case Byte.quote: found = "a JSON string"
    case Byte.openBracket: found = "a JSON array"
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "-"), Byte.zero...Byte.nine:
        found = "text that does not start with an object"
    case 0x1F where start[1] == 0x8B: found = "gzip data that was not unpacked"
    default: found = "bytes that are not JSON, starting 0x" + String(start.pointee, radix: 16, uppercase: true)
    }
    return .notCloudTrail(found: found)
}

/// What the top level of a file holds, to tell a log file from a digest and from anything else.
struct FileMembers {
    enum Member { case records, other }

    /// Elements of `Records`; `nil` until it is met.
    var recordCount: Int?
    private var hasDigestBucket = false
    private var hasLogFiles = false
    private var firstName: String?

    /// Longest part of an unknown file's first name that the error shows.
    private static let shownNameBytesMax = 64

    mutating func note(_ name: UnsafeBufferPointer<UInt8>, _ hasEscapes: Bool) -> Member {
        let decoded = hasEscapes ? unescaped(name) : Array(name)
        if decoded.elementsEqual("Records".utf8) { return .records }
        if decoded.elementsEqual("digestS3Bucket".utf8) { hasDigestBucket = true }
        if decoded.elementsEqual("logFiles".utf8) { hasLogFiles = true }
        if firstName == nil { firstName = String(decoding: decoded.prefix(Self.shownNameBytesMax), as: UTF8.self) }
        return .other
    }

    /// The number of records, once the whole file was read.
    func result() throws(LogFileError) -> Int {
        if let recordCount { return recordCount }
        if hasDigestBucket && hasLogFiles { throw .digest }
        throw .notCloudTrail(found: "an object without Records whose first member is \"\(firstName ?? "")\"")
    }
}
