import TrailModel

/// As stores keep definitions: the keys of one metric stand beside the others, as they did when there was nothing else.
extension MetricAlarm: Codable {
    private enum Key: String, CodingKey {
        case name, alarmDescription, actionsEnabled, okActions, alarmActions, insufficientDataActions
        case metric, statistic, unit, queries
        case periodSeconds, evaluationPeriods, datapointsToAlarm, threshold, comparison, treatMissingData
        case evaluateLowSampleCountPercentile, tags, location, contributor, repeatEverySeconds, notifiesNewEvents
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let periodSeconds = try values.decode(Int64.self, forKey: .periodSeconds)
        let input: AlarmInput
        if let queries = try values.decodeIfPresent([MetricDataQuery].self, forKey: .queries) {
            do throws(AlarmInput.Fault) {
                input = try AlarmInput(queries: queries, periodSeconds: periodSeconds)
            } catch {
                throw DecodingError.dataCorruptedError(
                    forKey: .queries, in: values, debugDescription: error.description)
            }
        } else {
            input = .metric(
                WatchedMetric(
                    metric: try values.decode(Metric.self, forKey: .metric),
                    statistic: try values.decode(Stat.self, forKey: .statistic),
                    unit: try values.decodeIfPresent(String.self, forKey: .unit)))
        }
        self.init(
            name: try values.decode(String.self, forKey: .name),
            alarmDescription: try values.decodeIfPresent(String.self, forKey: .alarmDescription),
            actionsEnabled: try values.decode(Bool.self, forKey: .actionsEnabled),
            okActions: try values.decode([String].self, forKey: .okActions),
            alarmActions: try values.decode([String].self, forKey: .alarmActions),
            insufficientDataActions: try values.decode([String].self, forKey: .insufficientDataActions),
            input: input, periodSeconds: periodSeconds,
            evaluationPeriods: try values.decode(Int.self, forKey: .evaluationPeriods),
            datapointsToAlarm: try values.decodeIfPresent(Int.self, forKey: .datapointsToAlarm),
            threshold: try values.decode(Double.self, forKey: .threshold),
            comparison: try values.decode(ComparisonOperator.self, forKey: .comparison),
            treatMissingData: try values.decodeIfPresent(MissingDataTreatment.self, forKey: .treatMissingData),
            evaluateLowSampleCountPercentile: try values.decodeIfPresent(
                LowSampleCountTreatment.self, forKey: .evaluateLowSampleCountPercentile),
            tags: try values.decode([String: String].self, forKey: .tags),
            location: try values.decode(SourceLocation.self, forKey: .location))
        repeatEverySeconds = try values.decodeIfPresent(Int64.self, forKey: .repeatEverySeconds)
        notifiesNewEvents = try values.decodeIfPresent(Bool.self, forKey: .notifiesNewEvents) ?? false
        contributor = try values.decodeIfPresent(Contributor.self, forKey: .contributor)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(name, forKey: .name)
        try values.encodeIfPresent(alarmDescription, forKey: .alarmDescription)
        try values.encode(actionsEnabled, forKey: .actionsEnabled)
        try values.encode(okActions, forKey: .okActions)
        try values.encode(alarmActions, forKey: .alarmActions)
        try values.encode(insufficientDataActions, forKey: .insufficientDataActions)
        if case .metric(let watched) = input {
            try values.encode(watched.metric, forKey: .metric)
            try values.encode(watched.statistic, forKey: .statistic)
            try values.encodeIfPresent(watched.unit, forKey: .unit)
        } else {
            try values.encode(input.queries, forKey: .queries)
        }
        try values.encode(periodSeconds, forKey: .periodSeconds)
        try values.encode(evaluationPeriods, forKey: .evaluationPeriods)
        try values.encodeIfPresent(datapointsToAlarm, forKey: .datapointsToAlarm)
        try values.encode(threshold, forKey: .threshold)
        try values.encode(comparison, forKey: .comparison)
        try values.encodeIfPresent(treatMissingData, forKey: .treatMissingData)
        try values.encodeIfPresent(evaluateLowSampleCountPercentile, forKey: .evaluateLowSampleCountPercentile)
        try values.encode(tags, forKey: .tags)
        try values.encode(location, forKey: .location)
        try values.encodeIfPresent(repeatEverySeconds, forKey: .repeatEverySeconds)
        if notifiesNewEvents { try values.encode(true, forKey: .notifiesNewEvents) }
        try values.encodeIfPresent(contributor, forKey: .contributor)
    }
}
