import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

@testable import TrailServer

/// One summary in place of many messages: what came very late, and a time away (design, section 4).
@Suite struct SummaryTests {
    private static let day: Int64 = 1440

    private static func template(_ composite: String = "", actions: String = "OKActions: [!Ref Topic]") -> String {
        """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: t
              Subscription:
                - {Protocol: http, Endpoint: "http://127.0.0.1:9/"}
                - {Protocol: http, Endpoint: "http://127.0.0.1:10/"}
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: errors
              Namespace: CloudTrail
              MetricName: ErrorCount
              Statistic: Sum
              Period: 300
              EvaluationPeriods: 1
              Threshold: 3
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: notBreaching
              AlarmActions: [!Ref Topic]
              \(actions)

        """ + composite
    }

    private static let composite = """
          Both:
            Type: AWS::CloudWatch::CompositeAlarm
            Properties: {AlarmName: both, AlarmRule: ALARM(errors), AlarmActions: [!Ref Topic], OKActions: [!Ref Topic]}
        """

    /// A message as it was sent to the first of the two endpoints.
    private struct Message {
        let subject: String
        let document: [String: Any]
        var own: [String: Any] { document["Trailwatch"] as? [String: Any] ?? [:] }
        var summary: [String: Any]? { own["Summary"] as? [String: Any] }
        var transitions: [[String: Any]] { summary?["Transitions"] as? [[String: Any]] ?? [] }
        var changes: [String] {
            transitions.map { "\($0["AlarmName"] ?? "") \($0["OldStateValue"] ?? "")->\($0["NewStateValue"] ?? "")" }
        }
        /// `ALARM` of a message of its own, `SUMMARY` of the others.
        var kind: String {
            summary == nil ? "\(document["AlarmName"] ?? "") \(document["NewStateValue"] ?? "")" : "SUMMARY"
        }
    }

    private func take(_ scene: EvaluatorScene) async throws -> [Message] {
        let all = try await scene.messages().map { body in
            let envelope = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
            let text = try #require(envelope["Message"] as? String)
            let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            return (
                unsubscribe: envelope["UnsubscribeURL"] as? String,
                Message(subject: envelope["Subject"] as? String ?? "", document: document ?? [:])
            )
        }
        let keys = all.map { $0.1.own["MessageKey"] as? String ?? "" }
        #expect(Set(keys).count == keys.count, "each message has a key of its own")
        let first = all.compactMap(\.unsubscribe).min()
        return all.filter { $0.unsubscribe == first }.map(\.1)
    }

    /// A scene whose alarm has decided five days.
    private func fiveDays(_ template: String = Self.template()) throws -> EvaluatorScene {
        let scene = try EvaluatorScene()
        try scene.load(template)
        try scene.count(1, "111122223333", at: 0)
        try scene.goOn(from: 5, through: 5 * Self.day)
        return scene
    }

    // MARK: Very late

    @Test(arguments: [false, true])
    func `a missed ALARM of more than a day ago waits for the summary of the day`(restarts: Bool) async throws {
        let scene = try fiveDays()
        try scene.count(5, "111122223333", at: Self.day)
        try scene.evaluate(through: 5 * Self.day + 5)
        #expect(try await take(scene).isEmpty)
        if restarts { try scene.restart(Self.template()) }
        // A second one of the same day, the other side of another evaluation.
        try scene.count(4, "111122223333", at: 2 * Self.day)
        try scene.evaluate(through: 5 * Self.day + 30)
        if restarts { try scene.restart(Self.template()) }
        try scene.goOn(from: 5 * Self.day + 60, through: 6 * Self.day - 2)
        #expect(try await take(scene).isEmpty, "the day is not over")
        try scene.evaluate(through: 6 * Self.day)
        let messages = try await take(scene)
        #expect(messages.map(\.kind) == ["SUMMARY"])
        let message = try #require(messages.first)
        #expect(message.subject == "SUMMARY: 4 transitions of 1 alarm, late alarms of 2023-11-20")
        #expect(message.changes == ["errors OK->ALARM", "errors ALARM->OK", "errors OK->ALARM", "errors ALARM->OK"])
        #expect(message.summary?["Day"] as? String == "2023-11-20")
        #expect(message.summary?["LeftOut"] as? Int == 0)
        #expect(message.transitions.first?["WindowEnd"] as? String == "2023-11-16T00:05:00.000+0000")
        #expect((message.transitions.first?["NewStateReason"] as? String)?.hasPrefix("Threshold Crossed") == true)
        let incidents = message.transitions.map { $0["IncidentKey"] as? String }
        #expect(incidents[0] == incidents[1] && incidents[2] == incidents[3] && incidents[0] != incidents[2])
        if restarts { try scene.restart(Self.template()) }
        try scene.goOn(from: 6 * Self.day + 5, through: 8 * Self.day)
        #expect(try await take(scene).isEmpty, "it is sent once")
        #expect(try scene.store.waitingSummaries().isEmpty)
    }

    @Test func `a missed ALARM within a day is sent by itself, with its end`() async throws {
        let scene = try fiveDays()
        try scene.count(5, "111122223333", at: 4 * Self.day + 10)
        try scene.evaluate(through: 5 * Self.day + 5)
        let messages = try await take(scene)
        #expect(messages.map(\.kind) == ["errors ALARM", "errors OK"])
        #expect(messages.first?.subject.hasPrefix("LATE ALARM (23 h 5") == true, "\(messages.map(\.subject))")
        try scene.goOn(from: 5 * Self.day + 60, through: 7 * Self.day)
        #expect(try await take(scene).isEmpty)
    }

    @Test func `a very late ALARM that lasts is sent by itself, and its end, too`() async throws {
        let template = Self.template().replacing("notBreaching", with: "ignore")
        let scene = try fiveDays(template)
        try scene.count(5, "111122223333", at: 2 * Self.day)
        try scene.evaluate(through: 5 * Self.day + 5)
        let alarm = try await take(scene)
        #expect(alarm.map(\.kind) == ["errors ALARM"])
        try scene.count(1, "111122223333", at: 5 * Self.day + 5)
        try scene.evaluate(through: 5 * Self.day + 10)
        let end = try await take(scene)
        #expect(end.map(\.kind) == ["errors OK"])
        #expect(end.first?.own["IncidentKey"] as? String == alarm.first?.own["IncidentKey"] as? String)
        try scene.goOn(from: 5 * Self.day + 60, through: 7 * Self.day)
        #expect(try await take(scene).isEmpty)
    }

    @Test func `nothing is added to a day whose summary was made, though the clock goes back`() async throws {
        let scene = try fiveDays()
        try scene.count(5, "111122223333", at: Self.day)
        try scene.evaluate(through: 5 * Self.day + 5)
        try scene.goOn(from: 5 * Self.day + 60, through: 6 * Self.day)
        #expect(try await take(scene).map(\.kind) == ["SUMMARY"])
        try scene.count(5, "111122223333", at: 2 * Self.day)
        try scene.evaluate(through: 6 * Self.day - 5)
        try scene.goOn(from: 6 * Self.day + 5, through: 7 * Self.day + 5)
        #expect(try await take(scene).map(\.kind) == ["SUMMARY"])
    }

    @Test func `a message that could not be made is made by the next evaluation`() async throws {
        let scene = try fiveDays()
        try scene.count(5, "111122223333", at: Self.day)
        try scene.evaluate(through: 5 * Self.day + 5)
        try scene.goOn(from: 5 * Self.day + 60, through: 6 * Self.day - 2)
        try scene.evaluate(through: 6 * Self.day, tells: false)
        try scene.restart(Self.template())
        try scene.evaluate(through: 6 * Self.day + 1)
        #expect(try await take(scene).map(\.kind) == ["SUMMARY"])
    }

    // MARK: A time away

    /// Three ALARMs, of which the last lasts when `lasts`, in three days that nobody evaluates.
    private func away(_ template: String = Self.template(), lasts: Bool) throws -> EvaluatorScene {
        let scene = try EvaluatorScene()
        try scene.load(template)
        try scene.count(1, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.finish(through: 5)
        for day in 1...2 { try scene.count(5, "111122223333", at: Int64(day) * Self.day) }
        for minute in lasts ? [-30, -25, -20, -15, -10, -5] : [-60] {
            try scene.count(5, "111122223333", at: 3 * Self.day + Int64(minute))
        }
        return scene
    }

    @Test(arguments: [false, true])
    func `what happened in a time away is one summary`(restarts: Bool) async throws {
        let scene = try away(lasts: false)
        if restarts { try scene.restart(Self.template()) }
        try scene.evaluate(through: 3 * Self.day)
        let messages = try await take(scene)
        #expect(messages.map(\.kind) == ["SUMMARY"])
        let message = try #require(messages.first)
        #expect(message.subject == "SUMMARY: 6 transitions of 1 alarm, alarms of the time away")
        #expect(message.changes.filter { $0 == "errors OK->ALARM" }.count == 3)
        #expect(message.summary?["Kind"] as? String == "CatchUp")
        if restarts { try scene.restart(Self.template()) }
        try scene.goOn(from: 3 * Self.day + 5, through: 5 * Self.day)
        #expect(try await take(scene).isEmpty)
    }

    @Test func `an ALARM of a time away that lasts is sent by itself, and so its end`() async throws {
        let scene = try away(lasts: true)
        try scene.evaluate(through: 3 * Self.day)
        let messages = try await take(scene)
        #expect(messages.map(\.kind).sorted() == ["SUMMARY", "errors ALARM"])
        let summary = try #require(messages.first { $0.summary != nil })
        #expect(summary.summary?["TransitionCount"] as? Int == 4)
        let alarm = try #require(messages.first { $0.summary == nil })
        #expect(alarm.subject.hasPrefix("LATE ALARM (26 min)"), "\(alarm.subject)")
        let incidents = Set(summary.transitions.compactMap { $0["IncidentKey"] as? String })
        #expect(!incidents.contains(alarm.own["IncidentKey"] as? String ?? ""))
        // OK waits, as in CloudWatch, until no datapoint of the evaluation range is left.
        try scene.evaluate(through: 3 * Self.day + 20)
        let end = try await take(scene)
        #expect(end.map(\.kind) == ["errors OK"])
        #expect(end.first?.own["IncidentKey"] as? String == alarm.own["IncidentKey"] as? String)
    }

    @Test func `an ALARM that was told before the time away is told to be over, alone`() async throws {
        let scene = try EvaluatorScene()
        try scene.load(Self.template())
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        let alarm = try await take(scene)
        #expect(alarm.map(\.kind) == ["errors ALARM"])
        try scene.finish(through: 5)
        try scene.count(5, "111122223333", at: Self.day)
        try scene.evaluate(through: 3 * Self.day)
        let messages = try await take(scene)
        #expect(messages.map(\.kind).sorted() == ["SUMMARY", "errors OK"])
        let end = try #require(messages.first { $0.summary == nil })
        #expect(end.own["IncidentKey"] as? String == alarm.first?.own["IncidentKey"] as? String)
        #expect(messages.first { $0.summary != nil }?.changes == ["errors OK->ALARM", "errors ALARM->OK"])
    }

    @Test(arguments: [false, true])
    func `an early ALARM while files of a time away are read waits until all are`(restarts: Bool) async throws {
        let scene = try away(lasts: false)
        try scene.evaluate(through: 3 * Self.day, isBehind: true)
        #expect(scene.decisions.last?.kind == .early)
        #expect(try await take(scene).isEmpty)
        if restarts { try scene.restart(Self.template()) }
        try scene.evaluate(through: 3 * Self.day)
        let messages = try await take(scene)
        #expect(messages.map(\.kind) == ["SUMMARY"])
        #expect(messages.first?.changes.filter { $0.hasSuffix("->ALARM") }.count == 3)
        #expect(messages.first?.changes.filter { $0.hasSuffix("->OK") }.count == 3)
    }

    @Test func `less than a day is no time away`() async throws {
        let scene = try EvaluatorScene()
        try scene.load(Self.template())
        try scene.count(1, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        for hour in [3, 9, 15] { try scene.count(5, "111122223333", at: Int64(hour) * 60) }
        try scene.evaluate(through: 20 * 60)
        let kinds = try await take(scene).map(\.kind)
        #expect(kinds == Array(repeating: ["errors ALARM", "errors OK"], count: 3).flatMap { $0 })
    }

    @Test(arguments: [false, true])
    func `a composite alarm's moves in a time away are in the summary, and its ALARM that lasts is not`(
        lasts: Bool
    ) async throws {
        let template = Self.template(Self.composite, actions: "ActionsEnabled: false")
        let scene = try away(template, lasts: lasts)
        try scene.evaluate(through: 3 * Self.day)
        let messages = try await take(scene)
        #expect(messages.map(\.kind).sorted() == (lasts ? ["SUMMARY", "both ALARM"] : ["SUMMARY"]))
        let summary = try #require(messages.first { $0.summary != nil })
        #expect(summary.changes.count == (lasts ? 4 : 6))
        #expect(summary.changes.allSatisfy { $0.hasPrefix("both ") })
    }

    @Test func `an alarm removed while its ALARM waits for a summary ends there`() async throws {
        let scene = try away(lasts: false)
        try scene.evaluate(through: 3 * Self.day, isBehind: true)
        try scene.load(
            "Resources:\n  Topic:\n"
                + Self.template().split(separator: "  Topic:\n")[1].split(separator: "  Alarm:\n")[0])
        try scene.evaluate(through: 3 * Self.day)
        let messages = try await take(scene)
        #expect(messages.map(\.kind) == ["SUMMARY"])
        #expect(messages.first?.changes.sorted() == ["errors ALARM->OK", "errors OK->ALARM"])
    }

    @Test func `who only records summarises nothing`() throws {
        let scene = try away(lasts: false)
        scene.evaluatorRecords()
        try scene.evaluate(through: 3 * Self.day)
        #expect(scene.decisions.contains { $0.to == .alarm })
        #expect(try scene.store.waitingSummaries().isEmpty)
    }

    @Test func `an account that appears in a time away is in the summary`() async throws {
        let scene = try EvaluatorScene()
        try scene.count(1, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.finish(through: 5)
        try scene.count(5, "444455556666", at: Self.day)
        try scene.evaluate(through: 3 * Self.day)
        let messages = try await take(scene)
        #expect(messages.map(\.kind) == ["SUMMARY"])
        let attributes = messages.first?.transitions.compactMap {
            ($0["AlarmContributorAttributes"] as? [String: Any])?["RecipientAccountId"] as? String
        }
        #expect(attributes == ["444455556666", "444455556666"])
    }

    @Test func `an ALARM that lasts after a time away is told again as ever`() async throws {
        let template = Self.template()
            .replacing(
                "Type: AWS::CloudWatch::Alarm",
                with: "Type: AWS::CloudWatch::Alarm\n    Metadata: {Trailwatch: {RepeatEvery: 10m}}"
            )
            .replacing("notBreaching", with: "ignore")
        let scene = try away(template, lasts: true)
        try scene.evaluate(through: 3 * Self.day)
        // The first of them lasts until now: nothing is left for a summary.
        #expect(try await take(scene).map(\.kind) == ["errors ALARM"])
        let lines = try scene.store.history(of: "errors", limit: 99).map(\.summary)
        #expect(lines.contains { $0.hasPrefix("Left to the summary of the time away: action arn:aws:sns:") })
        try scene.evaluate(through: 3 * Self.day + 5)
        #expect(try await take(scene).isEmpty)
        try scene.restart(template)
        try scene.evaluate(through: 3 * Self.day + 10)
        #expect(try await take(scene).map(\.kind) == ["errors ALARM"])
    }

    @Test func `a muted alarm's time away is not told, but its ALARM that lasts, when the mute is over`() async throws {
        let scene = try away(lasts: true)
        let end = EvaluatorScene.start.adding(seconds: (3 * Self.day + 5) * 60)
        try scene.mute("errors", until: end)
        try scene.evaluate(through: 3 * Self.day)
        #expect(try await take(scene).isEmpty)
        try scene.evaluate(through: 3 * Self.day + 6)
        #expect(try await take(scene).map(\.kind) == ["errors ALARM"])
    }
}
