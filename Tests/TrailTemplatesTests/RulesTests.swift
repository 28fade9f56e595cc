import Testing
import TrailAlarms
import TrailTemplates

/// `Rules`, `AllowedPattern`, and the functions `Fn::Base64` and `Fn::Length`.
struct RulesTests {
    private static func template(_ rule: String) -> String {
        """
        Parameters:
          Env: {Type: String, Default: prod}
          Zones: {Type: CommaDelimitedList, Default: "a,b"}
          Open: {Type: String}
        Rules:
          Strict: {\(rule)}
        Resources:
          Topic: {Type: AWS::SNS::Topic}
        """
    }

    @Test(arguments: [
        ("!Equals [!Ref Env, prod]", true),
        ("!Equals [!Ref Env, dev]", false),
        ("!Not [!Equals [!Ref Env, dev]]", true),
        ("{Fn::Contains: [[prod, dev], !Ref Env]}", true),
        ("{Fn::Contains: [[dev], !Ref Env]}", false),
        ("{Fn::EachMemberIn: [!Ref Zones, [a, b, c]]}", true),
        ("{Fn::EachMemberIn: [!Ref Zones, [a]]}", false),
        ("{Fn::EachMemberEquals: [[x, x], x]}", true),
        ("{Fn::EachMemberEquals: [!Ref Zones, a]}", false),
        ("!Equals [!Ref Open, x]", true),
        ("{Fn::EachMemberIn: [{Fn::ValueOfAll: [AWS::EC2::VPC::Id, Tags.x]}, [a]]}", true),
        ("!And [!Equals [!Ref Env, prod], {Fn::Contains: [[dev], !Ref Env]}]", false),
    ])
    func `an assertion that does not hold is an error`(assertion: String, holds: Bool) {
        let rule = "Assertions: [{Assert: \(assertion), AssertDescription: not allowed}]"
        let finding =
            "alarms.yaml:6:34: error: cannot use the parameters: an assertion of rule Strict does not hold: not allowed"
        let findings = load(Self.template(rule)).findings.map {
            $0.replacing(/^alarms.yaml:6:\d+/, with: "alarms.yaml:6:34")
        }
        #expect(findings == (holds ? [] : [finding]))
        let off = "RuleCondition: !Equals [!Ref Env, dev], " + rule
        #expect(load(Self.template(off)).findings == [])
    }

    @Test(arguments: [
        ("Assertions: none", "6:3: error: cannot read rule Strict: got no list of Assertions; want at least one"),
        (
            "Assertions: [{AssertDescription: x}]",
            "6:25: error: cannot read rule Strict: got an assertion without Assert; want a condition"
        ),
    ])
    func `a rule of another form is an error`(rule: String, finding: String) {
        #expect(load(Self.template(rule)).findings == ["alarms.yaml:" + finding])
    }

    @Test func `the functions of rules are none of conditions`() {
        let text = "Conditions: {A: {Fn::Contains: [[a], a]}}\nResources: {T: {Type: AWS::SNS::Topic}}"
        #expect(load(text).findings.contains { $0.contains("error: cannot use Fn::Contains as a condition") })
    }

    @Test(arguments: [
        ("[0-9]{12}", "123456789012", true), ("[0-9]{12}", "1234567890123", false), ("[a-z]+", "ab1", false),
        ("^$|https://.*", "", true), ("^$|https://.*", "https://x", true), ("^$|https://.*", "xhttps://x", false),
        ("a|bc", "abc", false),
    ])
    func `a value must match AllowedPattern as a whole`(pattern: String, value: String, isAllowed: Bool) {
        let text = """
            Parameters:
              Name: {Type: String, AllowedPattern: '\(pattern)', ConstraintDescription: digits}
            Resources: {T: {Type: AWS::SNS::Topic}}
            """
        let finding =
            "alarms.yaml:2:3: error: cannot use the value of parameter Name: got '\(value)'; want one that matches "
            + "\(pattern) (digits)"
        let findings = load(text, settings: TemplateSettings(parameters: ["Name": value])).findings
        #expect(findings == (isAllowed ? [] : [finding]))
    }

    @Test func `an AllowedPattern with groups is left to AWS`() {
        let text =
            "Parameters: {Name: {Type: String, AllowedPattern: '(a+)+$'}}\nResources: {T: {Type: AWS::SNS::Topic}}"
        let value = String(repeating: "a", count: 10_000) + "b"
        #expect(
            load(text, settings: TemplateSettings(parameters: ["Name": value])).findings == [
                "alarms.yaml:1:14: note: AllowedPattern of parameter Name is not checked here; AWS checks it"
            ])
    }

    @Test(arguments: [
        ("!Base64 ''", ""), ("!Base64 f", "Zg=="), ("!Base64 fo", "Zm8="), ("!Base64 foo", "Zm9v"),
        ("!Base64 foobar", "Zm9vYmFy"), ("{Fn::Base64: !Sub 'ÿ?>'}", "w78/Pg=="), ("{Fn::Length: [a, b]}", "2"),
        ("{Fn::Length: !Split [',', 'a,b,c']}", "3"),
    ])
    func `Base64 and Length are worked out`(value: String, result: String) {
        #expect(load(alarmTemplate(["AlarmDescription": value])).set.alarms.first?.alarmDescription == result)
    }

    /// Of the first two rows the CloudFormation user guide gives the values.
    @Test(arguments: [
        (
            "!Cidr [192.168.0.0/24, 6, 5]",
            "192.168.0.0/27,192.168.0.32/27,192.168.0.64/27,192.168.0.96/27,192.168.0.128/27,192.168.0.160/27"
        ),
        ("{Fn::Cidr: ['192.168.0.0/24', '2', '5']}", "192.168.0.0/27,192.168.0.32/27"),
        ("!Cidr [10.1.2.3/16, 2, 8]", "10.1.0.0/24,10.1.1.0/24"), ("!Cidr [10.0.0.0/8, 1, 24]", "10.0.0.0/8"),
        ("!Cidr ['2001:db8:0:ff00::/56', 2, 64]", "2001:db8:0:ff00::/64,2001:db8:0:ff01::/64"),
        ("!Cidr ['::/0', 1, 128]", "::/0"), ("!Cidr ['1:0:0:2::/64', 2, 0]", "1:0:0:2::/128,1:0:0:2::1/128"),
        ("!Cidr [255.255.255.255/32, 1, 0]", "255.255.255.255/32"),
    ])
    func `Cidr divides a block`(value: String, result: String) {
        let text = alarmTemplate(["AlarmDescription": "!Join [',', \(value)]"])
        #expect(load(text).set.alarms.first?.alarmDescription == result)
    }

    @Test(arguments: [
        ("!Cidr [10.0.0.0/24, 2, 8]", "got 2 blocks of 8 bits; want what fits into a /24"),
        ("!Cidr [10.0.0.0/24, 1, 9]", "got 1 blocks of 9 bits; want what fits into a /24"),
        ("!Cidr [10.0.0.0, 1, 8]", "got '10.0.0.0'; want a block of addresses such as 10.0.0.0/16"),
        ("!Cidr [10.0.0.0/33, 1, 8]", "got '10.0.0.0/33'; want a block of addresses such as 10.0.0.0/16"),
        ("!Cidr [10.0.0.0/8, 257, 8]", "got '257'; want 1 to 256"),
        ("!Cidr [10.0.0.0/8, 0, 8]", "got '0'; want 1 to 256"), ("!Cidr [10.0.0.0/8, 1, 33]", "got '33'; want 0 to 32"),
        ("!Cidr [10.0.0.0/8]", "got 1 values; want 2 to 3"),
    ])
    func `blocks that cannot be are one error`(value: String, message: String) {
        let findings = load(alarmTemplate(["AlarmDescription": "!Join [',', \(value)]"])).findings
        #expect(findings.count == 1)
        #expect(findings.first?.hasSuffix(": error: cannot work out Fn::Cidr: \(message)") == true, "\(findings)")
    }

    @Test func `Cidr without bits is not guessed`() {
        let loaded = load(alarmTemplate(["AlarmDescription": "!Join [',', !Cidr [10.0.0.0/16, 2]]"]))
        #expect(loaded.set.alarms.first?.alarmDescription == nil)
        #expect(loaded.findings.count == 1 && loaded.findings[0].contains(": warning: "), "\(loaded.findings)")
    }

    @Test(arguments: [
        ("{key1: value1, key2: !Ref Name}", #"{"key1":"value1","key2":"resolvedValue"}"#),
        ("[{b: 1, a: '1'}, true, -0.5, 'tr\"ue', [], {}]", #"[{"b":1,"a":"1"},true,-0.5,"tr\"ue",[],{}]"#),
        ("{gone: !Ref 'AWS::NoValue', kept: [!Ref 'AWS::NoValue', x]}", #"{"kept":["x"]}"#),
        ("!Split [',', 'a,b']", #"["a","b"]"#),
    ])
    func `ToJsonString writes JSON`(value: String, result: String) {
        let head = "Parameters: {Name: {Type: String, Default: resolvedValue}}\n"
        let loaded = load(alarmTemplate(["AlarmDescription": "{Fn::ToJsonString: \(value)}"], head: head))
        #expect(loaded.set.alarms.first?.alarmDescription == result)
        #expect(loaded.findings == [])
    }

    @Test func `ToJsonString takes no text`() {
        let findings = load(alarmTemplate(["AlarmDescription": "{Fn::ToJsonString: x}"])).findings
        #expect(findings.count == 1)
        #expect(
            findings.first?.hasSuffix("cannot work out Fn::ToJsonString: got 'x'; want a mapping or a list") == true)
    }

    @Test func `what transforms make is passed over with notes`() {
        let text = """
            Transform: AWS::Serverless-2016-10-31
            Globals: {Function: {Timeout: 3}}
            Resources:
              Topic: {Type: AWS::SNS::Topic}
              Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://bucket/more.yaml}}
            """
        #expect(
            load(text).findings == [
                "alarms.yaml:1:1: note: Transform is not applied here; what it makes is not known",
                "alarms.yaml:5:3: note: Fn::Transform is not applied here; what it makes is not known",
            ])
    }
}
