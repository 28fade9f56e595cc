import Foundation
import Testing

@testable import TrailServer

@Suite struct PostedBodyTests {
    private static let key = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/"
    private static let cloudTrail = "{\"s3Bucket\":\"audit-bucket\",\"s3ObjectKey\":[\"\(key)a.json.gz\",\"b c+d\"]}"
    private static let s3 = """
        {"Records":[\(record("ObjectCreated:Put", "\(key)a.json.gz")),\(record("ObjectCreated:Copy", "b+c%2Bd")),\
        \(record("ObjectRemoved:Delete", "gone"))]}
        """
    private static func created(_ key: String, type: String = "Object Created") -> String {
        """
        {"version":"0","detail-type":"\(type)","source":"aws.s3","account":"111122223333","detail":{"version":"0",\
        "bucket":{"name":"audit-bucket"},"object":{"key":"\(key)","size":5}}}
        """
    }

    private static func record(_ name: String, _ key: String) -> String {
        """
        {"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-01-02T04:10:00.000Z",\
        "eventName":"\(name)","s3":{"bucket":{"name":"audit-bucket","arn":"arn:aws:s3:::audit-bucket"},\
        "object":{"key":"\(key)","size":1024}}}
        """
    }

    /// The message in the envelope of SNS.
    private static func sns(_ message: String, type: String = "Notification", more: String = "") throws -> String {
        let text = String(decoding: try JSONEncoder().encode(message), as: UTF8.self)
        return """
            {"Type":"\(type)","MessageId":"1","TopicArn":"arn:aws:sns:eu-west-1:111122223333:trail","Message":\(text),\
            "Timestamp":"2026-01-02T04:10:00.000Z","Signature":"x"\(more)}
            """
    }

    private func body(_ text: String) throws -> PostedBody {
        try PostedBody(Array(text.utf8), accountID: "000000000000")
    }

    private func objects(_ text: String) throws -> [NoticedObject]? {
        if case .objects(let objects) = try body(text) { objects } else { nil }
    }

    @Test(arguments: [
        (cloudTrail, ["\(key)a.json.gz", "b c+d"]),
        (s3, ["\(key)a.json.gz", "b c+d"]),
        (created("\(key)a.json.gz"), ["\(key)a.json.gz"]),
        (created("b+c%2Bd"), ["b+c%2Bd"]),
        (created("gone", type: "Object Deleted"), []),
        ("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"audit-bucket\"}", []),
    ]) func `a notice names its objects, alone and as the message of a topic`(text: String, keys: [String]) throws {
        let want = keys.map { NoticedObject(bucket: "audit-bucket", key: $0) }
        #expect(try objects(text) == want)
        #expect(try objects(Self.sns(text)) == want)
        #expect(try objects(Self.sns(Self.sns(text))) == want)
    }

    @Test func `the sentence by which CloudTrail tries a topic names nothing`() throws {
        #expect(try objects(Self.sns("CloudTrail validation message.")) == [])
    }

    @Test func `events come through a topic, too`() throws {
        let record = "{\"eventTime\":\"2023-07-10T11:45:00Z\",\"eventID\":\"a\"}"
        guard case .events(let events) = try body(Self.sns(record)) else {
            Issue.record("want events")
            return
        }
        #expect(events.count == 1)
    }

    @Test func `a question of SNS is answered by a command, never by a call`() throws {
        let more = ",\"Token\":\"2336412f37\",\"SubscribeURL\":\"https://example.com/\""
        guard
            case .confirmation(let confirmation) = try body(
                Self.sns("You have chosen …", type: "SubscriptionConfirmation", more: more))
        else {
            Issue.record("want a confirmation")
            return
        }
        #expect(
            confirmation.command
                == "aws sns confirm-subscription --topic-arn arn:aws:sns:eu-west-1:111122223333:trail --token 2336412f37"
        )
    }

    @Test(arguments: ["$(id)", "a b", "--profile", "", "a\nb", "a;b"])
    func `a token that could do harm in a shell is refused`(token: String) throws {
        let text = String(decoding: try JSONEncoder().encode(token), as: UTF8.self)
        let question = try Self.sns("m", type: "SubscriptionConfirmation", more: ",\"Token\":\(text)")
        #expect(throws: PostedEventsError.notice) { try body(question) }
    }

    @Test(arguments: [
        "{\"s3Bucket\":\"b\",\"s3ObjectKey\":\"no list\"}",
        "{\"Records\":[{\"s3\":{\"object\":{\"key\":\"k\"}}}]}",
        "{\"TopicArn\":\"arn:aws:sns:eu-west-1:111122223333:trail\"}",
        "\(cloudTrail)\n\(cloudTrail)",
    ]) func `what looks like a notice and is none of those known is refused by name`(text: String) {
        #expect(throws: PostedEventsError.notice) { try body(text) }
    }

    @Test func `envelopes in envelopes end`() throws {
        var text = Self.cloudTrail
        for _ in 0..<4 { text = try Self.sns(text) }
        #expect(throws: PostedEventsError.notice) { try body(text) }
    }

    @Test func `a notice of one byte too many is refused by its length`() throws {
        func padded(_ count: Int) -> String {
            Self.cloudTrail + String(repeating: " ", count: count - Self.cloudTrail.utf8.count)
        }
        #expect(try objects(padded(PostedBody.noticeBytesMax))?.count == 2)
        #expect(throws: PostedEventsError.longNotice(bytesMax: PostedBody.noticeBytesMax)) {
            try body(padded(PostedBody.noticeBytesMax + 1))
        }
    }
}
