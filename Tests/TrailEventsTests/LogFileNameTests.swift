import Testing
import TrailEvents
import TrailModel

struct LogFileNameTests {
    private static let folder = "AWSLogs/123456789012/CloudTrail/us-east-1/2023/07/10/"
    private static let name = "123456789012_CloudTrail_us-east-1_20230710T1145Z_AbCdEfGh01234567.json.gz"

    @Test(arguments: ["", "bucket/some/prefix/", "/var/lib/trail/", "AWSLogs/"])
    func `the ledger key starts at AWSLogs`(_ prefix: String) throws {
        let file = try #require(LogFileName(path: prefix + Self.folder + Self.name))
        #expect(file.ledgerKey == Self.folder + Self.name)
        #expect(file.account == "123456789012")
        #expect(file.organization == nil)
        #expect(file.kind == .cloudTrail)
        #expect(file.region == "us-east-1")
        #expect(file.stamp.rfc3339 == "2023-07-10T11:45:00Z")
    }

    @Test func `an organization stands before the account`() throws {
        let file = try #require(LogFileName(path: "AWSLogs/o-abc123def4/" + Self.folder.dropFirst(8) + Self.name))
        #expect(file.organization == "o-abc123def4")
        #expect(file.account == "123456789012")
    }

    @Test(arguments: [
        ("CloudTrail-Insight", LogFileName.Kind.insight), ("CloudTrail-NetworkActivity", .networkActivity),
        ("CloudTrail-Aggregated", .aggregated),
    ])
    func `the folder tells the kind`(_ folder: String, _ want: LogFileName.Kind) throws {
        let path = "AWSLogs/123456789012/\(folder)/eu-west-1/2026/01/02/"
        for infix in [folder, "CloudTrail"] {
            let name = "123456789012_\(infix)_eu-west-1_20260102T0304Z_x.json.gz"
            #expect(LogFileName(path: path + name)?.kind == want)
        }
    }

    @Test func `a digest's stamp has seconds and follows its trail's name`() throws {
        let folder = "AWSLogs/123456789012/CloudTrail-Digest/us-east-2/2026/01/02/"
        for end in ["", "_backfill"] {
            let name = "123456789012_CloudTrail-Digest_us-east-2_my_trail_us-east-1_20260102T030405Z\(end).json.gz"
            let file = try #require(LogFileName(path: folder + name))
            #expect(file.kind == .digest)
            #expect(file.stamp.rfc3339 == "2026-01-02T03:04:05Z")
        }
    }

    @Test(arguments: [
        "123456789012_CloudTrail_us-east-1_20230710T1145ZAbCdEfGh01234567.json.gz",
        "123456789012_CloudTrail_us-east-1_20230710T1145Z_A.json",
        "123456789012_CloudTrail_eu-westwest-1R_20230710T1145Z_AbCdEfGh01234567.json.gz",
    ])
    func `these names are read too`(_ name: String) {
        #expect(LogFileName(path: Self.folder + name)?.stamp.rfc3339 == "2023-07-10T11:45:00Z")
    }

    @Test(arguments: [
        "", name, folder, "AWSLogs/" + name, folder + "x/" + name, folder + "notes.txt",
        folder + "123456789012_CloudTrail_us-east-1_20230710T1145Z_.json.gz",
        folder + "123456789012_CloudTrail_us-east-1_20230710T1145Z_a-b.json.gz",
        folder + "123456789012_CloudTrail_us-east-1_20231310T1145Z_AbCdEfGh01234567.json.gz",
        folder + "123456789012_CloudTrail_us-east-1_20230710T1145_AbCdEfGh01234567.json.gz",
        folder + "12345678901_CloudTrail_us-east-1_20230710T1145Z_AbCdEfGh01234567.json.gz",
        folder + "123456789012_Config_us-east-1_20230710T1145Z_AbCdEfGh01234567.json.gz",
        folder + "123456789012_CloudTrail_us-east-1_20230710T1145Z_" + String(repeating: "a", count: 65) + ".json.gz",
        "AWSLogs/123456789012/Config/us-east-1/2023/07/10/" + name,
        "AWSLogs/o-short/123456789012/CloudTrail/us-east-1/2023/07/10/" + name,
        "AWSLogs/123456789012/CloudTrail/us-east-1/2023/7/10/" + name,
        "AWSLogs/123456789012/CloudTrail-Digest/us-east-1/2023/07/10/" + name,
    ])
    func `a file outside the layout has no name`(_ path: String) {
        #expect(LogFileName(path: path) == nil)
    }
}
