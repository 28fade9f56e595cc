import TrailAlarms
import TrailModel
import TrailPatterns

/// Compares the event rules of all files with each other and with what they tell.
struct EventRuleChecks {
    private let declarations: Declarations
    private(set) var diagnostics: [Diagnostic] = []

    init(_ declarations: Declarations) {
        self.declarations = declarations
        checkNames("rule", declarations.rules.map { ($0.definition.name, $0.definition.location) })
        checkNames("API destination", declarations.apiDestinations.map { ($0.definition.name, $0.definition.location) })
        checkNames("connection", declarations.connections.map { ($0.name, $0.location) })
        for rule in declarations.rules { check(rule) }
        for destination in declarations.apiDestinations { check(destination) }
    }

    private mutating func report(_ severity: Diagnostic.Severity, _ message: String, at location: SourceLocation) {
        diagnostics.append(Diagnostic(severity, message, at: location))
    }

    private mutating func checkNames(_ what: String, _ named: [(String, SourceLocation)]) {
        var places: [String: SourceLocation] = [:]
        for (name, location) in named {
            if let first = places[name] {
                report(
                    .error,
                    "cannot use the \(what) name '\(name)' twice: it stands at \(first.file):\(first.line) too",
                    at: location)
            } else {
                places[name] = location
            }
        }
    }

    private mutating func check(_ rule: Declarations.Rule) {
        let definition = rule.definition
        if rule.targets.isEmpty, !rule.hasOtherTargets {
            report(.warning, "rule '\(definition.name)' tells nobody: it has no Targets", at: definition.location)
        }
        for target in rule.targets { check(target, of: definition) }
        if definition.state == .disabled {
            report(.note, "rule '\(definition.name)' is not run: its State is DISABLED", at: rule.stateLocation)
        }
        guard definition.state == .enabled, let reading = definition.pattern.readingOnly else { return }
        let what =
            switch reading {
            case .managementEvents: "never matches: it asks for management events that only read"
            case .events: "matches no management event: it asks for events that only read"
            }
        report(
            .warning,
            "rule '\(definition.name)' \(what), which the State ENABLED leaves out; want State: "
                + EventRule.State.enabledWithAllManagementEvents.rawValue, at: rule.stateLocation)
    }

    private mutating func check(_ target: Declarations.Rule.Target, of rule: EventRule) {
        let parts = target.arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        if parts[2] == "sns" {
            guard !declarations.lacksTopics, !declarations.topics.contains(where: { $0.arn == target.arn }) else {
                return
            }
            report(.note, "the topic \(target.arn) is not loaded; nobody hears of it", at: target.location)
        } else if parts[2] == "events", parts[5].hasPrefix("api-destination/") {
            let destination = declarations.apiDestinations.first { $0.definition.isNamed(by: target.arn) }
            if let destination {
                check(destination.definition, at: target.location)
            } else if !declarations.lacksDestinations {
                report(.note, "the API destination \(target.arn) is not loaded; it is not called", at: target.location)
            }
        } else {
            report(
                .note,
                "the target '\(target.id)' of rule '\(rule.name)' is not run: this build tells SNS topics and API destinations, "
                    + "not \(parts[2])", at: target.location)
        }
    }

    /// A destination that a rule names.
    private mutating func check(_ destination: ApiDestination, at place: SourceLocation) {
        let connection = declarations.connections.first { $0.isNamed(by: destination.connectionARN) }
        guard case .clientCredentials = connection?.authorization else { return }
        report(
            .warning,
            "the API destination '\(destination.name)' is not called: its connection asks for OAuth, which this build "
                + "cannot do; want BASIC or API_KEY", at: place)
    }

    private mutating func check(_ destination: Declarations.Destination) {
        let arn = destination.definition.connectionARN
        guard !declarations.lacksConnections, !declarations.connections.contains(where: { $0.isNamed(by: arn) }) else {
            return
        }
        report(
            .note,
            "the API destination '\(destination.definition.name)' cannot be called: its connection \(arn) is not loaded",
            at: destination.connectionLocation)
    }
}
