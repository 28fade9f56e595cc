import Foundation
import Testing
import TrailPatterns
import TrailServer

/// One pattern tried on the events of files.
struct PatternSearchTests {
    private func record(_ number: Int, _ name: String, time: String = "2023-07-10T12:00:00Z") -> String {
        #"{"eventVersion":"1.08","eventID":"11111111-2222-3333-4444-00000000000\#(number)","eventTime":"\#(time)","#
            + #""eventName":"\#(name)","eventSource":"iam.amazonaws.com","awsRegion":"us-east-1","#
            + #""eventType":"AwsApiCall","recipientAccountId":"111122223333"}"#
    }

    private func file(_ records: [String]) throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "match-\(UUID().uuidString).json")
        try Data("{\"Records\":[\(records.joined(separator: ","))]}".utf8).write(to: url)
        return url.path
    }

    @Test(arguments: [
        ("{ $.eventName = CreateUser }", ["1", "3"]), ("", ["1", "2", "3"]),
        (#"{"detail": {"eventName": ["DeleteUser"]}}"#, ["2"]), (" { \"source\": [\"aws.iam\"] }", ["1", "2", "3"]),
        ("{ $.eventName = PutUser }", []), ("CreateUser", ["1", "3"]),
    ])
    func `each matching event is reported once, in the order of the files`(text: String, want: [String]) throws {
        let first = try file([record(1, "CreateUser"), record(2, "DeleteUser", time: "2023-07-11T12:00:00Z")])
        let second = try file([record(1, "CreateUser"), record(3, "CreateUser"), #""x""#])
        defer { for path in [first, second] { try? FileManager.default.removeItem(atPath: path) } }
        var search = PatternSearch(try RecordPattern(text))
        var found: [String] = []
        for path in [first, second] { try search.search(path) { found.append(String($0.eventID.suffix(1))) } }
        #expect(found == want)
        #expect(search.eventCount == 3)
        #expect(search.matchCount == want.count)
        #expect(search.badRecordCount == 1)
        #expect(search.first?.eventID.hasSuffix("1") == true)
    }

    @Test func `an event that is asked for is reported whether it matches or not`() throws {
        let path = try file([record(1, "CreateUser"), record(2, "DeleteUser")])
        defer { try? FileManager.default.removeItem(atPath: path) }
        let pattern = try RecordPattern("{ $.eventName = CreateUser }")
        var search = PatternSearch(pattern, eventID: "11111111-2222-3333-4444-000000000002")
        var records: [String] = []
        try search.search(path) { records.append($0.record) }
        #expect(records.count == 1)
        #expect(pattern.misses(in: records[0]).map(\.found) == ["\"DeleteUser\""])
    }

    @Test func `a file that cannot be read is an error and reports nothing`() throws {
        let path = try file([record(1, "CreateUser"), "{"])
        defer { try? FileManager.default.removeItem(atPath: path) }
        var search = PatternSearch(try RecordPattern(""))
        var count = 0
        #expect(throws: (any Error).self) { try search.search(path) { _ in count += 1 } }
        #expect(throws: (any Error).self) { try search.search(path + ".missing") { _ in count += 1 } }
        #expect(count == 0)
        #expect(search.eventCount == 0)
    }

    @Test(arguments: ["{ $.a = }", #"{"detail": "x"}"#, "{}"])
    func `a pattern that cannot be read is refused`(text: String) {
        #expect(throws: (any Error).self) { try RecordPattern(text) }
    }
}
