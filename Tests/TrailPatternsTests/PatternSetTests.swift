import Foundation
import Testing
import TrailEvents
import TrailPatterns

/// Filters and event rules in one set, against each of them alone.
struct PatternSetTests {
    /// A set of `filterCount` filters and `ruleCount` rules made for some events, with the parts that it is made of.
    private struct Sample {
        var table = FieldTable()
        var texts: [String] = []
        var filters: [CompiledPattern] = []
        var rules: [CompiledEventPattern] = []
        var events: [String] = []

        init(seed: UInt64, filterCount: Int, ruleCount: Int) throws {
            var random = EventPatternMaker(seed: seed)
            var maker = FilterMaker(Draws(source: random))
            let trees = (0..<50).map { _ in random.event() }
            for _ in 0..<filterCount {
                let text = "{ \(maker.pattern(of: trees[random.below(trees.count)]).text(loose: false)) }"
                texts.append(text)
                filters.append(try FilterPattern(text).compile(into: &table))
            }
            for _ in 0..<ruleCount {
                let pattern = random.pattern(of: trees[random.below(trees.count)], below: [])
                let text = String(decoding: try JSONSerialization.data(withJSONObject: pattern), as: UTF8.self)
                texts.append(text)
                rules.append(try EventPattern(text).compile(into: &table, for: .event))
            }
            events = try trees.map {
                String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self)
            }
        }

        /// What each pattern alone says.
        func matches(_ record: borrowing RecordView) -> [Int] {
            var found: [Int] = []
            for index in filters.indices where filters[index].matches(record) { found.append(index) }
            for index in rules.indices where rules[index].matches(record) { found.append(filters.count + index) }
            return found
        }
    }

    /// Few patterns are tried one by one, many by what the record's fields are.
    @Test(
        arguments: [(1, 15, 15), (2, 100, 100), (3, 0, 90), (4, 90, 0), (5, 100, 20), (6, 20, 100)]
            as [(UInt64, Int, Int)])
    func `a set finds what each pattern alone finds`(seed: UInt64, filterCount: Int, ruleCount: Int) throws {
        var sample = try Sample(seed: seed, filterCount: filterCount, ruleCount: ruleCount)
        let decided = [sample.table.add([.member("a")]), sample.table.add([.member("b")])]
        let set = PatternSet(filters: sample.filters, rules: sample.rules)
        #expect(set.count == filterCount + ruleCount && set.filterCount == filterCount)
        var matcher = PatternMatcher(set)
        var tuples = FieldTupleTable(fields: decided)
        var candidates: [Int: [Int32]] = [:]
        var scanner = RecordScanner(sample.table)
        var (count, ruledOut) = (0, 0)
        for event in sample.events + sample.events {
            try scanner.scan(record: LogText(event)) { record in
                let want = sample.matches(record)
                count += want.count
                var all: [Int] = []
                matcher.forEachMatch(record) { all.append($0) }
                #expect(all == want, "seed \(seed): \(event)")
                let number: Int
                switch tuples.place(of: record, flag: false) {
                case .known(let place): number = place
                case .new(let place):
                    number = place
                    candidates[place] = set.candidates(for: record, decided: decided)
                case .tooLong: return
                }
                let known = candidates[number] ?? []
                ruledOut += set.combinationCount - known.count
                for withRules in [true, false] {
                    var found: [Int] = []
                    matcher.forEachMatch(record, among: known[...], withRules: withRules) { found.append($0) }
                    #expect(found == want.filter { withRules || $0 < filterCount }, "seed \(seed): \(event)")
                }
            }
        }
        #expect(count > 100 && ruledOut > 100, "the events must show both; \(count), \(ruledOut)")
    }

    /// What is looked up under a text, a start, an end and an inside, with numbers that have a text too.
    @Test func `a filter finds numbers by their text and texts by their parts`() throws {
        let texts = [
            #"{ $.a = "5" }"#, "{ $.a = 5 }", #"{ $.a = "ab*" }"#, #"{ $.a = "*bc" }"#, #"{ $.a = "*b*" }"#,
            #"{ $.a = "*" }"#, #"{ $.a != "abc" }"#, "{ $.b IS NULL }", "{ $.b NOT EXISTS }",
            #"{ $.b[*] = "x" || $.a = "q" }"#, #"{ $.a = "abc" && $.b IS TRUE }"#, #"{ $.* = "5" }"#, "", "abc",
            #"{ $.a = "" }"#, #"{ $.a = %b% }"#,
        ]
        var table = FieldTable()
        var matcher = PatternMatcher(
            PatternSet(filters: try texts.map { try FilterPattern($0).compile(into: &table) }))
        var scanner = RecordScanner(table)
        var found: [[Int]] = []
        for event in [
            #"{"a":5}"#, #"{"a":"5.0","b":null}"#, #"{"a":"abc","b":true}"#, #"{"b":["y","x"]}"#, #"{"a":"a\u0062c"}"#,
            #"{"a":""}"#, #"{"a":["abc"]}"#,
        ] {
            try scanner.scan(record: LogText(event)) { record in
                var matches: [Int] = []
                matcher.forEachMatch(record) { matches.append($0) }
                found.append(matches)
            }
        }
        #expect(
            found == [
                [0, 1, 5, 6, 8, 11, 12], [1, 5, 6, 7, 12], [2, 3, 4, 5, 10, 12, 13, 15], [9, 12],
                [2, 3, 4, 5, 8, 12, 15], [5, 6, 8, 12, 14], [8, 12, 13],
            ])
    }
}
