import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify

private func message(_ evidence: Evidence, _ transition: AlarmTransition = sampleTransition()) -> AlarmMessage {
    AlarmMessage(
        transition,
        messageKey: transition.messageKey(
            ordinal: 0,
            to: Subscription(
                arn: topicARN + ":1", topicARN: topicARN, protocolName: "http", endpoint: "http://127.0.0.1/",
                location: SourceLocation(file: "a.yaml"))),
        url: "https://trail.example.test/alarms/n", accountNames: ["111122223333": "prod"], evidence: evidence)
}

private func sampleEvidence(names: Int = 2, text: String = "x") -> Evidence {
    var evidence = Evidence()
    evidence.events = 12
    evidence.sum = 12
    evidence.first = time("2026-09-14T11:10:01Z")
    evidence.last = time("2026-09-14T11:14:59Z")
    let counts = (0..<names).map { Evidence.Count(name: "\(text)\($0)", events: Int64(names - $0)) }
    evidence.principals = counts.map {
        Evidence.Principal(name: $0.name, type: "IAMUser", accountID: "111122223333", events: $0.events, sessions: [])
    }
    evidence.sourceAddresses = counts
    evidence.eventNames = counts
    evidence.errorCodes = counts
    evidence.accounts = counts
    evidence.regions = counts
    evidence.newNames = ["somebody new"]
    evidence.examples = (0..<Evidence.examplesMax).map { number in
        var example = Evidence.Example(time: time("2026-09-14T11:10:01Z"))
        example.eventID = "id-\(number)"
        example.errorMessage = text
        return example
    }
    return evidence
}

@Suite struct EvidenceMessageTests {
    @Test func `the text says how many, who, from where and what`() {
        let text = message(sampleEvidence()).text
        #expect(
            text.contains("\nEvents: 12 from 2026-09-14T11:10:01Z to 11:14:59Z; window until 2026-09-14T11:15:00Z\n"))
        #expect(text.contains("\nWho: x0 2 in prod (111122223333), x1 1 in prod (111122223333); from x0 2, x1 1\n"))
        #expect(text.contains("\nWhat: x0 2, x1 1; errors: x0 2, x1 1\n"))
        #expect(text.contains("\nNew: somebody new\n"))
    }

    @Test(arguments: [0, 1, 3, 9])
    func `text never has more lines than it may, and names what is left out`(descriptionLines: Int) {
        let description = (0..<descriptionLines).map { "line \($0)" }.joined(separator: "\n")
        var alarm = sampleAlarm(description: description)
        alarm.tags["severity"] = "high"
        alarm.contributor = Contributor(attributes: [Dimension(name: "AccountId", value: "111122223333")])
        var transition = sampleTransition(alarm: alarm, lateSeconds: 4000)
        transition.isAfterMuteWindow = true
        let message = message(sampleEvidence(names: Evidence.namesMax), transition)
        #expect(message.text.split(separator: "\n").count <= AlarmMessage.textLinesMax)
        #expect(message.slackText.split(separator: "\n").count <= AlarmMessage.textLinesMax + 1)
        #expect(message.text.contains("x0 10, x1 9, x2 8 and 7 more"))
        #expect(message.text.contains("Reason: "))
    }

    @Test func `what is not known is said`() {
        var evidence = sampleEvidence()
        evidence.incompleteReason = "a file is gone"
        #expect(message(evidence).text.contains("Events: 12 from 2026-09-14T11:10:01Z to 11:14:59Z or more: a file is"))
        evidence.events = 0
        #expect(message(evidence).text.contains("Events: not found: a file is gone"))
        #expect(!message(evidence).text.contains("Who:"))
    }

    @Test(arguments: ["x", "\u{1}", "é", "\"", "\u{301}"])
    func `the document stays below its limit, however long the texts`(text: String) throws {
        let long = String(repeating: text, count: 200_000)
        let body = message(sampleEvidence(names: Evidence.namesMax, text: long)).json.text
        #expect(body.utf8.count < 262_144, "SNS's limit for a message")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        let own = try #require(object["Trailwatch"] as? [String: Any])
        let evidence = try #require(own["Evidence"] as? [String: Any])
        #expect((evidence["Principals"] as? [Any])?.count == Evidence.namesMax)
        #expect(try JSONSerialization.data(withJSONObject: evidence).count < 262_144 / 2)
    }

    @Test(
        arguments: [
            ("plain-name", "trailwatch explain plain-name --at 2026-09-14T11:15:00Z"),
            ("two words", "trailwatch explain 'two words' --at 2026-09-14T11:15:00Z"),
            ("it's", "trailwatch explain 'it'\\''s' --at 2026-09-14T11:15:00Z"),
            ("$(rm)", "trailwatch explain '$(rm)' --at 2026-09-14T11:15:00Z"),
        ])
    func `the explain command can be pasted into a shell`(name: String, want: String) throws {
        let body = message(Evidence(), sampleTransition(alarm: sampleAlarm(name: name))).json.text
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        let evidence = (object["Trailwatch"] as? [String: Any])?["Evidence"] as? [String: Any]
        #expect(evidence?["Explain"] as? String == want)
    }
}
