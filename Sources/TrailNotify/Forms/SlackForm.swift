import TrailModel

/// A message for an incoming webhook of Slack: the title as header, the lines and the link beside a coloured bar.
///
/// Slack API, "Sending messages using incoming webhooks", "Block Kit" (header, section) and "Formatting text". Slack
/// answers 200 and `ok`; a webhook that is gone answers 403, 404 or 410, which are not tried again.
enum SlackForm {
    /// The most characters of a header.
    static let headerMax = 150
    /// The most characters of a section.
    static let sectionMax = 3000
    /// The most blocks of a message.
    static let blocksMax = 50

    static func body(_ notice: Notice) -> String {
        let title = shown(notice.title)
        let whole = "\(notice.symbol) \(title)"
        let header = fitted(whole, to: headerMax)
        var lines = header == whole ? [] : [escaped(title)]
        lines += notice.lines.compactMap(markup)
        if let link = notice.link.map({ "<\(address($0))|Open in Trailwatch>" }), link.utf16.count <= sectionMax {
            lines.append(link)
        }
        // Blocks beside the bar count too.
        let sections = packed(lines).prefix(blocksMax - 1).map { text in
            JSONValue.members([
                ("type", .string("section")),
                (
                    "text",
                    // Verbatim: Slack makes no links of names such as s3.amazonaws.com, and no mentions.
                    .members([("type", .string("mrkdwn")), ("text", .string(text)), ("verbatim", .bool(true))])
                ),
            ])
        }
        return JSONValue.members([
            ("text", .string(escaped(whole))),
            ("blocks", .array([headerBlock(header)])),
            (
                "attachments",
                sections.isEmpty
                    ? nil
                    : .array([
                        .members([("color", .string(color(notice.level))), ("blocks", .array(Array(sections)))])
                    ])
            ),
            ("unfurl_links", .bool(false)), ("unfurl_media", .bool(false)),
        ]).text
    }

    /// Plain text, of which Slack makes neither markup nor mentions.
    private static func headerBlock(_ text: String) -> JSONValue {
        .members([
            ("type", .string("header")),
            (
                "text",
                .members([("type", .string("plain_text")), ("text", .string(text)), ("emoji", .bool(false))])
            ),
        ])
    }

    private static func color(_ level: NoticeLevel) -> String {
        switch level {
        case .critical: "#a30200"
        case .high: "#e01e5a"
        case .medium: "#ecb22e"
        case .low, .neutral: "#1d9bd1"
        case .over: "#2eb67d"
        case .unknown: "#9e9ea6"
        }
    }

    /// A line in Slack's markup; `nil` for an empty one.
    private static func markup(_ line: Notice.Line) -> String? {
        let value = shown(line.value)
        guard !value.allSatisfy(\.isWhitespace) else { return nil }
        guard !line.label.isEmpty else { return escaped(value) }
        let label = "*\(fitted(shown(line.label), to: 100, written: escaped)):* "
        return label + fitted(value, to: sectionMax - label.utf16.count, written: escaped)
    }

    private static func escaped(_ text: String) -> String { fitted(text, to: sectionMax, written: escaped) }

    private static func escaped(_ scalar: Unicode.Scalar) -> String { slackEscaped(String(scalar)) }

    /// An address inside `<address|words>`, where `|` would end it.
    private static func address(_ link: String) -> String {
        link.unicodeScalars.reduce(into: "") { $0 += $1 == "|" ? "%7C" : escaped($1) }
    }

    /// The lines in as few texts as sections can hold.
    private static func packed(_ lines: [String]) -> [String] {
        var texts: [String] = []
        for line in lines {
            if let last = texts.last, last.utf16.count + 1 + line.utf16.count <= sectionMax {
                texts[texts.count - 1] = "\(last)\n\(line)"
            } else {
                texts.append(line)
            }
        }
        return texts
    }
}
