package import TrailAlarms
package import TrailModel

extension Notice {
    /// Summaries stand under this name in the outbox, where other messages have that of their alarm.
    package static let summaryName = "TrailSummary"

    package init(_ message: AlarmMessage) {
        let transition = message.transition
        self.init(
            key: message.messageKey, name: transition.alarm.name, subject: message.subject,
            document: message.json.text, source: transition.alarmARN, title: message.title, lines: message.lines,
            url: message.url, severity: transition.alarm.severity, state: transition.to,
            incident: transition.incidentKey.map { Incident(key: $0, isOver: transition.to != .alarm) })
    }

    package init(_ message: SummaryMessage) {
        self.init(
            key: message.messageKey, name: Self.summaryName, subject: message.subject, document: message.json.text,
            source: "\(message.accountID) \(message.region)", title: message.title, lines: message.lines,
            url: message.url)
    }

    /// What a target of an event rule gets, to one subscription of its topic; SNS gets it from EventBridge without a
    /// subject.
    ///
    /// - Parameters:
    ///   - text: The event, or what the target's input makes of it, with what people read of it.
    ///   - rule: The rule's name.
    ///   - severity: Of the rule.
    ///   - target: The target's id in the rule.
    ///   - eventKey: Tells the event from others.
    ///   - subscription: Who hears of it.
    package init(
        event text: EventText, rule: String, severity: String, target: String, eventKey: String,
        to subscription: Subscription
    ) {
        self.init(
            key: MessageKey(rule: rule, target: target, event: eventKey, endpoint: subscription.arn),
            name: "rule \(rule)", subject: nil, document: text.document, documentKind: text.kind, source: text.source,
            title: text.title, lines: text.lines, severity: severity)
    }

    /// What a target of an event rule gets, and what people read of it.
    package struct EventText: Equatable, Sendable {
        package let document: String
        package let kind: DocumentKind
        package let source: String
        package let title: String
        package let lines: [Line]

        package init(document: String, kind: DocumentKind, source: String, title: String, lines: [Line]) {
            self.document = document
            self.kind = kind
            self.source = source
            self.title = title
            self.lines = lines
        }
    }
}

extension SummaryMessage {
    /// The key of a summary to one subscription.
    package static func key(of kind: Kind, to subscription: Subscription, at now: Timestamp) -> MessageKey {
        let topic = subscription.topicARN
        return switch kind {
        case .late(let day, _): MessageKey(summaryOf: topic, day: day, endpoint: subscription.arn)
        case .catchUp: MessageKey(summaryOf: topic, sentAt: now, endpoint: subscription.arn)
        }
    }
}
