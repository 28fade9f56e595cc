import Testing
import TrailEvents

@testable import TrailServer

@Suite struct PostedEventsTests {
    private static let record = """
        {"eventTime":"2023-07-10T11:45:00Z","eventID":"a","recipientAccountId":"111122223333","awsRegion":"eu-west-1"}
        """
    private static let other = """
        {"eventTime":"2023-07-10T11:45:01Z","eventID":"b","recipientAccountId":"444455556666","awsRegion":"us-east-1"}
        """

    @Test(arguments: [
        "{\"Records\":[\(record),\(other)]}",
        " [\(record),\n\(other)] ",
        "\(record)\n\(other)\n",
        "\(record)\r\n\r\n{\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"aws.iam\",\"detail\":\(other)}",
    ]) func `every form of two records gives the same log files`(body: String) throws {
        let posted = try PostedEvents(Array(body.utf8), accountID: "000000000000")
        #expect(posted.count == 2)
        let first = PostedEvents.Place(account: "111122223333", region: "eu-west-1")
        let second = PostedEvents.Place(account: "444455556666", region: "us-east-1")
        #expect(Set(posted.records.keys) == [first, second])
        #expect(String(decoding: posted.logFile(at: first), as: UTF8.self) == "{\"Records\":[\(Self.record)]}")
        #expect(String(decoding: posted.logFile(at: second), as: UTF8.self) == "{\"Records\":[\(Self.other)]}")
    }

    @Test func `one record alone may stand on several lines`() throws {
        let body = Self.record.replacing(",", with: ",\n  ")
        #expect(try PostedEvents(Array(body.utf8), accountID: "000000000000").count == 1)
    }

    @Test func `a record without account or region is filed under ours`() throws {
        let posted = try PostedEvents(
            Array("{\"eventTime\":\"2023-07-10T11:45:00Z\",\"awsRegion\":\"../../etc\"}".utf8),
            accountID: "000000000000")
        #expect(Array(posted.records.keys) == [PostedEvents.Place(account: "000000000000", region: "unknown")])
    }

    @Test func `an element that is no record is kept, so that it is set aside and counted`() throws {
        let posted = try PostedEvents(Array("{\"Records\":[\(Self.record),7]}".utf8), accountID: "000000000000")
        #expect(posted.count == 2)
    }

    @Test(arguments: ["", " \n", "{", "[1", "nonsense", "\(record)\n{\"a\":", "{\"Records\":7}x"])
    func `a body that cannot be read is refused whole`(body: String) {
        #expect(throws: PostedEventsError.self) { try PostedEvents(Array(body.utf8), accountID: "000000000000") }
    }

    @Test(arguments: [",", "\n"]) func `a body of more records than the limit is refused, at the limit it is read`(
        separator: String
    ) throws {
        func body(_ count: Int) -> [UInt8] {
            let text = Array(repeating: "{}", count: count).joined(separator: separator)
            return Array((separator == "," ? "[\(text)]" : text).utf8)
        }
        #expect(try PostedEvents(body(100), accountID: "000000000000", recordsMax: 100).count == 100)
        #expect(throws: PostedEventsError.tooMany(max: 100)) {
            try PostedEvents(body(101), accountID: "000000000000", recordsMax: 100)
        }
    }

    @Test func `records of more places than the limit are kept, the further ones under ours`() throws {
        let records = (0..<PostedEvents.placesMax + 50).map { number in
            #"{"recipientAccountId":"\#(100_000_000_000 + number)","awsRegion":"r"}"#
        }
        let posted = try PostedEvents(Array("[\(records.joined(separator: ","))]".utf8), accountID: "000000000000")
        #expect(posted.count == records.count)
        #expect(posted.records.count == PostedEvents.placesMax + 1)
        #expect(posted.records[PostedEvents.Place(account: "000000000000", region: "unknown")]?.count == 50)
    }
}
