/// The calls of a quiet day: mostly reads by programs, few changes, and nothing that a shipped alarm watches.
enum NormalCalls {
    private static let throttled = Call.Failure("ThrottlingException", "Rate exceeded")
    private static let limited = Call.Failure("Client.RequestLimitExceeded", "Request limit exceeded.")
    private static let denied = Call.Failure("AccessDenied", "User is not authorized to perform this action")
    private static let deniedException = Call.Failure(
        "AccessDeniedException", "User is not authorized to perform this action because no policy allows it")

    static let all: [Call] = compute + storage + security + data + operations

    private static let compute: [Call] = [
        Call(
            "ec2", "DescribeInstances",
            parameters: #"{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"filterSet":{}}"#,
            weight: 60,
            failures: [limited, Call.Failure("Client.InvalidInstanceID.NotFound", "The instance ID does not exist")]),
        Call(
            "ec2", "DescribeRouteTables", caller: .people,
            parameters:
                #"""
                {"routeTableIdSet":{},"filterSet":{"items":[{"name":"vpc-id",\#
                "valueSet":{"items":[{"value":"vpc-0<hex>"}]}}]}}
                """#,
            weight: 30,
            failures: [Call.Failure("Client.InvalidRouteTableID.NotFound", "The routeTable ID does not exist")]),
        Call(
            "ec2", "DescribeNatGateways", caller: .people,
            parameters:
                #"""
                {"DescribeNatGatewaysRequest":{"Filter":{"Name":"vpc-id","tag":1,"Value":{"content":"vpc-0<hex>",\#
                "tag":1}}}}
                """#,
            weight: 12),
        Call(
            "ec2", "DescribeVolumes",
            parameters:
                #"""
                {"volumeSet":{},"filterSet":{"items":[{"name":"attachment.instance-id",\#
                "valueSet":{"items":[{"value":"<instance>"}]}}]}}
                """#,
            weight: 20, failures: [limited]),
        Call(
            "ec2", "DescribeSecurityGroups", caller: .people,
            parameters: #"{"securityGroupSet":{},"securityGroupIdSet":{},"filterSet":{}}"#, weight: 18),
        Call(
            "ec2", "DescribeNetworkInterfaces",
            parameters:
                #"""
                {"networkInterfaceIdSet":{},"filterSet":{"items":[{"name":"private-ip-address",\#
                "valueSet":{"items":[{"value":"10.0.3.17"}]}}]}}
                """#,
            weight: 22, failures: [limited]),
        Call(
            "ec2", "DescribeInstanceStatus",
            parameters:
                #"{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"filterSet":{},"includeAllInstances":false}"#,
            weight: 35, failures: [limited]),
        Call(
            "ec2", "RunInstances", readOnly: false, caller: .services,
            parameters:
                #"""
                {"instancesSet":{"items":[{"imageId":"ami-0<hex>","minCount":1,"maxCount":1}]},\#
                "instanceType":"m7g.large","monitoring":{"enabled":true},"clientToken":"<uuid>"}
                """#,
            response:
                #"""
                {"requestId":"<uuid>","reservationId":"r-0<hex>","ownerId":"<account>",\#
                "instancesSet":{"items":[{"instanceId":"<instance>","imageId":"ami-0<hex>","instanceState":{"code":0,\#
                "name":"pending"},"instanceType":"m7g.large","placement":{"availabilityZone":"<region>a",\#
                "tenancy":"default"}}]}}
                """#,
            weight: 3),
        Call(
            "ec2", "TerminateInstances", readOnly: false, caller: .services,
            parameters: #"{"instancesSet":{"items":[{"instanceId":"<instance>"}]}}"#,
            response:
                #"""
                {"requestId":"<uuid>","instancesSet":{"items":[{"instanceId":"<instance>","currentState":{"code":32,\#
                "name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}
                """#,
            weight: 3),
        Call(
            "ec2", "CreateTags", readOnly: false, caller: .people,
            parameters:
                #"""
                {"resourcesSet":{"items":[{"resourceId":"<instance>"}]},"tagSet":{"items":[{"key":"team",\#
                "value":"platform"}]}}
                """#,
            response: #"{"requestId":"<uuid>","_return":true}"#, weight: 4),
        Call(
            "autoscaling", "DescribeAutoScalingGroups", parameters: #"{"autoScalingGroupNames":["<function>"]}"#,
            weight: 18, failures: [throttled]),
        Call(
            "elasticloadbalancing", "DescribeTargetHealth",
            parameters:
                #"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<function>/<hex>"}"#,
            weight: 25,
            failures: [Call.Failure("TargetGroupNotFoundException", "One or more target groups not found"), throttled]),
        Call(
            "ecs", "DescribeTasks",
            parameters: #"{"cluster":"<function>","tasks":["arn:aws:ecs:<region>:<account>:task/<function>/<hex>"]}"#,
            weight: 20, failures: [Call.Failure("ClusterNotFoundException", "Cluster not found.")]),
        Call("ecr", "GetAuthorizationToken", caller: .services, weight: 8),
        Call(
            "ecr", "BatchGetImage", caller: .services,
            parameters:
                #"{"registryId":"<account>","repositoryName":"<function>","imageIds":[{"imageTag":"v<number>"}]}"#,
            weight: 8),
        Call("lambda", "ListFunctions20150331", caller: .people, weight: 6),
        Call(
            "lambda", "GetFunction20150331v2", caller: .people, parameters: #"{"functionName":"<function>"}"#,
            weight: 8,
            failures: [
                Call.Failure(
                    "ResourceNotFoundException",
                    "Function not found: arn:aws:lambda:<region>:<account>:function:<function>")
            ]),
        Call(
            "lambda", "UpdateFunctionCode20150331v2", readOnly: false, caller: .people,
            parameters: #"{"functionName":"<function>","publish":true,"dryRun":false}"#,
            response:
                #"""
                {"functionName":"<function>","functionArn":"arn:aws:lambda:<region>:<account>:function:<function>",\#
                "runtime":"python3.12","codeSize":<number>,"version":"7","state":"Active"}
                """#,
            weight: 2),
    ]

    private static let storage: [Call] = [
        Call(
            "s3", "GetObject", category: .data,
            parameters: #"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>"}"#,
            resources:
                #"""
                [{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::<bucket>/<object>"},{"accountId":"<account>",\#
                "type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]
                """#,
            additional:
                #"""
                {"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,\#
                "AuthenticationMethod":"AuthHeader","x-amz-id-2":"<hex><hex>","bytesTransferredOut":<number>}
                """#,
            weight: 110, failures: [Call.Failure("NoSuchKey", "The specified key does not exist."), denied]),
        Call(
            "s3", "PutObject", readOnly: false, category: .data,
            parameters:
                #"""
                {"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>",\#
                "x-amz-storage-class":"INTELLIGENT_TIERING"}
                """#,
            response: #"{"x-amz-server-side-encryption":"AES256"}"#,
            resources:
                #"""
                [{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::<bucket>/<object>"},{"accountId":"<account>",\#
                "type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]
                """#,
            additional:
                #"""
                {"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":<number>,\#
                "AuthenticationMethod":"AuthHeader","x-amz-id-2":"<hex><hex>","bytesTransferredOut":0}
                """#,
            weight: 60, failures: [Call.Failure("SlowDown", "Please reduce your request rate.")]),
        Call(
            "s3", "HeadObject", category: .data,
            parameters: #"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>"}"#,
            resources: #"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::<bucket>/<object>"}]"#,
            additional:
                #"""
                {"SignatureVersion":"SigV4","bytesTransferredIn":0,"bytesTransferredOut":0,"x-amz-id-2":"<hex><hex>"}
                """#,
            weight: 40, failures: [Call.Failure("NoSuchKey", "The specified key does not exist.")]),
        Call(
            "s3", "GetBucketLocation", caller: .people,
            parameters: #"{"bucketName":"<bucket>","Host":"s3.<region>.amazonaws.com","location":""}"#,
            resources: #"[{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]"#,
            weight: 10),
        Call("s3", "ListBuckets", caller: .people, parameters: #"{"Host":"s3.<region>.amazonaws.com"}"#, weight: 5),
        Call(
            "s3", "GetBucketPolicyStatus", caller: .services,
            parameters: #"{"bucketName":"<bucket>","Host":"s3.<region>.amazonaws.com","policyStatus":""}"#,
            resources: #"[{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]"#,
            weight: 16, failures: [Call.Failure("NoSuchBucketPolicy", "The bucket policy does not exist")]),
        Call(
            "dynamodb", "DescribeTable", parameters: #"{"tableName":"<table>"}"#,
            resources:
                #"""
                [{"accountId":"<account>","type":"AWS::DynamoDB::Table",\#
                "ARN":"arn:aws:dynamodb:<region>:<account>:table/<table>"}]
                """#,
            weight: 14,
            failures: [
                Call.Failure("ResourceNotFoundException", "Requested resource not found: Table: <table> not found")
            ]),
    ]

    private static let security: [Call] = [
        Call(
            "kms", "Decrypt",
            parameters:
                #"""
                {"encryptionContext":{"PARAMETER_ARN":"arn:aws:ssm:<region>:<account>:parameter<parameter>"},\#
                "encryptionAlgorithm":"SYMMETRIC_DEFAULT"}
                """#,
            resources:
                #"[{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"arn:aws:kms:<region>:<account>:key/<key>"}]"#,
            weight: 85, failures: [throttled]),
        Call(
            "kms", "GenerateDataKey",
            parameters:
                #"""
                {"keyId":"arn:aws:kms:<region>:<account>:key/<key>",\#
                "encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>/<object>"},"keySpec":"AES_256"}
                """#,
            resources:
                #"[{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"arn:aws:kms:<region>:<account>:key/<key>"}]"#,
            weight: 40, failures: [throttled]),
        Call(
            "kms", "DescribeKey", caller: .people, parameters: #"{"keyId":"alias/<bucket>"}"#,
            resources:
                #"[{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"arn:aws:kms:<region>:<account>:key/<key>"}]"#,
            weight: 8,
            failures: [
                Call.Failure("NotFoundException", "Alias arn:aws:kms:<region>:<account>:alias/<bucket> is not found.")
            ]),
        Call(
            "sts", "AssumeRole", caller: .services,
            parameters:
                #"""
                {"roleArn":"arn:aws:iam::<account>:role/<function>","roleSessionName":"<instance>",\#
                "durationSeconds":3600}
                """#,
            response:
                #"""
                {"credentials":{"accessKeyId":"ASIAEXAMPLE<number>","sessionToken":"<hex><hex><hex>",\#
                "expiration":"<time>"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE<number>:<instance>",\#
                "arn":"arn:aws:sts::<account>:assumed-role/<function>/<instance>"}}
                """#,
            resources:
                #"[{"accountId":"<account>","type":"AWS::IAM::Role","ARN":"arn:aws:iam::<account>:role/<function>"}]"#,
            weight: 70),
        Call("sts", "GetCallerIdentity", caller: .people, weight: 20),
        Call(
            "iam", "GetUser", caller: .people, parameters: #"{"userName":"<user>"}"#, weight: 8,
            failures: [Call.Failure("NoSuchEntityException", "The user with name <user> cannot be found.")]),
        Call(
            "iam", "GetRole", caller: .services, parameters: #"{"roleName":"<function>"}"#, weight: 16,
            failures: [Call.Failure("NoSuchEntityException", "The role with name <function> cannot be found.")]),
        Call("iam", "ListRoles", caller: .people, parameters: #"{"maxItems":100}"#, weight: 5, failures: [denied]),
        Call(
            "iam", "ListAttachedRolePolicies", caller: .services,
            parameters: #"""
                {"roleName":"<function>"}
                """#, weight: 14),
        Call(
            "signin", "ConsoleLogin", readOnly: false, category: .signIn, caller: .people,
            response: #"{"ConsoleLogin":"Success"}"#,
            additional:
                #"""
                {"LoginTo":"https://console.aws.amazon.com/console/home?region=<region>","MobileVersion":"No",\#
                "MFAUsed":"Yes"}
                """#,
            weight: 2),
        Call(
            "cloudtrail", "DescribeTrails", caller: .people,
            parameters: #"{"includeShadowTrails":true,"trailNameList":[]}"#, weight: 4),
        Call(
            "cloudtrail", "GetTrailStatus", caller: .people,
            parameters: #"{"name":"arn:aws:cloudtrail:<region>:<account>:trail/main"}"#, weight: 4,
            failures: [
                Call.Failure(
                    "TrailNotFoundException", "Unknown trail: arn:aws:cloudtrail:<region>:<account>:trail/main")
            ]),
    ]

    private static let data: [Call] = [
        Call(
            "secretsmanager", "GetSecretValue",
            parameters: #"{"secretId":"arn:aws:secretsmanager:<region>:<account>:secret:<secret>"}"#, weight: 26,
            failures: [Call.Failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")]),
        Call("secretsmanager", "DescribeSecret", caller: .people, parameters: #"{"secretId":"<secret>"}"#, weight: 8),
        Call(
            "secretsmanager", "ListSecrets", caller: .people, parameters: #"{"maxResults":100}"#, weight: 3,
            failures: [deniedException]),
        Call(
            "ssm", "GetParameter", parameters: #"{"name":"<parameter>","withDecryption":true}"#,
            resources: #"[{"accountId":"<account>","ARN":"arn:aws:ssm:<region>:<account>:parameter<parameter>"}]"#,
            weight: 60, failures: [Call.Failure("ParameterNotFound", ""), throttled]),
        Call(
            "ssm", "GetParameters",
            parameters: #"{"names":["<parameter>","<parameter>/timeout"],"withDecryption":true}"#, weight: 30,
            failures: [throttled]),
        Call(
            "ssm", "DescribeParameters", caller: .people, parameters: #"{"maxResults":50}"#, weight: 10,
            failures: [throttled]),
        Call(
            "ssm", "PutParameter", readOnly: false, caller: .people,
            parameters: #"{"name":"<parameter>","type":"SecureString","overwrite":true,"tier":"Standard"}"#,
            response: #"{"version":<number>,"tier":"Standard"}"#,
            resources: #"[{"accountId":"<account>","ARN":"arn:aws:ssm:<region>:<account>:parameter<parameter>"}]"#,
            weight: 3, failures: [Call.Failure("ParameterAlreadyExists", "The parameter already exists.")]),
        Call(
            "ssm", "UpdateInstanceInformation", readOnly: false,
            parameters:
                #"""
                {"instanceId":"<instance>","agentVersion":"3.3.2299.0","agentStatus":"Active","platformType":"Linux",\#
                "platformName":"Amazon Linux","platformVersion":"2023","agentName":"amazon-ssm-agent"}
                """#,
            weight: 45),
        Call(
            "rds", "DescribeDBInstances", parameters: #"{"dBInstanceIdentifier":"<table>","filters":[]}"#, weight: 20,
            failures: [Call.Failure("DBInstanceNotFoundFault", "DBInstance <table> not found.")]),
        Call(
            "rds", "DescribeDBClusters", caller: .people, parameters: #"{"filters":[],"includeShared":false}"#,
            weight: 8),
        Call(
            "rds", "ListTagsForResource", caller: .services,
            parameters: #"{"resourceName":"arn:aws:rds:<region>:<account>:db:<table>"}"#, weight: 10),
    ]

    private static let operations: [Call] = [
        Call(
            "logs", "CreateLogStream", readOnly: false, caller: .services,
            parameters: #"{"logGroupName":"/aws/lambda/<function>","logStreamName":"<hex><hex>"}"#, weight: 50,
            failures: [Call.Failure("ResourceAlreadyExistsException", "The specified log stream already exists")]),
        Call(
            "logs", "DescribeLogGroups", caller: .people,
            parameters: #"{"logGroupNamePrefix":"/aws/lambda/<function>","limit":50}"#, weight: 12,
            failures: [throttled]),
        Call(
            "logs", "DescribeLogStreams",
            parameters: #"{"logGroupName":"/aws/lambda/<function>","orderBy":"LastEventTime","descending":true}"#,
            weight: 14,
            failures: [
                Call.Failure("ResourceNotFoundException", "The specified log group does not exist."), throttled,
            ]),
        Call("monitoring", "DescribeAlarms", parameters: #"{"maxRecords":100,"stateValue":"ALARM"}"#, weight: 14),
        Call(
            "monitoring", "PutMetricAlarm", readOnly: false, caller: .people,
            parameters:
                #"""
                {"alarmName":"<function>-errors","metricName":"Errors","namespace":"AWS/Lambda","statistic":"Sum",\#
                "period":300,"evaluationPeriods":1,"threshold":5,"comparisonOperator":"GreaterThanOrEqualToThreshold"}
                """#,
            weight: 2),
        Call(
            "cloudformation", "DescribeStacks", caller: .people, parameters: #"{"stackName":"<function>"}"#, weight: 16,
            failures: [Call.Failure("ValidationError", "Stack with id <function> does not exist")]),
        Call(
            "cloudformation", "DescribeStackEvents", caller: .people, parameters: #"{"stackName":"<function>"}"#,
            weight: 8),
        Call("sns", "ListTopics", caller: .people, weight: 3),
        Call(
            "sqs", "GetQueueAttributes",
            parameters:
                #"""
                {"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<function>",\#
                "attributeNames":["ApproximateNumberOfMessages"]}
                """#,
            weight: 20,
            failures: [Call.Failure("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")]),
        Call(
            "route53", "ListResourceRecordSets", caller: .people, parameters: #"{"hostedZoneId":"Z0<number>EXAMPLE"}"#,
            weight: 4, failures: [throttled]),
    ]
}
