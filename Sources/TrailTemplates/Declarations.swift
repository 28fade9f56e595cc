import TrailAlarms
import TrailModel
import TrailPatterns

/// What the files declare, before names are compared and metrics and topics looked up across files.
struct Declarations {
    struct Action {
        let arn: String
        let location: SourceLocation
    }

    struct Alarm {
        var definition: MetricAlarm
        let actions: [Action]
        /// True when actions are written of which it is not known whom they tell.
        let hasUnknownActions: Bool
        let nameLocation: SourceLocation
        let metricLocation: SourceLocation
    }

    struct Composite {
        let definition: CompositeAlarm
        let actions: [Action]
        let hasUnknownActions: Bool
        let rulePlace: RulePlace
        /// The resource, for messages.
        let owner: String
        let suppressorLocation: SourceLocation
    }

    struct Target {
        let name: String
        let location: SourceLocation
    }

    struct Mute {
        let rule: MuteRule
        let targets: [Target]
        let location: SourceLocation
    }

    struct Rule {
        struct Target {
            let id: String
            let arn: String
            let location: SourceLocation
        }

        let definition: EventRule
        let targets: [Target]
        /// True when targets are left out because their ARNs cannot be known here.
        let hasOtherTargets: Bool
        let stateLocation: SourceLocation
    }

    struct Destination {
        let definition: ApiDestination
        let connectionLocation: SourceLocation
    }

    var alarms: [Alarm] = []
    var composites: [Composite] = []
    var muteRules: [Mute] = []
    var filters: [MetricFilter] = []
    var topics: [Topic] = []
    var subscriptions: [Subscription] = []
    var rules: [Rule] = []
    var apiDestinations: [Destination] = []
    var connections: [Connection] = []
    var logGroupNames: Set<String> = []
    /// Types without meaning here, with the first place of each.
    var passedOver: [String: SourceLocation] = [:]
    /// True when a filter could not be read or known, so that its metric may be asked for in vain.
    var lacksFilters = false
    var lacksTopics = false
    var lacksDestinations = false
    var lacksConnections = false
    /// True when an alarm could not be read or known, so that rules may name it in vain.
    var lacksAlarms = false

    /// Finds the log groups that one template's trails write to.
    mutating func readTrails(_ evaluation: Evaluation) {
        for resource in evaluation.resources where resource.type == "AWS::CloudTrail::Trail" {
            guard evaluation.isMade(resource) == .true else { continue }
            var properties = PropertyReader(resource, in: evaluation)
            if let name = properties.readTrailLogGroupName() { logGroupNames.insert(name) }
        }
    }

    /// Reads one template's other resources.
    mutating func read(_ evaluation: Evaluation) {
        evaluation.checkConditions()
        evaluation.checkRules()
        for resource in evaluation.resources {
            guard ResourceType.known[resource.type] != nil else {
                if let meant = ResourceType.misspelled(resource.type) {
                    let place = resource.node["Type"]?.location ?? resource.location
                    evaluation.report(
                        .error, "unknown resource type '\(resource.type)'; did you mean '\(meant)'?", at: place)
                } else if passedOver[resource.type] == nil {
                    passedOver[resource.type] = resource.location
                    evaluation.report(
                        .note, "\(resource.type) is passed over: it has no effect here", at: resource.location)
                }
                continue
            }
            switch evaluation.isMade(resource) {
            case .false: continue
            case .unknown(let reason):
                if case .parameter(let name) = reason { evaluation.reportMissing(parameter: name) }
                if case .outside(let text) = reason {
                    evaluation.report(
                        .warning, "\(resource.logicalID) is not used: its Condition depends on a value that is \(text)",
                        at: resource.location)
                }
                noteGap(resource.type)
            case .true:
                if !readKnown(resource, evaluation) { noteGap(resource.type) }
            }
        }
    }

    private mutating func noteGap(_ type: String) {
        if type == "AWS::Logs::MetricFilter" { lacksFilters = true }
        if type == "AWS::SNS::Topic" { lacksTopics = true }
        if type == "AWS::Events::ApiDestination" { lacksDestinations = true }
        if type == "AWS::Events::Connection" { lacksConnections = true }
        if type == "AWS::CloudWatch::Alarm" || type == "AWS::CloudWatch::CompositeAlarm" { lacksAlarms = true }
    }

    /// False when the resource cannot be used.
    private mutating func readKnown(_ resource: Evaluation.Resource, _ evaluation: Evaluation) -> Bool {
        var properties = PropertyReader(resource, in: evaluation)
        switch resource.type {
        case "AWS::CloudWatch::Alarm":
            let telling = properties.readTelling(resource)
            guard var alarm = properties.readAlarm(named: evaluation.name(of: resource)) else { return false }
            alarm.definition.repeatEverySeconds = telling.repeatEverySeconds
            alarm.definition.notifiesNewEvents = telling.notifiesNewEvents
            alarms.append(alarm)
        case "AWS::CloudWatch::CompositeAlarm":
            let place = RulePlace(resource.properties?["AlarmRule"], else: resource.location)
            let name = evaluation.name(of: resource)
            guard let alarm = properties.readComposite(named: name, rulePlace: place) else { return false }
            composites.append(alarm)
        case "AWS::CloudWatch::AlarmMuteRule":
            guard let mute = properties.readMuteRule(named: evaluation.name(of: resource)) else { return false }
            muteRules.append(mute)
        case "AWS::Logs::MetricFilter":
            if let group = properties.foreignLogGroup(logGroupNames) {
                evaluation.report(
                    .note,
                    "filter \(resource.logicalID) does not count: the trail's events are not in its log group '\(group)'",
                    at: resource.location)
                return true
            }
            guard let filter = properties.readMetricFilter(named: evaluation.name(of: resource)) else { return false }
            filters.append(filter)
        case "AWS::SNS::Topic":
            guard let topic = properties.readTopic(resource, named: evaluation.name(of: resource)) else { return false }
            topics.append(topic)
            subscriptions += properties.readInlineSubscriptions(of: topic.arn)
        case "AWS::SNS::Subscription":
            guard let subscription = properties.readSubscription(resource) else { return false }
            subscriptions.append(subscription)
        case "AWS::Events::Rule":
            guard properties.isOnDefaultBus() else { return true }
            guard let rule = properties.readEventRule(named: evaluation.name(of: resource)) else { return false }
            rules.append(rule)
        case "AWS::Events::ApiDestination":
            let name = evaluation.name(of: resource)
            guard let destination = properties.readApiDestination(named: name) else { return false }
            apiDestinations.append(destination)
        case "AWS::Events::Connection":
            let name = evaluation.name(of: resource)
            guard let connection = properties.readConnection(named: name) else { return false }
            connections.append(connection)
        default: break
        }
        return true
    }
}
