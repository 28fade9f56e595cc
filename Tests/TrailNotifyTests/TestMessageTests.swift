import Foundation
import Testing
import TrailModel

@testable import TrailNotify

@Suite struct TestMessageTests {
    private static let sentAt = time("2026-09-16T10:00:00.250Z")

    private func message(
        alarm: TestMessage.Alarm? = nil, who: String = "alice", url: String = "http://c/"
    ) -> TestMessage {
        TestMessage(
            topicARN: topicARN, alarm: alarm, sentAt: Self.sentAt, sentBy: who, accountID: "111122223333",
            region: "us-east-1", messageKey: MessageKey(testOf: topicARN, sentAt: Self.sentAt, endpoint: "e"), url: url,
            accountNames: ["111122223333": "prod"])
    }

    private func document(_ message: TestMessage) throws -> [String: Any] {
        let text = Notice(message).document
        return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func `a test says so wherever it is read, and is no message about an alarm`() throws {
        let alarm = TestMessage.Alarm(name: "root-login", severity: "critical")
        for message in [message(), message(alarm: alarm)] {
            let notice = Notice(message)
            #expect(notice.subject?.hasPrefix("TEST: ") == true && notice.title.hasPrefix("TEST: "))
            #expect(notice.lines.first?.value.hasPrefix("This is a test") == true)
            #expect(notice.state == nil && notice.incident == nil && notice.name == "TrailTest")
            let document = try document(message)
            #expect(Set(document.keys) == ["AWSAccountId", "Region", "Trailwatch"])
            let own = try #require(document["Trailwatch"] as? [String: Any])
            #expect(own["Title"] as? String == message.title)
            #expect((own["Text"] as? String)?.hasPrefix("This is a test") == true)
            #expect((own["Slack"] as? String)?.hasPrefix(":memo: *TEST: ") == true)
            #expect(own["MessageKey"] as? String == message.messageKey.hex)
            let test = try #require(own["Test"] as? [String: Any])
            #expect(test["AlarmName"] as? String == message.alarm?.name)
            #expect(test["SentBy"] as? String == "alice" && test["TopicArn"] as? String == topicARN)
            #expect(test["SentAt"] as? String == "2026-09-16T10:00:00.250+0000")
        }
        #expect(message(alarm: alarm).title == "TEST: alarm \"root-login\" in US East (N. Virginia)")
        #expect(Notice(message(alarm: alarm)).severity == "critical")
    }

    @Test func `names cannot break a test's lines, markup or subject`() throws {
        let long = TestMessage.Alarm(name: String(repeating: "ä", count: 300) + "\n<!here>", severity: "")
        let notice = Notice(message(alarm: long, who: "x\n<@U1>"))
        let subject = try #require(notice.subject)
        #expect(subject.utf8.count <= AlarmMessage.subjectMax && subject.utf8.allSatisfy { (32...126).contains($0) })
        #expect(notice.lines.allSatisfy { !$0.value.contains("\n") })
        #expect(!notice.slackText.contains("<@U1>") && !notice.slackText.contains("<!here>"))
    }
}
