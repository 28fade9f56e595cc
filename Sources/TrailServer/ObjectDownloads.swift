import Foundation
import Synchronization
import TrailEvents
import TrailSources

/// Brings objects of a bucket into the data directory, where they lie only until they are counted.
final class ObjectDownloads: Sendable {
    private let bucket: S3Bucket
    private let folder: String
    private let batches = Atomic(0)
    /// Some object could be had, so that one that is refused says nothing of the others.
    private let hasRead = Atomic(false)

    /// An object that cannot be had.
    struct Missing: Error {
        let key: String
        let reason: S3Error
    }

    /// `folder` is nobody else's.
    init(bucket: S3Bucket, folder: String) {
        self.bucket = bucket
        self.folder = folder
    }

    /// Downloads objects, hands them to `body` in the order of `keys`, and removes them.
    ///
    /// Those that nobody can have any more, and those that are refused where others are not, come beside the others.
    /// - Throws: What `body` throws, and what kept an object from being had now.
    func with<Result>(
        _ keys: [String], _ body: ([LogFile], _ missing: [Missing]) async throws -> Result
    ) async throws -> Result {
        let batch = "\(folder)/\(batches.add(1, ordering: .relaxed).newValue)"
        defer { try? FileManager.default.removeItem(atPath: batch) }
        var files: [(number: Int, file: LogFile)] = []
        var missing: [Missing] = []
        var refused: [Missing] = []
        try await withThrowingTaskGroup(of: (Int, Swift.Result<LogFile, Missing>).self) { group in
            for (number, key) in keys.enumerated() {
                group.addTask {
                    do {
                        return (number, .success(try await self.download(key, to: "\(batch)/\(number)")))
                    } catch let error as S3Error where error.isAboutOneObject || error.isForbidden {
                        return (number, .failure(Missing(key: key, reason: error)))
                    }
                }
            }
            for try await (number, result) in group {
                switch result {
                case .success(let file): files.append((number, file))
                case .failure(let object) where object.reason.isAboutOneObject: missing.append(object)
                case .failure(let object): refused.append(object)
                }
            }
        }
        if !files.isEmpty { hasRead.store(true, ordering: .relaxed) }
        // Before anything could be had it is the rights to all of them that are missing, which can be mended.
        if let first = refused.first, !hasRead.load(ordering: .relaxed) { throw first.reason }
        missing += refused
        return try await body(files.sorted { $0.number < $1.number }.map(\.file), missing)
    }

    private func download(_ key: String, to folder: String) async throws -> LogFile {
        let bytes = try await bucket.get(key)
        // A key is no path: only what was seen to fit the layout becomes one.
        let path = "\(folder)/\(LogFileName(path: key)?.ledgerKey ?? "object")"
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return try LogFile(path: path, origin: bucket.location.url(ofKey: key))
    }
}
