import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

@testable import TrailServer

/// Which alarms of a running engine an Alertmanager is told of.
@Suite struct PresentAlertsTests {
    private static let home = AlertHome(
        accountID: "000000000000", region: "us-east-1", links: SNSLinks(externalURL: "https://trail.example"))

    private func alerts(_ scene: AlarmScene, _ engine: Engine) -> [AlertmanagerAlert] {
        engine.snapshot.alerts(at: scene.clock.now(), Self.home)
    }

    private func names(_ scene: AlarmScene, _ engine: Engine) -> [String] {
        alerts(scene, engine).map { alert in
            alert.labels.filter { ["alertname", "contributor"].contains($0.name) }.map(\.value).joined(separator: " ")
        }
    }

    @Test func `an alarm is there from its ALARM to its OK`() async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)"))
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        #expect(names(scene, engine) == [])
        try await scene.happen("A", after: 60, engine)
        #expect(names(scene, engine) == ["a", "c"])
        let status = try #require(try store.alarms().first { $0.machine.definition.name == "a" }?.machine.status)
        let alert = try #require(alerts(scene, engine).first)
        #expect(alert.startsAt == status.stateUpdated && alert.startsAt == scene.clock.now())
        #expect(alert.url == "https://trail.example/#a")
        #expect(alert.annotations.contains { $0.name == "description" && $0.value == status.reason })
        for _ in 0..<3 { try await scene.happen(after: 60, engine) }
        #expect(names(scene, engine) == [])
    }

    @Test func `a restart goes on with what was in ALARM, from the same start`() async throws {
        let scene = try AlarmScene("")
        var before: [AlertmanagerAlert] = []
        do {
            let (engine, _) = try await scene.open()
            try await scene.happen(after: 60, engine)
            try await scene.happen("A", after: 60, engine)
            before = alerts(scene, engine)
        }
        scene.clock.advance(seconds: 10)
        let (engine, _) = try await scene.open()
        #expect(alerts(scene, engine) == before && before.count == 1)
    }

    @Test func `a removed alarm is there no longer`() async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)"))
        let (engine, _) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        try scene.write("")
        _ = try await engine.reload()
        #expect(names(scene, engine) == ["a"])
    }

    @Test func `actions that are switched off or muted keep an alarm out`() async throws {
        let scene = try AlarmScene(
            AlarmScene.composite("ALARM(a)", "ActionsEnabled: false") + AlarmScene.composite("ALARM(a)", name: "d"))
        let (engine, _) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        #expect(names(scene, engine) == ["a", "d"])
        _ = try await engine.mute(MuteOrder(alarmNames: ["a", "d"], seconds: 60, reason: "x", who: "y"))
        #expect(names(scene, engine) == [])
        // It is the clock that ends a mute.
        try await scene.happen("A", after: 59, engine)
        #expect(names(scene, engine) == [])
        scene.clock.advance(seconds: 1)
        #expect(names(scene, engine) == ["a", "d"])
        try scene.write("", actions: ", ActionsEnabled: false")
        _ = try await engine.reload()
        #expect(names(scene, engine) == [])
    }

    @Test func `a suppressor keeps a composite alarm out as long as it holds its actions back`() async throws {
        let suppressor = "ActionsSuppressor: s\nActionsSuppressorWaitPeriod: 30\nActionsSuppressorExtensionPeriod: 30"
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)", suppressor))
        let (engine, _) = try await scene.open()
        for _ in 0..<2 { try await scene.happen(after: 60, engine) }
        try await scene.happen("A", after: 10, engine)
        #expect(names(scene, engine) == ["a"], "it waits for the suppressor")
        try await scene.happen("A", after: 31, engine)
        #expect(names(scene, engine) == ["a", "c"])
        // Its actions ran: what the suppressor does later holds nothing back.
        try await scene.happen("A", "S", after: 5, engine)
        #expect(names(scene, engine) == ["a", "s", "c"])
    }

    @Test func `each series stands in the place of its alarm`() async throws {
        let series = """
              Calls:
                Type: AWS::CloudWatch::Alarm
                Properties:
                  AlarmName: calls
                  Metrics:
                    - Id: q
                      Expression: SELECT SUM(EventCount) FROM SCHEMA(CloudTrail, EventSource) GROUP BY EventSource
                      Period: 300
                  EvaluationPeriods: 1
                  Threshold: 3
                  ComparisonOperator: GreaterThanOrEqualToThreshold

            """
        let scene = try AlarmScene(series)
        let (engine, _) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("X", "Y", "Z", after: 60, engine)
        #expect(names(scene, engine) == ["calls EventSource=iam.amazonaws.com"])
        let alert = try #require(alerts(scene, engine).first)
        #expect(alert.labels.contains { $0.name == "event_source" && $0.value == "iam.amazonaws.com" })
    }
}
