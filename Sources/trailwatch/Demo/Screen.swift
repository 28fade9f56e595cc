import Foundation

/// Prints the story: the time since the start, who speaks, what happened, and further lines below it.
actor Screen {
    enum Speaker: String {
        case demo, history, server, trail, counts, message, receiver, next
    }

    enum Emphasis: String {
        /// SGR codes: bold red and bold green.
        case bad = "1;31"
        case good = "1;32"
    }

    private static let secondsWidth = 8
    private static let speakerWidth = 10

    private let start: ContinuousClock.Instant
    private let hasColours: Bool

    init(start: ContinuousClock.Instant) {
        self.start = start
        hasColours =
            isatty(FileHandle.standardOutput.fileDescriptor) == 1
            && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Prints one entry at once, so that a reader at the other end of a pipe sees it, too.
    func tell(_ speaker: Speaker, _ headline: String, _ lines: [String] = [], emphasis: Emphasis? = nil) {
        let tenths = Int((ContinuousClock.now - start) / .milliseconds(100))
        let time = "\(tenths / 10).\(tenths % 10) s"
        let margin = String(repeating: " ", count: Self.secondsWidth + 2 + Self.speakerWidth)
        let head =
            String(repeating: " ", count: max(0, Self.secondsWidth - time.count)) + time + "  "
            + speaker.rawValue.padding(toLength: Self.speakerWidth, withPad: " ", startingAt: 0)
        let text = ([head + painted(headline, emphasis)] + lines.map { margin + $0 }).joined(separator: "\n")
        FileHandle.standardOutput.write(Data("\(text)\n".utf8))
    }

    private func painted(_ text: String, _ emphasis: Emphasis?) -> String {
        guard hasColours, let emphasis else { return text }
        return "\u{1B}[\(emphasis.rawValue)m\(text)\u{1B}[0m"
    }
}
