import TrailModel
import TrailTemplates
import TrailYAML

/// An alarm file: whatever its bytes, it is loaded or refused, and time and memory stay within what its limits allow.
enum Templates {
    static let samples = [
        """
        Parameters:
          P: {Type: CommaDelimitedList, Default: "a,b", AllowedPattern: "[a-z]+"}
          N: {Type: Number, Default: 5, MinValue: 1}
        Mappings: {M: {us-east-1: {t: 7}}}
        Conditions: {C: !And [!Equals [!Ref N, 5], !Not [Condition: D]], D: !Equals [!Ref "AWS::Region", x]}
        Resources:
          T: {Type: "AWS::SNS::Topic", Properties: {TopicName: !Join ["-", [!Select [0, !Ref P], t]]}}
          A:
            Type: AWS::CloudWatch::Alarm
            Condition: C
            Properties: &a
              AlarmName: !Sub ["${x}-${AWS::StackName}", {x: !FindInMap [M, !Ref "AWS::Region", t]}]
              Namespace: CloudTrail
              MetricName: EventCount
              Period: 300
              Statistic: Sum
              EvaluationPeriods: 1
              Threshold: !If [C, 1, 2]
              ComparisonOperator: GreaterThanThreshold
              AlarmActions: [!Ref T, !GetAtt T.TopicArn]
          B: {Type: "AWS::CloudWatch::Alarm", Properties: {<<: *a, AlarmName: b}}
          Q: {Type: "AWS::CloudWatch::CompositeAlarm", Properties: {AlarmRule: !Sub 'ALARM("${A}") AND NOT OK(b)'}}
        """,
        """
        {"Resources": {"F": {"Type": "AWS::Logs::MetricFilter", "Properties": {"LogGroupName": "g",
        "FilterPattern": {"Fn::Join": ["", ["{ $.a = ", {"Ref": "AWS::AccountId"}, " }"]]}, "MetricTransformations":
        [{"MetricNamespace": "n", "MetricName": "m", "MetricValue": "$.b", "Dimensions": [{"Key": "k", "Value": "$.c"}]}]}},
        "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": [{"Id": "q", "Expression":
        "SELECT SUM(m) FROM SCHEMA(n, k) GROUP BY k ORDER BY SUM() DESC", "Period": 60}], "EvaluationPeriods": 1,
        "Threshold": "1", "ComparisonOperator": "GreaterThanThreshold"}},
        "R": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["aws.iam"]}, "Targets":
        [{"Id": "t", "Arn": "arn:aws:sns:us-east-1:000000000000:t", "InputPath": "$.detail"}]}}}}
        """,
    ]

    static func load(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = TemplateLoader().load([TemplateDocument(yaml: text, file: "fuzz.yaml")])
    }
}
