package import Logging
import Synchronization
package import TrailModel

/// Delivers the outbox: many endpoints at a time, each message at least once, in order per alarm and subscription.
///
/// A failing or slow endpoint delays no other. One that answers has at most ``Limits/perEndpointMax`` of the
/// ``Limits/parallelMax`` places, one that was not tried yet a single one of them. From its first failure to its next
/// success an endpoint has one of the ``Limits/failingParallelMax`` places apart. An attempt that is cut off is not
/// written down, so that its message stays due and is sent again with the same key.
package final class DeliveryService: Sendable {
    package struct Limits: Equatable, Sendable {
        /// Attempts under way at one time, to endpoints that are not failing.
        package var parallelMax = 64
        /// Attempts under way at one time to failing endpoints; beyond it these wait for one another.
        package var failingParallelMax = 256
        package var perEndpointMax = 4
        /// For one attempt; SNS allows 15 s too.
        package var attemptTimeout = Duration.seconds(15)
        /// How long a shutdown waits for the attempts under way.
        package var shutdownTimeout = Duration.seconds(20)
        /// The wait after the outbox could not be read or written.
        package var outboxRetry = Duration.seconds(5)
        /// Due messages looked at in one pass.
        package var dueMax = 1024
        /// Endpoints whose standing is remembered; beyond it all are as if not tried.
        package var standingsMax = 10_000

        package init() {}
    }

    /// How the last attempt at an endpoint ended.
    fileprivate enum Standing {
        case answers
        case fails
    }

    fileprivate struct State {
        var running: Set<Int64> = []
        /// Those of `running` that have one of the places for failing endpoints.
        var runningApart: Set<Int64> = []
        /// Messages whose attempts ended since the outbox began to be read: what was read of them may be old.
        var endedSinceReading: Set<Int64> = []
        var runningPerEndpoint: [String: Int] = [:]
        var standings: [String: Standing] = [:]
        /// When the next attempt at an endpoint may begin that takes only so many in a second.
        var nextStarts: [String: Timestamp] = [:]
        /// The earliest of them that a due message waits for.
        var throttledUntil: Timestamp?
        var isStopping = false
        var statistics = DeliveryStatistics()
        var generator: any RandomNumberGenerator & Sendable
    }

    private let outbox: any Outbox
    private let transport: any WebhookTransport
    private let time: any TimeSource
    private let logger: Logger
    private let limits: Limits
    private let schedule: @Sendable (OutboxMessage) -> RetrySchedule
    private let secret: WebhookSecret?
    private let state: Mutex<State>
    private let signal = WakeSignal()

    /// A service that starts with ``run()``.
    ///
    /// - Parameters:
    ///   - outbox: Where the messages are.
    ///   - transport: Carries the requests.
    ///   - time: Tells when messages are due.
    ///   - logger: Gets topics, subscriptions and reasons, never addresses.
    ///   - limits: Numbers of attempts and waits.
    ///   - generator: Source of the retries' jitter.
    ///   - schedule: The schedule of a message's subscription.
    ///   - secret: Signs each attempt, so that its time is in the signature.
    package init(
        outbox: any Outbox, transport: any WebhookTransport, time: any TimeSource, logger: Logger,
        limits: Limits = Limits(), generator: any RandomNumberGenerator & Sendable,
        schedule: @escaping @Sendable (OutboxMessage) -> RetrySchedule = { _ in .standard() },
        secret: WebhookSecret? = nil
    ) {
        self.outbox = outbox
        self.transport = transport
        self.time = time
        self.logger = logger
        self.limits = limits
        self.schedule = schedule
        self.secret = secret
        state = Mutex(State(generator: generator))
    }

    /// Delivers until ``stop()`` is called or the task is cancelled.
    ///
    /// After a stop nothing new is begun, and attempts under way have ``Limits/shutdownTimeout`` to end; cancelling
    /// the task cuts them off at once.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !isStopping && !Task.isCancelled {
                let (messages, next) = await dueWork()
                for message in messages where begin(message) {
                    group.addTask { await self.deliver(message) }
                }
                let throttled = state.withLock { $0.throttledUntil }
                await waitForWork(until: [next, throttled].compactMap(\.self).min())
            }
            await waitForAttempts()
            group.cancelAll()
        }
    }

    /// Makes the service look for due messages now: to be called after messages were committed.
    package func wake() {
        signal.raise()
    }

    /// Begins the graceful end of ``run()``.
    package func stop() {
        state.withLock { $0.isStopping = true }
        signal.raise()
    }

    /// The counts at this moment, with the number of waiting messages asked from the outbox.
    package func statistics() async -> DeliveryStatistics {
        var statistics = state.withLock { $0.statistics }
        statistics.waiting = try? await outbox.waitingCount()
        return statistics
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    // MARK: Waiting

    /// What is due now, and when to look again at the latest.
    private func dueWork() async -> ([OutboxMessage], next: Timestamp?) {
        let now = time.now()
        state.withLock {
            $0.endedSinceReading.removeAll()
            $0.throttledUntil = nil
        }
        do {
            let messages = try await outbox.dueMessages(at: now, limit: limits.dueMax)
            return (messages, next: try await outbox.nextAttemptTime(after: now))
        } catch {
            logger.warning("Could not read the outbox", metadata: ["error": "\(error)"])
            return ([], next: now.adding(milliseconds: limits.outboxRetry.milliseconds))
        }
    }

    private func waitForWork(until next: Timestamp?) async {
        guard let next else { return await signal.wait() }
        let wait = Duration.milliseconds(max(0, next.milliseconds - time.now().milliseconds))
        await withTaskGroup { group in
            group.addTask { await self.signal.wait() }
            group.addTask { try? await self.time.sleep(for: wait) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns when no attempt is under way, or after the time that a shutdown may take.
    private func waitForAttempts() async {
        await withTaskGroup { group in
            group.addTask {
                while self.state.withLock({ !$0.running.isEmpty }) && !Task.isCancelled {
                    await self.signal.wait()
                }
            }
            group.addTask { try? await self.time.sleep(for: self.limits.shutdownTimeout) }
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: Attempts

    /// Takes a place for an attempt; false when there is none, or when the message is under way already.
    private func begin(_ message: OutboxMessage) -> Bool {
        let now = time.now()
        return state.withLock { state in
            guard !state.isStopping, !state.running.contains(message.id), !state.endedSinceReading.contains(message.id)
            else { return false }
            // What the store knows of a failure stands until an attempt of this run says otherwise.
            let standing = state.standings[message.url] ?? (message.attempts > 0 ? .fails : nil)
            let isApart = standing == .fails
            let apart = state.runningApart.count
            guard isApart ? apart < limits.failingParallelMax : state.running.count - apart < limits.parallelMax,
                state.runningPerEndpoint[message.url, default: 0] < (standing == .answers ? limits.perEndpointMax : 1),
                state.takesTurn(message, at: now, endpointsMax: limits.standingsMax)
            else { return false }
            state.running.insert(message.id)
            if isApart { state.runningApart.insert(message.id) }
            state.runningPerEndpoint[message.url, default: 0] += 1
            return true
        }
    }

    private func end(_ message: OutboxMessage, recorded attempt: DeliveryAttempt?) {
        state.withLock { state in
            state.running.remove(message.id)
            state.runningApart.remove(message.id)
            state.endedSinceReading.insert(message.id)
            let left = state.runningPerEndpoint[message.url, default: 1] - 1
            state.runningPerEndpoint[message.url] = left == 0 ? nil : left
            guard let attempt else { return }
            state.statistics.record(attempt, of: message)
            if state.standings.count >= limits.standingsMax { state.standings.removeAll() }
            state.standings[message.url] = attempt.result == .delivered ? .answers : .fails
        }
        signal.raise()
    }

    private func deliver(_ message: OutboxMessage) async {
        let start = time.now()
        let headers = message.headers + (secret.map { [$0.header(for: message.body, at: start)] } ?? [])
        let result = await transport.send(
            message.terms.method ?? "POST", url: message.url, headers: headers.map { ($0.name, $0.value) },
            body: Array(message.body.utf8),
            timeout: limits.attemptTimeout)
        guard let attempt = judge(result, of: message, start: start) else { return end(message, recorded: nil) }
        let isRecorded = await record(attempt, of: message)
        end(message, recorded: isRecorded ? attempt : nil)
    }

    /// What the result means for the message; `nil` when the attempt was cut off by us.
    private func judge(_ result: TransportResult, of message: OutboxMessage, start: Timestamp) -> DeliveryAttempt? {
        let now = time.now()
        let outcome: AttemptOutcome
        var status: Int?
        switch result {
        case .response(let code, let retryAfter):
            status = code
            outcome = AttemptOutcome(status: code, retryAfter: retryAfter, now: now)
        case .failure(let failure): outcome = AttemptOutcome(failure)
        case .cancelled where Task.isCancelled: return nil
        case .cancelled: outcome = AttemptOutcome(.connection)
        }
        let decision: DeliveryAttempt.Result
        var reason: FailureReason?
        switch outcome {
        case .delivered: decision = .delivered
        case .dead(let why): (decision, reason) = (.dead, why)
        case .retry(let why, let retryAfterSeconds):
            reason = why
            let next = state.withLock { state in
                schedule(message).nextAttempt(
                    afterAttempts: message.attempts + 1, at: now, createdAt: message.createdAt,
                    retryAfterSeconds: retryAfterSeconds, using: &state.generator)
            }
            decision = next.map { .retry(at: $0) } ?? .dead
        }
        return DeliveryAttempt(
            messageID: message.id, result: decision, reason: reason, status: status, time: now,
            latencyMilliseconds: now.milliseconds - start.milliseconds)
    }

    /// Writes the attempt down, again and again while the outbox fails, so that a delivered message is not sent twice;
    /// false when the shutdown ended that.
    private func record(_ attempt: DeliveryAttempt, of message: OutboxMessage) async -> Bool {
        while true {
            do {
                try await outbox.recordAttempt(attempt, of: message)
                log(attempt, of: message)
                return true
            } catch {
                logger.warning("Could not record a delivery attempt", metadata: ["error": "\(error)"])
                guard (try? await time.sleep(for: limits.outboxRetry)) != nil else { return false }
            }
        }
    }

    private func log(_ attempt: DeliveryAttempt, of message: OutboxMessage) {
        let metadata: Logger.Metadata = [
            "message.key": "\(message.messageKey)", "topic.arn": "\(message.topicARN)",
            "subscription.arn": "\(message.subscriptionARN)", "attempts": "\(message.attempts + 1)",
            "reason": "\(attempt.reason?.rawValue ?? "none")", "status": "\(attempt.status.map(String.init) ?? "none")",
        ]
        switch attempt.result {
        case .delivered: logger.debug("Delivered a message", metadata: metadata)
        case .retry: logger.debug("Could not deliver a message yet", metadata: metadata)
        case .dead: logger.warning("Gave a message up", metadata: metadata)
        }
    }
}

extension DeliveryService.State {
    /// Whether the rate of the message's endpoint lets one more attempt begin; it counts then.
    fileprivate mutating func takesTurn(_ message: OutboxMessage, at now: Timestamp, endpointsMax: Int) -> Bool {
        guard let perSecond = message.terms.perSecondMax else { return true }
        let limited = message.terms.limited ?? message.url
        let next = nextStarts[limited] ?? now
        guard next <= now else {
            throttledUntil = min(next, throttledUntil ?? next)
            return false
        }
        if nextStarts.count >= endpointsMax { nextStarts = nextStarts.filter { $0.value > now } }
        nextStarts[limited] = now.adding(milliseconds: Int64((1000 / Double(perSecond)).rounded(.up)))
        return true
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
