import Testing
import TrailPatterns

/// What keeps a pattern from holding for a record.
struct PatternMissTests {
    static let record = #"""
        {"eventVersion": "1.08", "eventID": "11111111-2222-3333-4444-555555555555", "eventTime": "2023-07-10T12:00:00Z",
         "eventName": "CreateUser", "eventSource": "iam.amazonaws.com", "awsRegion": "us-east-1", "eventType": "AwsApiCall",
         "recipientAccountId": "111122223333", "userIdentity": {"type": "IAMUser"}, "readOnly": false,
         "requestParameters": {"count": 3, "names": ["a", "b"], "long": null}}
        """#

    @Test(
        arguments: [
            ("", []),
            ("{ $.eventName = CreateUser }", []),
            (#"{ $.eventName = "DeleteUser" }"#, [#"$.eventName = "DeleteUser" | "CreateUser""#]),
            ("{ $.eventName = CreateUser && $.readOnly IS TRUE && $.x = 1 }", ["$.readOnly IS TRUE | false"]),
            ("{ $.errorCode = \"*\" }", [#"$.errorCode = "*" | nothing"#]),
            ("{ $.errorCode NOT EXISTS && $.userIdentity = x }", ["$.userIdentity = x | an object"]),
            (
                "{ ($.eventName = A) || ($.requestParameters.count > 3) }",
                [
                    #"$.eventName = A | "CreateUser""#, "$.requestParameters.count > 3 | 3",
                ]
            ),
            ("{ ($.eventName = A) || ($.requestParameters.count > 2) }", []),
            (
                "{ ($.eventName = A || $.eventName = B) && $.readOnly IS TRUE }",
                [
                    #"$.eventName = A | "CreateUser""#, #"$.eventName = B | "CreateUser""#,
                ]
            ),
            ("{ $.requestParameters.names[*] = c }", [#"$.requestParameters.names[*] = c | "a", "b""#]),
            ("{ $.requestParameters.names IS NULL }", ["$.requestParameters.names IS NULL | a list"]),
            ("{ $.requestParameters.long = x }", ["$.requestParameters.long = x | null"]),
            ("{ $.eventSource = %^s3% }", [#"$.eventSource = %^s3% | "iam.amazonaws.com""#]),
            ("CreateUser DeleteUser", [#""DeleteUser" | nothing"#]),
            ("-CreateUser", [#"-"CreateUser" | that text"#]),
            ("?Delete ?Put", [#"?"Delete" | nothing"#, #"?"Put" | nothing"#]),
            ("CreateUser", []),
        ] as [(String, [String])])
    func `a filter pattern's first failing clause is named with what was found`(text: String, want: [String]) throws {
        let pattern = try FilterPattern(text)
        let misses = pattern.misses(in: Array(Self.record.utf8))
        #expect(misses.map { "\($0.clause) | \($0.found)" } == want)
        #expect(misses.isEmpty == pattern.matches(message: Array(Self.record.utf8)))
    }

    @Test(
        arguments: [
            (#"{"detail": {"eventName": ["CreateUser"]}}"#, []),
            (#"{"source": ["aws.s3"]}"#, [#"source: ["aws.s3"] | "aws.iam""#]),
            (
                #"{"detail": {"eventName": [{"prefix": "Delete"}]}}"#,
                [
                    #"detail.eventName: [{"prefix": "Delete"}] | "CreateUser""#
                ]
            ),
            (#"{"detail": {"errorCode": [{"exists": true}]}}"#, [#"detail.errorCode: [{"exists": true}] | nothing"#]),
            (#"{"detail": {"readOnly": [true]}}"#, ["detail.readOnly: [true] | false"]),
            (
                #"{"detail": {"requestParameters": {"names": ["c"]}}}"#,
                [
                    #"detail.requestParameters.names: ["c"] | a list"#
                ]
            ),
            (
                #"{"$or": [{"source": ["a"]}, {"account": ["b"]}]}"#,
                [
                    #"source: ["a"] | "aws.iam""#, #"account: ["b"] | "111122223333""#,
                ]
            ),
            (#"{"nothing-here": ["x"]}"#, [#"nothing-here: ["x"] | nothing"#]),
        ] as [(String, [String])])
    func `an event pattern's failing fields are named with what was found`(text: String, want: [String]) throws {
        let misses = try EventPattern(text).misses(in: Array(Self.record.utf8))
        #expect(misses.map { "\($0.clause) | \($0.found)" } == want)
    }

    @Test func `what is no record misses the whole pattern`() throws {
        #expect(try FilterPattern("{ $.a = 1 }").misses(in: Array("x".utf8)).map(\.clause) == ["{ $.a = 1 }"])
        #expect(try EventPattern(#"{"a": ["b"]}"#).misses(in: []).map(\.found) == ["no record of CloudTrail"])
    }

    @Test(arguments: ["[a-c]*", "^$|x{2}", "a|bc"], ["", "abc", "xx", "abcd", "bc", "abc\n"])
    func `a whole-text pattern matches no part of a text`(expression: String, text: String) throws {
        let pattern = try #require(WholeTextPattern(expression))
        let regex = try Regex(expression)
        #expect(pattern.matches(text) == ((try regex.wholeMatch(in: text)) != nil))
    }

    @Test(arguments: ["(a)", "a+?", "a*+", "[a&&b]", "", "\\bx"])
    func `an expression outside the dialect is none`(expression: String) {
        #expect(WholeTextPattern(expression) == nil)
    }
}
