package import TrailModel

/// Why bytes are not a block; nothing is taken from such bytes.
package enum BlockError: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated(got: Int, want: Int)
    case notABlock(got: UInt16)
    case unknownVersion(got: UInt8, want: UInt8)
    case unknownResolution(got: UInt8)
    /// The block is sound, but not one of those asked for.
    case otherResolution(got: Resolution, want: Resolution)
    case badChecksum(got: UInt32, want: UInt32)
    case badDirectory
    case badSeries(number: UInt8)

    /// A label from a fixed set, for metrics.
    package var code: String {
        switch self {
        case .truncated: "truncated"
        case .notABlock: "not_a_block"
        case .unknownVersion: "unknown_version"
        case .unknownResolution: "unknown_resolution"
        case .otherResolution: "other_resolution"
        case .badChecksum: "bad_checksum"
        case .badDirectory: "bad_directory"
        case .badSeries: "bad_series"
        }
    }

    package var description: String {
        switch self {
        case .truncated(let got, let want): "cannot read block: got \(got) bytes; want at least \(want)"
        case .notABlock(let got):
            "cannot read block: got the mark \(hex(UInt32(got))); want \(hex(UInt32(BlockFormat.mark)))"
        case .unknownVersion(let got, let want):
            "cannot read block: got format version \(got); want 1 to \(want) (a newer program wrote it: use that one)"
        case .unknownResolution(let got):
            "cannot read block: got slots of \(got) minutes; want one of \(Resolution.allCases.map { $0.seconds / 60 })"
        case .otherResolution(let got, let want):
            "cannot add block: got slots of \(got.seconds) s; want \(want.seconds) s"
        case .badChecksum(let got, let want):
            "cannot read block: got checksum \(hex(got)); want \(hex(want)) (the bytes are damaged: restore a backup)"
        case .badDirectory: "cannot read block: got a directory that does not fit the bytes; want one that does"
        case .badSeries(let number):
            "cannot read block: got malformed data of series \(number); want sorted slots and finite values"
        }
    }
}

private func hex(_ value: UInt32) -> String {
    "0x" + String(value, radix: 16, uppercase: true)
}
