import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailStore

@testable import TrailServer

/// What an explanation says of messages: those in summaries, those that wait, and those that a mute withheld.
@Suite struct ExplainToldTests {
    private static let day: Int64 = 1440
    private static let account = "111122223333"

    private static func template(_ more: String = "") -> String {
        """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: t
              Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]
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
              OKActions: [!Ref Topic]

        """ + more
    }

    private func explain(_ scene: EvaluatorScene, window minute: Int64) throws -> AlarmExplanation {
        let explainer = Explainer(reader: try StoreReader(directory: scene.path))
        return try explainer.explain("errors", at: EvaluatorScene.start.adding(seconds: minute * 60))
    }

    private func scene(_ more: String = "") throws -> EvaluatorScene {
        let scene = try EvaluatorScene()
        try scene.load(Self.template(more), keepsFiles: true)
        try scene.count(1, Self.account, at: -5)
        try scene.evaluate(through: 0)
        return scene
    }

    @Test func `what was left to the summary of a day waits there, then is in its messages`() throws {
        let scene = try scene()
        try scene.goOn(from: 5, through: 5 * Self.day)
        try scene.count(5, Self.account, at: 2 * Self.day)
        try scene.evaluate(through: 5 * Self.day + 5)
        try scene.finish(through: 5 * Self.day + 5)
        let waiting = try explain(scene, window: 2 * Self.day + 5)
        #expect(waiting.told.map(\.decision.kind) == [.amended])
        #expect(waiting.told.flatMap(\.summaries).map(\.isWaiting) == [true])
        let text =
            "sent      not yet: left to the summary of 2023-11-20 to t, which is made when that day is over in UTC"
        #expect(waiting.text().contains(text))
        #expect(!waiting.text().contains("no message about it is kept"))
        try scene.goOn(from: 5 * Self.day + 10, through: 6 * Self.day)
        try scene.finish(through: 6 * Self.day)
        let sent = try explain(scene, window: 2 * Self.day + 5)
        #expect(sent.told.flatMap(\.summaries).map(\.isWaiting) == [false])
        #expect(sent.text().contains("sent      in the summary of 2023-11-20 to t, waiting after 0 attempts"))
        #expect(sent.json.text.contains(#""day":"2023-11-20","sent":true"#))
    }

    @Test func `what was left to the summary of a time away is said so`() throws {
        let scene = try scene()
        try scene.finish(through: 0)
        try scene.count(5, Self.account, at: Self.day)
        try scene.evaluate(through: 3 * Self.day, tells: false)
        try scene.finish(through: 3 * Self.day)
        let waiting = try explain(scene, window: Self.day + 5)
        #expect(waiting.recordedState == .alarm)
        #expect(
            waiting.text().contains(
                "sent      not yet: left to the summary of the time away to t, which is made when all is caught up"))
        try scene.evaluate(through: 3 * Self.day + 5)
        let sent = try explain(scene, window: Self.day + 5)
        #expect(sent.text().contains("sent      in the summary of the time away to t, waiting after 0 attempts"))
    }

    @Test func `a message that is not ready waits for its evidence`() throws {
        let scene = try scene()
        scene.takeEvidence()
        try scene.count(5, Self.account, at: 0)
        try scene.evaluate(through: 5)
        try scene.finish(through: 5)
        let found = try explain(scene, window: 5)
        #expect(found.told.flatMap(\.messages).map(\.waitsForEvidence) == [true])
        #expect(found.text().contains("sent      to t, waits for its evidence\n"))
        #expect(found.json.text.contains(#""waitsForEvidence":true"#))
    }

    @Test func `a mute is named with its end while it lasts, and when somebody ended it`() throws {
        let scene = try scene()
        try scene.mute("errors", until: EvaluatorScene.start.adding(seconds: 3600))
        for minute: Int64 in [0, 5] { try scene.count(5, Self.account, at: minute) }
        try scene.evaluate(through: 5)
        try scene.finish(through: 5)
        let who = "by w from 2023-11-15T00:00:00Z until 2023-11-15T01:00:00Z"
        let muted = try explain(scene, window: 5)
        #expect(
            muted.told.map(\.silence) == [
                "withheld until 2023-11-15T01:00:00Z, muted \(who) (r); it is told then if the alarm is ALARM still"
            ])
        try scene.unmute("errors", at: EvaluatorScene.start.adding(seconds: 420))
        try scene.evaluate(through: 10)
        try scene.finish(through: 10)
        let told = try explain(scene, window: 5)
        #expect(told.told.flatMap(\.messages).count == 1)
        #expect(told.text().contains("muted     \(who), ended at 2023-11-15T00:07:00Z (r)\nsent      to t"))
    }

    @Test func `a mute that is over is named for what nobody heard of`() throws {
        let scene = try scene()
        try scene.mute("errors", until: EvaluatorScene.start.adding(seconds: 1800))
        try scene.count(5, Self.account, at: 0)
        for minute: Int64 in [5, 10, 15, 20, 25, 30, 35] { try scene.evaluate(through: minute) }
        try scene.finish(through: 35)
        let found = try explain(scene, window: 5)
        #expect(
            found.told.map(\.silence) == [
                "muted by w from 2023-11-15T00:00:00Z until 2023-11-15T00:30:00Z (r); the alarm had left ALARM when that "
                    + "was over"
            ])
        // It is kept as long as history.
        _ = try scene.store.forgetHistory(before: EvaluatorScene.start.adding(seconds: 86_400))
        let reader = try StoreReader(directory: scene.path)
        #expect(try reader.mutes(of: "errors", at: EvaluatorScene.start.adding(seconds: 300)).isEmpty)
    }

    @Test func `a mute rule is named`() throws {
        let scene = try scene(
            """
              Night:
                Type: AWS::CloudWatch::AlarmMuteRule
                Properties:
                  Name: night
                  Description: nobody works
                  Rule: {Schedule: {Expression: cron(2 0 * * *), Duration: PT10M}}
                  MuteTargets: {AlarmNames: [errors]}
            """)
        try scene.count(5, Self.account, at: 0)
        try scene.evaluate(through: 5)
        try scene.finish(through: 5)
        let silence = try #require(try explain(scene, window: 5).told.first?.silence)
        #expect(
            silence.hasPrefix(
                "withheld until 2023-11-15T00:12:00Z, muted by rule night until 2023-11-15T00:12:00Z (nob"))
    }
}
