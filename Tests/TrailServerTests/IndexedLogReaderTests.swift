import Foundation
import Testing
import TrailCounts
import TrailEvents
import TrailModel
import TrailPatterns
import TrailSources
import TrailStore

@testable import TrailServer

@Suite struct IndexedLogReaderTests {
    private let memory = MemoryBucket()
    private let clock = SteppingClock(Timestamp(seconds: 1_700_006_400))

    private func file(_ path: String) -> IndexedFile { IndexedFile(path: path, last: clock.now()) }

    private func reader(_ paths: [String], keys: [String: String]? = nil) -> IndexedLogReader {
        let (memory, clock) = (memory, clock)
        let generator = SharedGenerator(SystemRandomNumberGenerator())
        let environment = AWSEnvironment(
            variables: keys ?? [
                "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-test",
            ],
            homeDirectory: "/nonexistent")
        return IndexedLogReader(paths.map(file)) { location in
            S3Bucket(
                location: location, endpoint: AWSEndpoint("http://127.0.0.1:9"),
                credentials: CredentialChain(
                    environment: environment, transport: memory, time: clock, generator: generator),
                transport: memory, time: clock, generator: generator)
        }
    }

    private func text(_ reader: inout IndexedLogReader, _ path: String) async -> String {
        var text = LogText()
        do {
            try await reader.read(path, into: &text)
            return text.withBytes { String(decoding: $0, as: UTF8.self) }
        } catch {
            return "error: \((error as? S3Error)?.message ?? "\(error)")"
        }
    }

    @Test func `objects and local files are read in their order, each object once, packed or not`() async throws {
        let local = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json").path
        try "local".write(toFile: local, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: local) }
        for number in 0..<40 { memory.put("a/\(number).json", "text \(number)") }
        memory.put("b.json.gz", bytes: gzipped(Array("packed".utf8)))
        let paths = (0..<40).map { "s3://trail/a/\($0).json" } + [local, "s3://trail/b.json.gz"]
        var reader = reader(paths)
        var texts: [String] = []
        for path in paths { texts.append(await text(&reader, path)) }
        #expect(texts == (0..<40).map { "text \($0)" } + ["local", "packed"])
        #expect(memory.got.sorted() == ((0..<40).map { "a/\($0).json" } + ["b.json.gz"]).sorted())
    }

    @Test func `who needs only the first objects fetches few of them`() async {
        for number in 0..<40 { memory.put("\(number)", "text") }
        let paths = (0..<40).map { "s3://trail/\($0)" }
        var reader = reader(paths)
        for path in paths.prefix(3) { _ = await text(&reader, path) }
        #expect(memory.got.sorted() == ["0", "1", "2"])
    }

    @Test func `an object that is gone is named, and the others are read`() async {
        memory.put("b", "there")
        var reader = reader(["s3://trail/a", "s3://trail/b"])
        let gone = await text(&reader, "s3://trail/a")
        #expect(gone.contains("s3://trail/a") && gone.contains("NoSuchKey"))
        #expect(await text(&reader, "s3://trail/b") == "there")
    }

    @Test func `a bucket that nobody may ask is not asked for each object`() async {
        for number in 0..<40 { memory.put("\(number)", "text") }
        let paths = (0..<40).map { "s3://trail/\($0)" }
        memory.fail("0", 403, "InvalidAccessKeyId")
        var reader = reader(paths)
        for path in paths { #expect(await text(&reader, path).contains("InvalidAccessKeyId")) }
        #expect(memory.got == ["0"])
    }

    @Test func `events are found in the objects of a bucket, with their addresses`() async throws {
        let scene = try BucketScene()
        let (engine, _, buckets) = try await scene.open()
        let key = """
            AWSLogs/111122223333/CloudTrail/us-east-1/2023/11/14/111122223333_CloudTrail_us-east-1_20231114T2355Z_aa.json
            """
        let text = """
            {"Records":[{"eventTime":"2023-11-14T23:51:00Z","eventID":"1","eventName":"GetUser"},
            {"eventTime":"2023-11-14T23:51:01Z","eventID":"2","eventName":"PutUser"}]}
            """
        scene.memory.put(key, text)
        memory.put(key, text)
        _ = try await buckets.take([NoticedObject(bucket: "trail", key: key)])
        try await engine.finish()

        var query = EventQuery(range: Timestamp(seconds: 0)..<Timestamp(seconds: 4_000_000_000))
        query.names = ["PutUser"]
        let files = try StoreReader(directory: scene.settings.dataDirectory).files(for: query)
        #expect(files.candidates.map(\.path) == ["s3://trail/\(key)"])
        var reader = reader(files.candidates.map(\.path))
        var search = EventSearch(query)
        var found: [String] = []
        _ = try await search.run(
            files.candidates, reader: { try await reader.read($0, into: &$1) }, report: { found.append($0.eventID) })
        #expect(found == ["2"])
    }
}
