import Testing
import TrailAlarms
import TrailModel
import TrailTemplates

/// What intrinsic functions make of the template below, read from an alarm's description.
struct IntrinsicTests {
    static let surroundings = """
        Parameters:
          Name: {Type: String, Default: prod}
          List: {Type: CommaDelimitedList, Default: "a, b,c"}
          Empty: {Type: String, Default: ""}
        Mappings:
          Limits:
            prod: {High: 20, Names: [x, y]}
        Conditions:
          IsProd: !Equals [!Ref Name, prod]
          IsTest: {"Fn::Equals": [{Ref: Name}, test]}
          Neither: !And [!Not [!Condition IsProd], {Condition: IsTest}]
          Either: !Or [!Condition IsTest, Condition: IsProd]
        """
    static let more = """
          Topic:
            Type: AWS::SNS::Topic
            Properties: {TopicName: oncall}
          Unnamed:
            Type: AWS::SNS::Topic
          Other:
            Type: AWS::CloudWatch::Alarm
            Properties: {AlarmName: other, MetricName: EventCount, Namespace: CloudTrail, Statistic: Sum, Period: 300,
              EvaluationPeriods: 1, Threshold: 5, ComparisonOperator: GreaterThanThreshold}
          Group:
            Type: AWS::Logs::LogGroup

        """

    static let cases: [(short: String, long: String, want: String)] = [
        ("!Ref Name", "{Ref: Name}", "prod"),
        ("!Ref AWS::AccountId", "{Ref: 'AWS::AccountId'}", "000000000000"),
        ("!Ref AWS::Region", "{Ref: 'AWS::Region'}", "us-east-1"),
        ("!Ref AWS::StackName", "{Ref: 'AWS::StackName'}", "alarms"),
        ("!Ref AWS::URLSuffix", "{Ref: 'AWS::URLSuffix'}", "amazonaws.com"),
        ("!Ref Topic", "{Ref: Topic}", "arn:aws:sns:us-east-1:000000000000:oncall"),
        ("!Ref Unnamed", "{Ref: Unnamed}", "arn:aws:sns:us-east-1:000000000000:alarms-Unnamed"),
        ("!Ref Other", "{Ref: Other}", "other"),
        ("!Ref Group", "{Ref: Group}", "alarms-Group"),
        ("!GetAtt Other.Arn", "{'Fn::GetAtt': [Other, Arn]}", "arn:aws:cloudwatch:us-east-1:000000000000:alarm:other"),
        ("!GetAtt [Topic, TopicName]", "{'Fn::GetAtt': Topic.TopicName}", "oncall"),
        (
            "!GetAtt Group.Arn", "{'Fn::GetAtt': [Group, Arn]}",
            "arn:aws:logs:us-east-1:000000000000:log-group:alarms-Group:*"
        ),
        (
            "!Sub 'x ${Name} ${!Name} ${AWS::Partition}'", "{'Fn::Sub': 'x ${Name} ${!Name} ${AWS::Partition}'}",
            "x prod ${Name} aws"
        ),
        ("!Sub '${Topic.TopicName} ${Other}'", "{'Fn::Sub': '${Topic.TopicName} ${Other}'}", "oncall other"),
        ("!Sub ['${A}-${Name}', {A: !Ref Name}]", "{'Fn::Sub': ['${A}-${Name}', {A: {Ref: Name}}]}", "prod-prod"),
        ("!Sub 'open ${Name'", "{'Fn::Sub': 'open ${Name'}", "open ${Name"),
        ("!Join ['-', [a, !Ref Name, !Ref AWS::NoValue]]", "{'Fn::Join': ['-', [a, {Ref: Name}]]}", "a-prod"),
        ("!Join ['+', !Ref List]", "{'Fn::Join': ['+', {Ref: List}]}", "a+b+c"),
        ("!Select [1, !Ref List]", "{'Fn::Select': ['1', {Ref: List}]}", "b"),
        ("!Select [2, !Split ['::', 'a::b::']]", "{'Fn::Select': [2, {'Fn::Split': ['::', 'a::b::']}]}", ""),
        ("!FindInMap [Limits, !Ref Name, High]", "{'Fn::FindInMap': [Limits, {Ref: Name}, High]}", "20"),
        (
            "!FindInMap [Limits, test, High, {DefaultValue: none}]",
            "{'Fn::FindInMap': [Limits, test, High, {DefaultValue: none}]}", "none"
        ),
        ("!If [IsProd, yes, no]", "{'Fn::If': [IsProd, yes, no]}", "yes"),
        ("!If [IsTest, yes, !If [Neither, n, !If [Either, e, f]]]", "{'Fn::If': [IsTest, 'yes', e]}", "e"),
        ("!Join ['', [!Sub '${Name}', !Select [0, [!Ref Empty]]]]", "{'Fn::Join': ['', [prod]]}", "prod"),
    ]

    private func description(_ value: String) throws -> (String?, [String]) {
        let loaded = load(
            alarmTemplate(["AlarmDescription": value], head: Self.more + Self.surroundings))
        return (loaded.set.alarms.first { $0.name == "alarms-Busy" }?.alarmDescription, loaded.findings)
    }

    @Test(arguments: cases) func `both spellings of an intrinsic give the same`(
        _ short: String, _ long: String, _ want: String
    ) throws {
        let (fromShort, findings) = try description(short)
        #expect(fromShort == want)
        #expect(findings == [])
        #expect(try description(long).0 == want)
    }

    static let faults: [(String, String)] = [
        ("!Foo x", "cannot work out !Foo: got an unknown intrinsic function"),
        ("!Sbu x", "cannot work out !Sbu: got an unknown intrinsic function; did you mean '!Sub'?"),
        (
            "{'Fn::Jion': [a, [b]]}",
            "cannot work out Fn::Jion: got an unknown intrinsic function; did you mean 'Fn::Join'?"
        ),
        ("!Ref Nmae", "cannot find 'Nmae': want a parameter or resource of this template; did you mean 'Name'?"),
        ("!Sub '${Nope}'", "cannot find 'Nope': want a parameter or resource of this template"),
        ("!GetAtt Topic.Arn", "cannot find attribute 'Arn' of Topic: want one of TopicArn, TopicName"),
        ("!GetAtt Topic", "cannot work out Fn::GetAtt: got 'Topic'; want LogicalId.Attribute"),
        ("!Select [3, !Ref List]", "cannot work out Fn::Select: got position '3'; want 0 to 2"),
        ("!Join [a]", "cannot work out Fn::Join: got 1 values; want 2"),
        ("!Join ['', x]", "cannot work out Fn::Join: got 'x'; want a list"),
        ("!Split ['', x]", "cannot work out Fn::Split: got an empty delimiter; want a text"),
        ("!FindInMap [Limits, prod, Hihg]", "cannot find 'Limits.prod.Hihg' under Mappings; did you mean 'High'?"),
        ("!If [IsPord, a, b]", "cannot find condition 'IsPord': want a name under Conditions; did you mean 'IsProd'?"),
        ("!Equals [a, b]", "cannot use Fn::Equals as a value: want it under Conditions, and Fn::If here"),
    ]

    @Test(arguments: faults) func `a wrong intrinsic is one error`(_ value: String, _ want: String) throws {
        let (description, findings) = try description(value)
        #expect(description == nil)
        #expect(findings.count == 1)
        let finding = try #require(findings.first)
        #expect(finding.hasPrefix("alarms.yaml:5:") && finding.hasSuffix(": error: \(want)"), "\(finding)")
    }

    @Test func `an intrinsic's error stands where the intrinsic stands`() {
        let loaded = load(alarmTemplate(["AlarmDescription": "!Join ['', [a, !Foo b]]"]))
        #expect(
            loaded.findings == ["alarms.yaml:5:40: error: cannot work out !Foo: got an unknown intrinsic function"])
    }

    @Test func `conditions and names that lead back to themselves are errors`() {
        let loaded = load(
            """
            Conditions:
              A: !Condition B
              B: !Not [Condition: A]
            Resources:
              One:
                Type: AWS::SNS::Topic
                Properties: {TopicName: !GetAtt Two.TopicName}
              Two:
                Type: AWS::SNS::Topic
                Properties: {TopicName: !GetAtt One.TopicName}
            """)
        #expect(
            loaded.findings.contains("alarms.yaml:3:23: error: cannot work out condition 'A': it leads back to itself"))
        #expect(
            loaded.findings.contains { $0.contains("error: cannot work out the name of Two: it leads back to itself") })
        #expect(loaded.set.topics == [])
    }

    @Test(arguments: ["!ImportValue other", "!GetAtt Queue.Arn", "{'Fn::Transform': {Name: x}}", "!GetAZs ''"])
    func `what only AWS knows disables only what needs it`(_ value: String) {
        let queue = "  Queue: {Type: 'AWS::SQS::Queue'}\n  Topic: {Type: 'AWS::SNS::Topic'}\n"
        let described = load(alarmTemplate(["AlarmDescription": value], head: queue))
        #expect(described.set.alarms.count == 1)
        #expect(described.set.alarms.first?.alarmDescription == nil)
        #expect(described.findings.contains { $0.contains(": warning: AlarmDescription of Busy is left out: it is ") })
        let needed = load(alarmTemplate(["Threshold": value], head: queue))
        #expect(needed.set.alarms == [])
        #expect(needed.set.topics.count == 1)
        #expect(needed.findings.contains { $0.contains(": warning: Busy is not used: Threshold is ") })
        #expect(!needed.findings.contains { $0.contains(": error: ") })
    }

    @Test func `texts that multiply are stopped`() {
        var text = "Resources:\n  T0: {Type: 'AWS::SNS::Topic', Properties: {TopicName: aaaaaaaaaaaaaaaa}}\n"
        for index in 1...12 {
            let name = "!GetAtt T\(index - 1).TopicName"
            let parts = Array(repeating: name, count: 10).joined(separator: ", ")
            text += "  T\(index): {Type: 'AWS::SNS::Topic', Properties: {TopicName: !Join ['', [\(parts)]]}}\n"
        }
        #expect(
            load(text).findings.contains { $0.contains("error: cannot work out a value: got more than 1048576 bytes") })
    }
}
