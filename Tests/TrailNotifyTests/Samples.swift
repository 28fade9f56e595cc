import TrailAlarms
import TrailModel
import TrailNotify

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

func time(_ text: String) -> Timestamp {
    guard let time = Timestamp(rfc3339: text) else { preconditionFailure("no time: \(text)") }
    return time
}

let topicARN = "arn:aws:sns:us-east-1:111122223333:alarms"

func sampleAlarm(name: String = "n", description: String? = nil) -> MetricAlarm {
    MetricAlarm(
        name: name, alarmDescription: description, alarmActions: [topicARN],
        metric: Metric(namespace: "ns", name: "m", dimensions: [Dimension(name: "k", value: "v")]),
        statistic: .average, unit: "Percent", periodSeconds: 300, evaluationPeriods: 1, datapointsToAlarm: 1,
        threshold: 50, comparison: .greaterThanThreshold, treatMissingData: .ignore,
        location: SourceLocation(file: "a.yaml"))
}

func sampleTransition(
    alarm: MetricAlarm = sampleAlarm(), region: String = "us-east-1", from: AlarmState = .insufficientData,
    to: AlarmState = .alarm, reason: String = "Threshold Crossed", lateSeconds: Int64? = nil
) -> AlarmTransition {
    AlarmTransition(
        alarm: .metric(alarm), accountID: "111122223333", region: region, from: from, to: to, reason: reason,
        stateChangeTime: time("2026-09-14T11:18:44.401Z"), configurationUpdated: time("2026-09-14T11:18:43.496Z"),
        lateSeconds: lateSeconds, decisionNumber: 7, incidentStart: time("2026-09-14T11:18:44.401Z"),
        windowEnd: time("2026-09-14T11:15:00Z"))
}

func sampleMessage(
    _ transition: AlarmTransition = sampleTransition(), url: String = "https://trail.example.test/alarms/n",
    details: [String] = [], accountNames: [String: String] = [:]
) -> AlarmMessage {
    let key = MessageKey(
        alarmName: transition.alarm.name, decisionNumber: transition.decisionNumber, action: topicARN,
        endpoint: topicARN + ":1")
    return AlarmMessage(transition, messageKey: key, url: url, details: details, accountNames: accountNames)
}

extension MetricAlarm {
    /// The one metric of an alarm on one metric.
    var watched: WatchedMetric {
        get {
            guard case .metric(let watched) = input else { preconditionFailure("the alarm watches something else") }
            return watched
        }
        set { input = .metric(newValue) }
    }
}
