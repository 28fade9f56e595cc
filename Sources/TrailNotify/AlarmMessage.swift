import TrailAlarms
package import TrailModel

/// The message that CloudWatch publishes for an alarm, with one more key, `Trailwatch`, at its end.
package struct AlarmMessage: Equatable, Sendable {
    package let transition: AlarmTransition
    package let messageKey: MessageKey
    /// The alarm's page on the console.
    package let url: String
    /// Lines that take the place of window, reason and metric in the text for people; empty for alarms of files.
    package let details: [String]
    /// Names of accounts by id, for the text for people.
    package let accountNames: [String: String]
    /// The events behind the decision; `nil` where none are looked for.
    package let evidence: Evidence?

    package init(
        _ transition: AlarmTransition, messageKey: MessageKey, url: String, details: [String] = [],
        accountNames: [String: String] = [:], evidence: Evidence? = nil
    ) {
        self.transition = transition
        self.messageKey = messageKey
        self.url = url
        self.details = details
        self.accountNames = accountNames
        self.evidence = evidence
    }

    /// The document as it stands in SNS's `Message`: keys in CloudWatch's captured order, absent and null as there.
    package var json: JSONValue {
        let members =
            switch transition.alarm {
            case .metric(let alarm):
                head(updated: transition.configurationUpdated)
                    + [("OldStateValue", .string(transition.from.rawValue)), mute] + actions
                    + [
                        ("Trigger", trigger(of: alarm)),
                        ("AlarmContributorId", alarm.contributor.map { .string($0.id) }),
                        ("AlarmContributorAttributes", alarm.contributor?.document),
                    ]
            case .composite(let alarm, let triggering):
                head(updated: nil) + actions
                    + [
                        mute, ("OldStateValue", .string(transition.from.rawValue)),
                        ("AlarmRule", .string(alarm.ruleText)),
                        ("TriggeringChildren", .array(triggering.map(child))),
                    ]
            }
        return .members(members + [("Trailwatch", ownPart)])
    }

    private func head(updated: Timestamp?) -> [(String, JSONValue?)] {
        [
            ("AlarmName", .string(transition.alarm.name)),
            ("AlarmDescription", .optional(transition.alarm.alarmDescription)),
            ("AWSAccountId", .string(transition.accountID)),
            ("AlarmConfigurationUpdatedTimestamp", updated.map { .string($0.cloudWatchText) }),
            ("NewStateValue", .string(transition.to.rawValue)),
            ("NewStateReason", .string(transition.reason)),
            ("StateChangeTime", .string(transition.stateChangeTime.cloudWatchText)),
            ("Region", .string(regionLongName(transition.region))),
            ("AlarmArn", .string(transition.alarmARN)),
        ]
    }

    private var mute: (String, JSONValue?) { ("ActionExecutedAfterMuteWindow", .bool(transition.isAfterMuteWindow)) }

    private var actions: [(String, JSONValue?)] {
        [("OKActions", AlarmState.ok), ("AlarmActions", .alarm), ("InsufficientDataActions", .insufficientData)].map {
            ($0, .array(transition.alarm.actions(for: $1).map { .string($0) }))
        }
    }

    private func child(_ alarm: TriggeringAlarm) -> JSONValue {
        .members([
            ("Arn", .string(alarm.arn)),
            (
                "State",
                .members([
                    ("Value", .string(alarm.state.rawValue)), ("Timestamp", .string(alarm.since.cloudWatchText)),
                ])
            ),
        ])
    }

    /// What CloudWatch's document does not say.
    private var ownPart: JSONValue {
        .members([
            ("Title", .string(title)),
            ("Text", .string(text)),
            ("Slack", .string(slackText)),
            ("Url", .string(url)),
            ("Severity", .string(transition.alarm.severity)),
            ("IncidentKey", .optional(transition.incidentKey?.hex)),
            ("MessageKey", .string(messageKey.hex)),
            ("Evidence", evidence?.document(explain: explainCommand)),
        ])
    }

    /// The command that shows how the decision came about.
    private var explainCommand: String {
        var words = ["trailwatch", "explain", shellQuoted(transition.alarm.name)]
        if let contributor = transition.alarm.contributor {
            let attributes = contributor.attributes.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            words += ["--contributor", shellQuoted(attributes)]
        }
        return (words + ["--at", transition.windowEnd.rfc3339]).joined(separator: " ")
    }
}

private func trigger(of alarm: MetricAlarm) -> JSONValue {
    let rule: [(String, JSONValue?)] = [
        ("Period", .integer(alarm.periodSeconds)),
        ("EvaluationPeriods", .integer(Int64(alarm.evaluationPeriods))),
        ("DatapointsToAlarm", alarm.datapointsToAlarm.map { .integer(Int64($0)) }),
        ("ComparisonOperator", .string(alarm.comparison.rawValue)),
        ("Threshold", .double(alarm.threshold)),
        ("TreatMissingData", .string(alarm.treatMissingData?.rawValue ?? "")),
        ("EvaluateLowSampleCountPercentile", .string(alarm.evaluateLowSampleCountPercentile?.rawValue ?? "")),
    ]
    guard case .metric(let watched) = alarm.input else {
        return .members(rule + [("Metrics", .array(alarm.input.queries.map(\.triggerDocument)))])
    }
    // The key of an extended statistic is not on record; it follows the names of PutMetricAlarm, as LocalStack has it.
    let (type, statistic) =
        switch watched.statistic {
        case .statistic(let statistic): ("Statistic", statistic.upperSnakeCase)
        case .extended(let statistic): ("ExtendedStatistic", statistic.name)
        }
    return .members(
        [
            ("MetricName", .string(watched.metric.name)),
            ("Namespace", .string(watched.metric.namespace)),
            ("StatisticType", .string(type)),
            (type, .string(statistic)),
            ("Unit", .optional(watched.unit)),
            ("Dimensions", .array(watched.metric.dimensions.map(\.triggerDocument))),
        ] + rule)
}

extension Dimension {
    fileprivate var triggerDocument: JSONValue { .members([("value", .string(value)), ("name", .string(name))]) }
}

extension MetricDataQuery {
    /// An entry of `Metrics` with its keys in captured order.
    fileprivate var triggerDocument: JSONValue {
        guard let stat = metricStat else {
            return .members([
                ("Expression", .optional(expression)), ("Id", .string(id)), ("Label", label.map { .string($0) }),
                ("ReturnData", .bool(returnsData)), ("Period", period.map { .integer($0) }),
            ])
        }
        return .members([
            ("Id", .string(id)), ("Label", label.map { .string($0) }),
            (
                "MetricStat",
                .members([
                    (
                        "Metric",
                        .members([
                            ("Dimensions", .array(stat.metric.dimensions.map(\.triggerDocument))),
                            ("MetricName", .string(stat.metric.name)), ("Namespace", .string(stat.metric.namespace)),
                        ])
                    ),
                    ("Period", .integer(stat.period)), ("Stat", .string(stat.stat)), ("Unit", .optional(stat.unit)),
                ])
            ),
            ("ReturnData", .bool(returnsData)),
        ])
    }
}

/// A word as a shell takes it.
private func shellQuoted(_ text: String) -> String {
    let isPlain =
        !text.isEmpty
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:=,".utf8.contains(byte)
            }
        }
    if isPlain { return text }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
