import Foundation
import Testing
import TrailGenerator
import TrailModel

@Suite struct TrailPlanTests {
    /// A Wednesday, 12:00.
    static let now = Timestamp(seconds: 1_795_003_200)

    struct Record {
        let fields: [String: Any]

        func text(_ key: String) -> String? { fields[key] as? String }
        var identity: [String: Any] { fields["userIdentity"] as? [String: Any] ?? [:] }
        var time: Timestamp? { text("eventTime").flatMap { Timestamp(rfc3339: $0) } }
        var isError: Bool { text("errorCode") != nil || text("errorMessage") != nil }
        var isDenial: Bool {
            text("errorCode").map { $0.hasPrefix("AccessDenied") || $0.hasSuffix("UnauthorizedOperation") } ?? false
        }
    }

    static func records(_ json: [UInt8]) throws -> [Record] {
        let document = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
        #expect(document?.count == 1)
        return try #require(document?["Records"] as? [[String: Any]]).map { Record(fields: $0) }
    }

    @Test func `the same seed makes the same bytes`() {
        func files(_ seed: UInt64) -> [GeneratedFile] {
            Array(TrailPlan(events: 800, accounts: 2, days: 1, seed: seed, endingAt: Self.now))
        }
        let first = files(7)
        #expect(first.map(\.json) == files(7).map(\.json))
        #expect(first.map(\.key) == files(7).map(\.key))
        #expect(first.map(\.json) != files(8).map(\.json))
    }

    @Test(arguments: [(0, 1, 1), (1, 1, 1), (5, 3, 7), (999, 2, 3), (6000, 4, 2)])
    func `counts are exact and the files come in order`(events: Int, accounts: Int, days: Int) throws {
        let plan = TrailPlan(events: events, accounts: accounts, days: days, seed: 3, endingAt: Self.now)
        var total = 0
        var last = Timestamp(seconds: 0)
        var keys: Set<String> = []
        for file in plan {
            #expect(file.eventCount > 0)
            #expect(try Self.records(file.json).count == file.eventCount)
            #expect(file.stamp >= last)
            #expect(file.stamp <= Self.now)
            last = file.stamp
            total += file.eventCount
            keys.insert(file.key)
        }
        #expect(total == events)
        #expect(keys.count == Array(plan).count)
    }

    @Test func `keys follow CloudTrail's layout and agree with the records`() throws {
        let pattern =
            #/
                AWSLogs/(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4})/(\d\d)/(\d\d)/
                (\d{12})_CloudTrail_([a-z0-9-]+)_(\d{8})T(\d{4})Z_[A-Z2-7]{16}\.json\.gz
            /#
        for file in TrailPlan(events: 1500, accounts: 3, days: 2, seed: 4, endingAt: Self.now) {
            let match = try #require(file.key.wholeMatch(of: pattern)).output
            #expect(match.1 == match.6 && match.2 == match.7)
            let stamp = CivilTime(file.stamp)
            #expect("\(match.3)\(match.4)\(match.5)" == match.8)
            #expect(match.8 == stamp.dateText.replacing("-", with: ""))
            #expect(match.9 == stamp.timeText.prefix(5).replacing(":", with: ""))
            #expect(file.stamp.floored(toSeconds: 300) == file.stamp)
            for record in try Self.records(file.json) {
                #expect(record.text("recipientAccountId") == String(match.1))
                #expect(record.text("awsRegion") == String(match.2))
                let delay = file.stamp.seconds(since: try #require(record.time))
                #expect((60...400).contains(delay))
            }
        }
    }

    @Test func `normal records are whole, distinct and quiet`() throws {
        let plan = TrailPlan(events: 20_000, accounts: 3, days: 1, seed: 11, endingAt: Self.now)
        var ids: Set<String> = []
        var requests = 0
        var errors = 0
        var bytes = 0
        var denials: [Timestamp: Int] = [:]
        var kinds: Set<String> = []
        var hours = [Int](repeating: 0, count: 24)
        for file in plan {
            bytes += file.json.count
            for record in try Self.records(file.json) {
                for key in [
                    "eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
                    "userAgent",
                    "eventID", "eventType", "recipientAccountId", "eventCategory",
                ] {
                    #expect(record.text(key)?.isEmpty == false, "\(key)")
                }
                #expect(record.fields["userIdentity"] is [String: Any])
                #expect(record.fields["readOnly"] is Bool && record.fields["managementEvent"] is Bool)
                #expect(record.fields["requestParameters"] != nil && record.fields["responseElements"] != nil)
                ids.insert(try #require(record.text("eventID").flatMap { UUID(uuidString: $0) }).uuidString)
                if record.text("requestID") != nil { requests += 1 }
                if record.isError { errors += 1 }
                let time = try #require(record.time)
                if record.isDenial { denials[time.floored(toSeconds: 300), default: 0] += 1 }
                hours[CivilTime(time).hour] += 1
                kinds.insert("\(record.text("eventSource") ?? "") \(record.text("eventName") ?? "")")
                #expect(record.identity["type"] as? String != "Root")
                if record.text("eventName") == "ConsoleLogin" {
                    #expect((record.fields["additionalEventData"] as? [String: Any])?["MFAUsed"] as? String == "Yes")
                    #expect(!record.isError)
                }
            }
        }
        #expect(ids.count == 20_000)
        #expect(requests > 19_800)
        #expect((1000...2000).contains(errors), "\(errors) errors")
        #expect((1000...1400).contains(bytes / 20_000), "\(bytes / 20_000) bytes a record")
        #expect(denials.values.allSatisfy { $0 < 3 } && denials.values.reduce(0, +) > 3)
        #expect(kinds.count >= 40)
        #expect(hours[3] * 5 < hours[14], "a quiet night")
    }

    /// Parts of the names that the CIS controls 4.3 to 4.15 and the shipped alarms watch.
    @Test func `no normal call is one that alarms watch`() throws {
        let watched = [
            "Policy", "Trail", "Logging", "SecurityGroup", "NetworkAcl", "Gateway", "Route", "Vpc",
            "ConfigurationRecorder",
            "DeliveryChannel", "DisableKey", "ScheduleKeyDeletion", "Bucket", "AccessKey", "Detector", "FlowLogs",
            "User",
            "Organization",
        ]
        for file in TrailPlan(events: 15_000, accounts: 1, days: 1, seed: 5, endingAt: Self.now) {
            for record in try Self.records(file.json) where record.fields["readOnly"] as? Bool == false {
                let name = record.text("eventName") ?? ""
                #expect(!watched.contains { name.contains($0) }, "\(name)")
            }
        }
    }

    @Test func `a busy slot is cut into several files`() throws {
        let estate = Estate(accounts: 1, regions: ["us-east-1"])
        let plan = TrailPlan(
            estate: estate, events: 2500, seed: 1, from: Self.now, to: Self.now.adding(seconds: 300))
        let files = Array(plan)
        #expect(files.reduce(0) { $0 + $1.eventCount } == 2500)
        #expect(files.allSatisfy { $0.eventCount <= TrailPlan.eventsPerFileMax })
        #expect(files.count >= 3)
        #expect(Set(files.map(\.stamp)) == [Self.now.adding(seconds: 300), Self.now.adding(seconds: 600)])
    }

    @Test func `traffic by the minute has its number of events`() {
        let plan = TrailPlan.normalTraffic(
            Estate(accounts: 3), from: Self.now.adding(seconds: -7200), to: Self.now, eventsPerMinute: 9, seed: 2)
        #expect(plan.reduce(0) { $0 + $1.eventCount } == 1080)
    }
}
