/// Why bytes are not a file index; nothing is taken from such bytes.
package enum FileIndexError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated(got: Int, want: Int)
    case notAnIndex(got: UInt16)
    case unknownVersion(got: UInt8, want: UInt8)
    case badChecksum(got: UInt32, want: UInt32)
    case badFiles
    case badTerms(kind: Int)

    /// A label from a fixed set, for metrics.
    package var code: String {
        switch self {
        case .truncated: "truncated"
        case .notAnIndex: "not_an_index"
        case .unknownVersion: "unknown_version"
        case .badChecksum: "bad_checksum"
        case .badFiles: "bad_files"
        case .badTerms: "bad_terms"
        }
    }

    package var description: String {
        switch self {
        case .truncated(let got, let want): "cannot read file index: got \(got) bytes; want at least \(want)"
        case .notAnIndex(let got):
            "cannot read file index: got the mark \(got); want \(FileIndexFormat.mark)"
        case .unknownVersion(let got, let want):
            "cannot read file index: got format version \(got); want \(want) (a newer program wrote it: use that one)"
        case .badChecksum(let got, let want):
            "cannot read file index: got checksum \(got); want \(want) (the bytes are damaged: restore a backup)"
        case .badFiles: "cannot read file index: got a list of files that does not fit the bytes; want one that does"
        case .badTerms(let kind): "cannot read file index: got malformed terms of kind \(kind); want sorted ones"
        }
    }
}

extension FileIndex {
    package func encoded() -> [UInt8] { FileIndexFormat.encode(self) }

    /// Reads what ``encoded()`` wrote, or only the terms of the kinds asked for.
    package init(decoding bytes: [UInt8], kinds: Set<Int>? = nil) throws(FileIndexError) {
        self = try FileIndexFormat.decode(bytes, kinds: kinds)
    }
}

extension FileIndexFormat {
    /// Mark, version, number of files, empty list, empty directory, checksum.
    private static let sizeMin = 2 + 1 + 1 + 2 + 2 * kindCount + checksumSize

    static func decode(_ bytes: [UInt8], kinds: Set<Int>?) throws(FileIndexError) -> FileIndex {
        guard bytes.count >= sizeMin else { throw .truncated(got: bytes.count, want: sizeMin) }
        let gotMark = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        guard gotMark == mark else { throw .notAnIndex(got: gotMark) }
        guard bytes[2] == version else { throw .unknownVersion(got: bytes[2], want: version) }
        let end = bytes.count - checksumSize
        let stored = (0..<checksumSize).reduce(UInt32(0)) { $0 | UInt32(bytes[end + $1]) << UInt32(8 * $1) }
        let computed = CRC32C.checksum(of: bytes, in: 0..<end)
        guard stored == computed else { throw .badChecksum(got: computed, want: stored) }
        let files: [FileIndex.File]
        let directory: [(terms: Int, bytes: Range<Int>)]
        do {
            var reader = ByteReader(bytes, in: 3..<end)
            // A file takes four bytes at least.
            let count = try reader.readCount(max: bytes.count / 4)
            var list = ByteReader(try reader.readCounted())
            files = try readFiles(count, &list)
            directory = try readDirectory(&reader, end: end)
        } catch {
            throw .badFiles
        }
        var postings: [UInt64] = []
        for (kind, section) in directory.enumerated() where kinds?.contains(kind) ?? true {
            var bits = BitReader(bytes, in: section.bytes)
            let isWhole = readTerms(
                section.terms, kind: kind, fileCount: files.count, from: &bits, into: &postings)
            guard isWhole else { throw .badTerms(kind: kind) }
        }
        return FileIndex(files: files, sortedPostings: postings)
    }

    private static func readFiles(_ count: Int, _ reader: inout ByteReader) throws -> [FileIndex.File] {
        let origin = try reader.readSigned()
        var files: [FileIndex.File] = []
        files.reserveCapacity(count)
        var path: [UInt8] = []
        for _ in 0..<count {
            let shared = try reader.readCount(max: path.count)
            let tail = try reader.readCount(max: Int.max)
            path.removeLast(path.count - shared)
            path += try reader.read(raw: tail >> 1)
            if tail & 1 == 1 { path += Array(commonEnding.utf8) }
            let first = origin &+ Int64(bitPattern: try reader.readVarint())
            let last = first &+ Int64(bitPattern: try reader.readVarint())
            guard first <= last, let text = String(validating: path, as: UTF8.self),
                files.last.map({ $0.path < text }) ?? true
            else { throw FileIndexError.badFiles }
            files.append(FileIndex.File(path: text, firstSeconds: first, lastSeconds: last))
        }
        try reader.finish()
        return files
    }

    private static func readDirectory(
        _ reader: inout ByteReader, end: Int
    ) throws -> [(terms: Int, bytes: Range<Int>)] {
        var sizes: [(terms: Int, size: Int)] = []
        for _ in 0..<kindCount {
            // A term takes three bits at least.
            let terms = try reader.readCount(max: fingerprintCount)
            let size = try reader.readCount(max: reader.remaining)
            guard terms <= size * 8 / 3 else { throw FileIndexError.badFiles }
            sizes.append((terms, size))
        }
        var start = reader.offset
        var directory: [(terms: Int, bytes: Range<Int>)] = []
        for (terms, size) in sizes {
            guard size <= end - start else { throw FileIndexError.badFiles }
            directory.append((terms, start..<(start + size)))
            start += size
        }
        guard start == end else { throw FileIndexError.badFiles }
        return directory
    }

    /// False when the bits are not a section of so many terms.
    private static func readTerms(
        _ count: Int, kind: Int, fileCount: Int, from bits: inout BitReader, into postings: inout [UInt64]
    ) -> Bool {
        let parameter = gapParameter(size: fingerprintCount, count: count)
        var next: UInt64 = 0
        for _ in 0..<count {
            guard let gap = bits.readRice(parameter: parameter), gap < UInt64(fingerprintCount) - next else {
                return false
            }
            let term = UInt64(kind) << UInt64(FileIndex.fingerprintBits) | next + gap
            next += gap + 1
            guard readFiles(of: term, fileCount: fileCount, from: &bits, into: &postings), !bits.isOverrun else {
                return false
            }
        }
        return bits.isAtPaddedEnd
    }

    private static func readFiles(
        of term: UInt64, fileCount: Int, from bits: inout BitReader, into postings: inout [UInt64]
    ) -> Bool {
        let isInverse = bits.read(1) == 1
        let (count, underflow) = bits.readGamma().subtractingReportingOverflow(isInverse ? 1 : 0)
        guard !underflow, count <= UInt64(fileCount), isInverse ? count < UInt64(fileCount) : count > 0,
            postings.count + (isInverse ? fileCount - Int(count) : Int(count)) <= postingsMax
        else { return false }
        let parameter = gapParameter(size: fileCount, count: Int(count))
        var next: UInt64 = 0
        for _ in 0..<count {
            guard let gap = bits.readRice(parameter: parameter), gap < UInt64(fileCount) - next else { return false }
            if isInverse {
                for file in next..<(next + gap) { postings.append(term << 32 | file) }
            } else {
                postings.append(term << 32 | next + gap)
            }
            next += gap + 1
        }
        if isInverse { for file in next..<UInt64(fileCount) { postings.append(term << 32 | file) } }
        return true
    }
}
