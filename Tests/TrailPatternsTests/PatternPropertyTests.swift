import Foundation
import Testing
import TrailEvents
import TrailPatterns

/// Compiled patterns against a slow reading of the same data; see ``SlowPattern``.
struct PatternPropertyTests {
    private static let names = ["a", "b", "x:y"]
    private static let values = ["", "ab", "abab", "b", "12", "3", "-4.5", "é", "aéb", "a b"]

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `a compiled pattern holds where the slow reading does`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let records = try (0..<60).map { _ in try Self.record(&random) }
        var held = 0
        for _ in 0..<40 {
            var budget = Budget()
            let slow = Self.pattern(&random, depth: 3, &budget)
            for loose in [false, true] {
                let text = "{ \(slow.text(loose: loose)) }"
                guard text.count <= FilterPattern.charactersMax else { continue }
                var table = FieldTable()
                let compiled = try FilterPattern(text).compile(into: &table)
                var scanner = RecordScanner(table)
                for (json, tree) in records {
                    try scanner.scan(record: LogText(json)) { view in
                        let want = slow.holds(tree)
                        held += want ? 1 : 0
                        #expect(compiled.matches(view) == want, "seed \(seed): \(text) on \(json)")
                    }
                }
            }
        }
        #expect(held > 100 && held < 4700, "the records must show both; \(held)")
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `a regular expression holds where trying every way does`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let slow = Self.regex(&random)
            let pattern = try FilterPattern("%\(slow.text)%")
            for _ in 0..<20 {
                let text = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                    ["a", "b", "-", "1", "é", " "].randomElement(using: &random) ?? "a"
                }.joined()
                let matches = pattern.matches(message: Array(text.utf8))
                #expect(matches == slow.occurs(in: text), "seed \(seed): %\(slow.text)% on '\(text)'")
            }
        }
    }

    /// More states than a word holds, and runs of optional ones across words.
    @Test(arguments: [("a{100}", 100), ("a{64,}b?", 64), ("x{0,200}a{63}[ab]{0,70}a", 64), ("a?{130}", 0)])
    func `large counts are counted`(_ regex: String, _ least: Int) throws {
        let pattern = try? FilterPattern("%^\(regex)$%")
        guard !regex.contains("?{") else {
            #expect(pattern == nil)
            return
        }
        for count in [0, 1, 63, 64, 65, 99, 100, 101, 127, 128, 133] {
            let expected = regex == "a{100}" ? count == 100 : (regex.hasPrefix("x") ? 64...134 : 64...10_000) ~= count
            #expect(
                pattern?.matches(message: Array(repeating: UInt8(ascii: "a"), count: count)) == expected, "\(count)")
        }
    }

    /// What would take a backtracking matcher longer than the universe.
    @Test(.timeLimit(.minutes(1))) func `no expression blows up`() throws {
        let message = [UInt8](repeating: UInt8(ascii: "a"), count: 200_000)
        for regex in [
            String(repeating: "a*", count: 200) + "b", String(repeating: "a?", count: 200) + "a{200}b",
            ".*.*.*.*.*.*.*.*.*.*b", "a{0,500}a{0,500}b",
        ] {
            #expect(try !FilterPattern("%\(regex)%").matches(message: message))
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func `terms occur where Foundation finds them`(seed: UInt64) throws
    {
        var random = SeededGenerator(seed: seed)
        func word(_ counts: ClosedRange<Int>) -> String {
            String((0..<Int.random(in: counts, using: &random)).map { _ in Bool.random(using: &random) ? "a" : "b" })
        }
        for _ in 0..<200 {
            let (term, message) = (word(1...6), word(0...70))
            let occurs = message.contains(term)
            for (pattern, want) in [
                (term, occurs), ("-\(term)", !occurs), ("?\(term) ?zz", occurs), ("\"\(term)\"", occurs),
            ] {
                let holds = try FilterPattern(pattern).matches(message: Array(message.utf8))
                #expect(holds == want, "seed \(seed): \(pattern) on \(message)")
            }
        }
    }

    /// Random text is refused or read, never more, and what is read can be tried.
    @Test(arguments: 1...30 as ClosedRange<UInt64>) func `random text does no harm`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let parts = [
            "{", "}", "[", "]", "(", ")", "$", ".", "*", "a", "=", "!=", "<", "&&", "||", "%", "\"", "'", "\\", " ",
            "...",
            ",", "IS", "NULL", "NOT", "EXISTS", "1", "-", "?", "^", "|", "+", "é", "\u{0}", "{1,2}", "\\x4", "[a-",
        ]
        var count = 0
        for _ in 0..<3000 {
            var text = (0..<Int.random(in: 0...25, using: &random)).map { _ in parts.randomElement(using: &random) ?? ""
            }
            .joined()
            if Bool.random(using: &random) { text = (Bool.random(using: &random) ? "{ $.a " : "[a ") + text }
            guard let pattern = try? FilterPattern(text) else { continue }
            count += 1
            _ = pattern.matches(message: Array(#"{"a":"b 1"} x "y z""#.utf8))
            _ = pattern.fields(of: Array("a b \"c".utf8))
        }
        #expect(count > 50)
    }

    // MARK: Chance

    private struct Budget {
        var wildcards = 3
        var regexes = 2
    }

    /// Values are strings, which are all the same to both readers, booleans, null and containers.
    private static func record(_ random: inout SeededGenerator) throws -> (json: String, tree: Any) {
        func value(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 0 ? 11 : 8), using: &random) {
            case 0: return ["true", "false"].randomElement(using: &random) ?? "true"
            case 1: return "null"
            case 8:
                return
                    "[\((0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth - 1) }.joined(separator: ","))]"
            case 9, 10: return object(depth - 1)
            default: return "\"\(values.randomElement(using: &random) ?? "")\""
            }
        }
        func object(_ depth: Int) -> String {
            let members = names.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }.map {
                "\"\($0)\":\(value(depth))"
            }
            return "{\(members.joined(separator: ","))}"
        }
        let json = object(3)
        return (json, try JSONSerialization.jsonObject(with: Data(json.utf8)))
    }

    private static func pattern(_ random: inout SeededGenerator, depth: Int, _ budget: inout Budget) -> SlowPattern {
        guard depth > 0, Bool.random(using: &random) else { return test(&random, &budget) }
        var parts: [SlowPattern] = []
        for _ in 0..<Int.random(in: 2...3, using: &random) { parts.append(pattern(&random, depth: depth - 1, &budget)) }
        return Bool.random(using: &random) ? .all(parts) : .any(parts)
    }

    private static func test(_ random: inout SeededGenerator, _ budget: inout Budget) -> SlowPattern {
        var hasWildcard = false
        var path: [SlowPattern.Step] = []
        for index in 0..<Int.random(in: 1...3, using: &random) {
            let choice = Int.random(in: 0..<8, using: &random)
            if choice < 2, !hasWildcard, budget.wildcards > 0 {
                hasWildcard = true
                budget.wildcards -= 1
                path.append(choice == 0 ? .anyMember : .anyElement)
            } else if choice == 2, index > 0 {
                path.append(.element(Int.random(in: 0...2, using: &random)))
            } else {
                path.append(.member(names.randomElement(using: &random) ?? "a"))
            }
        }
        func value() -> (String, Bool) {
            let text = values.randomElement(using: &random) ?? ""
            let core = [text, "*\(text)", "\(text)*", "*\(text)*"].randomElement(using: &random) ?? text
            return (core, core.isEmpty || core.contains(" ") || Bool.random(using: &random))
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1, 2:
            let (text, isQuoted) = value()
            return .test(path, .equals(text, isQuoted: isQuoted))
        case 3:
            let (text, isQuoted) = value()
            return .test(path, .differs(text, isQuoted: isQuoted))
        case 4 where budget.regexes > 0:
            budget.regexes -= 1
            let regex = regex(&random)
            return .test(path, Bool.random(using: &random) ? .matches(regex) : .matchesNot(regex))
        case 5:
            let sign = ["<", "<=", ">", ">="].randomElement(using: &random) ?? "<"
            return .test(path, .compares(sign, [3, -4.5, 12].randomElement(using: &random) ?? 3))
        case 6: return .test(path, .isNull)
        case 7: return .test(path, Bool.random(using: &random) ? .isTrue : .isFalse)
        default: return .test(path, .notExists)
        }
    }

    private static func regex(_ random: inout SeededGenerator) -> SlowRegex {
        let atoms: [SlowRegex.Atom] = [
            .init(text: "a", members: ["a"]), .init(text: "b", members: ["b"]),
            .init(text: ".", members: ["\n", "\r"], isInverted: true), .init(text: "[ab]", members: ["a", "b"]),
            .init(text: "[^a]", members: ["a"], isInverted: true), .init(text: "\\d", members: Set("0123456789")),
            .init(text: "\\D", members: Set("0123456789"), isInverted: true), .init(text: "\\x2d", members: ["-"]),
            .init(text: "[a-b1-]", members: ["a", "b", "1", "-"]), .init(text: "\\s", members: [" "]),
        ]
        let quantifiers: [(String, Int, Int?)] = [
            ("", 1, 1), ("", 1, 1), ("?", 0, 1), ("*", 0, nil), ("+", 1, nil), ("{2}", 2, 2), ("{1,3}", 1, 3),
            ("{2,}", 2, nil),
            ("{,2}", 0, 2), ("{0}", 0, 0),
        ]
        func alternative() -> SlowRegex.Alternative {
            let chosen = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                var atom = atoms.randomElement(using: &random) ?? atoms[0]
                (atom.quantifier, atom.least, atom.most) = quantifiers.randomElement(using: &random) ?? quantifiers[0]
                return atom
            }
            return .init(
                atoms: chosen, isAtStart: Int.random(in: 0..<3, using: &random) == 0,
                isAtEnd: Int.random(in: 0..<3, using: &random) == 0)
        }
        return SlowRegex(alternatives: (0..<Int.random(in: 1...2, using: &random)).map { _ in alternative() })
    }
}
