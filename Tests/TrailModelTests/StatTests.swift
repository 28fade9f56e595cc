import Testing
import TrailModel

@Suite struct StatTests {
    @Test(
        arguments: [
            ("p0", .percentile(0)), ("p100", .percentile(100)), ("p5", .percentile(5)), ("p99.", .percentile(99)),
            ("p95.0123456789", .percentile(95.0123456789)), ("tm90", .trimmedMean(.percent(nil, 90))),
            ("wm90", .winsorizedMean(.percent(nil, 90))), ("tc90", .trimmedCount(.percent(nil, 90))),
            ("ts90", .trimmedSum(.percent(nil, 90))), ("IQM", .trimmedMean(.percent(25, 75))),
            ("TM(10%:90%)", .trimmedMean(.percent(10, 90))), ("TM(:95.5%)", .trimmedMean(.percent(nil, 95.5))),
            ("WM(5%:)", .winsorizedMean(.percent(5, nil))), ("TC(0%:100.00%)", .trimmedCount(.percent(0, 100))),
            ("TC(0.005:0.030)", .trimmedCount(.values(0.005, 0.03))), ("PR(:300)", .percentileRank(.values(nil, 300))),
            ("PR(100:2000)", .percentileRank(.values(100, 2000))), ("TS(1e3:2.5E+4)", .trimmedSum(.values(1e3, 2.5e4))),
            ("TM(1e-3:)", .trimmedMean(.values(1e-3, nil))), ("WM(5:5)", .winsorizedMean(.values(5, 5))),
        ] as [(String, ExtendedStatistic.Kind)])
    func `every form is read, and its text comes back`(text: String, kind: ExtendedStatistic.Kind) throws {
        let stat = try Stat(text)
        #expect(stat == .extended(try ExtendedStatistic(text)))
        #expect(try ExtendedStatistic(text).kind == kind)
        #expect(stat.name == text && "\(stat)" == text)
        #expect(try Stat(stat.name) == stat)
    }

    /// 10/(1-p) from p50 on, 10/p below, the next whole number (cloudwatch-semantics.md 3.6).
    @Test(
        arguments: [
            ("p99", 1000), ("p90", 100), ("p10", 100), ("p50", 20), ("p49", 21), ("p75", 40), ("p99.9", 10_000),
            ("p99.99", 100_000), ("p0.1", 10_000), ("p95.0123456789", 201), ("p99.9999999999", 10_000_000_000_000),
            ("p0.0000000001", 10_000_000_000_000), ("p0", nil), ("p100", nil), ("tm90", nil), ("IQM", nil),
            ("Sum", nil),
        ] as [(String, Int64?)])
    func `a percentile is significant from so many samples on`(text: String, want: Int64?) throws {
        #expect(try Stat(text).significantSamples == want)
    }

    @Test(arguments: Statistic.allCases)
    func `a simple statistic is one of any`(statistic: Statistic) throws {
        let stat = try Stat(statistic.rawValue)
        #expect(stat == .statistic(statistic) && stat.name == statistic.rawValue)
    }

    @Test(
        arguments: [
            ("", .unknown(got: "")), ("sum", .unknown(got: "sum")), ("p", .unknown(got: "p")),
            ("P90", .unknown(got: "P90")), ("iqm", .unknown(got: "iqm")), ("TM90", .unknown(got: "TM90")),
            ("tm(10%:90%)", .unknown(got: "tm(10%:90%)")), ("p90 ", .badPercentage(got: "90 ", in: "p90 ")),
            ("p90_E", .badPercentage(got: "90_E", in: "p90_E")), ("o5", .unknown(got: "o5")),
            ("p101", .badPercentage(got: "101", in: "p101")), ("p-1", .badPercentage(got: "-1", in: "p-1")),
            ("p100.0", .badPercentage(got: "100.0", in: "p100.0")), ("p.5", .badPercentage(got: ".5", in: "p.5")),
            ("p1e1", .badPercentage(got: "1e1", in: "p1e1")), ("p٣", .badPercentage(got: "٣", in: "p٣")),
            ("p1.01234567890", .badPercentage(got: "1.01234567890", in: "p1.01234567890")),
            ("TM(100.1%:)", .badPercentage(got: "100.1%", in: "TM(100.1%:)")), ("TM()", .badRange(got: "TM()")),
            ("TM(:)", .badRange(got: "TM(:)")), ("TM(90%)", .badRange(got: "TM(90%)")),
            ("TM(1:2:3)", .badRange(got: "TM(1:2:3)")), ("TM(10%:90)", .mixedBounds(got: "TM(10%:90)")),
            ("TM(90%:10%)", .reversed(got: "TM(90%:10%)")), ("TC(-1:5)", .badBound(got: "-1", in: "TC(-1:5)")),
            ("TC(1e999:)", .badBound(got: "1e999", in: "TC(1e999:)")),
            ("TC(inf:)", .badBound(got: "inf", in: "TC(inf:)")),
            ("TC(0x1:)", .badBound(got: "0x1", in: "TC(0x1:)")), ("TC(1e:)", .badBound(got: "1e", in: "TC(1e:)")),
            ("PR(10%:90%)", .percentRank(got: "PR(10%:90%)")), ("XY(1:2)", .unknown(got: "XY(1:2)")),
            ("TC(" + String(repeating: "1", count: 47) + ":)", .tooLong(got: 52)),
        ] as [(String, StatisticError)])
    func `what names no statistic is refused`(text: String, want: StatisticError) {
        #expect(throws: want) { try Stat(text) }
    }

    @Test func `both sides of the limit of length`() throws {
        let digits = String(repeating: "1", count: 45)
        #expect(try Stat("TC(:\(digits))").name.count == 50)
        #expect(throws: StatisticError.tooLong(got: 51)) { try Stat("TC(:1\(digits))") }
    }

    @Test func `errors say what, got and want`() {
        #expect(
            "\(StatisticError.badPercentage(got: "101", in: "p101"))"
                == "cannot use the statistic p101: got the percentage 101; want 0 to 100 with 10 decimals at most")
        #expect(
            "\(StatisticError.unknown(got: "sum"))".contains("SampleCount, Sum, Average, Minimum, Maximum, IQM, p99"))
        #expect(StatisticError.reversed(got: "TM(9:1)").code == "reversed")
    }
}
