extension MathExpression {
    /// Reads an expression; `id` names its entry in errors.
    ///
    /// - Throws: The first fault, with its line and column.
    package init(_ text: String, id: String) throws(MetricMathError) {
        let characters = text.unicodeScalars.count
        guard characters <= MetricMath.charactersMax else {
            throw MetricMathError(id: id, reason: .tooLong(characters: characters))
        }
        var parser = MathParser(tokens: try MathTokens(text, id: id))
        self = try parser.whole()
    }
}

/// Precedence climbing over the words of one expression.
private struct MathParser {
    var tokens: MathTokens
    private var nesting = 0
    private var operands = 0

    init(tokens: MathTokens) {
        self.tokens = tokens
    }

    mutating func whole() throws(MetricMathError) -> MathExpression {
        if case .word(let word) = tokens.current, word.uppercased() == "SELECT" {
            throw tokens.error(
                .unsupported(
                    feature: "a Metrics Insights query inside metric math", want: "the SELECT in an entry of its own"))
        }
        let result = try expression(minimum: 1)
        guard tokens.current == .end else {
            if case .word(let word) = tokens.current, ["and", "or"].contains(word.lowercased()) {
                throw tokens.unexpected("\(word.uppercased()) in capitals")
            }
            throw tokens.unexpected("an operator or the end of the expression")
        }
        return result
    }

    private mutating func expression(minimum: Int) throws(MetricMathError) -> MathExpression {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= MetricMath.nestingMax else { throw tokens.error(.tooDeep) }
        var left = try operand()
        while case .sign(let sign) = tokens.current, sign.precedence >= minimum {
            try tokens.advance()
            // What follows `^` may have a sign, and groups from the right.
            let right = try expression(
                minimum: sign == .power ? MathOperator.negationPrecedence : sign.precedence + 1)
            left = MathExpression(.operation(sign, left, right), offset: left.offset)
        }
        return left
    }

    private mutating func operand() throws(MetricMathError) -> MathExpression {
        let offset = tokens.offset
        switch tokens.current {
        case .sign(.minus):
            try tokens.advance()
            return MathExpression(
                .negation(try expression(minimum: MathOperator.negationPrecedence)), offset: offset)
        case .number(let value):
            try countOperand()
            try tokens.advance()
            return MathExpression(.number(value), offset: offset)
        case .mark("("):
            try tokens.advance()
            let inner = try expression(minimum: 1)
            try take(")", "a closing parenthesis or an operator")
            return MathExpression(inner.form, offset: inner.offset)
        case .mark("["):
            try tokens.advance()
            var members = [try expression(minimum: 1)]
            while tokens.current == .mark(",") {
                try tokens.advance()
                members.append(try expression(minimum: 1))
            }
            try take("]", "a comma or a closing bracket")
            return MathExpression(.array(members), offset: offset)
        case .word(let word): return try named(word, offset: offset)
        case .text: throw tokens.unexpected("a number, an id or a function; texts stand in METRICS(\"…\") only")
        default: throw tokens.unexpected("a number, an id, a function, ( or [")
        }
    }

    private mutating func countOperand() throws(MetricMathError) {
        operands += 1
        guard operands <= MetricMath.operandsMax else { throw tokens.error(.tooManyOperands) }
    }

    private mutating func take(_ mark: Character, _ want: String) throws(MetricMathError) {
        guard tokens.current == .mark(mark) else { throw tokens.unexpected(want) }
        try tokens.advance()
    }

    /// An id, or a function with its arguments.
    private mutating func named(_ word: String, offset: Int) throws(MetricMathError) -> MathExpression {
        if let want = MathFunction.unsupported[word] {
            throw tokens.error(.unsupported(feature: word, want: want))
        }
        let unread = tokens
        try tokens.advance()
        guard tokens.current == .mark("(") else {
            guard MetricMath.isId(word) else {
                throw unread.unexpected("an id, which starts with a lower-case letter, or a function with its (")
            }
            try countOperand()
            return MathExpression(.id(word), offset: offset)
        }
        try tokens.advance()
        let form: MathExpression.Form
        switch word {
        case "METRICS": form = try metrics()
        case "FILL": form = try fill()
        case "IF": form = try condition()
        case "SORT": form = try sort()
        default:
            guard let function = MathFunction(rawValue: word) else {
                if MathFunction.allNames.contains(word.uppercased()) {
                    throw unread.unexpected("\(word.uppercased()) in capitals")
                }
                throw unread.error(.unknownFunction(word))
            }
            form = .call(function, try arguments(of: function))
        }
        try take(")", "a closing parenthesis after the arguments of \(word)")
        return MathExpression(form, offset: offset)
    }

    private mutating func arguments(of function: MathFunction) throws(MetricMathError) -> [MathExpression] {
        let counts = function.argumentCounts
        var arguments: [MathExpression] = []
        while true {
            if arguments.isEmpty, tokens.current == .mark(")") { break }
            arguments.append(try expression(minimum: 1))
            guard tokens.current == .mark(","), arguments.count < counts.upperBound else { break }
            try tokens.advance()
        }
        guard counts.contains(arguments.count), tokens.current != .mark(",") else {
            let number = counts.count == 1 ? "1 argument" : "\(counts.lowerBound) or \(counts.upperBound) arguments"
            throw tokens.unexpected("\(number) to \(function.rawValue)")
        }
        return arguments
    }

    private mutating func metrics() throws(MetricMathError) -> MathExpression.Form {
        try countOperand()
        switch tokens.current {
        case .mark(")"): return .metrics(containing: nil)
        case .text(let text):
            try tokens.advance()
            return .metrics(containing: text)
        default: throw tokens.unexpected("METRICS() or a text in quotes, METRICS(\"errors\")")
        }
    }

    private mutating func fill() throws(MetricMathError) -> MathExpression.Form {
        let series = try expression(minimum: 1)
        try take(",", "a comma and what FILL puts in: a number, a time series, REPEAT or LINEAR")
        switch tokens.current {
        case .word("REPEAT"):
            try tokens.advance()
            return .fill(series, .lastValue)
        case .word("LINEAR"):
            try tokens.advance()
            return .fill(series, .line)
        default: return .fill(series, .value(try expression(minimum: 1)))
        }
    }

    private mutating func condition() throws(MetricMathError) -> MathExpression.Form {
        let test = try expression(minimum: 1)
        try take(",", "a comma and the value where the condition holds")
        let then = try expression(minimum: 1)
        guard tokens.current == .mark(",") else { return .condition(test, then: then, otherwise: nil) }
        try tokens.advance()
        return .condition(test, then: then, otherwise: try expression(minimum: 1))
    }

    private mutating func sort() throws(MetricMathError) -> MathExpression.Form {
        let array = try expression(minimum: 1)
        try take(",", "a comma and AVG, MIN, MAX or SUM")
        guard case .word(let word) = tokens.current, let key = MathSortKey(rawValue: word) else {
            throw tokens.unexpected("AVG, MIN, MAX or SUM")
        }
        try tokens.advance()
        try take(",", "a comma and ASC or DESC")
        guard case .word(let order) = tokens.current, ["ASC", "DESC"].contains(order) else {
            throw tokens.unexpected("ASC or DESC")
        }
        try tokens.advance()
        guard tokens.current == .mark(",") else {
            return .sort(array, by: key, ascending: order == "ASC", limit: nil)
        }
        try tokens.advance()
        return .sort(array, by: key, ascending: order == "ASC", limit: try expression(minimum: 1))
    }
}
