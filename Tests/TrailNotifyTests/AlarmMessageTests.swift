import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify

@Suite struct AlarmMessageTests {
    /// The captured document of cloudwatch-semantics.md 3.17, up to the key of our own.
    private static let captured = """
        {"AlarmName":"n","AlarmDescription":null,"AWSAccountId":"111122223333",\
        "AlarmConfigurationUpdatedTimestamp":"2026-09-14T11:18:43.496+0000","NewStateValue":"ALARM",\
        "NewStateReason":"Threshold Crossed","StateChangeTime":"2026-09-14T11:18:44.401+0000",\
        "Region":"US East (N. Virginia)","AlarmArn":"arn:aws:cloudwatch:us-east-1:111122223333:alarm:n",\
        "OldStateValue":"INSUFFICIENT_DATA","ActionExecutedAfterMuteWindow":false,"OKActions":[],\
        "AlarmActions":["arn:aws:sns:us-east-1:111122223333:alarms"],"InsufficientDataActions":[],\
        "Trigger":{"MetricName":"m","Namespace":"ns","StatisticType":"Statistic","Statistic":"AVERAGE",\
        "Unit":"Percent","Dimensions":[{"value":"v","name":"k"}],"Period":300,"EvaluationPeriods":1,\
        "DatapointsToAlarm":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":50.0,\
        "TreatMissingData":"ignore","EvaluateLowSampleCountPercentile":""},"Trailwatch":{"Title":
        """

    @Test func `the document is CloudWatch's, byte for byte, up to our key`() {
        let text = sampleMessage().json.text
        #expect(String(text.prefix(Self.captured.utf8.count)) == Self.captured)
    }

    @Test func `a composite alarm's document is CloudWatch's, byte for byte, up to our key`() throws {
        let alarm = try CompositeAlarm(
            name: "c", alarmDescription: "all of it", okActions: [], alarmActions: [topicARN],
            ruleText: "ALARM(\"n\") AND NOT OK(m)", tags: ["severity": "high"], location: SourceLocation(file: "a.yaml")
        )
        let arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:n"
        var transition = sampleTransition(from: .ok, reason: "\(arn) transitioned to ALARM at some time")
        transition.alarm = .composite(
            alarm,
            triggering: [
                TriggeringAlarm(name: "n", arn: arn, state: .alarm, since: time("2026-09-14T11:18:52.496Z"))
            ])
        let message = sampleMessage(transition)
        let want =
            #"{"AlarmName":"c","AlarmDescription":"all of it","AWSAccountId":"111122223333","NewStateValue":"ALARM","#
            + #""NewStateReason":"arn:aws:cloudwatch:us-east-1:111122223333:alarm:n transitioned to ALARM at some time","#
            + #""StateChangeTime":"2026-09-14T11:18:44.401+0000","Region":"US East (N. Virginia)","#
            + #""AlarmArn":"arn:aws:cloudwatch:us-east-1:111122223333:alarm:c","OKActions":[],"AlarmActions":[""#
            + topicARN + #""],"InsufficientDataActions":[],"ActionExecutedAfterMuteWindow":false,"OldStateValue":"OK","#
            + #""AlarmRule":"ALARM(\"n\") AND NOT OK(m)","TriggeringChildren":[{"Arn":"\#(arn)","State":{"Value":"ALARM","#
            + #""Timestamp":"2026-09-14T11:18:52.496+0000"}}],"Trailwatch":{"Title":"#
        #expect(message.json.text.hasPrefix(want), "\(message.json.text)")
        #expect(
            message.text == """
                all of it
                Severity: high
                State: OK -> ALARM at 2026-09-14T11:18:44Z
                Reason: \(arn) transitioned to ALARM at some time
                Alarms: n in ALARM
                Rule: ALARM("n") AND NOT OK(m)
                Account: 111122223333, us-east-1
                Details: https://trail.example.test/alarms/n
                """)
    }

    @Test func `our key holds the seven fields in order`() throws {
        var alarm = sampleAlarm()
        alarm.tags = ["severity": "high"]
        let transition = sampleTransition(alarm: alarm)
        let message = sampleMessage(transition)
        guard case .object(let members) = message.json, let own = members.last, case .object(let fields) = own.value
        else {
            Issue.record("no object at the end")
            return
        }
        #expect(own.key == "Trailwatch")
        #expect(
            fields.map(\.key) == ["Title", "Text", "Slack", "Url", "Severity", "IncidentKey", "MessageKey"])
        #expect(fields[3].value == .string("https://trail.example.test/alarms/n"))
        #expect(fields[4].value == .string("high"))
        #expect(fields[5].value == .optional(transition.incidentKey?.hex))
        #expect(fields[6].value == .string(message.messageKey.hex))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(message.json.text.utf8)) }
    }

    @Test func `what the alarm leaves out is null, empty or absent as in CloudWatch`() {
        var alarm = sampleAlarm()
        alarm.watched.unit = nil
        alarm.datapointsToAlarm = nil
        alarm.treatMissingData = nil
        let text = sampleMessage(sampleTransition(alarm: alarm)).json.text
        #expect(text.contains(#""Unit":null"#))
        #expect(!text.contains("DatapointsToAlarm"))
        #expect(text.contains(#""TreatMissingData":"","EvaluateLowSampleCountPercentile":"""#))
    }

    @Test(arguments: zip(Statistic.allCases, ["SAMPLE_COUNT", "SUM", "AVERAGE", "MINIMUM", "MAXIMUM"]))
    func `statistics are upper snake case`(_ statistic: Statistic, want: String) {
        var alarm = sampleAlarm()
        alarm.watched.statistic = .statistic(statistic)
        #expect(sampleMessage(sampleTransition(alarm: alarm)).json.text.contains("\"Statistic\":\"\(want)\""))
    }

    @Test func `an extended statistic has its own type and key, and the setting for few samples its value`() throws {
        var alarm = sampleAlarm()
        alarm.watched.statistic = .extended(try ExtendedStatistic("p99.9"))
        alarm.evaluateLowSampleCountPercentile = .ignore
        let message = sampleMessage(sampleTransition(alarm: alarm))
        #expect(
            message.json.text.contains(
                """
                "Trigger":{"MetricName":"m","Namespace":"ns","StatisticType":"ExtendedStatistic",\
                "ExtendedStatistic":"p99.9","Unit":"Percent","Dimensions":[{"value":"v","name":"k"}],"Period":300,\
                "EvaluationPeriods":1,"DatapointsToAlarm":1,"ComparisonOperator":"GreaterThanThreshold",\
                "Threshold":50.0,"TreatMissingData":"ignore","EvaluateLowSampleCountPercentile":"ignore"}
                """))
        #expect(message.text.contains("\nMetric: ns m {k=v}, p99.9 over 5 min > 50, 1 of 1\n"))
    }

    @Test(arguments: [
        ("cn-north-1", "arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:n"),
        ("us-gov-west-1", "arn:aws-us-gov:cloudwatch:us-gov-west-1:111122223333:alarm:n"),
    ])
    func `other partitions have their own ARNs`(_ region: String, want: String) {
        #expect(sampleTransition(region: region).alarmARN == want)
    }

    @Test(
        arguments: [
            ("n", "us-east-1", AlarmState.alarm, nil, "ALARM: \"n\" in US East (N. Virginia)"),
            ("n", "eu-west-1", .ok, nil, "OK: \"n\" in EU (Ireland)"),
            ("n", "xx-new-9", .insufficientData, nil, "INSUFFICIENT_DATA: \"n\" in xx-new-9"),
            ("größe 日本語x", "us-east-1", .alarm, nil, "ALARM: \"gr_e _x\" in US East (N. Virginia)"),
            ("a\r\n\tb", "us-east-1", .alarm, nil, "ALARM: \"a_b\" in US East (N. Virginia)"),
            ("n", "us-east-1", .alarm, 7800, "LATE ALARM (2 h 10 min): \"n\" in US East (N. Virginia)"),
            ("n", "us-east-1", .ok, 7800, "LATE OK (2 h 10 min): \"n\" in US East (N. Virginia)"),
        ] as [(String, String, AlarmState, Int64?, String)])
    func `subjects`(_ name: String, region: String, state: AlarmState, lateSeconds: Int64?, want: String) {
        let transition = sampleTransition(
            alarm: sampleAlarm(name: name), region: region, to: state, lateSeconds: lateSeconds)
        #expect(sampleMessage(transition).subject == want)
    }

    @Test func `a subject of 100 characters stays, one more is cut to 100 with dots`() {
        // 34 characters stand around the name.
        let fits = sampleMessage(sampleTransition(alarm: sampleAlarm(name: String(repeating: "x", count: 66))))
        #expect(fits.subject.count == 100)
        #expect(!fits.subject.contains("..."))
        let cut = sampleMessage(sampleTransition(alarm: sampleAlarm(name: String(repeating: "x", count: 67))))
        #expect(cut.subject == "ALARM: \"\(String(repeating: "x", count: 63))...\" in US East (N. Virginia)")
        #expect(cut.title.count == 101)
    }

    @Test func `no region name makes a subject too long`() {
        let transition = sampleTransition(region: String(repeating: "r", count: 300))
        #expect(sampleMessage(transition).subject.count == AlarmMessage.subjectMax)
    }

    @Test func `the text says what happened, where and why`() {
        var alarm = sampleAlarm(description: "Someone tries passwords.\nCall the owner.")
        alarm.tags = ["severity": "critical"]
        let text = sampleMessage(sampleTransition(alarm: alarm, lateSeconds: 7800)).text
        #expect(
            text == """
                Someone tries passwords.
                Call the owner.
                Severity: critical
                State: INSUFFICIENT_DATA -> ALARM at 2026-09-14T11:18:44Z
                Late: the data came late; the window ended 2 h 10 min ago
                Window: until 2026-09-14T11:15:00Z
                Reason: Threshold Crossed
                Metric: ns m {k=v}, Average over 5 min > 50, 1 of 1
                Account: 111122223333, us-east-1
                Details: https://trail.example.test/alarms/n
                """)
    }

    @Test func `text and Slack never have more than 12 lines, nor lines without end`() {
        let long = (0..<40).map { "line \($0)\u{2028}\(String(repeating: "é", count: 3000))" }.joined(separator: "\r\n")
        var alarm = sampleAlarm(name: "a\nb", description: long)
        alarm.tags = ["severity": "low\nlow"]
        let transition = sampleTransition(alarm: alarm, reason: "a\nb\r\nc", lateSeconds: 60)
        let messages = [
            sampleMessage(transition), sampleMessage(transition, details: Array(repeating: long, count: 20)),
        ]
        for text in messages.flatMap({ [$0.text, $0.slackText] }) {
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            #expect(lines.count <= AlarmMessage.textLinesMax)
            #expect(lines.allSatisfy { $0.count <= AlarmMessage.lineLengthMax + 20 })
        }
    }

    @Test(arguments: ["a", "\u{301}", "\u{200D}"])
    func `a line is cut by scalars, so that no text makes a message larger than it may be`(part: String) {
        let long = "a" + String(repeating: part, count: 100_000)
        let transition = sampleTransition(reason: long)
        for text in [sampleMessage(transition).text, sampleMessage(transition, details: [long]).slackText] {
            #expect(text.utf8.count < AlarmMessage.textLinesMax * AlarmMessage.lineLengthMax * 4)
            #expect(text.contains("..."))
        }
    }

    @Test(arguments: ["<", ">", "&"])
    func `a mark with a combining character is escaped for Slack, too`(mark: String) {
        let slack = sampleMessage(sampleTransition(reason: "a\(mark)\u{301}b")).slackText.unicodeScalars
        let before = zip(slack, slack.dropFirst()).filter { $0.1 == "\u{301}" }.map(\.0)
        #expect(before == [";"])
    }

    @Test func `accounts have their names in the text, and their ids everywhere else`() {
        var alarm = sampleAlarm()
        alarm.watched.metric = Metric(
            namespace: "CloudTrail", name: "ErrorCount",
            dimensions: [
                Dimension(name: "EventName", value: "111122223333"),
                Dimension(name: "RecipientAccountId", value: "111122223333"),
            ])
        let names = ["111122223333": "prod <1>", "444455556666": "other"]
        let message = sampleMessage(sampleTransition(alarm: alarm), accountNames: names)
        #expect(message.text.contains("\nAccount: prod <1> (111122223333), us-east-1\n"))
        #expect(
            message.text.contains("{EventName=111122223333,RecipientAccountId=prod <1> (111122223333)}"))
        #expect(message.slackText.contains("*Account:* prod &lt;1&gt; (111122223333), us-east-1"))
        #expect(message.json.text.contains("\"AWSAccountId\":\"111122223333\""))
    }

    @Test func `names cannot make links or mentions in Slack`() {
        let alarm = sampleAlarm(name: "<!channel>", description: "<https://evil.example|click> & go")
        let slack = sampleMessage(sampleTransition(alarm: alarm), url: "https://t.example/?a=1&b=<x|y>").slackText
        #expect(slack.hasPrefix(":rotating_light: *ALARM: \"&lt;!channel&gt;\" in US East (N. Virginia)*\n"))
        #expect(slack.contains("&lt;https://evil.example|click&gt; &amp; go"))
        #expect(slack.hasSuffix("\n<https://t.example/?a=1&amp;b=&lt;x%7Cy&gt;|Open in Trailwatch>"))
    }
}
