import Testing
import TrailModel
import TrailSources

/// A bucket in memory, whose files become visible when their time comes.
struct FakeBucket {
    private(set) var files: [(key: String, visibleAt: Timestamp)] = []
    var pageSize = 1000

    mutating func add(_ key: String, visibleAt: Timestamp = Timestamp(seconds: 0)) {
        files.append((key, visibleAt))
    }

    mutating func sort() { files.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }

    func page(prefix: String, startAfter: String?, now: Timestamp) -> S3Page {
        // The first key after the text, by halving; after that all with the prefix stand together.
        let after = max(startAfter ?? "", prefix)
        var (low, high) = (0, files.count)
        while low < high {
            let middle = (low + high) / 2
            if after.utf8.lexicographicallyPrecedes(files[middle].key.utf8) { high = middle } else { low = middle + 1 }
        }
        let found = files[low...].prefix { $0.key.utf8.starts(with: prefix.utf8) }.lazy
            .filter { $0.visibleAt <= now }.prefix(pageSize + 1)
        let objects = found.map { S3Object(key: $0.key, size: 10) }
        return S3Page(objects: Array(objects.prefix(pageSize)), isTruncated: objects.count > pageSize)
    }

    func folders(prefix: String, now: Timestamp) -> [String] {
        var names: Set<String> = []
        for file in files where file.visibleAt <= now && file.key.utf8.starts(with: prefix.utf8) {
            let rest = file.key.utf8.dropFirst(prefix.utf8.count)
            if let slash = rest.firstIndex(of: UInt8(ascii: "/")) { names.insert(String(file.key[...slash])) }
        }
        return names.sorted()
    }
}

/// A lister that works on a bucket in memory.
struct ListerRun {
    struct Offer {
        let key: String
        let purpose: S3Lister.Purpose
        let time: Timestamp
    }

    var lister: S3Lister
    var now: Timestamp
    var offers: [Offer] = []
    var requests: [(request: S3Lister.Request, purpose: S3Lister.Purpose)] = []

    init(
        _ url: String = "s3://trail", since: String, now: String, progress: S3Progress = S3Progress()
    ) throws {
        self.now = try #require(Timestamp(rfc3339: now))
        let since = try #require(Timestamp(rfc3339: since))
        lister = try S3Lister(
            location: try #require(S3Location(url: url)), since: since, progress: progress, now: self.now)
    }

    /// Does what is due, then leaps to what is due next, until `end`.
    mutating func run(_ bucket: FakeBucket, until end: Timestamp, includingHistory: Bool = true) {
        while now <= end {
            while let step = lister.next(now: now, includingHistory: includingHistory) { carryOut(step, bucket) }
            guard let due = lister.nextDue, due <= end else { break }
            now = max(due, now.adding(seconds: 1))
        }
        now = max(now, end)
    }

    mutating func carryOut(_ step: S3Lister.Step, _ bucket: FakeBucket) {
        requests.append((step.request, step.purpose))
        switch step.request {
        case .folders(let prefix):
            lister.finish(step, folders: bucket.folders(prefix: prefix, now: now), now: now)
        case .objects(let prefix, let startAfter):
            let page = bucket.page(prefix: prefix, startAfter: startAfter, now: now)
            for object in lister.finish(step, page: page, now: now) {
                offers.append(Offer(key: object.key, purpose: step.purpose, time: now))
            }
        }
    }

    func count(_ purpose: S3Lister.Purpose) -> Int { requests.count { $0.purpose == purpose } }
    var offeredKeys: Set<String> { Set(offers.map(\.key)) }
}
