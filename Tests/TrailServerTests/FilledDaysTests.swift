import Foundation
import GRDB
import Testing
import TrailAlarms
import TrailModel
import TrailStore
import TrailTemplates

@testable import TrailServer

/// Days of a bucket that are read behind newer days.
@Suite struct FilledDaysTests {
    private static let now = Timestamp(seconds: 1_700_049_600)  // 2023-11-15T12:00:00Z
    private let scene: BucketScene

    init() throws {
        scene = try BucketScene(now: Self.now, alarms: Self.alarms())
    }

    private static func alarms(
        treatment: String = "notBreaching", defaultValue: Bool = true, periods: Int = 1
    ) -> String {
        """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: t
              Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/"}]
          Filter:
            Type: AWS::Logs::MetricFilter
            Properties:
              LogGroupName: trail
              FilterPattern: '{ $.eventName = Bad }'
              MetricTransformations:
                - {MetricNamespace: Test, MetricName: Bad, MetricValue: "1"\(defaultValue ? ", DefaultValue: 0" : "")}
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: bad
              Namespace: Test
              MetricName: Bad
              Statistic: Sum
              Period: 60
              EvaluationPeriods: \(periods)
              Threshold: 3
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: \(treatment)
              AlarmActions: [!Ref Topic]
              OKActions: [!Ref Topic]
        """
    }

    /// Puts a file of events, named by the time of its first, into the bucket; returns its key.
    private func put(_ events: [(time: Timestamp, name: String)], in scene: BucketScene) -> String {
        let records = events.enumerated().map { number, event in
            """
            {"eventTime":"\(event.time.rfc3339)","eventID":"\(event.time.seconds)-\(number)","eventName":"\(event.name)",\
            "recipientAccountId":"111122223333"}
            """
        }
        let time = events[0].time.rfc3339
        let digits = time.filter(\.isNumber)
        let key = """
            AWSLogs/111122223333/CloudTrail/us-east-1/\(time.prefix(10).replacing("-", with: "/"))/\
            111122223333_CloudTrail_us-east-1_\(digits.prefix(8))T\(digits.dropFirst(8).prefix(4))Z_abc.json
            """
        scene.memory.put(key, "{\"Records\":[\(records.joined(separator: ","))]}")
        return key
    }

    private func day(_ start: Timestamp, bad: ClosedRange<Int64>) -> [(time: Timestamp, name: String)] {
        (0..<480).map { minute in
            let time = start.adding(seconds: Int64(minute) * 60)
            return (0..<4).map { (time.adding(seconds: $0), bad.contains(Int64(minute)) ? "Bad" : "Good") }
        }.flatMap(\.self)
    }

    /// Runs the engine as it stands while the bucket's older days are read, or when all are.
    private func settle(_ engine: Engine, filledFrom: Timestamp? = nil) async throws {
        await engine.setBehind(false, filledFrom: filledFrom, bucket: "s3://trail/")
        await engine.setBehind(false, filledFrom: nil, bucket: "s3://trail/other/")
        while try await engine.step() {}
    }

    private func amended(_ store: Store) throws -> Int64 {
        try store.totals().counters[Evaluator.amendedCounter]?.values.reduce(0, +) ?? 0
    }

    private func updates(_ store: Store) throws -> [AlarmHistoryItem] {
        try store.history(of: "bad", limit: 100).filter { $0.kind == .stateUpdate }
    }

    @Test func `an older day with a breach is recorded as it was, and touches nothing else`() async throws {
        let (engine, store, buckets) = try await scene.open()
        let today = Timestamp(seconds: 1_700_006_400)
        let yesterday = today.adding(seconds: -86_400)
        _ = try await buckets.take([NoticedObject(bucket: "trail", key: put(day(today, bad: 60...70), in: scene))])
        try await settle(engine, filledFrom: today)
        let before = engine.snapshot.alarms[0].alarm.machine.status
        #expect(before.state == .ok)
        let known = try store.timeline(of: "bad", from: Timestamp(seconds: 0))
        #expect(known.map(\.state) == [.ok, .alarm, .ok])

        let files = [put(day(yesterday, bad: 100...110), in: scene)]
        _ = try await buckets.take(files.map { NoticedObject(bucket: "trail", key: $0) })
        try await settle(engine, filledFrom: today)
        #expect(try store.timeline(of: "bad", from: Timestamp(seconds: 0)) == known, "older days may still come")
        #expect(try amended(store) == 0)

        try await settle(engine)
        let timeline = try store.timeline(of: "bad", from: Timestamp(seconds: 0))
        #expect(timeline.suffix(known.count) == known[...])
        #expect(
            timeline.dropLast(known.count) == [
                TimelineEntry(windowEnd: yesterday.adding(seconds: 60), state: .ok),
                TimelineEntry(windowEnd: yesterday.adding(seconds: 101 * 60), state: .alarm),
                TimelineEntry(windowEnd: yesterday.adding(seconds: 112 * 60), state: .ok),
            ])
        #expect(try updates(store).filter { $0.data.contains("\"decision\":\"settled\"") }.count == 3)
        var after = engine.snapshot.alarms[0].alarm.machine.status
        #expect(after.decisionNumber == before.decisionNumber + 3)
        (after.decisionNumber, after.decidedThrough) = (before.decisionNumber, before.decidedThrough)
        (after.decidedFrom, after.amendableAfter) = (before.decidedFrom, before.amendableAfter)
        #expect(after == before, "the present state is left alone")
        #expect(try amended(store) == 0)
        #expect(try store.waitingMessageCount() == 0)

        let count = try updates(store).count
        try await settle(engine)
        #expect(try updates(store).count == count, "decided once")
    }

    @Test func `an event of a day that was filled in is late from then on`() async throws {
        let (engine, store, buckets) = try await scene.open()
        let today = Timestamp(seconds: 1_700_006_400)
        let yesterday = today.adding(seconds: -86_400)
        for start in [today, yesterday] {
            _ = try await buckets.take([NoticedObject(bucket: "trail", key: put(day(start, bad: 0...0), in: scene))])
            try await settle(engine)
        }
        let late = yesterday.adding(seconds: 4 * 3600 + 7)
        let key = put((0..<4).map { (late.adding(seconds: $0), "Bad") }, in: scene)
        _ = try await buckets.take([NoticedObject(bucket: "trail", key: key)])
        try await settle(engine)
        #expect(try amended(store) == 1)
        #expect(try store.waitingMessageCount() == 0, "its window lies before the mark")
    }

    @Test func `a part of an older day that is there first is not taken for the first day`() async throws {
        let (engine, store, buckets) = try await scene.open()
        let today = Timestamp(seconds: 1_700_006_400)
        let yesterday = day(today.adding(seconds: -86_400), bad: 100...110)
        for events in [day(today, bad: 60...70), Array(yesterday[1000...])] {
            _ = try await buckets.take([NoticedObject(bucket: "trail", key: put(events, in: scene))])
        }
        try await settle(engine, filledFrom: today)
        #expect(try store.timeline(of: "bad", from: Timestamp(seconds: 0)).map(\.state) == [.ok, .alarm, .ok])
        _ = try await buckets.take([NoticedObject(bucket: "trail", key: put(Array(yesterday[..<1000]), in: scene))])
        try await settle(engine, filledFrom: today)
        try await settle(engine)
        let states = try store.timeline(of: "bad", from: Timestamp(seconds: 0)).map(\.state)
        #expect(states == [.ok, .alarm, .ok, .ok, .alarm, .ok])
        #expect(try amended(store) == 0)
        #expect(try store.waitingMessageCount() == 0)
    }

    /// The seeds take turns in how missing data count.
    @Test(arguments: 1...12) func `days that fill in behind newer ones end in the timeline of a settled backtest`(
        seed: UInt64
    ) async throws {
        let treatment = ["notBreaching", "missing", "ignore", "breaching"][Int(seed % 4)]
        let alarms = Self.alarms(treatment: treatment, defaultValue: seed % 3 == 0, periods: seed % 2 == 0 ? 1 : 3)
        let scene = try BucketScene(now: Self.now, alarms: alarms)
        let (engine, store, buckets) = try await scene.open()
        var random = SeededGenerator(seed: seed)
        let midnight = Timestamp(seconds: 1_700_006_400)
        var files: [[(time: Timestamp, name: String)]] = [[], [], []]
        // Busy around each midnight, so that windows reach over it.
        for quarter in 0..<96 {
            for day in 0..<3 where random.next() % 2 == 0 {
                let minute = quarter < 48 ? quarter : 1440 - 96 + quarter
                guard day > 0 || minute < 700 else { continue }
                let time = midnight.adding(seconds: Int64(-86_400 * day + 60 * minute))
                let name = random.next() % 3 == 0 ? "Bad" : "Good"
                files[day] += (0..<Int64(random.next() % 6)).map { (time.adding(seconds: $0), name) }
            }
        }
        for (number, file) in files.enumerated() where !file.isEmpty {
            _ = try await buckets.take([NoticedObject(bucket: "trail", key: put(file, in: scene))])
            // Sometimes the days are decided one by one.
            let isFilling = number < 2 && random.next() % 2 == 0
            let day = midnight.adding(seconds: Int64(-86_400 * number))
            try await settle(engine, filledFrom: isFilling ? day : nil)
        }
        try await settle(engine)
        try await engine.finish()
        let (set, _) = TemplateLoader().load(try AlarmFiles.read([scene.path + "/alarms.yaml"]))
        let backtest = Backtest(reader: try StoreReader(directory: scene.settings.dataDirectory), set: set)
        let settled = try backtest.run(from: nil, to: Self.now).alarms[0].decisions.map {
            TimelineEntry(windowEnd: $0.windowEnd, state: $0.to)
        }
        let recorded = try store.timeline(of: "bad", from: Timestamp(seconds: 0)).transitions()
        let decided = engine.snapshot.alarms[0].alarm.machine.status.decidedThrough
        #expect(settled.contains { $0.state == .alarm })
        #expect(recorded == settled.filter { $0.windowEnd <= decided }, "seed \(seed), \(treatment)")
        #expect(try store.waitingMessageCount() == 0)
    }
}
