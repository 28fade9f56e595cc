import Foundation
import Glibc

/// A line on a terminal's standard error that is drawn over and over; nothing anywhere else.
struct ProgressBar {
    private static let width = 30

    private var total: Int
    private let unit: String
    private let isShown: Bool
    private var done = 0
    private var shownPercent = -1

    init(total: Int, unit: String = "files") {
        self.total = total
        self.unit = unit
        isShown = total > 0 && isatty(STDERR_FILENO) == 1
    }

    mutating func advance() {
        show(done + 1, of: total)
    }

    mutating func show(_ done: Int, of total: Int) {
        self.done = done
        self.total = total
        let percent = total > 0 ? done * 100 / total : 100
        guard isShown, percent != shownPercent else { return }
        shownPercent = percent
        let filled = Self.width * percent / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        write("\r[\(bar)] \(percent) %  \(done) of \(total) \(unit)")
    }

    /// Takes the bar away, so that a line may be written.
    mutating func clear() {
        guard isShown, shownPercent >= 0 else { return }
        shownPercent = -1
        write("\r\u{1B}[K")
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
