import Foundation
import GRDB
import Logging
import Testing
import TrailAlarms
import TrailModel
import TrailNotify
import TrailSources
import TrailStore

@testable import TrailServer

/// What a message says of the events behind it.
private struct Told: Decodable {
    struct Name: Decodable, Equatable {
        let Name: String
        let Count: Int
    }

    struct Example: Decodable {
        let EventId: String
    }

    struct Evidence: Decodable {
        let Complete: Bool
        let Reason: String?
        let Events: Int
        let Sum: Double
        let Principals: [Name]
        let SourceAddresses: [Name]
        let EventNames: [Name]
        let New: [String]?
        let Examples: [Example]
    }

    struct Own: Decodable {
        let Text: String
        let MessageKey: String
        let Evidence: Evidence?
    }

    let NewStateValue: String
    let NewStateReason: String
    let Trailwatch: Own

    var evidence: Evidence? { Trailwatch.Evidence }

    /// The message inside the envelope of `body`.
    init(body: String) throws {
        struct Envelope: Decodable { let Message: String }
        let envelope = try JSONDecoder().decode(Envelope.self, from: Data(body.utf8))
        self = try JSONDecoder().decode(Told.self, from: Data(envelope.Message.utf8))
    }

    /// What is due at `now`, which is delivered by this.
    static func take(from store: Store, at now: Timestamp) async throws -> [Told] {
        let outbox = StoreOutbox(store)
        var told: [Told] = []
        while let message = try await outbox.dueMessages(at: now, limit: 1).first {
            told.append(try Told(body: message.body))
            try await outbox.recordAttempt(
                DeliveryAttempt(
                    messageID: message.id, result: .delivered, reason: nil, status: 200, time: now,
                    latencyMilliseconds: 1), of: message)
        }
        return told
    }
}

private func user(_ name: String, address: String = "203.0.113.7") -> String {
    ",\"sourceIPAddress\":\"\(address)\",\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"\(name)\"}"
}

extension EngineScene {
    fileprivate func taker(_ engine: Engine) throws -> EvidenceTaker {
        EvidenceTaker(
            engine: engine,
            finder: EvidenceFinder(
                reader: try StoreReader(directory: settings.dataDirectory), time: clock,
                bucket: { location in preconditionFailure("no bucket: \(location)") }, library: .auto),
            signal: WakeSignal(), time: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    fileprivate func takeTold(_ store: Store) async throws -> [Told] {
        try await Told.take(from: store, at: clock.now())
    }

    /// What is told when nothing more is to be read, found or looked for.
    fileprivate func look(_ engine: Engine, _ store: Store) async throws -> [Told] {
        try await settle(engine)
        let taker = try taker(engine)
        _ = try await taker.finishDrafts()
        try await taker.lookForNewEvents(clock.now())
        return try await takeTold(store)
    }

    /// Three matches from `user` and one other event, now.
    fileprivate func writeBurst(_ name: String, by user: String, count: Int = 3) throws {
        let now = clock.now()
        let events = burst(at: now.adding(seconds: -Int64(count)), count: count).map { event in
            TrailEvent(time: event.time, name: event.name, id: event.id, more: user)
        }
        try write(name, events + [TrailEvent(time: now, name: "Good", more: user)])
    }
}

/// An ALARM that lasts an hour, of whose newcomers is told.
private let lasting = EngineScene.template.replacing("Period: 60", with: "Period: 3600")
    .replacing(
        "    Type: AWS::CloudWatch::Alarm\n",
        with: "    Type: AWS::CloudWatch::Alarm\n    Metadata: {Trailwatch: {NotifyOn: NewEvents}}\n")

@Suite struct EvidenceTests {
    @Test func `a message waits for its evidence, and says who did what from where`() async throws {
        let scene = try EngineScene(lateness: 5)
        let (engine, store) = try await scene.open(takesEvidence: true)
        try await scene.settle(engine)
        try scene.writeBurst("a", by: user("mallory"))
        try await scene.settle(engine)
        #expect(try await scene.takeTold(store).isEmpty, "it is not ready")
        #expect(try store.nextAttemptTime(after: scene.clock.now()) == nil, "nobody waits for the end of time")
        #expect(try store.waitingMessageCount() == 1)
        #expect(try await scene.taker(engine).finishDrafts())
        let told = try #require(try await scene.takeTold(store).first)
        let evidence = try #require(told.evidence)
        #expect(evidence.Complete)
        #expect(evidence.Events == 3)
        #expect(evidence.Sum == 3)
        #expect(evidence.Principals == [Told.Name(Name: "mallory", Count: 3)])
        #expect(evidence.SourceAddresses == [Told.Name(Name: "203.0.113.7", Count: 3)])
        #expect(evidence.EventNames == [Told.Name(Name: "Bad", Count: 3)])
        #expect(evidence.Examples.count == 3)
        #expect(told.Trailwatch.Text.contains("Who: mallory 3"))
        #expect(try await !scene.taker(engine).finishDrafts(), "nothing is left")
    }

    @Test func `evidence is as of the decision's commit, whatever comes before it is taken`() async throws {
        let scene = try EngineScene(lateness: 5)
        do {
            let (engine, store) = try await scene.open(takesEvidence: true)
            try await scene.settle(engine)
            try scene.writeBurst("a", by: user("mallory"))
            try await scene.settle(engine)
            try scene.writeBurst("b", by: user("eve"))
            try await scene.settle(engine)
            try store.close()
        }
        // The draft outlives the server.
        let (engine, store) = try await scene.open(takesEvidence: true)
        _ = try await scene.taker(engine).finishDrafts()
        let told = try await scene.takeTold(store)
        #expect(told.map { $0.evidence?.Principals.map(\.Name) } == [["mallory"]])
        #expect(told.first?.evidence?.Complete == true)
    }

    @Test func `an event in several files counts once`() async throws {
        let scene = try EngineScene(lateness: 5)
        let (engine, store) = try await scene.open(takesEvidence: true)
        try await scene.settle(engine)
        let now = scene.clock.now()
        let events = (0..<4).map {
            TrailEvent(time: now.adding(seconds: -4), name: "Bad", id: "e\($0)", more: user("u\($0)"))
        }
        try scene.write("a", [events[0], events[1]])
        try scene.write("b", [events[1], events[2], events[2]])
        try scene.write("c", [events[0], events[3]])
        try await scene.settle(engine)
        _ = try await scene.taker(engine).finishDrafts()
        let evidence = try #require(try await scene.takeTold(store).first?.evidence)
        #expect(evidence.Complete)
        #expect(evidence.Examples.map(\.EventId) == ["e0", "e1", "e2", "e3"])
        #expect(evidence.Events == 4)
    }

    @Test func `a file that is gone is named, and the message is sent`() async throws {
        let scene = try EngineScene(lateness: 5)
        let (engine, store) = try await scene.open(takesEvidence: true)
        try await scene.settle(engine)
        try scene.writeBurst("a", by: user("mallory"))
        try await scene.settle(engine)
        try FileManager.default.removeItem(atPath: scene.path + "/trail/a.json")
        _ = try await scene.taker(engine).finishDrafts()
        let evidence = try #require(try await scene.takeTold(store).first?.evidence)
        #expect(!evidence.Complete)
        #expect(evidence.Reason?.contains("a.json") == true)
        #expect(evidence.Events == 0)
    }

    @Test func `a draft of which its receiver is told nothing ends`() async throws {
        let scene = try EngineScene(lateness: 5)
        let (engine, store) = try await scene.open(takesEvidence: true)
        try await scene.settle(engine)
        try scene.writeBurst("a", by: user("mallory"))
        try await scene.settle(engine)
        // As an earlier version kept it, which had one form for all.
        var draft = try #require(try store.drafts(limit: 9).first).draft
        draft.transition.to = .ok
        draft.transition.incidentStart = nil
        draft.ordinal = 1
        draft.subscription.options.format = .pagerduty
        var record = EvaluationRecord()
        record.messages = [try StoredMessage(draft)]
        try store.save(record)
        #expect(try store.waitingMessageCount() == 2)
        let taker = try scene.taker(engine)
        while try await taker.finishDrafts() {}
        #expect(try store.waitingMessageCount() == 1)
        #expect(try await scene.takeTold(store).map(\.NewStateValue) == ["ALARM"])
    }

    @Test func `a draft that cannot be read is given up, and others are sent`() async throws {
        let scene = try EngineScene(lateness: 5)
        let (engine, store) = try await scene.open(takesEvidence: true)
        try await scene.settle(engine)
        try scene.writeBurst("a", by: user("mallory"))
        try await scene.settle(engine)
        try await DatabaseQueue(path: scene.settings.dataDirectory + "/trailwatch.sqlite").write { db in
            try db.execute(
                sql: """
                    INSERT INTO outbox (key, alarm, subscription, topic, created, attempts, next_attempt, state, request)
                    SELECT 'other', alarm, 'other', topic, created, 0, next_attempt, state, '{}' FROM outbox
                    """)
        }
        while try await scene.taker(engine).finishDrafts() {}
        #expect(try await scene.takeTold(store).count == 1)
        #expect(try store.drafts(limit: 9).isEmpty)
        #expect(try StoreReader(directory: scene.settings.dataDirectory).status().messages["dead"] == 1)
    }

    @Test func `a search without time says so`() async throws {
        let scene = try EngineScene(lateness: 5)
        let (engine, _) = try await scene.open(takesEvidence: true)
        try await scene.settle(engine)
        try scene.writeBurst("a", by: user("mallory"))
        try await scene.settle(engine)
        let draft = try #require(try await engine.drafts(limit: 1).first?.draft)
        struct NoTime: TimeSource {
            func now() -> Timestamp { Timestamp(seconds: 0) }
            func sleep(for duration: Duration) async throws {}
        }
        let finder = EvidenceFinder(
            reader: try StoreReader(directory: scene.settings.dataDirectory), time: NoTime(),
            bucket: { location in preconditionFailure("no bucket: \(location)") }, library: .auto)
        let task = Task {
            // Cancelled before it begins, as after the limit.
            withUnsafeCurrentTask { $0?.cancel() }
            return await finder.find(draft.scope, limit: .seconds(2))
        }
        let reason = await task.value.evidence.incompleteReason
        #expect(reason == "the time limit of 2.0 seconds ended after 0 of 1 files")
    }

    @Test(.timeLimit(.minutes(2)))
    func `a search that is cut off in the middle of a file says so, and what it read before`() async throws {
        let scene = try BucketScene(alarms: EngineScene.template)
        let (engine, store, buckets) = try await scene.open(takesEvidence: true)
        for bucket in scene.settings.buckets { await engine.setBehind(false, filledFrom: nil, bucket: bucket.url) }
        while try await engine.step() {}
        for (file, name) in [("aa", "mallory"), ("bb", "eve")] {
            let records = (0..<2).map { number in
                """
                {"eventTime":"2023-11-14T23:58:3\(number)Z","eventID":"\(file)\(number)","eventName":"Bad",\
                "recipientAccountId":"111122223333"\(user(name))}
                """
            }
            let key =
                "AWSLogs/111122223333/CloudTrail/us-east-1/2023/11/15/"
                + "111122223333_CloudTrail_us-east-1_20231115T0000Z_\(file).json"
            scene.memory.put(key, "{\"Records\":[\(records.joined(separator: ","))]}")
            _ = try await buckets.take([NoticedObject(bucket: "trail", key: key)])
        }
        while try await engine.step() {}
        let transport = HangingBucket(scene.memory, key: "_bb.json")
        let taker = EvidenceTaker(
            engine: engine,
            finder: EvidenceFinder(
                reader: try StoreReader(directory: scene.settings.dataDirectory),
                // The time is over as soon as the second file is asked for.
                time: EventClock(time: scene.clock.now(), event: transport.asked),
                bucket: { scene.bucket($0, over: transport) }, library: .auto),
            signal: WakeSignal(), time: scene.clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(try await taker.finishDrafts())
        let evidence = try #require(try await Told.take(from: store, at: scene.clock.now()).first?.evidence)
        #expect(!evidence.Complete)
        #expect(evidence.Reason == "the time limit of 2.0 seconds ended after 1 of 2 files")
        #expect(evidence.Principals == [Told.Name(Name: "mallory", Count: 2)])
        #expect(scene.memory.got.count == 3, "both when they were counted, the first for the evidence")
    }

    @Test func `newcomers to an ALARM that lasts are told of once, after a quarter of an hour`() async throws {
        let scene = try EngineScene(lateness: 5, template: lasting)
        let (engine, store) = try await scene.open(takesEvidence: true)
        _ = try await scene.look(engine, store)
        try scene.writeBurst("a", by: user("mallory"))
        #expect(try await scene.look(engine, store).map(\.NewStateValue) == ["ALARM"])
        scene.clock.advance(seconds: 600)
        try scene.writeBurst("b", by: user("eve"), count: 1)
        #expect(try await scene.look(engine, store).isEmpty, "it is too soon")
        scene.clock.advance(seconds: 301)
        try scene.writeBurst("c", by: user("mallory"), count: 1)
        let told = try await scene.look(engine, store)
        #expect(told.map { $0.evidence?.New } == [["eve (111122223333)"]])
        #expect(told.first?.evidence?.Events == 5)
        #expect(told.first?.Trailwatch.Text.contains("New: eve (111122223333)") == true)
        scene.clock.advance(seconds: 901)
        #expect(try await scene.look(engine, store).isEmpty, "nobody is new any more")
        try scene.writeBurst("d", by: user("trent"), count: 1)
        #expect(try await scene.look(engine, store).map { $0.evidence?.New } == [["trent (111122223333)"]])
        let keys = Set(try [told.first].map { try #require($0).Trailwatch.MessageKey })
        #expect(keys.count == 1)
    }

    @Test func `a muted ALARM tells of newcomers when the mute is over`() async throws {
        let scene = try EngineScene(lateness: 5, template: lasting)
        let (engine, store) = try await scene.open(takesEvidence: true)
        _ = try await scene.look(engine, store)
        try scene.writeBurst("a", by: user("mallory"))
        #expect(try await scene.look(engine, store).count == 1)
        _ = try await engine.mute(MuteOrder(alarmNames: ["bad"], seconds: 1000, reason: "test", who: "me"))
        scene.clock.advance(seconds: 950)
        try scene.writeBurst("b", by: user("eve"), count: 1)
        #expect(try await scene.look(engine, store).isEmpty)
        scene.clock.advance(seconds: 60)
        #expect(try await scene.look(engine, store).map { $0.evidence?.New } == [["eve (111122223333)"]])
    }

    /// `TRAILWATCH_MINUTES=43200` spreads many more rounds over a month.
    private static let minutes = ProcessInfo.processInfo.environment["TRAILWATCH_MINUTES"].flatMap { Int64($0) }

    @Test(arguments: [UInt64](1...6))
    func `in every message the events that were found are those that decided`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let scene = try EngineScene(lateness: 5)
        let (engine, store) = try await scene.open(takesEvidence: true)
        let taker = try scene.taker(engine)
        try await scene.settle(engine)
        var known: [TrailEvent] = []
        var told: [Told] = []
        let rounds: Int64 = Self.minutes == nil ? 30 : 1000
        // Every second pause is short, so that rounds meet in one window.
        let pauseMax = max(60, (Self.minutes ?? 0) * 60 * 4 / rounds)
        for round in 0..<rounds {
            let now = scene.clock.now()
            var events = (0..<Int.random(in: 0...5, using: &generator)).map { number in
                TrailEvent(
                    time: now.adding(seconds: -Int64.random(in: 0...150, using: &generator)),
                    name: Bool.random(using: &generator) ? "Bad" : "Good", id: "\(round)-\(number)",
                    more: user("u\(Int.random(in: 0...3, using: &generator))"))
            }
            known += events
            // Copies of events that other files hold.
            for _ in 0..<3 { if let copy = known.randomElement(using: &generator) { events.append(copy) } }
            if !events.isEmpty { try scene.write("f\(round)", events) }
            try await scene.settle(engine)
            if Bool.random(using: &generator) { while try await taker.finishDrafts() {} }
            told += try await scene.takeTold(store)
            let pause = round % 2 == 0 ? 60 : pauseMax
            scene.clock.advance(seconds: Int64.random(in: 5...pause, using: &generator))
        }
        while try await taker.finishDrafts() {}
        told += try await scene.takeTold(store)
        #expect(told.count >= Int(rounds) / 30, "seed \(seed) makes \(told.count) messages")
        for message in told where message.NewStateValue == "ALARM" {
            let evidence = try #require(message.evidence)
            #expect(evidence.Complete, "\(evidence.Reason ?? "")")
            let used = try #require(message.NewStateReason.firstMatch(of: /\[([0-9.]+) \(/)?.1)
            #expect(Double(used) == evidence.Sum, "\(message.NewStateReason)")
            #expect(evidence.Principals.map(\.Count).reduce(0, +) == evidence.Events)
        }
    }
}
