package import TrailModel

/// The summary in which a transition is told.
package enum SummaryPlace: Equatable, Sendable {
    /// That of a day in UTC, by its start.
    case day(Timestamp)
    /// That of the time away.
    case timeAway

    package init(day: Timestamp?) {
        self = day.map { .day($0) } ?? .timeAway
    }

    /// `the summary of 2026-11-22`.
    package var text: String {
        switch self {
        case .day(let day): "the summary of \(CivilTime(day).dateText)"
        case .timeAway: "the summary of the time away"
        }
    }
}

extension AlarmHistoryItem {
    static func leftText(to place: SummaryPlace) -> String { "Left to \(place.text): " }

    /// The summary that an action was left to; `nil` for actions that ran at once.
    package var summaryPlace: SummaryPlace? {
        if summary.hasPrefix(Self.leftText(to: .timeAway)) { return .timeAway }
        let start = "Left to the summary of "
        guard summary.hasPrefix(start) else { return nil }
        let date = summary.dropFirst(start.count).prefix(10)
        return Timestamp(rfc3339: "\(date)T00:00:00Z").map { .day($0) }
    }
}
