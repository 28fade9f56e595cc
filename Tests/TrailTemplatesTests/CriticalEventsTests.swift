import Foundation
import Testing
import TrailEvents
import TrailPatterns
import TrailTemplates
import TrailYAML

/// The event rules of `Alarms/critical-events.yaml`: each matches what it is for and nothing that looks like it.
struct CriticalEventsTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Alarms/critical-events.yaml")

    /// Logical ID and pattern of every rule.
    private static func rules() throws -> [(id: String, pattern: EventPattern, node: TemplateNode)] {
        let text = try String(contentsOf: path, encoding: .utf8)
        let root = try #require(TemplateDocument(yaml: text, file: "critical-events.yaml").root)
        return try #require(root["Resources"]?.members).map { member in
            let properties = try #require(member.value["Properties"])
            let pattern = try EventPattern(json(try #require(properties["EventPattern"])))
            return (member.key, pattern, properties)
        }
    }

    private static func json(_ node: TemplateNode) -> String {
        switch node.content {
        case .scalar(let text, let isPlain):
            isPlain && (text == "true" || text == "false") ? text : "\"\(text)\""
        case .list(let elements): "[\(elements.map(json).joined(separator: ","))]"
        case .mapping(let members):
            "{\(members.map { "\"\($0.key)\":\(json($0.value))" }.joined(separator: ","))}"
        }
    }

    private static func matching(_ record: String) throws -> [String] {
        var matched: [String] = []
        for rule in try rules() {
            var table = FieldTable()
            let compiled = rule.pattern.compile(into: &table, for: .cloudTrailRecord)
            var scanner = RecordScanner(table)
            try scanner.scan(record: LogText(record)) { record in
                if compiled.matches(record) { matched.append(rule.id) }
            }
        }
        return matched
    }

    private static func call(_ source: String, _ name: String, _ more: String = "") -> String {
        """
        {"eventType":"AwsApiCall","eventSource":"\(source).amazonaws.com","eventName":"\(name)",\
        "userIdentity":{"type":"IAMUser","userName":"eve"}\(more)}
        """
    }

    private static func root(_ name: String, _ more: String = "") -> String {
        """
        {"eventType":"AwsApiCall","eventSource":"iam.amazonaws.com","eventName":"\(name)",\
        "userIdentity":{"type":"Root"}\(more)}
        """
    }

    private static func signIn(_ type: String, _ outcome: String) -> String {
        """
        {"eventType":"AwsConsoleSignIn","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin",\
        "userIdentity":{"type":"\(type)"},"responseElements":{"ConsoleLogin":"\(outcome)"}}
        """
    }

    static let told: [(rule: String, record: String)] = [
        ("RootSignIn", signIn("Root", "Success")),
        ("RootAccessKeyCreated", root("CreateAccessKey", #","requestParameters":null"#)),
        ("RootMfaRemoved", root("DeactivateMFADevice")),
        ("TrailStopped", call("cloudtrail", "StopLogging")),
        ("TrailStopped", call("cloudtrail", "DeleteTrail")),
        ("TrailStopped", call("cloudtrail", "DeleteEventDataStore")),
        ("TrailChanged", call("cloudtrail", "PutEventSelectors")),
        ("FlowLogsDeleted", call("ec2", "DeleteFlowLogs")),
        ("GuardDutyOff", call("guardduty", "DeleteDetector")),
        ("GuardDutyOff", call("guardduty", "UpdateDetector", #","requestParameters":{"enable":false}"#)),
        ("ConfigRecorderStopped", call("config", "StopConfigurationRecorder")),
        ("SecurityServiceOff", call("securityhub", "DisableSecurityHub")),
        ("SecurityServiceOff", call("inspector2", "Disable")),
        ("OrganizationLeft", call("organizations", "LeaveOrganization", #","errorCode":"AccessDenied""#)),
        ("OrganizationLeft", call("organizations", "RemoveAccountFromOrganization")),
        ("GuardRailRemoved", call("organizations", "DetachPolicy")),
        (
            "AdministratorMade",
            call(
                "iam", "AttachRolePolicy",
                #","requestParameters":{"policyArn":"arn:aws-cn:iam::aws:policy/AdministratorAccess"}"#)
        ),
        ("KeyDeletionScheduled", call("kms", "ScheduleKeyDeletion")),
        (
            "MadePublic",
            call(
                "ec2", "ModifySnapshotAttribute",
                #","requestParameters":{"createVolumePermission":{"add":{"items":[{"group":"all"}]}}}"#)
        ),
        (
            "MadePublic",
            call(
                "ec2", "ModifyImageAttribute",
                #","requestParameters":{"launchPermission":{"add":{"items":[{"group":"all"}]}}}"#)
        ),
        (
            "MadePublic",
            call(
                "rds", "ModifyDBSnapshotAttribute",
                #","requestParameters":{"attributeName":"restore","valuesToAdd":["all"]}"#)
        ),
        (
            "DataShared",
            call(
                "ec2", "ModifySnapshotAttribute",
                #","requestParameters":{"createVolumePermission":{"add":{"items":[{"userId":"111122223333"}]}}}"#)
        ),
        (
            "DataShared",
            call(
                "ec2", "ModifyImageAttribute",
                #","requestParameters":{"launchPermission":{"add":{"items":[{"userId":"111122223333"}]}}}"#)
        ),
        (
            "DataShared",
            call(
                "rds", "ModifyDBSnapshotAttribute",
                #","requestParameters":{"attributeName":"restore","valuesToAdd":["111122223333"]}"#)
        ),
        ("PublicAccessAllowed", call("s3", "DeleteAccountPublicAccessBlock")),
        ("PublicAccessAllowed", call("ec2", "DisableEbsEncryptionByDefault")),
    ]

    @Test(arguments: told)
    func `what a rule is for is told by it alone`(rule: String, record: String) throws {
        #expect(try Self.matching(record) == [rule], "\(record)")
    }

    @Test func `every rule has a case`() throws {
        #expect(try Set(Self.rules().map(\.id)) == Set(Self.told.map(\.rule)))
    }

    @Test(arguments: [
        signIn("IAMUser", "Success"), signIn("Root", "Failure"),
        root("CreateAccessKey", #","requestParameters":{"userName":"alice"}"#),
        root("ListAccessKeys"), call("iam", "DeactivateMFADevice"),
        call("cloudtrail", "StopLogging", #","errorCode":"TrailNotFoundException""#),
        call("cloudtrail", "GetTrailStatus"), call("other", "DeleteTrail"), call("ec2", "CreateFlowLogs"),
        call("guardduty", "UpdateDetector", #","requestParameters":{"enable":true}"#),
        call("iam", "DeletePolicy"), call("iam", "AttachRolePolicy", #","requestParameters":{"policyArn":"arn:a:b"}"#),
        call(
            "ec2", "ModifySnapshotAttribute",
            #","requestParameters":{"createVolumePermission":{"remove":{"items":[{"group":"all"}]}}}"#),
        call(
            "rds", "ModifyDBSnapshotAttribute",
            #","requestParameters":{"attributeName":"restore","valuesToRemove":["111122223333"]}"#),
        call("kms", "CancelKeyDeletion"), call("s3", "PutAccountPublicAccessBlock"), call("eks", "Disable"),
    ])
    func `what looks like it is not told`(record: String) throws {
        #expect(try Self.matching(record) == [], "\(record)")
    }

    @Test func `every rule tells the topic, says how grave it is, and stands on its source`() throws {
        for rule in try Self.rules() {
            #expect((rule.node["Description"]?.text ?? "").count > 80, "\(rule.id)")
            let tag = try #require(rule.node["Tags"]?.elements?.first)
            #expect(tag["Key"]?.text == "severity")
            #expect(["critical", "high"].contains(tag["Value"]?.text), "\(rule.id)")
            #expect(rule.node["Targets"]?.elements?.count == 1, "\(rule.id)")
            #expect(rule.node["EventPattern"]?["detail"]?["eventSource"] != nil, "\(rule.id)")
        }
    }
}
