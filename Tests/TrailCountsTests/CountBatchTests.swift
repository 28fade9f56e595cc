import Testing
import TrailCounts
import TrailEvents
import TrailModel

struct CountBatchTests {
    /// What some batches come to, with activities by value, as their numbers depend on the order.
    struct Totals: Equatable {
        var counts: [Activity: [Timestamp: Int64]] = [:]
        var arrivals: [Activity: CountBatch.Arrivals] = [:]
        var samples: [CountBatch.MetricCell: StatisticSet] = [:]
        var traffic: [Timestamp: Int64] = [:]

        mutating func add(_ batch: CountBatch, _ table: ActivityTable) {
            for (cell, count) in batch.activityCounts {
                counts[table.activities[Int(cell.activity)], default: [:]][cell.slot, default: 0] += count
            }
            for (id, more) in batch.arrivals {
                arrivals[table.activities[Int(id)], default: CountBatch.Arrivals()].add(more)
            }
            for (cell, set) in batch.samples where samples[cell]?.add(set) == nil { samples[cell] = set }
            traffic.merge(batch.traffic, uniquingKeysWith: +)
        }
    }

    private static func records(_ random: inout SeededGenerator) -> [String] {
        let odd = [
            "", #""errorCode":"AccessDenied""#, #""errorMessage":"no""#,
            #""eventCategory":"Insight","insightDetails":{"eventSource":"s","eventName":"n"}"#,
        ]
        return (0..<150).map { number in
            let age = Int64.random(in: 0..<90_000, using: &random) / 4000 * 4000
            return record(number, at: start.adding(seconds: -age), odd[Int.random(in: 0..<4, using: &random)])
        }
    }

    /// Counts `files`, a batch each; some batches fail and are counted again.
    private func count(_ files: [[String]], _ random: inout SeededGenerator) throws -> (Totals, [FileCount]) {
        let plan = CountingPlan(filters: [
            try filter("All", "", value: 0.1), try filter("Denied", "{ $.errorCode = AccessDenied }", value: 1),
        ])
        var extractor = FileExtractor(plan: plan)
        var seen = SeenEvents()
        var table = ActivityTable()
        var totals = Totals()
        var accounts: [FileCount] = []
        for records in files {
            let made = try extractor.extract(file(records))
            let needed = CountBatch.neededSlots(of: made)
            for slot in needed where !seen.isResident(slot) { seen.load(slot, keys: []) }
            if Int.random(in: 0..<3, using: &random) == 0 {
                var failed = CountBatch()
                _ = failed.add(made, plan: plan, arrivedAt: start, seen: &seen, activities: &table)
                seen.rollBack()
            }
            var batch = CountBatch()
            accounts.append(batch.add(made, plan: plan, arrivedAt: start, seen: &seen, activities: &table))
            seen.commit()
            totals.add(batch, table)
        }
        return (totals, accounts)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `any order, split and repetition of the records counts the same`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let records = Self.records(&random)
        let (once, _) = try count([records], &random)
        #expect(once.traffic.values.reduce(0, +) == 150)
        var deck = records + records.filter { _ in Bool.random(using: &random) } + ["null"]
        deck.shuffle(using: &random)
        var files: [[String]] = Array(repeating: [], count: 7)
        for record in deck { files[Int.random(in: 0..<7, using: &random)].append(record) }
        let (spread, accounts) = try count(files, &random)
        #expect(spread == once)
        for account in accounts { #expect(account.records == account.counted + account.duplicate + account.malformed) }
        #expect(accounts.reduce(0) { $0 + $1.records } == deck.count)
        #expect(accounts.reduce(0) { $0 + $1.counted } == 150)
        #expect(accounts.reduce(0) { $0 + $1.malformed } == 1)
    }
}

struct SeenEventsTests {
    @Test func `slots of old copies are let go without a fold, and what is not folded is known all the same`() {
        var seen = SeenEvents()
        func key(_ number: Int) -> EventKey { EventKey(high: UInt64(number), low: UInt64(number), account: 1) }
        func slot(_ number: Int) -> Timestamp { Timestamp(seconds: Int64(number) * 300) }
        seen.load(slot(0), keys: [])
        let isNew = seen.insert(key(1), slot: slot(0))
        seen.commit()
        for number in 1...50 {
            seen.load(slot(number), keys: (0..<100).map { key(number * 1000 + $0) })
            let isCopyNew = seen.insert(key(number * 1000), slot: slot(number))
            #expect(!isCopyNew)
            seen.commit()
            seen.letGo(residentMax: 1000)
        }
        #expect(isNew && (0...50).count { seen.isResident(slot($0)) } <= 10)
        #expect(!seen.isResident(slot(0)) && seen.isResident(slot(50)))
        seen.load(slot(0), keys: [])
        let isNewAgain = seen.insert(key(1), slot: slot(0))
        #expect(!isNewAgain)
    }

    private let key = EventKey(high: 1, low: 2, account: 3)

    @Test func `a rolled back key is new again, a committed one is not`() {
        var seen = SeenEvents()
        seen.load(start, keys: [])
        let isNew1 = seen.insert(key, slot: start)
        #expect(isNew1 == true)
        let isNew2 = seen.insert(key, slot: start)
        #expect(isNew2 == false)
        seen.rollBack()
        let isNew3 = seen.insert(key, slot: start)
        #expect(isNew3 == true)
        seen.commit()
        let isNew4 = seen.insert(key, slot: start)
        #expect(isNew4 == false)
        #expect(seen.unfolded == [start: [SeenEvents.Group(filters: 0, keys: [key])]])
        seen.folded(residentMax: 0)
        #expect(seen.unfolded.isEmpty && !seen.isResident(start))
        seen.load(start, keys: [key])
        let isNew5 = seen.insert(key, slot: start)
        #expect(isNew5 == false)
    }
}
