import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailStore
import TrailTemplates

@testable import TrailServer

/// What one alarm, an ingest or a recount must leave alone.
@Suite struct EvaluatorGuardTests {
    @Test func `a query over more metrics than it may read stops only its own alarm`() async throws {
        let scene = try EvaluatorScene()
        let plain = """
              Plain:
                Type: AWS::CloudWatch::Alarm
                Properties:
                  AlarmName: plain
                  Namespace: CloudTrail
                  MetricName: ErrorCount
                  Statistic: Sum
                  Period: 300
                  EvaluationPeriods: 1
                  Threshold: 3
                  ComparisonOperator: GreaterThanOrEqualToThreshold
            """
        try scene.load(EvaluatorScene.template + "\n" + plain)
        try scene.countAccounts(InsightsQuery.metricsMax + 1, at: 0)
        try scene.evaluate(through: 5)
        #expect(scene.states["plain"] == .alarm)
        #expect(scene.states["errors"] == .insufficientData)
        #expect(scene.evaluator.tooWide == ["errors"])
    }

    private static let errors: Set<Metric> = [Metric(namespace: "CloudTrail", name: "ErrorCount")]

    @Test(arguments: [1, 5])
    func `the alarm of contributors waits for files that are counted back, after a restart too`(errors: Int) throws {
        let scene = try EvaluatorScene()
        try scene.count(errors, "111122223333", at: 0)
        try scene.evaluate(through: 5)
        try scene.finish(through: 5)
        let state: AlarmState = errors > 3 ? .alarm : .ok
        #expect(scene.states["errors"] == state)
        try scene.restart()
        let (from, decided) = (scene.decidedThrough, scene.decisions.count)
        try scene.evaluate(through: 60, countingBack: Self.errors)
        #expect(scene.states["errors"] == state)
        #expect(scene.decidedThrough == from)
        #expect(scene.decisions.count == decided)
        try scene.evaluate(through: 60)
        #expect(scene.states["errors"] == .insufficientData)
        #expect(scene.decidedThrough > from)
    }

    @Test func `a new alarm of contributors that none are found for decides nothing while files are counted back`()
        throws
    {
        let scene = try EvaluatorScene()
        try scene.evaluate(through: 60, countingBack: Self.errors)
        #expect(scene.decidedThrough == EvaluatorScene.start)
        #expect(scene.evaluator.alarms.first?.alarm.isFresh == true)
        try scene.evaluate(through: 60)
        #expect(scene.decidedThrough > EvaluatorScene.start)
    }

    @Test func `an ingest leaves what a composite alarm has to tell to the server`() async throws {
        let resources = AlarmScene.composite(
            "ALARM(a)",
            """
            ActionsSuppressor: s
            ActionsSuppressorWaitPeriod: 30
            ActionsSuppressorExtensionPeriod: 30
            """)
        let scene = try AlarmScene(resources)
        var (engine, store): (Engine?, Store?) = try await scene.open()
        try await scene.happen(after: 60, #require(engine))
        try await scene.happen("A", after: 60, #require(engine))
        let before = try #require(try store?.composites().first { $0.definition.name == "c" })
        #expect(before.status.state == .alarm && before.status.suppression.phase == .waitPeriod)
        (engine, store) = (nil, nil)
        do {
            // As `ingest` does it.
            let store = try Store(directory: scene.dataDirectory)
            // The wait is over, and no window that follows is decided yet.
            scene.clock.advance(seconds: 120)
            let text = try String(contentsOfFile: scene.path + "/alarms.yaml", encoding: .utf8)
            let set = TemplateLoader(settings: TemplateSettings()).load(
                AlarmFiles.documents([(path: "alarms.yaml", text: text)])
            ).0
            var evaluator = Evaluator(recordingIn: store, settings: TemplateSettings())
            let now = scene.clock.now()
            _ = try evaluator.load(set, files: nil, newMark: now, now: now, removesOthers: false)
            let moment = Evaluator.Moment(now: now, watermark: now.adding(seconds: -900), isBehind: false)
            try evaluator.evaluate(moment)
            #expect(try !evaluator.tellSummaries(moment))
            try evaluator.save(moment)
            let after = try #require(try store.composites().first { $0.definition.name == "c" })
            #expect(after.status.suppression == before.status.suppression)
            #expect(try store.waitingMessageCount() == 0)
        }
        // The server runs the action as it would have.
        let (again, opened) = try await scene.open()
        while try await again.step() {}
        #expect(try await scene.takeStates(opened) == ["c ALARM"])
    }
}
