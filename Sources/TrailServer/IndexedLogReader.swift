package import TrailEvents
package import TrailSources
package import TrailStore

/// Reads log files where the event index says that they are: on this machine, or in buckets.
///
/// Objects are asked for in groups that grow, so that a search that soon has enough fetches little, and a long one does
/// not wait for each object alone. What was fetched is kept until it is read.
package struct IndexedLogReader: ~Copyable {
    /// Objects that are asked for together; their bytes, still packed, are in memory at the same time.
    static let groupMax = 16

    private var local: LocalLogReader
    private let objects: [String]
    private let numbers: [String: Int]
    private let bucket: (S3Location) -> S3Bucket
    private var buckets: [String: S3Bucket] = [:]
    private var fetched: [String: Result<[UInt8], S3Error>] = [:]
    private var groupSize = 1
    /// Why a bucket, by its name, is not asked any more.
    private var outages: [String: S3Error] = [:]

    /// Reads `files`, in their order or some of them; `bucket` makes what reads a whole bucket.
    package init(
        _ files: [IndexedFile], library: InflateLibrary = .auto, bucket: @escaping (S3Location) -> S3Bucket
    ) {
        local = LocalLogReader(library: library)
        objects = files.map(\.path).filter { S3Location.object(url: $0) != nil }
        numbers = Dictionary(zip(objects, objects.indices)) { first, _ in first }
        self.bucket = bucket
    }

    /// Fills `text` with the content of the file at `path`.
    ///
    /// - Throws: ``LogReadError`` or ``S3Error``, either naming the file.
    package mutating func read(_ path: String, into text: inout LogText) async throws {
        guard let (location, _) = S3Location.object(url: path) else { return try local.read(path, into: &text) }
        if fetched[path] == nil { await fetch(from: path) }
        switch fetched.removeValue(forKey: path) {
        case .success(let bytes)?: try local.read(bytes, name: path, into: &text)
        case .failure(let error)?: throw error
        case nil: throw outages[location.bucket] ?? .cancelled
        }
    }

    /// Fetches the object at `path` and some that come after it.
    private mutating func fetch(from path: String) async {
        var wanted: [(path: String, key: String, bucket: S3Bucket)] = []
        let start = numbers[path] ?? 0
        for path in numbers[path] == nil ? [path] : Array(objects[start...].prefix(groupSize)) {
            guard let (location, key) = S3Location.object(url: path), outages[location.bucket] == nil else { continue }
            let bucket = buckets[location.bucket] ?? bucket(location)
            buckets[location.bucket] = bucket
            wanted.append((path, key, bucket))
        }
        groupSize = min(2 * groupSize, Self.groupMax)
        await withTaskGroup(of: (String, Result<[UInt8], S3Error>).self) { group in
            for (path, key, bucket) in wanted {
                group.addTask {
                    do throws(S3Error) {
                        return (path, .success(try await bucket.get(key)))
                    } catch {
                        return (path, .failure(error))
                    }
                }
            }
            for await (path, result) in group { fetched[path] = result }
        }
        // A bucket that cannot be reached is not asked for each of its objects.
        for (path, _, bucket) in wanted {
            guard case .failure(let error)? = fetched[path], error.isAboutServer else { continue }
            outages[bucket.location.bucket] = error
        }
    }
}
