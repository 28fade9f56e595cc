import Testing
import TrailAlarms
import TrailModel
import TrailPatterns
import TrailTemplates

/// Metric filters, topics, subscriptions, trails, and what is compared across files.
struct SetTests {
    @Test func `a metric filter reaches the set`() throws {
        let loaded = load(
            filterTemplate(
                transformation:
                    "MetricName: Users, MetricNamespace: Own, MetricValue: 2.5, DefaultValue: 0, Unit: Count"))
        let filter = try #require(loaded.set.filters.first)
        #expect(loaded.findings == [])
        #expect(filter.name == "alarms-Users")
        #expect(filter.logGroupName == "trail")
        #expect(filter.metric == Metric(namespace: "Own", name: "Users"))
        #expect(filter.value == .constant(2.5))
        #expect(filter.defaultValue == 0)
        #expect(filter.unit == "Count")
        #expect(filter.location == Place(file: "alarms.yaml", line: 2, column: 3))
    }

    @Test(arguments: [
        (
            "MetricName: U, MetricNamespace: O, MetricValue: '$.size[*]'",
            "7:80: error: cannot read MetricValue of MetricTransformations of Users: got a selector of several values; "
                + "want one without *, at byte 0 of '$.size[*]'"
        ),
        (
            "MetricName: U, MetricNamespace: O, MetricValue: $size",
            "7:80: error: cannot read MetricValue of MetricTransformations of Users: got '$size'; want $.field with a "
                + "pattern over JSON ({ … }), or a field of a space-delimited pattern ([ … ])"
        ),
        (
            "MetricName: U, MetricNamespace: O, MetricValue: x",
            "7:80: error: cannot read MetricValue of MetricTransformations of Users: got 'x'; want a number or a "
                + "selector such as $.bytes"
        ),
        (
            "MetricName: 'U:V', MetricNamespace: O, MetricValue: 1",
            "7:44: error: cannot read MetricName of MetricTransformations of Users: got 'U:V'; want a name without ':', "
                + "'*' and '$'"
        ),
        (
            "MetricName: U, MetricNamespace: O, MetricValue: 1, DefaultValue: 0, Dimensions: [{Key: A, Value: $.a}]",
            "7:83: error: cannot use Users: AWS refuses a DefaultValue beside dimensions; want one or the other"
        ),
        (
            "MetricName: U, MetricNamespace: O, MetricValue: 1, Dimensions: "
                + "[{Key: A, Value: $.a}, {Key: B, Value: $.b}, {Key: C, Value: $.c}, {Key: D, Value: $.d}]",
            "7:30: error: cannot read MetricTransformations of Users: got 4 dimensions; want at most 3, those of "
                + "EmitSystemFieldDimensions among them"
        ),
        (
            "MetricName: U, MetricNamespace: O, MetricValue: 1, Dimensions: [{Key: A, Value: $.a}, {Key: A, Value: $.b}]",
            "7:30: error: cannot read MetricTransformations of Users: got a dimension twice; want each name once"
        ),
        (
            "MetricName: U, MetricNamespace: O, MetricValue: 1, Dimensions: [{Key: A, Value: fixed}]",
            "7:112: error: cannot read Value of Dimensions of MetricTransformations of Users: got \"f\"; want a selector "
                + "such as $.bytes or $bytes, at byte 0 of 'fixed'"
        ),
    ]) func `a wrong transformation is an error`(_ transformation: String, _ want: String) {
        let loaded = load(filterTemplate(transformation: transformation))
        #expect(loaded.findings == ["alarms.yaml:" + want])
        #expect(loaded.set.filters == [])
    }

    @Test func `a filter takes its value and its dimensions from the events`() throws {
        let loaded = load(
            filterTemplate(
                properties: "      EmitSystemFieldDimensions: ['@aws.region']",
                transformation:
                    "MetricName: U, MetricNamespace: O, MetricValue: $.n, Dimensions: "
                    + "[{Key: B, Value: $.b}, {Key: A, Value: \"$.['a:x']\"}]"))
        #expect(loaded.findings == [])
        let filter = try #require(loaded.set.filters.first)
        #expect(filter.value == .selected(try EventSelector("$.n")))
        #expect(filter.dimensions.map(\.name) == ["@aws.region", "A", "B"])
        #expect(filter.dimensions.map(\.selector.text) == ["@aws.region", "$.['a:x']", "$.b"])
        let spaced = load(
            filterTemplate(
                pattern: "'[ip, bytes > 3, ...]'",
                transformation:
                    "MetricName: U, MetricNamespace: O, MetricValue: $bytes, Dimensions: [{Key: A, Value: $4}]"))
        #expect(spaced.findings == [])
    }

    @Test func `an alarm names the dimensions that its filter publishes`() {
        let filter = filterTemplate(
            transformation:
                "MetricName: Users, MetricNamespace: Own, MetricValue: 1, Dimensions: [{Key: A, Value: $.a}]")
        let alarm = ["MetricName": "Users", "Namespace": "Own", "Period": "60"]
        #expect(
            load(alarmTemplate(alarm.merging(["Dimensions": "[{Name: A, Value: b}]"]) { $1 }), filter).findings == [])
        #expect(
            load(alarmTemplate(alarm), filter).findings == [
                "alarms.yaml:7:19: warning: alarm 'alarms-Busy' gets no data: filters publish Users with the dimensions A"
            ])
    }

    @Test func `a wrong pattern is an error at the pattern`() throws {
        let loaded = load(filterTemplate(pattern: "'{ $.eventName = }'"))
        #expect(loaded.findings.count == 1)
        let finding = try #require(loaded.findings.first)
        #expect(finding.hasPrefix("alarms.yaml:6:22: error: cannot read FilterPattern of Users: got "), "\(finding)")
    }

    static let trail = """
        Resources:
          Trail:
            Type: AWS::CloudTrail::Trail
            Properties:
              CloudWatchLogsLogGroupArn: !Sub "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:trail:*"

        """

    @Test func `filters count where the trail writes`() {
        let other = filterTemplate().replacing("trail", with: "application").replacing("Users:", with: "Others:")
        let withTrail = load(Self.trail, filterTemplate(), other)
        #expect(withTrail.set.trailLogGroupNames == ["trail"])
        #expect(withTrail.set.filters.map(\.name) == ["second-Users"])
        #expect(
            withTrail.findings == [
                "third.yaml:2:3: note: filter Others does not count: the trail's events are not in its log group "
                    + "'application'"
            ])
        #expect(load(filterTemplate(), other).set.filters.count == 2)
        let chosen = load(Self.trail, filterTemplate(), other, settings: TemplateSettings(logGroup: "application"))
        #expect(chosen.set.filters.map(\.name) == ["third-Others"])
    }

    @Test func `a filter on another log group may be of any form`() {
        let other = filterTemplate(pattern: "'[ip, user, status = %(5)%]'").replacing("trail", with: "application")
        #expect(load(other).findings.contains { $0.contains(": error: ") })
        #expect(!load(Self.trail, other).findings.contains { $0.contains(": error: ") })
        #expect(!load(other, Self.trail).findings.contains { $0.contains(": error: ") })
    }

    @Test func `a log group made in the template is recognized`() {
        let loaded = load(
            """
            Resources:
              Group: {Type: "AWS::Logs::LogGroup"}
              Trail:
                Type: AWS::CloudTrail::Trail
                Properties: {CloudWatchLogsLogGroupArn: !GetAtt Group.Arn}
              Users:
                Type: AWS::Logs::MetricFilter
                Properties:
                  LogGroupName: !Ref Group
                  FilterPattern: '{ $.eventName = "CreateUser" }'
                  MetricTransformations: [{MetricName: Users, MetricNamespace: Own, MetricValue: 1}]
            """)
        #expect(loaded.findings == [])
        #expect(loaded.set.filters.count == 1)
        #expect(loaded.set.trailLogGroupNames == ["alarms-Group"])
    }

    @Test func `a name used in two files is an error that names both places`() {
        let named = alarmTemplate(["AlarmName": "busy"])
        #expect(
            load(named, named).findings == [
                "second.yaml:2:3: error: cannot use the alarm name 'busy' twice: it stands at alarms.yaml:2 too"
            ])
        #expect(load(alarmTemplate(), alarmTemplate()).findings == [])
    }

    @Test func `alarms find the filters of other files`() {
        let alarm = alarmTemplate(["MetricName": "Users", "Namespace": "Own", "Period": "60"])
        #expect(load(alarm, filterTemplate()).findings == [])
        #expect(
            load(alarm).findings == [
                "alarms.yaml:7:19: warning: alarm 'alarms-Busy' gets no data: no loaded filter publishes Users in namespace "
                    + "'Own'"
            ])
        let dimension = alarmTemplate([
            "MetricName": "Users", "Namespace": "Own", "Dimensions": "[{Name: A, Value: b}]",
        ])
        #expect(
            load(dimension, filterTemplate()).findings == [
                "alarms.yaml:8:19: warning: alarm 'alarms-Busy' gets no data: filters publish Users without dimensions"
            ])
        let unit = alarmTemplate(["MetricName": "Users", "Namespace": "Own", "Unit": "Count"])
        #expect(
            load(unit, filterTemplate()).findings == [
                "alarms.yaml:7:19: warning: alarm 'alarms-Busy' gets no data: its Unit is Count, its filter publishes None"
            ])
    }

    static let topics = """
        Resources:
          Topic:
            Type: AWS::SNS::Topic
            Properties:
              DisplayName: On call
              Subscription:
                - {Protocol: https, Endpoint: "https://example.com/hook"}
          Web:
            Type: AWS::SNS::Subscription
            Properties: {TopicArn: !Ref Topic, Protocol: http, Endpoint: "http://10.0.0.1/", FilterPolicy: {}}
          Mail:
            Type: AWS::SNS::Subscription
            Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: a@example.com}

        """

    @Test func `topics and subscriptions reach the set`() throws {
        let loaded = load(Self.topics)
        let arn = "arn:aws:sns:us-east-1:000000000000:alarms-Topic"
        #expect(
            loaded.set.topics == [
                Topic(
                    arn: arn, displayName: "On call", location: Place(file: "alarms.yaml", line: 2, column: 3))
            ])
        #expect(loaded.set.subscriptions.map(\.protocolName) == ["https", "http", "email"])
        #expect(loaded.set.subscriptions.map(\.endpoint).first == "https://example.com/hook")
        let identifiers = loaded.set.subscriptions.map { $0.arn.dropFirst(arn.count + 1) }
        // Fixed: receivers keep their subscription over restarts and releases.
        #expect(identifiers.first == "64a44645-b09d-f1d1-e230-7f90f40dc134")
        #expect(Set(identifiers).count == 3)
        #expect(load(Self.topics).set == loaded.set)
        #expect(
            loaded.findings == [
                "alarms.yaml:10:50: warning: Web sends without encryption: its Protocol is http",
                "alarms.yaml:13:50: note: Mail is not delivered: this build sends to http and https, not to email",
            ])
    }

    @Test func `an address of another form is refused without being shown`() {
        let text = Self.topics.replacing("https://example.com/hook", with: "ftp://secret")
        let findings = load(text).findings
        #expect(
            findings.first
                == "alarms.yaml:7:39: error: cannot read Endpoint of Subscription of Topic: got an address of another form; "
                + "want https://…, as Protocol says")
        #expect(!findings.joined().contains("secret"))
    }

    @Test func `other types are noted once, misspelled ones are errors`() {
        let loaded = load(
            """
            Resources:
              A: {Type: "AWS::S3::Bucket", DependsOn: B, DeletionPolicy: Retain}
              B: {Type: "AWS::S3::Bucket"}
              C: {Type: "AWS::CloudWatch::Alram"}
              D: {Type: "AWS::CloudWatch::Dashboard", Depends: A}
            """)
        #expect(
            loaded.findings == [
                "alarms.yaml:2:3: note: AWS::S3::Bucket is passed over: it has no effect here",
                "alarms.yaml:4:13: error: unknown resource type 'AWS::CloudWatch::Alram'; did you mean "
                    + "'AWS::CloudWatch::Alarm'?",
                "alarms.yaml:5:3: note: AWS::CloudWatch::Dashboard is passed over: it has no effect here",
                "alarms.yaml:5:43: warning: unknown key 'Depends' of resource D; did you mean 'DependsOn'?",
            ])
    }

    @Test(arguments: [("true", 1), ("false", 0)]) func `a resource whose condition does not hold is not made`(
        _ value: String, _ count: Int
    ) {
        let text = alarmTemplate(head: "    Condition: On\nConditions: {On: !Equals [\(value), 'true']}\n")
        #expect(load(text).set.alarms.count == count)
        #expect(load(text).findings == [])
    }
}
