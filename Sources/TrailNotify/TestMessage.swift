package import TrailModel

/// A message that a person sends to try the way to a receiver: of no alarm, so that nobody takes it for one.
package struct TestMessage: Equatable, Sendable {
    /// The alarm in whose place it is sent.
    package struct Alarm: Equatable, Sendable {
        package let name: String
        package let severity: String

        package init(name: String, severity: String) {
            self.name = name
            self.severity = severity
        }
    }

    package let topicARN: String
    package let alarm: Alarm?
    package let sentAt: Timestamp
    package let sentBy: String
    package let accountID: String
    package let region: String
    package let messageKey: MessageKey
    /// A page of the console.
    package let url: String
    /// Names of accounts by id, for the text for people.
    package let accountNames: [String: String]

    package init(
        topicARN: String, alarm: Alarm? = nil, sentAt: Timestamp, sentBy: String, accountID: String, region: String,
        messageKey: MessageKey, url: String, accountNames: [String: String] = [:]
    ) {
        self.topicARN = topicARN
        self.alarm = alarm
        self.sentAt = sentAt
        self.sentBy = sentBy
        self.accountID = accountID
        self.region = region
        self.messageKey = messageKey
        self.url = url
        self.accountNames = accountNames
    }

    package var title: String {
        let name = topicARN.split(separator: ":").last.map(String.init) ?? topicARN
        let what = alarm.map { "alarm \"\($0.name)\"" } ?? "topic \"\(name)\""
        return "TEST: \(what) in \(regionLongName(region))"
    }

    /// What people read below the title, without the link.
    var lines: [Notice.Line] {
        let account = accountNames[accountID].map { $0.isEmpty ? accountID : "\($0) (\(accountID))" } ?? accountID
        let what =
            alarm == nil
            ? "This is a test: nothing happened." : "This is a test: the alarm is in the state that it was in before."
        return [
            Notice.Line("", what), Notice.Line("Sent", oneLine("by \(sentBy) at \(sentAt.rfc3339)")),
            Notice.Line("Topic", oneLine(topicARN)), Notice.Line("Account", oneLine("\(account), \(region)")),
        ]
    }

    /// The document as it stands in SNS's `Message`.
    package var json: JSONValue {
        let all = lines + (url.isEmpty ? [] : [Notice.Line("Details", oneLine(url))])
        let test: JSONValue = .members([
            ("TopicArn", .string(topicARN)), ("AlarmName", alarm.map { .string($0.name) }),
            ("SentAt", .string(sentAt.cloudWatchText)), ("SentBy", .string(sentBy)),
        ])
        return .members([
            ("AWSAccountId", .string(accountID)),
            ("Region", .string(regionLongName(region))),
            (
                "Trailwatch",
                .members([
                    ("Title", .string(title)), ("Text", .string(all.map(\.text).joined(separator: "\n"))),
                    ("Slack", .string(slackMarkup(state: nil, title: title, lines: lines, url: url))),
                    ("Url", .string(url)), ("Severity", alarm.map { .string($0.severity) }),
                    ("MessageKey", .string(messageKey.hex)), ("Test", test),
                ])
            ),
        ])
    }
}

extension Notice {
    /// Tests stand under this name in the outbox, where other messages have that of their alarm.
    package static let testName = "TrailTest"

    package init(_ message: TestMessage) {
        self.init(
            key: message.messageKey, name: Self.testName,
            subject: String(printableASCII(message.title).prefix(AlarmMessage.subjectMax)),
            document: message.json.text, title: message.title, lines: message.lines, url: message.url,
            severity: message.alarm?.severity ?? "")
    }
}
