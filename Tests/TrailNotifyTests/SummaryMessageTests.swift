import Foundation
import Testing
import TrailAlarms
import TrailModel

@testable import TrailNotify

@Suite struct SummaryMessageTests {
    private static func content(alarms: Int, transitions: Int, reason: String = "Threshold Crossed") -> SummaryContent {
        let start = time("2026-09-14T00:00:00Z")
        var all: [SummarisedTransition] = []
        for index in (0..<alarms * transitions).reversed() {
            let begins = index % 2 == 0
            let transition = SummarisedTransition(
                alarmName: "alarm-\(index % alarms)", from: begins ? .ok : .alarm, to: begins ? .alarm : .ok,
                reason: reason, decidedAt: start.adding(seconds: 200_000),
                windowEnd: start.adding(seconds: Int64(index) * 60), decisionNumber: Int64(index),
                incidentStart: start.adding(seconds: Int64(index / 2) * 120))
            all.append(transition)
        }
        let alarms = (0..<alarms).map { number in
            SummaryContent.Alarm(
                name: "alarm-\(number)", transitions: transitions, alarms: transitions / 2,
                windowEnds: start...start.adding(seconds: 3600))
        }
        let sorted = all.filter { $0.to == .alarm } + all.filter { $0.to != .alarm }
        return SummaryContent(transitions: sorted, alarms: alarms)
    }

    private static func message(
        _ content: SummaryContent,
        kind: SummaryMessage.Kind = .late(day: time("2026-09-16T00:00:00Z"), afterSeconds: 86_400)
    ) -> SummaryMessage {
        SummaryMessage(
            kind, content, accountID: "111122223333", region: "us-east-1",
            messageKey: MessageKey(summaryOf: topicARN, day: time("2026-09-16T00:00:00Z"), endpoint: topicARN + ":1"),
            url: "http://127.0.0.1:19106/", accountNames: ["111122223333": "prod"])
    }

    private func own(_ message: SummaryMessage) throws -> [String: Any] {
        let document = try JSONSerialization.jsonObject(with: Data(message.json.text.utf8)) as? [String: Any]
        return try #require(document?["Trailwatch"] as? [String: Any])
    }

    @Test func `a reason of one letter and its marks leaves room for all transitions`() throws {
        let reason = "a" + String(repeating: "\u{301}", count: 100_000)
        let message = Self.message(Self.content(alarms: 2, transitions: 4, reason: reason))
        let summary = try #require(try own(message)["Summary"] as? [String: Any])
        #expect(summary["LeftOut"] as? Int == 0)
        #expect(message.json.text.utf8.count < SummaryMessage.bytesMax)
    }

    @Test func `a summary names no alarm as its own and has no state`() throws {
        let message = Self.message(Self.content(alarms: 2, transitions: 2))
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(message.json.text.utf8)) as? [String: Any])
        #expect(document.keys.sorted() == ["AWSAccountId", "Region", "Trailwatch"])
        #expect(message.subject == "SUMMARY: 4 transitions of 2 alarms, late alarms of 2026-09-16")
        #expect(
            message.text == """
                Events came more than 1 d late; each ALARM below is over.
                alarm-0: 1 x ALARM, 2 transitions, 2026-09-14T00:00:00Z to 2026-09-14T01:00:00Z
                alarm-1: 1 x ALARM, 2 transitions, 2026-09-14T00:00:00Z to 2026-09-14T01:00:00Z
                Account: prod (111122223333), us-east-1
                Details: http://127.0.0.1:19106/
                """)
        #expect(try own(message)["MessageKey"] as? String == message.messageKey.hex)
    }

    @Test(
        arguments: [1, 7, 8, 1000],
        [SummaryMessage.Kind.catchUp, .late(day: time("2026-09-16T00:00:00Z"), afterSeconds: 60)])
    func `the text has twelve lines at most and counts the alarms that it does not name`(
        alarms: Int, kind: SummaryMessage.Kind
    ) {
        let message = Self.message(Self.content(alarms: alarms, transitions: 2), kind: kind)
        #expect(message.text.split(separator: "\n").count <= AlarmMessage.textLinesMax)
        #expect(message.text.contains("more alarm") == (alarms > SummaryMessage.textAlarmsMax))
        #expect(message.subject.utf8.count <= AlarmMessage.subjectMax)
    }

    @Test(arguments: ["r", String(repeating: "\"ü\"\n", count: 400)])
    func `a summary is never longer than SNS takes, and says how many transitions it leaves out`(
        reason: String
    ) throws {
        let message = Self.message(Self.content(alarms: 10, transitions: 200, reason: reason))
        let text = message.json.text
        #expect(text.utf8.count <= SummaryMessage.bytesMax)
        #expect(text.utf8.count > SummaryMessage.bytesMax - 8192, "the room is used")
        let summary = try #require(try own(message)["Summary"] as? [String: Any])
        let shown = try #require(summary["Transitions"] as? [[String: Any]])
        #expect(summary["TransitionCount"] as? Int == 2000)
        #expect(summary["LeftOut"] as? Int == 2000 - shown.count)
        #expect(shown.count < 2000)
        // What matters most stays: entries into ALARM, the newest of them.
        #expect(shown.contains { $0["NewStateValue"] as? String == "OK" } == false)
        let ends = shown.compactMap { $0["WindowEnd"] as? String }
        #expect(ends == ends.sorted())
    }

    @Test func `names and reasons cannot make lines or Slack's markup`() throws {
        let start = time("2026-09-14T00:00:00Z")
        let content = SummaryContent(
            transitions: [],
            alarms: [.init(name: "a\n<!channel>", transitions: 1, alarms: 1, windowEnds: start...start)])
        let message = Self.message(content, kind: .catchUp)
        #expect(message.text.split(separator: "\n").count == 5)
        #expect(try (own(message)["Slack"] as? String)?.contains("<!channel>") == false)
    }

    @Test func `keys of summaries differ by topic, day or time, endpoint and kind`() {
        let time = time("2026-09-16T00:00:00Z")
        let keys = [
            MessageKey(summaryOf: "t", day: time, endpoint: "e"),
            MessageKey(summaryOf: "t", sentAt: time, endpoint: "e"),
            MessageKey(summaryOf: "u", sentAt: time, endpoint: "e"),
            MessageKey(summaryOf: "t", sentAt: time, endpoint: "f"),
            MessageKey(summaryOf: "t", sentAt: time.adding(milliseconds: 1), endpoint: "e"),
            MessageKey(testOf: "t", sentAt: time, endpoint: "e"),
        ]
        #expect(Set(keys).count == keys.count)
    }
}
