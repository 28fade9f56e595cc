import TrailEvents

extension FilterPatternParser {
    /// `$` and the steps of a path.
    mutating func selector() throws(PatternError) -> [PathStep] {
        guard take("$") else { throw unexpected("a selector such as $.eventName, or an opening parenthesis") }
        var steps: [PathStep] = []
        var wildcards = 0
        while true {
            let start = position
            if take(".[") || take("[") {
                steps.append(try bracketStep(isAfterDot: bytes[start] == UInt8(ascii: ".")))
            } else if take(".*") {
                steps.append(.anyMember)
            } else if take(".") {
                steps.append(.member(try memberName()))
            } else {
                break
            }
            if steps.last == .anyMember || steps.last == .anyElement {
                wildcards += 1
                guard wildcards == 1 else { throw .tooManyWildcardsInSelector(offset: start) }
                wildcardSelectors += 1
                guard wildcardSelectors <= FilterPattern.wildcardsMax else { throw .tooManyWildcards(offset: start) }
            }
        }
        guard !steps.isEmpty else { throw unexpected("a dot or a bracket after $") }
        return steps
    }

    private mutating func memberName() throws(PatternError) -> String {
        let start = position
        while let byte = current, isNameByte(byte) { position += 1 }
        guard position > start else {
            throw unexpected("a field name of letters, digits, _ and -; write other names as ['name']")
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// What stands in brackets: `'name'`, an index, or `*`; after a dot only a name.
    private mutating func bracketStep(isAfterDot: Bool) throws(PatternError) -> PathStep {
        if take("'") {
            let start = position
            while let byte = current, byte != UInt8(ascii: "'") || !hasNameEnd { position += 1 }
            guard current != nil else { throw unexpected("'] to close the field name") }
            let name = String(decoding: bytes[start..<position], as: UTF8.self)
            position += 2
            guard !name.isEmpty else { throw .unexpected(offset: start, got: "an empty name", want: "a field name") }
            return .member(name)
        }
        guard !isAfterDot else { throw unexpected("a field name in single quotes") }
        if take("*]") { return .anyElement }
        let start = position
        var index: Int32 = 0
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            let (tenfold, isTooLarge) = index.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeToo) = tenfold.addingReportingOverflow(Int32(byte - UInt8(ascii: "0")))
            guard !isTooLarge, !isTooLargeToo else {
                throw .unexpected(offset: start, got: "a larger index", want: "an array index of at most \(Int32.max)")
            }
            index = sum
            position += 1
        }
        guard position > start else { throw unexpected("an array index, * or a field name in single quotes") }
        guard take("]") else { throw unexpected("a closing bracket after the array index") }
        return .element(Int(index))
    }

    private var hasNameEnd: Bool { position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "]") }
}
