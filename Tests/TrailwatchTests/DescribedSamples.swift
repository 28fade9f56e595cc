/// Outputs as `aws cloudwatch describe-alarms` and `aws logs describe-metric-filters` print them.
enum DescribedSamples {
    static let alarms = """
        {
            "MetricAlarms": [
                \(signIns),
                {
                    "AlarmName": "latency: p99",
                    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:latency: p99",
                    "AlarmConfigurationUpdatedTimestamp": "2026-03-02T10:11:12.345000+00:00",
                    "ActionsEnabled": true, "OKActions": [], "AlarmActions": [], "InsufficientDataActions": [],
                    "StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation",
                    "StateUpdatedTimestamp": "2026-03-02T10:11:12.345000+00:00",
                    "MetricName": "Latency", "Namespace": "AWS/ApiGateway", "ExtendedStatistic": "p99",
                    "Dimensions": [{"Name": "Api", "Value": "true"}],
                    "Period": 60, "EvaluationPeriods": 5, "Threshold": 2500.0,
                    "ComparisonOperator": "GreaterThanThreshold",
                    "EvaluateLowSampleCountPercentile": "ignore",
                    "StateTransitionedTimestamp": "2026-03-02T10:11:12.345000+00:00"
                },
                {
                    "AlarmName": "error rate",
                    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:error rate",
                    "ActionsEnabled": true, "OKActions": ["arn:aws:sns:eu-west-1:123456789012:ops"],
                    "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:ops"], "InsufficientDataActions": [],
                    "StateValue": "OK", "Dimensions": [], "EvaluationPeriods": 3, "DatapointsToAlarm": 3,
                    "Threshold": 25.0, "ComparisonOperator": "GreaterThanThreshold",
                    "TreatMissingData": "notBreaching",
                    "Metrics": [
                        {"Id": "rate", "Expression": "IF(calls >= 200, 100*errors/calls, 0)", "Label": "rate: %",
                         "ReturnData": true},
                        {"Id": "calls", "ReturnData": false, "AccountId": "123456789012", "MetricStat": {"Metric":
                         {"Namespace": "Trail", "MetricName": "ApiCalls", "Dimensions": []}, "Period": 300,
                         "Stat": "Sum"}},
                        {"Id": "errors", "ReturnData": false, "MetricStat": {"Metric":
                         {"Namespace": "Trail", "MetricName": "ApiErrors"}, "Period": 300, "Stat": "Sum"}}
                    ]
                }
            ],
            "CompositeAlarms": [
                {
                    "ActionsEnabled": true, "AlarmName": "any",
                    "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:ops"],
                    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:any",
                    "AlarmRule": "ALARM(\\"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:error rate\\") OR ALARM(a-child)",
                    "InsufficientDataActions": [], "OKActions": [], "StateReason": "x", "StateValue": "OK",
                    "StateReasonData": "{}", "ActionsSuppressor":
                    "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:failed-sign-ins",
                    "ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 120
                },
                {
                    "ActionsEnabled": true, "AlarmName": "a-child", "AlarmActions": [],
                    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a-child",
                    "AlarmRule": "NOT OK(failed-sign-ins)", "StateValue": "OK"
                }
            ],
            "LogAlarms": []
        }
        """

    static let signIns = """
        {
            "AlarmName": "failed-sign-ins",
            "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:failed-sign-ins",
            "AlarmDescription": "It's \\"five\\":\\n# or more",
            "AlarmConfigurationUpdatedTimestamp": "2026-03-02T10:11:12.345000+00:00",
            "ActionsEnabled": false, "OKActions": [],
            "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:ops", "arn:aws:sns:eu-west-1:999999999999:other"],
            "InsufficientDataActions": [], "StateValue": "ALARM",
            "StateReason": "Threshold Crossed: 2 out of the last 3 datapoints", "StateReasonData": "{}",
            "StateUpdatedTimestamp": "2026-03-02T10:11:12.345000+00:00",
            "MetricName": "FailedSignIns", "Namespace": "Security", "Statistic": "Sum", "Dimensions": [],
            "Period": 300, "Unit": "Count", "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 0.5,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
            "StateTransitionedTimestamp": "2026-03-02T10:11:12.345000+00:00"
        }
        """

    static let signInsFilter = """
        {
            "filterName": "failed-sign-ins",
            "filterPattern": "{ ($.eventName = ConsoleLogin) && ($.errorMessage = \\"Failed authentication\\") }",
            "metricTransformations": [{"metricName": "FailedSignIns", "metricNamespace": "Security",
             "metricValue": "1", "defaultValue": 0.0, "unit": "Count"}],
            "creationTime": 1709374272345, "logGroupName": "/aws/trail", "applyOnTransformedLogs": false
        }
        """

    static let filters = """
        {
            "metricFilters": [
                {
                    "filterName": "bytes out",
                    "filterPattern": "{ ($.eventName = \\"GetObject\\") && ($.note != \\"it's: #1\\") }",
                    "metricTransformations": [{"metricName": "BytesOut", "metricNamespace": "Data",
                     "metricValue": "$.additionalEventData.bytesTransferredOut", "unit": "Bytes",
                     "dimensions": {"Zone": "$.awsRegion", "Bucket": "$.requestParameters.bucketName"}}],
                    "creationTime": 1709374272345, "logGroupName": "/aws/trail"
                },
                {
                    "filterName": "calls", "filterPattern": "", "logGroupName": "/aws/trail",
                    "metricTransformations": [{"metricName": "ApiCalls", "metricNamespace": "Trail",
                     "metricValue": "1"}], "creationTime": 1709374272345
                },
                {
                    "filterName": "errors", "filterPattern": "{ $.errorCode = \\"*\\" }", "logGroupName": "/aws/trail",
                    "metricTransformations": [{"metricName": "ApiErrors", "metricNamespace": "Trail",
                     "metricValue": "1"}], "creationTime": 1709374272345
                },
                \(signInsFilter)
            ]
        }
        """

    static let signInsYAML = #"""
        AWSTemplateFormatVersion: '2010-09-09'
        Description: 'Imported from AWS: 1 metric alarm, 0 composite alarms, 1 metric filter.'

        Resources:
          OpsTopic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: ops

          FailedSignInsFilter:
            Type: AWS::Logs::MetricFilter
            Properties:
              FilterName: failed-sign-ins
              LogGroupName: /aws/trail
              FilterPattern: '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'
              MetricTransformations:
              - MetricNamespace: Security
                MetricName: FailedSignIns
                MetricValue: '1'
                DefaultValue: 0
                Unit: Count
          FailedSignInsAlarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: failed-sign-ins
              AlarmDescription: "It's \"five\":\n# or more"
              ActionsEnabled: false
              AlarmActions:
              - Ref: OpsTopic
              - arn:aws:sns:eu-west-1:999999999999:other
              Namespace: Security
              MetricName: FailedSignIns
              Statistic: Sum
              Unit: Count
              Period: 300
              EvaluationPeriods: 3
              DatapointsToAlarm: 2
              Threshold: 0.5
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: notBreaching

        """#
}
