import TrailAlarms
package import TrailModel
import TrailStore

/// An explanation for programs.
extension AlarmExplanation {
    /// All of it, with a fixed set of keys; times are RFC 3339.
    package var json: JSONValue {
        .members([
            ("alarm", .string(alarm.name)),
            ("contributor", alarm.contributor.map(\.document) ?? .null), ("windowEnd", .string(windowEnd.rfc3339)),
            ("decided", .bool(isDecided)),
            ("state", .optional(recordedState?.rawValue)), ("stateNow", .string(currentState.rawValue)),
            ("evaluationState", .optional(evaluationState)), ("changed", .bool(isChanged)),
            ("definition", definitionJSON),
            ("asDecided", asDecided.map(json) ?? .null), ("asKnownNow", json(asKnownNow)),
            ("decisions", .array(decisions.map(\.json))), ("entered", entered.map(\.json) ?? .null),
            (
                "next",
                next.map { entry in
                    .members([
                        ("windowEnd", .string(entry.windowEnd.rfc3339)), ("state", .string(entry.state.rawValue)),
                    ])
                } ?? .null
            ),
            ("told", .array(told.map(\.json))), ("events", .array(eventCommands().map { .string($0) })),
            ("notes", .array(notes.map { .string($0) })), ("slots", slots ?? .null),
        ])
    }

    var definitionJSON: JSONValue {
        .members([
            ("since", .string(version.since.rfc3339)), ("file", .string(alarm.location.file)),
            ("line", .integer(Int64(alarm.location.line))), ("metrics", .array(metricsJSON)),
            ("expressions", .array(alarm.input.queries.compactMap(\.expression).map { .string($0) })),
            ("period", .integer(alarm.periodSeconds)), ("evaluationPeriods", .integer(Int64(alarm.evaluationPeriods))),
            ("datapointsToAlarm", .integer(Int64(alarm.requiredDatapoints))),
            ("threshold", .double(alarm.threshold)), ("comparisonOperator", .string(alarm.comparison.rawValue)),
            ("treatMissingData", .string(alarm.rule.treatMissingData.rawValue)),
        ])
    }

    /// One metric, or those of metric math with their values by now.
    private var metricsJSON: [JSONValue] {
        if case .insights(let insights) = alarm.input {
            return metrics.map { json($0, id: nil, .statistic(insights.query.function.statistic), values: nil) }
        }
        guard case .metric(let watched) = alarm.input else {
            return parts.map { part in
                json(part.metric, id: part.id, part.statistic, values: part.values)
            }
        }
        return [json(watched.metric, id: nil, watched.statistic, values: nil)]
    }

    private func json(_ metric: Metric, id: String?, _ statistic: Stat, values: [Double?]?) -> JSONValue {
        .members([
            ("id", id.map { .string($0) }), ("namespace", .string(metric.namespace)),
            ("metricName", .string(metric.name)),
            (
                "dimensions",
                .array(
                    metric.dimensions.map { dimension in
                        .members([("name", .string(dimension.name)), ("value", .string(dimension.value))])
                    })
            ),
            ("statistic", .string(statistic.name)),
            ("filters", .array(filters.filter { $0.metric == metric }.map { .string($0.pattern) })),
            ("values", values.map { .array($0.map { $0.map { .double($0) } ?? .null }) }),
        ])
    }

    private func json(_ explanation: Explanation) -> JSONValue {
        .members([
            ("prior", .string(explanation.prior.rawValue)), ("state", .string(explanation.state.rawValue)),
            ("rule", .string(explanation.rule.rawValue)), ("text", .string(explanation.verdictText)),
            ("used", .integer(Int64(explanation.used))), ("breaching", .integer(Int64(explanation.breaching))),
            ("filled", .integer(Int64(explanation.verdict.filled))),
            ("fill", .optional(explanation.fillText)),
            ("periods", .array(explanation.periods.map(\.json))),
            (
                "nearestChange",
                explanation.flip.map { flip in
                    .members([
                        ("start", .string(explanation.periods[flip.index].start.rfc3339)),
                        ("end", .string(explanation.periods[flip.index].end.rfc3339)),
                        ("from", flip.from.map { .double($0) } ?? .null),
                        ("to", flip.to.map { .double($0) } ?? .null), ("state", .string(flip.state.rawValue)),
                        ("text", .string(explanation.flipText(countsEvents: countsEvents))),
                    ])
                } ?? .null
            ),
        ])
    }
}

extension Explanation.Period {
    fileprivate var json: JSONValue {
        let name =
            switch kind {
            case .missing: "missing"
            case .breaching: "breaching"
            case .notBreaching: "notBreaching"
            }
        return .members([
            ("start", .string(start.rfc3339)), ("end", .string(end.rfc3339)),
            ("value", value.map { .double($0) } ?? .null), ("sampleCount", sampleCount.map { .integer($0) } ?? .null),
            ("class", .string(name)), ("open", .bool(isOpen)), ("used", .bool(isUsed)), ("decisive", .bool(isDecisive)),
        ])
    }
}

extension RecordedDecision {
    var json: JSONValue {
        .members([
            ("number", .integer(number)), ("kind", .string(kind.rawValue)), ("windowEnd", .string(windowEnd.rfc3339)),
            ("decidedAt", .string(decidedAt.rfc3339Milliseconds)), ("from", .string(from.rawValue)),
            ("to", .string(to.rawValue)),
            ("late", .bool(windowEnd.adding(seconds: Decision.lateAfterSeconds) < decidedAt)),
            ("changesState", .bool(changesState)), ("reason", .string(reason)),
            ("reasonData", reasonData.map { .raw($0) } ?? .null),
        ])
    }
}

extension AlarmExplanation.Told {
    fileprivate var json: JSONValue {
        .members([
            ("decision", .integer(decision.number)), ("messages", .array(messages.map(\.json))),
            ("actions", .array(actions.map { .raw($0.data) })), ("summaries", .array(summaries.map(\.json))),
            ("mutes", .array(mutes.map(\.json))), ("silence", .optional(silence)),
        ])
    }
}

extension SentMessage {
    var json: JSONValue {
        .members([
            ("key", .string(key)), ("topicArn", .string(topicARN)), ("subscriptionArn", .string(subscriptionARN)),
            ("created", .string(createdAt.rfc3339Milliseconds)), ("state", .string(state)),
            ("attempts", .integer(Int64(attempts))), ("lastAttempt", .optional(lastAttempt?.rfc3339Milliseconds)),
            ("nextAttempt", .optional(nextAttempt?.rfc3339Milliseconds)), ("waitsForEvidence", .bool(waitsForEvidence)),
            ("reason", .optional(reason)),
            ("status", status.map { .integer(Int64($0)) } ?? .null),
        ])
    }
}
