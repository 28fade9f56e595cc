import CZlib

/// `bytes` as a gzip file of one member, for generated trails.
///
/// It holds raw pointers because zlib takes them; both buffers are bounded by their arrays' counts.
package func gzipped(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
    var stream = z_stream()
    let isReady =
        deflateInit2_(
            &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)) == Z_OK
    precondition(isReady, "zlib has no memory for a deflate stream")
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    let written = bytes.withUnsafeBufferPointer { input in
        output.withUnsafeMutableBufferPointer { buffer in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(buffer.count)
            let status = deflate(&stream, Z_FINISH)
            precondition(status == Z_STREAM_END, "zlib stopped with \(status)")
            return buffer.count - Int(stream.avail_out)
        }
    }
    output.removeLast(output.count - written)
    return output
}
