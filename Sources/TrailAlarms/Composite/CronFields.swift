import TrailModel

/// The five fields of a mute rule's `cron(Minutes Hours Day-of-month Month Day-of-week)`: sets of numbers, one bit each.
///
/// As in cron, a day fits when both day fields do, or either of them where neither starts with `*`; Sunday is 0 or 7.
struct CronFields: Equatable, Sendable {
    let minutes: UInt64
    let hours: UInt64
    let daysOfMonth: UInt64
    let months: UInt64
    /// Bit 0 is Sunday.
    let daysOfWeek: UInt64
    private let isEitherDay: Bool

    /// Days in which a date comes up that comes up at all: 29 February, over a century that has none.
    private static let daysMax = 366 * 9

    init(_ fields: [Substring]) throws(MuteRuleError) {
        guard fields.count == 5 else { throw .cronFields(fields.count) }
        minutes = try Self.set(fields[0], "Minutes", 0...59)
        hours = try Self.set(fields[1], "Hours", 0...23)
        daysOfMonth = try Self.set(fields[2], "Day-of-month", 1...31)
        months = try Self.set(
            fields[3], "Month", 1...12,
            names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"])
        let weekdays = try Self.set(
            fields[4], "Day-of-week", 0...7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])
        daysOfWeek = (weekdays | weekdays >> 7) & 0x7F
        isEitherDay = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
        let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let comes = (1...12).contains { month in
            months & 1 << UInt64(month) != 0
                && (1...longest[month - 1]).contains { daysOfMonth & 1 << UInt64($0) != 0 }
        }
        guard comes || isEitherDay else { throw .neverComes(fields.joined(separator: " ")) }
    }

    private static func set(
        _ text: Substring, _ field: String, _ range: ClosedRange<Int>, names: [String] = []
    ) throws(MuteRuleError) -> UInt64 {
        func number(_ word: Substring) -> Int? {
            if let index = names.firstIndex(of: word.uppercased()) { return index + range.lowerBound }
            guard (1...2).contains(word.utf8.count),
                word.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
            return Int(word).flatMap { range.contains($0) ? $0 : nil }
        }
        var set: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            let first: Int?
            let last: Int?
            if part == "*" {
                (first, last) = (range.lowerBound, range.upperBound)
            } else {
                first = ends.first.flatMap { number($0) }
                last = ends.count <= 2 ? ends.last.flatMap { number($0) } : nil
            }
            guard let first, let last, first <= last else {
                throw .cronField(field, got: String(part.prefix(40)), range: range, names: names)
            }
            for value in first...last { set |= 1 << UInt64(value) }
        }
        return set
    }

    private func matches(day: Int64) -> Bool {
        let civil = CivilTime(Timestamp(seconds: day * 86_400))
        guard months & 1 << UInt64(civil.month) != 0 else { return false }
        let weekday = (day + 4) - floorDivide(day + 4, 7) * 7
        let isDayOfMonth = daysOfMonth & 1 << UInt64(civil.day) != 0
        let isDayOfWeek = daysOfWeek & 1 << UInt64(weekday) != 0
        return isEitherDay ? isDayOfMonth || isDayOfWeek : isDayOfMonth && isDayOfWeek
    }

    /// The first minute from `local` on, or the last one up to it (`step` -1), on the wall clock.
    func minute(from local: Int64, step: Int64) -> Int64? {
        let start = step > 0 ? floorDivide(local + 59, 60) : floorDivide(local, 60)
        var day = floorDivide(start, 1440)
        var minuteOfDay = start - day * 1440
        for _ in 0..<Self.daysMax {
            if matches(day: day) {
                while (0..<1440).contains(minuteOfDay) {
                    if hours & 1 << UInt64(minuteOfDay / 60) == 0 {
                        // On to the next hour, or back to the end of the one before.
                        minuteOfDay = step > 0 ? (minuteOfDay / 60 + 1) * 60 : minuteOfDay / 60 * 60 - 1
                    } else if minutes & 1 << UInt64(minuteOfDay % 60) == 0 {
                        minuteOfDay += step
                    } else {
                        return (day * 1440 + minuteOfDay) * 60
                    }
                }
            }
            day += step
            minuteOfDay = step > 0 ? 0 : 1439
        }
        return nil
    }
}
