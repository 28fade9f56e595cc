import TrailModel
import TrailSources
import TrailStore

/// What collects objects of buckets asks and tells.
extension Engine {
    private static func listingNote(_ bucket: String) -> String { "listing of \(bucket)" }

    /// How far a bucket was listed.
    func progress(ofBucket name: String) throws -> S3Progress {
        try noted(Self.listingNote(name)) ?? S3Progress()
    }

    func keep(_ progress: S3Progress, ofBucket name: String) throws {
        try note(progress, as: Self.listingNote(name))
    }

    func setBehind(_ isBehind: Bool, filledFrom: Timestamp?, bucket name: String) {
        buckets[name]?.setBehind(isBehind, filledFrom: filledFrom)
    }

    /// The objects that the ledger does not know.
    func missing(_ objects: [S3Object]) -> [S3Object] {
        objects.filter { object in
            guard let key = LogFileReader.ledgerKey(ofPath: object.key) else { return true }
            let status = try? store.knownStatus(key: key, size: object.size)
            return status == nil || status == .rejected
        }
    }

    /// Counts objects that were downloaded.
    ///
    /// - Returns: What became of each of them, committed.
    /// - Throws: What keeps the store from writing; then some of them are not counted.
    @discardableResult
    func take(_ files: [LogFile], ofBucket name: String) throws -> [Ingest.Outcome] {
        guard let source = buckets[name] else { return [] }
        let outcomes = try writing {
            let outcomes = try source.take(files, now: time.now())
            try evaluate()
            return outcomes
        }
        publish()
        // What could not be committed before comes along.
        let taken = Set(files.map(\.path))
        return outcomes.filter { taken.contains($0.file.path) }
    }

    /// Keeps in the ledger which objects could not be had, and why; a listing that finds them again has them read again.
    ///
    /// - Throws: What keeps the store from writing.
    func refuse(_ objects: [ObjectDownloads.Missing], ofBucket name: String) throws {
        guard !objects.isEmpty else { return }
        let files = objects.map { object in
            ReadFile(
                key: LogFileReader.ledgerKey(ofPath: object.key) ?? object.key, size: 0, status: .rejected,
                reason: object.reason.message)
        }
        _ = try writing { try store.commit(files, plan: plan, source: name, now: time.now()) }
    }
}
