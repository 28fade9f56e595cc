import CZlib
import Glibc

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
        case .tooLarge(let limit): "the file inflates to more than the limit of \(limit) bytes"
        }
    }
}

/// Decompresses gzip files one after another into a buffer that is kept; one inflater for each worker.
package struct Inflater: ~Copyable {
    /// The largest inflated file that is read; CloudTrail writes objects of at most 50 MB compressed.
    package static let inflatedBytesMax = 1 << 30

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
        if let deflate, deflate.inflate(bytes, into: &output, limit: limit) { return }
        try inflateWithZlib(bytes, into: &output)
    }

    private func inflateWithZlib(_ bytes: [UInt8], into output: inout [UInt8]) throws(InflateError) {
        let result: Result<Int, InflateError> = bytes.withUnsafeBufferPointer { input in
            var stream = z_stream()
            // 15 window bits and 16 for the gzip wrapper.
            guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                return .failure(.corrupt(atOffset: 0, reason: "zlib has no memory"))
            }
            defer { inflateEnd(&stream) }
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(clamping: input.count)
            var written = 0
            resize(&output, atLeast: sizeHint(bytes))
            while true {
                if written == output.count {
                    guard output.count < limit else { return .failure(.tooLarge(limit: limit)) }
                    resize(&output, atLeast: min(limit, output.count * 2))
                }
                let room = output.count - written
                let status = output.withUnsafeMutableBufferPointer { buffer in
                    stream.next_out = buffer.baseAddress.map { $0 + written }
                    stream.avail_out = UInt32(clamping: room)
                    return CZlib.inflate(&stream, Z_NO_FLUSH)
                }
                written += min(room, Int(UInt32.max)) - Int(stream.avail_out)
                let offset = input.count - Int(stream.avail_in)
                switch status {
                case Z_STREAM_END:
                    if stream.avail_in == 0 { return .success(written) }
                    // Another member follows, as in files joined by `cat`.
                    guard inflateReset(&stream) == Z_OK else {
                        return .failure(.corrupt(atOffset: offset, reason: "cannot start the next member"))
                    }
                case Z_OK:
                    if stream.avail_in == 0 && stream.avail_out > 0 { return .failure(.truncated(atOffset: offset)) }
                case Z_BUF_ERROR:
                    if stream.avail_in == 0 { return .failure(.truncated(atOffset: offset)) }
                default:
                    let reason = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
                    return .failure(.corrupt(atOffset: offset, reason: reason))
                }
            }
        }
        output.removeLast(output.count - (try result.get()))
    }

    /// The size that the last member's trailer tells, bounded, since a broken file can tell anything.
    private func sizeHint(_ bytes: [UInt8]) -> Int {
        min(limit, max(gzipSizeHint(bytes), 4096))
    }
}

/// The four bytes before the end of a gzip file: the size of its last member modulo 2^32.
private func gzipSizeHint(_ bytes: [UInt8]) -> Int {
    guard bytes.count >= 18 else { return 0 }
    let told = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    // deflate cannot do better than 1032 to 1.
    return min(told, bytes.count * 1032)
}

private func resize(_ array: inout [UInt8], atLeast count: Int) {
    if array.count < count { array.append(contentsOf: repeatElement(0, count: count - array.count)) }
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

    /// False for anything out of the ordinary; `output` is then undefined and zlib decides.
    func inflate(_ bytes: [UInt8], into output: inout [UInt8], limit: Int) -> Bool {
        let insufficientSpace: Int32 = 3
        var read = 0
        var written = 0
        resize(&output, atLeast: min(limit, max(gzipSizeHint(bytes), 4096)))
        while read < bytes.count {
            var memberRead = 0
            var memberWritten = 0
            let status = bytes.withUnsafeBytes { input in
                output.withUnsafeMutableBytes { buffer in
                    decompress(
                        decompressor, input.baseAddress.map { $0 + read }, input.count - read,
                        buffer.baseAddress.map { $0 + written }, buffer.count - written, &memberRead, &memberWritten)
                }
            }
            if status == insufficientSpace {
                guard output.count < limit else { return false }
                resize(&output, atLeast: min(limit, output.count * 2))
                continue
            }
            guard status == 0, memberRead > 0 else { return false }
            read += memberRead
            written += memberWritten
        }
        output.removeLast(output.count - written)
        return read > 0
    }
}
