import Foundation

/// An event pattern taken at its word, over trees of Foundation: slow, and by another way than the product.
///
/// Every way to pick one value for each field is tried, and two values go together when they are in the same element of
/// each array that both are in.
struct DirectEventPattern {
    private var branches: [[String: [Any]]] = [[:]]

    init(_ pattern: [String: Any]) {
        read(pattern, prefix: "")
    }

    /// Plain members before `$or`: patterns made for tests name no field twice on one branch.
    private mutating func read(_ object: [String: Any], prefix: String) {
        for (name, value) in object where name != "$or" {
            let path = prefix.isEmpty ? name : "\(prefix).\(name)"
            if let fields = value as? [String: Any] {
                read(fields, prefix: path)
            } else if let values = value as? [Any] {
                for index in branches.indices { branches[index][path] = values }
            }
        }
        guard let alternatives = object["$or"] as? [[String: Any]] else { return }
        let before = branches
        var after: [[String: [Any]]] = []
        for alternative in alternatives {
            branches = before
            read(alternative, prefix: prefix)
            after += branches
        }
        branches = after
    }

    /// A value that is neither object nor array, and the element taken of each array around it.
    private struct Leaf {
        let value: Any
        let elements: [Int: Int]
    }

    func matches(_ event: [String: Any]) -> Bool {
        var leaves: [String: [Leaf]] = [:]
        var arrayCount = 0
        func walk(_ value: Any, _ path: String, _ elements: [Int: Int]) {
            if let object = value as? [String: Any] {
                for (name, member) in object { walk(member, path.isEmpty ? name : "\(path).\(name)", elements) }
            } else if let array = value as? [Any] {
                let number = arrayCount
                arrayCount += 1
                for (index, element) in array.enumerated() {
                    walk(element, path, elements.merging([number: index]) { $1 })
                }
            } else {
                leaves[path, default: []].append(Leaf(value: value, elements: elements))
            }
        }
        walk(event, "", [:])
        return branches.contains { branch in
            var choices: [[Leaf]] = []
            for (path, tests) in branch {
                guard let found = leaves[path] else {
                    guard tests.contains(where: { Self.isExistsFalse($0) }) else { return false }
                    continue
                }
                choices.append(found.filter { leaf in tests.contains { Self.holds($0, leaf.value) } })
            }
            return Self.canPick(choices[...], [:])
        }
    }

    private static func canPick(_ choices: ArraySlice<[Leaf]>, _ elements: [Int: Int]) -> Bool {
        guard let first = choices.first else { return true }
        return first.contains { leaf in
            leaf.elements.allSatisfy { elements[$0.key] == nil || elements[$0.key] == $0.value }
                && canPick(choices.dropFirst(), elements.merging(leaf.elements) { $1 })
        }
    }

    private static func isExistsFalse(_ test: Any) -> Bool {
        (test as? [String: Any])?["exists"].map { isBool($0) && !($0 as? Bool ?? true) } ?? false
    }

    private static func isBool(_ value: Any) -> Bool {
        (value as? NSNumber).map { CFBoolean.contains($0) } ?? false
    }

    /// Numbers of Foundation do not say whether they were written as a boolean.
    private enum CFBoolean {
        static func contains(_ number: NSNumber) -> Bool {
            number === (true as NSNumber) || number === (false as NSNumber) || String(cString: number.objCType) == "c"
        }
    }

    private static func number(_ value: Any) -> Double? {
        isBool(value) ? nil : (value as? NSNumber)?.doubleValue
    }

    private static func holds(_ test: Any, _ value: Any) -> Bool {
        if let test = test as? [String: Any], let (name, operand) = test.first { return holds(name, operand, value) }
        if test is NSNull { return value is NSNull }
        if isBool(test) { return isBool(value) && (test as? Bool) == (value as? Bool) }
        if let test = number(test) { return number(value) == test }
        return (test as? String).map { $0 == value as? String } ?? false
    }

    private static func holds(_ name: String, _ operand: Any, _ value: Any) -> Bool {
        let text = value as? String
        let operandText = operand as? String ?? ""
        switch name {
        case "exists": return operand as? Bool ?? false
        case "prefix":
            if let inner = operand as? [String: String], let start = inner["equals-ignore-case"] {
                return text?.lowercased().hasPrefix(start.lowercased()) ?? false
            }
            return text?.hasPrefix(operandText) ?? false
        case "suffix": return text?.hasSuffix(operandText) ?? false
        case "equals-ignore-case": return text?.lowercased() == operandText.lowercased()
        case "wildcard":
            let expression =
                "^"
                + operandText.split(separator: "*", omittingEmptySubsequences: false)
                .map { NSRegularExpression.escapedPattern(for: String($0)) }.joined(separator: "(?s:.*)") + "$"
            return text?.range(of: expression, options: .regularExpression) != nil
        case "numeric":
            guard let number = number(value), let terms = operand as? [Any] else { return false }
            return stride(from: 0, to: terms.count, by: 2).allSatisfy { index in
                let limit = Self.number(terms[index + 1]) ?? .nan
                switch terms[index] as? String {
                case "<": return number < limit
                case "<=": return number <= limit
                case ">": return number > limit
                case ">=": return number >= limit
                default: return number == limit
                }
            }
        case "anything-but":
            if let inner = operand as? [String: Any], let (name, operands) = inner.first {
                return !(operands as? [String] ?? [operands as? String ?? ""]).contains { holds(name, $0, value) }
            }
            return !(operand as? [Any] ?? [operand]).contains { holds($0, value) }
        default: return false
        }
    }
}
