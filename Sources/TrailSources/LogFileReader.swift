import Crypto
import TrailModel
package import TrailEvents

/// Why a file's text could not be had.
package enum LogReadError: Error, Equatable {
    case fileSystem(FileSystemError)
    case inflate(path: String, InflateError)

    package var message: String {
        switch self {
        case .fileSystem(let error): error.message
        case .inflate(let path, let error): "cannot read \(path): \(error.message)"
        }
    }

    /// True for bytes that end too early, as those of a file that is still being written do.
    package var isTruncation: Bool {
        if case .inflate(_, .truncated) = self { true } else { false }
    }
}

/// Reads log files into memory, unpacked; one reader for each worker, its buffers are kept.
package struct LogFileReader: ~Copyable {
    private let inflater: Inflater
    /// The file as it lies on the disk, at the front of a buffer that is longer.
    private var packed: [UInt8] = []
    /// Bytes of the file that was read last, which may have grown since it was listed.
    package private(set) var fileBytes = 0
    /// A longer buffer is given back after its file.
    package static let keptBytesMax = 64 << 20

    package init(library: InflateLibrary = .auto) {
        inflater = Inflater(library: library)
    }

    /// Fills `text` with the content of `file`, gzip taken off where the bytes say so whatever the name.
    ///
    /// - Returns: The ledger's key: the path from `AWSLogs/` on, else the SHA-256 of the file's bytes.
    package mutating func read(_ file: LogFile, into text: inout LogText) throws(LogReadError) -> String {
        defer { if packed.count > Self.keptBytesMax { packed = [] } }
        let count: Int
        do {
            count = try readFile(file.path, into: &packed, limit: Inflater.inflatedBytesMax)
        } catch {
            throw .fileSystem(error)
        }
        fileBytes = count
        try unpack(packed, count: count, name: file.path, into: &text)
        if let key = Self.ledgerKey(ofPath: file.path) { return key }
        return Self.bytesKeyPrefix + hexText(SHA256.hash(data: packed[..<count]))
    }

    /// Fills `text` with the content of a file whose bytes are at hand; errors call it `name`.
    package func read(_ bytes: [UInt8], name: String, into text: inout LogText) throws(LogReadError) {
        try unpack(bytes, count: bytes.count, name: name, into: &text)
    }

    private func unpack(
        _ bytes: [UInt8], count: Int, name: String, into text: inout LogText
    ) throws(LogReadError) {
        guard count >= 2, bytes[0] == 0x1F, bytes[1] == 0x8B else {
            text.fill(upTo: count) { buffer in buffer.update(fromContentsOf: bytes[..<count]) }
            return
        }
        do {
            try inflater.inflate(bytes, count: count, into: &text)
        } catch {
            throw .inflate(path: name, error)
        }
    }

    /// What the key of a file outside the layout begins with.
    package static let bytesKeyPrefix = "sha256:"

    /// The key of a file inside CloudTrail's layout; `nil` for one that only its bytes can name.
    package static func ledgerKey(ofPath path: String) -> String? {
        LogFileName(path: path)?.ledgerKey
    }
}

extension LogFolder {
    /// All log files under `path` now, in byte order; `path` itself when it is a file, whatever its name.
    ///
    /// A directory that cannot be listed is a fault of the listing and keeps nothing else from being read.
    package static func files(under path: String) -> Listing {
        var listing = Listing()
        collect(path, depth: 0, into: &listing)
        return listing
    }

    private static func collect(_ path: String, depth: Int, into listing: inout Listing) {
        do {
            guard try statusOfFile(path).kind == .directory else {
                listing.files.append(try LogFile(path: path))
                return
            }
            guard depth <= depthMax else { return }
            for entry in try readDirectory(path) where !entry.name.hasPrefix(".") {
                let child = "\(path)/\(entry.name)"
                if entry.kind == .directory {
                    collect(child, depth: depth + 1, into: &listing)
                } else if entry.kind == .file, LogFile.hasLogFileName(entry.name) {
                    listing.files.append(LogFile(path: child, entry: entry))
                }
            }
        } catch {
            listing.faults.append(error)
        }
    }
}
