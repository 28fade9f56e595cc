/// The bytes of a ``FileIndex``.
///
/// Fixed numbers are little endian, varints LEB128, signed ones zigzag coded; bits go from the highest to the lowest.
///
/// | bytes | content |
/// | --- | --- |
/// | 2 | the mark `TX` |
/// | 1 | format version, 1 |
/// | varint | number of files |
/// | varint | bytes of the list of files |
/// | … | the list: the earliest first event of all (signed varint, seconds since the epoch), then each file |
/// | 16 × (varint, varint) | for each kind of term: number of terms, bytes of its section |
/// | … | the sections one after another |
/// | 4 | CRC-32C of everything before |
///
/// A *file*, in the order of the paths: the number of bytes that its path has in common with the path before (varint);
/// the bytes after them without the ending `.json.gz`, after their number, doubled and odd when that ending is to be
/// added (varint); its first event after the earliest of all (varint); its last event after its first (varint).
///
/// A *section* is a string of bits, filled with zeros to a whole byte. Each term: the fingerprint, as the gap after the
/// one before, in a Rice code of parameter P(2^26, terms); the number of files that have it, or, after a first bit of 1,
/// the number of those that have it not, plus 1 then (Elias' gamma); those files as gaps between their numbers in Rice
/// codes of parameter P(files, their number). P(size, count) is the number of bits of size ÷ (count + 1) × 0.69, less
/// one and at least 0; a Rice quotient of 20 or more goes on as an exponential Golomb code.
enum FileIndexFormat {
    static let mark: UInt16 = 0x5854
    static let version: UInt8 = 1
    static let kindCount = 1 << FileIndex.kindBits
    static let checksumSize = 4
    /// More than this many pairs of term and file are refused, so that forged bytes cannot ask for unbounded memory.
    static let postingsMax = 1 << 26
    static let fingerprintCount = 1 << FileIndex.fingerprintBits
    static let commonEnding = ".json.gz"

    static func encode(_ index: FileIndex) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt8(truncatingIfNeeded: mark))
        writer.write(UInt8(truncatingIfNeeded: mark >> 8))
        writer.write(version)
        writer.writeCount(index.files.count)
        writer.write(counted: encode(index.files))
        var sections: [[UInt8]] = []
        var rest = index.postings[...]
        for kind in 0..<kindCount {
            let end = UInt64(kind + 1) << UInt64(FileIndex.fingerprintBits + 32)
            let postings = rest.prefix { $0 < end }
            rest = rest.dropFirst(postings.count)
            let (termCount, bytes) = encode(postings, fileCount: index.files.count)
            writer.writeCount(termCount)
            writer.writeCount(bytes.count)
            sections.append(bytes)
        }
        for section in sections { writer.write(raw: section) }
        writer.write(CRC32C.checksum(of: writer.bytes))
        return writer.bytes
    }

    private static func encode(_ files: [FileIndex.File]) -> [UInt8] {
        var writer = ByteWriter()
        let origin = files.map(\.firstSeconds).min() ?? 0
        writer.writeSigned(origin)
        var previous: [UInt8] = []
        for file in files {
            let path = Array(file.path.utf8)
            let shared = zip(previous, path).prefix { $0 == $1 }.count
            let ending = commonEnding.utf8.count
            let isCommon = path.count - shared >= ending && path.suffix(ending).elementsEqual(commonEnding.utf8)
            let tail = path[shared..<(path.count - (isCommon ? ending : 0))]
            writer.writeCount(shared)
            writer.writeCount(tail.count << 1 | (isCommon ? 1 : 0))
            writer.write(raw: Array(tail))
            // Times of centuries apart wrap around and come back as they were.
            writer.writeVarint(UInt64(bitPattern: file.firstSeconds &- origin))
            writer.writeVarint(UInt64(bitPattern: file.lastSeconds &- file.firstSeconds))
            previous = path
        }
        return writer.bytes
    }

    private static func encode(_ postings: ArraySlice<UInt64>, fileCount: Int) -> (termCount: Int, bytes: [UInt8]) {
        guard !postings.isEmpty else { return (0, []) }
        let starts = postings.indices.filter {
            $0 == postings.startIndex || postings[$0] >> 32 != postings[$0 - 1] >> 32
        }
        var bits = BitWriter()
        let parameter = gapParameter(size: fingerprintCount, count: starts.count)
        var next: UInt64 = 0
        for (place, start) in starts.enumerated() {
            let end = place + 1 < starts.count ? starts[place + 1] : postings.endIndex
            let fingerprint = postings[start] >> 32 & UInt64(fingerprintCount - 1)
            bits.append(rice: fingerprint - next, parameter: parameter)
            next = fingerprint + 1
            encode(postings[start..<end], fileCount: fileCount, into: &bits)
        }
        return (starts.count, bits.finish())
    }

    /// The files of one term, or those that do not have it when these are fewer.
    private static func encode(_ postings: ArraySlice<UInt64>, fileCount: Int, into bits: inout BitWriter) {
        func append(_ files: some Sequence<UInt64>, count: Int) {
            let parameter = gapParameter(size: fileCount, count: count)
            var next: UInt64 = 0
            for file in files {
                bits.append(rice: file - next, parameter: parameter)
                next = file + 1
            }
        }
        let have = postings.lazy.map { $0 & 0xFFFF_FFFF }
        if postings.count * 2 <= fileCount || fileCount == 1 {
            bits.append(0, count: 1)
            bits.append(gamma: UInt64(postings.count))
            append(have, count: postings.count)
        } else {
            bits.append(1, count: 1)
            bits.append(gamma: UInt64(fileCount - postings.count) + 1)
            var lacking: [UInt64] = []
            var next: UInt64 = 0
            for file in have {
                lacking += next..<file
                next = file + 1
            }
            lacking += next..<UInt64(fileCount)
            append(lacking, count: lacking.count)
        }
    }

    /// The Rice parameter for the gaps of `count` numbers below `size`; 0.69 = ln 2 stands for the law's median.
    static func gapParameter(size: Int, count: Int) -> Int {
        let mean = UInt64(size) * 69 / UInt64((count + 1) * 100)
        return max(0, 63 - mean.leadingZeroBitCount)
    }
}
