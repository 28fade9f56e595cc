import Foundation
import Testing
import TrailAlarms
import TrailModel

@testable import TrailNotify

/// Bodies for Slack, Teams and PagerDuty, byte for byte.
@Suite struct ServiceFormTests {
    private static let url = "https://trail.example.test/#n"
    private static let created = time("2026-09-14T11:18:45Z")
    private static let incident = IncidentKey(alarmName: "n", enteredAlarm: time("2026-09-14T11:18:44.401Z"))

    private static var alarm: Notice {
        var alarm = sampleAlarm(description: "Refused calls: look who it was.")
        alarm.tags = ["severity": "high"]
        return Notice(
            sampleMessage(
                sampleTransition(alarm: alarm), url: url,
                details: ["12 calls by <mallory> & co"], accountNames: ["111122223333": "prod"]))
    }

    private static var over: Notice {
        Notice(sampleMessage(sampleTransition(from: .alarm, to: .ok), url: url, details: ["It is over."]))
    }

    private static var summary: Notice {
        let start = time("2026-09-14T00:00:00Z")
        let content = SummaryContent(
            transitions: [], alarms: [.init(name: "n", transitions: 2, alarms: 1, windowEnds: start...start)])
        return Notice(
            SummaryMessage(
                .catchUp, content, accountID: "111122223333", region: "us-east-1",
                messageKey: MessageKey(summaryOf: topicARN, sentAt: start, endpoint: "e"), url: url))
    }

    private static var event: Notice {
        Notice(
            event: .init(
                document: "{\"id\":\"e1\"}", kind: .object, source: "111122223333 us-east-1",
                title: "EVENT: StopLogging by mallory in us-east-1",
                lines: [.init("Who", "mallory"), .init("", ""), .init("Rule", "stopped")]),
            rule: "stopped", severity: "critical", target: "t", eventKey: "e1", to: subscription(.sns))
    }

    private static func subscription(_ format: SubscriptionOptions.Format) -> Subscription {
        var options = SubscriptionOptions()
        options.format = format
        options.routingKey = "R0"
        return Subscription(
            arn: topicARN + ":1", topicARN: topicARN, protocolName: "https", endpoint: "https://hook.example/",
            options: options, location: SourceLocation(file: "a.yaml"))
    }

    // MARK: Slack

    private static func slack(_ title: String, _ color: String, _ text: String) -> String {
        """
        {"text":"\(title)","blocks":[{"type":"header","text":{"type":"plain_text","text":"\(title)","emoji":false}}],\
        "attachments":[{"color":"\(color)","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"\(text)",\
        "verbatim":true}}]}],"unfurl_links":false,"unfurl_media":false}
        """
    }

    @Test func `Slack is told of an ALARM, its end, a summary and an event`() {
        let link = "<https://trail.example.test/#n|Open in Trailwatch>"
        #expect(
            SlackForm.body(Self.alarm)
                == Self.slack(
                    #"🚨 ALARM: \"n\" in US East (N. Virginia)"#, "#e01e5a",
                    #"Refused calls: look who it was.\n*Severity:* high\n"#
                        + #"*State:* INSUFFICIENT_DATA -&gt; ALARM at 2026-09-14T11:18:44Z\n"#
                        + #"12 calls by &lt;mallory&gt; &amp; co\n*Account:* prod (111122223333), us-east-1\n"# + link))
        #expect(
            SlackForm.body(Self.over)
                == Self.slack(
                    #"✅ OK: \"n\" in US East (N. Virginia)"#, "#2eb67d",
                    #"*State:* ALARM -&gt; OK at 2026-09-14T11:18:44Z\nIt is over.\n"#
                        + #"*Account:* 111122223333, us-east-1\n"# + link))
        #expect(
            SlackForm.body(Self.summary)
                == Self.slack(
                    "📝 SUMMARY: 2 transitions of 1 alarm, alarms of the time away", "#1d9bd1",
                    "Decided afterwards from 2026-09-14T00:00:00Z to 2026-09-14T00:00:00Z: "
                        + #"no evaluation ran for more than a day.\n"#
                        + #"An alarm that is in ALARM now has a message of its own.\n"#
                        + #"n: 1 x ALARM, 2 transitions, at 2026-09-14T00:00:00Z\n"#
                        + #"*Account:* 111122223333, us-east-1\n"# + link))
        #expect(
            SlackForm.body(Self.event)
                == Self.slack(
                    "🔔 EVENT: StopLogging by mallory in us-east-1", "#a30200", #"*Who:* mallory\n*Rule:* stopped"#))
    }

    @Test func `a title that is too long for Slack's header stands whole among the lines`() throws {
        let name = String(repeating: "n", count: 255)
        let body = try object(SlackForm.body(Notice(sampleMessage(sampleTransition(alarm: sampleAlarm(name: name))))))
        let blocks = try #require(body["blocks"] as? [[String: Any]])
        let header = try #require((blocks[0]["text"] as? [String: Any])?["text"] as? String)
        #expect(header.utf16.count == 150)
        #expect(header.hasSuffix("..."))
        let first = try #require(try slackTexts(body).first)
        #expect(first.hasPrefix("ALARM: \"\(name)\" in US East (N. Virginia)\n"))
    }

    // MARK: Teams

    private static func teams(_ title: String, _ style: String, _ lines: [(String, String)], link: Bool) -> String {
        let blocks = lines.map { label, value in
            let head = label.isEmpty ? "" : #"{"type":"TextRun","text":"\#(label): ","weight":"bolder"},"#
            return #",{"type":"RichTextBlock","inlines":[\#(head){"type":"TextRun","text":"\#(value)"}],"#
                + #""spacing":"small"}"#
        }
        let actions = #","actions":[{"type":"Action.OpenUrl","title":"Open in Trailwatch","url":"\#(url)"}]"#
        return """
            {"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive",\
            "contentUrl":null,"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json",\
            "type":"AdaptiveCard","version":"1.4","msteams":{"width":"Full"},"body":[{"type":"Container",\
            "style":"\(style)","bleed":true,"items":[{"type":"RichTextBlock","inlines":[{"type":"TextRun",\
            "text":"\(title)","size":"medium","weight":"bolder"}]}]}\(blocks.joined())]\(link ? actions : "")}}]}
            """
    }

    @Test func `Teams is told of an ALARM, its end, a summary and an event`() {
        #expect(
            TeamsForm.body(Self.alarm)
                == Self.teams(
                    #"🚨 ALARM: \"n\" in US East (N. Virginia)"#, "attention",
                    [
                        ("", "Refused calls: look who it was."), ("Severity", "high"),
                        ("State", "INSUFFICIENT_DATA -> ALARM at 2026-09-14T11:18:44Z"),
                        ("", "12 calls by <mallory> & co"), ("Account", "prod (111122223333), us-east-1"),
                    ], link: true))
        #expect(
            TeamsForm.body(Self.over)
                == Self.teams(
                    #"✅ OK: \"n\" in US East (N. Virginia)"#, "good",
                    [
                        ("State", "ALARM -> OK at 2026-09-14T11:18:44Z"), ("", "It is over."),
                        ("Account", "111122223333, us-east-1"),
                    ], link: true))
        #expect(
            TeamsForm.body(Self.summary)
                == Self.teams(
                    "📝 SUMMARY: 2 transitions of 1 alarm, alarms of the time away", "accent",
                    [
                        (
                            "",
                            "Decided afterwards from 2026-09-14T00:00:00Z to 2026-09-14T00:00:00Z: "
                                + "no evaluation ran for more than a day."
                        ),
                        ("", "An alarm that is in ALARM now has a message of its own."),
                        ("", "n: 1 x ALARM, 2 transitions, at 2026-09-14T00:00:00Z"),
                        ("Account", "111122223333, us-east-1"),
                    ], link: true))
        #expect(
            TeamsForm.body(Self.event)
                == Self.teams(
                    "🔔 EVENT: StopLogging by mallory in us-east-1", "attention",
                    [("Who", "mallory"), ("Rule", "stopped")], link: false))
    }

    // MARK: PagerDuty

    private static func pagerDuty(
        _ action: String, _ key: String, title: String, source: String, severity: String, name: String, kind: String,
        details: String, link: Bool = true
    ) -> String {
        let links = #","client_url":"\#(url)","links":[{"href":"\#(url)","text":"Open in Trailwatch"}]"#
        return """
            {"routing_key":"R0","event_action":"\(action)","dedup_key":"\(key)","payload":{"summary":"\(title)",\
            "source":"\(source)","severity":"\(severity)","timestamp":"2026-09-14T11:18:45.000Z",\
            "component":"\(name)","group":"alarms","class":"\(kind)","custom_details":\(details)},\
            "client":"Trailwatch"\(link ? links : "")}
            """
    }

    private static func pagerDuty(_ notice: Notice) -> String? {
        PagerDutyForm.body(notice, to: subscription(.pagerduty), at: created)
    }

    @Test func `PagerDuty opens an incident by an ALARM, and what ends the ALARM resolves it`() {
        let arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:n"
        let kind = "CloudWatch Alarm State Change"
        #expect(
            Self.pagerDuty(Self.alarm)
                == Self.pagerDuty(
                    "trigger", Self.incident.hex, title: #"ALARM: \"n\" in US East (N. Virginia)"#, source: arn,
                    severity: "error", name: "n", kind: kind, details: Self.alarm.document))
        #expect(
            Self.pagerDuty(Self.over)
                == Self.pagerDuty(
                    "resolve", Self.incident.hex, title: #"OK: \"n\" in US East (N. Virginia)"#, source: arn,
                    severity: "error", name: "n", kind: kind, details: Self.over.document))
        let lasting = Notice(sampleMessage(sampleTransition(from: .alarm, to: .alarm)))
        let gone = Notice(sampleMessage(sampleTransition(from: .alarm, to: .insufficientData)))
        #expect(PagerDutyForm.action(for: lasting) == .init(name: "trigger", dedupKey: Self.incident.hex))
        #expect(PagerDutyForm.action(for: gone) == .init(name: "resolve", dedupKey: Self.incident.hex))
    }

    @Test func `an event is an incident of its own for PagerDuty`() {
        #expect(
            Self.pagerDuty(Self.event)
                == Self.pagerDuty(
                    "trigger", Self.event.key.hex, title: "EVENT: StopLogging by mallory in us-east-1",
                    source: "111122223333 us-east-1", severity: "critical", name: "rule stopped", kind: "Event",
                    details: #"{"id":"e1"}"#, link: false))
    }

    @Test func `what opens no incident and ends none is not sent to PagerDuty, and to all others`() throws {
        var generator = SeededGenerator(seed: 1)
        let publisher = Publisher(
            identity: try SigningIdentity(madeAt: time("2026-09-14T11:00:00Z"), using: &generator),
            links: SNSLinks(externalURL: "https://trail.example.test"))
        var first = sampleTransition(to: .ok)
        first.incidentStart = nil
        var dark = sampleTransition(from: .ok, to: .insufficientData)
        dark.incidentStart = nil
        for notice in [Self.summary, Notice(sampleMessage(first)), Notice(sampleMessage(dark))] {
            for format in SubscriptionOptions.Format.allCases {
                let subscription = Self.subscription(format)
                let message = try publisher.message(notice, to: subscription, createdAt: Self.created)
                #expect((message != nil) == (format != .pagerduty), "\(format) \(notice.title)")
                #expect(subscription.tells(notice) == (message != nil))
            }
        }
    }

    @Test(
        arguments: [
            ("critical", "critical", "#a30200", "attention"), ("high", "error", "#e01e5a", "attention"),
            ("medium", "warning", "#ecb22e", "warning"), ("low", "info", "#1d9bd1", "accent"),
            ("LOW", "info", "#1d9bd1", "accent"), ("", "error", "#e01e5a", "attention"),
            ("odd", "error", "#e01e5a", "attention"),
        ])
    func `the severity gives colours and PagerDuty's severity`(
        severity: String, level: String, color: String, style: String
    ) throws {
        var alarm = sampleAlarm()
        alarm.tags = ["severity": severity]
        let notice = Notice(sampleMessage(sampleTransition(alarm: alarm)))
        #expect(try #require(Self.pagerDuty(notice)).contains("\"severity\":\"\(level)\",\"timestamp\""))
        #expect(SlackForm.body(notice).contains("\"color\":\"\(color)\""))
        #expect(TeamsForm.body(notice).contains("\"style\":\"\(style)\""))
    }

    @Test func `an event without a severity is information`() {
        let notice = Notice(key: Self.event.key, name: "rule r", subject: nil, document: "{}", title: "t")
        #expect(Self.pagerDuty(notice)?.contains(#""severity":"info""#) == true)
        #expect(Self.pagerDuty(notice)?.contains(#""source":"rule r""#) == true)
    }

    @Test(
        arguments: [
            (Notice.DocumentKind.object, #"{"a":1}"#, #"{"a":1}"#, #"{"a":1}"#),
            (.value, #""Root signed in""#, #""Root signed in""#, #"{"text":"Root signed in"}"#),
            (.text, "\"one\"\n\"two\"", #""\"one\"\n\"two\"""#, #"{"text":"\"one\"\n\"two\""}"#),
        ])
    func `what is no JSON is made a string of it`(
        kind: Notice.DocumentKind, document: String, json: String, details: String
    ) {
        let notice = Notice(
            key: Self.event.key, name: "rule r", subject: nil, document: document, documentKind: kind, title: "t")
        #expect(JSONForm.body(notice) == json)
        #expect(Self.pagerDuty(notice)?.contains("\"custom_details\":\(details)}") == true)
    }

    @Test func `services get at most as many messages a second as they take, unless a policy says otherwise`() throws {
        var generator = SeededGenerator(seed: 1)
        let publisher = Publisher(
            identity: try SigningIdentity(madeAt: time("2026-09-14T11:00:00Z"), using: &generator),
            links: SNSLinks(externalURL: "https://trail.example.test"))
        func rate(_ format: SubscriptionOptions.Format, policy: Int? = nil) throws -> Int? {
            var subscription = Self.subscription(format)
            if let policy {
                subscription.options.deliveryPolicy = try DeliveryPolicy()
                subscription.options.deliveryPolicy?.receivesPerSecondMax = policy
            }
            return try publisher.message(Self.alarm, to: subscription, createdAt: Self.created)?.terms.perSecondMax
        }
        #expect(try SubscriptionOptions.Format.allCases.map { try rate($0) } == [nil, 1, 4, nil, nil])
        #expect(try rate(.slack, policy: 3) == 3)
    }

    @Test(
        arguments: [
            ("https://a.example/#n", "https://a.example/#n"), ("http://127.0.0.1:19106/", "http://127.0.0.1:19106/"),
            ("", nil), ("javascript:x", nil), ("https://a.example/a b", nil),
            ("https://a.example/#" + String(repeating: "n", count: 2048), "https://a.example/"),
            ("https://a.example/" + String(repeating: "n", count: 2048), nil),
        ] as [(String, String?)])
    func `a link that services would refuse is shortened to its page, or left out`(url: String, link: String?) {
        #expect(Notice(key: Self.event.key, name: "n", subject: nil, document: "{}", title: "t", url: url).link == link)
    }
}

func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}

/// The texts of the sections beside the coloured bar.
func slackTexts(_ body: [String: Any]) throws -> [String] {
    try (body["attachments"] as? [[String: Any]] ?? []).flatMap { attachment in
        try #require(attachment["blocks"] as? [[String: Any]]).map { block in
            #expect(block["type"] as? String == "section")
            return try #require((block["text"] as? [String: Any])?["text"] as? String)
        }
    }
}
