import Testing
import TrailPatterns

struct EventPatternErrorTests {
    @Test(arguments: [
        ("", 1, 0, "got the end of the text; want a value"),
        ("[1]", 1, 0, #"got an array; want an object such as {"source": ["aws.iam"]}"#),
        ("{\n \"a\": [1,]}", 2, 11, #"got "]"; want a value"#),
        (#"{"a": [1]"#, 1, 9, "got the end of the text; want a comma or the end of the object"),
        (
            #"{"a": "b"}"#, 1, 6,
            #"got "b" for "a"; want an array of what it may be, such as ["a"], or an object of fields"#
        ),
        (#"{"a": {}}"#, 1, 6, "got an empty object; want at least one field"),
        (#"{"a": []}"#, 1, 6, "got an empty array; want at least one value or operator"),
        (
            #"{"a": [[1]]}"#, 1, 7,
            "got an array in an array; want a string, number, true, false, null or {operator: operand}"
        ),
        (
            #"{"a": [{"Prefix": "x"}]}"#, 1, 18,
            """
            got the operator "Prefix"; want one of prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, \
            cidr, exists, exactly
            """
        ),
        (#"{"a": [{}]}"#, 1, 7, "got 0 operators in one object; want one in each object of the array"),
        (#"{"a": [{"prefix": 5}]}"#, 1, 18, "got 5 for prefix; want a string"),
        (#"{"a": [{"exists": "true"}]}"#, 1, 18, #"got "true" for exists; want true or false"#),
        (#"{"$or": [{"a": [1]}]}"#, 1, 8, "got one object for $or; want an array of at least two objects of fields"),
        (
            #"{"$or": [{"a": [1]}, {"prefix": [1]}]}"#, 1, 32,
            #"got the field "prefix" inside $or; want no operator's name there"#
        ),
        (#"{"a": [{"wildcard": "x**"}]}"#, 1, 20, "got ** at character 2 for wildcard; want one *, which is any run"),
        (#"{"a": [{"wildcard": "x\\"}]}"#, 1, 20, #"got a backslash at character 1 for wildcard; want \* or \\"#),
        (
            #"{"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}"#, 1, 20,
            "got 5 times the same character after a * in one wildcard; want at most 4: use fewer *"
        ),
        (
            #"{"a": [{"cidr": "10.0.0.1/32"}]}"#, 1, 16,
            """
            got "10.0.0.1/32" for cidr; want an address, / and 0 to 31 bits (IPv6: 0 to 127); write a single address as a \
            string
            """
        ),
        (
            #"{"a": [{"numeric": [">", 5, "<", 5]}]}"#, 1, 19,
            """
            got a low end above the high one for numeric; want [op, number] with one of = < <= > >=, or [">" or ">=", \
            low, "<" or "<=", high]
            """
        ),
        (
            #"{"a": [{"anything-but": {"prefix": ["x", ""]}}]}"#, 1, 41,
            #"got "" for anything-but prefix; want at least one character"#
        ),
    ])
    func `a fault has a place and says what is wanted`(_ text: String, _ line: Int, _ offset: Int, _ want: String) {
        let error = #expect(throws: EventPatternError.self) { try EventPattern(text) }
        #expect(error?.message == want)
        #expect(error?.line == line)
        #expect(error?.offset == offset)
        #expect(error?.description == "cannot read the event pattern: \(want), at line \(line), byte \(offset)")
    }

    @Test func `a pattern has at most 4096 characters`() throws {
        func pattern(_ characters: Int) -> String { #"{"a":["\#(String(repeating: "é", count: characters - 10))"]}"# }
        _ = try EventPattern(pattern(4096))
        let error = #expect(throws: EventPatternError.self) { try EventPattern(pattern(4097)) }
        #expect(error?.fault == .tooLong(characters: 4097))
    }

    @Test func `a pattern has at most 100 levels`() throws {
        func pattern(_ levels: Int) -> String {
            String(repeating: #"{"a":"#, count: levels - 1) + "[1]" + String(repeating: "}", count: levels - 1)
        }
        _ = try EventPattern(pattern(100))
        let error = #expect(throws: EventPatternError.self) { try EventPattern(pattern(101)) }
        #expect(error?.fault == .tooDeep)
    }

    @Test func `the alternatives of $or have at most 1000 combinations`() throws {
        func pattern(_ counts: Int...) -> String {
            var text = ""
            for count in counts.reversed() {
                let fields = (0..<count).map { #"{"f\#($0)":[1]}"# }.joined(separator: ",")
                text = #"{"$or":[\#(fields)]"# + (text.isEmpty ? "" : #","g\#(count)":\#(text)"#) + "}"
            }
            return text
        }
        _ = try EventPattern(pattern(10, 10, 10))
        let error = #expect(throws: EventPatternError.self) { try EventPattern(pattern(10, 7, 15)) }
        #expect(error?.fault == .tooManyCombinations(1050))
    }

    @Test func `the combinations have at most 20,000 fields`() throws {
        func pattern(_ count: Int) -> String {
            let ten = (0..<10).map { #"{"a\#($0)":[1]}"# }.joined(separator: ",")
            let or = #"{"$or":[\#(ten)],"b":{"$or":[\#(ten)],"c":{"$or":[\#(ten)]}}"#
            return or + (0..<count).map { #","z\#($0)":[1]"# }.joined() + "}"
        }
        _ = try EventPattern(pattern(17))
        let error = #expect(throws: EventPatternError.self) { try EventPattern(pattern(18)) }
        #expect(error?.fault == .tooManyFields(21_000))
    }

    @Test func `a pattern cut anywhere before its last brace is refused`() {
        let text = """
            {"source":["aws.iam"],"detail":{"$or":[{"a":[{"numeric":[">",1,"<=",2e3]}]},{"b":[{"anything-but":\
            {"prefix":["x","\\u00e9"]}},null]}],"c":[{"cidr":"10.0.0.0/8"}]}}
            """
        #expect(throws: Never.self) { try EventPattern(text) }
        for count in 0..<text.count {
            #expect(throws: EventPatternError.self) { try EventPattern(String(text.prefix(count))) }
        }
    }
}
