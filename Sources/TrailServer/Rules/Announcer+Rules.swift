import TrailAlarms
import TrailModel
import TrailNotify
import TrailPatterns
import TrailTemplates

extension Announcer {
    /// The messages of a rule's targets about an event.
    ///
    /// - Parameters:
    ///   - event: The event, JSON text.
    ///   - key: Tells it from others.
    ///   - rule: The rule that it matched.
    ///   - now: The time of the messages.
    ///   - set: Who hears of topics.
    /// - Returns: One for each API destination, and for each topic and subscription that is delivered to.
    /// - Throws: ``SigningError``.
    func messages(
        about event: String, key: String, of rule: EventRule, at now: Timestamp, set: AlarmSet
    ) throws(SigningError) -> [OutboxMessage] {
        var messages: [OutboxMessage] = []
        let reader = EventTextReader(rule: rule, accountNames: accountNames)
        for target in rule.targets {
            if let message = destinationMessage(about: event, key: key, of: rule, to: target, at: now, set: set) {
                messages.append(message)
                continue
            }
            let hearers = set.subscriptions.filter { $0.topicARN == target.arn }
            guard !hearers.isEmpty, let input = target.input.text(of: event) else { continue }
            let text = reader.read(input)
            messages += try publish(to: hearers, at: now) {
                Notice(
                    event: text, rule: rule.name, severity: rule.severity ?? "", target: target.id, eventKey: key,
                    to: $0)
            }
        }
        return messages
    }
}
