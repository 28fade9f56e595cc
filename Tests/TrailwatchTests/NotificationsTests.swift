import ArgumentParser
import Foundation
import Testing
import TrailModel
import TrailServer
import TrailStore

@testable import trailwatch

/// What `notifications` takes and prints.
struct NotificationsTests {
    private static let now = Timestamp(seconds: 1_700_000_000)
    private static let topic = "arn:aws:sns:us-east-1:000000000000:ops"

    private static func key(_ number: Int) -> String { String(repeating: "a\(number)", count: 32) }

    /// A store with a message given up, a delivered one with a name that steers terminals, and a draft.
    private func withStore(_ body: (String) throws -> Void) throws {
        try withFolder { folder in
            let store = try Store(directory: folder.path)
            var record = EvaluationRecord()
            let names = ["denied", "a,\"b\"\u{1B}[2J", "root"]
            record.messages = names.enumerated().map { number, name in
                StoredMessage(
                    key: Self.key(number), alarmName: name, subscriptionARN: "\(Self.topic):5e1f", topicARN: Self.topic,
                    createdAt: Self.now, nextAttempt: number == 2 ? StoredMessage.draftTime : Self.now,
                    state: "waiting",
                    request: number == 2
                        ? #"{"subscription":{"protocolName":"https","endpoint":"https://secret"}}"#
                        : #"{"endpointKind":"http","url":"http://secret"}"#)
            }
            try store.save(record)
            func attempt(_ id: Int64, _ state: String, _ reason: String?, _ status: Int?) throws {
                try store.recordAttempt(
                    StoredAttempt(
                        time: Self.now.adding(seconds: 5), state: state, reason: reason, status: status,
                        latencyMilliseconds: 12), of: id, nextAttempt: nil, counters: [])
            }
            try attempt(1, "waiting", "connection", nil)
            try attempt(1, "dead", "client_error", 404)
            try attempt(2, "delivered", nil, 200)
            try store.close()
            try body(folder.path)
        }
    }

    private func list(_ arguments: String..., in directory: String) throws -> String {
        let command = try NotificationsCommand.parse(arguments)
        let reader = try StoreReader(directory: directory)
        if let key = command.attempts { return command.format.text(try reader.attempts(ofMessage: key).attempts) }
        return command.format.text(
            try reader.listedMessages(command.failed ? .failed : .all, limit: command.limit))
    }

    @Test func `messages are listed for people, without addresses`() throws {
        try withStore { directory in
            let want = """
                CREATED               STATE      ALARM      TOPIC  SUBSCRIPTION  KIND   ATTEMPTS  LAST              NEXT               KEY
                2023-11-14T22:13:20Z  given up   denied     ops    5e1f          http   2         404 client_error  -                  a0a0a0a0a0a0
                2023-11-14T22:13:20Z  delivered  a,"b"\u{FFFD}[2J  ops    5e1f          http   1         200               -                  a1a1a1a1a1a1
                2023-11-14T22:13:20Z  waiting    root       ops    5e1f          https  0         -                 with its evidence  a2a2a2a2a2a2

                """
            let (all, last) = (try list(in: directory), try list("--limit", "1", in: directory))
            let failed = try list("--failed", in: directory)
            #expect(all == want)
            #expect(last.split(separator: "\n").count == 2)
            #expect(failed.contains("a0a0a0a0a0a0") && !failed.contains("a1a1a1a1a1a1"))
        }
    }

    @Test func `csv and json hold the whole ARNs and keys`() throws {
        try withStore { directory in
            let lines = try list("--format", "csv", in: directory).split(separator: "\n")
            #expect(
                lines.first
                    == "created,state,alarm,topic,subscription,endpointKind,attempts,lastAttempt,status,reason,nextAttempt,key"
            )
            #expect(
                lines[1] == "2023-11-14T22:13:20Z,dead,denied,\(Self.topic),\(Self.topic):5e1f,http,2,"
                    + "2023-11-14T22:13:25Z,404,client_error,,\(Self.key(0))")
            let text = try list("--format", "json", "--failed", in: directory)
            let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
            let message = try #require(json?.first)
            #expect(json?.count == 1)
            #expect(message["key"] as? String == Self.key(0) && message["state"] as? String == "dead")
            #expect(message["attempts"] as? Int == 2 && message["nextAttempt"] is NSNull)
            #expect(!text.contains("secret"))
        }
    }

    @Test func `the attempts of a message are listed by its key or the beginning of it`() throws {
        try withStore { directory in
            let want = """
                NUMBER  TIME                  RESULT    STATUS  REASON        LATENCY
                1       2023-11-14T22:13:25Z  retry     -       connection    12 ms
                2       2023-11-14T22:13:25Z  given up  404     client_error  12 ms

                """
            for key in [Self.key(0), "A0A0A0A0"] {
                let listed = try list("--attempts", key, in: directory)
                #expect(listed == want)
            }
            let table = try list("--attempts", "a1a1a1a1", "--format", "csv", in: directory)
            #expect(
                table
                    == "number,time,result,status,reason,latencyMilliseconds\n1,2023-11-14T22:13:25Z,delivered,200,,12\n"
            )
            #expect(throws: InputError.self) { _ = try list("--attempts", "a0a0", in: directory) }
            #expect(throws: InputError.self) { _ = try list("--attempts", "b0b0b0b0", in: directory) }
        }
    }

    @Test(arguments: [
        ([], true), (["--failed"], true), (["--resend", "3f9c01d2"], true), (["--attempts", "3f9c01d2"], true),
        (["--failed", "--resend", "3f9c01d2"], false), (["--attempts", "a", "--resend", "b"], false),
        (["--limit", "0"], false), (["--format", "xml"], false),
    ])
    func `one thing is asked for`(_ arguments: [String], isGood: Bool) {
        if isGood {
            #expect(throws: Never.self) { try NotificationsCommand.parse(arguments) }
        } else {
            #expect(throws: (any Error).self) { try NotificationsCommand.parse(arguments) }
        }
    }

    @Test(arguments: [
        ("dead", false, nil, "was given up, and is sent now"),
        ("delivered", false, nil, "was delivered, and is sent now"),
        ("waiting", false, "e5", "waits, and is sent after e5, which comes before it"),
        ("waiting", true, nil, "waits, and is sent when its evidence was taken"),
    ])
    func `what becomes of a message that is sent again is told`(
        state: String, waits: Bool, after: String?, want: String
    ) throws {
        let text = """
            {"key":"3f9c","alarmName":"a","subscriptionARN":"s","formerState":"\(state)","waitsForEvidence":\(waits)\
            \(after.map { ",\"after\":\"\($0)\"" } ?? "")}
            """
        let resent = try JSONDecoder().decode(Resent.self, from: Data(text.utf8))
        #expect(resent.text == "3f9c of 'a' to s \(want)")
    }
}
