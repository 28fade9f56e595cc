import Testing
import TrailAlarms
import TrailModel
import TrailPatterns
import TrailTemplates

/// `AWS::Events::Rule` in templates.
struct EventRuleTests {
    private static let topic = "  Topic:\n    Type: AWS::SNS::Topic\n"
    private static let topicARN = "arn:aws:sns:us-east-1:000000000000:alarms-Topic"

    /// A template with one rule and a topic; the rule's properties start in line 5, column 7.
    private func rule(_ lines: [String]) -> String {
        "Resources:\n  Watch:\n    Type: AWS::Events::Rule\n    Properties:\n"
            + lines.map { "      \($0)\n" }.joined() + Self.topic
    }

    /// The same with a pattern and a target.
    private func rule(
        pattern: String = "{source: [aws.iam]}", target: String = "Id: t, Arn: !Ref Topic", _ more: String...
    ) -> String {
        rule(["EventPattern: \(pattern)", "Targets: [{\(target)}]"] + more)
    }

    @Test func `a rule as people write it reaches the set`() throws {
        let loaded = load(
            """
            Resources:
              RootSignIn:
                Type: AWS::Events::Rule
                Properties:
                  Name: root-sign-in
                  Description: Root signed in
                  State: ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS
                  Tags: [{Key: severity, Value: critical}]
                  EventPattern:
                    detail-type:
                      - AWS Console Sign In via CloudTrail
                    detail:
                      userIdentity:
                        type: [Root]
                      additionalEventData:
                        MFAUsed:
                          - 'No'
                  Targets:
                    - Id: people
                      Arn: !Ref Topic
                      InputTransformer:
                        InputPathsMap:
                          time: $.time
                          from: $.detail.sourceIPAddress
                        InputTemplate: |
                          "Root signed in at <time>"
                          "from <from>, rule <aws.events.rule-name>"
                      RetryPolicy: {MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 600}
                    - {Id: path, Arn: !Ref Topic, InputPath: $.detail.eventID}
                    - {Id: text, Arn: !Ref Topic, Input: '{"text": "root"}'}

            """ + Self.topic)
        #expect(loaded.findings == [])
        let rule = try #require(loaded.set.rules.first)
        #expect(rule.name == "root-sign-in" && rule.description == "Root signed in")
        #expect(rule.severity == "critical")
        #expect(rule.state == .enabledWithAllManagementEvents)
        #expect(
            rule.pattern.text == #"{"detail-type":["AWS Console Sign In via CloudTrail"],"#
                + #""detail":{"userIdentity":{"type":["Root"]},"additionalEventData":{"MFAUsed":["No"]}}}"#)
        #expect(rule.targets.map(\.id) == ["people", "path", "text"])
        #expect(rule.targets.allSatisfy { $0.arn == Self.topicARN })
        #expect(rule.targets[0].retryPolicy?.maximumRetryAttempts == 3)
        #expect(rule.targets[0].retryPolicy?.maximumEventAgeInSeconds == 600)
        let event = #"{"time":"2026-01-02T03:04:05Z","detail":{"sourceIPAddress":"192.0.2.1","eventID":"e"}}"#
        #expect(
            rule.targets.map { $0.input.text(of: event) } == [
                "\"Root signed in at 2026-01-02T03:04:05Z\"\n\"from 192.0.2.1, rule root-sign-in\"", "\"e\"",
                #"{"text": "root"}"#,
            ])
    }

    @Test func `a rule without Name has the file's and its own`() throws {
        let loaded = load(rule())
        #expect(loaded.findings == [])
        #expect(loaded.set.rules.map(\.name) == ["alarms-Watch"])
        #expect(loaded.set.rules.map(\.state) == [.enabled])
        #expect(loaded.set.rules.first?.targets.map(\.input) == [.event])
    }

    // MARK: Patterns

    @Test(arguments: [
        ("{detail: {a: [1, -2.50, 1e3, x]}}", #"{"detail":{"a":[1,-2.50,1e3,"x"]}}"#),
        ("{detail: {a: ['1', \"true\", 'null']}}", #"{"detail":{"a":["1","true","null"]}}"#),
        (
            "{detail: {a: [true, False], b: [{exists: false}]}}",
            #"{"detail":{"a":[true,false],"b":[{"exists":false}]}}"#
        ),
        (#"{"detail": {"a": [{"numeric": [">", 0, "<=", 5]}]}}"#, #"{"detail":{"a":[{"numeric":[">",0,"<=",5]}]}}"#),
        ("{account: [!Ref 'AWS::AccountId']}", #"{"account":["000000000000"]}"#),
        ("{source: !Split [',', 'aws.iam,aws.sts']}", #"{"source":["aws.iam","aws.sts"]}"#),
        ("{source: [aws.iam, !Ref 'AWS::NoValue']}", #"{"source":["aws.iam"]}"#),
        (#"{detail: {a: [{wildcard: 'a\*"b'}]}}"#, #"{"detail":{"a":[{"wildcard":"a\\*\"b"}]}}"#),
        (
            "{detail: {a: [1.2.3, 2012-10-17, 0x1F, +5, .5, 12:30]}}",
            #"{"detail":{"a":["1.2.3","2012-10-17","0x1F","+5",".5","12:30"]}}"#
        ),
        (#"'{"source": ["aws.iam"], "x": [null]}'"#, #"{"source": ["aws.iam"], "x": [null]}"#),
        (#"!Sub '{"region": ["${AWS::Region}"]}'"#, #"{"region": ["us-east-1"]}"#),
    ])
    func `a pattern becomes exactly its JSON`(pattern: String, want: String) {
        let loaded = load(rule(pattern: pattern))
        #expect(loaded.findings == [])
        #expect(loaded.set.rules.map(\.pattern.text) == [want])
    }

    @Test(arguments: [
        ("{a: [null]}", #"{"a":[null]}"#, "26: warning: CloudFormation takes no null in a template"),
        ("{a: [No]}", #"{"a":["No"]}"#, "26: warning: 'No' may be read as true or false; want it in quotes"),
        ("{a: [0123]}", #"{"a":["0123"]}"#, "26: warning: '0123' may be read as an octal number; want it in quotes"),
        ("{a: [123456789012]}", #"{"a":[123456789012]}"#, "26: warning: '123456789012' matches a number only"),
    ])
    func `scalars that readers of YAML disagree on are warned of`(pattern: String, text: String, want: String) {
        let loaded = load(rule(pattern: pattern))
        #expect(loaded.findings.count == 1)
        #expect(loaded.findings.first?.hasPrefix("alarms.yaml:5:" + want) == true, "\(loaded.findings)")
        #expect(loaded.set.rules.map(\.pattern.text) == [text])
    }

    private static let reason =
        "error: cannot use EventPattern of Watch: InvalidEventPatternException: "
        + "Event pattern is not valid. Reason: "

    @Test(arguments: [
        (
            ["EventPattern:", "  source: [aws.iam]", "  detail:", "    eventName: CreateUser"],
            "8:22: \(reason)got \"CreateUser\" for \"eventName\"; want an array of what it may be, such as [\"a\"], or an "
                + "object of fields"
        ),
        (
            ["EventPattern:", "  detail:", "    eventName:", "      - prefix: Create", "      - Prefix: X"],
            "9:23: \(reason)got the operator \"Prefix\"; want one of prefix, suffix, equals-ignore-case, wildcard, "
                + "anything-but, numeric, cidr, exists, exactly"
        ),
        (
            ["EventPattern: {detail: {ip: [{cidr: no}, {cidr: '300.0.0.0/8'}]}}"],
            nil
        ),
        (["EventPattern: {}"], "5:21: \(reason)got an empty object; want at least one field"),
        (
            ["EventPattern: '{\"a\": 1}'"],
            "5:21: \(reason)got 1 for \"a\"; want an array of what it may be, such as [\"a\"], or an object of fields "
                + "(line 1, byte 6 of the pattern)"
        ),
        (
            ["EventPattern: [a]"],
            "5:21: error: cannot read EventPattern of Watch: got a list; want a mapping of fields, or a JSON text"
        ),
        (["Description: x"], "2:3: error: cannot read Watch: got no EventPattern; want one"),
    ])
    func `a faulty pattern is an error at the part that is wrong`(lines: [String], want: String?) {
        let loaded = load(rule(lines + ["Targets: [{Id: t, Arn: !Ref Topic}]"]))
        if let want {
            #expect(loaded.findings == ["alarms.yaml:" + want])
        } else {
            #expect(loaded.findings.contains { $0.contains("error: cannot use EventPattern of Watch") })
        }
        #expect(loaded.set.rules == [])
    }

    // MARK: Targets

    @Test(arguments: [
        (
            "Id: t, Arn: !Ref Topic, Input: '1', InputPath: $",
            "6:54: error: cannot read Targets of Watch: Only one of Input, InputPath, or InputTransformer must be "
                + "provided for target t."
        ),
        (
            "Id: t, Arn: !Ref Topic, InputTransformer: {InputPathsMap: {a: $.a}, InputTemplate: '\"<b>\"'}",
            "6:101: error: cannot read InputTransformer of Targets of Watch: InputTemplate for target t contains invalid "
                + "placeholder b.; got the placeholder <b>; want a name of InputPathsMap or one of aws.events.rule-arn, "
                + "aws.events.rule-name, aws.events.event.ingestion-time, aws.events.event, aws.events.event.json"
        ),
        (
            "Id: t, Arn: !Ref Topic, InputTransformer: {InputTemplate: 'bare text'}",
            "6:76: warning: the target 't' gets nothing: its InputTemplate is neither JSON nor texts in double quotes"
        ),
        (
            "Id: t, Arn: !Ref Topic, InputPath: detail",
            "6:53: error: cannot read InputPath of Targets of Watch: got no $ at the start in the path 'detail'; want a "
                + "path such as $.detail.eventName"
        ),
        (
            "Id: t, Arn: !Ref Topic, Input: text",
            "6:49: error: cannot read Input of Targets of Watch: got \"t\"; want a value: the text must be JSON"
        ),
        ("Arn: !Ref Topic", "6:17: error: cannot read Targets of Watch: got no Id; want one"),
        ("Id: t", "6:17: error: cannot read Targets of Watch: got no Arn; want one"),
        (
            "Id: a b, Arn: !Ref Topic",
            "6:22: error: cannot read Id of Targets of Watch: got 'a b'; want letters, digits, '.', '-' and '_'"
        ),
        (
            "Id: t, Arn: !Ref Topic}, {Id: t, Arn: !Ref Topic",
            "6:48: error: cannot read Id of Targets of Watch: got 't' twice; want each Id once"
        ),
        (
            "Id: t, Arn: !Ref Topic, RetryPolicy: {MaximumRetryAttempts: 186}",
            "6:78: error: cannot read MaximumRetryAttempts of RetryPolicy of Targets of Watch: got '186'; want a whole "
                + "number, 0 to 185"
        ),
        (
            "Id: t, Arn: 'arn:aws:sns:us-east-1:000000000000:other'",
            "6:30: note: the topic arn:aws:sns:us-east-1:000000000000:other is not loaded; nobody hears of it"
        ),
        (
            "Id: t, Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f'",
            "6:30: note: the target 't' of rule 'alarms-Watch' is not run: this build tells SNS topics and API destinations, "
                + "not lambda"
        ),
        (
            "Id: t, Arn: 'arn:aws:events:us-east-1:000000000000:api-destination/d/1'",
            "6:30: note: the API destination arn:aws:events:us-east-1:000000000000:api-destination/d/1 is not loaded; it "
                + "is not called"
        ),
    ])
    func `what is to be said of a target is said at it`(target: String, want: String) {
        let loaded = load(rule(target: target))
        #expect(loaded.findings == ["alarms.yaml:" + want])
    }

    @Test func `a rule has at most five targets`() {
        let five = (1...5).map { "{Id: t\($0), Arn: !Ref Topic}" }.joined(separator: ", ")
        #expect(load(rule(["EventPattern: {source: [a]}", "Targets: [\(five)]"])).findings == [])
        let findings = load(rule(["EventPattern: {source: [a]}", "Targets: [\(five), {Id: t6, Arn: !Ref Topic}]"]))
            .findings
        #expect(
            findings == [
                "alarms.yaml:6:16: error: cannot read Targets of Watch: got 6 targets; want at most 5 for each rule"
            ])
    }

    @Test func `targets whose ARNs only AWS knows are left out with a note`() {
        let function = "  Function:\n    Type: AWS::Lambda::Function\n"
        let loaded = load(rule(target: "Id: f, Arn: !GetAtt Function.Arn}, {Id: t, Arn: !Ref Topic") + function)
        #expect(loaded.findings.count == 2)
        #expect(loaded.findings.first?.hasPrefix("alarms.yaml:6:30: note: the target 'f' of Watch is not run") == true)
        #expect(loaded.set.rules.first?.targets.map(\.id) == ["t"])
    }

    // MARK: The rule itself

    @Test(arguments: [
        ("State: DISABLED", "7:14: note: rule 'alarms-Watch' is not run: its State is DISABLED", 1),
        ("EventBusName: default", nil, 1),
        ("EventBusName: arn:aws:events:us-east-1:000000000000:event-bus/default", nil, 1),
        (
            "EventBusName: own",
            "7:7: note: rule Watch is not run: CloudTrail's events reach only the default event bus",
            0
        ),
        (
            "ScheduleExpression: rate(1 day)",
            "7:7: note: ScheduleExpression of Watch has no effect: this build runs no schedules", 1
        ),
        ("Name: a b", "7:13: error: cannot read Name of Watch: got 'a b'; want letters, digits, '.', '-' and '_'", 0),
        (
            "State: ON",
            "7:14: error: cannot read State of Watch: got 'ON'; want one of DISABLED, ENABLED, "
                + "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", 0
        ),
    ])
    func `what is to be said of a rule`(line: String, want: String?, count: Int) {
        let loaded = load(rule(line))
        #expect(loaded.findings == (want.map { ["alarms.yaml:" + $0] } ?? []))
        #expect(loaded.set.rules.count == count)
    }

    @Test func `a rule on a schedule is passed over with a note`() {
        let loaded = load(rule(["ScheduleExpression: rate(1 day)", "Targets: [{Id: t, Arn: !Ref Topic}]"]))
        #expect(
            loaded.findings == [
                "alarms.yaml:5:7: note: rule Watch is not run: it has no EventPattern, and this build runs no schedules"
            ])
        #expect(loaded.set.rules == [])
    }

    @Test func `a rule without targets is warned of`() {
        #expect(
            load(rule(["EventPattern: {source: [a]}"])).findings == [
                "alarms.yaml:2:3: warning: rule 'alarms-Watch' tells nobody: it has no Targets"
            ])
    }

    @Test(arguments: [
        ("{detail: {readOnly: [true], managementEvent: [true]}}", "never matches: it asks for management events"),
        ("{detail: {readOnly: [true], eventCategory: [Management]}}", "never matches: it asks for management events"),
        ("{detail: {readOnly: [true]}}", "matches no management event: it asks for events"),
        ("{detail: {$or: [{readOnly: [true]}, {readOnly: [true], a: [b]}]}}", "matches no management event"),
        ("{detail: {readOnly: [true, false]}}", nil),
        ("{detail: {readOnly: [false]}}", nil),
        ("{detail: {$or: [{readOnly: [true]}, {a: [b]}]}}", nil),
    ])
    func `a rule that asks for what its State leaves out is warned of`(pattern: String, want: String?) {
        let findings = load(rule(pattern: pattern)).findings
        if let want {
            #expect(findings.count == 1)
            #expect(findings.first?.contains("warning: rule 'alarms-Watch' \(want)") == true, "\(findings)")
        } else {
            #expect(findings == [])
        }
        let all = load(rule(pattern: pattern, "State: ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"))
        #expect(all.findings == [])
    }

    @Test func `names are unique over files`() {
        let findings = load(rule("Name: same"), rule("Name: same")).findings
        #expect(
            findings.contains(
                "second.yaml:2:3: error: cannot use the rule name 'same' twice: it stands at alarms.yaml:2 too"))
    }

    @Test func `a secret may not stand in a pattern`() {
        let head = "Parameters: {Secret: {Type: String, NoEcho: true, Default: hush}}\n"
        let findings = load(head + rule(pattern: "{detail: {a: [!Ref Secret]}}")).findings
        #expect(findings.count == 1)
        #expect(findings.first?.contains("error: cannot use a NoEcho parameter in EventPattern of Watch") == true)
    }
}
