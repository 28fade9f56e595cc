import Testing
import TrailTemplates

/// What `check` alone warns of.
struct LintTests {
    private static var settings: TemplateSettings {
        var settings = TemplateSettings()
        settings.hasLints = true
        return settings
    }

    private static func findings(_ texts: String...) -> [String] {
        let joined = "Resources:\n" + texts.joined(separator: "\n")
        #expect(load(joined).findings == [], "without lints nothing is found")
        return load(joined, settings: settings).findings
    }

    /// A filter that counts into Own/Users.
    private static func filter(
        _ id: String = "F", pattern: String = "{ $.eventName = CreateUser }", group: String = "trail",
        _ more: String = "MetricValue: 1"
    ) -> String {
        """
          \(id):
            Type: AWS::Logs::MetricFilter
            Properties:
              LogGroupName: \(group)
              FilterPattern: '\(pattern)'
              MetricTransformations: [{MetricName: Users, MetricNamespace: Own, \(more)}]
        """
    }

    private static func alarm(_ more: String) -> String {
        """
          A:
            Type: AWS::CloudWatch::Alarm
            Properties: {MetricName: Users, Namespace: Own, Period: 300, EvaluationPeriods: 1, ActionsEnabled: false, \(more)}
        """
    }

    private static let usual = alarm(
        "Statistic: Sum, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold")

    @Test func `the usual filter and alarm give no finding`() {
        #expect(Self.findings(Self.filter(), Self.usual) == [])
        #expect(Self.findings(Self.filter("F", "MetricValue: 1, DefaultValue: 0"), Self.usual) == [])
    }

    @Test(arguments: [
        ("Statistic: Maximum, Threshold: 1, ComparisonOperator: GreaterThanThreshold", "Maximum of Users is 1 to 1"),
        (
            "Statistic: Average, Threshold: 2, ComparisonOperator: GreaterThanOrEqualToThreshold",
            "Average of Users is 1 to 1"
        ),
        ("Statistic: Minimum, Threshold: 0.5, ComparisonOperator: LessThanThreshold", "Minimum of Users is 1 to 1"),
        ("Statistic: Sum, Threshold: 1, ComparisonOperator: LessThanThreshold", "Sum of Users is at least 1"),
        (
            "Statistic: SampleCount, Threshold: 0.5, ComparisonOperator: LessThanOrEqualToThreshold",
            "SampleCount of Users is at least 1"
        ),
        ("Statistic: Sum, Threshold: 1, ComparisonOperator: LessThanThreshold, TreatMissingData: breaching", ""),
        ("Statistic: Sum, Threshold: 1.5, ComparisonOperator: LessThanThreshold", ""),
        ("Statistic: Maximum, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold", ""),
        ("Statistic: Sum, Threshold: 1000000, ComparisonOperator: GreaterThanThreshold", ""),
    ])
    func `a threshold that constant values cannot reach is never breached`(alarm: String, range: String) {
        let findings = Self.findings(Self.filter(), Self.alarm(alarm))
        #expect(findings.count == (range.isEmpty ? 0 : 1), "\(findings)")
        #expect(
            findings.allSatisfy { $0.contains("warning: alarm 'alarms-A' is never breached") && $0.contains(range) })
    }

    @Test(arguments: [
        ("MetricValue: 1, DefaultValue: 0", "Statistic: Sum, Threshold: 1, ComparisonOperator: LessThanThreshold"),
        ("MetricValue: $.size", "Statistic: Maximum, Threshold: 1, ComparisonOperator: GreaterThanThreshold"),
        ("MetricValue: $.size", "ExtendedStatistic: p99, Threshold: 1, ComparisonOperator: GreaterThanThreshold"),
        ("MetricValue: 1", "ExtendedStatistic: 'TC(1:2)', Threshold: 1, ComparisonOperator: GreaterThanThreshold"),
    ])
    func `what the values may reach is not warned of`(filter: String, alarm: String) {
        #expect(Self.findings(Self.filter("F", filter), Self.alarm(alarm)) == [])
    }

    @Test func `a percentile of a constant says little`() {
        let findings = Self.findings(
            Self.filter(),
            Self.alarm("ExtendedStatistic: p99, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold"))
        #expect(findings.count == 1)
        #expect(findings[0].contains("says little: Users counts every event as 1, which is then its p99; want Sum"))
    }

    @Test func `a filter that no alarm watches is named, unless there are no alarms`() {
        let other = Self.filter("G").replacing("MetricName: Users", with: "MetricName: Groups")
        #expect(
            Self.findings(Self.filter(), other, Self.usual) == [
                "alarms.yaml:8:3: warning: no loaded alarm watches Groups in namespace 'Own', which filter 'alarms-G' "
                    + "publishes"
            ])
        #expect(Self.findings(Self.filter(), other) == [])
    }

    @Test(arguments: [
        ("{ $.eventName = CreateUser }", true), ("{($.eventName=CreateUser)}", true),
        ("{ $.eventName = DeleteUser }", false),
    ])
    func `two filters that count the same into the same metric are named`(pattern: String, isTwin: Bool) {
        let findings = Self.findings(Self.filter(), Self.filter("G", pattern: pattern), Self.usual)
        #expect(
            findings
                == (isTwin
                    ? [
                        "alarms.yaml:8:3: warning: filter 'alarms-G' counts the events of 'alarms-F' (alarms.yaml:2) once "
                            + "more into Users"
                    ] : []))
        #expect(
            Self.findings(Self.filter(), Self.filter("G", pattern: pattern, group: "other"), Self.usual) == [])
        #expect(
            Self.findings(Self.filter(), Self.filter("G", pattern: pattern, "MetricValue: 2"), Self.usual) == [])
    }

    @Test func `the order of parts does not tell filters apart`() {
        let pattern = "{ $.a = 1 && ($.b = 2 && ($.c = 3 || $.d = 4)) }"
        let same = "{ ($.d = 4 || $.c = 3) && $.a = 1 && $.b = 2 }"
        let other = "{ ($.d = 4 || $.c = 3) && $.a = 1 && $.a = 1 }"
        #expect(
            Self.findings(Self.filter("F", pattern: pattern), Self.filter("G", pattern: same), Self.usual).count == 1)
        #expect(Self.findings(Self.filter("F", pattern: pattern), Self.filter("G", pattern: other), Self.usual) == [])
    }

    @Test func `more filters with regular expressions than AWS takes are named`() {
        func filters(_ count: Int) -> String {
            (1...count).map { Self.filter("F\($0)", pattern: "{ $.eventName = %^a\($0)% }") }.joined(separator: "\n")
        }
        #expect(Self.findings(filters(5)) == [])
        #expect(
            Self.findings(filters(6)) == [
                "alarms.yaml:32:3: warning: AWS refuses filter 'alarms-F6': got 6 filters with regular expressions on log "
                    + "group 'trail'; want at most 5"
            ])
    }

    @Test func `an alarm on a built-in metric is noted once a file`() {
        let text = alarmTemplate(["AlarmActions": "[arn:aws:lambda:us-east-1:000000000000:f]"])
        let findings = load(text, alarmTemplate(["ActionsEnabled": "false"]), settings: Self.settings).findings
        #expect(
            findings.filter { $0.contains("works only here") } == [
                "alarms.yaml:8:19: note: alarm 'alarms-Busy' works only here: on AWS nothing publishes metrics in namespace "
                    + "'CloudTrail'",
                "second.yaml:8:19: note: alarm 'second-Busy' works only here: on AWS nothing publishes metrics in namespace "
                    + "'CloudTrail'",
            ])
    }

    @Test(arguments: [
        ("", ["4:17: warning: composite alarm 'c' never changes: its AlarmRule names no alarm"]), ("other", []),
    ])
    func `a rule of constants never changes`(child: String, want: [String]) {
        let rule = child.isEmpty ? "FALSE" : "'ALARM(\"\(child)\")'"
        let text = """
            Resources:
              C:
                Type: AWS::CloudWatch::CompositeAlarm
                Properties: {AlarmRule: \(rule), AlarmName: c, ActionsEnabled: false}
              D:
                Type: AWS::CloudWatch::CompositeAlarm
                Properties: {AlarmRule: 'ALARM("c")', AlarmName: other2, ActionsEnabled: false}
            """
        let more = child.isEmpty ? "" : alarmTemplate(["AlarmName": child, "ActionsEnabled": "false"])
        let findings =
            child.isEmpty
            ? load(text, settings: Self.settings).findings : load(text, more, settings: Self.settings).findings
        #expect(
            findings.filter { $0.contains("warning") }.map { $0.replacing(/^alarms.yaml:4:\d+/, with: "4:17") } == want)
    }

    @Test(arguments: [("aws.cloudwatch", true), ("aws.iam", false)])
    func `an alarm whose events a rule may tell of is no silent one`(source: String, isHeard: Bool) {
        let rule = """
              R:
                Type: AWS::Events::Rule
                Properties:
                  EventPattern: {source: [\(source)]}
                  Targets: [{Id: t, Arn: "arn:aws:sns:us-east-1:000000000000:t"}]
            """
        let findings = load(alarmTemplate() + "\n" + rule, settings: Self.settings).findings
        #expect(findings.contains { $0.contains("tells nobody") } != isHeard)
    }

    @Test func `an alarm that tells nobody is named`() {
        let alone = load(alarmTemplate(), settings: Self.settings).findings
        #expect(alone.contains { $0.contains("warning: alarm 'alarms-Busy' tells nobody") })
        let composite = """
            Resources:
              C:
                Type: AWS::CloudWatch::CompositeAlarm
                Properties: {AlarmRule: 'ALARM("alarms-Busy")', AlarmName: c}
            """
        let both = load(alarmTemplate(), composite, settings: Self.settings).findings
        #expect(both.filter { $0.contains("tells nobody") }.count == 1)
        #expect(both.contains { $0.contains("warning: composite alarm 'c' tells nobody") })
    }

    @Test func `an alarm whose actions are not known may tell somebody`() {
        let text = alarmTemplate(["AlarmActions": "[!ImportValue elsewhere]"])
        #expect(!load(text, settings: Self.settings).findings.contains { $0.contains("tells nobody") })
    }
}
