import CZlib
import Glibc
package import TrailEvents

/// Finds log files in folders and reads them into memory: the edge between the file system and the scanner.
///
/// This file holds raw pointers because the two C libraries take them; every call is bounded by the arrays' counts.
///
/// gzip comes off by libdeflate where the machine has it (about twice as fast), else by zlib. Both give the same bytes
/// and, because zlib has the last word on anything libdeflate refuses, the same errors.
package enum InflateLibrary: String, Sendable, CaseIterable {
    case auto
    case zlib
    case libdeflate
}

/// Why the bytes of a gzip file could not be had.
package enum InflateError: Error, Equatable {
    /// The file ends inside a gzip member: cut off, or still being written.
    case truncated(atOffset: Int)
    case corrupt(atOffset: Int, reason: String)
    case tooLarge(limit: Int)

    package var message: String {
        switch self {
        case .truncated(let offset): "the gzip data end too early, after \(offset) bytes; want a complete gzip file"
        case .corrupt(let offset, let reason):
            "the gzip data are corrupt near byte \(offset) (\(reason)); want a gzip file"
        case .tooLarge(let limit): "the file inflates to more than \(limit) bytes, the limit for one of its size"
        }
    }
}

/// Decompresses gzip files one after another into a buffer that is kept; one inflater for each worker.
package struct Inflater: ~Copyable {
    /// The largest inflated file that is read; CloudTrail writes objects of at most 50 MB compressed.
    package static let inflatedBytesMax = 1 << 30
    /// A file may inflate to so many times its size; CloudTrail's do to ten or twenty, deflate reaches a thousand.
    package static let expansionMax = 256
    /// Up to here it does not matter how small the file is.
    package static let freeBytesMax = 64 << 20

    private let deflate: Libdeflate?
    private let limit: Int

    package init(library: InflateLibrary = .auto, limit: Int = Inflater.inflatedBytesMax) {
        deflate = library == .zlib ? nil : Libdeflate()
        self.limit = limit
    }

    /// Name of the library in use, for the start-up log.
    package var libraryName: String { deflate == nil ? "zlib" : "libdeflate" }

    /// The bytes of all members of the gzip file `bytes`, written over `output`, which keeps its capacity.
    package func inflate(_ bytes: [UInt8], into output: inout [UInt8]) throws(InflateError) {
        var text = LogText()
        try inflate(bytes, into: &text)
        text.withBytes { content in
            output.removeAll(keepingCapacity: true)
            output.append(contentsOf: content)
        }
    }

    /// The bytes of all members of the gzip file `bytes`, written over `text`: inflated where they are scanned.
    package func inflate(_ bytes: [UInt8], into text: inout LogText) throws(InflateError) {
        try inflate(bytes, count: bytes.count, into: &text)
    }

    /// The same for a file that is the first `count` bytes of `bytes`.
    func inflate(_ bytes: [UInt8], count: Int, into text: inout LogText) throws(InflateError) {
        precondition(count <= bytes.count, "a file must lie inside its buffer; got \(count) of \(bytes.count)")
        let limit = min(limit, max(Self.freeBytesMax, count * Self.expansionMax))
        let result: Result<Void, InflateError> = bytes.withUnsafeBufferPointer { buffer in
            let input = UnsafeBufferPointer(rebasing: buffer[..<count])
            if let deflate, deflate.inflate(input, into: &text, limit: limit) { return .success(()) }
            return Result { () throws(InflateError) in try inflateWithZlib(input, into: &text, limit: limit) }
        }
        try result.get()
    }

    private func inflateWithZlib(
        _ input: UnsafeBufferPointer<UInt8>, into text: inout LogText, limit: Int
    ) throws(InflateError) {
        var stream = z_stream()
        // 15 window bits and 16 for the gzip wrapper.
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .corrupt(atOffset: 0, reason: "zlib has no memory")
        }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(clamping: input.count)
        var written = 0
        var capacity = sizeHint(input, limit: limit)
        while true {
            var isWhole = false
            try text.fill(upTo: capacity) { (buffer) throws(InflateError) -> Int in
                isWhole = try inflateWithZlib(&stream, input.count, &written, buffer)
                return written
            }
            if isWhole { return }
            guard capacity < limit else {
                text.fill(upTo: 0) { _ in 0 }
                throw .tooLarge(limit: limit)
            }
            capacity = min(limit, capacity * 2)
        }
    }

    /// Goes on after `written` bytes of `buffer`, which already stand there; false when it is full.
    private func inflateWithZlib(
        _ stream: inout z_stream, _ inputCount: Int, _ written: inout Int, _ buffer: UnsafeMutableBufferPointer<UInt8>
    ) throws(InflateError) -> Bool {
        while written < buffer.count {
            let room = buffer.count - written
            stream.next_out = buffer.baseAddress.map { $0 + written }
            stream.avail_out = UInt32(clamping: room)
            let status = CZlib.inflate(&stream, Z_NO_FLUSH)
            written += min(room, Int(UInt32.max)) - Int(stream.avail_out)
            let offset = inputCount - Int(stream.avail_in)
            switch status {
            case Z_STREAM_END:
                if stream.avail_in == 0 { return true }
                // Another member follows, as in files joined by `cat`.
                guard inflateReset(&stream) == Z_OK else {
                    throw .corrupt(atOffset: offset, reason: "cannot start the next member")
                }
            case Z_OK:
                if stream.avail_in == 0 && stream.avail_out > 0 { throw .truncated(atOffset: offset) }
            case Z_BUF_ERROR:
                if stream.avail_in == 0 { throw .truncated(atOffset: offset) }
            default:
                let reason = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
                throw .corrupt(atOffset: offset, reason: reason)
            }
        }
        return false
    }
}

/// Room to begin with: what the four bytes before the end tell, the size of the last member modulo 2^32.
///
/// It is bounded, since a broken file can tell anything: deflate cannot do better than 1032 to 1. One byte more than
/// told lets zlib see the end of a file that was told rightly.
private func sizeHint(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> Int {
    var told = 0
    if bytes.count >= 18 {
        for index in (bytes.count - 4..<bytes.count).reversed() { told = told << 8 | Int(bytes[index]) }
    }
    return min(limit, max(min(told, bytes.count * 1032) + 1, 4096))
}

/// libdeflate's decompressor, found at run time so that it is no prerequisite.
private final class Libdeflate {
    private typealias Allocate = @convention(c) () -> OpaquePointer?
    private typealias Free = @convention(c) (OpaquePointer?) -> Void
    private typealias Decompress =
        @convention(c) (
            OpaquePointer?, UnsafeRawPointer?, Int, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<Int>?,
            UnsafeMutablePointer<Int>?
        ) -> Int32

    private let decompressor: OpaquePointer
    private let free: Free
    private let decompress: Decompress

    init?() {
        guard let library = dlopen("libdeflate.so.0", RTLD_NOW | RTLD_LOCAL),
            let allocate = dlsym(library, "libdeflate_alloc_decompressor"),
            let free = dlsym(library, "libdeflate_free_decompressor"),
            let decompress = dlsym(library, "libdeflate_gzip_decompress_ex"),
            let decompressor = unsafeBitCast(allocate, to: Allocate.self)()
        else { return nil }
        self.free = unsafeBitCast(free, to: Free.self)
        self.decompress = unsafeBitCast(decompress, to: Decompress.self)
        self.decompressor = decompressor
    }

    deinit { free(decompressor) }

    /// False for anything out of the ordinary; `text` is then undefined and zlib decides.
    func inflate(_ input: UnsafeBufferPointer<UInt8>, into text: inout LogText, limit: Int) -> Bool {
        let insufficientSpace: Int32 = 3
        var read = 0
        var written = 0
        var capacity = sizeHint(input, limit: limit)
        while read < input.count {
            // A checksum of the header (RFC 1952, FHCRC) is checked by zlib alone.
            if input.count - read > 3, input[read + 3] & 2 != 0 { return false }
            var memberRead = 0
            var memberWritten = 0
            var status: Int32 = 0
            text.fill(upTo: capacity) { buffer in
                status = decompress(
                    decompressor, input.baseAddress.map { $0 + read }, input.count - read,
                    buffer.baseAddress.map { $0 + written }, buffer.count - written, &memberRead, &memberWritten)
                if status == 0 { written += memberWritten }
                return written
            }
            if status == insufficientSpace {
                guard capacity < limit else { return false }
                capacity = min(limit, capacity * 2)
                continue
            }
            guard status == 0, memberRead > 0 else { return false }
            read += memberRead
        }
        return read > 0
    }
}
