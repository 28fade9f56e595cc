import TrailAlarms
import TrailModel

/// An event for PagerDuty's Events API v2 ("Send an alert event"), which opens an incident or resolves it.
enum PagerDutyForm {
    /// What an event does to the incident of its `dedup_key`.
    struct Action: Equatable {
        let name: String
        let dedupKey: String
    }

    /// The most characters of `summary`.
    static let summaryMax = 1024
    /// The most bytes of an event.
    static let bytesMax = 512_000
    /// The most characters of the other texts, where no limit is on record.
    static let textMax = 255

    /// What is to be done; `nil` for what opens no incident and ends none.
    ///
    /// An ALARM triggers, again and again while it lasts, and what ends it resolves by the same key. An OK or a lack of
    /// data after no ALARM is nothing to page for. Nor is a summary: the ALARMs in it are over, and whoever was told that
    /// one began is told of its end, which resolves it. An event that a rule tells is an incident of its own, which a
    /// person resolves.
    static func action(for notice: Notice) -> Action? {
        if let incident = notice.incident {
            return Action(name: incident.isOver ? "resolve" : "trigger", dedupKey: incident.key.hex)
        }
        switch notice.state {
        case .ok, .insufficientData: return nil
        case nil where notice.name == Notice.summaryName: return nil
        case .alarm, nil: return Action(name: "trigger", dedupKey: notice.key.hex)
        }
    }

    /// - Parameters:
    ///   - notice: What is told.
    ///   - subscription: Holds the key of the integration.
    ///   - time: The time of the message.
    /// - Returns: `nil` when there is nothing to be done.
    static func body(_ notice: Notice, to subscription: Subscription, at time: Timestamp) -> String? {
        guard let action = action(for: notice) else { return nil }
        let details: JSONValue =
            switch notice.documentKind {
            case .object: .raw(notice.document)
            case .value: .members([("text", .raw(notice.document))])
            case .text: .members([("text", .string(notice.document))])
            }
        let whole = event(notice, action, details: details, to: subscription, at: time).text
        guard whole.utf8.count > bytesMax else { return whole }
        let lines: JSONValue = .members([("lines", .array(notice.lines.map { .string(shown($0.text)) }))])
        return event(notice, action, details: lines, to: subscription, at: time).text
    }

    private static func event(
        _ notice: Notice, _ action: Action, details: JSONValue, to subscription: Subscription, at time: Timestamp
    ) -> JSONValue {
        let topic = subscription.topicARN.split(separator: ":").last.map { String($0) } ?? ""
        let link = notice.link
        let payload: [(String, JSONValue?)] = [
            ("summary", .string(fitted(shown(notice.title), to: summaryMax))),
            ("source", .string(fitted(shown(notice.source.isEmpty ? notice.name : notice.source), to: textMax))),
            ("severity", .string(severity(notice))), ("timestamp", .string(time.rfc3339Milliseconds)),
            ("component", .string(fitted(shown(notice.name), to: textMax))),
            ("group", .string(fitted(shown(topic), to: textMax))),
            ("class", .string(notice.state == nil ? "Event" : "CloudWatch Alarm State Change")),
            ("custom_details", details),
        ]
        return .members([
            ("routing_key", .string(subscription.options.routingKey ?? "")),
            ("event_action", .string(action.name)), ("dedup_key", .string(action.dedupKey)),
            ("payload", .members(payload)), ("client", .string("Trailwatch")),
            ("client_url", link.map { .string($0) }),
            (
                "links",
                link.map { .array([.members([("href", .string($0)), ("text", .string("Open in Trailwatch"))])]) }
            ),
        ])
    }

    private static func severity(_ notice: Notice) -> String {
        switch notice.severityLevel {
        case .critical: "critical"
        case .high: "error"
        case .medium: "warning"
        case .low: "info"
        default: notice.state == nil ? "info" : "error"
        }
    }
}

extension Subscription {
    /// Whether the form that its receiver reads says anything of a notice.
    package func tells(_ notice: Notice) -> Bool {
        options.format != .pagerduty || PagerDutyForm.action(for: notice) != nil
    }
}
