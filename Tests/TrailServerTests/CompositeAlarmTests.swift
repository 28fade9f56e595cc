import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailStore

@testable import TrailServer

/// Composite alarms at work: facts 3.15 and 3.16 through the engine.
@Suite struct CompositeAlarmTests {
    private func status(_ store: Store, _ name: String = "c") throws -> CompositeStatus {
        try #require(try store.composites().first { $0.definition.name == name }).status
    }

    private func history(_ store: Store, _ name: String = "c") throws -> [String] {
        try store.history(of: name, limit: 99).reversed().map(\.summary)
    }

    private let arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:"

    @Test(arguments: [
        ("FALSE", AlarmState.ok), ("TRUE", .alarm), ("INSUFFICIENT_DATA(a)", .alarm), ("NOT ALARM(a)", .alarm),
        ("ALARM(a) OR ALARM(b)", .ok), ("AT_LEAST(50%, INSUFFICIENT_DATA, (a, b))", .alarm),
    ])
    func `a new composite alarm is evaluated at once`(rule: String, state: AlarmState) async throws {
        let scene = try AlarmScene(AlarmScene.composite(rule))
        let (_, store) = try await scene.open()
        let status = try status(store)
        #expect(status.state == state)
        #expect(status.reason == "\(arn)c was created and its alarm rule evaluates to \(state.rawValue)")
        // The first OK is not told, an ALARM is.
        #expect(try await scene.takeStates(store) == (state == .alarm ? ["c ALARM"] : []))
        let item = try #require(store.history(of: "c", limit: 99).first { $0.kind == .stateUpdate })
        #expect(item.alarmType == .composite)
        #expect(item.summary == "Alarm updated from INSUFFICIENT_DATA to \(state.rawValue)")
        #expect(item.data.contains("\"stateReasonData\":{\"triggeringAlarms\":["))
    }

    @Test func `a child's change is told with the child, in CloudWatch's form`() async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a) AND NOT ALARM(b)"))
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        let message = try #require(try await scene.take(store).first)
        #expect(message["NewStateValue"] as? String == "ALARM")
        #expect(message["OldStateValue"] as? String == "OK")
        #expect(message["AlarmRule"] as? String == "ALARM(a) AND NOT ALARM(b)")
        #expect(message["Trigger"] == nil && message["AlarmConfigurationUpdatedTimestamp"] == nil)
        let children = try #require(message["TriggeringChildren"] as? [[String: Any]])
        #expect(children.map { $0["Arn"] as? String } == [arn + "a"])
        let reason = try #require(message["NewStateReason"] as? String)
        #expect(reason == "\(arn)a transitioned to ALARM at Wednesday 15 November, 2023 00:02:00 UTC")
        // A change that leaves the value alone leaves reason and data alone.
        let before = try status(store)
        try await scene.happen("S", after: 5, engine)
        #expect(try status(store) == before)
        // `b` ends it, and both messages are one incident.
        try await scene.happen("B", after: 5, engine)
        let ok = try #require(try await scene.take(store).first)
        #expect(ok["NewStateValue"] as? String == "OK")
        #expect((ok["NewStateReason"] as? String)?.hasPrefix("\(arn)b transitioned to ALARM at ") == true)
        let own = [message, ok].map { $0["Trailwatch"] as? [String: Any] }
        #expect(own[0]?["IncidentKey"] as? String == own[1]?["IncidentKey"] as? String)
        #expect(own[0]?["MessageKey"] as? String != own[1]?["MessageKey"] as? String)
    }

    @Test func `composites of composites follow in one step, whatever their order in the file`() async throws {
        let scene = try AlarmScene(
            AlarmScene.composite("ALARM(d) AND ALARM(a)", name: "e") + AlarmScene.composite("ALARM(c)", name: "d")
                + AlarmScene.composite("ALARM(a) OR ALARM(b)"))
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        #expect(try await scene.takeStates(store) == ["c ALARM", "d ALARM", "e ALARM"])
        let triggering = try status(store, "e").triggering
        #expect(triggering?.map(\.name) == ["a", "d"])
        #expect(try status(store, "e").reason.hasPrefix("\(arn)d transitioned to ALARM"))
    }

    @Test func `a changed rule is evaluated at once, and a removed alarm forgotten`() async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)"))
        let (engine, store) = try await scene.open()
        try scene.write(AlarmScene.composite("NOT ALARM(a)"))
        _ = try await engine.reload()
        #expect(try status(store).reason == "\(arn)c was updated and its new alarm rule evaluates to ALARM")
        #expect(try await scene.takeStates(store) == ["c ALARM"])
        // Another description leaves the state alone.
        try scene.write(AlarmScene.composite("NOT ALARM(a)", "AlarmDescription: new"))
        _ = try await engine.reload()
        #expect(try status(store).decisionNumber == 2)
        try scene.write("")
        _ = try await engine.reload()
        #expect(try store.composites() == [])
        #expect(
            try history(store) == [
                "Alarm \"c\" created", "Alarm updated from INSUFFICIENT_DATA to OK", "Alarm \"c\" updated",
                "Alarm updated from OK to ALARM", "Successfully executed action \(AlarmScene.topic)",
                "Alarm \"c\" updated", "Alarm \"c\" deleted", "Successfully executed action \(AlarmScene.topic)",
            ])
        #expect(try await scene.takeStates(store) == ["c OK"])
        // One that comes back goes on counting: no message key repeats.
        try scene.write(AlarmScene.composite("TRUE"))
        _ = try await engine.reload()
        #expect(try status(store).decisionNumber == 4)
    }

    @Test(arguments: [true, false])
    func `who was told of a composite ALARM is told when its alarm is removed`(okActions: Bool) async throws {
        var text = AlarmScene.composite("ALARM(a)")
        if !okActions { text = text.replacing("      OKActions: [!Ref Topic]\n", with: "") }
        let scene = try AlarmScene(text)
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        let alarm = try #require(try await scene.take(store).first)
        try scene.write("")
        _ = try await engine.reload()
        let messages = try await scene.take(store)
        #expect(messages.map { $0["NewStateValue"] as? String } == ["OK"])
        let end = try #require(messages.first)
        #expect(end["NewStateReason"] as? String == Evaluator.removedText)
        let own = [alarm, end].map { $0["Trailwatch"] as? [String: Any] }
        #expect(own[0]?["IncidentKey"] as? String == own[1]?["IncidentKey"] as? String)
        #expect(own[0]?["MessageKey"] as? String != own[1]?["MessageKey"] as? String)
        // It comes back in ALARM: another incident with other keys.
        try scene.write(text)
        _ = try await engine.reload()
        #expect(try await scene.takeStates(store) == ["c ALARM"])
        try scene.write("")
        _ = try await engine.reload()
        #expect(try await scene.takeStates(store) == ["c OK"])
    }

    @Test(arguments: ["ActionsEnabled: false", Self.alwaysSuppressed])
    func `a composite ALARM of which nobody was told is removed in silence`(more: String) async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)", more))
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", "S", after: 60, engine)
        #expect(try status(store).state == .alarm)
        try scene.write("")
        _ = try await engine.reload()
        #expect(try await scene.takeStates(store) == [])
        #expect(try store.composites() == [])
    }

    private static let alwaysSuppressed = """
        ActionsSuppressor: s
        ActionsSuppressorWaitPeriod: 600
        ActionsSuppressorExtensionPeriod: 600
        """

    @Test func `a faulty rule leaves the former set in force`() async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)"))
        let (engine, store) = try await scene.open()
        try scene.write(AlarmScene.composite("ALARM(nobody)"))
        guard case .refused(let faults) = try await engine.reload() else {
            Issue.record("the rule was taken")
            return
        }
        #expect(faults.contains { $0.contains("ValidationError: Could not save the composite alarm as alarms") })
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        #expect(try status(store).state == .alarm)
    }

    @Test func `alarms in a circle stand still, those around it go on`() async throws {
        let scene = try AlarmScene(
            AlarmScene.composite("ALARM(d) OR ALARM(a)") + AlarmScene.composite("ALARM(c)", name: "d")
                + AlarmScene.composite("ALARM(d) OR ALARM(a)", name: "e"))
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        #expect(try status(store, "c").state == .insufficientData)
        #expect(try status(store, "d").state == .insufficientData)
        #expect(try status(store, "e").state == .alarm)
        // A rule that opens the circle sets all of it going.
        try scene.write(
            AlarmScene.composite("ALARM(a)") + AlarmScene.composite("ALARM(c)", name: "d")
                + AlarmScene.composite("ALARM(d) OR ALARM(a)", name: "e"))
        _ = try await engine.reload()
        #expect(try status(store, "c").state == .alarm)
        #expect(try status(store, "d").state == .alarm)
    }

    @Test func `history that is read tells nothing, and a restart nothing again`() async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)"))
        do {
            let (engine, store) = try await scene.open()
            try await scene.happen(after: 60, engine)
            try await scene.happen("A", after: 60, engine)
            #expect(try await scene.takeStates(store) == ["c ALARM"])
            // No finish: the process is killed here.
        }
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 5, engine)
        #expect(try await scene.takeStates(store) == [])
        #expect(try status(store).state == .alarm)
        try await scene.happen(after: 60, engine)
        try await scene.happen(after: 60, engine)
        #expect(try await scene.takeStates(store) == ["c OK"])
    }

    @Test func `a late event that changes the past of a child re-runs no composite alarm`() async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)"))
        let (engine, store) = try await scene.open()
        for _ in 0..<10 { try await scene.happen(after: 60, engine) }
        let before = try status(store)
        let time = scene.clock.now().adding(seconds: -300)
        try await scene.happen("A", at: time, after: 1, engine)
        #expect(try store.timeline(of: "a", from: Timestamp(seconds: 0)).contains { $0.state == .alarm })
        #expect(try status(store) == before)
        #expect(try await scene.takeStates(store) == [])
    }

    // MARK: Suppression

    private static let suppressor = """
        ActionsSuppressor: s
        ActionsSuppressorWaitPeriod: 30
        ActionsSuppressorExtensionPeriod: 40
        """

    private func opened() async throws -> (AlarmScene, Engine, Store) {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)", Self.suppressor))
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen(after: 60, engine)
        #expect(try status(store).suppression.phase == nil)
        #expect(try await scene.takeStates(store) == [])
        return (scene, engine, store)
    }

    @Test(arguments: [false, true])
    func `a wait that nobody follows ends in the actions of the present state`(restarts: Bool) async throws {
        var (scene, engine, store) = try await opened()
        try await scene.happen("A", after: 60, engine)
        #expect(try status(store).suppression.phase == .waitPeriod)
        let transitioned = try status(store).stateTransitioned
        if restarts { (engine, store) = try await reopened(scene, &engine, &store) }
        try await scene.happen(after: 20, engine)
        #expect(try await scene.takeStates(store) == [])
        try await scene.happen(after: 15, engine)
        let messages = try await scene.take(store)
        #expect(messages.map { $0["NewStateValue"] as? String } == ["ALARM"])
        #expect(messages.first?["OldStateValue"] as? String == "OK")
        // A phase updates the state's time, not that of its transition.
        #expect(try status(store).stateTransitioned == transitioned)
        #expect(try status(store).stateUpdated == transitioned.adding(seconds: 30))
        #expect(
            try history(store).suffix(4) == [
                "Alarm updated from OK to ALARM", "Actions suppressed by WaitPeriod", "Actions no longer suppressed",
                "Successfully executed action \(AlarmScene.topic)",
            ])
    }

    /// Lets go of the engine and its store, as the end of a process does.
    private func reopened(
        _ scene: AlarmScene, _ engine: inout Engine, _ store: inout Store
    ) async throws -> (Engine, Store) {
        let other = try AlarmScene("")
        (engine, store) = try await other.open()
        return try await scene.open()
    }

    @Test(arguments: [false, true])
    func `a suppressor that follows holds the actions back until its extension is over`(restarts: Bool) async throws {
        var (scene, engine, store) = try await opened()
        try await scene.happen("A", after: 60, engine)
        try await scene.happen("A", "S", after: 10, engine)
        #expect(try status(store).suppression.phase == .alarm)
        if restarts { (engine, store) = try await reopened(scene, &engine, &store) }
        // `a` stays in ALARM, `s` leaves it.
        try await scene.happen("A", after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        #expect(try status(store).suppression.phase == .extensionPeriod)
        #expect(try await scene.takeStates(store) == [])
        if restarts { (engine, store) = try await reopened(scene, &engine, &store) }
        try await scene.happen("A", after: 45, engine)
        #expect(try status(store).suppression.phase == nil)
        #expect(try await scene.takeStates(store) == ["c ALARM"])
    }

    @Test func `a change while the suppressor is in ALARM does not wait`() async throws {
        let (scene, engine, store) = try await opened()
        try await scene.happen("S", after: 60, engine)
        try await scene.happen("A", after: 5, engine)
        #expect(try status(store).suppression.phase == .alarm)
        #expect(try history(store).last == "Actions suppressed by Alarm")
    }

    @Test func `a suppressor that is taken away lets the actions run`() async throws {
        let (scene, engine, store) = try await opened()
        try await scene.happen("A", "S", after: 60, engine)
        #expect(try await scene.takeStates(store) == [])
        try scene.write(AlarmScene.composite("ALARM(a)"))
        _ = try await engine.reload()
        #expect(try await scene.takeStates(store) == ["c ALARM"])
    }

    @Test func `phases run with actions switched off, which never run`() async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)", Self.suppressor + "\nActionsEnabled: false"))
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        #expect(try status(store).suppression.phase == .waitPeriod)
        try await scene.happen(after: 35, engine)
        #expect(try status(store).suppression.phase == nil)
        #expect(try await scene.takeStates(store) == [])
    }
}
