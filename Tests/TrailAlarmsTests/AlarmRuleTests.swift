import Testing
import TrailAlarms

private let home = AlarmHome(region: "us-east-1", account: "123456789012")

/// What refuses a rule, `nil` for one that is accepted, where the alarms `metric` and `second` exist.
private func refusal(of rule: String, named name: String = "composite") -> AlarmRuleError? {
    do throws(AlarmRuleError) {
        try AlarmRule(rule).check(name: name, home: home) { ["metric", "second", name].contains($0) }
        return nil
    } catch {
        return error
    }
}

@Suite struct AlarmRuleTests {
    private static let operand = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA"
    private static let anyName =
        "'NOT', 'AND', 'OR', 'AT_LEAST', NUMBER, PERCENTAGE NUMBER, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA, "
        + "unquoted alarm name, quoted alarm name"

    /// Requests to CloudWatch of September 2026 and its answers (facts 3.15, `alarm_composites` language/2 to 49).
    static let captured: [(rule: String, answer: String?)] = [
        ("TRUE", nil),
        ("true", "Error in AlarmRule [Unsupported token 'true' at char 0, must be: \(operand)]"),
        ("True", "Error in AlarmRule [Unsupported token 'True' at char 0, must be: \(operand)]"),
        ("false", "Error in AlarmRule [Unsupported token 'false' at char 0, must be: \(operand)]"),
        ("NOT TRUE", nil),
        ("not TRUE", "Error in AlarmRule [Unsupported token 'not' at char 0, must be: \(operand)]"),
        ("TRUE and FALSE", "Error in AlarmRule [Unsupported token 'and' at char 5, must be: <EOF>, 'AND', 'OR']"),
        ("TRUE or FALSE", "Error in AlarmRule [Unsupported token 'or' at char 5, must be: <EOF>, 'AND', 'OR']"),
        ("TRUE OR FALSE AND FALSE", nil),
        ("!TRUE", "Error in AlarmRule [Unsupported token '!TRUE' at char 0, must be: \(operand)]"),
        ("TRUE && FALSE", "Error in AlarmRule [Unsupported token '&&' at char 5, must be: <EOF>, 'AND', 'OR']"),
        (
            "ALARM(missing)",
            "Could not save the composite alarm as alarms [arn:aws:cloudwatch:us-east-1:123456789012:alarm:missing] in "
                + "the alarm rule do not exist"
        ),
        ("alarm(metric)", "Error in AlarmRule [Unsupported token 'alarm' at char 0, must be: \(operand)]"),
        ("Alarm(metric)", "Error in AlarmRule [Unsupported token 'Alarm' at char 0, must be: \(operand)]"),
        ("ALARM ( metric )", nil),
        ("ALARM(\"metric\")", nil),
        (
            "ALARM('metric')",
            "Could not save the composite alarm as alarms [arn:aws:cloudwatch:us-east-1:123456789012:alarm:'metric'] in "
                + "the alarm rule do not exist"
        ),
        ("ALARM(an alarm with spaces)", "Error in AlarmRule [Unsupported token 'alarm' at char 9, must be: ')']"),
        (
            "ALARM(\"\")",
            "Could not save the composite alarm as alarms [arn:aws:cloudwatch:us-east-1:123456789012:alarm:] in the "
                + "alarm rule do not exist"
        ),
        (
            "ALARM(\"a\\\"b\")",
            "Could not save the composite alarm as alarms [arn:aws:cloudwatch:us-east-1:123456789012:alarm:a\"b] in the "
                + "alarm rule do not exist"
        ),
        (
            "ALARM(\"a)b\")",
            "Could not save the composite alarm as alarms [arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)b] in the "
                + "alarm rule do not exist"
        ),
        ("UNKNOWN(metric)", "Error in AlarmRule [Unsupported token 'UNKNOWN' at char 0, must be: \(operand)]"),
        ("TRUE FALSE", "Error in AlarmRule [Unsupported token 'FALSE' at char 5, must be: <EOF>]"),
        ("TRUE junk", "Error in AlarmRule [Unsupported token 'junk' at char 5, must be: <EOF>]"),
        ("NOT NOT FALSE", nil),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:metric)", nil),
        (
            "ALARM(arn:aws:cloudwatch:us-east-1:111111111111:alarm:missing)",
            "A composite alarm cannot have a child relation with alarms from another AWS account"
        ),
        (
            "ALARM(arn:aws:cloudwatch:us-west-2:123456789012:alarm:missing)",
            "Error in AlarmRule [Wrong ARN region, it was us-west-2 but us-east-1 was expected instead]"
        ),
        (
            "ALARM(composite)",
            "A composite alarm cannot have a child relation with itself via its AlarmRule, as it would introduce a "
                + "circular dependency"
        ),
        ("AT_LEAST(1, ALARM, (metric,second))", nil),
        (
            "AT_LEAST(0, ALARM, (metric,second))",
            "Error in AlarmRule [AT_LEAST absolute threshold must be between 1 and number of alarms (2)]"
        ),
        (
            "AT_LEAST(-1, ALARM, (metric,second))",
            "Error in AlarmRule [Unsupported token '-1' at char 9, must be: NUMBER, PERCENTAGE NUMBER]"
        ),
        (
            "AT_LEAST(1.5, ALARM, (metric,second))",
            "Error in AlarmRule [Unsupported token '1.5' at char 9, must be: NUMBER, PERCENTAGE NUMBER]"
        ),
        (
            "AT_LEAST(3, ALARM, (metric,second))",
            "Error in AlarmRule [AT_LEAST absolute threshold must be between 1 and number of alarms (2)]"
        ),
        ("AT_LEAST(50%, ALARM, (metric,second))", nil),
        (
            "AT_LEAST(0%, ALARM, (metric,second))",
            "Error in AlarmRule [AT_LEAST percentage threshold must be between 1 and 100]"
        ),
        (
            "AT_LEAST(50.5%, ALARM, (metric,second))",
            "Error in AlarmRule [Unsupported token '50.5%' at char 9, must be: NUMBER, PERCENTAGE NUMBER]"
        ),
        (
            "AT_LEAST(101%, ALARM, (metric,second))",
            "Error in AlarmRule [AT_LEAST percentage threshold must be between 1 and 100]"
        ),
        ("AT_LEAST(50%, NOT ALARM, (metric,second))", nil),
        (
            "AT_LEAST(1, BOGUS, (metric,second))",
            "Error in AlarmRule [Unsupported token 'BOGUS' at char 12, must be: 'NOT', ALARM, OK, or INSUFFICIENT_DATA]"
        ),
        ("AT_LEAST(1, ALARM, ())", "Error in AlarmRule [Unsupported token '))' at char 20, must be: \(anyName)]"),
    ]

    @Test(arguments: captured)
    func `rules are taken and refused as CloudWatch was seen to`(rule: String, answer: String?) {
        #expect(refusal(of: rule)?.message == answer)
    }

    @Test(arguments: [
        ("ALARM(a) AND\n  OK(b) OK(c)", 2, 9, 21), ("ALARM(\"é\") x", 1, 12, 11), ("ALARM(\"😀\") x", 1, 12, 12),
        ("TRUE OR", 1, 8, 7), ("(TRUE", 1, 6, 5), ("ALARM(\"a", 1, 7, 6), ("AT_LEAST(3, OK, (a, b))", 1, 10, 9),
    ])
    func `an error names its place`(rule: String, line: Int, column: Int, character: Int) {
        let error = #expect(throws: AlarmRuleError.self) { try AlarmRule(rule) }
        #expect(
            [error?.line, error?.column, error?.character] == [line, column, character], "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("(TRUE)", "TRUE"), ("((ALARM(a)))", "ALARM(\"a\")"),
        ("ALARM(a)AND(OK(b)OR FALSE)", "ALARM(\"a\") AND (OK(\"b\") OR FALSE)"),
        ("TRUE OR (FALSE AND TRUE)", "TRUE OR FALSE AND TRUE"), ("NOT(TRUE AND FALSE)", "NOT (TRUE AND FALSE)"),
        ("TRUE AND (TRUE AND FALSE)", "TRUE AND (TRUE AND FALSE)"), ("NOT NOT ALARM(x)", "NOT NOT ALARM(\"x\")"),
        ("ALARM(NOT)", "ALARM(\"NOT\")"), ("ALARM(50%)", "ALARM(\"50%\")"), ("OK(\"a\\\\\")", "OK(\"a\\\\\")"),
        ("OK(\"a\\b\")", "OK(\"a\\\\b\")"),
        (
            "AT_LEAST(07,NOT OK,(a,a,b,c,d,e,f))",
            "AT_LEAST(7, NOT OK, (\"a\", \"a\", \"b\", \"c\", \"d\", \"e\", \"f\"))"
        ),
        ("\tINSUFFICIENT_DATA\r\n(\"a b\")", "INSUFFICIENT_DATA(\"a b\")"),
    ])
    func `a rule prints without a parenthesis too many`(rule: String, want: String) throws {
        #expect(try AlarmRule(rule).description == want)
    }

    /// The cases that CloudWatch accepted, with what follows from the states of their alarms; `c` is in no state yet.
    @Test(arguments: [
        ("TRUE OR FALSE AND FALSE", true), ("(TRUE OR FALSE) AND FALSE", false), ("NOT NOT FALSE", false),
        ("NOT FALSE AND FALSE", false), ("ALARM(a) AND OK(b)", true), ("NOT ALARM(b)", true),
        ("INSUFFICIENT_DATA(b)", false), ("INSUFFICIENT_DATA(c)", true), ("ALARM(c) OR OK(c)", false),
        ("AT_LEAST(50%, NOT ALARM, (a, b))", true), ("AT_LEAST(51%, NOT ALARM, (a, b))", false),
        ("AT_LEAST(2, ALARM, (a, a, b))", true), ("AT_LEAST(2, ALARM, (a, b))", false),
        ("AT_LEAST(66%, ALARM, (a, a, b))", true), ("AT_LEAST(67%, ALARM, (a, a, b))", false),
        ("AT_LEAST(1%, ALARM, (a, b, c))", true), ("AT_LEAST(100%, NOT OK, (a, c))", true),
    ])
    func `a rule holds as its alarms' states say`(rule: String, want: Bool) throws {
        #expect(try AlarmRule(rule).evaluate(["a": .alarm, "b": .ok]) == want)
    }

    @Test(arguments: [
        ("AT_LEAST(2, ALARM, (a, a, b))", ["a"]), ("AT_LEAST(67%, ALARM, (a, a, b))", ["b"]),
        ("AT_LEAST(2, ALARM, (a, b))", ["b"]), ("ALARM(a)", ["a"]), ("ALARM(b)", ["b"]), ("FALSE", []),
        ("ALARM(b) OR ALARM(a)", ["a"]), ("NOT (ALARM(a) AND ALARM(b))", ["b"]),
        ("OK(b) AND (ALARM(a) OR TRUE)", ["b", "a"]),
    ])
    func `the children that decide are named`(rule: String, want: [String]) throws {
        #expect(try AlarmRule(rule).decisiveChildren(["a": .alarm, "b": .ok]) == want)
    }

    @Test func `a child named twice, by name and by ARN, is one child`() throws {
        let rule = try AlarmRule("ALARM(b) AND OK(arn:aws:cloudwatch:eu-west-1:1:alarm:b) OR AT_LEAST(1,OK,(a:x,b))")
        #expect(rule.children.map(\.name) == ["b", "a:x"])
    }

    @Test func `both sides of each limit`() throws {
        func rule(_ count: Int, _ part: (Int) -> String) -> String { (0..<count).map(part).joined(separator: " OR ") }
        #expect(throws: Never.self) { try AlarmRule(rule(100) { "OK(a\($0))" }) }
        #expect(throws: AlarmRuleError(reason: .tooManyChildren(101))) { try AlarmRule(rule(101) { "OK(a\($0))" }) }
        #expect(throws: Never.self) { try AlarmRule(rule(500) { "OK(a\($0 % 100))" }) }
        #expect(refusal(of: rule(501) { _ in "OK(a)" })?.reason == .tooManyElements)
        let nested = String(repeating: "(", count: 499) + "TRUE" + String(repeating: ")", count: 499)
        #expect(try AlarmRule(nested) == AlarmRule("TRUE"))
        #expect(refusal(of: "(\(nested))")?.reason == .tooManyElements)
        let long = "TRUE" + String(repeating: " ", count: AlarmRule.charactersMax - 4)
        #expect(throws: Never.self) { try AlarmRule(long) }
        #expect(refusal(of: long + " ")?.reason == .length(characters: AlarmRule.charactersMax + 1))
        #expect(refusal(of: "")?.reason == .length(characters: 0))
        let negations = String(repeating: "NOT ", count: 2559) + "TRUE"
        #expect(try AlarmRule(negations).evaluate([:]) == false)
    }

    /// The examples of the User Guide's page on composite alarms.
    @Test(arguments: [
        "ALARM(CPUUtilizationTooHigh) AND ALARM(DiskReadOpsTooHigh)",
        "ALARM(CPUUtilizationTooHigh) AND NOT ALARM(DeploymentInProgress)",
        "(ALARM(CPUUtilizationTooHigh) OR ALARM(DiskReadOpsTooHigh)) AND OK(NetworkOutTooHigh)",
        "(ALARM(\"CPUUtilizationTooHigh\") OR \nALARM(\"DiskReadOpsTooHigh\")) AND \nOK(\"NetworkOutTooHigh\")",
    ])
    func `the guide's examples are in ALARM when they should`(text: String) throws {
        let rule = try AlarmRule(text)
        #expect(!rule.evaluate([:]))
        #expect(
            rule.evaluate(["CPUUtilizationTooHigh": .alarm, "DiskReadOpsTooHigh": .alarm, "NetworkOutTooHigh": .ok]))
        #expect(!rule.evaluate(["CPUUtilizationTooHigh": .ok, "DiskReadOpsTooHigh": .ok, "NetworkOutTooHigh": .ok]))
    }

    @Test(arguments: ["99999999999999999999", "99999999999999999999%"])
    func `a threshold too large for a number is out of range`(threshold: String) {
        #expect(refusal(of: "AT_LEAST(\(threshold), OK, (metric))")?.code.description == "threshold")
    }
}

@Suite struct AlarmRulePropertyTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `a printed rule reads the same, and holds in the same states`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let written = randomRule(depth: 4, using: &random)
            let rule = try AlarmRule(written.text)
            let again = try AlarmRule(rule.description)
            #expect(again == rule, "seed \(seed): \(written.text)")
            let states = Dictionary(
                uniqueKeysWithValues: names.map { ($0, AlarmState.allCases.randomElement(using: &random) ?? .ok) })
            #expect(rule.evaluate(states) == written.holds(states), "seed \(seed): \(written.text)")
            // The others may be in any state: what the decisive children say is enough.
            let decisive = Set(rule.decisiveChildren(states))
            for _ in 0..<8 {
                let others = states.filter { decisive.contains($0.key) }
                    .merging(names.map { ($0, AlarmState.allCases.randomElement(using: &random) ?? .ok) }) { old, _ in
                        old
                    }
                #expect(rule.evaluate(others) == rule.evaluate(states), "seed \(seed): \(written.text)")
            }
        }
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func `any text is read or refused with a place inside it`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let words = [
            "ALARM", "OK", "(", ")", ",", "AT_LEAST", "50%", "2", "NOT", "AND", "OR", "TRUE", "\"a", "\"", "\\", "é",
            " ", "\n", "x",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0...14, using: &random)).map { _ in words.randomElement(using: &random) ?? ""
            }
            .joined()
            do throws(AlarmRuleError) {
                _ = try AlarmRule(text)
            } catch {
                #expect((0...text.utf16.count).contains(error.character), "seed \(seed): \(text)")
                #expect(!error.description.isEmpty)
            }
        }
    }

    private let names = ["a", "b c", "q\"uote", "back\\", "arn:x", "(p)", "NOT"]

    /// A rule as text and, written apart from the parser, what it means.
    private struct Written {
        let text: String
        let holds: ([String: AlarmState]) -> Bool
    }

    private func randomRule(depth: Int, using random: inout SplitMix64) -> Written {
        switch depth == 0 ? Int.random(in: 0...2, using: &random) : Int.random(in: 0...6, using: &random) {
        case 0:
            let value = Bool.random(using: &random)
            return Written(text: value ? "TRUE" : "FALSE") { _ in value }
        case 1:
            let state = AlarmState.allCases.randomElement(using: &random) ?? .ok
            let name = names.randomElement(using: &random) ?? "a"
            return Written(text: "\(state.rawValue)(\(quoted(name)))") { $0[name] == state }
        case 2:
            let state = AlarmState.allCases.randomElement(using: &random) ?? .ok
            let alarms = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                names.randomElement(using: &random) ?? "a"
            }
            let percentage = Int.random(in: 1...100, using: &random)
            let isNegated = Bool.random(using: &random)
            let list = alarms.map(quoted).joined(separator: ",")
            return Written(text: "AT_LEAST(\(percentage)%,\(isNegated ? "NOT " : "")\(state.rawValue),(\(list)))") {
                states in
                let met = alarms.filter { (states[$0] == state) != isNegated }.count
                return Double(met) / Double(alarms.count) * 100 >= Double(percentage) - 1e-9
            }
        case 3:
            let inner = randomRule(depth: depth - 1, using: &random)
            return Written(text: "NOT (\(inner.text))") { !inner.holds($0) }
        case 4:
            let inner = randomRule(depth: depth - 1, using: &random)
            return Written(text: "( \(inner.text) )", holds: inner.holds)
        case let kind:
            let left = randomRule(depth: depth - 1, using: &random)
            let right = randomRule(depth: depth - 1, using: &random)
            if kind == 5 {
                return Written(text: "(\(left.text)) OR (\(right.text))") { left.holds($0) || right.holds($0) }
            }
            return Written(text: "(\(left.text))AND(\(right.text))") { left.holds($0) && right.holds($0) }
        }
    }

    private func quoted(_ name: String) -> String {
        "\"" + name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }
}
