package import TrailModel

/// One line of an alarm's history, in the form of `DescribeAlarmHistory`.
package struct AlarmHistoryItem: Equatable, Sendable {
    /// CloudWatch's names of what a line tells.
    package enum Kind: String, CaseIterable, Sendable, Codable {
        case configurationUpdate = "ConfigurationUpdate"
        case stateUpdate = "StateUpdate"
        case action = "Action"
        case contributorStateUpdate = "AlarmContributorStateUpdate"
        case contributorAction = "AlarmContributorAction"
    }

    /// CloudWatch's `AlarmType`.
    package enum AlarmType: String, CaseIterable, Sendable {
        case metric = "MetricAlarm"
        case composite = "CompositeAlarm"
    }

    package let alarmName: String
    package let alarmType: AlarmType
    /// Whose line it is, of an alarm with several series.
    package let contributor: Contributor?
    package let timestamp: Timestamp
    package let kind: Kind
    /// At most 255 characters.
    package let summary: String
    /// JSON text (`HistoryData`).
    package let data: String
    /// The decision that a state change or an action belongs to; absent from other lines.
    package private(set) var mark: DecisionMark?

    package static let summaryMax = 255

    /// Which decision a line tells of, so that it can be found and made again.
    package struct DecisionMark: Equatable, Sendable {
        package let number: Int64
        package let kind: Decision.Kind
        package let windowEnd: Timestamp
        /// The windows up to this end had been decided before.
        package let decidedThrough: Timestamp
    }

    /// The line with the mark of `decision`; `decidedThrough` is the end of the last window decided before it.
    package func marked(by decision: Decision, decidedThrough: Timestamp) -> AlarmHistoryItem {
        var item = self
        item.mark = DecisionMark(
            number: decision.number, kind: decision.kind, windowEnd: decision.windowEnd,
            decidedThrough: decidedThrough)
        return item
    }

    /// A line as a store kept it.
    package init(
        alarmName: String, alarmType: AlarmType = .metric, contributor: Contributor? = nil, timestamp: Timestamp,
        kind: Kind, summary: String, storedData: String
    ) {
        self.alarmName = alarmName
        self.alarmType = alarmType
        self.contributor = contributor
        self.timestamp = timestamp
        self.kind = kind
        self.summary = summary
        data = storedData
    }

    init(
        alarmName: String, alarmType: AlarmType = .metric, contributor: Contributor? = nil, timestamp: Timestamp,
        kind: Kind, summary: String, data: JSONValue
    ) {
        self.alarmName = alarmName
        self.alarmType = alarmType
        self.contributor = contributor
        self.timestamp = timestamp
        self.kind = kind
        self.summary = String(summary.prefix(Self.summaryMax))
        self.data = data.text
    }

    /// The line of a transition.
    ///
    /// Its data are CloudWatch's. A transition that CloudWatch does not know has one more key beside `newState`:
    /// `"trailwatch":{"decision":"early|settled|amended","windowEnd":"2026-09-14T05:42:00.000+0000"}`. Settled
    /// transitions, and amended ones that leave the present state alone, have an `oldState` without a reason: that
    /// state was never the alarm's present one.
    package static func stateUpdate(_ decision: Decision) -> AlarmHistoryItem {
        let isOurs = decision.kind != .ordinary
        return AlarmHistoryItem(
            alarmName: decision.alarmName, contributor: decision.contributor, timestamp: decision.decidedAt,
            kind: decision.contributor == nil ? .stateUpdate : .contributorStateUpdate,
            summary: "Alarm updated from \(decision.from.rawValue) to \(decision.to.rawValue)",
            data: .members([
                ("version", .string("1.0")),
                (
                    "oldState",
                    stateDocument(
                        decision.from, reason: decision.previous?.reason, data: decision.previous?.reasonData)
                ),
                ("newState", stateDocument(decision.to, reason: decision.reason, data: decision.reasonData)),
                (
                    "trailwatch",
                    isOurs
                        ? .members([
                            ("decision", .string(decision.kind.rawValue)),
                            ("windowEnd", .string(decision.windowEnd.cloudWatchText)),
                        ]) : nil
                ),
            ]))
    }

    private static func stateDocument(_ state: AlarmState, reason: String?, data: String?) -> JSONValue {
        .members([
            ("stateValue", .string(state.rawValue)), ("stateReason", reason.map { .string($0) }),
            ("stateReasonData", data.map { .raw($0) }),
        ])
    }
}

extension AlarmHistoryItem {
    /// How running an action on a state change went.
    package struct Action: Equatable, Sendable {
        /// ARN of the target.
        package var resource: String
        package var stateUpdated: Timestamp
        /// What was published, absent for targets that take no message.
        package var publishedMessage: String?
        /// What went wrong; `nil` when the action succeeded.
        package var error: String?
        /// End of the mute that withheld the action first.
        package var muteWindowEnd: Timestamp?
        /// The summary that tells of it later; `nil` for one that ran at once.
        package var summary: SummaryPlace?

        package init(
            resource: String, stateUpdated: Timestamp, publishedMessage: String? = nil, error: String? = nil,
            muteWindowEnd: Timestamp? = nil, summary: SummaryPlace? = nil
        ) {
            self.summary = summary
            self.resource = resource
            self.stateUpdated = stateUpdated
            self.publishedMessage = publishedMessage
            self.error = error
            self.muteWindowEnd = muteWindowEnd
        }
    }

    /// The line of an action; CloudWatch's summary of a failure is not on record, ours reads `Failed to execute action`.
    package static func action(
        _ action: Action, alarmName: String, alarmType: AlarmType = .metric, contributor: Contributor? = nil,
        at now: Timestamp
    ) -> AlarmHistoryItem {
        let did = action.error == nil ? "Successfully executed" : "Failed to execute"
        let state = action.error == nil ? "Succeeded" : "Failed"
        return AlarmHistoryItem(
            alarmName: alarmName, alarmType: alarmType, contributor: contributor, timestamp: now,
            kind: contributor == nil ? .action : .contributorAction,
            summary: "\(action.summary.map(leftText) ?? did + " ")action \(action.resource)",
            data: .members([
                ("actionState", .string(action.summary != nil ? "InProgress" : state)),
                ("stateUpdateTimestamp", .integer(action.stateUpdated.milliseconds)),
                ("notificationResource", .string(action.resource)),
                ("publishedMessage", .optional(action.publishedMessage)), ("error", .optional(action.error)),
                ("muteWindowEndTimestamp", action.muteWindowEnd.map { .integer($0.milliseconds) } ?? .null),
            ]))
    }

    /// The line of a new alarm.
    package static func created(_ machine: AlarmMachine, arn: String, at now: Timestamp) -> AlarmHistoryItem {
        configuration(machine, "created", type: "Create", key: "createdAlarm", arn: arn, at: now)
    }

    /// The line of an alarm that is gone; CloudWatch's document for it is not on record.
    package static func deleted(_ machine: AlarmMachine, arn: String, at now: Timestamp) -> AlarmHistoryItem {
        configuration(machine, "deleted", type: "Delete", key: "deletedAlarm", arn: arn, at: now)
    }

    /// The line of a replaced definition: the alarm as it is, and the former values of what changed.
    ///
    /// A setting that was absent before is not among the former values.
    package static func updated(
        _ machine: AlarmMachine, from old: AlarmMachine, arn: String, at now: Timestamp
    ) -> AlarmHistoryItem {
        let current = configurationMembers(machine, arn: arn)
        let changed = configurationMembers(old, arn: arn).filter { member in
            !isStateKey(member.key) && !current.contains(member)
        }
        return configuration(
            machine, "updated", type: "Update", key: "updatedAlarm", arn: arn, at: now,
            more: [.init("originalUpdatedFields", .object(changed))])
    }

    static func isStateKey(_ key: String) -> Bool {
        key == "stateValue" || key == "stateUpdatedTimestamp"
    }

    private static func configuration(
        _ machine: AlarmMachine, _ verb: String, type: String, key: String, arn: String, at now: Timestamp,
        more: [JSONValue.Member] = []
    ) -> AlarmHistoryItem {
        configuration(
            of: machine.definition.name, .metric, verb, type: type, at: now,
            members: [.init(key, .object(configurationMembers(machine, arn: arn)))] + more)
    }

    /// The line of a definition that came, changed or went.
    static func configuration(
        of name: String, _ alarmType: AlarmType, _ verb: String, type: String, at now: Timestamp,
        members: [JSONValue.Member]
    ) -> AlarmHistoryItem {
        // A longest name would push the verb out of the summary.
        let room = summaryMax - "Alarm \"\" ".count - verb.count
        return AlarmHistoryItem(
            alarmName: name, alarmType: alarmType, timestamp: now, kind: .configurationUpdate,
            summary: "Alarm \"\(name.prefix(room))\" \(verb)",
            data: .object([.init("version", .string("1.0")), .init("type", .string(type))] + members))
    }

    /// The keys of an alarm in captured order, which is another one with `Metrics` than with one metric.
    ///
    /// `unit`, `datapointsToAlarm` and `evaluateLowSampleCountPercentile` of an alarm on one metric were not captured;
    /// they follow `dimensions`, `evaluationPeriods` and `treatMissingData`.
    private static func configurationMembers(_ machine: AlarmMachine, arn: String) -> [JSONValue.Member] {
        let alarm = machine.definition
        let status = machine.status
        func arns(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
        let members: [(String, JSONValue?)] =
            [
                ("alarmName", .string(alarm.name)), ("alarmDescription", alarm.alarmDescription.map { .string($0) }),
                ("alarmArn", .string(arn)),
                ("alarmConfigurationUpdatedTimestamp", .string(status.configurationUpdated.cloudWatchText)),
            ] + inputMembers(alarm) + [
                ("threshold", .double(alarm.threshold)), ("comparisonOperator", .string(alarm.comparison.rawValue)),
                ("evaluationPeriods", .integer(Int64(alarm.evaluationPeriods))),
                ("datapointsToAlarm", alarm.datapointsToAlarm.map { .integer(Int64($0)) }),
                ("treatMissingData", alarm.treatMissingData.map { .string($0.rawValue) }),
                (
                    "evaluateLowSampleCountPercentile",
                    alarm.evaluateLowSampleCountPercentile.map { .string($0.rawValue) }
                ),
                ("stateValue", .string(status.state.rawValue)),
                ("stateUpdatedTimestamp", .string(status.stateUpdated.cloudWatchText)),
                ("actionsEnabled", .bool(alarm.actionsEnabled)), ("alarmActions", arns(alarm.alarmActions)),
                ("insufficientDataActions", arns(alarm.insufficientDataActions)),
                ("okactions", arns(alarm.okActions)),
            ]
        return members.compactMap { key, value in value.map { .init(key, $0) } }
    }

    private static func inputMembers(_ alarm: MetricAlarm) -> [(String, JSONValue?)] {
        guard case .metric(let watched) = alarm.input else {
            return [("dimensions", .array([])), ("metrics", .array(alarm.input.queries.map(\.historyDocument)))]
        }
        let metric = watched.metric
        return [
            ("namespace", .string(metric.namespace)), ("metricName", .string(metric.name)),
            ("extendedStatistic", .string(watched.statistic.configurationText)),
            ("period", .integer(alarm.periodSeconds)), ("dimensions", .array(metric.dimensions.map(\.historyDocument))),
            ("unit", watched.unit.map { .string($0) }),
        ]
    }
}

extension Dimension {
    fileprivate var historyDocument: JSONValue { .members([("name", .string(name)), ("value", .string(value))]) }
}

extension MetricDataQuery {
    /// An entry of `Metrics` with its keys in captured order; `label` and `unit` were not captured.
    fileprivate var historyDocument: JSONValue {
        guard let stat = metricStat else {
            return .members([
                ("expression", .string(expression ?? "")), ("id", .string(id)), ("label", label.map { .string($0) }),
                ("returnData", .bool(returnsData)), ("period", period.map { .integer($0) }),
            ])
        }
        return .members([
            ("id", .string(id)), ("label", label.map { .string($0) }),
            (
                "metricStat",
                .members([
                    (
                        "metric",
                        .members([
                            ("dimensions", .array(stat.metric.dimensions.map(\.historyDocument))),
                            ("metricName", .string(stat.metric.name)), ("namespace", .string(stat.metric.namespace)),
                        ])
                    ),
                    ("period", .integer(stat.period)), ("stat", .string(stat.stat)),
                    ("unit", stat.unit.map { .string($0) }),
                ])
            ),
            ("returnData", .bool(returnsData)),
        ])
    }
}

extension Statistic {
    /// The spelling of CloudWatch's configuration documents and SNS messages: `AVERAGE`, `SAMPLE_COUNT`.
    package var upperSnakeCase: String {
        switch self {
        case .sampleCount: "SAMPLE_COUNT"
        case .sum: "SUM"
        case .average: "AVERAGE"
        case .minimum: "MINIMUM"
        case .maximum: "MAXIMUM"
        }
    }
}

extension Stat {
    /// The spelling of CloudWatch's configuration documents: `AVERAGE`, and an extended statistic as it is written.
    var configurationText: String {
        switch self {
        case .statistic(let statistic): statistic.upperSnakeCase
        case .extended(let statistic): statistic.name
        }
    }
}
