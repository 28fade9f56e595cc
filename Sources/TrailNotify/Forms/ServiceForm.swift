import TrailAlarms

/// How much a notice matters, as far as services have a colour or a word for it.
enum NoticeLevel: Equatable, Sendable {
    case critical, high, medium, low
    /// An alarm is OK again.
    case over
    /// An alarm has no data.
    case unknown
    /// Nothing says how much it matters.
    case neutral
}

extension Notice {
    /// The tag `severity` says it; an ALARM without one is high.
    var level: NoticeLevel {
        switch state {
        case .ok: .over
        case .insufficientData: .unknown
        case .alarm: severityLevel ?? .high
        case nil: severityLevel ?? .neutral
        }
    }

    var severityLevel: NoticeLevel? {
        switch severity.lowercased() {
        case "critical": .critical
        case "high": .high
        case "medium": .medium
        case "low": .low
        default: nil
        }
    }

    /// What tells kinds of notices apart at a glance.
    var symbol: String {
        switch state {
        case .alarm: "\u{1F6A8}"
        case .ok: "\u{2705}"
        case .insufficientData: "\u{2754}"
        case nil: name == Self.summaryName ? "\u{1F4DD}" : "\u{1F514}"
        }
    }

    /// The longest address that services are given; a longer one leads to the page and not to the place on it.
    static let linkMax = 2048

    /// Where the link leads; `nil` without a web address, which services refuse with all of the message.
    var link: String? {
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else { return nil }
        let link = url.utf8.count <= Self.linkMax ? url : String(url.prefix { $0 != "#" })
        return link.utf8.count <= Self.linkMax && link.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? link : nil
    }
}

/// `text` in one line and without control characters, for which services refuse a message.
func shown(_ text: some StringProtocol) -> String {
    var result = String.UnicodeScalarView()
    for scalar in oneLine(text).unicodeScalars {
        result.append(scalar.properties.generalCategory == .control ? " " : scalar)
    }
    return String(result)
}

/// `text` as `written` has it, or as much of it as `max` UTF-16 units hold, and `...`.
///
/// Services count characters; no way to count them gives more than UTF-16 units.
func fitted(_ text: String, to max: Int, written: (Unicode.Scalar) -> String = { String($0) }) -> String {
    var result = ""
    var count = 0
    var start: String?
    for scalar in text.unicodeScalars {
        let piece = written(scalar)
        count += piece.utf16.count
        if start == nil, count > max - 3 { start = result }
        if count > max { return (start ?? "") + "..." }
        result += piece
    }
    return result
}

/// The headers of forms that are not SNS's.
func serviceHeaders(_ notice: Notice) -> [HTTPHeader] {
    [
        HTTPHeader("Content-Type", "application/json"), HTTPHeader("User-Agent", "Trailwatch"),
        HTTPHeader("Idempotency-Key", notice.key.hex),
    ]
}
