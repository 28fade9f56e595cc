import Foundation
package import TrailModel
package import TrailNotify
package import TrailStore

/// The store's outbox as the delivery service wants it.
package struct StoreOutbox: Outbox {
    private let store: Store

    package init(_ store: Store) {
        self.store = store
    }

    package func dueMessages(at now: Timestamp, limit: Int) async throws -> [OutboxMessage] {
        try store.dueMessages(at: now, limit: limit).map(OutboxMessage.init(stored:))
    }

    package func nextAttemptTime(after now: Timestamp) async throws -> Timestamp? {
        try store.nextAttemptTime(after: now)
    }

    package func recordAttempt(_ attempt: DeliveryAttempt, of message: OutboxMessage) async throws {
        let state: OutboxMessage.State
        var next: Timestamp?
        var counters: [(name: String, label: String)] = []
        switch attempt.result {
        case .delivered:
            state = .delivered
            counters.append((Self.deliveredCounter, message.endpointKind.rawValue))
        case .retry(let time):
            state = .waiting
            next = time
        case .dead: state = .dead
        }
        if let reason = attempt.reason {
            counters.append((Self.failedCounter, "\(message.endpointKind.rawValue) \(reason.rawValue)"))
        }
        try store.recordAttempt(
            StoredAttempt(
                time: attempt.time, state: state.rawValue, reason: attempt.reason?.rawValue, status: attempt.status,
                latencyMilliseconds: attempt.latencyMilliseconds),
            of: attempt.messageID, nextAttempt: next, counters: counters)
    }

    package func waitingCount() async throws -> Int {
        try store.waitingMessageCount()
    }

    /// Messages delivered, by kind of endpoint.
    static let deliveredCounter = "notifications"
    /// Failed attempts, by kind of endpoint and reason.
    static let failedCounter = "notifications_failed"
}

/// What is sent, as one text in the store.
private struct StoredRequest: Codable {
    let endpointKind: EndpointKind
    let url: String
    let subject: String?
    let headers: [HTTPHeader]
    let body: String
    /// Absent in what was kept by a version that knew none.
    let terms: DeliveryTerms?
}

extension StoredMessage {
    init(_ message: OutboxMessage) throws {
        let request = StoredRequest(
            endpointKind: message.endpointKind, url: message.url, subject: message.subject, headers: message.headers,
            body: message.body, terms: message.terms)
        self.init(
            key: message.messageKey.hex, alarmName: message.alarmName, subscriptionARN: message.subscriptionARN,
            topicARN: message.topicARN, createdAt: message.createdAt, nextAttempt: message.nextAttempt,
            state: message.state.rawValue,
            request: String(decoding: try JSONEncoder().encode(request), as: UTF8.self))
    }
}

extension OutboxMessage {
    init(stored: StoredMessage) throws {
        let request = try JSONDecoder().decode(StoredRequest.self, from: Data(stored.request.utf8))
        guard let key = MessageKey(hex: stored.key), let state = State(rawValue: stored.state) else {
            throw StoreError.corrupt(what: "the outbox", reason: "got the key \(stored.key), state \(stored.state)")
        }
        self.init(
            id: stored.id, messageKey: key, endpointKind: request.endpointKind, topicARN: stored.topicARN,
            subscriptionARN: stored.subscriptionARN, url: request.url, subject: request.subject,
            headers: request.headers, body: request.body, terms: request.terms ?? DeliveryTerms(),
            alarmName: stored.alarmName,
            // What is sent again is tried as often, and as long, as a new message.
            createdAt: stored.resending?.at ?? stored.createdAt,
            attempts: stored.attempts - (stored.resending?.attempts ?? 0), nextAttempt: stored.nextAttempt, state: state
        )
    }
}
