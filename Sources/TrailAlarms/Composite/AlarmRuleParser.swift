extension AlarmRule {
    /// Reads a rule.
    ///
    /// - Throws: The first fault, with its place; the alarms it names are not looked up, ``check(name:home:known:)`` does.
    package init(_ text: String) throws(AlarmRuleError) {
        let characters = text.unicodeScalars.count
        guard (1...Self.charactersMax).contains(characters) else {
            throw AlarmRuleError(reason: .length(characters: characters))
        }
        var parser = AlarmRuleParser(tokens: try AlarmRuleTokens(text))
        self.init(form: try parser.whole())
        let children = children.count
        guard children <= Self.childrenMax else {
            throw AlarmRuleError(reason: .tooManyChildren(children))
        }
    }
}

/// Recursive descent over the words of one rule; every level costs an element, so that its depth is bounded.
private struct AlarmRuleParser {
    var tokens: AlarmRuleTokens
    private var elements = 0

    /// What may stand in each place, in CloudWatch's words.
    private enum Want {
        static let operand = "'(', 'NOT', AT_LEAST, TRUE or FALSE, \(state)"
        static let state = "ALARM, OK, or INSUFFICIENT_DATA"
        static let number = "NUMBER, PERCENTAGE NUMBER"
        static let name =
            "'NOT', 'AND', 'OR', 'AT_LEAST', \(number), TRUE or FALSE, \(state), unquoted alarm name, quoted alarm name"
    }

    init(tokens: AlarmRuleTokens) {
        self.tokens = tokens
    }

    mutating func whole() throws(AlarmRuleError) -> AlarmRule.Form {
        let form = try any()
        guard tokens.current != .end else { return form }
        // CloudWatch looks one word further: with nothing behind the wrong word an operator is no way out.
        let error = tokens.unsupported("<EOF>, 'AND', 'OR'")
        var rest = tokens
        try rest.advance()
        throw rest.current == .end ? tokens.unsupported("<EOF>") : error
    }

    private mutating func any() throws(AlarmRuleError) -> AlarmRule.Form {
        let first = try all()
        guard tokens.current == .word("OR") else { return first }
        var forms = [first]
        while tokens.current == .word("OR") {
            try tokens.advance()
            forms.append(try all())
        }
        return .any(forms)
    }

    private mutating func all() throws(AlarmRuleError) -> AlarmRule.Form {
        let first = try negation()
        guard tokens.current == .word("AND") else { return first }
        var forms = [first]
        while tokens.current == .word("AND") {
            try tokens.advance()
            forms.append(try negation())
        }
        return .all(forms)
    }

    private mutating func negation() throws(AlarmRuleError) -> AlarmRule.Form {
        // A loop: NOT is no element, nothing but the rule's length bounds how many follow each other.
        var negations = 0
        while tokens.current == .word("NOT") {
            negations += 1
            try tokens.advance()
        }
        let form = try operand()
        return (0..<negations).reduce(form) { form, _ in .not(form) }
    }

    private mutating func operand() throws(AlarmRuleError) -> AlarmRule.Form {
        switch tokens.current {
        case .mark("("):
            try countElement()
            try tokens.advance()
            let form = try any()
            try take(")", "')', 'AND', 'OR'")
            return form
        case .word("TRUE"), .word("FALSE"):
            try countElement()
            let value = tokens.current == .word("TRUE")
            try tokens.advance()
            return .constant(value)
        case .word("AT_LEAST"): return .atLeast(try quorum())
        case .word(let word):
            guard let state = AlarmState(rawValue: word) else { throw tokens.unsupported(Want.operand) }
            try tokens.advance()
            try take("(", "'('")
            let alarm = try name()
            try take(")", "')'")
            return .state(state, alarm)
        default: throw tokens.unsupported(Want.operand)
        }
    }

    private mutating func quorum() throws(AlarmRuleError) -> AlarmRule.Quorum {
        try tokens.advance()
        try take("(", "'('")
        let place = tokens.offset
        let threshold = try threshold()
        try take(",", "','")
        let isNegated = tokens.current == .word("NOT")
        if isNegated { try tokens.advance() }
        guard case .word(let word) = tokens.current, let state = AlarmState(rawValue: word) else {
            throw tokens.unsupported(isNegated ? Want.state : "'NOT', \(Want.state)")
        }
        try tokens.advance()
        try take(",", "','")
        try take("(", "'('")
        var alarms = [try name()]
        while tokens.current == .mark(",") {
            try tokens.advance()
            alarms.append(try name())
        }
        try take(")", "',', ')'")
        try take(")", "')'")
        switch threshold {
        case .count(let count) where !(1...alarms.count).contains(count):
            throw tokens.error(.countOutOfRange(alarms: alarms.count), at: place)
        case .percentage(let percentage) where !(1...100).contains(percentage):
            throw tokens.error(.percentageOutOfRange, at: place)
        default: return AlarmRule.Quorum(threshold: threshold, state: state, isNegated: isNegated, alarms: alarms)
        }
    }

    private mutating func threshold() throws(AlarmRuleError) -> AlarmRule.Quorum.Threshold {
        guard case .word(let word) = tokens.current else { throw tokens.unsupported(Want.number) }
        let digits = word.hasSuffix("%") ? word.dropLast() : Substring(word)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw tokens.unsupported(Want.number)
        }
        // A number too large for an Int is out of range like any other.
        let value = Int(digits) ?? Int.max
        try tokens.advance()
        return word.hasSuffix("%") ? .percentage(value) : .count(value)
    }

    private mutating func name() throws(AlarmRuleError) -> AlarmReference {
        switch tokens.current {
        case .word(let name), .quoted(let name):
            try countElement()
            try tokens.advance()
            return AlarmReference(name)
        default: throw tokens.unsupported(Want.name)
        }
    }

    private mutating func countElement() throws(AlarmRuleError) {
        elements += 1
        guard elements <= AlarmRule.elementsMax else { throw tokens.error(.tooManyElements) }
    }

    private mutating func take(_ mark: Character, _ want: String) throws(AlarmRuleError) {
        guard tokens.current == .mark(mark) else { throw tokens.unsupported(want) }
        try tokens.advance()
    }
}
