package import TrailAlarms
package import TrailModel

/// One message to one endpoint, with the exact bytes that every attempt sends.
package struct OutboxMessage: Equatable, Sendable, Identifiable {
    /// Order of the messages: a later one has a greater number; 0 until the outbox has given it one.
    package var id: Int64
    package let messageKey: MessageKey
    package let endpointKind: EndpointKind
    package let topicARN: String
    package let subscriptionARN: String
    /// Address of the receiver; may hold secrets, so it never goes into logs or labels.
    package let url: String
    package let subject: String?
    package let headers: [HTTPHeader]
    package let body: String
    package let terms: DeliveryTerms
    package let alarmName: String
    package let createdAt: Timestamp
    /// Attempts made so far.
    package var attempts: Int
    package var nextAttempt: Timestamp
    package var state: State

    package enum State: String, Sendable, CaseIterable, Codable {
        case waiting
        case delivered
        /// Given up; kept in the dead-letter table.
        case dead
    }

    package init(
        id: Int64, messageKey: MessageKey, endpointKind: EndpointKind, topicARN: String, subscriptionARN: String,
        url: String, subject: String?, headers: [HTTPHeader], body: String, terms: DeliveryTerms = DeliveryTerms(),
        alarmName: String, createdAt: Timestamp, attempts: Int = 0, nextAttempt: Timestamp? = nil,
        state: State = .waiting
    ) {
        self.id = id
        self.messageKey = messageKey
        self.endpointKind = endpointKind
        self.topicARN = topicARN
        self.subscriptionARN = subscriptionARN
        self.url = url
        self.subject = subject
        self.headers = headers
        self.body = body
        self.terms = terms
        self.alarmName = alarmName
        self.createdAt = createdAt
        self.attempts = attempts
        self.nextAttempt = nextAttempt ?? createdAt
        self.state = state
    }
}

/// How a message is sent, as its subscription asks.
package struct DeliveryTerms: Equatable, Sendable, Codable {
    /// The policy for retries, where one is given; ours else.
    package var policy: DeliveryPolicy?
    /// The most attempts that the receiver takes in a second; `nil` is no limit.
    package var perSecondMax: Int?
    /// What shares that limit; the address where `nil`.
    package var limited: String?
    /// The HTTP method; `nil` is POST.
    package var method: String?
    /// The most retries, where an event rule gives a number.
    package var retriesMax: Int?
    /// How long it is tried, where an event rule says so.
    package var ageMaxSeconds: Int64?

    package init(policy: DeliveryPolicy? = nil, perSecondMax: Int? = nil) {
        self.policy = policy
        self.perSecondMax = perSecondMax
    }

    /// When a message is tried again; `age` is how long one is tried that says nothing of it.
    package func schedule(ageMaxSeconds age: Int64) -> RetrySchedule {
        policy.map(RetrySchedule.init) ?? .standard(ageMaxSeconds: ageMaxSeconds ?? age, retriesMax: retriesMax)
    }
}

/// The kinds of endpoint that this build delivers to, by SNS's protocol names; a metric label.
package enum EndpointKind: String, CaseIterable, Sendable, Codable {
    case http
    case https
    /// An `AWS::Events::ApiDestination`, a target of event rules.
    case apiDestination = "api_destination"
}

/// One header of a request.
package struct HTTPHeader: Equatable, Sendable, Codable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What became of one attempt to deliver a message.
package struct DeliveryAttempt: Equatable, Sendable {
    package enum Result: Equatable, Sendable {
        case delivered
        case retry(at: Timestamp)
        case dead
    }

    package let messageID: Int64
    package let result: Result
    /// Why it failed; absent when delivered.
    package let reason: FailureReason?
    /// The receiver's HTTP status, when it answered.
    package let status: Int?
    /// When the attempt ended.
    package let time: Timestamp
    package let latencyMilliseconds: Int64

    package init(
        messageID: Int64, result: Result, reason: FailureReason?, status: Int?, time: Timestamp,
        latencyMilliseconds: Int64
    ) {
        self.messageID = messageID
        self.result = result
        self.reason = reason
        self.status = status
        self.time = time
        self.latencyMilliseconds = latencyMilliseconds
    }
}

/// Where messages wait until they are delivered; the store keeps it in the transaction of the state change.
///
/// Order per alarm and endpoint is the outbox's to keep: only the oldest waiting message of an alarm and subscription,
/// its *head*, is ever handed out.
package protocol Outbox: Sendable {
    /// Heads whose `nextAttempt` is not after `now`, at most `limit`.
    ///
    /// In rounds, so that a subscription with many due messages hides no other's: first the oldest head of every
    /// subscription, then every second one, and so on; within a round by `id`.
    func dueMessages(at now: Timestamp, limit: Int) async throws -> [OutboxMessage]

    /// The earliest `nextAttempt` after `now` among the heads.
    func nextAttemptTime(after now: Timestamp) async throws -> Timestamp?

    /// Writes down what became of an attempt, counts it, and sets the message's state and next attempt.
    func recordAttempt(_ attempt: DeliveryAttempt, of message: OutboxMessage) async throws

    /// The number of messages in state `waiting`.
    func waitingCount() async throws -> Int
}
