import Foundation
import Testing
import TrailEvents
import TrailPatterns

struct EventPatternSetTests {
    /// For each record the patterns that hold, found by a set; each must be found by the pattern alone too.
    private func matches(_ patterns: [String], _ events: [String], _ form: EventForm) throws -> [[Int]] {
        var table = FieldTable()
        let compiled = try patterns.map { try EventPattern($0).compile(into: &table, for: form) }
        var scanner = RecordScanner(table)
        var matcher = PatternMatcher(PatternSet(rules: compiled))
        var found: [[Int]] = []
        for event in events {
            try scanner.scan(record: LogText(event)) { record in
                var matches: [Int] = []
                matcher.forEachMatch(record) { matches.append($0) }
                let want = compiled.indices.filter { compiled[$0].matches(record) }
                #expect(
                    matches == want, "\(matches.map { patterns[$0] }) instead of \(want.map { patterns[$0] }): \(event)"
                )
                found.append(matches)
            }
        }
        return found
    }

    @Test func `a set finds what each pattern alone finds, in order`() throws {
        let patterns = [
            #"{"a":["x"]}"#, #"{"a":[{"prefix":"x"}]}"#, #"{"a":[{"suffix":"x"}]}"#, #"{"a":[{"wildcard":"*y*"}]}"#,
            #"{"a":[{"equals-ignore-case":"X"}],"b":[{"exists":false}]}"#, #"{"c":[{"exists":false}]}"#,
            #"{"$or":[{"a":["x"]},{"b":[1]}]}"#, #"{"a":[{"prefix":{"equals-ignore-case":"Xy"}}]}"#,
            #"{"c":{"d":["x"],"e":["y"]}}"#, #"{"a":[{"prefix":""},5]}"#, #"{"a":[{"anything-but":"x"}]}"#,
            #"{"a.b.c.d.e.f.g.h.i.j.k":["x"]}"#, #"{"a.b.c.d.e.f.g.h.i.j.l":["x"]}"#,
            #"{"a":[{"wildcard":"x*x"},{"wildcard":"xyx"}]}"#,
        ]
        let events = [
            #"{"a":"x"}"#, #"{"a":"xyx","b":1}"#, #"{"a":["x","q"],"c":1}"#, #"{"a":5,"c":[{"d":"x"},{"e":"y"}]}"#,
            #"{"c.d":"x","c":{"e":"y"}}"#, #"{"a":"Xy"}"#, #"{"a":{"b.c.d.e.f.g.h.i.j":{"k":"x"}}}"#, "{}",
        ]
        let found = try matches(patterns, events, .event)
        #expect(
            found == [
                [0, 1, 2, 4, 5, 6, 9], [1, 2, 3, 5, 6, 7, 9, 10, 13], [0, 1, 2, 4, 6, 9, 10], [5, 9, 10], [5, 8],
                [3, 5, 7, 9, 10], [5, 11], [5],
            ])
    }

    @Test(arguments: [UInt64(11), 12])
    func `a set of many patterns finds what each alone finds`(seed: UInt64) throws {
        var random = EventPatternMaker(seed: seed)
        var count = 0
        for _ in 0..<3 {
            let events = (0..<60).map { _ in random.event() }
            let patterns = try (0..<120).map { _ in
                let pattern = random.pattern(of: events[random.below(events.count)], below: [])
                return String(decoding: try JSONSerialization.data(withJSONObject: pattern), as: UTF8.self)
            }
            let texts = try events.map { event in
                String(decoding: try JSONSerialization.data(withJSONObject: event), as: UTF8.self)
            }
            count += try matches(patterns, texts, .event).reduce(0) { $0 + $1.count }
        }
        #expect(count > 1000)
    }

    @Test func `an empty set finds nothing`() throws {
        #expect(try matches([], ["{}"], .event) == [[]])
    }

    @Test(
        .enabled(if: Shared.recordedLogs != nil, "set TRAILWATCH_REAL_LOGS to the folder of recorded logs to run this"))
    func `a set finds in recorded logs what event-ruler found`() throws {
        let rows = EventPatternCount.all
        var table = FieldTable()
        let compiled = try rows.map { try EventPattern($0.pattern).compile(into: &table, for: .cloudTrailRecord) }
        var scanner = RecordScanner(table)
        var matcher = PatternMatcher(PatternSet(rules: compiled))
        var counts = [Int](repeating: 0, count: rows.count)
        for file in try recordedLogs(ofLargeSet: true) {
            try scanner.scan(file, onRecord: { record in matcher.forEachMatch(record) { counts[$0] += 1 } })
        }
        #expect(counts == rows.map(\.matches))
    }
}
