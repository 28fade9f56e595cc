import Foundation
import Testing
import TrailAlarms
import TrailModel

@testable import TrailServer

/// Messages without a change of state: `RepeatEvery`, and alarms that are removed in ALARM (design, sections 4 and 6).
@Suite struct RepeatTests {
    private static func template(repeatEvery: String = "10m", okActions: Bool = true) -> String {
        """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: t
              Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Metadata: {Trailwatch: {RepeatEvery: \(repeatEvery)}}
            Properties:
              AlarmName: errors
              Namespace: CloudTrail
              MetricName: ErrorCount
              Statistic: Sum
              Period: 300
              EvaluationPeriods: 1
              Threshold: 3
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: ignore
              AlarmActions: [!Ref Topic]
        """ + (okActions ? "\n      OKActions: [!Ref Topic]" : "")
    }

    private static func subjects(_ bodies: [String]) -> [String] {
        bodies.map { $0.contains(#"NewStateValue\":\"ALARM"#) ? "ALARM" : "OK" }
    }

    @Test func `an ALARM that lasts is told again, each time with a key of its own`() async throws {
        let scene = try EvaluatorScene()
        try scene.load(Self.template())
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        let first = try await scene.messages()
        #expect(Self.subjects(first) == ["ALARM"])
        try scene.evaluate(through: 10)
        #expect(try await scene.messages().isEmpty)
        try scene.evaluate(through: 15)
        let second = try await scene.messages()
        #expect(Self.subjects(second) == ["ALARM"])
        func key(_ body: String) -> Substring? {
            body.firstRange(of: #"MessageKey\":\""#).map { body[$0.upperBound...].prefix(64) }
        }
        #expect(key(first[0]) != key(second[0]))
        // Neither a restart nor a second look repeats it.
        try scene.restart(Self.template())
        try scene.evaluate(through: 15)
        #expect(try await scene.messages().isEmpty)
        try scene.evaluate(through: 25)
        #expect(try await scene.messages().count == 1)
        try scene.count(1, "111122223333", at: 25)
        try scene.evaluate(through: 30)
        #expect(Self.subjects(try await scene.messages()) == ["OK"])
        try scene.evaluate(through: 60)
        #expect(try await scene.messages().isEmpty, "nothing is repeated once it is over")
    }

    @Test(arguments: [true, false])
    func `who was told of an ALARM is told when its alarm is removed`(okActions: Bool) async throws {
        let scene = try EvaluatorScene()
        try scene.load(Self.template(okActions: okActions))
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        _ = try await scene.messages()
        let without = Self.template(okActions: okActions).replacing("AlarmName: errors", with: "AlarmName: other")
        try scene.load(without)
        let bodies = try await scene.messages()
        #expect(Self.subjects(bodies) == ["OK"])
        #expect(bodies.first?.contains("was removed from the alarm files while it was in ALARM") == true)
        try scene.load(Self.template(okActions: okActions))
        #expect(try await scene.messages().isEmpty)
    }

    @Test func `an alarm that was removed in OK sends nothing`() async throws {
        let scene = try EvaluatorScene()
        try scene.load(Self.template())
        try scene.count(1, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.load("Resources: {T: {Type: AWS::SNS::Topic}}")
        #expect(try await scene.messages().isEmpty)
    }
}
