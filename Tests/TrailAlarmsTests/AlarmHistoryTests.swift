import Testing
import TrailAlarms
import TrailModel

@Suite struct AlarmHistoryTests {
    static let arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:logins"

    static func alarm() -> MetricAlarm {
        var alarm = makeAlarm(nil, of: 2, over: 5, statistic: .average, period: 300, missing: .ignore)
        alarm.watched.metric = Metric(
            namespace: "Test", name: "Logins", dimensions: [Dimension(name: "Account", value: "1")])
        alarm.alarmDescription = "too many"
        alarm.alarmActions = ["arn:aws:sns:us-east-1:111122223333:topic"]
        return alarm
    }

    @Test func `creation documents the alarm in CloudWatch's key order`() throws {
        let now = try #require(Timestamp(rfc3339: "2026-09-14T11:18:43.496Z"))
        let item = AlarmHistoryItem.created(
            AlarmMachine(Self.alarm(), startingAt: origin, now: now), arn: Self.arn, at: now)
        #expect(item.kind == .configurationUpdate)
        #expect(item.timestamp == now)
        #expect(item.summary == #"Alarm "logins" created"#)
        #expect(
            item.data == """
                {"version":"1.0","type":"Create","createdAlarm":{"alarmName":"logins","alarmDescription":"too many",\
                "alarmArn":"\(Self.arn)","alarmConfigurationUpdatedTimestamp":"2026-09-14T11:18:43.496+0000",\
                "namespace":"Test","metricName":"Logins","extendedStatistic":"AVERAGE","period":300,\
                "dimensions":[{"name":"Account","value":"1"}],"threshold":5.0,\
                "comparisonOperator":"GreaterThanThreshold","evaluationPeriods":2,"treatMissingData":"ignore",\
                "stateValue":"INSUFFICIENT_DATA","stateUpdatedTimestamp":"2026-09-14T11:18:43.496+0000",\
                "actionsEnabled":true,"alarmActions":["arn:aws:sns:us-east-1:111122223333:topic"],\
                "insufficientDataActions":[],"okactions":[]}}
                """)
    }

    @Test func `an update names the former values of what changed`() throws {
        let created = try #require(Timestamp(rfc3339: "2026-09-14T11:00:00Z"))
        let now = created.adding(seconds: 60)
        let old = AlarmMachine(Self.alarm(), startingAt: origin, now: created)
        var new = old
        var definition = Self.alarm()
        definition.threshold = 9
        definition.actionsEnabled = false
        definition.watched.unit = "Count"
        new.replaceDefinition(definition, now: now)
        let item = AlarmHistoryItem.updated(new, from: old, arn: Self.arn, at: now)
        #expect(item.summary == #"Alarm "logins" updated"#)
        #expect(item.data.hasPrefix(#"{"version":"1.0","type":"Update","updatedAlarm":{"alarmName":"logins","#))
        #expect(item.data.contains(#""unit":"Count","threshold":9.0,"#))
        #expect(
            item.data.hasSuffix(
                """
                "originalUpdatedFields":{"alarmConfigurationUpdatedTimestamp":"2026-09-14T11:00:00.000+0000",\
                "threshold":5.0,"actionsEnabled":true}}
                """))
        let deleted = AlarmHistoryItem.deleted(new, arn: Self.arn, at: now)
        #expect(deleted.summary == #"Alarm "logins" deleted"#)
        #expect(deleted.data.hasPrefix(#"{"version":"1.0","type":"Delete","deletedAlarm":{"alarmName":"logins","#))
    }

    @Test func `an extended statistic is named as it is written`() throws {
        var alarm = Self.alarm()
        alarm.watched.statistic = .extended(try ExtendedStatistic("p90"))
        alarm.evaluateLowSampleCountPercentile = .ignore
        let item = AlarmHistoryItem.created(
            AlarmMachine(alarm, startingAt: origin, now: origin), arn: Self.arn, at: origin)
        #expect(item.data.contains(#""extendedStatistic":"p90","period":300,"#))
        #expect(item.data.contains(#""treatMissingData":"ignore","evaluateLowSampleCountPercentile":"ignore","#))
    }

    @Test func `a longest name leaves room for what happened`() {
        var alarm = Self.alarm()
        alarm.name = String(repeating: "n", count: 255)
        let item = AlarmHistoryItem.created(
            AlarmMachine(alarm, startingAt: origin, now: origin), arn: Self.arn, at: origin)
        #expect(item.summary.count == AlarmHistoryItem.summaryMax)
        #expect(item.summary.hasSuffix("n\" created"))
    }

    @Test func `a transition embeds both documents`() {
        var machine = AlarmMachine(makeAlarm(over: 5), startingAt: origin, now: origin)
        let decisions = machine.advance(through: minute(2), now: minute(3), series: series("90"))
        let items = decisions.map(AlarmHistoryItem.stateUpdate)
        #expect(
            items.map(\.summary) == [
                "Alarm updated from INSUFFICIENT_DATA to ALARM", "Alarm updated from ALARM to OK",
            ])
        let (first, second) = (decisions[0], decisions[1])
        #expect(
            items[0].data == """
                {"version":"1.0","oldState":{"stateValue":"INSUFFICIENT_DATA",\
                "stateReason":"Unchecked: Initial alarm creation"},"newState":{"stateValue":"ALARM",\
                "stateReason":"\(first.reason)","stateReasonData":\(first.reasonData)}}
                """)
        #expect(
            items[1].data == """
                {"version":"1.0","oldState":{"stateValue":"ALARM","stateReason":"\(first.reason)",\
                "stateReasonData":\(first.reasonData)},"newState":{"stateValue":"OK",\
                "stateReason":"\(second.reason)","stateReasonData":\(second.reasonData)}}
                """)
    }

    @Test func `early and settled transitions say so beside the new state`() {
        var machine = AlarmMachine(makeAlarm(over: 5), startingAt: origin, now: origin)
        var decisions = machine.advance(through: origin, now: minute(3), series: series("0--9"))
        decisions += machine.advance(through: minute(2), now: minute(4), series: series("0--9"))
        let items = decisions.map(AlarmHistoryItem.stateUpdate)
        #expect(
            items[0].data.hasSuffix(
                #"},"trailwatch":{"decision":"early","windowEnd":"\#(minute(4).cloudWatchText)"}}"#))
        #expect(
            items[1].data.hasPrefix(
                #"{"version":"1.0","oldState":{"stateValue":"INSUFFICIENT_DATA"},"newState":{"stateValue":"OK","#))
        #expect(
            items[1].data.hasSuffix(
                #"},"trailwatch":{"decision":"settled","windowEnd":"\#(minute(1).cloudWatchText)"}}"#))
    }

    @Test func `actions are recorded with their message or their error`() {
        let time = Timestamp(milliseconds: 1_789_384_726_252)
        let done = AlarmHistoryItem.action(
            .init(resource: "arn:t", stateUpdated: time, publishedMessage: #"{"a":1}"#), alarmName: "logins", at: time)
        #expect(done.kind == .action)
        #expect(done.summary == "Successfully executed action arn:t")
        #expect(
            done.data == """
                {"actionState":"Succeeded","stateUpdateTimestamp":1789384726252,"notificationResource":"arn:t",\
                "publishedMessage":"{\\"a\\":1}","error":null,"muteWindowEndTimestamp":null}
                """)
        let failed = AlarmHistoryItem.action(
            .init(resource: "arn:t", stateUpdated: time, error: "no route", muteWindowEnd: time), alarmName: "logins",
            at: time)
        #expect(failed.summary == "Failed to execute action arn:t")
        #expect(
            failed.data == """
                {"actionState":"Failed","stateUpdateTimestamp":1789384726252,"notificationResource":"arn:t",\
                "publishedMessage":null,"error":"no route","muteWindowEndTimestamp":1789384726252}
                """)
    }
}
