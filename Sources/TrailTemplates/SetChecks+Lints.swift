import TrailAlarms
import TrailModel
import TrailPatterns

/// Warnings of what loads but hardly means what its author wants; for `check` alone.
extension SetChecks {
    /// What PutMetricFilter allows for one log group (CloudWatch Logs quotas).
    private static let filtersMax = 100
    private static let regexFiltersMax = 5

    mutating func lintFilters() {
        lintUnusedFilters()
        lintEqualFilters()
        for (group, filters) in Dictionary(grouping: set.filters, by: \.logGroupName).sorted(by: { $0.key < $1.key })
        where !group.isEmpty {
            if filters.count > Self.filtersMax {
                report(
                    .warning,
                    "AWS refuses filter '\(filters[Self.filtersMax].name)': got \(filters.count) filters on log group "
                        + "'\(group)'; want at most \(Self.filtersMax)", at: filters[Self.filtersMax].location)
            }
            let withRegexes = filters.filter(\.pattern.hasRegexes)
            if withRegexes.count > Self.regexFiltersMax {
                let first = withRegexes[Self.regexFiltersMax]
                report(
                    .warning,
                    "AWS refuses filter '\(first.name)': got \(withRegexes.count) filters with regular expressions on log "
                        + "group '\(group)'; want at most \(Self.regexFiltersMax)", at: first.location)
            }
        }
    }

    private mutating func lintUnusedFilters() {
        // A file of filters alone is for others to watch.
        guard !declarations.lacksAlarms, !declarations.alarms.isEmpty else { return }
        for filter in set.filters {
            let isUsed = declarations.alarms.contains { alarm in
                if case .insights(let insights) = alarm.definition.input {
                    return insights.query.namespace == filter.metric.namespace
                        && insights.query.metricName == filter.metric.name
                }
                return alarm.definition.input.metrics.contains { filter.publishes($0) }
            }
            guard !isUsed else { continue }
            report(
                .warning,
                "no loaded alarm watches \(filter.metric.name) in namespace '\(filter.metric.namespace)', which filter "
                    + "'\(filter.name)' publishes", at: filter.location)
        }
    }

    private mutating func lintEqualFilters() {
        var earlier: [Metric: [MetricFilter]] = [:]
        for filter in set.filters {
            let twin = earlier[filter.metric, default: []].first { other in
                other.logGroupName == filter.logGroupName && other.value == filter.value
                    && other.dimensions == filter.dimensions && other.pattern.hasSameMeaning(as: filter.pattern)
            }
            if let twin {
                report(
                    .warning,
                    "filter '\(filter.name)' counts the events of '\(twin.name)' (\(place(twin.location))) once more into "
                        + "\(filter.metric.name)", at: filter.location)
            }
            earlier[filter.metric, default: []].append(filter)
        }
    }

    mutating func lintAlarms() {
        var told: Set<String> = []
        for alarm in declarations.alarms {
            if case .metric(let watched) = alarm.definition.input, !declarations.lacksFilters {
                lintThreshold(alarm, watched)
            }
            let isBuiltIn =
                switch alarm.definition.input {
                case .insights(let insights):
                    Metric(namespace: insights.query.namespace, name: insights.query.metricName).isBuiltIn
                default: alarm.definition.input.metrics.contains(where: \.isBuiltIn)
                }
            // Once a file: it is the file that is deployed.
            if isBuiltIn, told.insert(alarm.definition.location.file).inserted {
                report(
                    .note,
                    "alarm '\(alarm.definition.name)' works only here: on AWS nothing publishes metrics in namespace "
                        + "'\(BuiltInMetric.namespace)'", at: alarm.metricLocation)
            }
        }
        lintSilentAlarms()
        for composite in declarations.composites where composite.definition.rule.children.isEmpty {
            report(
                .warning,
                "composite alarm '\(composite.definition.name)' never changes: its AlarmRule names no alarm",
                at: composite.rulePlace.start)
        }
    }

    /// Alarms that nobody hears of: without actions, and in no rule.
    private mutating func lintSilentAlarms() {
        guard !declarations.lacksTopics else { return }
        // A rule on CloudWatch's events may tell of any alarm.
        guard !set.rules.contains(where: { $0.pattern.text.contains("aws.cloudwatch") }) else { return }
        var named = Set(declarations.composites.flatMap { $0.definition.rule.children.map(\.name) })
        named.formUnion(declarations.composites.compactMap { $0.definition.suppressor?.alarm.name })
        for alarm in declarations.alarms
        where alarm.actions.isEmpty && !alarm.hasUnknownActions && alarm.definition.actionsEnabled
            && !named.contains(alarm.definition.name)
        {
            report(
                .warning,
                "alarm '\(alarm.definition.name)' tells nobody: it has no actions, and no composite alarm names it",
                at: alarm.definition.location)
        }
        for composite in declarations.composites
        where composite.actions.isEmpty && !composite.hasUnknownActions && composite.definition.actionsEnabled
            && !named.contains(composite.definition.name)
        {
            report(
                .warning,
                "composite alarm '\(composite.definition.name)' tells nobody: it has no actions, and no other names it",
                at: composite.definition.location)
        }
    }
}
