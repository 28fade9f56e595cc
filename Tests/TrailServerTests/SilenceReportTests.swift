import Foundation
import Testing
import TrailModel
import TrailNotify
import TrailStore

@testable import TrailServer

@Suite struct SilenceReportTests {
    /// What people hear at looks that are five minutes apart.
    ///
    /// Letters are silent things of a source, `-` is nothing silent, `?` a source that is behind; the answers are `B` for
    /// begins, `E` for ends, `.` for nothing.
    @Test(arguments: [
        ("one that begins and ends", "- a a a a -", ". B . . . E"),
        ("an end waits for the pause", "a - - -", "B . . E"),
        ("what ends within the pause and begins again is no news", "a - a a a", "B . . . ."),
        ("a second one within the pause is told after it", "a ab ab ab ab", "B . . B ."),
        ("what speaks while others are silent is no news", "ab ab ab ab a a -", "B . . . . . E"),
        ("what speaks and falls silent again is", "ab ab ab ab a ab", "B . . . . B"),
        ("a source that is behind says nothing", "a ? ? ? ? a -", "B . . . . . E"),
        ("nothing at all", "- ? -", ". . ."),
    ]) func `a silence is told when it begins and when it ends`(_ why: String, looks: String, want: String) {
        var report = SilenceReport()
        var answers: [String] = []
        for (number, look) in looks.split(separator: " ").enumerated() {
            let silent: [String: Set<String>] =
                look == "?" ? [:] : ["source": look == "-" ? [] : Set(look.map(String.init))]
            switch report.take(silent, of: ["source"], now: Timestamp(seconds: Int64(number) * 300)) {
            case .begins: answers.append("B")
            case .ends: answers.append("E")
            case nil: answers.append(".")
            }
        }
        #expect(answers.joined(separator: " ") == want, "\(why)")
        #expect(report.number == answers.count { $0 != "." })
    }

    @Test func `a source that is none any more ends its silence`() {
        var report = SilenceReport()
        let sources: Set<String> = ["left", "gone"]
        #expect(report.take(["left": [], "gone": ["a"]], of: sources, now: Timestamp(seconds: 0)) == .begins)
        #expect(report.take(["left": []], of: sources, now: Timestamp(seconds: 2000)) == nil)
        #expect(report.take(["left": []], of: ["left"], now: Timestamp(seconds: 4000)) == .ends)
    }

    private static func alarms(topic: String) -> String {
        """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: \(topic)
              Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/\(topic)"}]
          Other:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: other
              Subscription: [{Protocol: http, Endpoint: "http://127.0.0.1:9/other"}]
        """
    }

    /// Files of a lane every five minutes for a day, the last at the scene's time.
    private func busyDay(_ scene: BucketScene, until end: Timestamp, files: Int) -> [NoticedObject] {
        (0..<files).map { number in
            let time = end.adding(seconds: Int64(-300 * number))
            let text = time.rfc3339
            let digits = text.filter(\.isNumber)
            let key = """
                AWSLogs/111122223333/CloudTrail/us-east-1/\(text.prefix(10).replacing("-", with: "/"))/\
                111122223333_CloudTrail_us-east-1_\(digits.prefix(8))T\(digits.dropFirst(8).prefix(4))Z_a\(number).json
                """
            scene.memory.put(
                key,
                "{\"Records\":[{\"eventTime\":\"\(text)\",\"eventID\":\"\(text)\",\"recipientAccountId\":\"111122223333\"}]}"
            )
            return NoticedObject(bucket: "trail", key: key)
        }
    }

    private func settle(_ engine: Engine) async throws {
        for bucket in ["s3://trail/", "s3://trail/other/"] {
            await engine.setBehind(false, filledFrom: nil, bucket: bucket)
        }
        while try await engine.step() {}
    }

    private func messages(_ store: Store, _ now: Timestamp) async throws -> [OutboxMessage] {
        try await StoreOutbox(store).dueMessages(at: now, limit: 100)
    }

    @Test(arguments: [("trailwatch-alarms", ["trailwatch-alarms"]), ("third", ["other", "third"])])
    func `a silent lane is told once, over a restart, and its end once`(topic: String, told: [String]) async throws {
        let names = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: names) }
        try "{\"Accounts\":[{\"Id\":\"111122223333\",\"Name\":\"prod\"}]}".write(
            toFile: names, atomically: true, encoding: .utf8)
        let scene = try BucketScene(alarms: Self.alarms(topic: topic), accountsFile: names)
        do {
            let (engine, store, buckets) = try await scene.open()
            _ = try await buckets.take(busyDay(scene, until: scene.clock.now(), files: 280))
            try await settle(engine)
            scene.clock.advance(seconds: 1800)
            try await settle(engine)
            #expect(try await messages(store, scene.clock.now()).isEmpty, "half an hour is no silence")
            scene.clock.advance(seconds: 3000)
            try await settle(engine)
            let sent = try await messages(store, scene.clock.now())
            #expect(sent.map { $0.topicARN.split(separator: ":").last.map(String.init) ?? "" }.sorted() == told)
            for message in sent {
                #expect(message.subject == "ALARM: \"TrailSilent\" in US East (N. Virginia)")
                #expect(message.body.contains("1 lane is silent"))
                #expect(message.body.contains("prod (111122223333) us-east-1: no files for 1 h 20 min"))
            }
            #expect(Set(sent.map(\.messageKey)).count == told.count)
            try await engine.finish()
            try store.close()
        }
        let (engine, store, buckets) = try await scene.open()
        scene.clock.advance(seconds: 1200)
        while try await engine.step() {}  // Behind still: nobody knows yet whether files came.
        try await settle(engine)
        #expect(try store.waitingMessageCount() == told.count, "told once")

        _ = try await buckets.take(busyDay(scene, until: scene.clock.now(), files: 1))
        scene.clock.advance(seconds: 300)
        try await settle(engine)
        #expect(try store.waitingMessageCount() == 2 * told.count)
        scene.clock.advance(seconds: 1200)
        try await settle(engine)
        #expect(try store.waitingMessageCount() == 2 * told.count)
    }

    @Test func `a silence from before the mark is not told`() async throws {
        let scene = try BucketScene(alarms: Self.alarms(topic: "t"))
        let (engine, store, buckets) = try await scene.open()
        let files = busyDay(scene, until: scene.clock.now().adding(seconds: -86_400), files: 280)
        _ = try await buckets.take(files)
        try await settle(engine)
        scene.clock.advance(seconds: 600)
        try await settle(engine)
        #expect(!engine.snapshot.silent.isEmpty)
        #expect(try store.waitingMessageCount() == 0)
    }
}
