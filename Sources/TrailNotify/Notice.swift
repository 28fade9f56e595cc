package import TrailAlarms

/// What one subscription is told, before it has the form that its receiver reads.
package struct Notice: Equatable, Sendable {
    /// A line for people; one without a label stands alone.
    package struct Line: Equatable, Sendable {
        package let label: String
        package let value: String

        package init(_ label: String, _ value: String) {
            self.label = label
            self.value = value
        }

        package var text: String { label.isEmpty ? value : "\(label): \(value)" }
    }

    /// The stay in ALARM that incident tools open and close by its key.
    package struct Incident: Equatable, Sendable {
        package let key: IncidentKey
        package let isOver: Bool

        package init(key: IncidentKey, isOver: Bool) {
            self.key = key
            self.isOver = isOver
        }
    }

    /// What the document is; SNS takes any text.
    package enum DocumentKind: Equatable, Sendable {
        /// A JSON object.
        case object
        /// JSON of another kind.
        case value
        /// No JSON.
        case text
    }

    package let key: MessageKey
    /// What it is about, usually an alarm; messages of one name reach a subscription in their order.
    package let name: String
    /// SNS's subject, ASCII.
    package let subject: String?
    /// SNS's `Message`: JSON, or what an event rule makes of its events.
    package let document: String
    package let documentKind: DocumentKind
    /// Where it happened: the alarm's ARN, or an account and region; empty where that is not known.
    package let source: String
    /// The subject in full length and with all its characters.
    package let title: String
    /// What people read below the title, without the link.
    package let lines: [Line]
    /// A page of the console; empty where there is none.
    package let url: String
    /// The alarm's; empty where none is given.
    package let severity: String
    /// The state that an alarm entered; `nil` for what is about no single alarm.
    package let state: AlarmState?
    package let incident: Incident?

    package init(
        key: MessageKey, name: String, subject: String?, document: String, documentKind: DocumentKind = .object,
        source: String = "", title: String, lines: [Line] = [], url: String = "", severity: String = "",
        state: AlarmState? = nil, incident: Incident? = nil
    ) {
        self.key = key
        self.name = name
        self.subject = subject
        self.document = document
        self.documentKind = documentKind
        self.source = source
        self.title = title
        self.lines = lines
        self.url = url
        self.severity = severity
        self.state = state
        self.incident = incident
    }

    /// Title, lines and link in Slack's markup.
    package var slackText: String { slackMarkup(state: state, title: title, lines: lines, url: url) }
}
