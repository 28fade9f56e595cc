import TrailAlarms
import TrailEvents
import TrailModel
import TrailNotify
import TrailPatterns
import TrailTemplates

extension Announcer {
    /// The request to a target that is an API destination; `nil` for other targets, and for what cannot be called.
    ///
    /// - Parameters:
    ///   - event: The event, JSON text.
    ///   - key: Tells it from others.
    ///   - rule: The rule that it matched.
    ///   - target: One of its targets.
    ///   - now: The time of the message.
    ///   - set: The destinations and connections.
    /// - Returns: The message, to be sent like all others.
    func destinationMessage(
        about event: String, key: String, of rule: EventRule, to target: EventRule.Target, at now: Timestamp,
        set: AlarmSet
    ) -> OutboxMessage? {
        guard let destination = set.apiDestinations.first(where: { $0.isNamed(by: target.arn) }),
            let connection = set.connections.first(where: { $0.isNamed(by: destination.connectionARN) }),
            let input = target.input.text(of: event)
        else { return nil }
        let ruleARN = "arn:aws:events:\(region):\(accountID):rule/\(rule.name)"
        let endpoint = "\(ruleARN)/\(target.id)"
        let messageKey = MessageKey(rule: rule.name, target: target.id, event: key, endpoint: endpoint)
        let request = DestinationRequest(
            input, isObject: JSONText(input)?.kind == .object, to: destination, by: connection,
            parameters(of: target, event), key: messageKey)
        guard let request else { return nil }
        var terms = DeliveryTerms(perSecondMax: destination.invocationRateLimitPerSecond)
        terms.limited = destination.arn
        terms.method = destination.method
        terms.retriesMax = target.retryPolicy?.maximumRetryAttempts
        terms.ageMaxSeconds = target.retryPolicy.map { Int64($0.maximumEventAgeInSeconds) }
        return OutboxMessage(
            id: 0, messageKey: messageKey, endpointKind: .apiDestination, topicARN: destination.arn,
            subscriptionARN: endpoint, url: request.url, subject: nil, headers: request.headers, body: request.body,
            terms: terms, alarmName: "rule \(rule.name)", createdAt: now)
    }

    /// The target's own parameters; a value that is a path, such as `$.detail.eventName`, is what the event holds there.
    private func parameters(of target: EventRule.Target, _ event: String) -> DestinationRequest.Parameters {
        guard let given = target.httpParameters else { return DestinationRequest.Parameters() }
        func value(_ text: SecretText) -> String {
            guard text.revealed.hasPrefix("$."), let path = try? EventPath(text.revealed),
                let found = RuleInput.path(path).text(of: event)
            else { return text.revealed }
            return JSONText(found)?.text ?? found
        }
        func values(_ entries: [String: SecretText]) -> [(name: String, value: String)] {
            entries.sorted { $0.key < $1.key }.map { ($0.key, value($0.value)) }
        }
        return DestinationRequest.Parameters(
            headers: values(given.headers), query: values(given.query), pathValues: given.pathValues.map(value))
    }
}
