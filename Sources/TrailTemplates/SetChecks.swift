import TrailAlarms
import TrailModel
import TrailPatterns

/// Compares what all files declare: names must be unique, and what alarms refer to should be there.
struct SetChecks {
    let declarations: Declarations
    private(set) var diagnostics: [Diagnostic] = []
    var set: AlarmSet

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
        guard settings.hasLints else { return }
        lintFilters()
        lintAlarms()
    }

    mutating func report(_ severity: Diagnostic.Severity, _ message: String, at location: SourceLocation) {
        diagnostics.append(Diagnostic(severity, message, at: location))
    }

    func place(_ location: SourceLocation) -> String { "\(location.file):\(location.line)" }
}
