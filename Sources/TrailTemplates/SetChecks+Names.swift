import TrailAlarms
import TrailModel
import TrailPatterns

/// Names that must be unique over all files.
extension SetChecks {
    mutating func checkNames() {
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
        for var subscription in declarations.subscriptions {
            if let topic = declarations.topics.first(where: { $0.arn == subscription.topicARN }) {
                subscription.options.follow(topic)
            }
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
}
