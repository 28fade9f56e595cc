import Testing
import TrailPatterns

/// What a target gets of an event: cloudtrail-semantics.md, section 6.4.
struct RuleInputTests {
    static let event = """
        {"version":"0","id":"7bf73129","detail-type":"AWS API Call via CloudTrail","source":"aws.iam",\
        "account":"123456789012","time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":["arn:a","arn:b"],\
        "detail":{ "eventName" : "CreateUser", "count": 21.50, "ok": true, "none": null, "quote": "a \\"b\\" \\u00e4",
        "payload":{"acc_id": "0a787","sf_id":"baz"}, "states": ["ACTIVE","INACTIVE"], "empty": "",
        "tags":[{"key":"a","n":1},{"key":"b"},{"n":3}], "a b": {"x/y": 7}, "twice":1, "twice":2}}
        """

    private static let rule = (name: "watch", arn: "arn:aws:events:us-east-1:000000000000:rule/watch")

    private func transformer(_ template: String, _ paths: [String: String] = [:]) throws -> RuleInput {
        let variables = try paths.sorted { $0.key < $1.key }.map {
            try InputTransformer.Variable(name: $0.key, path: EventPath($0.value))
        }
        return .transformer(
            try InputTransformer(
                variables: variables, template: template, ruleName: Self.rule.name, ruleARN: Self.rule.arn))
    }

    // MARK: Paths

    @Test(arguments: [
        ("$.detail.eventName", #""CreateUser""#),
        ("$.detail.count", "21.50"),
        ("$.detail.ok", "true"),
        ("$.detail.none", "null"),
        ("$.detail.quote", #""a \"b\" \u00e4""#),
        ("$.detail-type", #""AWS API Call via CloudTrail""#),
        ("$.resources[0]", #""arn:a""#),
        ("$.resources[1]", #""arn:b""#),
        ("$.resources[2]", #""""#),
        ("$.resources", #"["arn:a","arn:b"]"#),
        ("$.resources[*]", #"["arn:a","arn:b"]"#),
        ("$.detail.payload", #"{"acc_id":"0a787","sf_id":"baz"}"#),
        ("$.detail.payload.*", #"["0a787","baz"]"#),
        ("$.detail.tags[1].key", #""b""#),
        ("$.detail.tags[*].key", #"["a","b"]"#),
        ("$.detail.tags[*].nothing", "[]"),
        ("$.detail.tags.key", #""""#),
        ("$.detail['a b'].x/y", "7"),
        (#"$.detail["a b"]['x/y']"#, "7"),
        ("$.detail.twice", "2"),
        ("$.detail.nothing.deeper", #""""#),
        ("$.detail.eventName.deeper", #""""#),
    ])
    func `InputPath makes the JSON at its end the text`(path: String, want: String) throws {
        #expect(RuleInput.path(try EventPath(path)).text(of: Self.event) == want)
    }

    @Test func `the path $ is the whole event, without the spaces between its parts`() throws {
        let whole = try #require(RuleInput.path(try EventPath("$")).text(of: Self.event))
        #expect(whole.hasPrefix(#"{"version":"0","id":"7bf73129","detail-type":"#))
        #expect(whole.contains(#""detail":{"eventName":"CreateUser","count":21.50,"#))
    }

    @Test(arguments: [
        ("detail", "no $ at the start"), ("", "no $ at the start"), ("$detail", "something else after $"),
        ("$..detail", "a dot without a name"), ("$.", "a dot without a name"), ("$.a b", "a space or ] in a name"),
        ("$.a[0", "no ] after ["), ("$.a[-1]", "[-1]"), ("$.a[]", "[]"), ("$.a[0:2]", "[0:2]"),
        ("$.a[?(@.b)]", "[?(@.b)]"), ("$.a['b]", "an unfinished name in brackets"),
        ("$.a[0]b", "something else after ]"),
        ("$.a[99999999999999999999]", "[99999999999999999999]"),
    ])
    func `a path that EventBridge does not follow is refused`(path: String, got: String) {
        #expect {
            try EventPath(path)
        } throws: { error in
            if case .path(path, got, _)? = error as? RuleInputError { true } else { false }
        }
    }

    @Test func `a path has at most 256 characters`() throws {
        _ = try EventPath("$." + String(repeating: "a", count: 254))
        #expect(throws: RuleInputError.self) { try EventPath("$." + String(repeating: "a", count: 255)) }
    }

    // MARK: Templates

    private static let paths = [
        "name": "$.detail.eventName", "count": "$.detail.count", "ok": "$.detail.ok", "none": "$.detail.none",
        "quote": "$.detail.quote", "payload": "$.detail.payload", "states": "$.detail.states", "gone": "$.detail.gone",
        "keys": "$.detail.tags[*].key",
    ]

    @Test(arguments: [
        // Strings in JSON are quoted, everything else stands as JSON.
        (#"{"command": <name>}"#, #"{"command": "CreateUser"}"#),
        (#"{"n": <count>, "ok": <ok>, "none": <none>}"#, #"{"n": 21.50, "ok": true, "none": null}"#),
        (#"{"p": <payload>, "s": <states>}"#, #"{"p": {"acc_id":"0a787","sf_id":"baz"}, "s": ["ACTIVE","INACTIVE"]}"#),
        (#"[<name>,<keys>]"#, #"["CreateUser",["a","b"]]"#),
        (#"{"command": <gone>}"#, #"{"command": ""}"#),
        (#"{"q": <quote>}"#, #"{"q": "a \"b\" \u00e4"}"#),
        ("<payload>", #"{"acc_id":"0a787","sf_id":"baz"}"#),
        // Within strings of JSON scalars stand as they are.
        (#"{"path": "users/<name>/<count>/<ok>"}"#, #"{"path": "users/CreateUser/21.50/true"}"#),
        (#"{"path": "users/<gone>"}"#, #"{"path": "users/"}"#),
        (#"{"q": "<quote>"}"#, #"{"q": "a \"b\" \u00e4"}"#),
        (#"{"q": "\"<name>\" \\"}"#, #"{"q": "\"CreateUser\" \\"}"#),
        // Objects and arrays have no place in them.
        (#"{"k": "<states>"}"#, nil),
        (#"{"k": "users/<payload>"}"#, nil),
        (#"{"k": "<keys>"}"#, nil),
        // Texts in quotes keep them.
        (#""Call of <name>, <count>""#, #""Call of CreateUser, 21.50""#),
        (#""It was <gone>""#, #""It was ""#),
        (#""<payload> and <states>""#, #""{acc_id:0a787,sf_id:baz} and [ACTIVE,INACTIVE]""#),
        ("\"one <name>\"\n\"two <ok>\"\n", "\"one CreateUser\"\n\"two true\""),
        // Bare texts are not delivered.
        ("<states> single list item", nil),
        ("Call of <name>", nil),
        (#""<name>" called"#, nil),
        // What is no placeholder stays.
        (#""a < b, <https://x|y>, <>""#, #""a < b, <https://x|y>, <>""#),
    ])
    func `a template is filled in`(template: String, want: String?) throws {
        #expect(try transformer(template, Self.paths).text(of: Self.event) == want)
    }

    @Test(arguments: [
        (#"{"r": <aws.events.rule-arn>}"#, #"{"r": "arn:aws:events:us-east-1:000000000000:rule/watch"}"#),
        (#""rule <aws.events.rule-name>""#, #""rule watch""#),
        (#"{"t": <aws.events.event.ingestion-time>}"#, #"{"t": "2026-01-02T03:05:00Z"}"#),
        (
            #"{"e": <aws.events.event>}"#,
            #"{"e": {"version":"0","id":"7bf73129","detailType":"AWS API Call via CloudTrail","source":"aws.iam","#
                + #""account":"123456789012","time":"2026-01-02T03:05:00Z","region":"us-east-1","#
                + #""resources":["arn:a","arn:b"]}}"#
        ),
        (
            #""<aws.events.event>""#,
            #""{version:0,id:7bf73129,detailType:AWS API Call via CloudTrail,source:aws.iam,account:123456789012,"#
                + #"time:2026-01-02T03:05:00Z,region:us-east-1,resources:[arn:a,arn:b]}""#
        ),
        (#"{"e": "<aws.events.event>"}"#, nil),
        (#"{"e": "<aws.events.event.json>"}"#, nil),
    ])
    func `what EventBridge fills in itself`(template: String, want: String?) throws {
        #expect(try transformer(template).text(of: Self.event, ingestionTime: "2026-01-02T03:05:00Z") == want)
    }

    @Test func `without a time of arrival the event's own stands`() throws {
        let input = try transformer(#"{"t": <aws.events.event.ingestion-time>}"#)
        #expect(input.text(of: Self.event) == #"{"t": "2026-01-02T03:04:05Z"}"#)
    }

    @Test func `the whole event in a template is the event`() throws {
        let whole = RuleInput.path(try EventPath("$")).text(of: Self.event)
        #expect(try transformer("<aws.events.event.json>").text(of: Self.event) == whole)
    }

    @Test func `a variable of the author's comes before nothing of EventBridge's`() {
        #expect(throws: RuleInputError.variableName("aws.events.event")) {
            try InputTransformer.Variable(name: "aws.events.event", path: EventPath("$"))
        }
        #expect(throws: RuleInputError.variableName("AWSname")) {
            try InputTransformer.Variable(name: "AWSname", path: EventPath("$"))
        }
    }

    @Test(arguments: [
        (#"{"a": <nobody>}"#, RuleInputError.unknownPlaceholder("nobody")),
        (#""<aws.events.nothing>""#, .unknownPlaceholder("aws.events.nothing")),
        ("", .templateLength(0)),
        ("{\"a\": 1,\n}", .template(got: #""}""#, want: "a member's name in quotes", line: 2)),
        (#"{"a": 1} x"#, .template(got: "more after the value", want: "one value", line: 1)),
        (#"{"a": <name> <name>}"#, .template(got: "\"\"\"", want: "a comma or the end of the object", line: 1)),
        ("[1<name>]", .template(got: "\"\"\"", want: "a comma or the end of the array", line: 1)),
        (#"["\u000<name>"]"#, .template(got: #""x""#, want: "four hexadecimal digits after \\u", line: 1)),
    ])
    func `a template that is none is refused`(template: String, want: RuleInputError) {
        #expect(throws: want) { try transformer(template, Self.paths) }
    }

    @Test func `limits are those of EventBridge`() throws {
        let long = String(repeating: "a", count: 8190)
        _ = try transformer("\"\(long)\"")
        #expect(throws: RuleInputError.templateLength(8193)) { try transformer("\"\(long)a\"") }
        let paths = Dictionary(uniqueKeysWithValues: (0..<101).map { ("v\($0)", "$.id") })
        #expect(throws: RuleInputError.tooManyPaths(101)) { try transformer("\"<v1>\"", paths) }
    }

    @Test func `no more than 256 KB are made, however often a large value is named`() throws {
        let value = String(repeating: "x", count: 200_000)
        let event = #"{"time":"t","detail":{"v":"\#(value)"}}"#
        #expect(try transformer(#""<v>""#, ["v": "$.detail.v"]).text(of: event)?.utf8.count == 200_002)
        #expect(try transformer(#""<v><v>""#, ["v": "$.detail.v"]).text(of: event) == nil)
        let often = String(repeating: "<v>", count: 2700)
        #expect(try transformer("\"\(often)\"", ["v": "$.detail.v"]).text(of: event) == nil)
    }

    @Test(arguments: ["", "{", "no", "{} {}"]) func `a constant must be JSON`(text: String) {
        #expect(throws: RuleInputError.self) { try RuleInput(constant: text) }
    }

    @Test(arguments: [#"{"a": 1}"#, #""text""#, "5", " null "]) func `a constant is told as it is`(text: String) throws
    {
        #expect(try RuleInput(constant: text).text(of: Self.event) == text)
    }

    @Test(arguments: ["", "no", #"{"a":"#]) func `of what is no event nothing is made`(event: String) throws {
        #expect(RuleInput.path(try EventPath("$")).text(of: event) == nil)
        #expect(try transformer(#""<aws.events.event.json>""#).text(of: event) == nil)
    }

    /// Templates put together of parts that mean something: none crashes, and what is made by one in braces is JSON.
    @Test func `what a JSON template makes is JSON`() throws {
        let parts = [
            "{", "}", "[", "]", "\"", "\\\"", "\\\\", "<name>", "<quote>", "<payload>", "<states>", "<gone>", "<keys>",
            "<aws.events.event>", "<", ">", ":", ",", " ", "\n", "a", "\"a\":", "\"<name>\"", "1", "null", "ä",
        ]
        var made = 0
        for seed in UInt64(1)...600 {
            var state = seed
            func next(_ count: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int((state >> 33) % UInt64(count))
            }
            let values = (0..<next(5)).map { _ in parts[next(parts.count)] }
            let inner = values.joined()
            for template in [inner, "[\(inner)]", "{\"k\": \"\(inner)\"}", "\"\(inner)\""] {
                guard let input = try? transformer(template, Self.paths) else { continue }
                guard let text = input.text(of: Self.event), template.hasPrefix("[") || template.hasPrefix("{") else {
                    continue
                }
                made += 1
                #expect(throws: Never.self, "seed \(seed): \(template)") { try RuleInput(constant: text) }
            }
        }
        #expect(made > 200)
    }
}
