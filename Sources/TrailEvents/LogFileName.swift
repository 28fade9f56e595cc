package import TrailModel

/// What the path of a CloudTrail file says about it.
///
/// The layout is `[prefix/]AWSLogs/[o-…/]ACCOUNT/KIND/REGION/YYYY/MM/DD/FILE` (cloudtrail-find-log-files). Accounts in it
/// are those of the trail; the records of a file can belong to others.
package struct LogFileName: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case cloudTrail = "CloudTrail"
        case insight = "CloudTrail-Insight"
        case networkActivity = "CloudTrail-NetworkActivity"
        case aggregated = "CloudTrail-Aggregated"
        case digest = "CloudTrail-Digest"
    }

    /// Longest part of the name after the stamp.
    private static let uniquePartMax = 64

    package let account: String
    /// The organization's id, `o-…`, in the files of an organization trail.
    package let organization: String?
    package let kind: Kind
    /// An opaque text; recorded logs have regions that never existed.
    package let region: String
    /// When the file was delivered, by its name; whole minutes, in digests seconds.
    package let stamp: Timestamp
    /// The path from `AWSLogs/` on, the same wherever the bucket was copied to.
    package let ledgerKey: String

    /// Reads an object key or a path with `/`; `nil` for a file outside the layout.
    ///
    /// It works on bytes from the end: it is asked for every file, and a small file costs little else.
    package init?(path: String) {
        let bytes = path.utf8.span
        guard let folders = Folders(bytes) else { return nil }
        let organizationPart = folders.organization
        if let organizationPart, !isOrganization(bytes, organizationPart) { return nil }
        guard isNumber(bytes, folders.account, digits: 12), isRegion(bytes, folders.region),
            isNumber(bytes, folders.year, digits: 4), isNumber(bytes, folders.month, digits: 2),
            isNumber(bytes, folders.day, digits: 2),
            let kind = Kind(rawValue: path.part(folders.kind)),
            let stamp = Self.stamp(of: bytes, file: folders.file, kind)
        else { return nil }
        account = path.part(folders.account)
        organization = organizationPart.map { path.part($0) }
        self.kind = kind
        region = path.part(folders.region)
        self.stamp = stamp
        ledgerKey = path.part(folders.root..<bytes.count)
    }

    /// The stamp in `ACCOUNT_KIND_REGION_YYYYMMDDTHHMMZ_UNIQUE.json.gz`; the underscore before UNIQUE may be missing.
    ///
    /// In a digest's name the trail's name and home region come before a stamp with seconds, and nothing unique follows.
    private static func stamp(of bytes: Span<UInt8>, file: Range<Int>, _ kind: Kind) -> Timestamp? {
        guard let extensionSize = hasSuffix(bytes, file, ".json.gz") ?? hasSuffix(bytes, file, ".json") else {
            return nil
        }
        let parts = split(bytes, file.lowerBound..<(file.upperBound - extensionSize), at: UInt8(ascii: "_"))
        guard parts.count >= 4, isNumber(bytes, parts[0], digits: 12), hasPrefix(bytes, parts[1], "CloudTrail"),
            isRegion(bytes, parts[2])
        else { return nil }
        if kind == .digest {
            let last = parts[parts.count - 1]
            let isBackfill = last.count == 8 && hasPrefix(bytes, last, "backfill")
            return parts.count >= 6 ? time(bytes, isBackfill ? parts[parts.count - 2] : last, digitsOfTime: 6) : nil
        }
        guard parts.count <= 5, parts.count == 4 || parts[3].count == 14 else { return nil }
        let start = parts[3].lowerBound
        let stampEnd = min(start + 14, parts[3].upperBound)
        let unique = parts.count == 4 ? stampEnd..<parts[3].upperBound : parts[4]
        guard (1...uniquePartMax).contains(unique.count), all(bytes, unique, isAlphanumeric) else { return nil }
        return time(bytes, start..<stampEnd, digitsOfTime: 4)
    }

    /// `YYYYMMDDTHHMMZ` or, with six digits of time, `YYYYMMDDTHHMMSSZ`.
    private static func time(_ bytes: Span<UInt8>, _ part: Range<Int>, digitsOfTime: Int) -> Timestamp? {
        let start = part.lowerBound
        guard part.count == 10 + digitsOfTime, bytes[start + 8] == UInt8(ascii: "T"),
            bytes[part.upperBound - 1] == UInt8(ascii: "Z"), all(bytes, start..<(start + 8), isDigit),
            all(bytes, (start + 9)..<(part.upperBound - 1), isDigit)
        else { return nil }
        func number(_ offset: Int, _ count: Int) -> Int {
            var value = 0
            for index in (start + offset)..<(start + offset + count) {
                value = value * 10 + Int(bytes[index] - Byte.zero)
            }
            return value
        }
        return EventTime.seconds(
            year: number(0, 4), month: number(4, 2), day: number(6, 2), hour: number(9, 2), minute: number(11, 2),
            second: digitsOfTime == 6 ? number(13, 2) : 0
        ).map { Timestamp(seconds: $0) }
    }
}

/// Where the parts of a path in the layout stand.
private struct Folders {
    let root: Int
    let organization: Range<Int>?
    let account: Range<Int>
    let kind: Range<Int>
    let region: Range<Int>
    let year: Range<Int>
    let month: Range<Int>
    let day: Range<Int>
    let file: Range<Int>

    /// Walks up from the file to the nearest `AWSLogs`, which must stand seven or eight levels above.
    init?(_ bytes: Span<UInt8>) {
        var parts: [8 of Range<Int>] = .init(repeating: 0..<0)
        var count = 0
        var end = bytes.count
        var start = end
        while true {
            while start > 0, bytes[start - 1] != UInt8(ascii: "/") { start -= 1 }
            let part = start..<end
            if part.count == 7, hasPrefix(bytes, part, "AWSLogs") { break }
            guard count < parts.count, start > 0 else { return nil }
            parts[count] = part
            count += 1
            end = start - 1
            start = end
        }
        guard count >= 7 else { return nil }
        root = start
        organization = count == 8 ? parts[7] : nil
        account = parts[6]
        kind = parts[5]
        region = parts[4]
        year = parts[3]
        month = parts[2]
        day = parts[1]
        file = parts[0]
    }
}

extension String {
    /// The text of some of the UTF-8 bytes, which must begin and end at a character.
    fileprivate func part(_ range: Range<Int>) -> String {
        let start = utf8.index(startIndex, offsetBy: range.lowerBound)
        return String(self[start..<utf8.index(start, offsetBy: range.count)])
    }
}

private func split(_ bytes: Span<UInt8>, _ range: Range<Int>, at separator: UInt8) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    parts.reserveCapacity(8)
    var start = range.lowerBound
    for index in range where bytes[index] == separator {
        parts.append(start..<index)
        start = index + 1
    }
    parts.append(start..<range.upperBound)
    return parts
}

private func all(_ bytes: Span<UInt8>, _ range: Range<Int>, _ test: (UInt8) -> Bool) -> Bool {
    for index in range where !test(bytes[index]) { return false }
    return true
}

private func hasPrefix(_ bytes: Span<UInt8>, _ range: Range<Int>, _ prefix: String) -> Bool {
    let wanted = prefix.utf8
    guard range.count >= wanted.count else { return false }
    var index = range.lowerBound
    for byte in wanted {
        if bytes[index] != byte { return false }
        index += 1
    }
    return true
}

/// The length of `suffix` when the range ends with it.
private func hasSuffix(_ bytes: Span<UInt8>, _ range: Range<Int>, _ suffix: String) -> Int? {
    let count = suffix.utf8.count
    guard range.count >= count, hasPrefix(bytes, (range.upperBound - count)..<range.upperBound, suffix) else {
        return nil
    }
    return count
}

private func isNumber(_ bytes: Span<UInt8>, _ range: Range<Int>, digits: Int) -> Bool {
    range.count == digits && all(bytes, range, isDigit)
}

private func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 <= 25 }

private func isRegion(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    !range.isEmpty && all(bytes, range) { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
}

/// `o-` and 10 to 32 lower-case letters or digits (Organizations API reference).
private func isOrganization(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    (12...34).contains(range.count) && hasPrefix(bytes, range, "o-")
        && all(bytes, (range.lowerBound + 2)..<range.upperBound) { isDigit($0) || (0x61...0x7A).contains($0) }
}
