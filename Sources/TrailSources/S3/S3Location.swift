package import TrailModel

/// A bucket and the part of it where trails lie, as `s3://BUCKET/PREFIX`.
package struct S3Location: Hashable, Sendable {
    package let bucket: String
    /// Empty, or ends with `/`; keys below it belong to the location.
    package let prefix: String

    /// Reads `s3://BUCKET` or `s3://BUCKET/PREFIX`; the prefix is taken as it stands, not percent-decoded.
    ///
    /// - Returns: `nil` unless the bucket has 3 to 255 characters out of letters, digits, `.`, `-` and `_` (the old rules
    ///   of us-east-1, wider than today's) and neither begins nor ends with a dot.
    package init?(url: String) {
        guard url.hasPrefix("s3://") else { return nil }
        let parts = url.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bucket = parts.first, (3...255).contains(bucket.utf8.count), !bucket.hasPrefix("."),
            !bucket.hasSuffix("."), !bucket.contains(".."),
            bucket.utf8.allSatisfy({ isUnreserved($0) && $0 != UInt8(ascii: "~") })
        else { return nil }
        self.bucket = String(bucket)
        let prefix = parts.count == 2 ? String(parts[1]) : ""
        guard !prefix.hasPrefix("/") else { return nil }
        self.prefix = prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/"
    }

    package var url: String { "s3://\(bucket)/\(prefix)" }

    /// The bucket and key of an object's address; `nil` for anything else, such as the path of a file.
    package static func object(url: String) -> (location: S3Location, key: String)? {
        guard url.hasPrefix("s3://"), let slash = url.dropFirst(5).firstIndex(of: "/"),
            let location = S3Location(url: String(url[..<slash]))
        else { return nil }
        let key = String(url[url.index(after: slash)...])
        return key.isEmpty ? nil : (location, key)
    }

    /// The address of an object in the bucket, by its whole key.
    package func url(ofKey key: String) -> String { "s3://\(bucket)/\(key)" }

    /// True for a key that a listing of the location can find: below its `AWSLogs/`.
    package func holds(_ key: String) -> Bool {
        let isInside = prefix.split(separator: "/").contains("AWSLogs")
        return key.hasPrefix(isInside ? prefix : prefix + "AWSLogs/")
    }

    /// False for names that no certificate covers as a host (dots), or that are no host names at all.
    var isHostName: Bool {
        bucket.utf8.count <= 63 && !bucket.hasPrefix("-") && !bucket.hasSuffix("-")
            && bucket.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}

/// An object as a listing tells it.
package struct S3Object: Hashable, Sendable {
    /// The whole key, from the bucket's root.
    package let key: String
    package let size: Int64
    /// With its quotes, as S3 gives it.
    package let etag: String
    package let lastModified: Timestamp?

    package init(key: String, size: Int64, etag: String = "", lastModified: Timestamp? = nil) {
        self.key = key
        self.size = size
        self.etag = etag
        self.lastModified = lastModified
    }
}
