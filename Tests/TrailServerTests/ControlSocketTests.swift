import Foundation
import Logging
import ServiceLifecycle
import Testing
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

@testable import TrailServer

/// The socket of commands: a round trip, who may open it, and what a killed server leaves.
@Suite struct ControlSocketTests {
    private struct RealTime: TimeSource {
        func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return attributes[.posixPermissions] as? Int ?? 0
    }

    /// Runs `body` while the socket of the engine listens.
    private func listening(
        _ scene: AlarmScene, _ engine: Engine, _ body: (ControlClient) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let socket = ControlSocket(engine: engine, directory: scene.dataDirectory, logger: logger)
        let group = ServiceGroup(services: [socket], logger: logger)
        let path = scene.dataDirectory + "/control"
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for _ in 0..<500 where !FileManager.default.fileExists(atPath: path) {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try mode(path) == 0o600)
            try await body(ControlClient(dataDirectory: scene.dataDirectory, time: RealTime()))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a command reaches the server and is answered`() async throws {
        let scene = try AlarmScene("")
        let (engine, store) = try await scene.open()
        // What a killed server left is in nobody's way.
        try FileManager.default.createDirectory(
            atPath: scene.dataDirectory + "/control.new", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: scene.dataDirectory + "/control.new/s"))
        try await listening(scene, engine) { client in
            #expect(try await client.mutes() == [])
            let order = MuteOrder(alarmNames: ["a", "b"], seconds: 7200, reason: "\"why\" ü\n", who: "alice")
            let lines = try #require(try await client.mute(order))
            #expect(lines.map(\.alarmNames) == [["a"], ["b"]])
            #expect(lines.map(\.until) == Array(repeating: scene.clock.now().adding(seconds: 7200), count: 2))
            #expect(try store.mutes().map(\.reason) == ["\"why\" ü\n", "\"why\" ü\n"])
            #expect(try await client.mutes() == lines)
            let error = await #expect(throws: InputError.self) {
                _ = try await client.mute(MuteOrder(alarmNames: ["aa"], seconds: 60, reason: "r", who: "w"))
            }
            #expect(error?.description == "there is no alarm 'aa'; did you mean 'a'?")
            #expect(try await client.unmute(UnmuteOrder(alarmNames: ["a"], who: "w"))?.map(\.alarmNames) == [["b"]])
            // A long list is refused, not half read.
            let long = MuteOrder(
                alarmNames: Array(repeating: String(repeating: "x", count: 250), count: 2000), seconds: 60, reason: "r",
                who: "w")
            await #expect(throws: InputError.self) { _ = try await client.mute(long) }
        }
    }

    @Test func `a message that was given up is sent again, under its key`() async throws {
        let scene = try AlarmScene("", actions: ", AlarmActions: [!Ref Topic]")
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        try await scene.happen("A", after: 60, engine)
        let outbox = StoreOutbox(store)
        let message = try #require(await outbox.dueMessages(at: scene.clock.now(), limit: 9).first)
        try await outbox.recordAttempt(
            DeliveryAttempt(
                messageID: message.id, result: .dead, reason: .clientError, status: 404, time: scene.clock.now(),
                latencyMilliseconds: 7), of: message)
        let key = message.messageKey.hex
        let reader = try StoreReader(directory: scene.dataDirectory)
        let failed = try reader.listedMessages(.failed, limit: 9)
        #expect(failed.map(\.message.key) == [key])
        #expect(failed.map(\.endpointKind) == ["http"])
        #expect(failed.first?.message.reason == "client_error" && failed.first?.message.status == 404)
        #expect(try reader.attempts(ofMessage: String(key.prefix(12))).attempts.map(\.latencyMilliseconds) == [7])
        try await listening(scene, engine) { client in
            scene.clock.advance(seconds: 100_000)
            let resent = try await client.resend(ResendOrder(key: String(key.prefix(8)), who: "w"))
            #expect(resent?.key == key && resent?.formerState == "dead" && resent?.alarmName == "a")
            #expect(resent?.waitsForEvidence == false && resent?.after == nil)
            for (text, want) in [
                (String(key.prefix(7)), "want its key, or the first 8 digits"), ("../../etc", "want its key"),
                (String(repeating: "0", count: 64), "there is no message with the key"),
            ] {
                let error = await #expect(throws: InputError.self) {
                    _ = try await client.resend(ResendOrder(key: text, who: "w"))
                }
                #expect(error?.description.contains(want) == true, "\(String(describing: error))")
            }
        }
        // A day later it has the time of a new message; what is sent is the same, byte for byte.
        let again = try #require(await outbox.dueMessages(at: scene.clock.now(), limit: 9).first)
        #expect(
            again.messageKey == message.messageKey && again.body == message.body && again.headers == message.headers)
        #expect(again.attempts == 0 && again.createdAt == scene.clock.now())
    }

    private static let topics = """
          Nobody: {Type: "AWS::SNS::Topic", Properties: {TopicName: nobody}}
          Mail:
            Type: AWS::SNS::Topic
            Properties: {TopicName: mail, Subscription: [{Protocol: email, Endpoint: a@example.com}]}

        """

    @Test func `a test goes to all that hear of a topic or an alarm, and changes nothing`() async throws {
        let scene = try AlarmScene(
            Self.topics + AlarmScene.composite("ALARM(b)"), actions: ", AlarmActions: [!Ref Topic, !Ref Nobody]")
        let (engine, store) = try await scene.open()
        try await scene.happen(after: 60, engine)
        let states = try store.alarms().map(\.machine.status)
        let history = try store.history(of: "a", limit: 99)
        try await listening(scene, engine) { client in
            _ = try await client.mute(MuteOrder(alarmNames: ["a"], seconds: 600, reason: "r", who: "w"))
            var keys: [String] = []
            for target in ["t", AlarmScene.topic, "a", "c", "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a"] {
                scene.clock.advance(seconds: 1)
                let queued = try #require(try await client.sendTest(TestOrder(target: target, who: "alice")))
                #expect(queued.messages.map(\.topicARN) == [AlarmScene.topic], "\(target)")
                #expect(queued.messages.map(\.endpointKind) == ["http"])
                #expect(queued.notes.count == (target.hasSuffix("a") ? 1 : 0), "\(queued.notes)")
                keys += queued.messages.map(\.key)
            }
            #expect(Set(keys).count == 5)
            #expect(try StoreReader(directory: scene.dataDirectory).messageKeys(prefix: "", limit: 9) == keys.sorted())
            for (target, want) in [
                (
                    "nobody",
                    "nobody hears of 'nobody': the topic arn:aws:sns:us-east-1:000000000000:nobody has no subscription"
                ),
                ("mail", "has a subscription that nothing is delivered to: email"),
                ("TT", "there is no topic or alarm 'TT'"),
            ] {
                let error = await #expect(throws: InputError.self) {
                    _ = try await client.sendTest(TestOrder(target: target, who: "w"))
                }
                #expect(error?.description.contains(want) == true, "\(String(describing: error))")
            }
        }
        let tests = try await scene.take(store).compactMap {
            ($0["Trailwatch"] as? [String: Any])?["Test"] as? [String: Any]
        }
        #expect(tests.map { $0["AlarmName"] as? String } == [nil, nil, "a", "c", "a"])
        #expect(tests.allSatisfy { $0["SentBy"] as? String == "alice" })
        #expect(try store.alarms().map(\.machine.status) == states)
        #expect(
            try store.history(of: "a", limit: 99).filter { $0.kind != .configurationUpdate }
                == history.filter { $0.kind != .configurationUpdate })
    }

    @Test func `an alarm that tells nobody is told so when it is tried`() async throws {
        let scene = try AlarmScene("")
        let (engine, store) = try await scene.open()
        let error = await #expect(throws: InputError.self) {
            _ = try await engine.sendTest(TestOrder(target: "a", who: "w"))
        }
        #expect(
            error?.description == "nobody hears of 'a': no action of the alarm for ALARM is a topic of the alarm files")
        #expect(try store.waitingMessageCount() == 0)
        try scene.write("", actions: ", ActionsEnabled: false, AlarmActions: [!Ref Topic]")
        _ = try await engine.reload()
        let queued = try await engine.sendTest(TestOrder(target: "a", who: "w"))
        #expect(queued.notes == ["the alarm 'a' itself tells nobody: its ActionsEnabled is false"])
        #expect(queued.messages.count == 1)
    }

    @Test func `tests that were ordered without a server are sent once by the next one`() async throws {
        let scene = try AlarmScene(Self.topics)
        do { _ = try await scene.open() }
        for target in ["t", "gone", "mail", "t"] {
            try IdleOutbox.order(TestOrder(target: target, who: "w"), directory: scene.dataDirectory)
        }
        do {
            let (_, store) = try await scene.open()
            // Two of one moment are one.
            #expect(try await scene.take(store).count == 1)
        }
        scene.clock.advance(seconds: 60)
        do {
            let (_, store) = try await scene.open()
            #expect(try await scene.take(store).isEmpty)
        }
        for _ in 0..<IdleOutbox.testsMax {
            try IdleOutbox.order(TestOrder(target: "t", who: "w"), directory: scene.dataDirectory)
        }
        #expect(throws: InputError.self) {
            try IdleOutbox.order(TestOrder(target: "t", who: "w"), directory: scene.dataDirectory)
        }
        #expect(throws: StoreError.self) {
            try IdleOutbox.order(TestOrder(target: "t", who: "w"), directory: scene.path + "/nowhere")
        }
    }

    @Test func `without a server a message is put back to waiting in the store`() async throws {
        let scene = try AlarmScene("", actions: ", AlarmActions: [!Ref Topic]")
        var key = ""
        do {
            let (engine, store) = try await scene.open()
            try await scene.happen(after: 60, engine)
            try await scene.happen("A", after: 60, engine)
            #expect(try await scene.takeStates(store) == ["a ALARM"])
            key = try #require(StoreReader(directory: scene.dataDirectory).messageKeys(prefix: "", limit: 2).first)
        }
        let now = scene.clock.now().adding(seconds: 60)
        let order = ResendOrder(key: key, who: "w")
        let resent = try IdleOutbox.resend(order, directory: scene.dataDirectory, now: now)
        #expect(resent.formerState == "delivered")
        #expect(try IdleOutbox.resend(order, directory: scene.dataDirectory, now: now).formerState == "waiting")
        let (_, store) = try await scene.open()
        #expect(try store.dueMessages(at: now, limit: 9).map(\.key) == [key])
        #expect(throws: StoreError.self) { try IdleOutbox.resend(order, directory: scene.path + "/nowhere", now: now) }
    }

    @Test func `a message that cannot be read is not sent again: it would hold up all others`() async throws {
        let directory = try AlarmScene("").dataDirectory
        let store = try Store(directory: directory)
        var record = EvaluationRecord()
        let now = Timestamp(seconds: 1_700_000_000)
        let key = String(repeating: "ab", count: 32)
        record.messages = [
            StoredMessage(
                key: key, alarmName: "a", subscriptionARN: "s", topicARN: "t", createdAt: now, nextAttempt: now,
                state: "dead", request: "{}")
        ]
        try store.save(record)
        let error = #expect(throws: InputError.self) { try store.resend(ResendOrder(key: key, who: "w"), at: now) }
        #expect(error?.description.hasSuffix("again: what is kept of it cannot be read") == true)
        #expect(try store.dueMessages(at: now, limit: 9).isEmpty)
        #expect(try StoreReader(directory: directory).listedMessages(.all, limit: 9).map(\.endpointKind) == [nil])
        try? FileManager.default.removeItem(atPath: directory)
    }

    @Test func `without a server there is no answer, and the store is written`() async throws {
        let scene = try AlarmScene("")
        let client = ControlClient(dataDirectory: scene.dataDirectory, time: RealTime())
        do { _ = try await scene.open() }
        #expect(try await client.mutes() == nil)
        // A stale socket is as good as none.
        try Data().write(to: URL(fileURLWithPath: scene.dataDirectory + "/control"))
        #expect(try await client.mutes() == nil)
        let now = scene.clock.now()
        let order = MuteOrder(alarmNames: ["a"], seconds: 60, reason: "r", who: "w")
        _ = try StoredMutes(directory: scene.dataDirectory).mute(order, now: now)
        #expect(try StoredMutes.lines(directory: scene.dataDirectory, now: now).map(\.alarmNames) == [["a"]])
        #expect(try StoredMutes.lines(directory: scene.dataDirectory, now: now.adding(seconds: 60)) == [])
        try StoredMutes(directory: scene.dataDirectory).unmute(UnmuteOrder(alarmNames: ["a"], who: "w"), now: now)
        #expect(try StoredMutes.lines(directory: scene.dataDirectory, now: now) == [])
        #expect(throws: StoreError.self) { _ = try StoredMutes(directory: scene.path + "/nowhere") }
    }

    @Test func `a path that no socket can have is refused`() {
        let directory = "/tmp/" + String(repeating: "x", count: 100)
        let error = #expect(throws: InputError.self) { _ = try ControlPath(directory: directory).prepare() }
        #expect(error?.description.contains("want a data directory of less than 94 bytes") == true)
    }
}
