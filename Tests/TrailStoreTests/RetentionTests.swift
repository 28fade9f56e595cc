import GRDB
import Testing
import TrailCounts
import TrailModel
import TrailPatterns

@testable import TrailStore

@Suite struct RetentionTests {
    private let directory = TemporaryDirectory()
    private static let matches = Metric(namespace: "Test", name: "Matches")

    private static func plan() throws -> CountingPlan {
        let filter = MetricFilter(
            name: "f", logGroupName: "", pattern: try FilterPattern("{ $.eventName = N1 }"), metric: matches, value: 1,
            location: SourceLocation(file: "f.yaml"))
        return CountingPlan(filters: [filter])
    }

    private static let now = StoreTests.now.adding(seconds: 100 * 86_400)

    /// Events 70 minutes apart for 40 days, the newest 60 days old; all are evaluated.
    private func store() throws -> Store {
        let store = try Store(directory: directory.path)
        try commit("f", 0..<800, to: store)
        try store.forgetEvaluated()
        return store
    }

    private func commit(_ key: String, _ events: Range<Int>, to store: Store) throws {
        let file = try StoreTests.file(key, events: events, stepSeconds: 4200, plan: Self.plan())
        _ = try store.commit([file], plan: try Self.plan(), source: "test", now: Self.now)
    }

    private func query(_ metric: Metric, _ period: Int64) throws -> QueryResult {
        try StoreReader(directory: directory.path).result(
            of: MetricQuery(
                metric: metric, periodSeconds: period, from: Timestamp(seconds: 0),
                to: Timestamp(seconds: 4_000_000_000)))
    }

    private func delete(_ store: Store) throws {
        var steps = 0
        while try store.deleteOld(limit: 5).isUnfinished { steps += 1 }
        #expect(steps > 2)
        #expect(try store.deleteOld().deleted == 0)
    }

    @Test func `what a level lost the next one still tells, and late events go on counting in it`() throws {
        let store = try store()
        let wide = try query(Self.matches, 300)
        let hours = try query(Self.matches, 3600)
        #expect(wide.points.count == 160 && wide.keptFrom == nil)
        #expect(try query(Self.matches, 60).points.count == 160)
        // 25 days of minutes end behind the tenth day of events.
        try store.forget(by: Retention([.minute: 90]), now: Self.now)
        for isDeleted in [false, true] {
            if isDeleted { try delete(store) }
            let minutes = try query(Self.matches, 60)
            let kept = try #require(minutes.keptFrom)
            let starts: [Timestamp] = (0..<160).map { index in
                StoreTests.now.adding(seconds: Int64(index * 5 + 1) * 4200).floored(toSeconds: 60)
            }
            #expect(minutes.points.map(\.start) == starts.filter { $0 >= kept })
            #expect(try query(Self.matches, 300) == wide)
            #expect(try query(Self.matches, 3600) == hours)
        }
        // Late: the same days again, other events.
        try commit("late", 801..<802, to: store)
        for fold in [false, true] {
            if fold { try store.fold() }
            #expect(try query(Self.matches, 300).points.count == 161)
            #expect(try query(Self.matches, 3600).points.reduce(0) { $0 + $1.set.sampleCount } == 161)
            #expect(try query(StoreTests.eventCount, 86_400).points.reduce(0) { $0 + $1.set.sampleCount } == 801)
        }
    }

    @Test func `an alarm reads deleted minutes as the last of their five`() throws {
        let store = try store()
        let range = Timestamp(seconds: 0)..<Self.now
        let before = try store.slots(of: Self.matches, in: range)
        try store.forget(by: Retention([.minute: 90]), now: Self.now)
        try delete(store)
        try commit("late", 1..<2, to: store)
        let kept = try #require(try query(Self.matches, 60).keptFrom)
        let wanted = before.map { start, set in
            start >= kept ? start : start.floored(toSeconds: 300).adding(seconds: 240)
        }
        for slots in [
            try store.slots(of: Self.matches, in: range),
            try StoreReader(directory: directory.path).slots(of: Self.matches, in: range),
        ] {
            #expect(slots.map(\.start) == wanted)
            #expect(slots.map(\.set) == before.map(\.set))
        }
        #expect(throws: StoreError.deletedSlots(before: kept)) {
            _ = try store.slots(of: Self.matches, in: range, asOf: 0)
        }
    }

    @Test func `a late event of a deleted day is in the levels that are left`() throws {
        let store = try store()
        try store.forget(by: Retention([.minute: 80, .fiveMinutes: 90]), now: Self.now)
        try delete(store)
        let hours = try query(StoreTests.eventCount, 3600).points.reduce(0) { $0 + $1.set.sampleCount }
        #expect(hours == 800)
        #expect(try query(StoreTests.eventCount, 300).points.count < 800)
        let file = try StoreTests.file("x", events: 3..<4, stepSeconds: 4200, idPrefix: "late", plan: Self.plan())
        _ = try store.commit([file], plan: try Self.plan(), source: "test", now: Self.now)
        for fold in [false, true] {
            if fold { try store.fold() }
            #expect(try query(StoreTests.eventCount, 3600).points.reduce(0) { $0 + $1.set.sampleCount } == 801)
        }
        #expect(try StoreReader(directory: directory.path).check().damages == [])
    }

    @Test func `days that wait for their evaluation stay whole, and levels without limit stay`() throws {
        let store = try Store(directory: directory.path)
        try commit("f", 0..<800, to: store)
        let range = Timestamp(seconds: 0)..<Self.now
        let minutes = try store.slots(of: Self.matches, in: range).map(\.start)
        try store.forget(by: Retention([:]), now: Self.now)
        #expect(try query(Self.matches, 60).keptFrom == nil)
        try store.forget(by: .standard, now: Self.now)
        #expect(try store.deleteOld().deleted == 0)
        #expect(try query(Self.matches, 60).keptFrom != nil)
        #expect(try store.slots(of: Self.matches, in: range).map(\.start) == minutes, "by the minute still")
        try store.forgetEvaluated()
        #expect(try store.deleteOld().deleted > 0)
        #expect(try store.slots(of: Self.matches, in: range).map(\.start) != minutes)
    }

    @Test func `old files that are read first when days are deleted are there by the minute until they are evaluated`()
        throws
    {
        let store = try Store(directory: directory.path)
        try commit("new", 799..<800, to: store)
        try store.forgetEvaluated()
        try store.forget(by: .cloudWatch, now: Self.now)
        try commit("old", 0..<400, to: store)
        let range = Timestamp(seconds: 0)..<Self.now
        let minutes = (0..<80).map { index in
            StoreTests.now.adding(seconds: Int64(index * 5 + 1) * 4200).floored(toSeconds: 60)
        }
        for folds in [false, true] {
            if folds { try store.fold() }
            _ = try store.deleteOld()
            for slots in [
                try store.slots(of: Self.matches, in: range),
                try StoreReader(directory: directory.path).slots(of: Self.matches, in: range),
            ] {
                #expect(slots.map(\.start) == minutes)
            }
        }
        #expect(try store.firstTraffic() == StoreTests.now.floored(toSeconds: 60))
        try store.forgetEvaluated()
        while try store.deleteOld().isUnfinished {}
        #expect(try store.firstTraffic() == StoreTests.now.floored(toSeconds: 3600).adding(seconds: 3540))
        #expect(try StoreReader(directory: directory.path).check().damages == [])
    }

    @Test func `a late event in deleted minutes is read once, by alarms and by backtests`() throws {
        let store = try store()
        try store.forget(by: Retention([.minute: 90]), now: Self.now)
        try delete(store)
        let minutes = try query(Self.matches, 60)
        let file = try StoreTests.file(
            "x", events: 21..<22, stepSeconds: 4200, idPrefix: "late", plan: Self.plan(), offsetSeconds: -60)
        _ = try store.commit([file], plan: try Self.plan(), source: "test", now: Self.now)
        let range = Timestamp(seconds: 0)..<Self.now
        for folds in [false, true] {
            if folds { try store.fold() }
            let slots = try store.slots(of: Self.matches, in: range)
            #expect(slots.reduce(0) { $0 + $1.set.sampleCount } == 161)
            let read = try StoreReader(directory: directory.path).slots(of: Self.matches, in: range)
            #expect(read.map(\.start) == slots.map(\.start) && read.map(\.set) == slots.map(\.set))
            #expect(try store.widestSlot(of: Self.matches, in: range) == .fiveMinutes)
            #expect(try query(Self.matches, 60) == minutes)
        }
    }

    @Test func `a restart keeps what is kept`() throws {
        var store: Store? = try store()
        try store?.forget(by: .cloudWatch, now: Self.now)
        let before = try query(StoreTests.eventCount, 3600)
        try store?.close()
        store = nil
        store = try Store(directory: directory.path)
        try commit("late", 801..<802, to: try #require(store))
        try store?.fold()
        #expect(try query(StoreTests.eventCount, 3600).points.count == before.points.count + 1)
        #expect(
            try query(StoreTests.eventCount, 300).keptFrom
                == Self.now.adding(seconds: -63 * 86_400).floored(toSeconds: 86_400))
    }

    @Test(arguments: [
        (Retention.standard, true), (.cloudWatch, true), (Retention([:]), true), (Retention([.hour: 10]), false),
        (Retention([.minute: 20, .fiveMinutes: 10]), false),
        (Retention([.minute: 5, .fiveMinutes: 10, .hour: 10]), true),
    ])
    func `a finer level is not kept longer than a wider one`(retention: Retention, isSound: Bool) {
        #expect((retention.fault == nil) == isSound)
    }
}
