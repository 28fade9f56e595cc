import TrailModel

/// The `eventTime` of a record, read from its bytes.
package enum EventTime {
    /// Events are believed from the year 2000 on and before 2100: what lies outside comes from a clock that was not set.
    ///
    /// The bounds do not move with the time of reading, so that a file counts the same whenever it is read.
    package static let range: Range<Int64> = 946_684_800..<4_102_444_800

    /// Seconds since the epoch of `YYYY-MM-DDTHH:MM:SSZ`, rounded down; `nil` for anything that is not such a time.
    ///
    /// CloudTrail writes UTC with whole seconds; fractions and numeric offsets are read too.
    package static func seconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54, bytes[13] == 0x3A,
            bytes[16] == 0x3A, let century = pair(bytes, 0), let years = pair(bytes, 2), let month = pair(bytes, 5),
            let day = pair(bytes, 8), let hour = pair(bytes, 11), let minute = pair(bytes, 14),
            let second = pair(bytes, 17)
        else { return nil }
        let year = century * 100 + years
        let seconds = seconds(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard bytes.count == 20, bytes[19] == 0x5A else { return seconds == nil ? nil : unusual(bytes) }
        return seconds
    }

    /// Seconds since the epoch of a time in UTC; `nil` for one that no calendar has.
    static func seconds(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) -> Int64? {
        guard (1...12).contains(month), day >= 1, day <= lastDay(of: month, year), hour < 24, minute < 60, second < 60
        else { return nil }
        return daysSinceEpoch(year: year, month: month, day: day) * 86_400
            + Int64(hour * 3600 + minute * 60 + second)
    }

    private static func unusual(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        Timestamp(rfc3339: String(decoding: bytes, as: UTF8.self))?.seconds
    }

    @inline(__always)
    private static func pair(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int? {
        let tens = bytes[index] &- Byte.zero
        let ones = bytes[index + 1] &- Byte.zero
        return tens <= 9 && ones <= 9 ? Int(tens) * 10 + Int(ones) : nil
    }

    private static func lastDay(of month: Int, _ year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        // 31 days in the odd months up to July and in the even ones after it.
        return month == 2 ? (isLeap ? 29 : 28) : 30 + (month ^ month >> 3) & 1
    }
}

extension RecordView {
    /// Seconds since the epoch of `eventTime`; `nil` when it is absent, not a time or outside ``EventTime/range``.
    package var eventSeconds: Int64? {
        guard let seconds = writtenEventSeconds, EventTime.range.contains(seconds) else { return nil }
        return seconds
    }

    /// The same whatever the year.
    package var writtenEventSeconds: Int64? {
        guard let value = value(.eventTime), value.kind == .string else { return nil }
        return withText(of: value) { EventTime.seconds($0) }
    }
}
