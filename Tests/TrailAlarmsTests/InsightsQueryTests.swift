import Testing
import TrailAlarms
import TrailModel

struct InsightsQueryTests {
    private func error(_ text: String) -> InsightsQueryError? {
        do throws(InsightsQueryError) {
            _ = try InsightsQuery(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `all clauses are read, keywords in any case, names as they are`() throws {
        let text = """
            select Sum("My.Metric")  from SCHEMA("AWS/EC2", InstanceId, "a b")
            where InstanceId = 'i-1' AND "a b" != 'x y' Group by "a b", InstanceId ORDER by max() desc limit 7
            """
        let want = InsightsQuery(
            .sum, of: "My.Metric", namespace: "AWS/EC2", schema: .exactly(["InstanceId", "a b"]),
            conditions: [
                MetricQuery.Condition(name: "InstanceId", value: "i-1"),
                MetricQuery.Condition(name: "a b", value: "x y", isEqual: false),
            ], groupBy: ["a b", "InstanceId"], order: InsightsQuery.Order(.maximum, isAscending: false), limit: 7)
        #expect(try InsightsQuery(text) == want)
    }

    @Test(arguments: [
        ("SELECT AVG(Load) FROM ns", InsightsQuery(.average, of: "Load", namespace: "ns")),
        (
            "SELECT AVG(Load) FROM SCHEMA(ns)",
            InsightsQuery(.average, of: "Load", namespace: "ns", schema: .exactly([]))
        ),
        (
            "SELECT COUNT(m) FROM n ORDER BY SUM() ASC",
            InsightsQuery(.count, of: "m", namespace: "n", order: InsightsQuery.Order(.sum))
        ),
        (#"SELECT MIN("LIMIT") FROM "FROM""#, InsightsQuery(.minimum, of: "LIMIT", namespace: "FROM")),
        (#"SELECT MIN("a\"b\'c\d") FROM n"#, InsightsQuery(.minimum, of: #"a"b'c\d"#, namespace: "n")),
    ])
    func `each clause may be left out`(_ text: String, want: InsightsQuery) throws {
        #expect(try InsightsQuery(text) == want)
    }

    @Test func `a query's text reads back as the same query`() throws {
        let pieces = ["a", "B9", "_", " ", "'", "\"", "\\", ".", "é", "FROM", "limit", ",", "(", "="]
        for seed in 1...400 as ClosedRange<UInt64> {
            var random = SplitMix64(seed: seed)
            func name() -> String {
                let text = (0...Int.random(in: 0...3, using: &random)).map { _ in
                    pieces.randomElement(using: &random) ?? ""
                }
                // What ends in a backslash has no form.
                return text.joined() + "z"
            }
            func names(_ most: Int) -> [String] { (0..<Int.random(in: 0...most, using: &random)).map { _ in name() } }
            let functions = InsightsQuery.Function.allCases
            let query = InsightsQuery(
                functions.randomElement(using: &random) ?? .sum, of: name(), namespace: name(),
                schema: Bool.random(using: &random) ? .any : .exactly(names(3)),
                conditions: names(3).map {
                    MetricQuery.Condition(name: $0, value: name(), isEqual: Bool.random(using: &random))
                }, groupBy: names(3),
                order: Bool.random(using: &random)
                    ? nil
                    : InsightsQuery.Order(
                        functions.randomElement(using: &random) ?? .sum, isAscending: Bool.random(using: &random)),
                limit: Bool.random(using: &random) ? nil : Int.random(in: 1...600, using: &random))
            #expect(try InsightsQuery("\(query)") == query, "seed \(seed): \(query)")
        }
    }

    @Test func `any mixture of words is a query or an error with a place in it`() {
        let words = [
            "SELECT", "SUM", "(", ")", "m", "FROM", "SCHEMA", "\"n", "\"", "'v'", "WHERE", "=", "!=", "!", "AND",
            "GROUP",
            "BY", "ORDER", "LIMIT", "5", ",", ".", ";", "é", "\n", "\\",
        ]
        let start = "SELECT SUM ( m ) FROM n WHERE a = 'v' GROUP BY b ORDER BY SUM ( ) LIMIT 5".split(separator: " ")
        for seed in 1...2000 as ClosedRange<UInt64> {
            var random = SplitMix64(seed: seed)
            var text = start.map(String.init)
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                text[place] = words.randomElement(using: &random) ?? ""
            }
            let joined = text.joined(separator: " ")
            guard let error = error(joined) else { continue }
            let lines = joined.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(error.line >= 1 && error.line <= lines.count, "seed \(seed): \(joined)")
            #expect(error.column >= 1 && error.column <= joined.unicodeScalars.count + 1, "seed \(seed): \(joined)")
        }
    }

    @Test(arguments: [
        ("", 1, "got the end of the query; want SELECT"),
        ("SELECT AVG(Load)", 17, "got the end of the query; want FROM and a namespace"),
        ("SELECT MEDIAN(x) FROM n", 8, "got function 'MEDIAN'; want one of AVG, COUNT, MAX, MIN, SUM"),
        ("SELECT AVG(x) FROM n WHERE a = b", 32, "got the value 'b'; want it in single quotes, such as 'value'"),
        ("SELECT AVG(x) FROM n WHERE a > 'b'", 30, "got '>'; want = or !="),
        (
            "SELECT AVG(x) FROM n WHERE a = 'b' OR a = 'c'", 36,
            "got 'OR'; want AND, or a query of its own: CloudWatch has no OR"
        ),
        ("SELECT AVG(x) FROM n LIMIT 0", 28, "got LIMIT 0; want at least 1"),
        (
            "SELECT AVG(x) FROM n LIMIT 99999999999999999999", 28,
            "got '99999999999999999999'; want a whole number from 1 to 500"
        ),
        ("SELECT AVG(x) FROM n LIMIT 5 GROUP BY a", 30, "got 'GROUP'; want the end of the query"),
        (
            "SELECT AVG(x) FROM n GROUP BY AWS.AccountId", 31,
            "got AWS.AccountId, which is not supported; want a dimension that names the account, RecipientAccountId"
        ),
        (
            "SELECT AVG(x) FROM n GROUP BY tag.env", 31,
            "got a tag of a resource, which is not supported; want the name of a dimension"
        ),
        (
            "SELECT AVG(x) FROM AWS/EC2", 23,
            "got '/'; want names of other than letters, digits and _ in double quotes, values in single quotes"
        ),
        (
            "SELECT AVG(x) FROM n WHERE a = 'b", 32,
            "got a value without its closing quote; want the same quote at its end"
        ),
        (#"SELECT AVG("") FROM n"#, 12, #"got '""'; want the name of a metric"#),
        (
            "SELECT AVG(limit) FROM n", 12,
            "got 'limit'; want the name of a metric; the word of the language as a name stands in double quotes"
        ),
    ])
    func `an error names its place, what stands there and what may`(_ text: String, column: Int, message: String) {
        let error = error(text)
        #expect(error?.message == message)
        #expect(error?.column == column)
        #expect(error.map { "\($0)" } == "cannot read the query: \(message) (line 1, column \(column))")
    }

    @Test func `the column counts scalars of the line`() {
        let error = error("SELECT AVG(\"é\")\nFROM n é")
        #expect(error?.line == 2)
        #expect(error?.column == 8)
    }

    @Test func `a query has at most as many characters as CloudWatch takes`() throws {
        let query = "SELECT AVG(x) FROM n"
        let most = query + String(repeating: " ", count: InsightsQuery.charactersMax - query.count)
        #expect(error(most) == nil)
        #expect(error(most + " ")?.message == "got 2049 characters; want at most 2048")
    }

    @Test(arguments: [
        ("SELECT 1", true), ("  select avg(x)", true), ("SELECT", true), ("SELECT\nAVG", true), ("SELECTED", false),
        ("SUM(METRICS())", false), ("(SELECT AVG(x) FROM n)", false), ("", false), ("EventCount", false),
    ])
    func `a query is known by its first word`(_ text: String, isQuery: Bool) {
        #expect(InsightsQuery.isQuery(text) == isQuery)
    }
}
