import Foundation
import GRDB
import Testing
import TrailAlarms
import TrailModel
import TrailNotify
import TrailStore

@testable import TrailServer

/// The scene's alarm file with a rule on calls, and one on alarms.
private let template =
    EngineScene.template + "\n"
        + """
          Stopped:
            Type: AWS::Events::Rule
            Properties:
              Name: stopped
              EventPattern: {detail: {eventName: [StopLogging]}}
              Targets: [{Id: t, Arn: !Ref Topic}]
          Alarmed:
            Type: AWS::Events::Rule
            Properties:
              Name: alarmed
              EventPattern:
                source: [aws.cloudwatch]
                detail-type: [CloudWatch Alarm State Change, CloudWatch Alarm Configuration Change]
                detail: {alarmName: [bad]}
              Targets:
                - Id: t
                  Arn: !Ref Topic
                  InputTransformer:
                    InputPathsMap: {name: $.detail.alarmName, state: $.detail.state.value, what: $.detail-type}
                    InputTemplate: '"<what>: <name> is <state>"'
        """

extension EngineScene {
    /// The texts that topics got from rules and subjects of the others, in order; delivered by this.
    fileprivate func takeTexts(_ store: Store) async throws -> [String] {
        struct Envelope: Decodable {
            let Message: String
            let Subject: String?
        }
        let outbox = StoreOutbox(store)
        var texts: [String] = []
        while let message = try await outbox.dueMessages(at: clock.now(), limit: 1).first {
            let envelope = try JSONDecoder().decode(Envelope.self, from: Data(message.body.utf8))
            texts.append(envelope.Subject ?? envelope.Message)
            try await outbox.recordAttempt(
                DeliveryAttempt(
                    messageID: message.id, result: .delivered, reason: nil, status: 200, time: clock.now(),
                    latencyMilliseconds: 1), of: message)
        }
        return texts
    }

    /// What the store keeps of an event that the rule `stopped` matched.
    fileprivate func match(_ id: String) -> String {
        """
        {"rule":"stopped","time":{"milliseconds":\(clock.now().milliseconds)},"eventKey":"\(id)",\
        "event":"{\\"id\\":\\"\(id)\\"}"}
        """
    }

    /// Puts matches into the store that nobody was told of.
    fileprivate func insertMatches(_ matches: [String]) async throws {
        try await database.write { db in
            let source = try String.fetchOne(db, sql: "SELECT name FROM sources WHERE name LIKE 'folder:%'")
            for match in matches {
                try db.execute(
                    sql: "INSERT INTO rule_matches (commit_number, source, content) VALUES (1, ?, ?)",
                    arguments: [source, match])
            }
        }
    }

    fileprivate var database: DatabaseQueue {
        get throws { try DatabaseQueue(path: settings.dataDirectory + "/trailwatch.sqlite") }
    }

    fileprivate func stop(_ id: String, secondsAgo: Int64 = 10) -> TrailEvent {
        TrailEvent(time: clock.now().adding(seconds: -secondsAgo), name: "StopLogging", id: id)
    }
}

private func ids(_ texts: [String]) throws -> [String] {
    try texts.map { text in
        let event = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        return try #require(event["id"] as? String)
    }
}

@Suite struct RuleTests {
    @Test func `an event that a rule matches is told once, whatever files hold it`() async throws {
        let scene = try EngineScene(lateness: 5, template: template)
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        _ = try await scene.takeTexts(store)
        try scene.write(
            "a", [scene.stop("one"), TrailEvent(time: scene.clock.now(), name: "Other"), scene.stop("two")])
        try await scene.settle(engine)
        #expect(try ids(try await scene.takeTexts(store)) == ["one", "two"])
        try scene.write("b", [scene.stop("two"), scene.stop("three")])
        try await scene.settle(engine)
        #expect(try ids(try await scene.takeTexts(store)) == ["three"])
        #expect(try store.ruleMatches(limit: 9).isEmpty)
    }

    @Test func `what was before the rule is not told, and a restart keeps its mark`() async throws {
        let scene = try EngineScene(lateness: 5, template: template)
        do {
            let (engine, store) = try await scene.open()
            try await scene.settle(engine)
            _ = try await scene.takeTexts(store)
            try store.close()
        }
        scene.clock.advance(seconds: 7200)
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        try scene.write("a", [scene.stop("late", secondsAgo: 9000), scene.stop("old", secondsAgo: 12_000)])
        try await scene.settle(engine)
        #expect(try ids(try await scene.takeTexts(store)) == ["late"], "the mark is an hour before the first load")
    }

    @Test func `what was found and not told before a crash is told after it`() async throws {
        let scene = try EngineScene(lateness: 5, template: template)
        do {
            let (engine, store) = try await scene.open()
            try await scene.settle(engine)
            _ = try await scene.takeTexts(store)
            try scene.write("a", [scene.stop("one")])
            try await scene.settle(engine)
            try store.close()
        }
        // As if the server had ended between the two transactions.
        try await scene.insertMatches([scene.match("two")])
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        #expect(try ids(try await scene.takeTexts(store)) == ["one", "two"])
    }

    @Test(arguments: ["", "{", "[]", "{\"rule\":\"stopped\"}", "\u{0}"])
    func `a match that cannot be read stops neither others nor alarms`(content: String) async throws {
        let scene = try EngineScene(lateness: 5, template: template)
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        _ = try await scene.takeTexts(store)
        try await scene.insertMatches([scene.match("one"), content, scene.match("two")])
        try scene.write("a", burst(at: scene.clock.now().adding(seconds: -3)))
        try await scene.settle(engine)
        #expect(engine.snapshot.alarms[0].alarm.machine.status.state == .alarm)
        let texts = try await scene.takeTexts(store)
        #expect(texts.contains("ALARM: \"bad\" in US East (N. Virginia)"))
        #expect(try ids(texts.filter { $0.hasPrefix("{") }) == ["one", "two"])
        #expect(try store.ruleMatches(limit: 9).isEmpty, "it is passed over for good")
    }

    @Test func `alarms are evaluated and told while rules cannot be, which are told when they can`() async throws {
        let scene = try EngineScene(lateness: 5, template: template)
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        _ = try await scene.takeTexts(store)
        try await scene.database.write { db in
            try db.execute(
                sql: "CREATE TRIGGER stuck BEFORE DELETE ON rule_matches BEGIN SELECT RAISE(ABORT, 'stuck'); END")
        }
        try scene.write("a", burst(at: scene.clock.now().adding(seconds: -3)) + [scene.stop("one")])
        var failures = 0
        for _ in 0..<5 {
            do { _ = try await engine.step() } catch { failures += 1 }
        }
        #expect(failures > 0, "somebody hears of it")
        #expect(
            try await scene.takeTexts(store) == [
                "ALARM: \"bad\" in US East (N. Virginia)", "\"CloudWatch Alarm State Change: bad is ALARM\"",
            ])
        try await scene.database.write { db in try db.execute(sql: "DROP TRIGGER stuck") }
        try await scene.settle(engine)
        #expect(try ids(try await scene.takeTexts(store)) == ["one"])
    }

    @Test func `a rule hears of alarms that change, and of their definitions`() async throws {
        let scene = try EngineScene(lateness: 5, template: template)
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        let created = "\"CloudWatch Alarm Configuration Change: bad is INSUFFICIENT_DATA\""
        #expect(try await scene.takeTexts(store).first == created)
        try scene.write("a", burst(at: scene.clock.now().adding(seconds: -3)))
        try await scene.settle(engine)
        let texts = try await scene.takeTexts(store)
        #expect(texts.contains("\"CloudWatch Alarm State Change: bad is ALARM\""))
        #expect(texts.contains("ALARM: \"bad\" in US East (N. Virginia)"))
        try template.replacing("Threshold: 3", with: "Threshold: 2")
            .write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        _ = try await engine.reload()
        #expect(try await scene.takeTexts(store) == ["\"CloudWatch Alarm Configuration Change: bad is ALARM\""])
    }

    @Test func `a rule that is gone tells nothing, and comes back with a new mark`() async throws {
        let scene = try EngineScene(lateness: 5, template: template)
        let (engine, store) = try await scene.open()
        try await scene.settle(engine)
        try EngineScene.template.write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        _ = try await engine.reload()
        _ = try await scene.takeTexts(store)
        try scene.write("a", [scene.stop("one")])
        try await scene.settle(engine)
        #expect(try await scene.takeTexts(store).isEmpty)
        scene.clock.advance(seconds: 7200)
        try template.write(toFile: scene.path + "/alarms.yaml", atomically: true, encoding: .utf8)
        _ = try await engine.reload()
        try scene.write("b", [scene.stop("old", secondsAgo: 4000), scene.stop("new", secondsAgo: 60)])
        try await scene.settle(engine)
        #expect(try ids(try await scene.takeTexts(store)) == ["new"])
    }
}
