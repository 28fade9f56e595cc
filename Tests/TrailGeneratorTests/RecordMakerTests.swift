import Foundation
import Testing
import TrailGenerator
import TrailModel

@Suite struct RecordMakerTests {
    typealias Record = TrailPlanTests.Record
    static let time = TrailPlanTests.now

    static func read(_ records: [GeneratedRecord]) throws -> [Record] {
        try records.map { record in
            Record(fields: try #require(try JSONSerialization.jsonObject(with: Data(record.json)) as? [String: Any]))
        }
    }

    static func maker(seed: UInt64 = 1) throws -> (RecordMaker, Estate.Account) {
        let estate = Estate(accounts: 3)
        return (RecordMaker(estate: estate, seed: seed), try #require(estate.account(named: "prod")))
    }

    @Test func `the first accounts are the demo's`() {
        let estate = Estate(accounts: 5)
        #expect(estate.accounts.prefix(3).map(\.name) == ["prod", "staging", "sandbox"])
        #expect(estate.accounts.prefix(3).map(\.id) == ["111122223333", "444455556666", "777788889999"])
        #expect(estate.account(named: "nobody") == nil)
        let many = Estate(accounts: Estate.accountsMax)
        #expect(Set(many.accounts.map(\.id)).count == Estate.accountsMax)
        #expect(many.accounts.allSatisfy { $0.id.utf8.count == 12 })
    }

    @Test func `no account and too many accounts are programmer errors`() async {
        await #expect(processExitsWith: .failure) { _ = Estate(accounts: 0) }
        await #expect(processExitsWith: .failure) { _ = Estate(accounts: Estate.accountsMax + 1) }
    }

    @Test func `a brute force is failed sign-ins without an error code`() throws {
        var (maker, account) = try Self.maker()
        let records = try Self.read(maker.bruteForce(account: account, at: Self.time, count: 12))
        #expect(records.count == 12)
        for record in records {
            #expect(record.text("eventName") == "ConsoleLogin")
            #expect(record.text("eventSource") == "signin.amazonaws.com")
            #expect(record.text("eventType") == "AwsConsoleSignIn")
            #expect(record.text("errorMessage") == "Failed authentication")
            #expect(record.text("errorCode") == nil)
            #expect(record.fields["responseElements"] as? [String: String] == ["ConsoleLogin": "Failure"])
            #expect(record.text("recipientAccountId") == account.id)
        }
        #expect(Set(records.compactMap { $0.text("sourceIPAddress") }).count == 3)
        #expect(records.first?.time == Self.time)
        #expect(records.last?.time == Self.time.adding(seconds: 22))
    }

    @Test(arguments: [true, false])
    func `a root login says whether it had a second factor`(mfa: Bool) throws {
        var (maker, account) = try Self.maker()
        let record = try #require(try Self.read([maker.rootLogin(account: account, at: Self.time, mfa: mfa)]).first)
        #expect(record.identity["type"] as? String == "Root")
        #expect(record.identity["invokedBy"] == nil)
        #expect(record.identity["arn"] as? String == "arn:aws:iam::111122223333:root")
        let additional = record.fields["additionalEventData"] as? [String: Any]
        #expect(additional?["MFAUsed"] as? String == (mfa ? "Yes" : "No"))
        #expect(!record.isError)
    }

    @Test func `denials and a stopped trail`() throws {
        var (maker, account) = try Self.maker()
        let denied = try Self.read(maker.deniedCalls(account: account, region: "eu-west-1", at: Self.time, count: 5))
        #expect(denied.count == 5 && denied.allSatisfy(\.isDenial))
        let stopped = try Self.read([maker.trailStopped(account: account, region: "eu-west-1", at: Self.time)])
        #expect(stopped.first?.text("eventName") == "StopLogging")
        #expect(stopped.first?.text("awsRegion") == "eu-west-1")
    }

    @Test func `any call can be made, its messages escaped`() throws {
        var (maker, account) = try Self.maker()
        let call = Call(
            "s3", "GetObject", category: .data, parameters: #"{"bucketName":"<bucket>","odd":"<nothing>"}"#,
            resources: #"[{"ARN":"arn:aws:s3:::<bucket>"}]"#)
        let failure = Call.Failure("AccessDenied", "say \"no\" \\ <twice>\n")
        let made = maker.record(call, failure: failure, account: account, region: "us-east-1", at: Self.time)
        let record = try #require(try Self.read([made]).first)
        #expect(record.text("errorMessage") == failure.message)
        #expect(record.text("eventCategory") == "Data")
        let parameters = try #require(record.fields["requestParameters"] as? [String: String])
        #expect(parameters["odd"] == "<nothing>")
        let resources = try #require(record.fields["resources"] as? [[String: String]])
        #expect(resources.first?["ARN"] == "arn:aws:s3:::\(parameters["bucketName"] ?? "")")
    }

    @Test func `records are wrapped into a file`() throws {
        var (maker, account) = try Self.maker()
        let records = maker.bruteForce(account: account, at: Self.time, count: 3)
        let file = GeneratedFile(
            records, accountID: account.id, region: "us-east-1", stamp: Self.time, unique: maker.uniqueName())
        #expect(try TrailPlanTests.records(file.json).count == 3)
        #expect(file.eventCount == 3)
        #expect(file.key.hasPrefix("AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/18/"))
        let empty = GeneratedFile([], accountID: account.id, region: "us-east-1", stamp: Self.time, unique: "A")
        #expect(String(decoding: empty.json, as: UTF8.self) == #"{"Records":[]}"#)
    }

    @Test func `the generator of numbers is SplitMix64`() {
        // The first numbers of seed 1234567 as published with the algorithm.
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
        #expect((0..<1000).allSatisfy { _ in (0..<7).contains(random.below(7)) })
    }
}
