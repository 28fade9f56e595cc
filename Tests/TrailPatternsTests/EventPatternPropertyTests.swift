import Foundation
import Testing
import TrailEvents
import TrailPatterns

/// Random patterns of random events' own names and values: the compiled pattern decides as the direct one.
struct EventPatternPropertyTests {
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `a compiled pattern decides as one taken at its word, over made events`(seed: UInt64) throws {
        var random = EventPatternMaker(seed: seed)
        var tally = [false: 0, true: 0]
        for _ in 0..<1500 {
            let events = (0..<3).map { _ in random.event() }
            let pattern = random.pattern(of: events[0], below: [])
            try check(pattern, events, .event, seed, &tally)
        }
        #expect(tally.values.allSatisfy { $0 > 500 }, "both answers come up: \(tally)")
    }

    @Test(
        .enabled(if: Shared.recordedLogs != nil, "set TRAILWATCH_REAL_LOGS to the folder of recorded logs to run this"))
    func `a compiled pattern decides as one taken at its word, over recorded events`() throws {
        var records: [[String: Any]] = []
        var texts: [String] = []
        var scanner = RecordScanner(FieldTable())
        for file in try recordedLogs(ofLargeSet: true) {
            try scanner.scan(
                file,
                onRecord: { record in
                    let bytes = Array(record.recordBytes)
                    guard let tree = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
                        return
                    }
                    records.append(tree)
                    texts.append(String(decoding: bytes, as: UTF8.self))
                })
        }
        var random = EventPatternMaker(seed: 7)
        var tally = [false: 0, true: 0]
        for _ in 0..<1500 {
            let indices = (0..<3).map { _ in random.below(records.count) }
            let pattern = ["detail": random.pattern(of: records[indices[0]], below: [])]
            let data = try JSONSerialization.data(withJSONObject: pattern)
            let compiled = try EventPattern(String(decoding: data, as: UTF8.self))
            for index in indices {
                let want = DirectEventPattern(pattern).matches(["detail": records[index]])
                tally[want, default: 0] += 1
                let got = eventVerdict(compiled, texts[index], .cloudTrailRecord)
                #expect(got == (want ? "match" : "nomatch"), "\(compiled.text) over \(texts[index])")
            }
        }
        #expect(tally.values.allSatisfy { $0 > 500 }, "both answers come up: \(tally)")
    }

    private func check(
        _ pattern: [String: Any], _ events: [[String: Any]], _ form: EventForm, _ seed: UInt64,
        _ tally: inout [Bool: Int]
    ) throws {
        let data = try JSONSerialization.data(withJSONObject: pattern)
        let compiled = try EventPattern(String(decoding: data, as: UTF8.self))
        for event in events {
            let want = DirectEventPattern(pattern).matches(event)
            tally[want, default: 0] += 1
            let text = String(decoding: try JSONSerialization.data(withJSONObject: event), as: UTF8.self)
            let got = eventVerdict(compiled, text, form)
            #expect(got == (want ? "match" : "nomatch"), "seed \(seed): \(compiled.text) over \(text)")
        }
    }
}
