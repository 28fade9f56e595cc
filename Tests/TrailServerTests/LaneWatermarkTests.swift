import Testing
import TrailModel

@testable import TrailServer

let laneStart = Timestamp(seconds: 1_700_006_400)

extension LaneTable {
    /// A file of `account` that is `late` seconds late, stamped and read `seconds` after the start.
    mutating func add(
        _ account: String, _ region: String = "us-east-1", at seconds: Int64, late: Int64? = 300, read: Int64? = nil
    ) {
        let stamp = laneStart.adding(seconds: seconds)
        let oldest = late.map { stamp.adding(seconds: -$0) }
        note(
            account: account, region: region, stamp: stamp, oldestEvent: oldest, newestEvent: oldest,
            arrivedAt: laneStart.adding(seconds: read ?? seconds))
    }

    /// The watermark `seconds` after the start, in seconds after it.
    mutating func reached(at seconds: Int64, isBehind: Bool = false) -> Int64? {
        advance(now: laneStart.adding(seconds: seconds), isBehind: isBehind).map { $0.seconds - laneStart.seconds }
    }

    /// A file every `step` seconds over the day that ends at the start.
    mutating func addDay(_ account: String, _ region: String = "us-east-1", step: Int64 = 300, late: Int64 = 300) {
        for seconds in stride(from: -86_400 + step, through: 0, by: Int64.Stride(step)) {
            add(account, region, at: seconds, late: late)
        }
    }
}

@Suite struct LaneWatermarkTests {
    @Test func `without a lane the watermark is 15 minutes behind now`() {
        var table = LaneTable()
        #expect(table.reached(at: 0) == -900)
        #expect(table.reached(at: 61) == -839)
    }

    @Test(
        arguments: [
            ("one file tells nothing", 1, nil, 0, -900),
            ("19 files tell nothing", 19, nil, 0, -900),
            ("20 files on time", 20, nil, 0, -300),
            ("the ceiling comes nearer than the lane", 20, nil, 900, 0),
            ("--lateness holds from the first file", 1, 5, 0, -5),
            ("--lateness may be longer than the bounds, the ceiling holds", 20, 1200, 0, -900),
        ] as [(String, Int, Int64?, Int64, Int64)])
    func `a lane's watermark is its newest stamp less its lateness`(
        why: String, files: Int, fixed: Int64?, now: Int64, want: Int64
    ) {
        var table = LaneTable(fixedLatenessSeconds: fixed)
        for file in 0..<files { table.add("a", at: Int64(file - files + 1) * 300) }
        #expect(table.reached(at: now) == want, "\(why)")
    }

    @Test func `the slowest active lane holds the others back, up to the ceiling`() {
        var table = LaneTable()
        table.addDay("quick", late: 310)
        table.addDay("slow", late: 500)
        #expect(table.reached(at: 0) == -500)
        table.add("quick", at: 300)
        #expect(table.reached(at: 300) == -500)
        #expect(table.reached(at: 420) == -480)
        table.add("slow", at: 300, read: 420)
        #expect(table.reached(at: 420) == -200)
    }

    @Test(arguments: [(600, true), (601, false)] as [(Int64, Bool)])
    func `only a lane with files at half of the day's stamps holds others back`(step: Int64, isActive: Bool) {
        var table = LaneTable()
        table.addDay("a", step: step == 600 ? 600 : 900, late: 700)
        table.addDay("b", late: 300)
        #expect(table.lanes[0].stamps.count(at: laneStart) == (isActive ? 144 : 96))
        #expect(table.lanes[0].isActive(at: laneStart) == isActive)
        #expect(table.reached(at: 0) == (isActive ? -700 : -300))
    }

    @Test func `a lane of 144 stamps is active until one of them is a day old`() {
        var table = LaneTable()
        table.addDay("a", step: 600)
        // Stamps at −85,800, −85,200 …: the oldest falls out when its five minutes are 288 steps back.
        #expect(table.lanes[0].isActive(at: laneStart.adding(seconds: 599)))
        #expect(!table.lanes[0].isActive(at: laneStart.adding(seconds: 600)))
    }

    @Test func `idle lanes alone are waited for as if there were none`() {
        var table = LaneTable()
        for file in 0..<30 {
            table.add("a", at: Int64(file) * 300)
            table.add("b", at: Int64(file) * 300)
        }
        #expect(table.reached(at: 29 * 300 + 10) == 7810, "900 s behind 8,710")
        var fixed = LaneTable(fixedLatenessSeconds: 60)
        fixed.add("a", at: 0)
        fixed.add("b", at: -120)
        #expect(fixed.reached(at: 10) == -60, "the operator's word is for the whole source")
    }

    @Test func `while behind the watermark stays at its stored value, be it none`() {
        var fresh = LaneTable()
        fresh.addDay("a")
        #expect(fresh.reached(at: 100_000, isBehind: true) == nil)
        #expect(fresh.lanes[0].watermark == nil)
        var known = LaneTable(watermark: laneStart.adding(seconds: -4000))
        known.addDay("a")
        #expect(known.reached(at: 0, isBehind: true) == -4000)
        #expect(known.reached(at: 100_000, isBehind: true) == -4000)
        #expect(known.reached(at: 0) == -300)
    }

    @Test func `neither a later file nor a clock set back moves the watermark back`() {
        var table = LaneTable()
        table.addDay("a", late: 310)
        #expect(table.reached(at: 0) == -310)
        table.add("a", at: 0, late: 890)
        #expect(table.lanes[0].lateness.seconds == 890)
        #expect(table.reached(at: 0) == -310)
        #expect(table.reached(at: -7200) == -310)
        #expect(table.lanes[0].watermark == laneStart.adding(seconds: -310))
        table.add("a", at: 600)
        #expect(table.reached(at: 600) == -290)
    }

    @Test func `the watermark is never after now, when a clock was set back after files were read`() {
        var table = LaneTable(fixedLatenessSeconds: 60)
        table.add("a", at: 0)
        #expect(table.reached(at: -7200) == -7200)
    }

    @Test func `the newest event counts as the stamp where it is later, and never after now`() {
        func newest(_ stamp: Int64?, _ event: Int64?, now: Int64 = 0) -> Int64? {
            var table = LaneTable()
            table.note(
                account: "", region: "", stamp: stamp.map { laneStart.adding(seconds: $0) }, oldestEvent: nil,
                newestEvent: event.map { laneStart.adding(seconds: $0) }, arrivedAt: laneStart.adding(seconds: now))
            #expect(table.futureFileCount == (table.lanes.isEmpty && (stamp != nil || event != nil) ? 1 : 0))
            return table.lanes.first.map { $0.newestStamp.seconds - laneStart.seconds }
        }
        #expect(newest(-60, -30) == -30)
        #expect(newest(-60, -90) == -60)
        #expect(newest(-60, 1) == -60)
        #expect(newest(60, -90) == -90)
        #expect(newest(nil, -90) == -90)
        #expect(newest(0, nil) == 0)
        #expect(newest(1, 1) == nil)
        #expect(newest(nil, nil) == nil)
    }

    @Test func `a file of hours ago that comes now neither stretches the lateness nor counts as activity now`() {
        var table = LaneTable()
        for file in 0..<20 { table.add("a", at: Int64(file - 19) * 300, late: 310) }
        let before = table.lanes[0].stamps.count(at: laneStart)
        table.add("a", at: -5 * 3600, late: 320, read: 0)
        #expect(table.lanes[0].lateness.seconds == 320)
        #expect(table.lanes[0].newestStamp == laneStart)
        #expect(table.lanes[0].stamps.count(at: laneStart) == before + 1)
        #expect(table.lanes[0].stamps.count(at: laneStart.adding(seconds: 20 * 3600)) == before)
        // Of days ago: no trace at all, however late its events were.
        let lane = table.lanes[0]
        table.add("a", at: -3 * 86_400, late: 890, read: 0)
        #expect(table.lanes[0] == lane)
        #expect(table.reached(at: 0) == -320)
    }

    @Test func `digests are no files of a lane`() {
        var table = LaneTable()
        table.note(
            account: "a", region: "us-east-1", stamp: laneStart, oldestEvent: nil, newestEvent: nil,
            arrivedAt: laneStart, isDigest: true)
        #expect(table.lanes.isEmpty)
        #expect(table.reached(at: 0) == -900)
    }

    /// Random files of several lanes, out of order, late, from the future, with outages, and a clock that jumps.
    @Test(arguments: 1...20) func `the watermark never goes back and stays between the ceiling and now`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var table = LaneTable(fixedLatenessSeconds: seed % 5 == 0 ? Int64(seed) : nil)
        var now: Int64 = 0
        var last: Int64?
        for round in 0..<2000 {
            now += Int64.random(in: -30...400, using: &random)
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let age = Int64.random(in: -600...(Bool.random(using: &random) ? 900 : 100_000), using: &random)
                table.add(
                    ["a", "b", "c"].randomElement(using: &random) ?? "", at: now - age,
                    late: Bool.random(using: &random) ? Int64.random(in: -100...2000, using: &random) : nil, read: now)
            }
            let isBehind = round < 50 || (500..<520).contains(round)
            let reached = table.reached(at: now, isBehind: isBehind)
            #expect(table.watermark.map { $0.seconds - laneStart.seconds } == reached)
            if isBehind {
                #expect(reached == last, "seed \(seed), round \(round)")
            } else if let reached {
                #expect(reached >= max(last ?? reached, now - 900), "seed \(seed), round \(round)")
                #expect(reached <= max(last ?? now, now), "seed \(seed), round \(round)")
            } else {
                Issue.record("seed \(seed), round \(round): no watermark")
            }
            last = reached
        }
    }

    /// Within what a lane remembers, the order of files before a moment changes nothing at that moment.
    @Test(arguments: 1...20) func `files in any order, some of them twice, reach the same watermark`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var files: [(account: String, at: Int64, late: Int64)] = []
        for account in ["a", "b", "c"] {
            for _ in 0..<Int.random(in: 1...190, using: &random) {
                files.append(
                    (
                        account, Int64.random(in: -280...0, using: &random) * 300,
                        Int64.random(in: 0...950, using: &random)
                    ))
            }
        }
        func table(_ files: [(account: String, at: Int64, late: Int64)]) -> LaneTable {
            var table = LaneTable()
            for file in files { table.add(file.account, at: file.at, late: file.late, read: 0) }
            for file in files.prefix(50) { table.add(file.account, at: file.at, late: nil, read: 0) }
            return table
        }
        var one = table(files)
        var other = table(files.shuffled(using: &random))
        #expect(one.reached(at: 60) == other.reached(at: 60), "seed \(seed)")
        for lane in one.lanes {
            let twin = other.lanes.first { $0.id == lane.id }
            #expect(twin?.stamps == lane.stamps && twin?.watermark == lane.watermark, "seed \(seed)")
            #expect(twin?.lateness.seconds == lane.lateness.seconds, "seed \(seed)")
        }
    }

    @Test func `figures name each lane up to 500, then accounts, by their slowest active lane`() {
        var table = LaneTable()
        table.addDay("b", "r1", late: 400)
        table.addDay("b", "r2", late: 500)
        table.add("a", "r1", at: -900)
        _ = table.reached(at: 0)
        let few = table.figures(now: laneStart)
        #expect(few.counts == [.active: 2, .idle: 1, .silent: 0])
        #expect(few.rows.map(\.region) == ["r1", "r1", "r2"])
        #expect(few.rows.map(\.watermark) == [-1800, -400, -500].map { laneStart.adding(seconds: $0) })
        for region in 0..<498 { table.add("a", "x\(region)", at: -600) }
        _ = table.reached(at: 0)
        let many = table.figures(now: laneStart)
        #expect(many.counts == [.active: 2, .idle: 499, .silent: 0])
        #expect(many.rows.map(\.account) == ["a", "b"])
        #expect(many.rows.map(\.region) == ["", ""])
        #expect(many.rows.map(\.watermark) == [-1500, -500].map { laneStart.adding(seconds: $0) })
        #expect(many.rows.map(\.lastFile) == [-600, 0].map { laneStart.adding(seconds: $0) })
    }
}
