import Foundation
import Testing
import TrailAlarms
import TrailModel
import TrailNotify

private let place = AlarmEvent.Place(accountID: "111122223333", region: "eu-west-1")
private let now = Timestamp(seconds: 1_700_000_000)

extension NSDictionary {
    /// The value at a path of names with dots between them.
    fileprivate func member(_ path: String) -> Any? {
        path.split(separator: ".").reduce(self as Any?) { ($0 as? NSDictionary)?[String($1)] }
    }
}

private func object(_ event: AlarmEvent) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data(event.text.utf8)) as? NSDictionary)
}

/// The decision that the walk of a machine over one breaching minute makes.
private func decision(of alarm: MetricAlarm) throws -> Decision {
    var machine = AlarmMachine(alarm, startingAt: now.adding(seconds: -600), now: now.adding(seconds: -600))
    let range = now.adding(seconds: -3600)..<now
    let data = AlarmData.metric(
        SlotSeries(
            resolution: .minute, range: range,
            slots: [SlotSeries.Slot(start: now.adding(seconds: -320), values: StatisticSet(value: 9))]))
    return try #require(
        machine.advance(through: now, now: now, series: data, earlyAfter: nil).first { $0.to == .alarm })
}

/// The keys of CloudWatch's documents (user guide, "Alarm events and EventBridge").
@Suite struct AlarmEventTests {
    private func alarm(contributor: Contributor? = nil) -> MetricAlarm {
        var alarm = MetricAlarm(
            name: "n", alarmDescription: "d", alarmActions: ["arn:aws:sns:eu-west-1:111122223333:t"],
            metric: Metric(namespace: "ns", name: "m", dimensions: [Dimension(name: "k", value: "v")]),
            statistic: .sum, periodSeconds: 300, evaluationPeriods: 1, threshold: 5,
            comparison: .greaterThanThreshold, treatMissingData: .notBreaching, location: SourceLocation(file: "a.yaml")
        )
        alarm.contributor = contributor
        return alarm
    }

    @Test func `a state change has CloudWatch's document`() throws {
        let alarm = alarm()
        let decision = try decision(of: alarm)
        let event = try object(AlarmEvent(decision, of: .metric(alarm), at: place))
        #expect(event["detail-type"] as? String == "CloudWatch Alarm State Change")
        #expect(event["source"] as? String == "aws.cloudwatch")
        #expect(event["time"] as? String == "2023-11-14T22:13:20Z")
        #expect(event["resources"] as? [String] == ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:n"])
        let detail = try #require(event["detail"] as? NSDictionary)
        #expect(detail.member("state.value") as? String == "ALARM")
        #expect((detail.member("state.reasonData") as? String)?.hasPrefix("{\"version\":\"1.0\"") == true)
        #expect(detail.member("state.timestamp") as? String == "2023-11-14T22:13:20.000+0000")
        #expect(detail.member("previousState.value") as? String == decision.from.rawValue)
        let metrics = """
            [{"id":"m1","metricStat":{"metric":{"namespace":"ns","name":"m","dimensions":{"k":"v"}},"period":300,\
            "stat":"Sum"},"returnData":true}]
            """
        #expect(AlarmEvent(decision, of: .metric(alarm), at: place).text.contains("\"metrics\":\(metrics)"))
    }

    @Test func `a contributor's has its attributes and no state before`() throws {
        let contributor = Contributor(attributes: [Dimension(name: "AccountId", value: "1")])
        let alarm = alarm(contributor: contributor)
        let event = try object(AlarmEvent(try decision(of: alarm), of: .metric(alarm), at: place))
        #expect(event["detail-type"] as? String == "CloudWatch Alarm Contributor State Change")
        #expect(event.member("detail.alarmContributor.attributes.AccountId") as? String == "1")
        #expect(event.member("detail.previousState") == nil)
        #expect(event.member("detail.state.reasonData") == nil)
    }

    @Test func `a configuration change says what was before`() throws {
        var former = alarm()
        former.threshold = 1
        let event = try object(
            AlarmEvent(
                .update, of: .metric(alarm()), former: .metric(former), state: .ok, since: now, now: now, at: place))
        #expect(event["detail-type"] as? String == "CloudWatch Alarm Configuration Change")
        #expect(event.member("detail.operation") as? String == "update")
        #expect(event.member("detail.configuration.threshold") as? Double == 5)
        #expect(event.member("detail.previousConfiguration.threshold") as? Double == 1)
        #expect(event.member("detail.state.value") as? String == "OK")
    }
}
