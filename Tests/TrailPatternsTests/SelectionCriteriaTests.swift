import Testing
import TrailPatterns

/// `FieldSelectionCriteria` as a pattern.
struct SelectionCriteriaTests {
    @Test(arguments: [
        (#"@aws.region = "us-east-1""#, #"{ $.awsRegion = "us-east-1" }"#),
        (#" @aws.account!="111122223333" "#, #"{ $.recipientAccountId != "111122223333" }"#),
        (
            #"@aws.account IN ["1", "2"]"#,
            #"{ ($.recipientAccountId = "1" || $.recipientAccountId = "2") }"#
        ),
        (
            #"@aws.account NOT IN ["1","2"] AND @aws.region = "a""#,
            #"{ ($.recipientAccountId != "1" && $.recipientAccountId != "2") && $.awsRegion = "a" }"#
        ),
        (
            #"@aws.region="a" or (@aws.region = "b" and @aws.account = "1")"#,
            #"{ $.awsRegion = "a" || ($.awsRegion = "b" && $.recipientAccountId = "1") }"#
        ),
        ("", ""), (" ", ""),
    ])
    func `criteria become conditions`(criteria: String, pattern: String) throws {
        #expect(try SelectionCriteria(criteria).narrowing(FilterPattern(""))?.text == pattern)
    }

    @Test(
        arguments: [
            (#"@aws.region = "a""#, "{ $.a = 1 || $.b = 2 }", #"{ ( $.a = 1 || $.b = 2 ) && ($.awsRegion = "a") }"#),
            (
                #"@aws.region = "a" OR @aws.region = "b""#, "{$.a=1}",
                #"{ ($.a=1) && ($.awsRegion = "a" || $.awsRegion = "b") }"#
            ),
            (#"@aws.region = "a""#, "AccessDenied", nil), (#"@aws.region = "a""#, "[ip, user]", nil),
            ("", "AccessDenied", "AccessDenied"),
        ] as [(String, String, String?)])
    func `criteria stand beside a pattern over JSON`(criteria: String, pattern: String, narrowed: String?) throws {
        #expect(try SelectionCriteria(criteria).narrowing(FilterPattern(pattern))?.text == narrowed)
    }

    @Test(arguments: [
        (#"@aws.account = "1" && $.a = 1"#, 19, #"got "&"; want AND, OR or the end"#),
        (#"@source.log = "x""#, 0, #"got "@source.log"; want @aws.account or @aws.region"#),
        ("account", 0, #"got "account"; want @aws.account or @aws.region"#),
        (#"@aws.region LIKE "a""#, 12, #"got "L"; want one of = != IN, NOT IN"#),
        (#"@aws.region NOT "a""#, 16, #"got """; want IN"#),
        ("@aws.region = a", 14, "want an account or a region in double"),
        (#"@aws.region = "us-*""#, 18, #"got "*"; want an account or a region of letters"#),
        (#"@aws.region = "a"#, 16, "got the end of the criteria"), (#"@aws.region IN []"#, 16, "in double quotes"),
        (#"@aws.region IN ["a" "b"]"#, 20, "want a comma or the closing bracket"),
        (#"(@aws.region = "a""#, 18, "closing parenthesis"), (#"@aws.region = "a" AND"#, 21, "want @aws.account"),
        (String(repeating: "(", count: 101), 100, "got another parenthesis"),
        (String(repeating: " ", count: 2001), 0, "got 2001 characters; want at most 2000"),
    ])
    func `a fault has a place and says what is wanted`(criteria: String, offset: Int, message: String) {
        let error = #expect(throws: PatternError.self) { try SelectionCriteria(criteria) }
        #expect(error?.offset == offset)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func `both together have the length of one pattern`() throws {
        let long = try FilterPattern("{ $.a = \"\(String(repeating: "x", count: 1000))\" }")
        let criteria = try SelectionCriteria(#"@aws.region = "eu-west-1""#)
        #expect(throws: PatternError.self) { try criteria.narrowing(long) }
    }
}
