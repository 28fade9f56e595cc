import TrailCounts
import TrailEvents
import TrailModel
import TrailSources
import TrailStore

extension BucketCollector {
    /// What became of the objects that a notice named.
    struct NoticeCount: Sendable {
        /// Records of the files that were not known.
        var records = FileCount()
        /// Log files named.
        var files = 0
        /// Those that the ledger knew.
        var known = 0
        /// Why those that could not be counted were not.
        var faults: [String] = []

        mutating func add(_ other: NoticeCount) {
            records.add(other.records)
            files += other.files
            known += other.known
            faults += other.faults
        }
    }

    /// A notice that takes longer is answered without waiting; listing finds what it leaves.
    static let noticeSecondsMax = 60

    /// Counts the objects with `keys` at once, whatever the listing is at.
    ///
    /// Listing finds them again and the ledger knows them then; objects that no notice names are found by it alone.
    /// - Throws: What keeps an object from being had now, or the store from writing.
    func take(_ keys: [String]) async throws -> NoticeCount {
        try await withThrowingTaskGroup(of: NoticeCount.self) { group in
            group.addTask { try await count(keys) }
            group.addTask {
                try await time.sleep(for: .seconds(Self.noticeSecondsMax))
                throw NoticeError.timeout(seconds: Self.noticeSecondsMax)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? NoticeCount()
        }
    }

    private func count(_ keys: [String]) async throws -> NoticeCount {
        var total = NoticeCount()
        var rest = keys[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batchObjectsMax))
            rest = rest.dropFirst(batch.count)
            try Task.checkCancellation()
            total.add(
                try await downloads.with(batch) { files, missing in
                    var count = NoticeCount()
                    count.files = batch.count
                    count.faults = missing.map(\.reason.message)
                    for outcome in try await engine.take(files, ofBucket: name) {
                        count.records.add(outcome.count)
                        switch outcome.status {
                        case .known: count.known += 1
                        case .read(.rejected): count.faults.append(outcome.reason ?? outcome.key)
                        case .read, .unfinished: break
                        }
                    }
                    return count
                })
        }
        return total
    }
}

/// Why the objects of a notice are not counted.
enum NoticeError: Error, Equatable, CustomStringConvertible {
    /// No bucket that is read holds the object.
    case noSource(url: String, bucket: String)
    case timeout(seconds: Int)

    /// True when the same notice would be refused again.
    var isRefusal: Bool { if case .noSource = self { true } else { false } }

    var description: String {
        switch self {
        case .noSource(let url, let bucket):
            "cannot read \(url): no trail of this server holds it; want 'serve --trail s3://\(bucket)/PREFIX', where "
                + "PREFIX is what stands before AWSLogs/"
        case .timeout(let seconds):
            "cannot count the objects within \(seconds) s; those that are left are found by listing the bucket"
        }
    }
}

/// The buckets that are read, by what they hold.
struct BucketCollectors: Sendable {
    let collectors: [BucketCollector]

    /// Counts objects of one notice, each once: log files only, whatever else lies in their bucket.
    ///
    /// - Throws: ``NoticeError/noSource(url:bucket:)`` before anything is read.
    func take(_ objects: [NoticedObject]) async throws -> BucketCollector.NoticeCount {
        var keys: [Int: [String]] = [:]
        var seen: Set<NoticedObject> = []
        for object in objects where seen.insert(object).inserted {
            guard collectors.contains(where: { $0.bucket.location.bucket == object.bucket }) else {
                throw NoticeError.noSource(url: object.url, bucket: object.bucket)
            }
            // A bucket may hold files of Config, too; digests list files and hold no events.
            guard let name = LogFileName(path: object.key), name.kind != .digest else { continue }
            guard let number = number(of: object) else {
                throw NoticeError.noSource(url: object.url, bucket: object.bucket)
            }
            keys[number, default: []].append(object.key)
        }
        var total = BucketCollector.NoticeCount()
        for (number, keys) in keys.sorted(by: { $0.key < $1.key }) {
            total.add(try await collectors[number].take(keys))
        }
        return total
    }

    /// The source with the longest prefix that holds an object.
    private func number(of object: NoticedObject) -> Int? {
        collectors.indices.filter { number in
            let location = collectors[number].bucket.location
            return location.bucket == object.bucket && location.holds(object.key)
        }.max { left, right in
            let (left, right) = (collectors[left].bucket.location.prefix, collectors[right].bucket.location.prefix)
            return left.utf8.count < right.utf8.count
        }
    }
}
