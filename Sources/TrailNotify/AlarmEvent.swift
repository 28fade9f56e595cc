package import TrailAlarms
package import TrailModel

/// The events that CloudWatch puts on EventBridge when alarms change, for event rules (CloudWatch user guide, "Alarm
/// events and EventBridge").
package struct AlarmEvent: Equatable, Sendable {
    /// What a reload did to an alarm.
    package enum Operation: String, Sendable {
        case create, update, delete
    }

    /// Where the alarm is.
    package struct Place: Equatable, Sendable {
        package let accountID: String
        package let region: String

        package init(accountID: String, region: String) {
            self.accountID = accountID
            self.region = region
        }
    }

    package let time: Timestamp
    /// Tells the event from others; also part of the keys of its messages.
    package let id: String
    /// The whole event, JSON text.
    package let text: String

    /// `CloudWatch Alarm State Change`, and for a series of an alarm with several `CloudWatch Alarm Contributor State
    /// Change`.
    package init(_ decision: Decision, of alarm: AnnouncedAlarm, at place: Place) {
        let state: [(String, JSONValue?)] = [
            ("value", .string(decision.to.rawValue)), ("reason", .string(decision.reason)),
            (
                "reasonData",
                alarm.contributor != nil || decision.reasonData.isEmpty ? nil : .string(decision.reasonData)
            ),
            ("timestamp", .string(decision.decidedAt.cloudWatchText)),
        ]
        let previous = decision.previous.map { previous in
            JSONValue.members([
                ("value", .string(decision.from.rawValue)), ("reason", .string(previous.reason)),
                ("reasonData", previous.reasonData.map { .string($0) }),
                ("timestamp", .string(previous.updated.cloudWatchText)),
            ])
        }
        let contributor = alarm.contributor.map { contributor in
            JSONValue.members([("id", .string(contributor.id)), ("attributes", contributor.document)])
        }
        self.init(
            contributor == nil ? "CloudWatch Alarm State Change" : "CloudWatch Alarm Contributor State Change",
            of: alarm, number: decision.number, time: decision.decidedAt, at: place,
            detail: [
                ("alarmName", .string(alarm.name)), ("alarmContributor", contributor), ("state", .members(state)),
                ("previousState", contributor == nil ? previous : nil),
                ("configuration", .members(alarm.shortConfiguration)),
            ])
    }

    /// `CloudWatch Alarm Configuration Change`; `former` is the definition that an update replaced.
    package init(
        _ operation: Operation, of alarm: AnnouncedAlarm, former: AnnouncedAlarm? = nil, state: AlarmState,
        since: Timestamp, now: Timestamp, at place: Place
    ) {
        self.init(
            "CloudWatch Alarm Configuration Change", of: alarm, number: now.milliseconds, operation: operation,
            time: now,
            at: place,
            detail: [
                ("alarmName", .string(alarm.name)), ("operation", .string(operation.rawValue)),
                (
                    "state",
                    .members([("value", .string(state.rawValue)), ("timestamp", .string(since.cloudWatchText))])
                ), ("configuration", alarm.configuration(at: now)),
                ("previousConfiguration", former.map { $0.configuration(at: now) }),
            ])
    }

    private init(
        _ detailType: String, of alarm: AnnouncedAlarm, number: Int64, operation: Operation? = nil, time: Timestamp,
        at place: Place, detail: [(String, JSONValue?)]
    ) {
        self.time = time
        id =
            MessageKey(
                alarmName: alarm.name, contributor: alarm.contributor?.id ?? "", decisionNumber: number,
                action: "\(detailType) \(operation?.rawValue ?? "")", endpoint: ""
            ).uuid
        let arn = AlarmTransition.arn(ofAlarm: alarm.name, accountID: place.accountID, region: place.region)
        text =
            JSONValue.members([
                ("version", .string("0")), ("id", .string(id)), ("detail-type", .string(detailType)),
                ("source", .string("aws.cloudwatch")), ("account", .string(place.accountID)),
                ("time", .string(Timestamp(seconds: time.seconds).rfc3339)), ("region", .string(place.region)),
                ("resources", .array([.string(arn)])), ("detail", .members(detail)),
            ]).text
    }
}

extension AnnouncedAlarm {
    /// What state changes say of the alarm.
    fileprivate var shortConfiguration: [(String, JSONValue?)] {
        switch self {
        case .metric(let alarm):
            [
                ("description", alarm.alarmDescription.map { .string($0) }),
                ("metrics", .array(alarm.input.eventMetrics(periodSeconds: alarm.periodSeconds))),
            ]
        case .composite(let alarm, _):
            [
                ("description", alarm.alarmDescription.map { .string($0) }), ("alarmRule", .string(alarm.ruleText)),
                ("actionsSuppressor", alarm.suppressor.map { .string($0.alarm.text) }),
                ("actionsSuppressorWaitPeriod", alarm.suppressor.map { .integer(Int64($0.waitPeriodSeconds)) }),
                (
                    "actionsSuppressorExtensionPeriod",
                    alarm.suppressor.map { .integer(Int64($0.extensionPeriodSeconds)) }
                ),
            ]
        }
    }

    fileprivate func configuration(at now: Timestamp) -> JSONValue {
        func arns(_ state: AlarmState) -> JSONValue { .array(actions(for: state).map { .string($0) }) }
        var members: [(String, JSONValue?)] = []
        if case .metric(let alarm) = self {
            members = [
                ("evaluationPeriods", .integer(Int64(alarm.evaluationPeriods))),
                ("datapointsToAlarm", alarm.datapointsToAlarm.map { .integer(Int64($0)) }),
                ("threshold", .double(alarm.threshold)), ("comparisonOperator", .string(alarm.comparison.rawValue)),
                ("treatMissingData", .string((alarm.treatMissingData ?? .missing).rawValue)),
            ]
        }
        members += shortConfiguration
        members += [
            ("alarmName", .string(name)), ("actionsEnabled", .bool(actionsEnabled)),
            ("timestamp", .string(now.cloudWatchText)), ("okActions", arns(.ok)), ("alarmActions", arns(.alarm)),
            ("insufficientDataActions", arns(.insufficientData)),
        ]
        return .members(members)
    }
}

extension AlarmInput {
    /// The entries of `metrics`, where dimensions are a mapping.
    fileprivate func eventMetrics(periodSeconds: Int64) -> [JSONValue] {
        func stat(_ metric: Metric, _ period: Int64, _ stat: String, _ unit: String?) -> JSONValue {
            .members([
                (
                    "metric",
                    .members([
                        ("namespace", .string(metric.namespace)), ("name", .string(metric.name)),
                        ("dimensions", .members(metric.dimensions.map { ($0.name, .string($0.value)) })),
                    ])
                ), ("period", .integer(period)), ("stat", .string(stat)), ("unit", unit.map { .string($0) }),
            ])
        }
        if case .metric(let watched) = self {
            return [
                .members([
                    ("id", .string("m1")),
                    ("metricStat", stat(watched.metric, periodSeconds, watched.statistic.name, watched.unit)),
                    ("returnData", .bool(true)),
                ])
            ]
        }
        return queries.map { query in
            .members([
                ("id", .string(query.id)), ("expression", query.expression.map { .string($0) }),
                ("metricStat", query.metricStat.map { stat($0.metric, $0.period, $0.stat, $0.unit) }),
                ("label", query.label.map { .string($0) }), ("returnData", .bool(query.returnsData)),
                ("period", query.period.map { .integer($0) }),
            ])
        }
    }
}
