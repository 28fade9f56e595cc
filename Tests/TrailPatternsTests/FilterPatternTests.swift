import Foundation
import Testing
import TrailEvents
import TrailPatterns

struct FilterPatternTests {
    @Test(arguments: try PatternCase.committed())
    func `a documented case holds`(_ item: PatternCase) {
        item.check()
    }

    @Test(
        .enabled(if: Shared.cases != nil, "set TRAILWATCH_SHARED to the folder of the shared cases to run this"),
        arguments: try PatternCase.emulated())
    func `a case taken from an emulator holds`(_ item: PatternCase) {
        item.check()
    }

    @Test func `no case is left out`() throws {
        #expect(try PatternCase.committed().count == 154)
        if Shared.cases != nil { #expect(try PatternCase.emulated().count == 37) }
    }

    @Test(arguments: ["", " ", "\n\t "])
    func `a blank pattern matches every event`(_ pattern: String) {
        #expect(verdict(pattern, "{}") == "match")
    }

    @Test(arguments: [
        // Stars count at the ends only, and cover nothing too.
        (#"{ $.a = "*b*" }"#, #"{"a":"abc"}"#, "match"), (#"{ $.a = "*b*" }"#, #"{"a":"b"}"#, "match"),
        (#"{ $.a = "*b*" }"#, #"{"a":"ac"}"#, "nomatch"), (#"{ $.a = "b*" }"#, #"{"a":"ab"}"#, "nomatch"),
        (#"{ $.a = "*bb" }"#, #"{"a":"b"}"#, "nomatch"), (#"{ $.a = "*" }"#, #"{"a":""}"#, "match"),
        (#"{ $.a = "**" }"#, #"{"a":"x"}"#, "match"), (#"{ $.a = * }"#, #"{"a":true}"#, "nomatch"),
        (#"{ $.a = "" }"#, #"{"a":""}"#, "match"), (#"{ $.a != "b*" }"#, #"{"a":"bc"}"#, "nomatch"),
        (#"{ $.a != "b*" }"#, #"{"a":"c"}"#, "match"), (#"{ $.a = *.html* }"#, #"{"a":"/x.html?y"}"#, "match"),
        // Missing fields, null, booleans and containers satisfy neither = nor !=.
        (#"{ $.a != "b" }"#, "{}", "nomatch"), (#"{ $.a != "b" }"#, #"{"a":null}"#, "nomatch"),
        (#"{ $.a != "b" }"#, #"{"a":true}"#, "nomatch"), (#"{ $.a != "b" }"#, #"{"a":{}}"#, "nomatch"),
        (#"{ $.a.b != "b" }"#, #"{"a":"c"}"#, "nomatch"),
        // Numbers compare by value when the pattern's is not quoted, by text when it is.
        (#"{ $.a = 1000 }"#, #"{"a":1e3}"#, "match"), (#"{ $.a = "1000" }"#, #"{"a":1e3}"#, "nomatch"),
        (#"{ $.a = "1e3" }"#, #"{"a":1e3}"#, "match"), (#"{ $.a = 3.0 }"#, #"{"a":"3"}"#, "match"),
        (#"{ $.a != 500 }"#, #"{"a":"AccessDenied"}"#, "match"), (#"{ $.a = -0 }"#, #"{"a":0}"#, "match"),
        (#"{ $.a = 1x }"#, #"{"a":"1x"}"#, "match"), (#"{ $.a = 0x10 }"#, #"{"a":16}"#, "nomatch"),
        (#"{ $.a = 123837392027 }"#, #"{"a":"123837392027"}"#, "match"), (#"{ $.a = inf }"#, #"{"a":"inf"}"#, "match"),
        (#"{ $.a > -1.5e1 }"#, #"{"a":-14.9}"#, "match"), (#"{ $.a<5 }"#, #"{"a":5}"#, "nomatch"),
        (#"{ $.a<=5 }"#, #"{"a":5.0}"#, "match"), (#"{ $.a >= 5 }"#, #"{"a":null}"#, "nomatch"),
        (#"{ $.a > 5 }"#, #"{"a":"6"}"#, "match"), (#"{ $.a > 5 }"#, #"{"a":"0x6"}"#, "nomatch"),
        // Wildcard selectors hold when any node does.
        (#"{ $.a[*] != "x" }"#, #"{"a":["x","y"]}"#, "match"), (#"{ $.a[*] != "x" }"#, #"{"a":["x"]}"#, "nomatch"),
        (#"{ $.a.* = "x" }"#, #"{"a":{"b":1,"c":"x"}}"#, "match"),
        (#"{ $.*.b = 2 }"#, #"{"x":[],"y":{"b":2}}"#, "match"),
        (#"{ $.a[*].b NOT EXISTS }"#, #"{"a":[{"c":1}]}"#, "match"),
        (#"{ $.a[*].b NOT EXISTS }"#, #"{"a":[{},{"b":null}]}"#, "nomatch"),
        (#"{ $.a[*] IS NULL }"#, #"{"a":[1,null]}"#, "match"), (#"{ $.a[*] = "x" }"#, #"{"a":"x"}"#, "nomatch"),
        // Names in brackets, escapes, lines.
        (#"{ $.['s3:x-amz-acl'] = "a" }"#, #"{"s3:x-amz-acl":"a"}"#, "match"),
        (#"{ $['it's'] = 1 }"#, #"{"it's":1}"#, "match"),
        (#"{ $.['a']['b'].c = 1 }"#, #"{"a":{"b":{"c":1}}}"#, "match"),
        (#"{ $.a = "say \"hi\" \\ \d" }"#, #"{"a":"say \"hi\" \\ \\d"}"#, "match"),
        (#"{ $.a = "é" }"#, #"{"a":"\u00e9"}"#, "match"), (#"{ $.a = "x y" }"#, #"{"a":"x\u0020y"}"#, "match"),
        ("{\n  $.a\n=\n1\n||\n($.b=2)\n}\n", #"{"b":2}"#, "match"), ("  {$.a=1}  ", #"{"a":1}"#, "match"),
        ("{((($.a=1)))}", #"{"a":1}"#, "match"), (#"{$.a=x||$.a=y||$.b=z||$.a="w*"}"#, #"{"a":"wz"}"#, "match"),
        (#"{$.a=x||$.a=y||$.b=z||$.a=long-value}"#, #"{"a":"long-valuf","b":"z"}"#, "match"),
        (#"{$.a=x||$.a=y||$.b=z||$.a=long-value}"#, #"{"a":"long-valuf"}"#, "nomatch"),
        (#"{ $.ISO = 1 && $.a IS TRUE }"#, #"{"ISO":1,"a":true}"#, "match"),
    ])
    func `a pattern decides`(_ pattern: String, _ message: String, _ want: String) {
        #expect(verdict(pattern, message) == want)
    }

    @Test func `two patterns share a table without disturbing each other`() throws {
        var table = FieldTable()
        let first = try FilterPattern("{ $.a.b = 1 }").compile(into: &table)
        let count = table.count
        let second = try FilterPattern("{ $.a.b = 2 || $.a.* = 3 }").compile(into: &table)
        #expect(table.count == count + 1)
        var scanner = RecordScanner(table)
        var verdicts: [Bool] = []
        for record in [#"{"a":{"b":1}}"#, #"{"a":{"b":2}}"#, #"{"a":{"b":1,"c":3}}"#] {
            try scanner.scan(record: LogText(record)) { verdicts += [first.matches($0), second.matches($0)] }
        }
        #expect(verdicts == [true, false, false, true, true, true])
    }

    @Test func `a set finds what each pattern alone finds`() throws {
        let texts = [
            "", "{ $.a = 1 }", "{ $.a = x || $.a = y || $.b IS NULL }", "{ $.a = z }", "{ $.b NOT EXISTS && $.a = y* }",
            "{ $.a = y || $.a = w }", "{ $.c[*] = y && $.c[*] > 5 }",
        ]
        var table = FieldTable()
        let patterns = try texts.map { try FilterPattern($0).compile(into: &table) }
        let set = PatternSet(filters: patterns)
        #expect(set.count == patterns.count)
        var matcher = PatternMatcher(set)
        var scanner = RecordScanner(table)
        var found: [[Int]] = []
        for record in [#"{"a":1}"#, #"{"a":"y"}"#, #"{"a":"y","b":null}"#, #"{"a":"z","c":["y",7]}"#, "{}"] {
            try scanner.scan(record: LogText(record)) { record in
                var matches: [Int] = []
                matcher.forEachMatch(record) { matches.append($0) }
                found.append(matches)
                #expect(matches == patterns.indices.filter { patterns[$0].matches(record) })
            }
        }
        #expect(found == [[0, 1], [0, 2, 4, 5], [0, 2, 5], [0, 3, 6], [0]])
    }

    @Test func `an empty set finds nothing`() throws {
        var scanner = RecordScanner(FieldTable())
        var count = 0
        var matcher = PatternMatcher(PatternSet())
        try scanner.scan(record: LogText("{}")) { matcher.forEachMatch($0) { _ in count += 1 } }
        #expect(count == 0)
    }

    /// Time by the square of its length would be many minutes.
    @Test(.timeLimit(.minutes(1))) func `a message of brackets that are never closed is read`() throws {
        let message = Array((String(repeating: "[ ", count: 200_000) + "[last").utf8)
        #expect(try FilterPattern("[first, ..., last = *last]").matches(message: message))
    }

    @Test func `patterns are equal when their texts are`() throws {
        #expect(try FilterPattern("{ $.a = 1 }") == FilterPattern("{ $.a = 1 }"))
        #expect(try FilterPattern("{ $.a = 1 }") != FilterPattern("{ $.a = 2 }"))
    }
}

struct PatternErrorTests {
    @Test(arguments: [
        ("\"a b", 4, "got the end of the pattern; want a closing quotation mark"),
        ("\"a\"b", 3, #"got "b"; want a space after a term"#),
        ("a -", 3, "got the end of the pattern; want a term after -"),
        ("%re", 3, "got the end of the pattern; want a closing percent sign"),
        ("%re%x", 4, #"got "x"; want a space after a regular expression"#),
        ("%a% %b% %c%", 8, "got another regular expression; want at most 2"),
        ("%%", 1, "got the end of the regular expression; want a character or a class"),
        ("%a||b%", 3, #"got "|" in a regular expression; want a character or a class"#),
        ("%a(b)%", 2, #"got "(" in a regular expression; want a letter, a digit"#),
        (#"%a\(%"#, 3, #"got "(" in a regular expression; want an operator, d, D"#),
        ("%a$b%", 3, #"got "b" in a regular expression; want nothing after $"#),
        ("%a++%", 3, #"got "+" in a regular expression; want a letter, a digit"#),
        ("%a{}%", 2, #"got "{" in a regular expression; want a count such as {3}"#),
        ("%a{3,2}%", 2, "got {3,2}; want a first count of at most the second"),
        ("%[z-a]%", 2, "got a range in brackets from a larger character or a class; want a range such as a-z"),
        ("%[]%", 2, #"got "]" in a regular expression; want a character in brackets"#),
        ("%[a%", 3, "got the end of the regular expression; want a closing bracket"),
        (#"%\x8f%"#, 3, #"got "8" in a regular expression; want two hexadecimal digits of at most 7F"#),
        ("%é%", 1, #"got "é" in a regular expression; want a letter"#),
        ("%a{600}b{500}%", 7, "got a regular expression that is too large; want at most 1024 characters"),
        (" [ip, user", 10, "got the end of the pattern; want a comma or the closing bracket"),
        ("[ip] x", 5, #"got "x"; want the end of the pattern after its closing bracket"#),
        ("[a, ..., ...]", 9, "got a second ...; want at most one"),
        ("[a, a]", 4, "got a second field a; want each name once"),
        ("[a = 1 && b = 2]", 10, "got a condition on b among those of a; want the name a or none"),
        ("[a = 1 && b]", 10, "got a condition on b among those of a"), ("[a = 1 &&]", 9, #"got "]"; want one of = !="#),
        ("[a > x]", 5, #"got "x"; want a number without quotes"#), ("[9]", 1, #"got "9"; want a field name"#),
        ("{", 1, "got the end of the pattern; want a selector such as $.eventName, or an opening parenthesis"),
        ("{ $ = 1 }", 3, #"got " "; want a dot or a bracket after $"#),
        ("{ $. = 1 }", 4, #"got " "; want a field name of letters, digits, _ and -; write other names as ['name']"#),
        ("{ $.a:b = 1 }", 5, #"got ":"; want one of = != < <= > >=, IS NULL, IS TRUE, IS FALSE, NOT EXISTS"#),
        ("{ $.a ISNT }", 6, #"got "I"; want one of = != < <= > >=, IS NULL, IS TRUE, IS FALSE, NOT EXISTS"#),
        ("{ $.a is null }", 6, #"got "i"; want one of = != < <= > >=, IS NULL, IS TRUE, IS FALSE, NOT EXISTS"#),
        ("{ $.a IS NULLED }", 9, #"got "N"; want NULL, TRUE or FALSE after IS"#),
        ("{ $.a NOT NULL }", 10, #"got "N"; want EXISTS after NOT"#),
        ("{ $.a > many }", 8, #"got "m"; want a number without quotes"#),
        ("{ $.a > \"3\" }", 8, #"got """; want a number without quotes"#),
        ("{ $.a = \"x }", 12, "got the end of the pattern; want a closing quotation mark"),
        ("{ $.a[1 = 1 }", 7, #"got " "; want a closing bracket after the array index"#),
        ("{ $.a[\"b\"] = 1 }", 6, #"got """; want an array index, * or a field name in single quotes"#),
        ("{ $.a.[1] = 1 }", 7, #"got "1"; want a field name in single quotes"#),
        ("{ $.['a = 1 }", 13, "got the end of the pattern; want '] to close the field name"),
        ("{ $.[''] = 1 }", 6, "got an empty name; want a field name"),
        ("{ $.a[99999999999] = 1 }", 6, "got a larger index; want an array index of at most 2147483647"),
        ("{ $.a = 1 | $.b = 2 }", 10, #"got "|"; want &&, || or the closing brace"#),
        ("{ ($.a = 1 }", 11, #"got "}"; want &&, || or a closing parenthesis"#),
        ("{ $.é = 1 }", 4, #"got "é"; want a field name of letters, digits, _ and -; write other names as ['name']"#),
        ("{ $.a = 1 } $", 12, #"got "$"; want the end of the pattern after its closing brace"#),
        ("{ $.a[*][*] = 1 }", 8, "got a second wildcard in one selector; want at most one"),
    ])
    func `a fault has a place and says what is wanted`(_ pattern: String, _ offset: Int, _ message: String) {
        let error = #expect(throws: PatternError.self) { try FilterPattern(pattern) }
        #expect(error?.offset == offset)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error.map { "\($0)" }?.hasSuffix("at byte \(offset)") == true)
    }

    @Test func `a pattern has at most 1024 characters`() throws {
        func pattern(_ count: Int) -> String {
            let frame = "{ $.a = \"\" }"
            return frame.replacing("\"\"", with: "\"" + String(repeating: "é", count: count - frame.count) + "\"")
        }
        _ = try FilterPattern(pattern(1024))
        #expect(throws: PatternError.tooLong(characters: 1025)) { try FilterPattern(pattern(1025)) }
    }

    @Test func `a pattern has at most three selectors with a wildcard`() throws {
        _ = try FilterPattern("{ $.a[*] = 1 || $.b[*] = 1 || $.* = 1 }")
        #expect(throws: PatternError.tooManyWildcards(offset: 44)) {
            try FilterPattern("{ $.a[*] = 1 || $.b[*] = 1 || $.* = 1 || $.d[*] = 1 }")
        }
    }

    @Test func `parentheses have a nesting limit`() throws {
        func pattern(_ levels: Int) -> String {
            "{" + String(repeating: "(", count: levels) + "$.a=1" + String(repeating: ")", count: levels) + "}"
        }
        _ = try FilterPattern(pattern(FilterPattern.nestingMax))
        #expect(throws: PatternError.tooDeep(offset: FilterPattern.nestingMax + 1)) {
            try FilterPattern(pattern(FilterPattern.nestingMax + 1))
        }
    }

    @Test func `a pattern cut anywhere is refused`() {
        let pattern = #"{ ($.a['b'][1].c != "x\"y") && $.d NOT EXISTS || ($.e >= 1.5 && $.f[*] IS NULL) }"#
        #expect(throws: Never.self) { try FilterPattern(pattern) }
        for length in 1..<pattern.count {
            #expect(throws: PatternError.self) { try FilterPattern(String(pattern.prefix(length))) }
        }
    }
}
