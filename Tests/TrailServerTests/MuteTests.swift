import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailStore
import TrailTemplates

@testable import TrailServer

/// Mutes at work: facts 3.21 through the engine.
@Suite struct MuteTests {
    private static let actions = ", AlarmActions: [!Ref Topic], OKActions: [!Ref Topic]"

    /// A rule that mutes from 00:02 to 00:06 of each day; the scene begins at midnight.
    private static func rule(_ names: String, expression: String = "cron(2 0 * * *)", _ more: String = "") -> String {
        """
          Night:
            Type: AWS::CloudWatch::AlarmMuteRule
            Properties:
              Name: night
              Rule: {Schedule: {Expression: \(expression), Duration: PT4M\(more)}}
              MuteTargets: {AlarmNames: [\(names)]}

        """
    }

    private func withheld(_ store: Store) throws -> [String] {
        try store.withheldTransitions().map { "\($0.alarmName) \($0.action.state.rawValue)" }
    }

    @Test(arguments: [
        ("cron(2 0 * * *)", ""), ("at(2023-11-15T00:02)", ""), ("cron(2 1 * * *)", ", Timezone: Europe/Berlin"),
        ("at(2023-11-14T19:02)", ", Timezone: America/New_York"),
    ])
    func `an action that a rule withheld runs once when the window ends`(expression: String, zone: String) async throws
    {
        let scene = try AlarmScene(Self.rule("a", expression: expression, zone), actions: Self.actions)
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        for _ in 0..<4 { try await scene.happen("A", after: 60, engine) }
        // State and history go on.
        #expect(try store.alarms().first?.machine.status.state == .alarm)
        #expect(try await scene.takeStates(store) == [])
        #expect(try withheld(store) == ["a ALARM"])
        try await scene.happen("A", after: 70, engine)
        let messages = try await scene.take(store)
        #expect(messages.map { $0["NewStateValue"] as? String } == ["ALARM"])
        #expect(messages.first?["ActionExecutedAfterMuteWindow"] as? Bool == true)
        let own = messages.first?["Trailwatch"] as? [String: Any]
        #expect((own?["Text"] as? String)?.contains("Muted: told now that the alarm is muted no longer") == true)
        let item = try #require(try store.history(of: "a", limit: 9).first { $0.kind == .action })
        #expect(item.data.contains("\"muteWindowEndTimestamp\":1700006760000"))
        #expect(try withheld(store) == [])
        try await scene.happen("A", after: 60, engine)
        #expect(try await scene.takeStates(store) == [])
    }

    @Test func `only the present state's action runs after the mute`() async throws {
        let scene = try AlarmScene(Self.rule("a"), actions: Self.actions)
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 110, engine)
        try await scene.happen("A", after: 20, engine)
        for _ in 0..<2 { try await scene.happen(after: 60, engine) }
        #expect(try withheld(store) == ["a OK"])
        for _ in 0..<3 { try await scene.happen(after: 60, engine) }
        #expect(try await scene.takeStates(store) == ["a OK"])
    }

    @Test func `an alarm that left its state again after the mute began before it runs nothing of before`() async throws
    {
        // ALARM is told before the window, OK within it, ALARM again within it.
        let scene = try AlarmScene(Self.rule("a"), actions: Self.actions)
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 30, engine)
        #expect(try await scene.takeStates(store) == ["a ALARM"])
        for _ in 0..<2 { try await scene.happen(after: 60, engine) }
        #expect(try withheld(store) == ["a OK"])
        try await scene.happen("A", after: 10, engine)
        #expect(try withheld(store) == ["a ALARM"])
        for _ in 0..<3 { try await scene.happen("A", after: 60, engine) }
        #expect(try await scene.takeStates(store) == ["a ALARM"])
    }

    @Test func `each series of a muted alarm tells after the mute; composite alarms go on`() async throws {
        let series = """
              Calls:
                Type: AWS::CloudWatch::Alarm
                Properties:
                  AlarmName: calls
                  Metrics:
                    - Id: q
                      Expression: SELECT SUM(EventCount) FROM SCHEMA(CloudTrail, EventSource) GROUP BY EventSource
                        ORDER BY SUM() DESC
                      Period: 300
                  EvaluationPeriods: 1
                  Threshold: 3
                  ComparisonOperator: GreaterThanOrEqualToThreshold
                  AlarmActions: [!Ref Topic]

            """
        let scene = try AlarmScene(series + AlarmScene.composite("ALARM(calls)"))
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        _ = try await engine.mute(MuteOrder(alarmNames: ["calls"], seconds: 60, reason: "x", who: "y"))
        try await scene.happen("X", "Y", "Z", after: 10, engine)
        #expect(try await scene.takeStates(store) == ["c ALARM"])
        #expect(try withheld(store) == ["calls ALARM"])
        #expect(try store.withheldTransitions().first?.contributor?.text == "EventSource=iam.amazonaws.com")
        try await scene.happen(after: 60, engine)
        let told = try await scene.take(store)
        #expect(told.map { $0["AlarmName"] as? String } == ["calls"])
        #expect(told.first?["AlarmContributorId"] is String)
        #expect(told.first?["ActionExecutedAfterMuteWindow"] as? Bool == true)
    }

    @Test(arguments: [false, true])
    func `a mute of a person is kept, ends by word, and by itself`(restarts: Bool) async throws {
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)"), actions: Self.actions)
        var (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        let order = MuteOrder(alarmNames: ["a", "c"], seconds: 600, reason: "moving house", who: "alice")
        _ = try await engine.mute(order)
        try await scene.happen("A", after: 60, engine)
        #expect(try withheld(store) == ["a ALARM", "c ALARM"])
        if restarts {
            let other = try AlarmScene("")
            (engine, store) = try await other.open()
            (engine, store) = try await scene.open()
            try await scene.happen("A", after: 10, engine)
        }
        let line = try #require(await engine.muteLines().first)
        #expect(line.who == "alice" && line.reason == "moving house" && line.alarmNames == ["a"])
        let page = ConsolePage(store: store, snapshot: engine.snapshot, now: scene.clock.now())
        #expect(try page.render().contains("by alice: moving house"))
        #expect(try await scene.takeStates(store) == [])
        try await engine.unmute(["a"], who: "bob")
        let told = try await scene.take(store)
        #expect(told.map { $0["AlarmName"] as? String } == ["a"])
        #expect(told.first?["ActionExecutedAfterMuteWindow"] as? Bool == true)
        for _ in 0..<8 { try await scene.happen("A", after: 60, engine) }
        #expect(try await scene.takeStates(store) == [])
        try await scene.happen("A", after: 60, engine)
        let composite = try await scene.take(store)
        #expect(composite.map { $0["AlarmName"] as? String } == ["c"])
        #expect(composite.first?["ActionExecutedAfterMuteWindow"] as? Bool == true)
        #expect(composite.first?["AlarmRule"] as? String == "ALARM(a)")
        #expect(try store.mutes() == [])
    }

    @Test func `taking a rule away lets its alarms run at once`() async throws {
        let scene = try AlarmScene(Self.rule("a"), actions: Self.actions)
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 120, engine)
        try await scene.happen("A", after: 10, engine)
        #expect(try await scene.takeStates(store) == [])
        try scene.write("", actions: Self.actions)
        _ = try await engine.reload()
        try await scene.happen("A", after: 1, engine)
        #expect(try await scene.takeStates(store) == ["a ALARM"])
    }

    @Test func `a suppressed and muted alarm tells when both are over, once`() async throws {
        let suppressor = "ActionsSuppressor: s\nActionsSuppressorWaitPeriod: 30\nActionsSuppressorExtensionPeriod: 30"
        let scene = try AlarmScene(AlarmScene.composite("ALARM(a)", suppressor))
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen(after: 60, engine)
        _ = try await engine.mute(MuteOrder(alarmNames: ["c"], seconds: 60, reason: "x", who: "y"))
        try await scene.happen("A", after: 10, engine)
        try await scene.happen("A", after: 35, engine)
        #expect(try withheld(store) == ["c ALARM"])
        try await scene.happen("A", after: 20, engine)
        #expect(try await scene.takeStates(store) == ["c ALARM"])
    }

    @Test(
        arguments: [
            (["a", "bb"], Int64(60), "r", "there is no alarm 'bb'; did you mean 'b'?"),
            (["a"], 59, "r", "cannot mute for 59 s; want 1m to 15 d"),
            (["a"], 15 * 86_400 + 1, "r", "cannot mute for 1296001 s; want 1m to 15 d"),
            (["a"], 60, "", "cannot mute for a reason of 0 characters; want 1 to 1024"),
            ([], 60, "r", "cannot mute 0 alarms at once; want 1 to 100"),
        ] as [([String], Int64, String, String)])
    func `an order outside the limits is refused`(
        names: [String], seconds: Int64, reason: String, want: String
    ) throws {
        let order = MuteOrder(alarmNames: names, seconds: seconds, reason: reason, who: "w")
        let error = #expect(throws: InputError.self) {
            try order.mutes(now: Timestamp(seconds: 0), names: ["a", "b"])
        }
        #expect(error?.description == want)
    }

    @Test func `unmuting what nobody muted says so, and names a rule that does`() async throws {
        let scene = try AlarmScene(Self.rule("a"))
        let (engine, _) = try await scene.open()
        scene.clock.advance(seconds: 150)
        var error = await #expect(throws: InputError.self) { try await engine.unmute(["a"], who: "w") }
        #expect(error?.description == "the rule 'night' mutes 'a': change it in its alarm file")
        error = await #expect(throws: InputError.self) { try await engine.unmute(["b"], who: "w") }
        #expect(error?.description == "nobody muted an alarm 'b'")
    }

    // MARK: Zones

    @Test(arguments: [
        ("UTC", "2026-07-01T12:00:00Z", 0), ("Europe/Berlin", "2026-01-15T12:00:00Z", 3600),
        ("Europe/Berlin", "2026-07-15T12:00:00Z", 7200), ("Europe/Berlin", "2026-10-25T00:59:59Z", 7200),
        ("Europe/Berlin", "2026-10-25T01:00:00Z", 3600), ("America/New_York", "2030-12-01T00:00:00Z", -18_000),
        ("Asia/Kolkata", "2026-07-01T00:00:00Z", 19_800), ("Europe/Moscow", "2012-07-01T00:00:00Z", 14_400),
        ("Europe/Moscow", "2026-07-01T00:00:00Z", 10_800),
    ])
    func `the offsets of a zone come from the time zone database`(zone: String, time: String, want: Int) throws {
        let offsets = try #require(ZoneSource.system.offsets(of: zone))
        let at = try #require(Timestamp(rfc3339: time))
        let change = offsets.changes.last { $0.at <= at }
        #expect((change?.offset ?? offsets.initialOffset) == want)
    }

    @Test func `a name that is no zone has none`() {
        #expect(ZoneSource.system.offsets(of: "Europe/Atlantis") == nil)
        #expect(ZoneSource.utcOnly.offsets(of: "Europe/Berlin") == nil)
    }
}
