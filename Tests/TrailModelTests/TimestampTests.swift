import Foundation
import Testing
import TrailModel

@Suite struct TimestampTests {
    @Test(arguments: UInt64(1)...10)
    func `texts of random times come back and agree with the calendar`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let calendar = ISO8601DateFormatter()
        for _ in 0..<100 {
            // Years 0001 to 9999.
            let time = Timestamp(milliseconds: .random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(rfc3339: time.rfc3339Milliseconds) == time, "seed \(seed)")
            #expect(Timestamp(rfc3339: time.rfc3339) == time.floored(toSeconds: 1), "seed \(seed)")
            #expect(Timestamp(rfc3339: time.cloudWatchText) == time, "seed \(seed)")
            let civil = CivilTime(time)
            let days = daysSinceEpoch(year: civil.year, month: civil.month, day: civil.day)
            #expect(days == floorDivide(time.seconds, 86_400))
            // Before 1583 the formatter's calendar is another one.
            guard civil.year > 1582 else { continue }
            #expect(time.rfc3339 == calendar.string(from: Date(timeIntervalSince1970: Double(time.seconds))))
        }
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2023-07-10T11:45:00Z", 1_688_989_500_000), ("2023-07-10", 1_688_947_200_000),
            ("2023-07-10 11:45:00Z", 1_688_989_500_000), ("2023-07-10t11:45:00z", 1_688_989_500_000),
            ("2023-07-10T13:45:00+02:00", 1_688_989_500_000), ("2023-07-10T06:15:00-0530", 1_688_989_500_000),
            ("2023-07-10T11:45:00.5Z", 1_688_989_500_500), ("2023-07-10T11:45:00.123456789Z", 1_688_989_500_123),
            ("2000-02-29T00:00:00Z", 951_782_400_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("1969-12-31T23:59:59.999Z", -1),
        ] as [(String, Int64)])
    func `times are read`(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "", "2023", "2023-7-10", "2023-02-29", "1900-02-29T00:00:00Z", "2023-13-01", "2023-00-10", "2023-01-00",
        "2023-07-10T11:45Z", "2023-07-10T24:00:00Z", "2023-07-10T11:60:00Z", "2023-07-10T11:45:61Z",
        "2023-07-10T11:45:00", "2023-07-10T11:45:00.Z", "2023-07-10T11:45:00+2:00", "2023-07-10T11:45:00+24:00",
        "2023-07-10T11:45:00+02:60", "2023-07-10T11:45:00ZZ", " 2023-07-10", "+023-07-10", "2023-07-10T11:45:00+",
        "２０２３-07-10", "Jul 19, 2023 9:25:09 PM",
    ])
    func `what is not a time is refused`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `the other texts`() {
        let time = Timestamp(milliseconds: 1_789_365_117_051)
        #expect(time.rfc3339 == "2026-09-14T05:51:57Z")
        #expect(time.rfc3339Milliseconds == "2026-09-14T05:51:57.051Z")
        #expect(time.cloudWatchText == "2026-09-14T05:51:57.051+0000")
        #expect(time.reasonText == "14/09/26 05:51:57")
    }

    @Test(
        arguments: [
            (0, 60, 0, 0), (59, 60, 0, 60), (60, 60, 60, 60), (-1, 60, -60, 0), (-60, 300, -300, 0),
            (301, 300, 300, 600),
        ] as [(Int64, Int64, Int64, Int64)])
    func `times are rounded to steps, before 1970 too`(seconds: Int64, step: Int64, floor: Int64, ceiling: Int64) {
        let time = Timestamp(seconds: seconds)
        #expect(time.floored(toSeconds: step).seconds == floor)
        #expect(time.ceiled(toSeconds: step).seconds == ceiling)
        if step == 60 { #expect(Resolution.minute.slot(of: time).seconds == floor) }
        if step == 300 { #expect(Resolution.fiveMinutes.slot(of: time).seconds == floor) }
    }

    @Test func `fractions of a second belong to the step`() {
        let time = Timestamp(milliseconds: 60_001)
        #expect(time.floored(toSeconds: 60).seconds == 60)
        #expect(time.ceiled(toSeconds: 60).seconds == 120)
        #expect(time.seconds(since: Timestamp(seconds: 60)) == 0.001)
        #expect(Timestamp(milliseconds: -1).seconds == -1)
        #expect(time.adding(milliseconds: -1).adding(seconds: 5) == Timestamp(seconds: 65))
    }

    @Test(
        arguments: [
            ("now", 1000), ("-3h", -9800), ("-90m", -4400), ("-7d", -603_800), ("+30", 1030), ("-0s", 1000),
            ("1970-01-02", 86_400), ("-3x", nil), ("--3h", nil), ("-+3h", nil), ("-", nil), ("later", nil),
            ("-9223372036854775807", nil), ("-20000000000000d", nil), ("-366000d", -31_622_399_000), ("-366001d", nil),
        ] as [(String, Int64?)])
    func `a command line's time`(text: String, seconds: Int64?) {
        #expect(Timestamp(argument: text, now: Timestamp(seconds: 1000))?.seconds == seconds)
    }

    @Test(
        arguments: [
            ("0", 0), ("90", 90), ("90s", 90), ("5m", 300), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600),
            ("", nil), ("s", nil), ("-5m", nil), ("+5m", nil), ("1.5h", nil), ("5 m", nil), ("5M", nil), ("h5", nil),
            ("9223372036854775807", .max), ("9223372036854775808", nil), ("9223372036854775807m", nil), ("５m", nil),
        ] as [(String, Int64?)])
    func `durations are read`(text: String, seconds: Int64?) {
        #expect(durationSeconds(text) == seconds)
    }

    @Test(
        arguments: [
            (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (7800, "2 h 10 min"),
            (86_399, "23 h 59 min"), (86_400, "1 d"), (273_600, "3 d 4 h"),
        ] as [(Int64, String)])
    func `durations are written for people`(seconds: Int64, text: String) {
        #expect(durationText(seconds: seconds) == text)
    }
}
