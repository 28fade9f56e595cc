/// What the delivery service has done since it started, for the exposition.
package struct DeliveryStatistics: Equatable, Sendable {
    package struct Failure: Hashable, Sendable {
        package let endpointKind: EndpointKind
        package let reason: FailureReason

        package init(endpointKind: EndpointKind, reason: FailureReason) {
            self.endpointKind = endpointKind
            self.reason = reason
        }
    }

    /// Messages delivered.
    package var delivered: [EndpointKind: Int]
    /// Attempts that failed, those to be retried and the last ones alike.
    package var failed: [Failure: Int]
    /// Messages given up, by the reason of their last attempt.
    package var dead: [Failure: Int]
    /// Messages in the outbox that are not delivered yet; `nil` when the outbox could not say.
    package var waiting: Int?

    package init() {
        delivered = [:]
        failed = [:]
        dead = [:]
    }

    mutating func record(_ attempt: DeliveryAttempt, of message: OutboxMessage) {
        if attempt.result == .delivered { delivered[message.endpointKind, default: 0] += 1 }
        guard let reason = attempt.reason else { return }
        let failure = Failure(endpointKind: message.endpointKind, reason: reason)
        failed[failure, default: 0] += 1
        if attempt.result == .dead { dead[failure, default: 0] += 1 }
    }
}
