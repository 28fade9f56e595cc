import Foundation

/// A random pattern as data, with its text and a direct reading of it over Foundation's JSON: slow, and nothing of the
/// product's parser, compiler or scanner.
indirect enum SlowPattern {
    enum Test {
        case equals(String, isQuoted: Bool), differs(String, isQuoted: Bool)
        case matches(SlowRegex), matchesNot(SlowRegex)
        case compares(String, Double)
        case isNull, isTrue, isFalse, notExists
    }

    case test([Step], Test)
    case all([SlowPattern])
    case any([SlowPattern])

    enum Step {
        case member(String), element(Int), anyMember, anyElement

        var text: String {
            switch self {
            case .member(let name): name.allSatisfy { $0.isLetter || $0.isNumber } ? ".\(name)" : "['\(name)']"
            case .element(let index): "[\(index)]"
            case .anyMember: ".*"
            case .anyElement: "[*]"
            }
        }
    }

    /// The expression inside its braces; parentheses around every part, or only where they are needed.
    func text(loose: Bool) -> String {
        switch self {
        case .test(let path, let test):
            let selector = "$" + path.map(\.text).joined()
            switch test {
            case .equals(let value, let isQuoted): return selector + (isQuoted ? " = \"\(value)\"" : "=\(value)")
            case .differs(let value, let isQuoted): return selector + (isQuoted ? "!=\"\(value)\"" : " != \(value)")
            case .matches(let regex): return selector + " = %\(regex.text)%"
            case .matchesNot(let regex): return selector + "!=%\(regex.text)%"
            case .compares(let sign, let number): return "\(selector) \(sign) \(number)"
            case .isNull: return selector + " IS NULL"
            case .isTrue: return selector + " IS TRUE"
            case .isFalse: return selector + " IS FALSE"
            case .notExists: return selector + " NOT EXISTS"
            }
        case .all(let parts):
            return parts.map { part in
                if case .any = part { return "(\(part.text(loose: loose)))" }
                return loose ? part.text(loose: loose) : "(\(part.text(loose: loose)))"
            }.joined(separator: " && ")
        case .any(let parts):
            return parts.map { loose ? $0.text(loose: loose) : "(\($0.text(loose: loose)))" }.joined(separator: "||")
        }
    }

    func holds(_ record: Any) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.holds(record) }
        case .any(let parts): parts.contains { $0.holds(record) }
        case .test(let path, let test): Self.holds(test, Self.nodes(record, path[...]))
        }
    }

    private static func nodes(_ value: Any, _ path: ArraySlice<Step>) -> [Any] {
        guard let step = path.first else { return [value] }
        let rest = path.dropFirst()
        switch step {
        case .member(let name): return (value as? [String: Any])?[name].map { nodes($0, rest) } ?? []
        case .anyMember: return (value as? [String: Any])?.values.flatMap { nodes($0, rest) } ?? []
        case .element(let index):
            guard let list = value as? [Any], list.indices.contains(index) else { return [] }
            return nodes(list[index], rest)
        case .anyElement: return (value as? [Any])?.flatMap { nodes($0, rest) } ?? []
        }
    }

    private static func holds(_ test: Test, _ nodes: [Any]) -> Bool {
        switch test {
        case .notExists: return nodes.isEmpty
        case .isNull: return nodes.contains { $0 is NSNull }
        case .isTrue: return nodes.contains { boolean($0) == true }
        case .isFalse: return nodes.contains { boolean($0) == false }
        case .equals(let value, let isQuoted):
            return nodes.contains { text($0).map { equals($0, value, isQuoted) } ?? false }
        case .differs(let value, let isQuoted):
            return nodes.contains { text($0).map { !equals($0, value, isQuoted) } ?? false }
        case .matches(let regex): return nodes.contains { text($0).map(regex.occurs) ?? false }
        case .matchesNot(let regex): return nodes.contains { text($0).map { !regex.occurs(in: $0) } ?? false }
        case .compares(let sign, let number):
            return nodes.contains { node in
                guard let value = text(node).flatMap(decimal) else { return false }
                switch sign {
                case "<": return value < number
                case "<=": return value <= number
                case ">": return value > number
                default: return value >= number
                }
            }
        }
    }

    /// JSON of these tests holds no numbers, so that a number is a boolean.
    private static func boolean(_ value: Any) -> Bool? { (value as? NSNumber)?.boolValue }

    private static func text(_ value: Any) -> String? { value as? String }

    private static func decimal(_ text: String) -> Double? {
        text.wholeMatch(of: /[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/).flatMap { _ in Double(text) }
    }

    private static func equals(_ text: String, _ value: String, _ isQuoted: Bool) -> Bool {
        if !isQuoted, let number = decimal(value), let other = decimal(text) { return number == other }
        if value == "*" { return true }
        let isOpenBefore = value.hasPrefix("*")
        let isOpenAfter = value.count > 1 && value.hasSuffix("*")
        let core = String(value.dropFirst(isOpenBefore ? 1 : 0).dropLast(isOpenAfter ? 1 : 0))
        switch (isOpenBefore, isOpenAfter) {
        case (false, false): return text == core
        case (false, true): return text.hasPrefix(core) || core.isEmpty
        case (true, false): return text.hasSuffix(core) || core.isEmpty
        case (true, true): return core.isEmpty || text.contains(core)
        }
    }
}

/// A regular expression as data, matched by trying every way.
struct SlowRegex {
    struct Atom {
        var text: String
        var members: Set<Character>
        var isInverted = false
        var least = 1
        var most: Int? = 1
        var quantifier = ""

        func takes(_ character: Character) -> Bool { members.contains(character) != isInverted }
    }

    struct Alternative {
        var atoms: [Atom]
        var isAtStart = false
        var isAtEnd = false
    }

    var alternatives: [Alternative]

    var text: String {
        alternatives.map { alternative in
            (alternative.isAtStart ? "^" : "") + alternative.atoms.map { $0.text + $0.quantifier }.joined()
                + (alternative.isAtEnd ? "$" : "")
        }.joined(separator: "|")
    }

    func occurs(in text: String) -> Bool {
        let characters = Array(text)
        return alternatives.contains { alternative in
            (alternative.isAtStart ? 0...0 : 0...characters.count).contains { start in
                Self.matches(alternative.atoms[...], characters[start...], alternative.isAtEnd)
            }
        }
    }

    private static func matches(
        _ atoms: ArraySlice<Atom>, _ text: ArraySlice<Character>, _ isAtEnd: Bool
    ) -> Bool {
        guard let atom = atoms.first else { return !isAtEnd || text.isEmpty }
        var count = 0
        while true {
            if count >= atom.least, matches(atoms.dropFirst(), text.dropFirst(count), isAtEnd) { return true }
            guard atom.most.map({ count < $0 }) ?? true, let next = text.dropFirst(count).first, atom.takes(next) else {
                return false
            }
            count += 1
        }
    }
}
