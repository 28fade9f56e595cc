import Foundation
import Testing
import TrailAlarms
import TrailModel

@testable import TrailNotify

/// Whatever stands in names: bodies are JSON within the limits of services, and nobody is mentioned.
@Suite struct ServiceFormPropertyTests {
    private static let nasty = [
        "<!channel>", "<@U012AB3CD>", "<!subteam^S01>", "<https://evil.example|here>", "@channel", "*bold*", "_i_",
        "`code`", "[text](https://evil.example)", "# head", "<at>Ann</at>", "&amp;", "|", "\u{0}", "\u{1F}", "\u{7F}",
        "\u{85}", "\r\n", "\n", "\u{2028}", "\"", "\\", "\u{202E}", "e\u{301}", "👩‍👩‍👧‍👦", "\u{FFFD}", "a", "ß", "\u{10FFFF}",
    ]

    private static func text(_ lengthMax: Int, _ generator: inout SeededGenerator) -> String {
        let pieces = Int.random(in: 0...lengthMax, using: &generator)
        // Some are of one kind alone, which is the longest that a scalar can become.
        let kind = Bool.random(using: &generator) ? nasty.randomElement(using: &generator) : nil
        return (0..<pieces).reduce(into: "") { text, _ in
            if let kind {
                text += kind
            } else if Int.random(in: 0..<3, using: &generator) == 0 {
                text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0..<0xD800, using: &generator)) ?? "x")
            } else {
                text += nasty.randomElement(using: &generator) ?? ""
            }
        }
    }

    private static func notice(_ generator: inout SeededGenerator) -> Notice {
        let lines = (0..<Int.random(in: 0...14, using: &generator)).map { _ in
            Notice.Line(
                Bool.random(using: &generator) ? text(20, &generator) : "", text(1200, &generator))
        }
        let document = JSONValue.members([("a", .string(text(400, &generator)))]).text
        return Notice(
            key: MessageKey(rule: "r", target: "t", event: "e", endpoint: "s"), name: text(300, &generator),
            subject: nil, document: document, source: text(300, &generator), title: text(1200, &generator),
            lines: lines, url: Bool.random(using: &generator) ? "https://a.example/#" + text(3, &generator) : "",
            severity: text(2, &generator),
            state: [AlarmState.ok, .alarm, .insufficientData, nil].randomElement(using: &generator) ?? nil)
    }

    private func strings(_ value: Any) -> [String] {
        switch value {
        case let text as String: [text]
        case let values as [Any]: values.flatMap(strings)
        case let members as [String: Any]: members.values.flatMap(strings)
        default: []
        }
    }

    private func hasControl(_ text: String, besides allowed: Set<Unicode.Scalar> = []) -> Bool {
        text.unicodeScalars.contains { $0.properties.generalCategory == .control && !allowed.contains($0) }
    }

    @Test(arguments: UInt64(1)...150) func `Slack`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let body = try object(SlackForm.body(Self.notice(&generator)))
        let blocks = try #require(body["blocks"] as? [[String: Any]])
        let header = try #require((blocks[0]["text"] as? [String: Any])?["text"] as? String)
        #expect((1...150).contains(header.utf16.count))
        let texts = try slackTexts(body)
        #expect(blocks.count + texts.count <= 50)
        #expect(texts.allSatisfy { (1...3000).contains($0.utf16.count) })
        for text in texts + [try #require(body["text"] as? String)] {
            #expect(!hasControl(text, besides: ["\n"]))
            // The one thing in brackets is the link at the end.
            let link = text.hasSuffix("|Open in Trailwatch>") ? 1 : 0
            #expect(text.unicodeScalars.count { $0 == "<" } == link)
            #expect(text.unicodeScalars.count { $0 == ">" } == link)
        }
    }

    @Test(arguments: UInt64(1)...150) func `Teams`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let text = TeamsForm.body(Self.notice(&generator))
        #expect(text.utf8.count <= 28_672)
        let attachments = try #require(try object(text)["attachments"] as? [[String: Any]])
        let card = try #require(attachments[0]["content"] as? [String: Any])
        #expect((card["msteams"] as? [String: Any])?.keys.sorted() == ["width"], "nobody is mentioned")
        #expect(!strings(card).contains { hasControl($0) })
        var blocks = try #require(card["body"] as? [[String: Any]])
        blocks = try #require(blocks.removeFirst()["items"] as? [[String: Any]]) + blocks
        for block in blocks {
            #expect(block["type"] as? String == "RichTextBlock", "markdown is read elsewhere")
            for run in try #require(block["inlines"] as? [[String: Any]]) {
                #expect(run["type"] as? String == "TextRun")
                #expect((run["text"] as? String)?.isEmpty == false)
            }
        }
    }

    @Test(arguments: UInt64(1)...150) func `PagerDuty`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let notice = Self.notice(&generator)
        let subscription = Subscription(
            arn: "s", topicARN: topicARN, protocolName: "https", endpoint: "https://hook.example/",
            location: SourceLocation(file: "a.yaml"))
        guard let text = PagerDutyForm.body(notice, to: subscription, at: time("2026-09-14T11:18:45Z")) else {
            #expect(notice.state == .ok || notice.state == .insufficientData)
            return
        }
        #expect(text.utf8.count <= 512_000)
        let body = try object(text)
        #expect((body["dedup_key"] as? String)?.count == 64)
        let payload = try #require(body["payload"] as? [String: Any])
        let summary = try #require(payload["summary"] as? String)
        #expect(summary.utf16.count <= 1024)
        for key in ["summary", "source", "component", "group", "class"] {
            let value = try #require(payload[key] as? String)
            #expect(!hasControl(value))
        }
        #expect(payload["custom_details"] is [String: Any])
    }

    @Test func `an event that is too long for PagerDuty is told by its lines`() throws {
        let document = JSONValue.members([("a", .string(String(repeating: "x", count: 512_000)))]).text
        let notice = Notice(
            key: MessageKey(rule: "r", target: "t", event: "e", endpoint: "s"), name: "rule r", subject: nil,
            document: document, title: "t", lines: [.init("Who", "ann")])
        let subscription = Subscription(
            arn: "s", topicARN: topicARN, protocolName: "https", endpoint: "https://hook.example/",
            location: SourceLocation(file: "a.yaml"))
        let text = try #require(PagerDutyForm.body(notice, to: subscription, at: time("2026-09-14T11:18:45Z")))
        #expect(text.contains(#""custom_details":{"lines":["Who: ann"]}"#))
    }

    @Test func `of more lines than a service shows the first are shown`() throws {
        let lines = (0..<100).map { Notice.Line("\($0)", String(repeating: "&", count: 1000)) }
        let notice = Notice(
            key: MessageKey(rule: "r", target: "t", event: "e", endpoint: "s"), name: "rule r", subject: nil,
            document: "{}", title: "t", lines: lines)
        let texts = try slackTexts(try object(SlackForm.body(notice)))
        #expect(texts.count == 49, "the header is a block, too")
        #expect(texts.allSatisfy { $0.utf16.count <= 3000 && $0.hasSuffix("&amp;...") })
        let teams = TeamsForm.body(notice)
        #expect(teams.utf8.count <= TeamsForm.bytesMax)
        #expect(teams.contains(#""text":"39: ""#))
        #expect(!teams.contains(#""text":"40: ""#))
    }

    @Test(arguments: [
        ("", 5, ""), ("abcde", 5, "abcde"), ("abcdef", 5, "ab..."), ("a&b", 7, "a&amp;b"), ("a&bc", 7, "a..."),
        ("👍👍👍", 6, "👍👍👍"), ("👍👍👍👍", 6, "👍..."),
    ])
    func `a text is cut by what is written of it`(text: String, max: Int, want: String) {
        #expect(fitted(text, to: max) { $0 == "&" ? "&amp;" : String($0) } == want)
    }
}
