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
    package init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let root = parts.lastIndex(of: "AWSLogs") else { return nil }
        var rest = parts[(root + 1)...]
        organization = rest.first.flatMap { isOrganization($0) ? String($0) : nil }
        if organization != nil { rest = rest.dropFirst() }
        guard rest.count == 7, let first = rest.first, isAccount(first) else { return nil }
        let folders = Array(rest)
        guard let kind = Kind(rawValue: String(folders[1])), isRegion(folders[2]),
            isNumber(folders[3], digits: 4), isNumber(folders[4], digits: 2), isNumber(folders[5], digits: 2),
            let stamp = Self.stamp(ofFile: folders[6], kind)
        else { return nil }
        account = String(first)
        self.kind = kind
        region = String(folders[2])
        self.stamp = stamp
        ledgerKey = parts[root...].joined(separator: "/")
    }

    /// The stamp in `ACCOUNT_KIND_REGION_YYYYMMDDTHHMMZ_UNIQUE.json.gz`; the underscore before UNIQUE may be missing.
    ///
    /// In a digest's name the trail's name and home region come before a stamp with seconds, and nothing unique follows.
    private static func stamp(ofFile file: Substring, _ kind: Kind) -> Timestamp? {
        guard let stem = [".json.gz", ".json"].first(where: file.hasSuffix).map({ file.dropLast($0.count) }) else {
            return nil
        }
        let parts = stem.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count >= 4, isAccount(parts[0]), parts[1].hasPrefix("CloudTrail"), isRegion(parts[2]) else {
            return nil
        }
        if kind == .digest {
            let stampPart = parts.last == "backfill" ? parts[parts.count - 2] : parts[parts.count - 1]
            return parts.count >= 6 ? time(stampPart, digitsOfTime: 6) : nil
        }
        let stamp = parts[3].prefix(14)
        let unique = parts.count == 4 ? parts[3].dropFirst(14) : parts[4]
        guard parts.count <= 5, parts.count == 4 || parts[3].count == 14,
            (1...uniquePartMax).contains(unique.utf8.count),
            unique.utf8.allSatisfy(isAlphanumeric)
        else { return nil }
        return time(stamp, digitsOfTime: 4)
    }

    /// `YYYYMMDDTHHMMZ` or, with six digits of time, `YYYYMMDDTHHMMSSZ`.
    private static func time(_ text: Substring, digitsOfTime: Int) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count == 10 + digitsOfTime, bytes[8] == UInt8(ascii: "T"),
            bytes[bytes.count - 1] == UInt8(ascii: "Z")
        else { return nil }
        func part(_ start: Int, _ count: Int) -> String {
            String(decoding: bytes[start..<(start + count)], as: UTF8.self)
        }
        let seconds = digitsOfTime == 6 ? part(13, 2) : "00"
        let date = "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))"
        return Timestamp(rfc3339: "\(date)T\(part(9, 2)):\(part(11, 2)):\(seconds)Z")
    }
}

private func isAccount(_ text: Substring) -> Bool { isNumber(text, digits: 12) }

private func isNumber(_ text: Substring, digits: Int) -> Bool {
    text.utf8.count == digits && text.utf8.allSatisfy(isDigit)
}

private func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 <= 25 }

private func isRegion(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
}

/// `o-` and 10 to 32 lower-case letters or digits (Organizations API reference).
private func isOrganization(_ text: Substring) -> Bool {
    text.hasPrefix("o-") && (12...34).contains(text.utf8.count)
        && text.utf8.dropFirst(2).allSatisfy { isDigit($0) || (0x61...0x7A).contains($0) }
}
