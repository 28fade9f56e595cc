import TrailModel
import TrailStore
import TrailSources
import Testing

@testable import TrailServer

/// An object that is refused keeps nothing from the others, once others could be had.
@Suite struct ObjectDownloadsTests {
    private let scene: BucketScene
    private let downloads: ObjectDownloads

    init() throws {
        scene = try BucketScene()
        let shared = SharedGenerator(SystemRandomNumberGenerator())
        let credentials = CredentialChain(
            environment: AWSEnvironment(
                variables: ["AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-test"],
                homeDirectory: "/nonexistent"), transport: scene.memory, time: scene.clock, generator: shared)
        let location = try #require(S3Location(url: "s3://trail/"))
        let bucket = S3Bucket(
            location: location, endpoint: AWSEndpoint("http://127.0.0.1:9"), credentials: credentials,
            transport: scene.memory, time: scene.clock, generator: shared)
        downloads = ObjectDownloads(bucket: bucket, folder: scene.path + "/downloads")
    }

    private func read(_ keys: [String]) async throws -> (files: Int, missing: [String]) {
        try await downloads.with(keys) { files, missing in (files.count, missing.map(\.key).sorted()) }
    }

    @Test func `while nothing could be had, a refusal is one of all objects`() async throws {
        scene.memory.fail("locked", 403, "AccessDenied")
        await #expect(throws: S3Error.self) { try await read(["locked"]) }
    }

    @Test(arguments: [(403, "AccessDenied"), (403, "InvalidObjectState"), (404, "NoSuchKey")])
    func `beside others, an object that cannot be had is named`(status: Int, code: String) async throws {
        scene.memory.put("one", "{}")
        scene.memory.fail("locked", status, code)
        let first = try await read(["locked", "one"])
        #expect(first.files == 1 && first.missing == ["locked"])
        let later = try await read(["locked"])
        #expect(later.files == 0 && later.missing == ["locked"])
    }

    @Test func `what concerns the whole bucket is waited for`() async throws {
        scene.memory.put("one", "{}")
        scene.memory.fail("locked", 403, "SignatureDoesNotMatch")
        await #expect(throws: S3Error.self) { try await read(["one", "locked"]) }
    }

    @Test func `the ledger says which objects could not be had, and why`() async throws {
        let (engine, store, _) = try await scene.open()
        let key =
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2023/11/14/"
            + "111122223333_CloudTrail_eu-west-1_20231114T2200Z_a.json.gz"
        let reason = S3Error.tooLarge(url: "s3://trail/\(key)", max: 1 << 30)
        try await engine.refuse([ObjectDownloads.Missing(key: key, reason: reason)], ofBucket: "s3://trail/")
        #expect(try store.knownStatus(key: key, size: 0) == .rejected)
    }
}
