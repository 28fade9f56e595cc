import TrailSources

/// Why a file of the ledger cannot be read again.
struct UnavailableFile: Error {
    let reason: String
}

extension LogFile {
    /// A file of the ledger where it was read, unless it is gone or cut.
    init(key: String, path: String?, size: Int64) throws(UnavailableFile) {
        guard let path else {
            throw UnavailableFile(reason: "\(key) was counted by an older version, which did not keep where it was")
        }
        guard !path.contains("://") else { throw UnavailableFile(reason: "\(path) is not on this machine") }
        do {
            try self.init(path: path)
        } catch {
            throw UnavailableFile(reason: error.message)
        }
        // One that has grown holds what it held; what is new in it counts when it is read anew.
        guard self.size >= size else { throw UnavailableFile(reason: "\(path) is shorter than when it was counted") }
    }
}
