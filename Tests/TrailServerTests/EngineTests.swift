import Foundation
import GRDB
import Logging
import Synchronization
import Testing
import TrailAlarms
import TrailCounts
import TrailModel
import TrailNotify
import TrailSources
import TrailStore
import TrailTemplates

@testable import TrailServer

private let alarmSubject = "ALARM: \"bad\" in US East (N. Virginia)"
private let okSubject = "OK: \"bad\" in US East (N. Virginia)"

@Suite struct EngineTests {
    @Test func `a breach of now is told at once, and its end when the slot is passed`() async throws {
        let scene = try EngineScene(lateness: 5)
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        try scene.write("a", burst(at: scene.clock.now().adding(seconds: -3)))
        try await scene.settle(engine)
        #expect(try await scene.takeSubjects(store) == [alarmSubject])
        // 50 s later the minute of the breach is passed, the quiet one after it is not.
        scene.clock.advance(seconds: 50)
        try scene.write("b", [TrailEvent(time: scene.clock.now(), name: "Good")])
        try await scene.settle(engine)
        #expect(try await scene.takeSubjects(store).isEmpty)
        scene.clock.advance(seconds: 20)
        try scene.write("c", [TrailEvent(time: scene.clock.now(), name: "Good")])
        try await scene.settle(engine)
        #expect(try await scene.takeSubjects(store) == [okSubject])
    }

    @Test func `a breach of three hours ago is told late, once, when the mark lies before it`() async throws {
        let scene = try EngineScene(notifySince: 4)
        do {
            let (engine, store) = try await scene.open()
            try await scene.settle(engine)
            scene.clock.advance(seconds: 60)
            try await scene.settle(engine)
            try await engine.finish()
            #expect(try await scene.takeSubjects(store).isEmpty)
        }
        try scene.write("late", burst(at: scene.clock.now().adding(seconds: -3 * 3600)))
        let (engine, store) = try await scene.open { $0.notifySince = nil }
        try await scene.settle(engine)
        scene.clock.advance(seconds: 120)
        try await scene.settle(engine)
        let subjects = try await scene.takeSubjects(store)
        #expect(subjects.count == 2)
        #expect(subjects.first?.hasPrefix("LATE ALARM") == true)
        #expect(subjects.last?.hasPrefix("LATE OK") == true, "\(subjects)")
        let counters = try store.totals().counters
        #expect(counters[Evaluator.amendedCounter] == ["missed_alarm": 1])
    }

    @Test func `history before the mark is recorded and not told`() async throws {
        let scene = try EngineScene()
        try scene.write("old", burst(at: scene.clock.now().adding(seconds: -5 * 3600)))
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        #expect(try await scene.takeSubjects(store).isEmpty)
        #expect(try store.timeline(of: "bad", from: Timestamp(seconds: 0)).map(\.state) == [.alarm, .ok])
    }

    @Test func `the same events again, after a crash and in another file, tell nothing again`() async throws {
        let scene = try EngineScene()
        let events = burst(at: scene.clock.now().adding(seconds: -3))
        do {
            let (engine, store) = try await scene.open()
            try scene.write("a", events)
            try await scene.settle(engine)
            #expect(try await scene.takeSubjects(store) == [alarmSubject])
            // No finish: the process is killed here.
        }
        try scene.write("b", events.reversed())
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        #expect(try await scene.takeSubjects(store).isEmpty)
        #expect(try store.totals().counters["records"]?["duplicate"] == 3)
    }

    @Test func `a source that came later tells nothing from before it was added`() async throws {
        let scene = try EngineScene(notifySince: 4)
        do {
            let (engine, _) = try await scene.open()
            try await scene.settle(engine)
            try await engine.finish()
        }
        let second = scene.path + "/second"
        try FileManager.default.createDirectory(atPath: second, withIntermediateDirectories: true)
        try scene.write("late", burst(at: scene.clock.now().adding(seconds: -3 * 3600)))
        try FileManager.default.moveItem(atPath: scene.path + "/trail/late.json", toPath: second + "/late.json")
        let (engine, store) = try await scene.open {
            $0.notifySince = nil
            $0.trails.append(second)
        }
        try await scene.settle(engine)
        #expect(try await scene.takeSubjects(store).isEmpty)
        #expect(try store.timeline(of: "bad", from: Timestamp(seconds: 0)).contains { $0.state == .alarm })
    }

    @Test func `a broken alarm file keeps the former set, and after a restart runs the last good one`() async throws {
        let scene = try EngineScene()
        do {
            let (engine, _) = try await scene.open()
            try "Resources: [".write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
            guard case .refused(let faults) = try await engine.reload() else {
                Issue.record("want the broken file refused")
                return
            }
            #expect(faults.contains { $0.contains("alarms.yaml:2:1") }, "\(faults)")
            #expect(engine.snapshot.alarms.count == 1)
            #expect(engine.snapshot.reload?.isSuccessful == false)
        }
        let (engine, _) = try await scene.open()
        #expect(engine.snapshot.alarms.count == 1)
    }

    @Test func `a start with a broken alarm file on an empty store is refused with its place`() async throws {
        let scene = try EngineScene()
        try "Resources: [".write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        let error = await #expect(throws: InputError.self) { _ = try await scene.open() }
        #expect(error?.description.contains("alarms.yaml:2:1") == true)
    }

    /// P5: whatever order and delay, the recorded timeline ends as if every event had been on time.
    @Test(arguments: 1...8) func `late and unordered files end in the timeline of a settled backtest`(
        seed: Int
    ) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let scene = try EngineScene(notifySince: 6)
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        let start = scene.clock.now()
        var waiting: [(at: Int, events: [TrailEvent])] = []
        for minute in 0..<120 {
            let count = Int(random.next() % 6)
            let name = random.next() % 3 == 0 ? "Bad" : "Good"
            let events = (0..<count).map {
                TrailEvent(
                    time: start.adding(seconds: Int64(minute * 60 + $0)), name: name,
                    id: "\(seed)-\(minute)-\($0)")
            }
            let delay = random.next() % 4 == 0 ? Int(random.next() % 90) : Int(random.next() % 8)
            waiting.append((minute + delay, events))
        }
        for minute in 0..<230 {
            scene.clock.advance(seconds: 60)
            for (index, file) in waiting.enumerated() where file.at == minute && !file.events.isEmpty {
                try scene.write("\(minute)-\(index)", file.events)
            }
            try await scene.settle(engine)
        }
        try await engine.finish()
        let now = scene.clock.now()
        let (set, _) = TemplateLoader().load(try AlarmFiles.read([scene.path + "/alarms.yaml"]))
        let backtest = Backtest(reader: try StoreReader(directory: scene.path + "/data"), set: set)
        let settled = try backtest.run(from: nil, to: now).alarms[0].decisions.map {
            TimelineEntry(windowEnd: $0.windowEnd, state: $0.to)
        }
        let recorded = try store.timeline(of: "bad", from: Timestamp(seconds: 0))
        #expect(settled.contains { $0.state == .alarm })
        let decided = engine.snapshot.alarms[0].alarm.machine.status.decidedThrough
        for second in stride(from: start.seconds + 60, through: decided.seconds, by: 60) {
            let time = Timestamp(seconds: second)
            #expect(
                recorded.state(at: time) == settled.state(at: time, initial: .ok), "seed \(seed), \(time.rfc3339)")
        }
    }
}

/// What once went wrong.
@Suite struct EngineMendedTests {
    @Test func `an alarm that is removed and comes back tells its next ALARM`() async throws {
        let scene = try EngineScene()
        let (engine, store) = try await scene.open()
        try scene.write("a", burst(at: scene.clock.now().adding(seconds: -3)))
        try await scene.settle(engine)
        #expect(try await scene.takeSubjects(store) == [alarmSubject])
        try "Resources: {}".write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        _ = try await engine.reload()
        try EngineScene.template.write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        _ = try await engine.reload()
        scene.clock.advance(seconds: 7200)
        try scene.write("b", burst(at: scene.clock.now().adding(seconds: -3)))
        try await scene.settle(engine)
        #expect(try await scene.takeSubjects(store).contains(alarmSubject))
    }

    @Test func `an alarm on a filter in namespace CloudTrail is evaluated by the minute`() async throws {
        let scene = try EngineScene()
        try EngineScene.template.replacing("Namespace: Test", with: "Namespace: CloudTrail").write(
            toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        let (engine, store) = try await scene.open()
        try scene.write("a", burst(at: scene.clock.now().adding(seconds: -3)))
        try await scene.settle(engine)
        #expect(try await scene.takeSubjects(store) == [alarmSubject])
    }

    @Test func `a filter that would add to a built-in metric is refused`() async throws {
        let scene = try EngineScene()
        try EngineScene.template.replacing(
            "MetricNamespace: Test, MetricName: Bad", with: "MetricNamespace: CloudTrail, MetricName: EventCount"
        )
        .write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        let error = await #expect(throws: InputError.self) { _ = try await scene.open() }
        #expect(error?.description.contains("CloudTrail/EventCount") == true)
    }

    @Test func `events that only an ingest brought are not told when their window closes`() async throws {
        let scene = try EngineScene(lateness: 60)
        // A maximum is never taken early.
        try EngineScene.template.replacing("Statistic: Sum", with: "Statistic: SampleCount").replacing(
            "ComparisonOperator: GreaterThanOrEqualToThreshold", with: "ComparisonOperator: LessThanThreshold"
        ).replacing("Threshold: 3", with: "Threshold: 100").write(
            toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        do {
            let (engine, _) = try await scene.open()
            try await scene.settle(engine)
            try await engine.finish()
        }
        try scene.write("a", burst(at: scene.clock.now().adding(seconds: -3)))
        do {
            let store = try Store(directory: scene.settings.dataDirectory)
            let (set, _) = TemplateLoader().load(try AlarmFiles.read(scene.settings.alarmPaths))
            var ingest = Ingest(store: store, plan: CountingPlan(filters: set.filters), time: scene.clock)
            try ingest.run(LogFolder.files(under: scene.path + "/trail").files) { _ in }
        }
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        for minute in 1...5 {
            scene.clock.advance(seconds: 60)
            if minute < 3 { try await scene.settle(engine) }
        }
        try await scene.settle(engine)
        scene.clock.advance(seconds: 900)
        try await scene.settle(engine)
        #expect(try store.timeline(of: "bad", from: Timestamp(seconds: 0)).contains { $0.state == .alarm })
        #expect(try await !scene.takeSubjects(store).contains { $0.contains("ALARM") })
    }

    @Test func `an ALARM that began before the mark is not told, however long the first reading takes`() async throws {
        let scene = try EngineScene()
        let now = scene.clock.now()
        for minute in 0..<180 {
            try scene.write("a\(1000 + minute)", burst(at: now.adding(seconds: Int64(minute - 180) * 60)))
        }
        for number in 0..<600 {
            try scene.write("b\(1000 + number)", [TrailEvent(time: now.adding(seconds: -7000), name: "Good")])
        }
        let (engine, store) = try await scene.open()
        while try await engine.step() { scene.clock.advance(seconds: 2) }
        #expect(try await scene.takeSubjects(store).isEmpty)
        #expect(engine.snapshot.alarms[0].alarm.machine.status.state == .alarm)
    }

    @Test func `what could not be committed is read again after a reload`() async throws {
        let scene = try EngineScene()
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        try scene.write("a", burst(at: scene.clock.now().adding(seconds: -3)))
        let path = scene.settings.dataDirectory + "/trailwatch.sqlite"
        do {
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let blocker = try DatabaseQueue(path: path, configuration: configuration)
            try blocker.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
            await #expect(throws: (any Error).self) { try await scene.settle(engine) }
            try blocker.inDatabase { try $0.execute(sql: "ROLLBACK") }
        }
        _ = try await engine.reload()
        try await scene.settle(engine)
        #expect(try store.totals().counters["records"]?["counted"] == 3)
    }

    @Test func `old minutes are decided first and deleted afterwards, and late events of those days still count`()
        async throws
    {
        let scene = try EngineScene(notifySince: 1000 * 24)
        let old = scene.clock.now().adding(seconds: -500 * 86_400)
        try scene.write("a", burst(at: old.adding(seconds: 70)))
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        let state = engine.snapshot.alarms[0].alarm.machine.status.state
        let metric = Metric(namespace: "Test", name: "Bad")
        let range = Timestamp(seconds: 0)..<scene.clock.now()
        let minute = old.adding(seconds: 70).floored(toSeconds: 60)
        #expect(try store.slots(of: metric, in: range).map(\.start) == [minute])
        for _ in 0..<4 {
            scene.clock.advance(seconds: 61)
            try await scene.settle(engine)
        }
        let lump = minute.floored(toSeconds: 300).adding(seconds: 240)
        #expect(try store.slots(of: metric, in: range).map(\.start) == [lump])
        #expect(engine.snapshot.alarms[0].alarm.machine.status.state == state)
        try scene.write("b", burst(at: old.adding(seconds: 80), count: 1))
        scene.clock.advance(seconds: 61)
        try await scene.settle(engine)
        #expect(try store.slots(of: metric, in: range).map(\.set.sampleCount) == [4])
        // Four matches in five minutes say nothing of one minute: what was decided stays.
        let timeline = try store.timeline(of: "bad", from: Timestamp(seconds: 0)).map(\.windowEnd)
        for (name, second) in [("c", 130), ("d", 190), ("e", 250)] as [(String, Int64)] {
            try scene.write(name, burst(at: old.adding(seconds: second), count: 1))
        }
        scene.clock.advance(seconds: 61)
        try await scene.settle(engine)
        #expect(try store.slots(of: metric, in: range).map(\.set.sampleCount) == [7])
        #expect(try store.timeline(of: "bad", from: Timestamp(seconds: 0)).map(\.windowEnd) == timeline)
        #expect(!timeline.isEmpty)
    }
}
