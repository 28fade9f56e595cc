import Testing
import TrailAlarms
import TrailModel
import TrailPatterns
import TrailTemplates

struct ParameterTests {
    private func template(_ parameter: String, threshold: String = "!Ref Limit") -> String {
        alarmTemplate(["Threshold": threshold], head: "Parameters:\n  Limit: {\(parameter)}\n")
    }

    @Test func `a value given wins over the default`() {
        let text = template("Type: Number, Default: 5")
        #expect(load(text).set.alarms.first?.threshold == 5)
        let given = load(text, settings: TemplateSettings(parameters: ["Limit": "7.5"]))
        #expect(given.set.alarms.first?.threshold == 7.5)
        #expect(given.findings == [])
    }

    @Test(arguments: [
        ("Type: String", false, "13:3: note: parameter Limit has no value: give it with --parameter Limit=…"),
        ("Type: String", true, "13:3: error: parameter Limit has no value: give it with --parameter Limit=…"),
        (
            "Type: 'AWS::SSM::Parameter::Value<String>', Default: /limits/a", false,
            "13:3: note: parameter Limit is kept in Systems Manager on AWS and has no value: give it with --parameter Limit=…"
        ),
    ]) func `a parameter without value is a note in check and an error in serve`(
        _ parameter: String, _ requires: Bool, _ want: String
    ) {
        let loaded = load(template(parameter), settings: TemplateSettings(requiresParameterValues: requires))
        #expect(loaded.findings == ["alarms.yaml:" + want])
        #expect(loaded.set.alarms == [])
    }

    @Test func `a log group and an e-mail address may be missing, and so may what nothing uses`() {
        let text = """
            Parameters:
              Group: {Type: String}
              Mail: {Type: String}
              Unused: {Type: String}
            Resources:
              Users:
                Type: AWS::Logs::MetricFilter
                Properties:
                  LogGroupName: !Ref Group
                  FilterPattern: '{ $.eventName = "CreateUser" }'
                  MetricTransformations: [{MetricName: Users, MetricNamespace: Own, MetricValue: 1}]
              Topic:
                Type: AWS::SNS::Topic
                Properties: {Subscription: [{Protocol: email, Endpoint: !Ref Mail}]}
            """
        let loaded = load(text, settings: TemplateSettings(requiresParameterValues: true))
        #expect(loaded.set.filters.map(\.logGroupName) == [""])
        #expect(loaded.set.subscriptions == [])
        #expect(
            loaded.findings == [
                "alarms.yaml:14:61: note: Subscription of Topic is not used: its e-mail address is not given"
            ])
    }

    @Test(
        arguments: [
            (
                "Type: Number, Default: x", nil,
                "13:34: error: cannot use the value of parameter Limit: got 'x'; want a number"
            ),
            (
                "Type: Number, MinValue: 1", "0",
                "13:3: error: cannot use the value of parameter Limit: got '0'; want at least 1"
            ),
            (
                "Type: Number, MaxValue: 9", "10",
                "13:3: error: cannot use the value of parameter Limit: got '10'; want at most 9"
            ),
            (
                "Type: String, MinLength: 2, ConstraintDescription: two digits", "7",
                "13:3: error: cannot use the value of parameter Limit: got '7'; want at least 2 characters (two digits)"
            ),
            (
                "Type: String, AllowedValues: ['10', '20']", "100",
                "13:3: error: cannot use the value of parameter Limit: got '100'; want one of 10, 20; did you mean '10'?"
            ),
            (
                "Type: Strnig", nil,
                "13:17: error: cannot read parameter Limit: got the type 'Strnig'; want String, Number, CommaDelimitedList, "
                    + "List<Number> or a type of AWS; did you mean 'String'?"
            ),
            (
                "Type: String, Default: [a]", nil,
                "13:34: error: cannot read parameter Limit: got a list as Default; want a text"
            ),
            (
                "Type: String, Defualt: a, Default: '5'", nil,
                "13:25: warning: unknown key 'Defualt' of a parameter; did you mean 'Default'?"
            ),
            (
                "Type: String, AllowedPattern: '([0-9])+'", "5",
                "13:3: note: AllowedPattern of parameter Limit is not checked here; AWS checks it"
            ),
        ] as [(String, String?, String)]) func `what is wrong with a parameter is said once`(
            _ parameter: String, _ value: String?, _ want: String
        )
    {
        let settings = TemplateSettings(parameters: value.map { ["Limit": $0] } ?? [:])
        #expect(load(template(parameter), settings: settings).findings == ["alarms.yaml:" + want])
    }

    @Test func `a name that no file declares is an error without a place`() {
        let settings = TemplateSettings(parameters: ["Limits": "5"])
        #expect(
            load(template("Type: Number, Default: 5"), settings: settings).findings == [
                "error: cannot use --parameter Limits: no loaded file declares it; did you mean 'Limit'?"
            ])
        let second = alarmTemplate(head: "Parameters: {Limits: {Type: Number}}\n")
        #expect(load(template("Type: Number, Default: 5"), second, settings: settings).findings == [])
    }

    /// Every way in which the value could come into a message.
    @Test(arguments: [
        ("Threshold", "!Ref Limit"), ("AlarmName", "!Ref Limit"), ("AlarmName", "!Sub 'x ${Limit}'"),
        ("Statistic", "!Select [0, [!Ref Limit]]"), ("AlarmActions", "[!Join ['', [!Ref Limit]]]"),
        ("AlarmDescription", "!Select [!Ref Limit, [a]]"), ("AlarmDescription", "!FindInMap [!Ref Limit, a, b]"),
        ("Namespace", "!Select [0, !Split ['-', !Ref Limit]]"), ("Tags", "[{Key: !Ref Limit, Value: !Ref Limit}]"),
    ]) func `a NoEcho value appears in no message and no definition`(_ property: String, _ value: String) {
        let text = alarmTemplate(
            [property: value], head: "Parameters:\n  Limit: {Type: String, NoEcho: true, Default: hunter2}\n")
        let loaded = load(text)
        #expect(loaded.findings.contains { $0.contains(": error: ") })
        #expect(!String(describing: loaded.set).contains("hunter2"))
        #expect(!loaded.findings.joined().contains("hunter2"))
    }

    @Test func `a NoEcho address is used`() {
        let text = """
            Parameters: {Hook: {Type: String, NoEcho: true, Default: "https://example.com/hunter2"}}
            Resources:
              Topic:
                Type: AWS::SNS::Topic
                Properties: {Subscription: [{Protocol: https, Endpoint: !Ref Hook}]}
            """
        #expect(load(text).set.subscriptions.map(\.endpoint) == ["https://example.com/hunter2"])
        #expect(load(text).findings == [])
    }
}
