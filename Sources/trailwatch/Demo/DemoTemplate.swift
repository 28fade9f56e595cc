/// The demo's own alarm file.
enum DemoTemplate {
    static let receiverParameter = "ReceiverUrl"

    /// Names of the alarms that the story waits for.
    enum Alarm {
        static let bruteForce = "console-brute-force"
        static let rootLogin = "root-login-without-mfa"
        static let deniedLaunches = "denied-launches"
        static let trailStopped = "trail-stopped"
    }

    /// Periods of a minute, so that an alarm is over two minutes after the last bad one.
    static let text = """
        AWSTemplateFormatVersion: "2010-09-09"
        Description: The alarms of trailwatch demo. Edit and save, the running demo reloads this file.

        Parameters:
          ReceiverUrl:
            Type: String
            Description: Where messages go; the demo gives the address of its own receiver.
          TrailLogGroupName:
            Type: String
            Default: aws-cloudtrail-logs
            MinLength: 1
            Description: Name of the CloudWatch Logs group that the trail writes to; only AWS needs it.

        Resources:
          AlarmTopic:
            Type: AWS::SNS::Topic
            Properties:
              TopicName: trailwatch-demo
          Receiver:
            Type: AWS::SNS::Subscription
            Properties:
              TopicArn: !Ref AlarmTopic
              Protocol: http
              Endpoint: !Ref ReceiverUrl

          BruteForceFilter:
            Type: AWS::Logs::MetricFilter
            Properties:
              FilterName: \(Alarm.bruteForce)
              LogGroupName: !Ref TrailLogGroupName
              FilterPattern: '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'
              MetricTransformations:
                - MetricNamespace: Demo
                  MetricName: ConsoleSignInFailures
                  MetricValue: "1"
                  DefaultValue: 0
          BruteForceAlarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: \(Alarm.bruteForce)
              AlarmDescription: Somebody tries passwords on the console. See whether a success follows.
              AlarmActions: [!Ref AlarmTopic]
              OKActions: [!Ref AlarmTopic]
              Namespace: Demo
              MetricName: ConsoleSignInFailures
              Statistic: Sum
              Period: 60
              EvaluationPeriods: 1
              Threshold: 10
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: notBreaching
              Tags:
                - Key: severity
                  Value: high

          RootLoginFilter:
            Type: AWS::Logs::MetricFilter
            Properties:
              FilterName: \(Alarm.rootLogin)
              LogGroupName: !Ref TrailLogGroupName
              FilterPattern: >-
                { ($.eventName = ConsoleLogin) && ($.userIdentity.type = Root) && ($.additionalEventData.MFAUsed != Yes) }
              MetricTransformations:
                - MetricNamespace: Demo
                  MetricName: RootLoginsWithoutMfa
                  MetricValue: "1"
                  DefaultValue: 0
          RootLoginAlarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: \(Alarm.rootLogin)
              AlarmDescription: The root user signed in without a second factor. Ask its owner at once.
              AlarmActions: [!Ref AlarmTopic]
              Namespace: Demo
              MetricName: RootLoginsWithoutMfa
              Statistic: Sum
              Period: 60
              EvaluationPeriods: 1
              Threshold: 1
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: notBreaching
              Tags:
                - Key: severity
                  Value: critical

          DeniedLaunchesFilter:
            Type: AWS::Logs::MetricFilter
            Properties:
              FilterName: \(Alarm.deniedLaunches)
              LogGroupName: !Ref TrailLogGroupName
              FilterPattern: '{ ($.eventName = RunInstances) && ($.errorCode = "*UnauthorizedOperation") }'
              MetricTransformations:
                - MetricNamespace: Demo
                  MetricName: DeniedLaunches
                  MetricValue: "1"
                  DefaultValue: 0
          DeniedLaunchesAlarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: \(Alarm.deniedLaunches)
              AlarmDescription: Somebody without permission tried to launch instances again and again.
              AlarmActions: [!Ref AlarmTopic]
              OKActions: [!Ref AlarmTopic]
              Namespace: Demo
              MetricName: DeniedLaunches
              Statistic: Sum
              Period: 60
              EvaluationPeriods: 1
              Threshold: 3
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: notBreaching
              Tags:
                - Key: severity
                  Value: medium

          TrailStoppedFilter:
            Type: AWS::Logs::MetricFilter
            Properties:
              FilterName: \(Alarm.trailStopped)
              LogGroupName: !Ref TrailLogGroupName
              FilterPattern: >-
                { ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = StopLogging) || ($.eventName =
                DeleteTrail)) }
              MetricTransformations:
                - MetricNamespace: Demo
                  MetricName: TrailStops
                  MetricValue: "1"
                  DefaultValue: 0
          TrailStoppedAlarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: \(Alarm.trailStopped)
              AlarmDescription: Somebody stopped or deleted a trail. Start it again, then look at who it was.
              AlarmActions: [!Ref AlarmTopic]
              Namespace: Demo
              MetricName: TrailStops
              Statistic: Sum
              Period: 60
              EvaluationPeriods: 1
              Threshold: 1
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: notBreaching
              Tags:
                - Key: severity
                  Value: critical

          ApiErrorsFilter:
            Type: AWS::Logs::MetricFilter
            Properties:
              FilterName: api-errors
              LogGroupName: !Ref TrailLogGroupName
              FilterPattern: '{ ($.errorCode = "*") && ($.errorCode != "Success") }'
              MetricTransformations:
                - MetricNamespace: Demo
                  MetricName: ApiErrors
                  MetricValue: "1"
                  DefaultValue: 0
          ApiErrorsAlarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmName: api-errors
              AlarmDescription: Many API calls fail. Group them by error code, service and principal.
              AlarmActions: [!Ref AlarmTopic]
              OKActions: [!Ref AlarmTopic]
              Namespace: Demo
              MetricName: ApiErrors
              Statistic: Sum
              Period: 300
              EvaluationPeriods: 3
              DatapointsToAlarm: 2
              Threshold: 500
              ComparisonOperator: GreaterThanOrEqualToThreshold
              TreatMissingData: notBreaching
              Tags:
                - Key: severity
                  Value: medium

        """
}
