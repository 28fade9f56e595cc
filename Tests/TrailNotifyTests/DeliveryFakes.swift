import Synchronization
import TrailModel
import TrailNotify

/// A clock that stands still until a test moves it.
final class ManualClock: TimeSource {
    private struct Sleeper {
        let id: Int
        let until: Timestamp
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Timestamp(seconds: 1_000_000)
        var sleepers: [Sleeper] = []
        var nextID = 0
    }

    private let state = Mutex(State())

    func now() -> Timestamp { state.withLock { $0.now } }

    func sleep(for duration: Duration) async throws {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard milliseconds > 0 else { return }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    let until = state.now.adding(milliseconds: milliseconds)
                    state.sleepers.append(Sleeper(id: id, until: until, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// The end of the earliest sleep under way.
    var earliestSleepEnd: Timestamp? { state.withLock { $0.sleepers.map(\.until).min() } }

    func advance(to time: Timestamp) {
        let woken = state.withLock { state in
            state.now = max(state.now, time)
            let woken = state.sleepers.filter { $0.until <= state.now }
            state.sleepers.removeAll { $0.until <= state.now }
            return woken
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    func advance(seconds: Int64) {
        advance(to: now().adding(seconds: seconds))
    }
}

/// An outbox that forgets everything when the test ends, and fails when told to.
actor MemoryOutbox: Outbox {
    struct Failure: Error {}

    private(set) var messages: [OutboxMessage] = []
    private(set) var attempts: [DeliveryAttempt] = []
    private var failuresLeft = 0

    func add(
        alarm: String = "a", subscription: String = "s", url: String? = nil, at time: Timestamp,
        terms: DeliveryTerms = DeliveryTerms()
    ) -> OutboxMessage {
        let id = Int64(messages.count + 1)
        let key = MessageKey(alarmName: alarm, decisionNumber: id, action: "t", endpoint: subscription)
        let message = OutboxMessage(
            id: id, messageKey: key, endpointKind: .https, topicARN: "t", subscriptionARN: subscription,
            url: url ?? "https://\(subscription).example.test/", subject: nil,
            headers: [HTTPHeader("Idempotency-Key", key.hex)], body: "\(alarm) \(id)", terms: terms,
            alarmName: alarm, createdAt: time)
        messages.append(message)
        return message
    }

    /// Makes the next calls fail.
    func failNext(_ count: Int) {
        failuresLeft = count
    }

    private func failWhenTold() throws {
        guard failuresLeft > 0 else { return }
        failuresLeft -= 1
        throw Failure()
    }

    private var heads: [OutboxMessage] {
        var seen: Set<[String]> = []
        return messages.filter { message in
            message.state == .waiting && seen.insert([message.alarmName, message.subscriptionARN]).inserted
        }
    }

    func dueMessages(at now: Timestamp, limit: Int) throws -> [OutboxMessage] {
        try failWhenTold()
        var rounds: [String: Int] = [:]
        let due = heads.filter { $0.nextAttempt <= now }.map { message in
            rounds[message.subscriptionARN, default: 0] += 1
            return (round: rounds[message.subscriptionARN] ?? 0, message: message)
        }
        let ordered = due.sorted { ($0.round, $0.message.id) < ($1.round, $1.message.id) }
        return ordered.prefix(limit).map(\.message)
    }

    func nextAttemptTime(after now: Timestamp) throws -> Timestamp? {
        heads.map(\.nextAttempt).filter { $0 > now }.min()
    }

    func recordAttempt(_ attempt: DeliveryAttempt, of message: OutboxMessage) throws {
        try failWhenTold()
        guard let index = messages.firstIndex(where: { $0.id == attempt.messageID }) else { throw Failure() }
        attempts.append(attempt)
        messages[index].attempts += 1
        switch attempt.result {
        case .delivered: messages[index].state = .delivered
        case .dead: messages[index].state = .dead
        case .retry(let time): messages[index].nextAttempt = time
        }
    }

    func waitingCount() throws -> Int {
        try failWhenTold()
        return messages.count { $0.state == .waiting }
    }
}

/// A receiver in memory: answers by address and text, at once or when told to.
final class FakeTransport: WebhookTransport {
    private struct State {
        var posts: [String] = []
        var keys: [String] = []
        var held: [String: [CheckedContinuation<Void, Never>]] = [:]
        var isHolding: Set<String> = []
        var running: [String: Int] = [:]
        var runningMax: [String: Int] = [:]
        var answers: [String: [TransportResult]] = [:]
    }

    private let state = Mutex(State())

    /// The bodies received, in order.
    var posts: [String] { state.withLock { $0.posts } }
    var keys: [String] { state.withLock { $0.keys } }

    func runningMax(_ url: String) -> Int { state.withLock { $0.runningMax[url, default: 0] } }
    func running(_ url: String) -> Int { state.withLock { $0.running[url, default: 0] } }

    /// Sets the next answers of an address; the last one stays.
    func answer(_ url: String, with results: TransportResult...) {
        state.withLock { $0.answers[url] = results }
    }

    func hold(_ url: String) {
        _ = state.withLock { $0.isHolding.insert(url) }
    }

    /// Answers what is held, and what comes later at once.
    func release(_ url: String) {
        let held = state.withLock { state in
            state.isHolding.remove(url)
            return state.held.removeValue(forKey: url) ?? []
        }
        for continuation in held { continuation.resume() }
    }

    func send(
        _ method: String, url: String, headers: [(String, String)], body: [UInt8], timeout: Duration
    ) async -> TransportResult {
        state.withLock { state in
            state.posts.append(String(decoding: body, as: UTF8.self))
            state.keys.append(headers.first { $0.0 == "Idempotency-Key" }?.1 ?? "")
            state.running[url, default: 0] += 1
            state.runningMax[url] = max(state.runningMax[url, default: 0], state.running[url, default: 0])
        }
        await wait(at: url)
        return state.withLock { state in
            state.running[url, default: 0] -= 1
            if Task.isCancelled { return .cancelled }
            guard let answers = state.answers[url], let first = answers.first else {
                return .response(status: 200, retryAfter: nil)
            }
            if answers.count > 1 { state.answers[url] = Array(answers.dropFirst()) }
            return first
        }
    }

    private func wait(at url: String) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isHeld = state.withLock { state in
                    guard state.isHolding.contains(url), !Task.isCancelled else { return false }
                    state.held[url, default: []].append(continuation)
                    return true
                }
                if !isHeld { continuation.resume() }
            }
        } onCancel: {
            release(url)
        }
    }
}

/// Says across tasks that something happened.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .sequentiallyConsistent) }

    func raise() {
        value.store(true, ordering: .sequentiallyConsistent)
    }
}
