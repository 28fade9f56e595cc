import Foundation
import Testing
import TrailEvents
import TrailPatterns

/// Filters over recorded logs, record by record, against a slow reading of the same data; see ``SlowPattern``.
@Suite(
    .enabled(if: Shared.recordedLogs != nil, "set TRAILWATCH_REAL_LOGS to the folder of recorded logs to run this"))
struct RecordedFilterTests {
    @Test(arguments: [1, 2] as [UInt64])
    func `a filter holds for the recorded events that the slow reading holds for`(seed: UInt64) throws {
        var count = 0
        var held = 0
        for isLarge in [true, false] {
            let files = try recordedLogs(ofLargeSet: isLarge)
            let trees = try files.map(Self.records)
            var random = EventPatternMaker(seed: seed)
            var maker = FilterMaker(Draws(source: random))
            let all = trees.flatMap { $0 }
            var table = FieldTable()
            var slow: [SlowPattern] = []
            var compiled: [CompiledPattern] = []
            while slow.count < 60 {
                let pattern = maker.pattern(of: all[random.below(all.count)])
                let text = "{ \(pattern.text(loose: Bool.random(using: &maker.random))) }"
                guard text.count <= FilterPattern.charactersMax else { continue }
                slow.append(pattern)
                compiled.append(try FilterPattern(text).compile(into: &table))
            }
            var matcher = PatternMatcher(PatternSet(filters: compiled))
            var scanner = RecordScanner(table)
            for (file, trees) in zip(files, trees) {
                count += try scanner.scan(
                    file,
                    onRecord: { record in
                        let want = slow.indices.filter { slow[$0].holds(trees[record.index]) }
                        var found: [Int] = []
                        matcher.forEachMatch(record) { found.append($0) }
                        #expect(
                            found == want,
                            "seed \(seed): \(Set(found).symmetricDifference(want).map { slow[$0].text(loose: true) })")
                        held += want.count
                        for index in compiled.indices where compiled[index].matches(record) != want.contains(index) {
                            Issue.record("seed \(seed): \(slow[index].text(loose: true)) alone")
                        }
                    })
            }
        }
        #expect(count == 2999)
        #expect(held > 10_000 && held < 160_000, "the patterns must show both; \(held)")
    }

    /// The records as Foundation reads them, numbers as the texts that they are written as.
    private static func records(_ file: LogText) throws -> [[String: Any]] {
        let quoted = file.withBytes { quotingNumbers($0) }
        let tree = try JSONSerialization.jsonObject(with: Data(quoted)) as? [String: Any]
        return try #require(tree?["Records"] as? [[String: Any]])
    }

    private static func quotingNumbers(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var quoted: [UInt8] = []
        var isInString = false
        var isEscaped = false
        var isInNumber = false
        for byte in bytes {
            let isOfNumber = "+-.0123456789".utf8.contains(byte) || isInNumber && (byte | 0x20) == UInt8(ascii: "e")
            if !isInString, isOfNumber != isInNumber {
                quoted.append(UInt8(ascii: "\""))
                isInNumber = isOfNumber
            }
            if !isEscaped, byte == UInt8(ascii: "\"") { isInString.toggle() }
            isEscaped = !isEscaped && isInString && byte == UInt8(ascii: "\\")
            quoted.append(byte)
        }
        return quoted
    }
}
