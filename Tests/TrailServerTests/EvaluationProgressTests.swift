import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailStore

@testable import TrailServer

/// How far all alarms are is written once for all of them: none may lose windows, or decide any twice, by that.
@Suite struct EvaluationProgressTests {
    private static func alarm(_ name: String, threshold: Int = 3, more: String = "") -> String {
        """

          \(name):
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: \(name)
              Namespace: CloudTrail
              MetricName: ErrorCount
              Statistic: Sum
              Period: 300
              EvaluationPeriods: 1
              Threshold: \(threshold)
              ComparisonOperator: GreaterThanOrEqualToThreshold
        \(more)
        """
    }

    private static func template(_ names: [String], more: String = "") -> String {
        "Resources:" + names.map { alarm($0, more: more) }.joined()
    }

    private static func through(_ scene: EvaluatorScene) throws -> [String: Int64] {
        Dictionary(
            uniqueKeysWithValues: try scene.store.alarms().map { alarm in
                let minutes = alarm.machine.status.decidedThrough.seconds - EvaluatorScene.start.seconds
                return (alarm.machine.definition.name, minutes / 60)
            })
    }

    @Test func `alarms go on where they were, though only their progress was written`() throws {
        let scene = try EvaluatorScene()
        let template = Self.template(["A", "B"])
        try scene.load(template)
        try scene.count(1, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.evaluate(through: 30)
        #expect(try Self.through(scene) == ["A": 30, "B": 30])
        try scene.restart(template)
        let before = scene.decisions.count
        try scene.evaluate(through: 35)
        #expect(scene.decisions.count == before)
    }

    /// A reload right after a new alarm's first evaluation, then a restart.
    @Test func `a new alarm that decided nothing yet starts again after a restart`() throws {
        let scene = try EvaluatorScene()
        try scene.load(Self.template(["A"]))
        try scene.count(1, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.load(Self.template(["A", "X"]))
        try scene.evaluate(through: 6)
        try scene.load(Self.template(["A", "X"]))
        try scene.evaluate(through: 12)
        try scene.evaluate(through: 20)
        try scene.restart(Self.template(["A", "X"]))
        try scene.evaluate(through: 25)
        #expect(try Self.through(scene).values.allSatisfy { $0 >= 20 })
        #expect(try scene.store.alarms().allSatisfy { !$0.isFresh })
    }

    /// `ingest --alarms` with some of the files: the other alarms have not seen what it read.
    @Test func `alarms outside a set keep their place`() throws {
        let scene = try EvaluatorScene()
        try scene.load(Self.template(["A", "B"]))
        try scene.count(1, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.restart(Self.template(["A"]), removesOthers: false)
        try scene.count(9, "111122223333", at: 20)
        try scene.evaluate(through: 40)
        try scene.finish(through: 40)
        #expect(try Self.through(scene)["B"] == 5)
        try scene.restart(Self.template(["A", "B"]))
        try scene.evaluate(through: 40)
        let alarms = scene.decisions.filter { $0.to == .alarm }.map(\.alarmName)
        #expect(alarms.sorted() == ["A", "B"])
    }

    @Test func `who only went on is written at the end where nothing else says how far it is`() throws {
        let scene = try EvaluatorScene()
        try scene.restart(Self.template(["A"]), removesOthers: false)
        try scene.count(1, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.evaluate(through: 40)
        try scene.finish(through: 40)
        #expect(try Self.through(scene)["A"] == 40)
    }

    @Test func `a unit that nobody publishes gets no data, however long the alarm is watched`() throws {
        let scene = try EvaluatorScene()
        try scene.load(Self.template(["A"], more: "      Unit: Percent"))
        try scene.count(9, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.count(9, "111122223333", at: 5)
        try scene.evaluate(through: 10)
        try scene.count(9, "111122223333", at: 10)
        try scene.evaluate(through: 15)
        #expect(scene.states == ["A": .insufficientData])
    }

    @Test func `an alarm whose series are decided by themselves no more forgets them`() async throws {
        let scene = try EvaluatorScene()
        try scene.count(5, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        #expect(scene.states.count == 2)
        _ = try await scene.messages()
        try scene.load(
            EvaluatorScene.template.replacing("GROUP BY RecipientAccountId\n", with: "\n").replacing(
                "ORDER BY SUM() DESC", with: ""))
        #expect(scene.states.count == 1)
        #expect(try scene.store.contributors().isEmpty)
        #expect(try await scene.messages().first?.contains("was removed") == true)
    }

    @Test func `an alarm that tells the time begins a month back at most, whatever an event's clock said`() throws {
        let scene = try EvaluatorScene()
        try scene.count(1, "111122223333", at: -60 * 24 * 365 * 20)
        try scene.load(
            """
            Resources:
              Night:
                Type: AWS::CloudWatch::Alarm
                Properties:
                  AlarmName: night
                  Metrics:
                    - Id: m1
                      ReturnData: false
                      MetricStat: {Metric: {Namespace: CloudTrail, MetricName: ErrorCount}, Period: 300, Stat: Sum}
                    - {Id: e1, Expression: "IF(HOUR(m1) < 6, FILL(m1, 0), 0)"}
                  EvaluationPeriods: 1
                  Threshold: 1
                  ComparisonOperator: GreaterThanOrEqualToThreshold
            """)
        try scene.evaluate(through: 5)
        let from = try #require(scene.evaluator.alarms.first?.alarm.machine.status.decidedFrom)
        #expect(from > EvaluatorScene.start.adding(seconds: -32 * 86_400))
        #expect(scene.states == ["night": .ok])
    }
}
