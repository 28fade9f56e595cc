import Testing
import TrailAlarms
import TrailModel
import TrailTemplates

struct AlarmResourceTests {
    @Test func `every property reaches the definition`() throws {
        let loaded = load(
            alarmTemplate([
                "AlarmName": "busy", "AlarmDescription": "Look.", "ActionsEnabled": "'False'",
                "AlarmActions": "arn:aws:sns:us-east-1:000000000000:a",
                "OKActions": "['arn:aws:sns:us-east-1:000000000000:b']",
                "InsufficientDataActions": "[]", "DatapointsToAlarm": "2", "EvaluationPeriods": "3",
                "Dimensions": "[{Name: EventSource, Value: iam.amazonaws.com}, {Name: AwsRegion, Value: us-east-1}]",
                "Unit": "Count", "Threshold": "'1e2'", "TreatMissingData": "notBreaching",
                "Tags": "[{Key: severity, Value: high}]",
            ]))
        let want = MetricAlarm(
            name: "busy", alarmDescription: "Look.", actionsEnabled: false,
            okActions: ["arn:aws:sns:us-east-1:000000000000:b"], alarmActions: ["arn:aws:sns:us-east-1:000000000000:a"],
            metric: Metric(
                namespace: "CloudTrail", name: "EventCount",
                dimensions: [
                    Dimension(name: "AwsRegion", value: "us-east-1"),
                    Dimension(name: "EventSource", value: "iam.amazonaws.com"),
                ]), statistic: .sum, unit: "Count", periodSeconds: 300, evaluationPeriods: 3, datapointsToAlarm: 2,
            threshold: 100, comparison: .greaterThanThreshold, treatMissingData: .notBreaching,
            tags: ["severity": "high"], location: Place(file: "alarms.yaml", line: 2, column: 3))
        #expect(loaded.set.alarms == [want])
        #expect(
            loaded.findings == [
                "alarms.yaml:6:21: note: the topic arn:aws:sns:us-east-1:000000000000:a is not loaded; nobody hears of it",
                "alarms.yaml:16:19: note: the topic arn:aws:sns:us-east-1:000000000000:b is not loaded; nobody hears of it",
            ])
    }

    @Test(
        arguments: [
            ("{Trailwatch: {RepeatEvery: 1h}}", 3600, []),
            ("{Trailwatch: {}}", nil, []), ("{Other: {RepeatEvery: 1h}}", nil, []),
            (
                "{Trailwatch: {RepeatEvery: soon}}", nil,
                [
                    "4:42: error: cannot read RepeatEvery of Metadata of Busy: got 'soon'; want a duration from 60s to 30d, "
                        + "such as 30m or 4h"
                ]
            ),
            (
                "{Trailwatch: {RepeatEvry: 1h}}", nil,
                ["4:29: warning: unknown property 'RepeatEvry' of Metadata of Busy; did you mean 'RepeatEvery'?"]
            ),
            ("{Trailwatch: {NotifyOn: StateChange}}", nil, []), ("{Trailwatch: {NotifyOn: NewEvents}}", nil, []),
            (
                "{Trailwatch: {NotifyOn: Always}}", nil,
                [
                    "4:39: error: cannot read NotifyOn of Metadata of Busy: got 'Always'; want one of "
                        + "StateChange, NewEvents"
                ]
            ),
        ] as [(String, Int64?, [String])])
    func `what only we do stands in the metadata`(metadata: String, seconds: Int64?, want: [String]) {
        let text = alarmTemplate().replacing("    Properties:\n", with: "    Metadata: \(metadata)\n    Properties:\n")
        let loaded = load(text)
        #expect(loaded.findings == want.map { "alarms.yaml:\($0)" })
        #expect(loaded.set.alarms.first?.repeatEverySeconds == seconds)
        let notifies = loaded.set.alarms.first?.notifiesNewEvents
        #expect(notifies == nil || notifies == metadata.contains("NewEvents"))
    }

    @Test func `JSON gives the same alarm as YAML`() throws {
        let json = """
            {"Resources": {"Busy": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
            "MetricName": "EventCount", "Namespace": "CloudTrail", "Period": 300, "Statistic": "Sum",
            "EvaluationPeriods": "1", "Threshold": {"Fn::Select": ["1", ["5", "10"]]},
            "ComparisonOperator": "GreaterThanThreshold"}}}}
            """
        var fromJSON = try #require(load(json).set.alarms.first)
        var fromYAML = try #require(load(alarmTemplate()).set.alarms.first)
        #expect(fromJSON.location == Place(file: "alarms.yaml", line: 1, column: 16))
        fromJSON.location = Place(file: "")
        fromYAML.location = Place(file: "")
        #expect(fromJSON == fromYAML)
    }

    static let faults: [([String: String], String)] = [
        (["Threshold": "many"], "11:18: error: cannot read Threshold of Busy: got 'many'; want a number"),
        (["Threshold": "0x10"], "11:18: error: cannot read Threshold of Busy: got '0x10'; want a number"),
        (["Threshold": "[1]"], "11:18: error: cannot read Threshold of Busy: got a list; want a number"),
        (
            ["Threshold": "null"],
            "11:18: error: cannot use null: want a value, or AWS::NoValue to leave the property out"
        ),
        (["Threshold": ""], "2:3: error: cannot read Busy: got no Threshold; want one"),
        (["Threshold": "!Ref AWS::NoValue"], "2:3: error: cannot read Busy: got no Threshold; want one"),
        (
            ["ComparisonOperator": "GreaterThanTreshold"],
            "5:27: error: cannot read ComparisonOperator of Busy: got 'GreaterThanTreshold'; want one of "
                + "GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, LessThanOrEqualToThreshold; "
                + "did you mean 'GreaterThanThreshold'?"
        ),
        (
            ["ComparisonOperator": "GreaterThanUpperThreshold"],
            "5:27: error: cannot use Busy: an alarm on anomaly detection is not supported yet"
        ),
        (
            ["Statistic": "sum"],
            "10:18: error: cannot read Statistic of Busy: got 'sum'; want one of SampleCount, Sum, Average, Minimum, "
                + "Maximum; did you mean 'Sum'?"
        ),
        (
            ["ExtendedStatistic": "p99"],
            "11:7: error: cannot use Busy: PutMetricAlarm request can not be made with both Statistic and "
                + "ExtendedStatistic parameters. Only one of them should be present"
        ),
        (
            ["Statistic": ""],
            "2:3: error: cannot read Busy: got no Statistic and no ExtendedStatistic; want one of them"
        ),
        (
            ["Statistic": "", "ExtendedStatistic": "p101"],
            "7:26: error: cannot read ExtendedStatistic of Busy: The value p101 for parameter ExtendedStatistic is not "
                + "supported. (cannot use the statistic p101: got the percentage 101; want 0 to 100 with 10 decimals "
                + "at most)"
        ),
        (
            ["Statistic": "", "ExtendedStatistic": "TM(5%:95%)"],
            "7:26: warning: AWS may refuse ExtendedStatistic of Busy: got TM(5%:95%); PutMetricAlarm documents "
                + "percentages from 10 to 90"
        ),
        (
            ["EvaluateLowSampleCountPercentile": "ignore"],
            "6:41: error: cannot read EvaluateLowSampleCountPercentile of Busy: got it with Sum; want it only with a "
                + "percentile such as p99, or left out"
        ),
        (
            ["Statistic": "", "ExtendedStatistic": "tm90", "EvaluateLowSampleCountPercentile": "evaluate"],
            "6:41: error: cannot read EvaluateLowSampleCountPercentile of Busy: got it with tm90; want it only with a "
                + "percentile such as p99, or left out"
        ),
        (
            ["Statistic": "", "ExtendedStatistic": "p90", "EvaluateLowSampleCountPercentile": "maybe"],
            "6:41: error: cannot read EvaluateLowSampleCountPercentile of Busy: Option maybe is not supported. "
                + "Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore."
        ),
        (
            ["TreatMissingData": "notbreaching"],
            "12:25: error: cannot read TreatMissingData of Busy: got 'notbreaching'; want one of breaching, "
                + "notBreaching, ignore, missing; did you mean 'notBreaching'?"
        ),
        (["Period": "0"], "9:15: error: cannot read Period of Busy: got '0'; want a whole number, 1 to 604800"),
        (["Period": "90"], "9:15: error: cannot read Period of Busy: got 90; want a multiple of 60"),
        (
            ["Period": "10"],
            "9:15: error: cannot use Busy: a Period of 10 seconds is not supported yet; want a multiple of 60"
        ),
        (
            ["Period": "60"],
            "9:15: error: cannot read Period of Busy: got 60; want a multiple of 300, the width of CloudTrail's "
                + "EventCount slots"
        ),
        (
            ["EvaluationPeriods": "289"],
            "6:26: error: cannot read EvaluationPeriods of Busy: got 289 periods of 300 s; want at most 86400 s "
                + "together, 288 periods"
        ),
        (
            ["EvaluationPeriods": "0"],
            "6:26: error: cannot read EvaluationPeriods of Busy: got '0'; want a whole number, 1 to 604800"
        ),
        (
            ["DatapointsToAlarm": "2"],
            "6:26: error: cannot read DatapointsToAlarm of Busy: got 2; want at most EvaluationPeriods, which is 1"
        ),
        (
            ["AlarmActions": "[not-an-arn]"],
            "5:22: error: cannot read AlarmActions of Busy: got 'not-an-arn'; want an ARN such as "
                + "arn:aws:sns:us-east-1:000000000000:name"
        ),
        (
            ["AlarmName": "''"],
            "5:18: error: cannot read AlarmName of Busy: got an empty text; want 1 to 255 characters without control characters"
        ),
        (
            ["ActionsEnabled": "maybe"],
            "5:23: error: cannot read ActionsEnabled of Busy: got 'maybe'; want true or false"
        ),
        (
            ["Dimensions": "[{Name: A, Value: b}, {Name: A, Value: c}]"],
            "6:41: error: cannot read Dimensions of Busy: got 'A' twice; want each name once"
        ),
        (["Dimensions": "[{Name: A}]"], "6:20: error: cannot read Dimensions of Busy: got no Value; want one"),
        (
            ["Tags": "[{Key: 'aws:x', Value: y}]"],
            "11:20: error: cannot read Tags of Busy: got the key 'aws:x'; want no key that starts with aws:"
        ),
        (
            ["Tags": "[{Key: severity, Value: hihg}]"],
            "11:37: warning: the tag severity of Busy is 'hihg'; want one of critical, high, medium, low; did you mean 'high'?"
        ),
        (["Treshold": "3"], "12:7: warning: unknown property 'Treshold' of Busy; did you mean 'Threshold'?"),
        (
            ["Threshold": "-1"],
            "7:19: warning: alarm 'alarms-Busy' is always breached: its metric is never negative, and "
                + "GreaterThanThreshold -1 always holds"
        ),
        (
            ["MetricName": "EvenCount"],
            "7:19: warning: alarm 'alarms-Busy' gets no data: no loaded filter publishes EvenCount in namespace "
                + "'CloudTrail'; did you mean 'EventCount'?"
        ),
    ]

    @Test(arguments: faults) func `what is wrong with an alarm is said once, with its place`(
        _ changes: [String: String], _ want: String
    ) {
        let loaded = load(alarmTemplate(changes))
        #expect(loaded.findings == ["alarms.yaml:" + want])
        #expect(loaded.set.alarms.count == (want.contains(": error: ") ? 0 : 1))
    }

    /// What the API reference of `PutMetricAlarm` lists as valid, and the edges of the grammar behind it.
    @Test(arguments: [
        "p90", "p0", "p100", "p0.0", "p95.0123456789", "tm90", "tc90", "ts90", "wm90", "IQM", "PR(:300)",
        "PR(100:2000)",
        "TC(0.005:0.03)", "TC(10%:90%)", "TM(10%:90%)", "TS(80%:)", "WM(:90%)", "TM(150:1000)",
    ]) func `every valid extended statistic reaches the definition`(_ name: String) throws {
        let loaded = load(alarmTemplate(["Statistic": "", "ExtendedStatistic": "'\(name)'"]))
        #expect(loaded.findings == [])
        let alarm = try #require(loaded.set.alarms.first)
        let want = Stat.extended(try ExtendedStatistic(name))
        #expect(alarm.input.statistic == want)
    }

    @Test(arguments: [
        "p", "p101", "p-1", "P90", "p1.12345678901", "Sum", "Average", "tm101", "TM(90%:10%)", "TM(10:90%)", "TM(:)",
        "PR(10%:20%)", "''", "p90 ", "XX(1:2)", "TM(10%:90%", String(repeating: "p", count: 300),
    ]) func `what is no extended statistic is refused in CloudWatch's words`(_ name: String) {
        let loaded = load(
            alarmTemplate(["Statistic": "", "ExtendedStatistic": name == "''" ? name : "'\(name)'"]))
        #expect(loaded.findings.count == 1)
        #expect(
            loaded.findings.allSatisfy {
                $0.hasPrefix("alarms.yaml:7:26: error: cannot read ExtendedStatistic of Busy: The value ")
            })
        #expect(loaded.findings.allSatisfy { $0.contains(" for parameter ExtendedStatistic is not supported. (") })
        #expect(loaded.set.alarms.isEmpty)
    }

    @Test(arguments: [
        (nil as String?, nil as LowSampleCountTreatment?), ("evaluate", .evaluate), ("ignore", .ignore),
    ]) func `a percentile may have its low sample counts ignored`(
        _ text: String?, _ want: LowSampleCountTreatment?
    ) throws {
        var changes = ["Statistic": "", "ExtendedStatistic": "p90"]
        changes["EvaluateLowSampleCountPercentile"] = text
        let loaded = load(alarmTemplate(changes))
        #expect(loaded.findings == [])
        #expect(try #require(loaded.set.alarms.first).evaluateLowSampleCountPercentile == want)
    }

    /// Both sides of each limit that `PutMetricAlarm` has.
    @Test(arguments: [
        (["AlarmName": String(repeating: "n", count: 255)], true),
        (["AlarmName": String(repeating: "n", count: 256)], false),
        (["AlarmDescription": String(repeating: "d", count: 1024)], true),
        (["AlarmDescription": String(repeating: "d", count: 1025)], false),
        (["EvaluationPeriods": "288"], true),
        (["Period": "3600", "EvaluationPeriods": "168"], true),
        (["Period": "3600", "EvaluationPeriods": "169"], false),
        (["DatapointsToAlarm": "1"], true),
        (["AlarmActions": actions(5)], true),
        (["AlarmActions": actions(6)], false),
    ]) func `limits hold on both sides`(_ changes: [String: String], _ isAllowed: Bool) {
        let loaded = load(alarmTemplate(changes))
        #expect(loaded.findings.contains { $0.contains(": error: ") } != isAllowed)
        #expect(loaded.set.alarms.count == (isAllowed ? 1 : 0))
    }

    private static func actions(_ count: Int) -> String {
        "[" + (1...count).map { "'arn:aws:sns:us-east-1:000000000000:t\($0)'" }.joined(separator: ", ") + "]"
    }
}
