import Testing
import TrailModel
import TrailNotify
import TrailPatterns

@testable import TrailServer

/// What people read of the messages of event rules.
@Suite struct EventTextReaderTests {
    private static let stop = """
        {"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/mallory",\
        "userName":"mallory","accountId":"111122223333","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}},\
        "eventTime":"2026-01-02T03:04:05Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging",\
        "awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","requestParameters":{"name":"main"},\
        "eventID":"7bf73129","recipientAccountId":"111122223333"
        """

    private static func envelope(_ detail: String, type: String = "AWS API Call via CloudTrail") -> String {
        """
        {"version":"0","id":"7bf73129","detail-type":"\(type)","source":"aws.x","account":"111122223333",\
        "time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":[],"detail":\(detail)}
        """
    }

    private func read(
        _ text: String, description: String? = nil, severity: String? = nil
    ) throws -> Notice.EventText {
        let rule = EventRule(
            name: "stopped", description: description, pattern: try EventPattern(#"{"source":["aws.x"]}"#),
            tags: severity.map { ["severity": $0] } ?? [:], location: SourceLocation(file: "a.yaml"))
        return EventTextReader(rule: rule, accountNames: AccountNames()).read(text)
    }

    @Test func `an event of CloudTrail says who did what, from where and when`() throws {
        let text = try read(
            Self.envelope(Self.stop + "}"), description: "A trail was stopped.\nStart it again.\nAsk.",
            severity: "critical")
        #expect(text.title == "EVENT: StopLogging by mallory in us-east-1")
        #expect(
            text.lines.map(\.text) == [
                "A trail was stopped.", "Start it again.", "Severity: critical",
                "Who: mallory, arn:aws:iam::111122223333:user/mallory, without MFA", "From: 203.0.113.7",
                "What: StopLogging at cloudtrail.amazonaws.com", "On: main", "When: 2026-01-02T03:04:05Z",
                "Account: 111122223333, us-east-1", "Rule: stopped", "Event: 7bf73129",
            ])
        #expect(text.kind == .object)
        #expect(text.source == "111122223333 us-east-1")
        #expect(text.document == Self.envelope(Self.stop + "}"))
    }

    @Test func `a record without its envelope reads the same`() throws {
        let whole = try read(Self.envelope(Self.stop + "}"))
        let record = try read(Self.stop + "}")
        #expect(record.title == whole.title)
        #expect(record.lines == whole.lines)
    }

    @Test(
        arguments: [
            (
                #","errorCode":"AccessDenied","errorMessage":"not you""#, " failed (AccessDenied)",
                "; error: AccessDenied: not you"
            ),
            (#","errorCode":"AccessDenied""#, " failed (AccessDenied)", "; error: AccessDenied"),
            (#","errorMessage":"Failed authentication""#, " failed", "; error: Failed authentication"),
            (#","errorCode":"Success""#, "", ""),
        ])
    func `a call that failed says so`(members: String, title: String, what: String) throws {
        let text = try read(Self.envelope(Self.stop + members + "}"))
        #expect(text.title == "EVENT: StopLogging by mallory in us-east-1\(title)")
        #expect(text.lines.contains(.init("What", "StopLogging at cloudtrail.amazonaws.com\(what)")))
    }

    @Test(
        arguments: [
            (
                "CloudWatch Alarm State Change",
                """
                "state":{"value":"ALARM","reason":"3 of 3"},"previousState":{"value":"OK"}
                """, #"EVENT: "bad" OK -> ALARM in us-east-1"#, ["State: OK -> ALARM", "Reason: 3 of 3"]
            ),
            (
                "CloudWatch Alarm Contributor State Change",
                """
                "state":{"value":"ALARM"},"alarmContributor":{"id":"1","attributes":{"A":"b"}}
                """, #"EVENT: "bad" is ALARM in us-east-1"#, ["State: ALARM", #"Contributor: {"A":"b"}"#]
            ),
            (
                "CloudWatch Alarm Configuration Change", #""operation":"delete","state":{"value":"OK"}"#,
                #"EVENT: "bad" deleted in us-east-1"#, ["State: OK"]
            ),
        ])
    func `an event about an alarm says what became of it`(
        type: String, detail: String, title: String, lines: [String]
    ) throws {
        let text = try read(Self.envelope("{\"alarmName\":\"bad\",\(detail)}", type: type))
        #expect(text.title == title)
        #expect(
            text.lines.map(\.text)
                == lines + [
                    "What: \(type)", "When: 2026-01-02T03:04:05Z", "Account: 111122223333, us-east-1",
                    "Rule: stopped", "Event: 7bf73129",
                ])
    }

    @Test func `any other event shows its type and the first of what it holds`() throws {
        let text = try read(
            Self.envelope(#"{"a":{"b":[1,"two"]},"c":null,"d":1,"e":2,"f":3,"g":4,"h":5}"#, type: "Thing"))
        #expect(text.title == "EVENT: Thing in us-east-1")
        #expect(
            text.lines.map(\.text) == [
                "a.b[0]: 1", "a.b[1]: two", "c: null", "d: 1", "e: 2", "f: 3", "When: 2026-01-02T03:04:05Z",
                "Account: 111122223333, us-east-1", "Rule: stopped", "Event: 7bf73129",
            ])
    }

    @Test(
        arguments: [
            (#""Root signed in""#, .value, "EVENT: Root signed in", []),
            (#""one\ntwo""#, .value, "EVENT: one", ["two"]),
            ("\"one\"\n\"two \\\"three\\\"\"", .text, "EVENT: one", [#"two "three""#]),
            ("no JSON <at> all", .text, "EVENT: no JSON <at> all", []),
            ("", .text, #"EVENT: rule "stopped""#, []), (#""""#, .value, #"EVENT: rule "stopped""#, []),
            (#"{"who":"ann","n":[1,{}]}"#, .object, #"EVENT: rule "stopped""#, ["who: ann", "n[0]: 1"]),
            ("[1,2]", .value, #"EVENT: rule "stopped""#, ["[0]: 1", "[1]: 2"]),
            ("7", .value, #"EVENT: rule "stopped""#, ["7"]),
            (#"{"detail-type":7,"detail":"x"}"#, .object, "EVENT: 7", []),
        ] as [(String, Notice.DocumentKind, String, [String])])
    func `of what a rule makes of an event that is shown, and nothing else`(
        document: String, kind: Notice.DocumentKind, title: String, lines: [String]
    ) throws {
        let text = try read(document)
        #expect(text.kind == kind)
        #expect(text.title == title)
        #expect(text.lines.map(\.text) == lines + ["Rule: stopped"])
        #expect(text.document == document)
    }

    @Test(arguments: UInt64(1)...100)
    func `whatever an event holds, few lines are made of it`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"detail\":", "\"detail-type\":\"x\"", "\n", "\\", "1",
            "\u{301}", "\"eventName\":\"E\"", "\"eventSource\":\"s\"", "\"eventTime\":\"t\"", Self.stop + "}",
        ]
        let document = (0..<Int.random(in: 0...40, using: &generator)).reduce(into: "") { text, _ in
            text += pieces.randomElement(using: &generator) ?? ""
        }
        let text = try read(document)
        #expect(text.lines.count <= 12)
        #expect(text.title.utf8.starts(with: "EVENT: ".utf8))
        for line in text.lines.map(\.text) + [text.title] {
            #expect(!line.contains { $0.isNewline })
            #expect(line.unicodeScalars.count <= 1100)
        }
    }
}
