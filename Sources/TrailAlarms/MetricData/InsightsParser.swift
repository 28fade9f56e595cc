import TrailModel

extension InsightsQuery {
    /// Reads a query; keywords may have any case, names keep theirs.
    ///
    /// Of CloudWatch's reserved words only those of the language itself must stand in quotes here.
    ///
    /// - Throws: The first fault, with its line and column.
    package init(_ text: String) throws(InsightsQueryError) {
        let characters = text.unicodeScalars.count
        guard characters <= Self.charactersMax else {
            throw InsightsQueryError(text: text, offset: 0, reason: .tooLong(characters: characters))
        }
        var parser = InsightsParser(tokens: try InsightsTokens(text))
        self = try parser.whole()
    }
}

/// Reads the clauses of one query in their order.
private struct InsightsParser {
    var tokens: InsightsTokens

    private static let reserved: Set<String> = [
        "SELECT", "FROM", "SCHEMA", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "IS", "GROUP", "BY", "HAVING", "ORDER",
        "ASC", "DESC", "LIMIT",
    ]

    mutating func whole() throws(InsightsQueryError) -> InsightsQuery {
        try take(keyword: "SELECT", "SELECT")
        let function = try function(isOrder: false)
        try take("(", "( and the name of a metric")
        let metricName = try name("the name of a metric")
        try take(")", ") after the name of the metric")
        try take(keyword: "FROM", "FROM and a namespace")
        let (namespace, schema) = try origin()
        let conditions = try conditions()
        let groupBy = try groupBy()
        let order = try order()
        let limit = try limit()
        guard tokens.current == .end else { throw tokens.unexpected(rest(conditions, groupBy, order, limit)) }
        return InsightsQuery(
            function, of: metricName, namespace: namespace, schema: schema, conditions: conditions, groupBy: groupBy,
            order: order, limit: limit)
    }

    /// What may follow the clauses that were read.
    private func rest(
        _ conditions: [MetricQuery.Condition], _ groupBy: [String], _ order: InsightsQuery.Order?, _ limit: Int?
    ) -> String {
        switch tokens.keyword {
        case "OR": return "AND, or a query of its own: CloudWatch has no OR"
        case "HAVING": return "ORDER BY and LIMIT: CloudWatch has no HAVING"
        default: break
        }
        if limit != nil { return "the end of the query" }
        if order != nil { return "LIMIT or the end of the query" }
        if !groupBy.isEmpty { return "a comma, ORDER BY, LIMIT or the end of the query" }
        return (conditions.isEmpty ? "WHERE" : "AND") + ", GROUP BY, ORDER BY, LIMIT or the end of the query"
    }

    private mutating func take(keyword: String, _ want: String) throws(InsightsQueryError) {
        guard tokens.keyword == keyword else { throw tokens.unexpected(want) }
        try tokens.advance()
    }

    private mutating func take(_ mark: String, _ want: String) throws(InsightsQueryError) {
        guard tokens.current == .mark(mark) else { throw tokens.unexpected(want) }
        try tokens.advance()
    }

    /// Passes over `keyword` when it stands next.
    private mutating func takes(keyword: String) throws(InsightsQueryError) -> Bool {
        guard tokens.keyword == keyword else { return false }
        try tokens.advance()
        return true
    }

    private mutating func function(isOrder: Bool) throws(InsightsQueryError) -> InsightsQuery.Function {
        guard let word = tokens.keyword else { throw tokens.unexpected("AVG, COUNT, MAX, MIN or SUM") }
        guard let function = InsightsQuery.Function(rawValue: word) else {
            throw tokens.error(.unknownFunction(word, isOrder: isOrder))
        }
        try tokens.advance()
        return function
    }

    private mutating func name(_ want: String) throws(InsightsQueryError) -> String {
        switch tokens.current {
        case .name(let name):
            guard !name.isEmpty else { throw tokens.unexpected(want) }
            try tokens.advance()
            return name
        case .word(let word):
            if Self.reserved.contains(word.uppercased()) {
                throw tokens.unexpected("\(want); the word of the language as a name stands in double quotes")
            }
            try tokens.advance()
            return word
        case .value: throw tokens.unexpected("\(want), in double quotes if it needs any")
        default: throw tokens.unexpected(want)
        }
    }

    /// The name of a dimension, not what CloudWatch knows of accounts and tags.
    private mutating func dimension() throws(InsightsQueryError) -> String {
        let before = tokens
        let name = try name("the name of a dimension")
        guard tokens.current == .mark(".") else { return name }
        if name == "AWS" {
            throw before.error(
                .unsupported(feature: "AWS.AccountId", want: "a dimension that names the account, RecipientAccountId"))
        }
        if name == "tag" {
            throw before.error(.unsupported(feature: "a tag of a resource", want: "the name of a dimension"))
        }
        throw tokens.unexpected("a name with a dot in double quotes")
    }

    private mutating func names() throws(InsightsQueryError) -> [String] {
        var names = [try dimension()]
        while tokens.current == .mark(",") {
            try tokens.advance()
            names.append(try dimension())
        }
        return names
    }

    private mutating func origin() throws(InsightsQueryError) -> (String, MetricQuery.Schema) {
        guard try takes(keyword: "SCHEMA") else { return (try name("a namespace or SCHEMA(…)"), .any) }
        try take("(", "( and a namespace")
        let namespace = try name("a namespace")
        var dimensions: [String] = []
        if tokens.current == .mark(",") {
            try tokens.advance()
            dimensions = try names()
        }
        try take(")", "a comma or )")
        return (namespace, .exactly(dimensions))
    }

    private mutating func conditions() throws(InsightsQueryError) -> [MetricQuery.Condition] {
        guard try takes(keyword: "WHERE") else { return [] }
        var conditions: [MetricQuery.Condition] = []
        repeat {
            let name = try dimension()
            guard tokens.current == .mark("=") || tokens.current == .mark("!=") else {
                throw tokens.unexpected("= or !=")
            }
            let isEqual = tokens.current == .mark("=")
            try tokens.advance()
            conditions.append(MetricQuery.Condition(name: name, value: try value(), isEqual: isEqual))
        } while try takes(keyword: "AND")
        return conditions
    }

    private mutating func value() throws(InsightsQueryError) -> String {
        switch tokens.current {
        case .value(let value):
            try tokens.advance()
            return value
        case .word, .name: throw tokens.error(.unquotedValue(tokens.shown))
        default: throw tokens.unexpected("a value in single quotes")
        }
    }

    private mutating func groupBy() throws(InsightsQueryError) -> [String] {
        guard try takes(keyword: "GROUP") else { return [] }
        try take(keyword: "BY", "BY after GROUP")
        return try names()
    }

    private mutating func order() throws(InsightsQueryError) -> InsightsQuery.Order? {
        guard try takes(keyword: "ORDER") else { return nil }
        try take(keyword: "BY", "BY after ORDER")
        let function = try function(isOrder: true)
        try take("(", "() after the function")
        try take(")", ") at once: the function of ORDER BY has no argument")
        if try takes(keyword: "DESC") { return InsightsQuery.Order(function, isAscending: false) }
        _ = try takes(keyword: "ASC")
        return InsightsQuery.Order(function)
    }

    private mutating func limit() throws(InsightsQueryError) -> Int? {
        guard try takes(keyword: "LIMIT") else { return nil }
        guard case .word(let word) = tokens.current, let limit = Int(word) else {
            throw tokens.unexpected("a whole number from 1 to \(InsightsQuery.seriesMax)")
        }
        guard limit > 0 else { throw tokens.error(.limitIsZero) }
        try tokens.advance()
        return limit
    }
}
