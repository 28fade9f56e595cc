import TrailAlarms
import TrailModel

/// Looks up what composite alarms and mute rules name, over all files.
struct CompositeChecks {
    private let declarations: Declarations
    private let home: AlarmHome
    private(set) var diagnostics: [Diagnostic] = []
    /// Those that can be used.
    private(set) var composites: [CompositeAlarm] = []

    init(_ declarations: Declarations, settings: TemplateSettings) {
        self.declarations = declarations
        home = AlarmHome(region: settings.region, account: settings.accountID)
        composites = usable().map(\.definition)
        let order = CompositeOrder(composites.map { ($0.name, $0.rule) })
        checkParents(order)
        for cycle in order.cycles {
            let first = declarations.composites.first { $0.definition.name == cycle.names.first }
            report(.warning, "\(cycle)", at: first?.rulePlace.start)
        }
        for mute in declarations.muteRules { checkTargets(mute) }
    }

    private mutating func report(_ severity: Diagnostic.Severity, _ message: String, at location: SourceLocation?) {
        diagnostics.append(Diagnostic(severity, message, at: location))
    }

    /// The composite alarms whose rules and suppressors name alarms that are there.
    private mutating func usable() -> [Declarations.Composite] {
        var names = Set(declarations.alarms.map(\.definition.name))
        names.formUnion(declarations.composites.map(\.definition.name))
        var usable: [Declarations.Composite] = []
        for composite in declarations.composites where checkRule(composite, names) && checkSuppressor(composite, names)
        {
            usable.append(composite)
        }
        // One that is left out is missing to others; each was an error already, or an alarm of it is not known.
        var count = Int.max
        while usable.count < count {
            count = usable.count
            let known = Set(declarations.alarms.map(\.definition.name) + usable.map(\.definition.name))
            usable.removeAll { composite in
                let needed =
                    composite.definition.rule.children + (composite.definition.suppressor.map { [$0.alarm] } ?? [])
                return !needed.allSatisfy { known.contains($0.name) }
            }
        }
        return usable
    }

    private mutating func checkRule(_ composite: Declarations.Composite, _ names: Set<String>) -> Bool {
        let definition = composite.definition
        do throws(AlarmRuleError) {
            try definition.rule.check(name: definition.name, home: home, known: names.contains)
            return true
        } catch {
            var hint = ""
            var severity = Diagnostic.Severity.error
            if case .unknownAlarms = error.reason {
                let unknown = definition.rule.children.first { !names.contains($0.name) }
                hint = unknown.map { suggestion(for: $0.name, among: names.subtracting([definition.name])) } ?? ""
                // It may be the one that cannot be known here.
                if declarations.lacksAlarms { severity = .warning }
            }
            report(
                severity, composite.rulePlace.message(error, of: composite.owner) + hint,
                at: composite.rulePlace.location(of: error))
            return false
        }
    }

    private mutating func checkSuppressor(_ composite: Declarations.Composite, _ names: Set<String>) -> Bool {
        guard let alarm = composite.definition.suppressor?.alarm else { return true }
        let what = "cannot use ActionsSuppressor of \(composite.owner)"
        if let region = alarm.region, region != home.region {
            report(
                .error, "\(what): got an alarm of \(region); want one of \(home.region)",
                at: composite.suppressorLocation)
        } else if let account = alarm.account, account != home.account {
            report(
                .error, "\(what): got an alarm of account \(account); want one of \(home.account)",
                at: composite.suppressorLocation)
        } else if alarm.name == composite.definition.name {
            report(
                .error, "\(what): an alarm cannot suppress itself; want another one", at: composite.suppressorLocation)
        } else if !names.contains(alarm.name) {
            report(
                declarations.lacksAlarms ? .warning : .error,
                "\(what): no loaded file has an alarm '\(alarm.name)'" + suggestion(for: alarm.name, among: names),
                at: composite.suppressorLocation)
        } else {
            return true
        }
        return false
    }

    private mutating func checkParents(_ order: CompositeOrder) {
        do throws(AlarmRuleError) {
            try order.checkParents()
        } catch {
            report(.error, "cannot use the composite alarms: \(error.message)", at: composites.first?.location)
        }
    }

    private mutating func checkTargets(_ mute: Declarations.Mute) {
        let names = Set(declarations.alarms.map(\.definition.name) + declarations.composites.map(\.definition.name))
        for target in mute.targets where !names.contains(target.name) {
            report(
                .warning,
                "the mute rule '\(mute.rule.name)' mutes nothing by '\(target.name)': no loaded file has such an alarm"
                    + suggestion(for: target.name, among: names), at: target.location)
        }
    }
}
