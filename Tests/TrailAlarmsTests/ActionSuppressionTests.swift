import Testing
import TrailAlarms
import TrailModel

private let suppressor = ActionsSuppressor(
    alarm: AlarmReference("deploying"), waitPeriodSeconds: 60, extensionPeriodSeconds: 30)

private func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

/// The steps as `10 WaitPeriod`, `70 run`: when, and the phase that began.
private func steps(
    _ events: [(Int64, ActionSuppression.Event)], _ suppressor: ActionsSuppressor = suppressor
) -> [String] {
    var suppression = ActionSuppression()
    return events.flatMap { time, event in
        suppression.apply(event, at: at(time), suppressor).map { "\($0.at.seconds) \($0.to?.rawValue ?? "run")" }
    }
}

@Suite struct ActionSuppressionTests {
    typealias Event = ActionSuppression.Event

    /// The rules of facts 3.16, in their order.
    static let rules: [(why: String, events: [(Int64, Event)], want: [String])] = [
        (
            "1, 2: a change waits, then its actions run", [(10, .stateChanged), (69, .timePassed), (70, .timePassed)],
            ["10 WaitPeriod", "70 run"]
        ),
        (
            "2: a wait that nobody watched ends at its own time", [(10, .stateChanged), (500, .timePassed)],
            ["10 WaitPeriod", "70 run"]
        ),
        (
            "3: the suppressor goes into ALARM during the wait",
            [(10, .stateChanged), (69, .suppressorEnteredAlarm), (900, .timePassed)], ["10 WaitPeriod", "69 Alarm"]
        ),
        ("3: a moment too late", [(10, .stateChanged), (70, .suppressorEnteredAlarm)], ["10 WaitPeriod", "70 run"]),
        (
            "4: a change back during the wait waits anew",
            [(10, .stateChanged), (40, .stateChanged), (99, .timePassed), (100, .timePassed)],
            ["10 WaitPeriod", "40 WaitPeriod", "100 run"]
        ),
        (
            "5: a change while the suppressor is in ALARM does not wait",
            [(10, .suppressorEnteredAlarm), (20, .stateChanged), (30, .stateChanged)], ["20 Alarm", "30 Alarm"]
        ),
        (
            "6: the suppressor leaves ALARM, the actions run after the extension",
            [(10, .suppressorEnteredAlarm), (20, .stateChanged), (50, .suppressorLeftAlarm), (80, .timePassed)],
            ["20 Alarm", "50 ExtensionPeriod", "80 run"]
        ),
        (
            "6: into ALARM again during the extension",
            [
                (10, .suppressorEnteredAlarm), (20, .stateChanged), (50, .suppressorLeftAlarm),
                (60, .suppressorEnteredAlarm), (200, .suppressorLeftAlarm), (900, .timePassed),
            ],
            ["20 Alarm", "50 ExtensionPeriod", "60 Alarm", "200 ExtensionPeriod", "230 run"]
        ),
        (
            "7: a change during the extension waits",
            [
                (10, .suppressorEnteredAlarm), (20, .stateChanged), (50, .suppressorLeftAlarm), (60, .stateChanged),
                (900, .timePassed),
            ],
            ["20 Alarm", "50 ExtensionPeriod", "60 WaitPeriod", "120 run"]
        ),
        (
            "8: another suppressor ends a wait", [(10, .stateChanged), (20, .suppressorReplaced(isInAlarm: false))],
            ["10 WaitPeriod", "20 run"]
        ),
        (
            "8: another suppressor that is in ALARM holds back",
            [
                (10, .stateChanged), (20, .suppressorReplaced(isInAlarm: true)), (90, .suppressorLeftAlarm),
                (120, .timePassed),
            ],
            ["10 WaitPeriod", "20 Alarm", "90 ExtensionPeriod", "120 run"]
        ),
        (
            "a suppressor that comes and goes between changes leaves no trace (captured suppression/29 to 55)",
            [
                (10, .stateChanged), (70, .timePassed), (80, .suppressorEnteredAlarm), (90, .suppressorLeftAlarm),
                (900, .suppressorReplaced(isInAlarm: true)),
            ],
            ["10 WaitPeriod", "70 run"]
        ),
    ]

    @Test(arguments: rules)
    func `phases follow the documented rules`(why: String, events: [(Int64, Event)], want: [String]) {
        #expect(steps(events) == want, "\(why)")
    }

    /// Captured from CloudWatch with both periods at 5 s (suppression/71 to 79), in milliseconds.
    @Test func `a captured sequence gives the captured phases and times`() {
        let short = ActionsSuppressor(
            alarm: AlarmReference("suppressor"), waitPeriodSeconds: 5, extensionPeriodSeconds: 5)
        var suppression = ActionSuppression()
        func apply(_ event: Event, _ milliseconds: Int64) -> [ActionSuppression.Effect] {
            suppression.apply(event, at: Timestamp(milliseconds: milliseconds), short)
        }
        #expect(apply(.suppressorEnteredAlarm, 65_902).isEmpty)
        #expect(apply(.stateChanged, 66_670).map(\.to) == [.alarm])
        #expect(apply(.suppressorLeftAlarm, 68_284).map(\.to) == [.extensionPeriod])
        #expect(suppression.reason(suppressor: "x") == "Actions suppressed by ExtensionPeriod")
        #expect(apply(.stateChanged, 70_020).map(\.to) == [.waitPeriod])
        #expect(suppression.reason(suppressor: "x") == "Actions suppressed by WaitPeriod")
        let last = apply(.timePassed, 89_113)
        #expect(last.map(\.at.milliseconds) == [75_020] && last.map(\.from) == [.waitPeriod])
        #expect(last.map(\.runsActions) == [true] && suppression.phase == nil && suppression.deadline == nil)
        #expect(suppression.reason(suppressor: "x") == nil)
    }

    @Test func `the reason names the suppressor and when it went into ALARM`() throws {
        let time = try #require(Timestamp(rfc3339: "2026-09-14T06:28:17.960Z"))
        var suppression = ActionSuppression(suppressorInAlarmSince: time)
        _ = suppression.apply(.stateChanged, at: time.adding(seconds: 9), suppressor)
        #expect(
            suppression.reason(suppressor: "arn:s")
                == "Actions suppressed by arn:s that transitioned to ALARM at Monday 14 September, 2026 06:28:17 UTC")
    }

    @Test func `periods of no length are over at once`() {
        let none = ActionsSuppressor(alarm: AlarmReference("s"), waitPeriodSeconds: 0, extensionPeriodSeconds: 0)
        #expect(steps([(10, .stateChanged)], none) == ["10 run"])
        #expect(
            steps([(10, .suppressorEnteredAlarm), (20, .stateChanged), (30, .suppressorLeftAlarm)], none)
                == ["20 Alarm", "30 run"])
    }

    @Test(arguments: [31, 32, 33] as [UInt64])
    func `every change is answered by one run in the end, and none runs while the suppressor is in ALARM`(seed: UInt64)
    {
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            var suppression = ActionSuppression()
            var inAlarm = false
            var isOwed = false
            var now: Int64 = 0
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let before = (inAlarm: inAlarm, deadline: suppression.deadline)
                now += Int64.random(in: 0...80, using: &random)
                let event: Event
                switch Int.random(in: 0...3, using: &random) {
                case 0: event = .stateChanged
                case 1 where !inAlarm: event = .suppressorEnteredAlarm
                case 2 where inAlarm: event = .suppressorLeftAlarm
                default: event = .timePassed
                }
                if event == .suppressorEnteredAlarm { inAlarm = true }
                if event == .suppressorLeftAlarm { inAlarm = false }
                for effect in suppression.apply(event, at: at(now), suppressor) where effect.runsActions {
                    #expect(isOwed && !before.inAlarm && effect.at == before.deadline, "seed \(seed)")
                    isOwed = false
                }
                if event == .stateChanged { isOwed = true }
                #expect((suppression.phase != nil) == isOwed, "seed \(seed)")
                #expect((suppression.phase == .alarm) == (isOwed && inAlarm), "seed \(seed)")
                #expect((suppression.deadline != nil) == (isOwed && !inAlarm), "seed \(seed)")
            }
        }
    }
}

@Suite struct CompositeReasonTests {
    @Test func `reasons and their data are CloudWatch's`() throws {
        let time = try #require(Timestamp(rfc3339: "2026-09-14T11:18:52.496Z"))
        #expect(
            CompositeReason.text(.created, arn: "A", state: .ok) == "A was created and its alarm rule evaluates to OK")
        #expect(
            CompositeReason.text(.updated, arn: "A", state: .alarm)
                == "A was updated and its new alarm rule evaluates to ALARM")
        #expect(
            CompositeReason.text(.child("C", .alarm, at: time), arn: "A", state: .alarm)
                == "C transitioned to ALARM at Monday 14 September, 2026 11:18:52 UTC")
        #expect(
            CompositeReason.data([("C", .alarm, time)])
                == #"{"triggeringAlarms":[{"arn":"C","state":{"value":"ALARM","timestamp":"2026-09-14T11:18:52.496+0000"}}]}"#
        )
        #expect(CompositeReason.data([]) == #"{"triggeringAlarms":[]}"#)
    }

    @Test(arguments: [
        ("1969-12-31T00:00:00Z", "Wednesday 31 December, 1969"), ("1970-01-01T00:00:00Z", "Thursday 01 January, 1970"),
        ("2024-02-29T00:00:00Z", "Thursday 29 February, 2024"), ("2026-11-22T00:00:00Z", "Sunday 22 November, 2026"),
    ])
    func `dates have their weekday`(time: String, want: String) throws {
        let time = try #require(Timestamp(rfc3339: time))
        #expect(
            CompositeReason.text(.child("C", .ok, at: time), arn: "", state: .ok)
                == "C transitioned to OK at \(want) 00:00:00 UTC")
    }
}
