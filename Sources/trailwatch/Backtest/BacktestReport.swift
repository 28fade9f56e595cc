import TrailAlarms
import TrailModel
import TrailServer

/// The result of a backtest in words, for a terminal of 100 columns.
struct BacktestReport {
    static let columns = 100
    static let transitionsMax = 20
    private static let nameMax = 36

    let now: BacktestResult
    let before: BacktestResult?
    let comparison: BacktestComparison?
    let isReplay: Bool
    let from: Timestamp?
    let events: BacktestFiles.Account?
    let line: TimeLine

    init(
        now: BacktestResult, before: BacktestResult?, from: Timestamp?, to: Timestamp?, isReplay: Bool,
        events: BacktestFiles.Account? = nil
    ) {
        self.now = now
        self.before = before
        self.isReplay = isReplay
        self.from = from
        self.events = events
        comparison = before.map { BacktestComparison(now: now, before: $0, from: from) }
        let alarms = now.alarms + (before?.alarms ?? [])
        // A timeline that ends now says nothing more once everything is quiet.
        let last = alarms.compactMap(\.timeline.last?.windowEnd).max().map { $0.adding(seconds: 60) }
        let reached = [last, now.lastTraffic?.adding(seconds: 60)].compactMap { $0 }.max() ?? now.end
        let start = from ?? now.firstTraffic ?? now.end
        line = TimeLine(from: start, to: max(start, to ?? min(reached, now.end)))
    }

    /// True when a set differs from the former one, or where there is none, when an alarm was in ALARM.
    var isChanged: Bool {
        comparison.map { !$0.isUnchanged } ?? now.alarms.contains { !$0.incidents(from: from).isEmpty }
    }

    // MARK: Text

    var text: String {
        let body = comparison.map(comparedLines) ?? plainLines
        return (headLines + body).joined(separator: "\n")
    }

    var headLines: [String] {
        let range =
            now.firstTraffic == nil
            ? "no events" : "\(line.start.minuteText) to \(line.end.minuteText)"
        var lines = ["\(range), \(isReplay ? "decided as the files arrived" : "every event on time")"]
        if let events {
            lines.append(
                "\(events.events) events in \(events.files) files"
                    + (events.duplicates > 0 ? ", \(events.duplicates) duplicates not counted" : "")
                    + (events.malformed > 0 ? ", \(events.malformed) records set aside" : ""))
        }
        return lines + [summary, ""]
    }

    var summary: String {
        guard let comparison else {
            let alarms = now.alarms.filter { $0.contributor == nil }
            let firing = alarms.filter { !$0.incidents(from: from).isEmpty }
            let incidents = firing.reduce(0) { $0 + $1.incidents(from: from).count }
            return "\(firing.count) of \(counted(alarms.count, "alarm")) fire, \(counted(incidents, "time")) in all"
        }
        let parts = BacktestComparison.Change.allCases.compactMap { change -> String? in
            let count = comparison.count(change)
            return count > 0 ? "\(count) \(change.words)" : nil
        }
        return "\(counted(comparison.alarms.count, "alarm")): \(parts.joined(separator: ", "))"
    }

    private var plainLines: [String] {
        let firing = now.alarms.filter { !$0.incidents(from: from).isEmpty }
        let quiet = now.alarms.filter { $0.contributor == nil && $0.incidents(from: from).isEmpty }.map(
            \.name)
        var lines: [String] = []
        if !firing.isEmpty {
            lines += scaleLines(nameWidth(firing.map(\.name)))
            lines += firing.map { row($0.name, $0, nameWidth(firing.map(\.name))) } + [legendLine]
        }
        if !quiet.isEmpty { lines += Self.wrapped("never in ALARM: \(quiet.joined(separator: ", "))") }
        for alarm in firing { lines += [""] + transitions(of: alarm) }
        return lines
    }

    private func comparedLines(_ comparison: BacktestComparison) -> [String] {
        let changed = comparison.alarms.filter { $0.change != .unchanged }
        guard !changed.isEmpty else { return ["Nothing changed."] }
        let width = 8
        var lines = scaleLines(width)
        for alarm in changed {
            lines.append(clipped("\(alarm.name): \(alarm.changeText)"))
            lines.append(row("  before", alarm.before, width))
            lines.append(row("  now", alarm.now, width))
        }
        lines.append(legendLine)
        for alarm in changed {
            lines += ["", "\(alarm.name): \(alarm.changeText)"]
            lines += differences(of: alarm).map { clipped("  \($0)") }
        }
        return lines
    }

    private func scaleLines(_ nameWidth: Int) -> [String] {
        [String(repeating: " ", count: nameWidth + 2) + line.scale()]
    }

    private var legendLine: String {
        "\(TimeLine.legend)   one character = \(durationText(seconds: line.cellSeconds)), UTC"
    }

    private func nameWidth(_ names: [String]) -> Int { min(Self.nameMax, names.map(\.count).max() ?? 0) }

    private func row(_ name: String, _ alarm: BacktestResult.Alarm?, _ nameWidth: Int) -> String {
        let short = name.count > nameWidth ? name.prefix(nameWidth - 1) + "…" : name[...]
        let padding = String(repeating: " ", count: nameWidth - short.count + 2)
        return short + padding + (alarm.map { line.line($0.timeline, from: $0.initialState) } ?? "not there")
    }

    /// Broken at spaces where the terminal ends.
    static func wrapped(_ text: String) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if line.count + 1 + word.count <= columns {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append("  \(word)")
            }
        }
        return lines
    }

    /// The transitions of one alarm, each in a line that is cut where the terminal ends.
    private func transitions(of alarm: BacktestResult.Alarm) -> [String] {
        let incidents = alarm.incidents(from: from).count
        var lines = ["\(alarm.name): \(counted(alarm.decisions.count, "transition")), \(incidents) to ALARM"]
        for decision in alarm.decisions.prefix(Self.transitionsMax) {
            lines.append(clipped("  \(decision.windowEnd.rfc3339)  \(words(of: decision))"))
        }
        if alarm.decisions.count > Self.transitionsMax {
            lines.append("  and \(alarm.decisions.count - Self.transitionsMax) more (--format json has all)")
        }
        return lines
    }

    private func words(of decision: Decision) -> String {
        let seconds = (decision.decidedAt.milliseconds - decision.windowEnd.milliseconds) / 1000
        let delay =
            seconds < 0 ? "\(durationText(seconds: -seconds)) before" : "after \(durationText(seconds: seconds))"
        let kind = isReplay ? "\(decision.kindText), \(delay): " : ""
        return "\(decision.to.rawValue)  \(kind)\(decision.reason)"
    }

    func clipped(_ text: String) -> String {
        text.count > Self.columns ? text.prefix(Self.columns - 1) + "…" : text
    }
}

extension BacktestReport {
    /// What differs, ALARM by ALARM; where none does, what each side did.
    func differences(of alarm: BacktestComparison.Alarm) -> [String] {
        // What is lost or new says more than what begins or ends at another time.
        let pairs =
            alarm.pairs.filter(\.isOneSided).compactMap(\.differenceText)
            + alarm.pairs.filter { !$0.isOneSided }.compactMap(\.differenceText)
        guard pairs.isEmpty else {
            let more = pairs.count - Self.transitionsMax
            return pairs.prefix(Self.transitionsMax) + (more > 0 ? ["and \(more) more (--format json has all)"] : [])
        }
        let before = Set(alarm.before?.decisions.map(\.stepText) ?? [])
        let now = Set(alarm.now?.decisions.map(\.stepText) ?? [])
        let lines =
            before.subtracting(now).map { ($0, "before: ") } + now.subtracting(before).map { ($0, "now: ") }
        return lines.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(Self.transitionsMax).map { $0.1 + $0.0 }
    }
}

extension TimeLine {
    var end: Timestamp { start.adding(seconds: Int64(cells) * cellSeconds) }
}

extension Timestamp {
    /// RFC 3339 without seconds, for people.
    var minuteText: String { "\(rfc3339.prefix(16))Z" }
}

/// `1 alarm`, `2 alarms`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

extension Decision {
    var kindText: String { isMissedAlarm ? "\(kind.rawValue), missed" : kind.rawValue }
    fileprivate var stepText: String { "\(windowEnd.rfc3339)  \(from.rawValue) → \(to.rawValue)" }
}

extension BacktestComparison.Change {
    var words: String {
        switch self {
        case .lost: "fired before and never now"
        case .firesNow: "fire now and did not before"
        case .otherAlarms: "fire at other times"
        case .later: "fire later"
        case .earlier: "fire earlier"
        case .otherStates: "differ in other states"
        case .unchanged: "unchanged"
        }
    }
}

extension BacktestComparison.Alarm {
    /// What differs, in figures.
    var changeText: String {
        if now == nil { return "the alarm is gone; it fired \(counted(firesBefore, "time"))" }
        if before == nil { return "a new alarm; it fires \(counted(firesNow, "time"))" }
        var parts: [String] = []
        if lost > 0 { parts.append("\(lost) lost") }
        if added > 0 { parts.append("\(added) new") }
        if later > 0 { parts.append("\(later) later") }
        if earlier > 0 { parts.append("\(earlier) earlier") }
        if parts.isEmpty { parts.append("the same ALARMs, other transitions") }
        return "fired \(counted(firesBefore, "time")), now \(firesNow): \(parts.joined(separator: ", "))"
    }
}

extension BacktestComparison.Pair {
    var isOneSided: Bool { before == nil || now == nil }

    /// One line; `nil` for an ALARM that begins and ends as before.
    var differenceText: String? {
        switch (before, now) {
        case (let before?, nil): return "lost: \(before.text)"
        case (nil, let now?): return "new: \(now.text)"
        case (let before?, let now?) where before != now:
            let kind = now.start < before.start ? "earlier" : now.start > before.start ? "later" : "ends else"
            return "\(kind): \(now.text), before \(before.text)"
        default: return nil
        }
    }
}

extension BacktestComparison.Incident {
    var text: String { "\(start.minuteText) to \(end?.minuteText ?? "the end")" }
}
