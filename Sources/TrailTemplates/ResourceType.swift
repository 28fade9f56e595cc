/// What this build knows of a resource type: its properties, and which of them name it.
struct ResourceType {
    let properties: [String]
    /// The property that gives the name which `Ref` or an ARN shows.
    let nameProperty: String?
    /// What `Fn::GetAtt` can ask for.
    let attributes: [String]

    /// Types that are read; for `AWS::Logs::LogGroup` only what refers to it.
    static let known: [String: ResourceType] = [
        "AWS::CloudWatch::Alarm": ResourceType(
            properties: [
                "ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmName", "ComparisonOperator",
                "DatapointsToAlarm", "Dimensions", "EvaluateLowSampleCountPercentile", "EvaluationCriteria",
                "EvaluationInterval", "EvaluationPeriods", "ExtendedStatistic", "InsufficientDataActions", "MetricName",
                "Metrics", "Namespace", "OKActions", "Period", "Statistic", "Tags", "Threshold", "ThresholdMetricId",
                "TreatMissingData", "Unit",
            ], nameProperty: "AlarmName", attributes: ["Arn"]),
        "AWS::CloudWatch::CompositeAlarm": ResourceType(
            properties: [
                "ActionsEnabled", "ActionsSuppressor", "ActionsSuppressorExtensionPeriod",
                "ActionsSuppressorWaitPeriod", "AlarmActions", "AlarmDescription", "AlarmName", "AlarmRule",
                "InsufficientDataActions", "OKActions", "Tags",
            ], nameProperty: "AlarmName", attributes: ["Arn"]),
        "AWS::CloudWatch::AlarmMuteRule": ResourceType(
            properties: ["Description", "ExpireDate", "MuteTargets", "Name", "Rule", "StartDate", "Tags"],
            nameProperty: "Name", attributes: ["Arn", "LastUpdatedTimestamp", "MuteType", "Status"]),
        "AWS::Logs::MetricFilter": ResourceType(
            properties: [
                "ApplyOnTransformedLogs", "EmitSystemFieldDimensions", "FieldSelectionCriteria", "FilterName",
                "FilterPattern", "LogGroupName", "MetricTransformations",
            ], nameProperty: "FilterName", attributes: []),
        "AWS::SNS::Topic": ResourceType(
            properties: [
                "ArchivePolicy", "ContentBasedDeduplication", "DataProtectionPolicy", "DeliveryStatusLogging",
                "DisplayName", "FifoThroughputScope", "FifoTopic", "KmsMasterKeyId", "SignatureVersion", "Subscription",
                "Tags", "TopicName", "TracingConfig",
            ], nameProperty: "TopicName", attributes: ["TopicArn", "TopicName"]),
        "AWS::SNS::Subscription": ResourceType(
            properties: [
                "DeliveryPolicy", "Endpoint", "FilterPolicy", "FilterPolicyScope", "Protocol", "RawMessageDelivery",
                "RedrivePolicy", "Region", "ReplayPolicy", "SubscriptionRoleArn", "TopicArn",
            ], nameProperty: nil, attributes: ["Arn"]),
        "AWS::Events::Rule": ResourceType(
            properties: [
                "Description", "EventBusName", "EventPattern", "Name", "RoleArn", "ScheduleExpression", "State", "Tags",
                "Targets",
            ], nameProperty: "Name", attributes: ["Arn"]),
        "AWS::Events::ApiDestination": ResourceType(
            properties: [
                "ConnectionArn", "Description", "HttpMethod", "InvocationEndpoint", "InvocationRateLimitPerSecond",
                "Name",
            ], nameProperty: "Name", attributes: ["Arn", "ArnForPolicy"]),
        "AWS::Events::Connection": ResourceType(
            properties: [
                "AuthParameters", "AuthorizationType", "Description", "InvocationConnectivityParameters",
                "KmsKeyIdentifier", "Name",
            ], nameProperty: "Name", attributes: ["Arn", "ArnForPolicy", "SecretArn"]),
        "AWS::CloudTrail::Trail": ResourceType(
            properties: [
                "AdvancedEventSelectors", "AggregationConfigurations", "CloudWatchLogsLogGroupArn",
                "CloudWatchLogsRoleArn", "EnableLogFileValidation", "EventSelectors", "IncludeGlobalServiceEvents",
                "InsightSelectors", "IsLogging", "IsMultiRegionTrail", "IsOrganizationTrail", "KMSKeyId",
                "S3BucketName", "S3KeyPrefix", "SnsTopicName", "Tags", "TrailName",
            ], nameProperty: "TrailName", attributes: ["Arn", "SnsTopicArn"]),
        "AWS::Logs::LogGroup": ResourceType(
            properties: [
                "BearerTokenAuthenticationEnabled", "DataProtectionPolicy", "DeletionProtectionEnabled",
                "FieldIndexPolicies", "KmsKeyId", "LogGroupClass", "LogGroupName", "ResourcePolicyDocument",
                "RetentionInDays", "Tags",
            ], nameProperty: "LogGroupName", attributes: ["Arn"]),
    ]

    /// Types of AWS in the namespaces of alarms that are passed over, so that a misspelling can be told from them.
    static let passedOver: Set<String> = [
        "AWS::CloudWatch::AnomalyDetector", "AWS::CloudWatch::Dashboard", "AWS::CloudWatch::InsightRule",
        "AWS::CloudWatch::MetricStream",
        "AWS::Logs::AccountPolicy", "AWS::Logs::Delivery", "AWS::Logs::DeliveryDestination",
        "AWS::Logs::DeliverySource", "AWS::Logs::Destination", "AWS::Logs::Integration",
        "AWS::Logs::LogAnomalyDetector", "AWS::Logs::LogStream", "AWS::Logs::QueryDefinition",
        "AWS::Logs::ResourcePolicy", "AWS::Logs::ScheduledQuery", "AWS::Logs::SubscriptionFilter",
        "AWS::Logs::Transformer", "AWS::SNS::TopicInlinePolicy", "AWS::SNS::TopicPolicy", "AWS::CloudTrail::Channel",
        "AWS::CloudTrail::Dashboard", "AWS::CloudTrail::EventDataStore", "AWS::CloudTrail::ResourcePolicy",
        "AWS::Events::Archive", "AWS::Events::Endpoint", "AWS::Events::EventBus", "AWS::Events::EventBusPolicy",
    ]

    /// The known type that `name` misspells; `nil` for types of other services and types that may well exist.
    static func misspelled(_ name: String) -> String? {
        guard known[name] == nil, !passedOver.contains(name) else { return nil }
        let candidates = Array(known.keys) + passedOver
        guard let near = nearest(to: name, among: candidates), editDistance(name, near) <= 2 else { return nil }
        return near
    }
}
