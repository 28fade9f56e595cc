import TrailModel

/// One page of a listing, in the order of the keys' bytes.
package struct S3Page: Equatable, Sendable {
    package var objects: [S3Object] = []
    /// With a delimiter: what the keys begin with up to it.
    package var commonPrefixes: [String] = []
    package var isTruncated = false
    /// Asks for the next page; only S3 knows what it means.
    package var continuationToken: String?

    /// The last key of the page: a listing that starts after it goes on where this page ends.
    package var next: String? { isTruncated ? objects.last?.key : nil }

    package init(objects: [S3Object] = [], commonPrefixes: [String] = [], isTruncated: Bool = false) {
        self.objects = objects
        self.commonPrefixes = commonPrefixes
        self.isTruncated = isTruncated
    }

    /// Reads an answer to ListObjectsV2 with `encoding-type=url`.
    ///
    /// A key that is not UTF-8 is left out: no log file has one.
    package init(_ bytes: [UInt8]) throws(XMLError) {
        let root = try XMLTree.read(bytes)
        guard root.name == "ListBucketResult" else { throw .malformed(at: 0) }
        let isEncoded = root.text(of: "EncodingType") == "url"
        func key(_ text: String?) -> String? { text.flatMap { isEncoded ? formDecoded($0) : $0 } }
        for element in root.children {
            switch element.name {
            case "Contents":
                guard let key = key(element.text(of: "Key")), let size = element.text(of: "Size").flatMap({ Int64($0) })
                else { continue }
                let modified = element.text(of: "LastModified").flatMap { Timestamp(rfc3339: $0) }
                objects.append(
                    S3Object(key: key, size: size, etag: element.text(of: "ETag") ?? "", lastModified: modified))
            case "CommonPrefixes":
                if let prefix = key(element.text(of: "Prefix")) { commonPrefixes.append(prefix) }
            case "IsTruncated": isTruncated = element.text == "true"
            case "NextContinuationToken": continuationToken = element.text
            default: break
            }
        }
    }
}
