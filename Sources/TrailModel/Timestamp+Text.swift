/// The calendar fields of a time in UTC.
package struct CivilTime: Equatable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var millisecond: Int

    package init(_ time: Timestamp) {
        let days = floorDivide(time.milliseconds, 86_400_000)
        let rest = Int(time.milliseconds - days * 86_400_000)
        (year, month, day) = civilDate(daysSinceEpoch: days)
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1000 % 60
        millisecond = rest % 1000
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date (the era arithmetic of 400 years, March first).
package func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
}

func civilDate(daysSinceEpoch days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}

/// `value` in decimal, filled with zeros on the left up to `width`.
package func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}

extension Timestamp {
    /// RFC 3339 in UTC with whole seconds, as CloudTrail writes `eventTime`: `2023-07-10T11:45:00Z`.
    package var rfc3339: String {
        let civil = CivilTime(self)
        return "\(civil.dateText)T\(civil.timeText)Z"
    }

    /// RFC 3339 in UTC with milliseconds, as SNS writes `Timestamp`: `2012-05-02T00:54:06.655Z`.
    package var rfc3339Milliseconds: String {
        let civil = CivilTime(self)
        return "\(civil.dateText)T\(civil.timeText).\(padded(civil.millisecond, 3))Z"
    }

    /// The form of CloudWatch's state documents: `2026-09-14T05:51:57.551+0000`.
    package var cloudWatchText: String {
        let civil = CivilTime(self)
        return "\(civil.dateText)T\(civil.timeText).\(padded(civil.millisecond, 3))+0000"
    }

    /// The form inside CloudWatch's state reasons, `dd/MM/yy HH:mm:ss`: `14/09/26 05:42:40`.
    package var reasonText: String {
        let civil = CivilTime(self)
        return "\(padded(civil.day, 2))/\(padded(civil.month, 2))/\(padded(civil.year % 100, 2)) \(civil.timeText)"
    }

    /// Reads RFC 3339 (`2023-07-10T11:45:00Z`, fractions and numeric offsets allowed) or a bare date (`2023-07-10`,
    /// midnight UTC); `nil` for anything else, dates that do not exist included.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func digits(_ start: Int, _ count: Int) -> Int? {
            guard start + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[start..<(start + count)] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        func has(_ character: Character, at index: Int) -> Bool {
            index < bytes.count && bytes[index] == character.asciiValue
        }
        guard let year = digits(0, 4), has("-", at: 4), let month = digits(5, 2), has("-", at: 7),
            let day = digits(8, 2), (1...12).contains(month), day >= 1
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        guard civilDate(daysSinceEpoch: days) == (year, month, day) else { return nil }
        if bytes.count == 10 {
            self.init(seconds: days * 86_400)
            return
        }
        guard has("T", at: 10) || has("t", at: 10) || has(" ", at: 10), let hour = digits(11, 2), has(":", at: 13),
            let minute = digits(14, 2), has(":", at: 16), let second = digits(17, 2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var millisecond = 0
        if has(".", at: index) {
            index += 1
            var scale = 100
            let start = index
            while let digit = digits(index, 1) {
                millisecond += digit * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        var offsetSeconds = 0
        if has("Z", at: index) || has("z", at: index) {
            index += 1
        } else if has("+", at: index) || has("-", at: index) {
            let sign = has("-", at: index) ? -1 : 1
            guard let hours = digits(index + 1, 2) else { return nil }
            let minutesAt = has(":", at: index + 3) ? index + 4 : index + 3
            guard let minutes = digits(minutesAt, 2), hours < 24, minutes < 60 else { return nil }
            offsetSeconds = sign * (hours * 3600 + minutes * 60)
            index = minutesAt + 2
        } else {
            return nil
        }
        guard index == bytes.count else { return nil }
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second - offsetSeconds)
        self.init(milliseconds: seconds * 1000 + Int64(millisecond))
    }

    /// A relative time reaches at most about a thousand years from now; more is a mistake.
    package static let offsetSecondsMax: Int64 = 366 * 86_400 * 1000

    /// Reads a time given on a command line: RFC 3339, `now`, or relative to `now` such as `-3h`, `-90m`, `-7d`.
    package init?(argument text: String, now: Timestamp) {
        if text == "now" {
            self = now
        } else if text.hasPrefix("-") || text.hasPrefix("+") {
            guard let seconds = durationSeconds(String(text.dropFirst())), seconds <= Self.offsetSecondsMax else {
                return nil
            }
            self = now.adding(seconds: text.hasPrefix("-") ? -seconds : seconds)
        } else {
            self.init(rfc3339: text)
        }
    }
}

extension CivilTime {
    package var dateText: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
    package var timeText: String { "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))" }
}

/// Seconds of a duration such as `90`, `90s`, `5m`, `24h`, `7d`, `2w`; `nil` for anything else.
package func durationSeconds(_ text: String) -> Int64? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let last = text.last else { return nil }
    let unit = units[last]
    let digits = unit == nil ? text : String(text.dropLast())
    // `Int64` would take a sign too.
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = Int64(digits)
    else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: unit ?? 1)
    return overflow ? nil : product
}

/// A duration for people: `45 s`, `15 min`, `2 h 10 min`, `3 d 4 h`.
package func durationText(seconds: Int64) -> String {
    switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    case ..<86_400: seconds / 60 % 60 == 0 ? "\(seconds / 3600) h" : "\(seconds / 3600) h \(seconds / 60 % 60) min"
    default: seconds / 3600 % 24 == 0 ? "\(seconds / 86_400) d" : "\(seconds / 86_400) d \(seconds / 3600 % 24) h"
    }
}
