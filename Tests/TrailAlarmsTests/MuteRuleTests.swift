import Testing
import TrailAlarms
import TrailModel

/// Central European time of 2026: clocks go from 02:00 to 03:00 on 29 March and from 03:00 to 02:00 on 25 October.
private let berlin = ZoneOffsets(
    identifier: "Europe/Berlin", initialOffset: 3600,
    changes: [
        .init(at: Timestamp(rfc3339: "2026-10-25T01:00:00Z") ?? origin, offset: 3600),
        .init(at: Timestamp(rfc3339: "2026-03-29T01:00:00Z") ?? origin, offset: 7200),
    ])

private func time(_ text: String) throws -> Timestamp {
    try #require(Timestamp(rfc3339: text + ":00Z"))
}

private func muteRule(
    _ expression: String, _ duration: String, zone: ZoneOffsets = .utc, start: Timestamp? = nil,
    expiry: Timestamp? = nil
) throws -> MuteRule {
    try MuteRule(
        name: "m", alarmNames: ["a"],
        schedule: MuteSchedule(expression, duration: duration, zone: zone), start: start,
        expiry: expiry)
}

@Suite struct MuteRuleTests {
    /// The examples of CloudWatch's API reference (`Schedule`), and what follows from the calendar.
    @Test(arguments: [
        (
            "cron(0 2 * * *)", "PT2H", "2026-03-10T12:00",
            ["2026-03-11T02:00", "2026-03-11T04:00", "2026-03-12T02:00"]
        ),
        (
            "cron(0 2 * * SUN)", "PT4H", "2026-03-10T12:00",
            ["2026-03-15T02:00", "2026-03-15T06:00", "2026-03-22T02:00"]
        ),
        (
            "cron(0 1 1 * *)", "PT6H", "2026-03-10T12:00",
            ["2026-04-01T01:00", "2026-04-01T07:00", "2026-05-01T01:00"]
        ),
        (
            "cron(0 18 * * FRI)", "P2DT12H", "2026-03-10T12:00", ["2026-03-13T18:00", "2026-03-16T06:00"]
        ),
        ("cron(0 0 23 dec *)", "P7D", "2026-12-24T00:00", ["2026-12-30T00:00", "2027-12-23T00:00"]),
        (
            "at(2024-05-10T14:00)", "PT1M", "2024-05-10T13:59",
            ["2024-05-10T14:00", "2024-05-10T14:01", "-"]
        ),
        ("at(2024-05-10T14:00)", "PT1H", "2024-05-10T15:00", ["-"]),
        (
            "cron(0 0 29 2 *)", "P1D", "2026-03-10T12:00",
            ["2028-02-29T00:00", "2028-03-01T00:00", "2032-02-29T00:00"]
        ),
        (
            "cron(30 8-9,22 * * MON-WED,7)", "PT1M", "2026-11-22T21:00",
            [
                "2026-11-22T22:30", "2026-11-22T22:31", "2026-11-23T08:30", "2026-11-23T08:31",
                "2026-11-23T09:30",
            ]
        ),
        (
            "cron(0 0 13 * FRI)", "P1D", "2026-11-07T00:00",
            ["2026-11-13T00:00", "2026-11-14T00:00", "2026-11-20T00:00"]
        ),
        // Windows that touch or overlap are one.
        (
            "cron(0 * 1 1 *)", "PT1H", "2025-12-31T23:00",
            ["2026-01-01T00:00", "2026-01-02T00:00", "2027-01-01T00:00"]
        ),
        ("cron(0 0,1 1 1 *)", "PT3H", "2025-12-31T23:00", ["2026-01-01T00:00", "2026-01-01T04:00"]),
    ])
    func `a mute begins and ends when its schedule says`(
        expression: String, duration: String, from: String, want: [String]
    )
        throws
    {
        let rule = try muteRule(expression, duration)
        var now = try time(from)
        for text in want {
            let isMuted = rule.isMuted(at: now)
            guard text != "-" else {
                #expect(rule.nextChange(after: now) == nil && rule.status(at: now) == .expired)
                continue
            }
            #expect(rule.status(at: now) == (isMuted ? .active : .scheduled))
            let change = try time(text)
            #expect(rule.nextChange(after: now) == change)
            #expect(rule.isMuted(at: change) != isMuted)
            #expect(rule.isMuted(at: change.adding(milliseconds: -1)) == isMuted)
            now = change
        }
    }

    @Test func `a rule counts from its start and up to its expiry`() throws {
        let rule = try muteRule(
            "cron(0 22 * * *)", "PT8H", start: try time("2026-01-02T00:00"),
            expiry: try time("2026-01-03T23:00"))
        #expect(rule.nextChange(after: try time("2026-01-01T22:30")) == (try time("2026-01-02T00:00")))
        #expect(
            try !rule.isMuted(at: time("2026-01-01T23:59")) && rule.isMuted(at: time("2026-01-02T05:59")))
        #expect(rule.nextChange(after: try time("2026-01-03T22:00")) == (try time("2026-01-03T23:00")))
        #expect(try rule.status(at: time("2026-01-03T23:00")) == .expired)
        #expect(rule.nextChange(after: try time("2026-01-03T12:00")) == (try time("2026-01-03T22:00")))
        let early = try muteRule("cron(0 22 * * *)", "PT8H", expiry: time("2026-01-02T22:00"))
        #expect(early.nextChange(after: try time("2026-01-02T12:00")) == nil)
    }

    /// A time that is left out begins where the clocks went; one that comes twice begins the first time.
    @Test(arguments: [
        ("cron(30 2 * * *)", "2026-03-28T12:00", "2026-03-29T01:00"),
        ("cron(0 4 * * *)", "2026-03-28T12:00", "2026-03-29T02:00"),
        ("cron(30 2 * * *)", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("cron(30 2 * * *)", "2026-10-25T00:31", "2026-10-26T01:30"),
        ("at(2026-07-01T12:00)", "2026-03-29T12:00", "2026-07-01T10:00"),
        ("cron(0 12 1 1 *)", "2026-10-25T01:30", "2027-01-01T11:00"),
    ])
    func `a schedule keeps to the wall clock of its zone`(
        expression: String, from: String, want: String
    ) throws {
        let rule = try muteRule(expression, "PT1M", zone: berlin)
        #expect(rule.nextChange(after: try time(from)) == (try time(want)))
        #expect(rule.isMuted(at: try time(want)))
    }

    @Test func `start and expiry are on the wall clock too`() throws {
        #expect(try MuteSchedule.time("2026-07-01T12:00", in: berlin) == time("2026-07-01T10:00"))
        #expect(try MuteSchedule.time("2026-07-01T12:00", in: .utc) == time("2026-07-01T12:00"))
        #expect(throws: MuteRuleError.date("2026-02-30T12:00")) {
            try MuteSchedule.time("2026-02-30T12:00", in: .utc)
        }
        #expect(throws: MuteRuleError.date("2026-02-03")) {
            try MuteSchedule.time("2026-02-03", in: .utc)
        }
    }

    /// Against a walk over every minute of the wall clock around the changes of summer time.
    @Test(arguments: [41, 42, 43, 44] as [UInt64])
    func `windows are those that a walk over every minute finds`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<12 {
            let minute = Int.random(in: 0...59, using: &random)
            let hours = Bool.random(using: &random) ? "*" : "\(Int.random(in: 0...3, using: &random))"
            let length = Int.random(in: 1...400, using: &random)
            let rule = try muteRule("cron(\(minute) \(hours) * * *)", "PT\(length)M", zone: berlin)
            let day = Bool.random(using: &random) ? "2026-03-28T00:00" : "2026-10-24T00:00"
            let first = try time(day)
            let spring = try time("2026-03-29T01:00")
            let autumn = try time("2026-10-25T01:00")
            var starts: [Int] = []
            var seen: Set<Int> = []
            // Minutes of the wall clock since the first day's midnight in UTC, in the order in which they are shown.
            var clock = 0
            for step in 0..<(4 * 1440) {
                let now = first.adding(seconds: Int64(step) * 60)
                let isSummer = now >= spring && now < autumn
                let shown = step + (isSummer ? 120 : 60)
                // What is shown now, and before it what was left out.
                let passed = step == 0 || shown <= clock ? [shown] : Array(clock + 1...shown)
                for minuteShown in passed where seen.insert(minuteShown).inserted {
                    let hour = "\(minuteShown / 60 % 24)"
                    if minuteShown % 60 == minute, hours == "*" || hours == hour { starts.append(step) }
                }
                clock = shown
            }
            for step in 1440..<(4 * 1440) {
                let want = starts.contains { $0 <= step && step < $0 + length }
                let now = first.adding(seconds: Int64(step) * 60)
                if rule.isMuted(at: now) != want {
                    Issue.record(
                        "seed \(seed): \(rule.schedule.expression) PT\(length)M at \(now.rfc3339), want \(want)"
                    )
                    break
                }
            }
        }
    }

    @Test(arguments: [51, 52] as [UInt64])
    func `between two changes a mute stays as it is`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<40 {
            let hour = Int.random(in: 0...23, using: &random)
            let days = ["*", "1-5", "SUN,WED"].randomElement(using: &random) ?? "*"
            let length = Int.random(in: 1...4000, using: &random)
            let rule = try muteRule(
                "cron(0,30 \(hour) * * \(days))", "PT\(length)M", zone: berlin)
            let now = try time("2026-03-27T00:00").adding(
                seconds: Int64.random(in: 0...400_000, using: &random))
            guard let change = rule.nextChange(after: now) else {
                #expect(rule.isMuted(at: now), "seed \(seed)")
                continue
            }
            #expect(change > now)
            let isMuted = rule.isMuted(at: now)
            for _ in 0..<50 {
                let between = Int64.random(in: now.milliseconds..<change.milliseconds, using: &random)
                #expect(rule.isMuted(at: Timestamp(milliseconds: between)) == isMuted, "seed \(seed)")
            }
        }
    }

    @Test func `a mute without end is given in parts`() throws {
        let rule = try muteRule("cron(* * * * *)", "PT1M")
        let now = try time("2026-03-10T12:00")
        #expect(rule.nextChange(after: now) == now.adding(seconds: 60_000))
    }

    @Test(arguments: [
        (
            "cron(0 2 * *)", "PT1H",
            "got 4 fields inside cron(…); want five: Minutes Hours Day-of-month Month Day-of-week"
        ),
        (
            "cron(60 2 * * *)", "PT1H",
            "got '60' as Minutes; want 0 to 59, a range such as 0-2, a list with commas, or *"
        ),
        (
            "cron(*/5 2 * * *)", "PT1H",
            "got '*/5' as Minutes; want 0 to 59, a range such as 0-2, a list with commas, or *"
        ),
        (
            "cron(0 5-2 * * *)", "PT1H",
            "got '5-2' as Hours; want 0 to 23, a range such as 0-2, a list with commas, or *"
        ),
        (
            "cron(0 2 * FOO *)", "PT1H",
            "got 'FOO' as Month; want 1 to 12, JAN to DEC, a range such as 1-3, a list with commas, or *"
        ),
        (
            "cron(0 2 30 FEB *)", "PT1H",
            "got cron(0 2 30 FEB *), which never comes; want a day that one of its months has"
        ),
        (
            "at(2024-02-30T14:00)", "PT1H",
            "got Expression 'at(2024-02-30T14:00)'; want cron(Minutes Hours Day-of-month Month Day-of-week) or at(yyyy-MM-ddThh:mm), at most 256 characters"
        ),
    ])
    func `a schedule that cannot be is refused`(
        expression: String, duration: String, want: String
    )
        throws
    {
        let error = #expect(throws: MuteRuleError.self) { try muteRule(expression, duration) }
        #expect(error?.message == want)
    }

    @Test(
        arguments: [
            ("PT1M", 60), ("PT60S", 60), ("P15D", 1_296_000), ("P2DT12H", 216_000),
            ("P1DT1H1M1S", 90_061),
            ("PT59S", nil), ("P15DT1S", nil), ("P", nil), ("PT", nil), ("P1DT", nil), ("P1M", nil),
            ("P2W", nil),
            ("PT1M1H", nil),
            ("PT1H1H", nil), ("PT60S5S", nil), ("PT60ST5M", nil), ("1H", nil), ("PT1.5H", nil),
            ("PT-5M", nil),
            ("PTM", nil),
            ("PT9999999999M", nil), ("PT٣H", nil), ("", nil),
        ] as [(String, Int64?)])
    func `durations go from a minute to fifteen days`(text: String, want: Int64?) {
        #expect((try? MuteSchedule("cron(0 0 * * *)", duration: text))?.durationSeconds == want)
    }

    @Test func `both sides of each limit`() throws {
        let schedule = try MuteSchedule("at(2026-01-01T00:00)", duration: "PT1M")
        func make(_ name: Int, _ alarms: Int) throws {
            _ = try MuteRule(
                name: String(repeating: "é", count: name), alarmNames: (0..<alarms).map { "a\($0)" },
                schedule: schedule
            )
        }
        #expect(throws: Never.self) { try make(255, 100) }
        #expect(throws: MuteRuleError.name(characters: 256)) { try make(256, 1) }
        #expect(throws: MuteRuleError.name(characters: 0)) { try make(0, 1) }
        #expect(throws: MuteRuleError.tooManyAlarms(101)) { try make(1, 101) }
        #expect(throws: MuteRuleError.expiresBeforeStart) {
            try MuteRule(name: "m", alarmNames: [], schedule: schedule, start: origin, expiry: origin)
        }
        let long = "cron(00 2 * * " + String(repeating: "1,", count: 120)
        #expect(throws: Never.self) { try MuteSchedule(long + "1)", duration: "PT1M") }
        #expect(throws: MuteRuleError.expression(String(long.prefix(80)))) {
            try MuteSchedule(long + "01)", duration: "PT1M")
        }
        #expect(schedule.isOneTime)
    }

    /// Two rules that overlap (the third scenario of "How alarm mute rules work"), and two that take turns.
    @Test func `a mute by several rules lasts until the last of them ends`() throws {
        let rules = try [
            muteRule("cron(0 1 * * *)", "PT4H"), muteRule("cron(0 3 * * *)", "PT6H"),
            muteRule("cron(0 9 * * *)", "PT1H"),
            muteRule("cron(30 9 * * *)", "PT31M"),
        ]
        #expect(try rules.mutedUntil("a", at: time("2026-03-10T00:59")) == nil)
        #expect(try rules.mutedUntil("a", at: time("2026-03-10T02:00")) == time("2026-03-10T10:01"))
        #expect(try rules.mutedUntil("b", at: time("2026-03-10T02:00")) == nil)
        let turns = try [muteRule("cron(0 0,2 1 * *)", "PT1H"), muteRule("cron(0 1,3 1 * *)", "PT1H")]
        #expect(try turns.mutedUntil("a", at: time("2026-03-01T00:00")) == time("2026-03-01T04:00"))
        let endless = try [muteRule("cron(0 * * * *)", "PT1H")]
        #expect(
            try #require(endless.mutedUntil("a", at: time("2026-03-01T00:00"))) >= time("2026-04-01T00:00")
        )
    }

    /// The scenarios of CloudWatch's page "How alarm mute rules work".
    @Test(arguments: [
        ("back in OK before the end, the action of OK waits", AlarmState.ok, AlarmState.ok, true),
        ("still in the state in which it was muted", .alarm, .alarm, true),
        ("moved on while something else held its action back", .alarm, .ok, false),
    ])
    func `when a mute ends the action of the present state runs`(
        why: String, state: AlarmState, present: AlarmState, runs: Bool
    ) {
        #expect(WithheldAction(state: state, since: origin).runs(inState: present) == runs, "\(why)")
    }
}
