package import TrailCounts

/// What became of a file; the raw value stands in the ledger.
package enum FileStatus: String, CaseIterable, Sendable, Codable {
    case counted
    /// A digest file: noted, never counted.
    case digest
    case rejected
}

/// A file that was read, ready to be committed.
package struct ReadFile: Sendable {
    package let key: String
    /// Where it is, absolute, so that its events are found again.
    package let path: String
    package let size: Int64
    package let status: FileStatus
    /// Why it was rejected.
    package let reason: String?
    /// `nil` unless the status is `counted`.
    package let extract: FileExtract?

    /// The path is the key unless it is given.
    package init(
        key: String, path: String? = nil, size: Int64, status: FileStatus, reason: String? = nil,
        extract: FileExtract? = nil
    ) {
        self.key = key
        self.path = path ?? key
        self.size = size
        self.status = status
        self.reason = reason
        self.extract = extract
    }
}
