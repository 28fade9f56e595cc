import TrailAlarms
import TrailModel
import TrailPatterns

/// Compares what all files declare: names must be unique, and what alarms refer to should be there.
struct SetChecks {
    private let declarations: Declarations
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var set: AlarmSet

    init(_ declarations: Declarations, settings: TemplateSettings) {
        self.declarations = declarations
        let composites = CompositeChecks(declarations, settings: settings)
        set = AlarmSet(
            alarms: declarations.alarms.map(\.definition), composites: composites.composites,
            muteRules: declarations.muteRules.map(\.rule), filters: declarations.filters, topics: declarations.topics,
            rules: declarations.rules.map(\.definition),
            apiDestinations: declarations.apiDestinations.map(\.definition), connections: declarations.connections,
            trailLogGroupNames: declarations.logGroupNames.sorted())
        diagnostics = composites.diagnostics + EventRuleChecks(declarations).diagnostics
        checkNames()
        for filter in declarations.filters where filter.metric.isBuiltIn {
            report(
                .error,
                "cannot count into \(filter.metric.namespace)/\(filter.metric.name): Trailwatch counts that metric "
                    + "itself; want another MetricNamespace or MetricName",
                at: filter.location)
        }
        for alarm in declarations.alarms {
            checkActions(alarm.actions)
            checkMetric(alarm)
        }
        for composite in declarations.composites { checkActions(composite.actions) }
    }

    private mutating func report(_ severity: Diagnostic.Severity, _ message: String, at location: SourceLocation) {
        diagnostics.append(Diagnostic(severity, message, at: location))
    }

    private func place(_ location: SourceLocation) -> String { "\(location.file):\(location.line)" }

    private mutating func checkNames() {
        var alarms: [String: SourceLocation] = [:]
        let named =
            declarations.alarms.map { ($0.definition.name, $0.definition.location) }
            + declarations.composites.map { ($0.definition.name, $0.definition.location) }
        for (name, location) in named {
            if let first = alarms[name] {
                report(
                    .error, "cannot use the alarm name '\(name)' twice: it stands at \(place(first)) too", at: location)
            } else {
                alarms[name] = location
            }
        }
        var muteRules: [String: SourceLocation] = [:]
        for mute in declarations.muteRules {
            if let first = muteRules[mute.rule.name] {
                report(
                    .error,
                    "cannot use the name '\(mute.rule.name)' for two mute rules: it stands at \(place(first)) too",
                    at: mute.location)
            } else {
                muteRules[mute.rule.name] = mute.location
            }
        }
        var filters: [[String]: SourceLocation] = [:]
        for filter in declarations.filters {
            let key = [filter.logGroupName, filter.name]
            if let first = filters[key] {
                report(
                    .error,
                    "cannot use the filter name '\(filter.name)' twice in a log group: it stands at \(place(first)) too",
                    at: filter.location)
            } else {
                filters[key] = filter.location
            }
        }
        var topics: [String: SourceLocation] = [:]
        for topic in declarations.topics {
            if let first = topics[topic.arn] {
                report(
                    .error, "cannot use the topic \(topic.arn) twice: it stands at \(place(first)) too",
                    at: topic.location)
            } else {
                topics[topic.arn] = topic.location
            }
        }
        var subscriptions: Set<String> = []
        for subscription in declarations.subscriptions {
            if subscriptions.insert(subscription.arn).inserted {
                set.subscriptions.append(subscription)
            } else {
                report(
                    .note, "the same endpoint is subscribed to \(subscription.topicARN) already; it is told once",
                    at: subscription.location)
            }
            if !declarations.lacksTopics, topics[subscription.topicARN] == nil {
                report(
                    .note, "the topic \(subscription.topicARN) is not loaded; nothing is published to it",
                    at: subscription.location)
            }
        }
    }

    private mutating func checkActions(_ actions: [Declarations.Action]) {
        let topics = Set(declarations.topics.map(\.arn))
        var seen: Set<String> = []
        for action in actions where seen.insert(action.arn).inserted && !topics.contains(action.arn) {
            let isTopic = action.arn.split(separator: ":", omittingEmptySubsequences: false)[2] == "sns"
            if !isTopic {
                report(
                    .note, "the action \(action.arn) is not run: this build publishes to SNS topics only",
                    at: action.location)
            } else if !declarations.lacksTopics {
                report(.note, "the topic \(action.arn) is not loaded; nobody hears of it", at: action.location)
            }
        }
    }

    // MARK: Lint by meaning

    private mutating func checkMetric(_ alarm: Declarations.Alarm) {
        switch alarm.definition.input {
        case .metric(let watched):
            if checkMetric(watched.metric, unit: watched.unit, of: alarm) { checkThreshold(alarm) }
        case .math(let math):
            for source in math.metrics { _ = checkMetric(source.metric, unit: source.unit, of: alarm) }
        case .insights(let insights):
            let name = insights.query.metricName
            let namespace = insights.query.namespace
            let isCounted = set.filters.contains { $0.metric.namespace == namespace && $0.metric.name == name }
            let metric = Metric(namespace: namespace, name: name)
            if !isCounted && !metric.isBuiltIn && !declarations.lacksFilters { reportUnpublished(metric, alarm) }
        }
    }

    /// True when the metric is counted and never negative.
    private mutating func checkMetric(_ metric: Metric, unit: String?, of alarm: Declarations.Alarm) -> Bool {
        let definition = alarm.definition
        if metric.isBuiltIn { return true }
        let publishers = set.filters.filter { $0.publishes(metric) }
        guard !publishers.isEmpty else {
            if !declarations.lacksFilters { reportUnpublished(metric, alarm) }
            return false
        }
        if let unit, publishers.allSatisfy({ ($0.unit ?? "None") != unit }) {
            report(
                .warning,
                "alarm '\(definition.name)' gets no data: its Unit is \(unit), its filter publishes "
                    + (publishers[0].unit ?? "None"), at: alarm.metricLocation)
        }
        return publishers.allSatisfy { ($0.value.constant ?? -1) >= 0 && ($0.defaultValue ?? 0) >= 0 }
    }

    private mutating func reportUnpublished(_ metric: Metric, _ alarm: Declarations.Alarm) {
        if let filter = set.filters.first(where: { $0.metric == metric.withoutDimensions }), !filter.publishes(metric) {
            let names = filter.dimensions.map(\.name)
            report(
                .warning,
                "alarm '\(alarm.definition.name)' gets no data: filters publish \(metric.name) "
                    + (names.isEmpty ? "without dimensions" : "with the dimensions \(names.joined(separator: ", "))"),
                at: alarm.metricLocation)
            return
        }
        var candidates = set.filters.filter { $0.metric.namespace == metric.namespace }.map(\.metric.name)
        if metric.namespace == BuiltInMetric.namespace { candidates += BuiltInMetric.allCases.map(\.rawValue) }
        let namespaces = Set(set.filters.map(\.metric.namespace)).union(["CloudTrail"])
        let hint =
            namespaces.contains(metric.namespace)
            ? suggestion(for: metric.name, among: candidates)
            : suggestion(for: metric.namespace, among: namespaces)
        report(
            .warning,
            "alarm '\(alarm.definition.name)' gets no data: no loaded filter publishes \(metric.name) in namespace "
                + "'\(metric.namespace)'\(hint)", at: alarm.metricLocation)
    }

    /// Warns of thresholds on values that are never negative which are breached always or never.
    private mutating func checkThreshold(_ alarm: Declarations.Alarm) {
        let threshold = alarm.definition.threshold
        let verdict: String? =
            switch alarm.definition.comparison {
            case .greaterThanOrEqualToThreshold: threshold <= 0 ? "always" : nil
            case .greaterThanThreshold: threshold < 0 ? "always" : nil
            case .lessThanThreshold: threshold <= 0 ? "never" : nil
            case .lessThanOrEqualToThreshold: threshold < 0 ? "never" : nil
            }
        guard let verdict else { return }
        report(
            .warning,
            "alarm '\(alarm.definition.name)' is \(verdict) breached: its metric is never negative, and "
                + "\(alarm.definition.comparison.rawValue) \(plainText(threshold)) \(verdict) holds",
            at: alarm.metricLocation)
    }
}
