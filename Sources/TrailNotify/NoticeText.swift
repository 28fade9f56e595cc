import TrailAlarms

/// `text` without line breaks and not longer than a line may be.
package func oneLine(_ text: some StringProtocol) -> String {
    let max = AlarmMessage.lineLengthMax
    return shortened(flattened(text.unicodeScalars, limit: max + 1), to: max)
}

/// `text`, or its start and `...` when it has more than `max` Unicode scalars.
///
/// Not characters: one letter with combining marks is one, however many bytes it has.
func shortened(_ text: String, to max: Int) -> String {
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: max, limitedBy: scalars.endIndex),
        end < scalars.endIndex
    else { return text }
    return String(scalars.prefix(max - 3)) + "..."
}

/// `text` without Slack's markup; by scalars, since `<` with a combining mark is another character than `<`.
func slackEscaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// The title in bold, the lines and the link, in Slack's markup.
///
/// `&`, `<` and `>` are escaped, so that no name or description can make links or mentions (Slack API, formatting text).
func slackMarkup(state: AlarmState?, title: String, lines: [Notice.Line], url: String) -> String {
    let symbol =
        switch state {
        case .alarm: ":rotating_light:"
        case .ok: ":white_check_mark:"
        case .insufficientData: ":grey_question:"
        case nil: ":memo:"
        }
    var result = ["\(symbol) *\(slackEscaped(oneLine(title)))*"]
    for line in lines {
        let value = slackEscaped(line.value)
        result.append(line.label.isEmpty ? value : "*\(line.label):* \(value)")
    }
    if !url.isEmpty { result.append("<\(slackLink(url))|Open in Trailwatch>") }
    return result.joined(separator: "\n")
}

/// An address inside Slack's `<address|words>`, where `|` would end it.
private func slackLink(_ url: String) -> String {
    slackEscaped(oneLine(url)).unicodeScalars.split(separator: "|", omittingEmptySubsequences: false)
        .map { String($0) }.joined(separator: "%7C")
}
