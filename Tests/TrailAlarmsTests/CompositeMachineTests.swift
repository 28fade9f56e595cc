import Foundation
import Testing
import TrailAlarms
import TrailModel

/// Composite alarms as values: what each step says, and that actions run once for each state.
@Suite struct CompositeMachineTests {
    private static let home = AlarmHome(region: "us-east-1", account: "111122223333")
    private static let start = Timestamp(seconds: 1_700_000_000)

    private static func alarm(_ rule: String, suppressor: String? = nil) throws -> CompositeAlarm {
        try CompositeAlarm(
            name: "c", alarmDescription: "d", okActions: ["o"], alarmActions: ["a"], ruleText: rule,
            suppressor: suppressor.map {
                ActionsSuppressor(alarm: AlarmReference($0), waitPeriodSeconds: 30, extensionPeriodSeconds: 20)
            }, tags: ["severity": "low"], location: SourceLocation(file: "f.yaml", line: 3, column: 4))
    }

    private static func machine(_ rule: String, suppressor: String? = nil) throws -> CompositeMachine {
        CompositeMachine(
            try alarm(rule, suppressor: suppressor), status: CompositeStatus(now: start), home: home)
    }

    @Test(arguments: [nil, "s", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:s"] as [String?])
    func `a definition and a status are stored and read as they are`(suppressor: String?) throws {
        var machine = try Self.machine("ALARM(x) OR OK(\"y z\")", suppressor: suppressor)
        let child = CompositeMachine.Child(state: .alarm, since: Self.start)
        _ = machine.evaluate(.children(["x"]), isNews: true, at: Self.start, children: ["x": child])
        let encoder = JSONEncoder()
        let definition = try JSONDecoder().decode(
            CompositeAlarm.self, from: try encoder.encode(machine.definition))
        #expect(definition == machine.definition)
        let status = try JSONDecoder().decode(CompositeStatus.self, from: try encoder.encode(machine.status))
        #expect(status == machine.status)
        #expect(status.triggering?.map(\.name) == ["x"])
    }

    @Test func `a stored rule that no longer reads is an error, not a crash`() throws {
        let text = String(decoding: try JSONEncoder().encode(try Self.alarm("TRUE")), as: UTF8.self)
        let broken = Data(text.replacing("TRUE", with: "TRUE OR").utf8)
        #expect(throws: AlarmRuleError.self) { _ = try JSONDecoder().decode(CompositeAlarm.self, from: broken) }
    }

    @Test func `two entries into ALARM at one moment are two incidents`() throws {
        var machine = try Self.machine("ALARM(x)")
        var incidents: Set<Timestamp> = []
        for state in [AlarmState.alarm, .ok, .alarm, .ok, .alarm] {
            let child = CompositeMachine.Child(state: state, since: Self.start)
            _ = machine.evaluate(.children(["x"]), isNews: true, at: Self.start, children: ["x": child])
            if let entered = machine.status.enteredAlarmAt { incidents.insert(entered) }
        }
        #expect(incidents.count == 3)
        #expect(machine.status.decisionNumber == 5)
    }

    /// Any course of a child and a suppressor: the actions of a state run at most once, and the last state's once when
    /// all is over.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `the actions of each state run at most once, and those of the last one do`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var machine = try Self.machine("ALARM(x)", suppressor: "s")
        var now = Self.start
        var runs: [Int64: Int] = [:]
        var state = AlarmState.ok
        func take(_ steps: [CompositeMachine.Step]) {
            for case .act(let status, _) in steps { runs[status.decisionNumber, default: 0] += 1 }
        }
        for _ in 0..<60 {
            now = now.adding(seconds: Int64.random(in: 0...25, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0: take(machine.suppress(.suppressorEnteredAlarm, at: now))
            case 1: take(machine.suppress(.suppressorLeftAlarm, at: now))
            case 2: take(machine.suppress(.timePassed, at: now))
            default:
                state = Bool.random(using: &random) ? .alarm : .ok
                let child = CompositeMachine.Child(state: state, since: now)
                take(machine.evaluate(.children(["x"]), isNews: true, at: now, children: ["x": child]))
            }
        }
        take(machine.suppress(.suppressorLeftAlarm, at: now))
        take(machine.suppress(.timePassed, at: now.adding(seconds: 100)))
        #expect(runs.values.allSatisfy { $0 == 1 }, "seed \(seed): \(runs)")
        #expect(runs[machine.status.decisionNumber] == 1, "seed \(seed)")
        #expect(machine.status.suppression.phase == nil, "seed \(seed)")
    }

    @Test(
        arguments: [
            (60, 120, "until 120"), (0, 60, "until 120"), (60, 60, "until 120"), (200, 300, ""),
        ] as [(Int64, Int64, String)])
    func `mutes of people and of rules that touch are one`(since: Int64, until: Int64, want: String) throws {
        // The rule mutes minutes 1 and 2 of each hour.
        let rule = try MuteRule(
            name: "r", alarmNames: ["x"], schedule: MuteSchedule("cron(1 * * * *)", duration: "PT1M"))
        let midnight = Timestamp(seconds: 1_699_920_000)
        let mute = Mute(
            alarmName: "x", since: midnight.adding(seconds: since), until: midnight.adding(seconds: until), reason: "",
            who: "")
        let mutes = Mutes(rules: [rule], [mute])
        let end = mutes.mutedUntil("x", at: midnight.adding(seconds: since == 200 ? 0 : since))
        #expect((end.map { "until \(Int($0.seconds(since: midnight)))" } ?? "") == want)
        #expect(mutes.isMuted("x", at: midnight.adding(seconds: 60)))
        #expect(mutes.mutedUntil("y", at: midnight.adding(seconds: 60)) == nil)
    }
}
