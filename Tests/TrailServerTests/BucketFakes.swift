import Foundation
import Logging
import Synchronization
import TrailModel
import TrailNotify
import TrailSources
import TrailStore
import TrailTemplates

@testable import TrailServer

/// A bucket in memory that answers as S3 does, and says what was asked of it.
final class MemoryBucket: AWSTransport {
    private struct State {
        var objects: [String: [UInt8]] = [:]
        var requests: [String] = []
        var failing: [String: AWSResponse] = [:]
    }

    private let state = Mutex(State())

    /// The keys of the objects that were got, in the order of asking.
    var got: [String] { state.withLock { $0.requests } }

    func put(_ key: String, _ text: String) { put(key, bytes: Array(text.utf8)) }
    func put(_ key: String, bytes: [UInt8]) { state.withLock { $0.objects[key] = bytes } }
    func remove(_ key: String) { state.withLock { $0.objects[key] = nil } }
    /// Answers each request for `key` by a status and an error code.
    func fail(_ key: String, _ status: Int, _ code: String) {
        let body = "<Error><Code>\(code)</Code></Error>"
        state.withLock { $0.failing[key] = AWSResponse(status: status, headers: [], body: Array(body.utf8)) }
    }

    func send(_ request: AWSRequest) async throws(AWSTransportFailure) -> AWSResponse {
        await Task.yield()
        let parts = request.encodedQuery.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        let query = Dictionary(
            parts.map { (String($0[0]), formDecoded($0.count > 1 ? String($0[1]) : "") ?? "") }
        ) { first, _ in first }
        return state.withLock { state in
            guard query["list-type"] == nil else { return Self.page(of: state.objects, query) }
            // Path style: /BUCKET/KEY.
            let key = String(request.encodedPath.dropFirst().drop { $0 != "/" }.dropFirst())
            state.requests.append(key)
            if let failure = state.failing[key] { return failure }
            guard let bytes = state.objects[key] else {
                return AWSResponse(status: 404, headers: [], body: Array("<Error><Code>NoSuchKey</Code></Error>".utf8))
            }
            return AWSResponse(status: 200, headers: [], body: bytes)
        }
    }

    private static func page(of objects: [String: [UInt8]], _ query: [String: String]) -> AWSResponse {
        let prefix = query["prefix"] ?? ""
        let keys = objects.keys.filter { $0.hasPrefix(prefix) && $0 > query["start-after"] ?? "" }.sorted()
        var items: [String] = []
        if query["delimiter"] != nil {
            let folders = Set(
                keys.compactMap { key in
                    key.dropFirst(prefix.count).firstIndex(of: "/").map {
                        prefix
                            + key[
                                key.index(
                                    key.startIndex, offsetBy: prefix.count)...$0]
                    }
                })
            items = folders.sorted().map { "<CommonPrefixes><Prefix>\($0)</Prefix></CommonPrefixes>" }
        } else {
            items = keys.map { key in
                "<Contents><Key>\(key)</Key><Size>\(objects[key]?.count ?? 0)</Size></Contents>"
            }
        }
        let body = "<ListBucketResult><IsTruncated>false</IsTruncated>\(items.joined())</ListBucketResult>"
        return AWSResponse(status: 200, headers: [], body: Array(body.utf8))
    }
}

/// A bucket in memory one of whose objects never comes.
final class HangingBucket: AWSTransport {
    private let memory: MemoryBucket
    private let key: String
    /// Raised when that object is asked for.
    let asked = WakeSignal()

    init(_ memory: MemoryBucket, key: String) {
        self.memory = memory
        self.key = key
    }

    func send(_ request: AWSRequest) async throws(AWSTransportFailure) -> AWSResponse {
        guard request.encodedPath.hasSuffix(key) else { return try await memory.send(request) }
        asked.raise()
        do { try await Task.sleep(for: .seconds(3600)) } catch { throw .cancelled }
        throw .timeout
    }
}

/// A clock on which all waits are over when something happens.
struct EventClock: TimeSource {
    let time: Timestamp
    let event: WakeSignal

    func now() -> Timestamp { time }
    func sleep(for duration: Duration) async throws {
        await event.wait()
        try Task.checkCancellation()
    }
}

/// A server's engine over a bucket in memory.
final class BucketScene: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trailwatch-\(UUID().uuidString)").path
    let clock: SteppingClock
    let memory = MemoryBucket()
    let settings: ServerSettings

    init(now: Timestamp = Timestamp(seconds: 1_700_006_400), alarms: String? = nil, accountsFile: String? = nil) throws
    {
        clock = SteppingClock(now)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var settings = ServerSettings(dataDirectory: path + "/data", templates: TemplateSettings())
        settings.buckets = ["s3://trail/", "s3://trail/other/"].compactMap { S3Location(url: $0) }
        settings.bucketSince = now.adding(seconds: -7 * 86_400)
        settings.latenessSeconds = 5
        settings.accountsFile = accountsFile
        if let alarms {
            try alarms.write(toFile: path + "/alarms.yaml", atomically: true, encoding: .utf8)
            settings.alarmPaths = [path + "/alarms.yaml"]
        }
        self.settings = settings
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// What reads a bucket, or what stands in for it.
    func bucket(_ location: S3Location, over transport: any AWSTransport) -> S3Bucket {
        let generator = SharedGenerator(SystemRandomNumberGenerator())
        let credentials = CredentialChain(
            environment: AWSEnvironment(
                variables: ["AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-test"],
                homeDirectory: "/nonexistent"), transport: transport, time: clock, generator: generator)
        return S3Bucket(
            location: location, endpoint: AWSEndpoint("http://127.0.0.1:9"), credentials: credentials,
            transport: transport, time: clock, generator: generator)
    }

    func open(
        takesEvidence: Bool = false
    ) async throws -> (engine: Engine, store: Store, buckets: BucketCollectors) {
        let store = try Store(directory: settings.dataDirectory)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var generator = SystemRandomNumberGenerator()
        var announcer = Announcer(
            accountID: "000000000000", region: "us-east-1", notifyInitial: .alarm,
            publisher: try .local(settings.dataDirectory, at: clock.now(), using: &generator))
        announcer.takesEvidence = takesEvidence
        let engine = try Engine(
            store: store, settings: settings, announcer: announcer, time: clock, logger: logger, onMessages: {})
        try await engine.start()
        let collectors = settings.buckets.enumerated().map { number, location in
            let bucket = bucket(location, over: memory)
            return BucketCollector(
                engine: engine, bucket: bucket,
                downloads: ObjectDownloads(bucket: bucket, folder: settings.downloadFolder(ofBucket: number)),
                since: settings.bucketSince, time: clock, logger: logger)
        }
        return (engine, store, BucketCollectors(collectors: collectors))
    }

    /// Files that lie in the data directory besides the store's.
    func leftovers() -> [String] {
        FileManager.default.enumerator(atPath: settings.downloadsFolder)?.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".gz") || $0.hasSuffix(".json") } ?? []
    }
}

/// A clock that a test moves; the short waits between attempts are over at once, long ones last.
final class SteppingClock: TimeSource {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp) { self.time = Mutex(time) }

    func now() -> Timestamp { time.withLock { $0 } }
    func sleep(for duration: Duration) async throws {
        if duration >= .seconds(30) { try await Task.sleep(for: .seconds(3600)) }
        await Task.yield()
        try Task.checkCancellation()
    }

    func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
