import Testing
import TrailModel

@testable import TrailServer

extension LaneTable {
    fileprivate func silence(at seconds: Int64, isBehind: Bool = false) -> Silence {
        silence(now: laneStart.adding(seconds: seconds), isBehind: isBehind)
    }

    fileprivate mutating func digest(_ account: String, at seconds: Int64) {
        let end = laneStart.adding(seconds: seconds)
        note(
            account: account, region: "us-east-1", stamp: end, oldestEvent: nil, newestEvent: nil, arrivedAt: end,
            isDigest: true)
    }
}

@Suite struct LaneSilenceTests {
    /// An organization of 60 accounts in 17 regions: 70 lanes work, all others have a few files a day or none.
    ///
    /// Over 30 hours the idle lanes must neither be reported nor move the watermark away from where it would be without
    /// them.
    @Test(arguments: 1...3) func `of 1,020 lanes the 950 idle ones raise no silence and delay nothing`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let ids = (0..<60).flatMap { account in (0..<17).map { ("\(100_000_000_000 + account)", "region-\($0)") } }
        #expect(ids.count == 1020)
        var table = LaneTable()
        var workingOnly = LaneTable()
        // 50 accounts work in one region, 20 of them in two; ten do nothing but what happens by itself.
        let working = Set((0..<50).map { $0 * 17 } + (0..<20).map { $0 * 17 + 5 })
        let filesADay = (0..<1020).map { _ in Double.random(in: 0...1.5, using: &random) }
        for step in Int64(-288)..<72 {
            let now = step * 300 + 40
            for (number, id) in ids.enumerated() {
                let isWorking = working.contains(number)
                let chance = isWorking ? 0.95 : filesADay[number] / 288
                guard step == -288 || Double.random(in: 0..<1, using: &random) < chance else { continue }
                let late = Int64.random(in: 3...(isWorking ? 500 : 850), using: &random)
                table.add(id.0, id.1, at: step * 300, late: late, read: now)
                if isWorking { workingOnly.add(id.0, id.1, at: step * 300, late: late, read: now) }
            }
            guard step >= 0 else { continue }
            let silence = table.silence(at: now)
            #expect(silence.isEmpty, "seed \(seed), step \(step): \(silence)")
            #expect(table.reached(at: now) == workingOnly.reached(at: now), "seed \(seed), step \(step)")
        }
        let figures = table.figures(now: laneStart.adding(seconds: 72 * 300))
        #expect(figures.counts == [.active: 70, .idle: 950, .silent: 0])
        #expect(figures.rows.count == 60)
        // All of them stop: the lanes that worked are reported, with their accounts.
        let later = table.silence(at: 72 * 300 + 7 * 3600)
        #expect(later.lanes.map(\.id) == working.map { LaneID(account: ids[$0].0, region: ids[$0].1) }.sorted())
        #expect(Set(later.accounts.map(\.id.account)).isSuperset(of: working.map { ids[$0].0 }))
    }

    @Test(
        arguments: [
            ("every five minutes: an hour", 300, 3600), ("every ten minutes: 10 gaps", 600, 6000),
        ] as [(String, Int64, Int64)])
    func `an active lane is silent after an hour or ten median gaps`(why: String, step: Int64, after: Int64) {
        var table = LaneTable()
        table.addDay("a", step: step)
        #expect(table.silence(at: after - 1).isEmpty, "\(why)")
        let silence = table.silence(at: after)
        #expect(
            silence.lanes == [
                Silence.Quiet(
                    id: LaneID(account: "a", region: "us-east-1"), lastFile: laneStart,
                    since: laneStart.adding(seconds: after))
            ], "\(why)")
        #expect(table.lanes[0].condition(at: laneStart.adding(seconds: after)) == .silent)
        #expect(silence.accounts.isEmpty && silence.digests.isEmpty)
    }

    @Test func `silence ends with a file of now, not with an old one`() {
        var table = LaneTable()
        table.addDay("a")
        #expect(table.silence(at: 4000).lanes.count == 1)
        table.add("a", at: -1800, read: 4000)
        #expect(table.silence(at: 4000).lanes.count == 1)
        table.add("a", at: 3900, read: 4000)
        #expect(table.silence(at: 4000).isEmpty)
    }

    @Test func `a lane that was active stays silent after its day has passed, for a week`() {
        var table = LaneTable()
        table.addDay("a")
        let week: Int64 = 7 * 86_400
        #expect(!table.lanes[0].isActive(at: laneStart.adding(seconds: 86_400)))
        #expect(table.silence(at: week - 1).lanes.count == 1)
        #expect(table.silence(at: week - 1).accounts.count == 1)
        #expect(table.silence(at: week).isEmpty)
        #expect(table.lanes[0].condition(at: laneStart.adding(seconds: week)) == .idle)
    }

    @Test func `an idle lane is never silent`() {
        var table = LaneTable()
        table.addDay("a", step: 900)
        for hours in 1...23 { #expect(table.silence(at: Int64(hours) * 3600).lanes.isEmpty) }
    }

    @Test(
        arguments: [
            // Files every so many seconds in all 17 regions together, and the hours after which silence is reported.
            ("busy", 300, 86_400, 6),
            ("four times an hour, no lane of it active", 900, 86_400, 6),
            ("every two hours: three of them are six hours", 7200, 86_400, 6),
            ("every five hours: three of them", 18_000, 86_400, 15),
            ("every six hours: that is no news", 21_600, 86_400, nil),
            ("by day only", 300, 12 * 3600, nil),
            ("a first hour", 300, 3600, nil),
        ] as [(String, Int64, Int64, Int64?)])
    func `a whole account is silent after six hours unless it is quiet so long by itself`(
        why: String, step: Int64, duration: Int64, hours: Int64?
    ) {
        var table = LaneTable()
        for (number, seconds) in stride(from: 0, to: duration, by: Int64.Stride(step)).enumerated() {
            table.add("a", "region-\(number % 17)", at: -seconds)
        }
        let reported = (1...48).first { !table.silence(at: Int64($0) * 3600).accounts.isEmpty }
        #expect(reported.map(Int64.init) == hours, "\(why)")
        if let hours {
            #expect(table.silence(at: hours * 3600 - 1).accounts.isEmpty, "\(why)")
            let since = table.silence(at: hours * 3600 + 500).accounts.map(\.since)
            #expect(since == [laneStart.adding(seconds: hours * 3600)], "\(why)")
        }
    }

    @Test func `a digest is overdue 75 minutes after the hour it is due in`() {
        var table = LaneTable()
        table.digest("a", at: -3600)
        table.digest("a", at: 0)
        table.digest("a", at: -7200)
        #expect(table.silence(at: 135 * 60 - 1).isEmpty)
        #expect(table.silence(at: 135 * 60).digests.map(\.id.account) == ["a"])
        #expect(table.silence(at: 135 * 60).digests.map(\.lastFile) == [laneStart])
        table.digest("a", at: 3600)
        #expect(table.silence(at: 135 * 60).isEmpty)
        #expect(table.silence(at: 3600 + 7 * 86_400).isEmpty)
    }

    @Test func `nothing is silent in a source that is behind`() {
        var table = LaneTable()
        table.addDay("a")
        table.digest("a", at: 0)
        #expect(!table.silence(at: 10 * 3600).isEmpty)
        #expect(table.silence(at: 10 * 3600, isBehind: true).isEmpty)
    }

    @Test func `news is told once, and again after files came in between`() {
        var table = LaneTable()
        table.addDay("a")
        table.addDay("b")
        let first = table.silence(at: 4000)
        #expect(first.news(since: Silence()) == first)
        // An old file may move the moment of silence; that is no news.
        table.add("a", at: -86_100 + 150, read: 4000)
        #expect(table.silence(at: 5000).news(since: first).isEmpty)
        table.add("a", at: 5000)
        let second = table.silence(at: 5000)
        #expect(second.lanes.map(\.id.account) == ["b"])
        #expect(second.news(since: first).isEmpty)
        let third = table.silence(at: 10_000)
        #expect(third.news(since: second).lanes.map(\.id.account) == ["a"])
        let whole = table.silence(at: 7 * 3600)
        #expect(whole.news(since: third).accounts.map(\.id.account) == ["b"])
        #expect(whole.news(since: third).lanes.isEmpty)
    }

    @Test func `one message names accounts before lanes and digests, with a limit`() {
        var table = LaneTable()
        table.addDay("111122223333", "us-east-1")
        table.addDay("111122223333", "eu-west-1")
        table.addDay("444455556666", "us-east-1")
        table.add("444455556666", "eu-west-1", at: 4 * 3600)
        table.digest("444455556666", at: 3 * 3600)
        let now = laneStart.adding(seconds: 6 * 3600 + 600)
        let silence = table.silence(now: now, isBehind: false)
        #expect(silence.title == "1 account, 3 lanes and 1 digest are silent")
        let name = { (account: String) in account == "111122223333" ? "prod (111122223333)" : account }
        #expect(
            silence.lines(now: now, linesMax: 12, accountText: name) == [
                "prod (111122223333): no files in any region for 6 h 10 min, the last 2023-11-15T00:00:00Z",
                "444455556666 us-east-1: no files for 6 h 10 min, the last 2023-11-15T00:00:00Z",
                "444455556666 us-east-1: no digest for 3 h 10 min, the last 2023-11-15T03:00:00Z",
            ])
        #expect(silence.lines(now: now, linesMax: 3).count == 3)
        #expect(silence.lines(now: now, linesMax: 2).last == "and 2 more")
        #expect(silence.lines(now: now, linesMax: 1) == ["and 3 more"])
        #expect(Silence().title.isEmpty)
        #expect(Silence(lanes: Array(silence.lanes.prefix(1))).title == "1 lane is silent")
        var outside = LaneTable()
        for step in Int64(0)..<288 { outside.add("", "", at: -step * 300) }
        let line = outside.silence(at: 3700).lines(now: laneStart.adding(seconds: 3700), linesMax: 1)
        #expect(line == ["files outside CloudTrail's layout: no files for 1 h 1 min, the last 2023-11-15T00:00:00Z"])
    }
}
