import TrailModel

/// An Adaptive Card for Teams, as the webhooks of Workflows take it ("Post to a channel when a webhook request is
/// received").
///
/// All texts are `TextRun`s, in which Teams sees no markdown (Adaptive Cards schema, 1.2); a mention would need an entry
/// in `msteams.entities`, and there is none.
enum TeamsForm {
    /// A webhook takes 28 KB.
    static let bytesMax = 28_000
    /// More lines than these are not shown.
    static let linesMax = 40

    static func body(_ notice: Notice) -> String {
        var textMax = AlarmMessage.lineLengthMax
        while true {
            let body = document(notice, textMax: textMax).text
            guard body.utf8.count > bytesMax, textMax > 16 else { return body }
            textMax /= 2
        }
    }

    private static func document(_ notice: Notice, textMax: Int) -> JSONValue {
        .members([
            ("type", .string("message")),
            (
                "attachments",
                .array([
                    .members([
                        ("contentType", .string("application/vnd.microsoft.card.adaptive")), ("contentUrl", .null),
                        ("content", card(notice, textMax: textMax)),
                    ])
                ])
            ),
        ])
    }

    private static func card(_ notice: Notice, textMax: Int) -> JSONValue {
        let title = run(
            fitted("\(notice.symbol) \(shown(notice.title))", to: textMax),
            more: [("size", .string("medium")), ("weight", .string("bolder"))])
        let head: JSONValue = .members([
            ("type", .string("Container")), ("style", .string(style(notice.level))), ("bleed", .bool(true)),
            ("items", .array([block([title])])),
        ])
        let lines = notice.lines.prefix(linesMax).compactMap { line(of: $0, textMax: textMax) }
        return .members([
            ("$schema", .string("http://adaptivecards.io/schemas/adaptive-card.json")),
            ("type", .string("AdaptiveCard")), ("version", .string("1.4")),
            ("msteams", .members([("width", .string("Full"))])), ("body", .array([head] + lines)),
            ("actions", notice.link.map { .array([action($0)]) }),
        ])
    }

    private static func action(_ link: String) -> JSONValue {
        .members([
            ("type", .string("Action.OpenUrl")), ("title", .string("Open in Trailwatch")), ("url", .string(link)),
        ])
    }

    /// A line of its own; `nil` for an empty one.
    private static func line(of line: Notice.Line, textMax: Int) -> JSONValue? {
        let value = shown(line.value)
        guard !value.allSatisfy(\.isWhitespace) else { return nil }
        var runs = [run(fitted(value, to: textMax))]
        if !line.label.isEmpty {
            runs.insert(
                run(fitted(shown(line.label), to: textMax) + ": ", more: [("weight", .string("bolder"))]), at: 0)
        }
        return block(runs, more: [("spacing", .string("small"))])
    }

    private static func block(_ runs: [JSONValue], more: [(String, JSONValue?)] = []) -> JSONValue {
        .members([("type", .string("RichTextBlock")), ("inlines", .array(runs))] + more)
    }

    private static func run(_ text: String, more: [(String, JSONValue?)] = []) -> JSONValue {
        .members([("type", .string("TextRun")), ("text", .string(text))] + more)
    }

    private static func style(_ level: NoticeLevel) -> String {
        switch level {
        case .critical, .high: "attention"
        case .medium: "warning"
        case .low, .neutral: "accent"
        case .over: "good"
        case .unknown: "emphasis"
        }
    }
}
