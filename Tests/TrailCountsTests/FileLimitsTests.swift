import Testing
import TrailEvents
import TrailModel

@testable import TrailCounts

/// What no honest file holds meets a limit of its own, and what stands beside it counts.
struct FileLimitsTests {
    @Test(
        arguments: [
            ("0000-01-01T00:00:00Z", false), ("0001-01-01T00:00:00+14:00", false), ("1970-01-01T00:00:00Z", false),
            ("1999-12-31T23:59:59Z", false), ("2000-01-01T00:00:00Z", true), ("2000-01-01T00:00:00+00:01", false),
            ("2035-06-01T00:00:00Z", true), ("2099-12-31T23:59:59Z", true), ("2100-01-01T00:00:00Z", false),
            ("9999-12-31T23:59:59Z", false),
        ])
    func `an event of a year that cannot be is set aside`(time: String, isCounted: Bool) throws {
        let aggregated = #""eventCategory":"Aggregated","timeWindow":{"windowStart":"\#(time)"}"#
        let made = try extract([record(1), #"{"eventTime":"\#(time)"}"#, "{\(aggregated)}", record(2)])
        #expect(made.events.count == (isCounted ? 4 : 2))
        #expect(made.badRecords.map(\.reason) == (isCounted ? [] : [.eventTimeOutOfRange, .missingEventTime]))
    }

    /// Brackets that no path enters, members on the way to a field, and elements that are no objects.
    @Test(
        arguments: [
            (#"{"requestParameters":"#, "[", "", "]", "}"), (#"{"a":"#, #"{"a":"#, "1", "}", "}"),
            (#"{"userIdentity":"#, #"{"sessionContext":"#, "1", "}", "}"), ("", "[", "", "]", ""),
            (#"{"resources":"#, "[", "", "]", "}"),
        ])
    func `a record nested too deeply is set aside, whatever its depth`(
        head: String, open: String, middle: String, close: String, tail: String
    ) throws {
        for depth in [510, 511, 512, 100_000] {
            let text =
                head + String(repeating: open, count: depth) + middle + String(repeating: close, count: depth) + tail
            let made = try extract([record(1), text, record(2)])
            #expect(made.events.count == 2)
            #expect(made.recordCount == 3)
            let reason = try #require(made.badRecords.first?.reason)
            if depth == 100_000 { #expect(reason == .tooDeep) }
            #expect(made.badRecords.first?.length == text.utf8.count)
        }
    }

    @Test func `all bad records are counted and the first thousand listed`() throws {
        let made = try extract([record(1)] + Array(repeating: "{}", count: 5000) + [record(2)])
        #expect(made.recordCount == 5002 && made.badRecordCount == 5000 && made.events.count == 2)
        #expect(made.badRecords.map(\.index) == Array(1...FileExtract.badRecordsListedMax))
    }

    @Test(
        arguments: [
            ([Int64.max, .max], nil), ([AggregationFields.callsMax], AggregationFields.callsMax),
            ([AggregationFields.callsMax, 1], nil), ([-5, 3, .min], 3),
            ([AggregationFields.callsMax - 1, 1], AggregationFields.callsMax),
        ] as [([Int64], Int64?)])
    func `an aggregated record of more calls than can be is set aside`(values: [Int64], total: Int64?) throws {
        let statistics = values.map { #"{"name":"A","value":\#($0)}"# }.joined(separator: ",")
        let made = try extract([
            #"{"eventCategory":"Aggregated","eventSource":"s","timeWindow":{"windowStart":"2023-07-10T11:45:00Z"},"#
                + #""summary":{"primaryDimension":{"dimension":"eventName","statistics":[\#(statistics)]}}}"#
        ])
        #expect(made.apart.last?.count == total)
        #expect(made.badRecords.map(\.reason) == (total == nil ? [.tooManyCalls] : []))
    }

    /// Files with the third event, call or slot past a limit of two.
    @Test(
        arguments: [
            ("events", [2, 9, 9], [start, start, start]),
            ("distinct calls", [9, 2, 9], [start, start, start]),
            (
                "five-minute slots of event time", [9, 9, 2],
                [start, start.adding(seconds: 299), .year2035, start.adding(seconds: 300)]
            ),
        ])
    func `a file past a limit is refused whole, one at the limit counts`(
        what: String, limit: [Int], times: [Timestamp]
    ) throws {
        var limits = FileLimits()
        (limits.eventsMax, limits.activitiesMax, limits.slotsMax) = (limit[0], limit[1], limit[2])
        var extractor = FileExtractor(plan: CountingPlan(filters: []), limits: limits)
        let records = times.enumerated().map { #"{"eventTime":"\#($1.rfc3339)","eventName":"N\#($0)"}"# }
        let most = Array(records.dropLast())
        #expect(try extractor.extract(file(most)).events.count == most.count)
        #expect(throws: LogFileError.tooMany(what, max: 2)) { _ = try extractor.extract(file(records)) }
        #expect(try extractor.extract(file(most)).events.count == most.count)
    }

    @Test(
        arguments: [
            (#""a\u0000b""#, "a\u{FFFD}b"), (#""\u0000""#, "\u{FFFD}"), (#""\ud800""#, "\u{FFFD}"),
            (#""\udc00\ud800x""#, "\u{FFFD}\u{FFFD}x"), (#""\ud83d\ude00""#, "😀"),
            ("\"\(String(repeating: "é", count: 600))\"", String(repeating: "é", count: 512)),
            ("\"a\(String(repeating: "é", count: 1 << 19))\"", "a" + String(repeating: "é", count: 511)),
            ("\"\(String(repeating: "x", count: 1024))\"", String(repeating: "x", count: 1024)),
        ])
    func `a value of a dimension is text that a store keeps`(json: String, value: String) throws {
        let made = try extract([#"{"eventTime":"2023-07-10T11:45:00Z","eventName":\#(json)}"#])
        #expect(made.activities.map(\.eventName) == [value])
    }

    @Test func `bytes that are not UTF-8 become the replacement character`() throws {
        let text = Array(#"{"Records":[{"eventTime":"2023-07-10T11:45:00Z","eventName":"a@"}]}"#.utf8)
        var extractor = FileExtractor(plan: CountingPlan(filters: []))
        let made = try extractor.extract(LogText(text.map { $0 == UInt8(ascii: "@") ? 0xFF : $0 }))
        #expect(made.activities.map(\.eventName) == ["a\u{FFFD}"])
    }
}

extension Timestamp {
    fileprivate static var year2035: Timestamp { Timestamp(seconds: 2_051_222_400) }
}
