import Foundation
import Testing
import TrailEvents
import TrailModel
import TrailSources

private func key(
    _ stamp: Timestamp, _ unique: String = "AbCdEfGhIjKlMnOp", account: String = "111122223333",
    kind: String = "CloudTrail", region: String = "eu-west-1", root: String = "AWSLogs/"
) -> String {
    let time = stamp.rfc3339
    let date = time.prefix(10).replacing("-", with: "/")
    let compact = "\(time.prefix(10).filter { $0 != "-" })T\(time.dropFirst(11).prefix(5).filter { $0 != ":" })Z"
    let name = "\(account)_\(kind)_\(region)_\(compact)_\(unique).json.gz"
    return "\(root)\(account)/\(kind)/\(region)/\(date)/\(name)"
}

private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

@Suite struct S3ListerTests {
    // MARK: Lanes

    @Test func `lanes are found in accounts and organizations, and nothing else is followed`() throws {
        var bucket = FakeBucket()
        let stamp = try time("2026-01-02T03:00:00Z")
        bucket.add(key(stamp))
        bucket.add(key(stamp, kind: "CloudTrail-Insight"))
        bucket.add(key(stamp, account: "444455556666", region: "us-east-1", root: "AWSLogs/o-abcdefghij/"))
        bucket.add("AWSLogs/111122223333/Config/eu-west-1/2026/1/2/x.json.gz")
        bucket.add("AWSLogs/x/CloudTrail/r/y.json.gz")
        bucket.add("z")
        bucket.sort()
        var run = try ListerRun(since: "2026-01-02", now: "2026-01-02T03:10:00Z")
        #expect(run.lister.isBehind(now: run.now))
        run.run(bucket, until: run.now)
        #expect(!run.lister.isBehind(now: run.now))
        #expect(
            run.lister.lanes.map(\.prefix).sorted() == [
                "AWSLogs/111122223333/CloudTrail-Insight/eu-west-1/", "AWSLogs/111122223333/CloudTrail/eu-west-1/",
                "AWSLogs/o-abcdefghij/444455556666/CloudTrail/us-east-1/",
            ])
        #expect(run.lister.lanes.compactMap(\.organization) == ["o-abcdefghij"])
        #expect(run.offers.count == 3)
        #expect(run.offers.allSatisfy { $0.purpose == .live })
        #expect(!run.requests.contains { "\($0.request)".contains("Config") })
    }

    @Test(
        arguments: [
            ("s3://trail/org/trail", "org/trail/AWSLogs/", 4), ("s3://trail/AWSLogs/111122223333", "AWSLogs/", 2),
            ("s3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1", "AWSLogs/", 0),
        ])
    func `a location may lie anywhere from the root to the region`(url: String, root: String, folders: Int) throws {
        var bucket = FakeBucket()
        bucket.add(key(try time("2026-01-02T03:00:00Z"), root: root))
        var run = try ListerRun(url, since: "2026-01-02", now: "2026-01-02T03:10:00Z")
        run.run(bucket, until: run.now)
        #expect(run.offers.map(\.key) == bucket.files.map(\.key))
        #expect(run.count(.discovery) == min(folders, 3))
    }

    @Test(
        arguments: [
            "s3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/", "s3://trail/AWSLogs/111122223333/Config/",
            "s3://trail/AWSLogs/12/",
        ])
    func `a location below a region or outside the layout is refused`(url: String) {
        #expect(throws: S3LayoutError.self) { try ListerRun(url, since: "2026-01-02", now: "2026-01-02T03:10:00Z") }
    }

    @Test func `a lane that appears later is found`() throws {
        var bucket = FakeBucket()
        let start = try time("2026-01-02T03:10:00Z")
        bucket.add(key(start.adding(seconds: -600)))
        bucket.add(key(start.adding(seconds: 60), region: "ap-south-1"), visibleAt: start.adding(seconds: 61))
        bucket.sort()
        var run = try ListerRun(since: "2026-01-02", now: "2026-01-02T03:10:00Z")
        run.run(bucket, until: start.adding(seconds: S3Lister.discoverySeconds))
        #expect(run.offers.count == 2)
    }

    // MARK: Order

    @Test func `the newest day of all lanes comes first, back to since`() throws {
        var bucket = FakeBucket()
        let today = try time("2026-03-02T12:00:00Z")
        for day in 0..<40 {
            for region in ["eu-west-1", "us-east-1"] {
                bucket.add(key(today.adding(seconds: Int64(-day) * 86_400), region: region))
            }
        }
        bucket.sort()
        var run = try ListerRun(since: "2026-02-10T15:00:00Z", now: "2026-03-02T12:10:00Z")
        run.run(bucket, until: run.now)
        #expect(run.offers.count == 2 * 21)
        let days = run.offers.map { $0.key.split(separator: "/")[4...6].joined() }
        #expect(days == days.sorted(by: >))
        #expect(days.last == "20260210")
        #expect(run.offers.count { $0.purpose == .live } == 2)
        // Days are looked for by month, so that only those with files cost a request.
        #expect(run.count(.history) == 2 * (2 + 20))
        #expect(run.lister.listedFrom(now: run.now) == nil)
    }

    @Test func `history waits while it is not wanted`() throws {
        var bucket = FakeBucket()
        bucket.add(key(try time("2026-01-02T03:00:00Z")))
        bucket.add(key(try time("2026-01-01T03:00:00Z")))
        bucket.sort()
        var run = try ListerRun(since: "2025-12-01", now: "2026-01-02T03:10:00Z")
        run.run(bucket, until: run.now, includingHistory: false)
        #expect(run.offers.map(\.purpose) == [.live])
        #expect(run.lister.listedFrom(now: run.now) == (try time("2026-01-02T00:00:00Z")))
        run.run(bucket, until: run.now)
        #expect(run.offers.map(\.purpose) == [.live, .history])
        #expect(run.lister.listedFrom(now: run.now) == nil)
    }

    @Test func `years without files cost a request each`() throws {
        var bucket = FakeBucket()
        bucket.add(key(try time("2016-05-06T03:00:00Z")))
        bucket.add(key(try time("2026-01-02T03:00:00Z")))
        bucket.sort()
        var run = try ListerRun(since: "2013-11-13", now: "2026-01-02T03:10:00Z")
        run.run(bucket, until: run.now)
        #expect(run.offeredKeys.count == 2)
        // One for January of this year, one for each of 13 years, one for the month of 2016, one for its day.
        #expect(run.count(.history) == 1 + 13 + 1 + 1)
    }

    @Test func `a page that is not the last is followed at once`() throws {
        var bucket = FakeBucket()
        bucket.pageSize = 7
        let stamp = try time("2026-01-02T03:00:00Z")
        for minute in 0..<100 { bucket.add(key(stamp.adding(seconds: Int64(minute) * -60))) }
        for minute in 0..<100 { bucket.add(key(stamp.adding(seconds: -86_400 + Int64(minute) * -60))) }
        bucket.sort()
        var run = try ListerRun(since: "2026-01-01", now: "2026-01-02T03:10:00Z")
        run.run(bucket, until: run.now)
        #expect(run.offers.count == 200)
        #expect(run.offeredKeys.count == 200)
    }

    // MARK: Requests

    @Test func `a day's requests are few`() throws {
        var bucket = FakeBucket()
        let start = try time("2026-01-02T00:00:00Z")
        for slot in -24..<288 {
            let stamp = start.adding(seconds: Int64(slot) * 300)
            bucket.add(key(stamp), visibleAt: stamp.adding(seconds: 20))
        }
        bucket.add(key(start.adding(seconds: -7200), region: "us-east-1"))
        bucket.sort()
        var run = try ListerRun(since: "2026-01-01", now: "2026-01-02T00:00:00Z")
        run.run(bucket, until: start.adding(seconds: 86_399))
        // The root, the account and its one kind, every ten minutes.
        #expect(run.count(.discovery) == 3 * 144)
        #expect((1440 + 144...1440 + 150).contains(run.count(.live)), "\(run.count(.live))")
        #expect(run.count(.recheck) == 2)
        #expect(run.count(.history) <= 4)
        #expect(run.offers.count { $0.purpose == .live && $0.key.contains("eu-west-1/2026/01/02") } == 288)
        let delays = run.offers.filter { $0.purpose == .live }.dropFirst(30).map { offer in
            LogFileName(path: offer.key).map { offer.time.seconds(since: $0.stamp) } ?? .infinity
        }
        #expect(delays.allSatisfy { $0 <= 20 + 61 })
    }

    @Test func `a lane is polled by whether files come`() throws {
        var bucket = FakeBucket()
        let start = try time("2026-01-02T12:00:00Z")
        bucket.add(key(start.adding(seconds: -60)))
        var run = try ListerRun(since: "2026-01-02", now: "2026-01-02T12:00:00Z")
        run.run(bucket, until: start.adding(seconds: 3300))
        #expect((55...57).contains(run.count(.live)))
        run.requests = []
        run.run(bucket, until: start.adding(seconds: 3300 + 36_000))
        #expect((60...66).contains(run.count(.live)), "\(run.count(.live))")
    }

    // MARK: Restart

    @Test func `a new start lists almost nothing again`() throws {
        var bucket = FakeBucket()
        let start = try time("2026-01-20T12:00:00Z")
        for slot in 0..<(14 * 288) { bucket.add(key(start.adding(seconds: Int64(-slot) * 300))) }
        bucket.add(key(start.adding(seconds: 600)), visibleAt: start.adding(seconds: 610))
        bucket.sort()
        var first = try ListerRun(since: "2026-01-07", now: "2026-01-20T12:00:00Z")
        first.run(bucket, until: start)
        #expect(first.offeredKeys.count > 13 * 288)
        let stored = try JSONEncoder().encode(first.lister.progress)
        #expect(stored.count < 1000)

        let progress = try JSONDecoder().decode(S3Progress.self, from: stored)
        #expect(progress == first.lister.progress)
        var second = try ListerRun(since: "2026-01-07", now: "2026-01-20T12:20:00Z", progress: progress)
        #expect(second.lister.lanes == first.lister.lanes)
        second.run(bucket, until: second.now)
        #expect(second.count(.live) == 1)
        #expect(second.count(.history) == 0)
        // The overlap, and the new file.
        #expect(second.offers.count == 1200 / 300 + 1 + 1)

        // Going further back asks for what was not asked for.
        var third = try ListerRun(since: "2026-01-06", now: "2026-01-20T12:20:00Z", progress: progress)
        third.run(bucket, until: third.now)
        #expect(Set(third.offers.filter { $0.purpose == .history }.map { $0.key.split(separator: "/")[6] }) == ["06"])
    }

    @Test func `after a long pause the newest day comes first, and the gap behind it`() throws {
        var bucket = FakeBucket()
        bucket.pageSize = 50
        let start = try time("2026-01-20T12:00:00Z")
        for slot in 0..<(10 * 288) {
            let stamp = start.adding(seconds: Int64(-slot) * 300)
            bucket.add(key(stamp), visibleAt: stamp)
        }
        bucket.sort()
        var first = try ListerRun(since: "2026-01-12", now: "2026-01-14T12:00:00Z")
        first.run(bucket, until: first.now)
        var second = try ListerRun(since: "2026-01-12", now: "2026-01-20T12:00:00Z", progress: first.lister.progress)
        second.run(bucket, until: second.now)
        let first12 = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/12"
        #expect(second.offeredKeys.union(first.offeredKeys).count == bucket.files.count { $0.key > first12 })
        // One page from where it stopped, then today.
        let days = second.offers.dropFirst(50).map { $0.key.split(separator: "/")[6] }
        #expect(days.first == "20")
        #expect(days.last == "14")
        #expect(!second.offers.contains { $0.key.contains("/2026/01/12/") || $0.key.contains("/2026/01/13/") })
    }

    // MARK: Nothing is missed

    @Test(.timeLimit(.minutes(2)), arguments: UInt64(1)...5)
    func `every file is offered, whatever comes late or stops`(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        var bucket = FakeBucket()
        bucket.pageSize = Int.random(in: 2...20, using: &generator)
        let begin = try time("2026-02-26T00:00:00Z")
        let lanes = [
            ("111122223333", "CloudTrail", "eu-west-1"), ("111122223333", "CloudTrail", "us-east-1"),
            ("444455556666", "CloudTrail-Insight", "us-east-1"),
        ]
        for (index, lane) in lanes.enumerated() {
            for number in 0..<(64 >> index * 2) {
                let minute = Int64.random(in: 0..<(3 * 1440), using: &generator)
                let stamp = begin.adding(seconds: minute * 60)
                // Most appear within the overlap; a few after hours, which the second look at a day finds.
                let delay =
                    Int.random(in: 0..<20, using: &generator) == 0
                    ? 0..<Int64(82_800 - minute % 1440 * 57) : 0..<S3Lister.overlapSeconds - 60
                let lag = Int64.random(in: delay, using: &generator)
                bucket.add(
                    key(stamp, "u\(seed)x\(number)", account: lane.0, kind: lane.1, region: lane.2),
                    visibleAt: stamp.adding(seconds: lag))
            }
        }
        bucket.sort()
        var offered: Set<String> = []
        var progress = S3Progress()
        var now = begin.adding(seconds: 86_400 + 43_200)
        let end = begin.adding(seconds: 4 * 86_400 + 10_000)
        var starts = 0
        while now < end {
            starts += 1
            var run = try ListerRun(since: "2026-02-27", now: now.rfc3339, progress: progress)
            let stop = min(end, now.adding(seconds: Int64.random(in: 60..<100_000, using: &generator)))
            run.run(bucket, until: stop)
            offered.formUnion(run.offeredKeys)
            // What is under way when it stops is lost.
            _ = run.lister.next(now: stop.adding(seconds: 700))
            progress = run.lister.progress
            now = stop.adding(seconds: Int64.random(in: 0..<3000, using: &generator))
        }
        let floor = "/2026/02/27"
        let wanted = bucket.files.filter { file in
            LogFileName(path: file.key).map { "/" + $0.stamp.rfc3339.prefix(10).replacing("-", with: "/") >= floor }
                ?? false
        }.map(\.key)
        let missing = wanted.filter { !offered.contains($0) }
        #expect(missing.isEmpty, "seed \(seed), \(starts) starts, pages of \(bucket.pageSize): \(missing.prefix(3))")
        #expect(wanted.count > 30)
    }

    @Test func `without a stop no file of the tail is offered twice`() throws {
        var bucket = FakeBucket()
        let start = try time("2026-01-02T23:00:00Z")
        for slot in 0..<60 {
            let stamp = start.adding(seconds: Int64(slot) * 120)
            bucket.add(key(stamp), visibleAt: stamp.adding(seconds: Int64(slot * 7 % 300)))
        }
        bucket.sort()
        var run = try ListerRun(since: "2026-01-02", now: "2026-01-02T23:00:00Z")
        run.run(bucket, until: start.adding(seconds: 9000))
        let live = run.offers.filter { $0.purpose == .live }
        #expect(live.count == 60)
        #expect(Set(live.map(\.key)).count == 60)
        #expect(run.offers.contains { $0.purpose == .recheck })
    }

    @Test func `a stamp from the future carries the tail nowhere`() throws {
        var bucket = FakeBucket()
        let start = try time("2026-01-02T12:00:00Z")
        bucket.add(key(start.adding(seconds: -60)))
        bucket.add(key(start.adding(seconds: 300 * 86_400)))
        bucket.add(key(start.adding(seconds: 120)), visibleAt: start.adding(seconds: 130))
        bucket.sort()
        var run = try ListerRun(since: "2026-01-02", now: "2026-01-02T12:00:00Z")
        run.run(bucket, until: start.adding(seconds: 200))
        #expect(run.offers.count == 3)
    }

    // MARK: Failure

    @Test func `a step that fails is due again, and is not waited for without end`() throws {
        var bucket = FakeBucket()
        let start = try time("2026-01-02T12:00:00Z")
        bucket.add(key(start.adding(seconds: -60)))
        var run = try ListerRun(since: "2026-01-01", now: "2026-01-02T12:00:00Z")
        var failures = 0
        while run.now < start.adding(seconds: 1000) {
            while let step = run.lister.next(now: run.now) {
                if step.purpose == .live {
                    failures += 1
                    run.lister.fail(step, now: run.now)
                } else {
                    run.carryOut(step, bucket)
                }
            }
            #expect(run.lister.isBehind(now: run.now) == (run.now.seconds(since: start) < 900))
            run.now = try #require(run.lister.nextDue)
        }
        #expect(failures == 17)
        run.run(bucket, until: run.now.adding(seconds: 60))
        #expect(run.offers.map(\.purpose) == [.live])
        #expect(!run.lister.isBehind(now: run.now))
    }

    @Test func `answers to steps that are over change nothing`() throws {
        var run = try ListerRun(since: "2026-01-01", now: "2026-01-02T12:00:00Z")
        let next = run.lister.next(now: run.now)
        let step = try #require(next)
        #expect(run.lister.next(now: run.now) == nil)
        #expect(run.lister.nextDue == nil)
        run.lister.fail(step, now: run.now)
        run.lister.finish(step, folders: ["AWSLogs/111122223333/"], now: run.now)
        #expect(run.lister.next(now: run.now) == nil)
        #expect(run.lister.nextDue == run.now.adding(seconds: S3Lister.failureSeconds))
    }

    @Test func `digests, whose names sort by trail, are all seen`() throws {
        var bucket = FakeBucket()
        let start = try time("2026-01-02T12:00:00Z")
        for trail in ["zeta", "alpha"] {
            for hour in 0..<6 {
                let stamp = start.adding(seconds: Int64(hour) * 3600)
                let text = stamp.rfc3339
                let date = text.prefix(10).filter { $0 != "-" }
                let clock = text.dropFirst(11).prefix(8).filter { $0 != ":" }
                let name = "111122223333_CloudTrail-Digest_eu-west-1_\(trail)_eu-west-1_\(date)T\(clock)Z.json.gz"
                bucket.add(
                    "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/01/02/\(name)",
                    visibleAt: stamp.adding(seconds: trail == "alpha" ? 900 : 0))
            }
        }
        bucket.sort()
        var run = try ListerRun(since: "2026-01-02", now: "2026-01-02T11:00:00Z")
        run.run(bucket, until: start.adding(seconds: 30_000))
        #expect(run.offeredKeys.count == 12)
        #expect(run.lister.lanes.map(\.kind) == [.digest])
    }
}
