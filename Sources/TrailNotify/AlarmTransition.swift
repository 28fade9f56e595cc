package import TrailAlarms
package import TrailModel

/// Tells the world of state changes: makes each message once, signs it as SNS does, and delivers it at least once.
///
/// One state change of an alarm that is to be announced: everything that CloudWatch's message shows.
package struct AlarmTransition: Equatable, Sendable, Codable {
    package var alarm: AnnouncedAlarm
    package var accountID: String
    /// The region's code, such as `us-east-1`.
    package var region: String
    package var from: AlarmState
    package var to: AlarmState
    /// CloudWatch's `StateReason`.
    package var reason: String
    package var stateChangeTime: Timestamp
    package var configurationUpdated: Timestamp
    /// How long before the state change the deciding window had ended, for an announcement that counts as late.
    package var lateSeconds: Int64?
    /// The number of the alarm's decision, which never repeats for an alarm.
    package var decisionNumber: Int64
    /// When the alarm entered ALARM, for the ALARM itself and for what ends it; absent when no incident is involved.
    package var incidentStart: Timestamp?
    /// The end of the deciding window.
    package var windowEnd: Timestamp
    /// True for an action that a mute rule withheld until now.
    package var isAfterMuteWindow: Bool

    package init(
        alarm: AnnouncedAlarm, accountID: String, region: String, from: AlarmState, to: AlarmState, reason: String,
        stateChangeTime: Timestamp, configurationUpdated: Timestamp, lateSeconds: Int64? = nil, decisionNumber: Int64,
        incidentStart: Timestamp? = nil, windowEnd: Timestamp, isAfterMuteWindow: Bool = false
    ) {
        self.alarm = alarm
        self.accountID = accountID
        self.region = region
        self.from = from
        self.to = to
        self.reason = reason
        self.stateChangeTime = stateChangeTime
        self.configurationUpdated = configurationUpdated
        self.lateSeconds = lateSeconds
        self.decisionNumber = decisionNumber
        self.incidentStart = incidentStart
        self.windowEnd = windowEnd
        self.isAfterMuteWindow = isAfterMuteWindow
    }

    package var isLate: Bool { lateSeconds != nil }

    /// The alarm's ARN, in the partition of its region.
    package var alarmARN: String { Self.arn(ofAlarm: alarm.name, accountID: accountID, region: region) }

    package static func arn(ofAlarm name: String, accountID: String, region: String) -> String {
        "arn:\(partition(ofRegion: region)):cloudwatch:\(region):\(accountID):alarm:\(name)"
    }

    /// The key of the message to one subscription; `ordinal` is its place among those of the decision.
    ///
    /// `contributor` keeps keys apart from those of other alarms of this name; the contributor's id where not given.
    package func messageKey(contributor: String? = nil, ordinal: Int, to subscription: Subscription) -> MessageKey {
        MessageKey(
            alarmName: alarm.name, contributor: contributor ?? alarm.contributor?.id ?? "",
            decisionNumber: decisionNumber, ordinal: ordinal, action: subscription.topicARN,
            endpoint: subscription.arn)
    }

    /// The key that the ALARM and the OK that ends it share; `nil` when no incident is involved.
    package var incidentKey: IncidentKey? {
        incidentStart.map {
            IncidentKey(alarmName: alarm.name, contributor: alarm.contributor?.id ?? "", enteredAlarm: $0)
        }
    }
}

private func partition(ofRegion region: String) -> String {
    if region.hasPrefix("cn-") { return "aws-cn" }
    return region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
}
