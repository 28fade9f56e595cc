import Foundation
import TrailAlarms
import TrailModel
package import TrailTemplates

extension ZoneSource {
    /// Offsets are looked up for these years.
    private static let firstYear = Timestamp(seconds: 946_684_800)
    private static let lastYear = Timestamp(seconds: 4_102_444_800)
    /// No zone changes as often.
    private static let changesMax = 2000

    /// The time zone database of this machine.
    package static let system = ZoneSource(name: "system") { identifier in
        guard let zone = TimeZone(identifier: identifier) else { return nil }
        var changes: [ZoneOffsets.Change] = []
        var date = Date(timeIntervalSince1970: Double(firstYear.seconds))
        let initialOffset = zone.secondsFromGMT(for: date)
        while changes.count < changesMax, let next = zone.nextDaylightSavingTimeTransition(after: date), next > date,
            next.timeIntervalSince1970 < Double(lastYear.seconds)
        {
            changes.append(
                ZoneOffsets.Change(
                    at: Timestamp(seconds: Int64(next.timeIntervalSince1970)), offset: zone.secondsFromGMT(for: next)))
            date = next
        }
        return ZoneOffsets(identifier: identifier, initialOffset: initialOffset, changes: changes)
    }
}
