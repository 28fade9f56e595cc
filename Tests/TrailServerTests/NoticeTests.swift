import Testing
import TrailCounts
import TrailModel
import TrailStore

@testable import TrailServer

@Suite struct NoticeTests {
    private static let folder = "AWSLogs/111122223333/CloudTrail/us-east-1/2023/11/14/"
    private static func key(_ unique: String) -> String {
        "\(folder)111122223333_CloudTrail_us-east-1_20231114T2355Z_\(unique).json"
    }

    private func file(_ ids: String...) -> String {
        let records = ids.map { id in
            """
            {"eventTime":"2023-11-14T23:51:00Z","eventID":"\(id)","eventSource":"iam.amazonaws.com",\
            "eventName":"GetUser","recipientAccountId":"111122223333"}
            """
        }
        return "{\"Records\":[\(records.joined(separator: ","))]}"
    }

    private func object(_ key: String, bucket: String = "trail") -> NoticedObject {
        NoticedObject(bucket: bucket, key: key)
    }

    @Test func `a notice counts its objects at once, and a second one finds them known`() async throws {
        let scene = try BucketScene()
        let (_, store, buckets) = try await scene.open()
        scene.memory.put(Self.key("aa"), file("1", "2"))
        scene.memory.put(Self.key("bb"), file("2", "3"))
        let notice = [object(Self.key("aa")), object(Self.key("bb")), object(Self.key("aa"))]
        let first = try await buckets.take(notice)
        #expect(first.records.records == 4 && first.records.counted == 3 && first.records.duplicate == 1)
        #expect(first.files == 2 && first.known == 0 && first.faults.isEmpty)
        #expect(scene.memory.got.sorted() == [Self.key("aa"), Self.key("bb")])
        #expect(scene.leftovers().isEmpty)

        let second = try await buckets.take(notice)
        #expect(second.records.records == 0 && second.files == 2 && second.known == 2)
        #expect(try store.totals().counters["records"]?["counted"] == 3)
    }

    @Test func `the source with the longest prefix takes the object`() async throws {
        let scene = try BucketScene()
        let (engine, _, buckets) = try await scene.open()
        scene.memory.put("other/" + Self.key("cc"), file("1"))
        #expect(try await buckets.take([object("other/" + Self.key("cc"))]).records.counted == 1)
        #expect(engine.snapshot.lanes.first { $0.source == "s3://trail/other/" }?.figures.rows.isEmpty == false)
    }

    @Test func `what is no log file of the trail is passed over`() async throws {
        let scene = try BucketScene()
        let (_, _, buckets) = try await scene.open()
        let digest = """
            AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2023/11/14/\
            111122223333_CloudTrail-Digest_us-east-1_name_us-east-1_20231114T235500Z.json.gz
            """
        let count = try await buckets.take([object("readme.txt"), object("../../etc/passwd"), object(digest)])
        #expect(count.files == 0 && count.faults.isEmpty)
        #expect(scene.memory.got.isEmpty)
    }

    @Test(arguments: [("elsewhere", key("aa")), ("trail", "nowhere/" + key("aa"))])
    func `an object that no source holds is refused before anything is read`(bucket: String, key: String) async throws {
        let scene = try BucketScene()
        let (_, _, buckets) = try await scene.open()
        scene.memory.put(Self.key("aa"), file("1"))
        let wanted = NoticeError.noSource(url: "s3://\(bucket)/\(key)", bucket: bucket)
        await #expect(throws: wanted) { try await buckets.take([object(Self.key("aa")), object(key, bucket: bucket)]) }
        #expect(wanted.description.contains("--trail s3://\(bucket)/"))
        #expect(scene.memory.got.isEmpty)
    }

    @Test func `an object that is gone, and one that is no log, keep the others from nothing`() async throws {
        let scene = try BucketScene()
        let (_, store, buckets) = try await scene.open()
        scene.memory.put(Self.key("aa"), file("1"))
        scene.memory.put(Self.key("bb"), "{\"Records\":[")
        let count = try await buckets.take(["aa", "bb", "gone"].map { object(Self.key($0)) })
        #expect(count.records.counted == 1)
        #expect(count.faults.count == 2)
        #expect(count.faults.contains { $0.contains("s3://trail/\(Self.key("gone"))") })
        #expect(count.faults.contains { $0.contains("s3://trail/\(Self.key("bb"))") })
        #expect(try store.totals().counters["files"]?["rejected"] == 1)
    }

    @Test func `a server that does not answer leaves the ledger as it was`() async throws {
        let scene = try BucketScene()
        let (_, store, buckets) = try await scene.open()
        scene.memory.put(Self.key("aa"), file("1"))
        scene.memory.fail(Self.key("bb"), 503, "SlowDown")
        await #expect(throws: (any Error).self) {
            try await buckets.take([object(Self.key("aa")), object(Self.key("bb"))])
        }
        #expect(try store.totals().counters["records"]?["counted"] ?? 0 == 0)
        #expect(scene.leftovers().isEmpty)
    }
}
