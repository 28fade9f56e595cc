import TrailAlarms
import TrailModel

/// Draws the states of alarms over a stretch of time, one character for each step, so that a person sees it at a glance.
struct TimeLine {
    static let cellsMax = 60
    /// The steps that a cell may be long, in seconds; the last one is doubled as often as needed.
    private static let steps: [Int64] = [
        60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
    ]
    static let legend = "█ in ALARM   ▄ partly   · OK   - INSUFFICIENT_DATA"

    let start: Timestamp
    let cellSeconds: Int64
    let cells: Int

    /// A line that begins at or before `from` and reaches to `to`.
    init(from: Timestamp, to: Timestamp) {
        let seconds = max(60, to.seconds - from.seconds)
        var step = Self.steps.first { Self.count(from, to, $0) <= Self.cellsMax } ?? 604_800
        while Self.count(from, to, step) > Self.cellsMax { step *= 2 }
        cellSeconds = step
        start = from.floored(toSeconds: step)
        cells = max(1, Self.count(from, from.adding(seconds: seconds), step))
    }

    private static func count(_ from: Timestamp, _ to: Timestamp, _ step: Int64) -> Int {
        let start = from.floored(toSeconds: step)
        return Int((to.seconds - start.seconds + step - 1) / step)
    }

    /// The states of one alarm, as many characters as there are cells.
    func line(_ timeline: [TimelineEntry], from initial: AlarmState = .insufficientData) -> String {
        var text = ""
        var index = 0
        var state = initial
        for cell in 0..<cells {
            let from = start.adding(seconds: Int64(cell) * cellSeconds)
            let to = from.adding(seconds: cellSeconds)
            while index < timeline.count, timeline[index].windowEnd <= from {
                state = timeline[index].state
                index += 1
            }
            var states: Set<AlarmState> = [state]
            while index < timeline.count, timeline[index].windowEnd < to {
                state = timeline[index].state
                states.insert(state)
                index += 1
            }
            text += Self.character(states)
        }
        return text
    }

    private static func character(_ states: Set<AlarmState>) -> String {
        if states.contains(.alarm) { return states.count == 1 ? "█" : "▄" }
        return states.contains(.ok) ? "·" : "-"
    }

    /// Times above the cells at which they begin.
    func scale() -> String {
        var text = ""
        var day = ""
        for cell in stride(from: 0, to: cells, by: cellSeconds < 86_400 ? 12 : 10) {
            let civil = CivilTime(start.adding(seconds: Int64(cell) * cellSeconds))
            let date = String(civil.dateText.dropFirst(5))
            let label =
                cellSeconds >= 86_400
                ? date : date == day ? String(civil.timeText.prefix(5)) : "\(date) \(civil.timeText.prefix(5))"
            day = date
            guard cell >= text.count else { continue }
            text += String(repeating: " ", count: cell - text.count) + label + " "
        }
        return String(text.dropLast())
    }
}
