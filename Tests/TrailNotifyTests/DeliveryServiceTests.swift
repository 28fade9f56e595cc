import Logging
import Synchronization
import Testing
import TrailModel
import TrailNotify

/// Runs the delivery service on a clock that the test moves; every wait below is for a fact, never for a time.
@Suite(.timeLimit(.minutes(1))) struct DeliveryServiceTests {
    private let clock = ManualClock()
    private let outbox = MemoryOutbox()
    private let transport = FakeTransport()

    private func url(_ subscription: String) -> String { "https://\(subscription).example.test/" }

    private func service(
        limits: DeliveryService.Limits = .init(),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        schedule: @escaping @Sendable (OutboxMessage) -> RetrySchedule = { _ in .standard() }
    ) -> DeliveryService {
        DeliveryService(
            outbox: outbox, transport: transport, time: clock, logger: logger, limits: limits,
            generator: SeededGenerator(seed: 1), schedule: schedule)
    }

    /// Runs `service` beside `body` and stops it after.
    private func running(_ service: DeliveryService, _ body: () async -> Void) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await service.run() }
            await body()
            service.stop()
        }
    }

    /// Gives other tasks their turn until `condition` holds.
    private func until(_ condition: () async -> Bool) async {
        while await !condition() { await Task.yield() }
    }

    /// Moves the clock from sleep to sleep until `condition` holds.
    private func advancing(until condition: () async -> Bool) async {
        while await !condition() {
            if let end = clock.earliestSleepEnd { clock.advance(to: end) }
            await Task.yield()
        }
    }

    private func state(_ id: Int64) async -> OutboxMessage.State? {
        await outbox.messages.first { $0.id == id }?.state
    }

    @Test func `a message delivered while the outbox is read is not sent again`() async {
        _ = await outbox.add(at: clock.now())
        let slow = SlowOutbox(outbox)
        let service = DeliveryService(
            outbox: slow, transport: transport, time: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            generator: SeededGenerator(seed: 1))
        transport.hold(url("s"))
        await running(service) {
            await until { transport.running(url("s")) == 1 }
            await slow.holdNextRead()
            service.wake()
            await until { await slow.isHolding }
            transport.release(url("s"))
            await until { await state(1) == .delivered }
            await slow.release()
            // The next message is read after the old answer was worked through.
            _ = await outbox.add(at: clock.now())
            service.wake()
            await until { await state(2) == .delivered }
        }
        #expect(transport.posts == ["a 1", "a 2"])
    }

    @Test func `an endpoint gets no more attempts in a second than it takes`() async {
        for alarm in ["a", "b", "c", "d"] {
            _ = await outbox.add(alarm: alarm, at: clock.now(), terms: DeliveryTerms(perSecondMax: 2))
        }
        _ = await outbox.add(alarm: "e", subscription: "free", at: clock.now())
        let start = clock.now()
        let service = service()
        await running(service) {
            await until { transport.posts.count == 2 }
            #expect(Set(transport.posts) == ["a 1", "e 5"])
            for (count, milliseconds) in [(3, Int64(500)), (4, 1000), (5, 1500)] {
                await until { clock.earliestSleepEnd == start.adding(milliseconds: milliseconds) }
                #expect(transport.posts.count == count - 1)
                clock.advance(to: start.adding(milliseconds: milliseconds))
                await until { transport.posts.count == count }
            }
            await until { await state(4) == .delivered }
        }
    }

    @Test func `what shares a limit shares it over addresses`() async {
        var terms = DeliveryTerms(perSecondMax: 1)
        terms.limited = "destination"
        for name in ["a", "b"] { _ = await outbox.add(alarm: name, subscription: name, at: clock.now(), terms: terms) }
        let start = clock.now()
        await running(service()) {
            await until { transport.posts.count == 1 && clock.earliestSleepEnd == start.adding(seconds: 1) }
            clock.advance(seconds: 1)
            await until { transport.posts.count == 2 }
            await until { await state(2) == .delivered }
        }
    }

    @Test func `a message that waits at the start is delivered with its key, once`() async {
        let message = await outbox.add(at: clock.now())
        let service = service()
        await running(service) {
            await until { await state(1) == .delivered }
        }
        #expect(transport.posts == ["a 1"])
        #expect(transport.keys == [message.messageKey.hex])
        let statistics = await service.statistics()
        #expect(statistics.delivered == [.https: 1])
        #expect(statistics.failed.isEmpty)
        #expect(statistics.waiting == 0)
    }

    @Test func `waking delivers what was committed since`() async {
        let service = service()
        await running(service) {
            for id in 1...3 as ClosedRange<Int64> {
                _ = await outbox.add(at: clock.now())
                service.wake()
                await until { await state(id) == .delivered }
            }
        }
        #expect(transport.posts == ["a 1", "a 2", "a 3"])
    }

    @Test func `retries come at the schedule's times with the same key`() async throws {
        transport.answer(
            url("s"), with: .response(status: 503, retryAfter: nil), .failure(.timeout), .failure(.connection),
            .response(status: 429, retryAfter: "300"), .response(status: 204, retryAfter: nil))
        let created = clock.now()
        let message = await outbox.add(at: created)
        let service = service()
        await running(service) {
            await advancing { await state(1) == .delivered }
        }
        #expect(transport.keys == Array(repeating: message.messageKey.hex, count: 5))
        let attempts = await outbox.attempts
        #expect(attempts.map(\.reason) == [.serverError, .timeout, .connection, .throttled, nil])
        #expect(attempts.map(\.status) == [503, nil, nil, 429, 204])
        for (attempt, next) in zip(attempts, attempts.dropFirst()) {
            #expect(attempt.result == .retry(at: next.time))
            let wait = next.time.seconds(since: attempt.time)
            #expect(attempt.reason == .throttled ? wait == 300 : (16.0...24.0).contains(wait))
        }
        let statistics = await service.statistics()
        #expect(statistics.failed[.init(endpointKind: .https, reason: .throttled)] == 1)
        #expect(statistics.failed.values.reduce(0, +) == 4)
        #expect(statistics.dead.isEmpty)
    }

    @Test func `a refused message goes to the dead letters at once and the next one follows`() async {
        transport.answer(
            url("s"), with: .response(status: 404, retryAfter: nil), .response(status: 200, retryAfter: nil))
        for _ in 0..<2 { _ = await outbox.add(at: clock.now()) }
        let service = service()
        await running(service) {
            await until { await state(2) == .delivered }
        }
        #expect(await state(1) == .dead)
        #expect(await outbox.attempts.map(\.result) == [.dead, .delivered])
        #expect(await service.statistics().dead == [.init(endpointKind: .https, reason: .clientError): 1])
    }

    @Test func `a message past the retry age goes to the dead letters with its last reason`() async {
        transport.answer(url("s"), with: .response(status: 500, retryAfter: nil))
        _ = await outbox.add(at: clock.now())
        await running(service { _ in .standard(ageMaxSeconds: 100) }) {
            await advancing { await state(1) == .dead }
        }
        let attempts = await outbox.attempts
        // 20 s, 20 s, 20 s: the fifth attempt would come 40 s later, past 100 s or just before it.
        #expect((4...5).contains(attempts.count))
        #expect(attempts.last?.reason == .serverError)
        #expect(attempts.dropLast().allSatisfy { $0.result != .dead })
    }

    @Test func `order holds per alarm and subscription while others go on`() async {
        transport.answer(
            url("s"), with: .response(status: 500, retryAfter: nil), .response(status: 200, retryAfter: nil))
        for _ in 0..<3 { _ = await outbox.add(alarm: "a", subscription: "s", at: clock.now()) }
        _ = await outbox.add(alarm: "a", subscription: "other", at: clock.now())
        await running(service()) {
            await until { await state(4) == .delivered }
            #expect(await state(2) == .waiting)
            await advancing { await state(3) == .delivered }
        }
        #expect(transport.posts.filter { $0 != "a 4" } == ["a 1", "a 1", "a 2", "a 3"])
    }

    @Test func `a slow endpoint has few places and delays no other`() async {
        _ = await outbox.add(alarm: "first", subscription: "slow", at: clock.now())
        var limits = DeliveryService.Limits()
        limits.parallelMax = 6
        let service = service(limits: limits)
        await running(service) {
            await until { await state(1) == .delivered }
            transport.hold(url("slow"))
            for index in 0..<20 { _ = await outbox.add(alarm: "a\(index)", subscription: "slow", at: clock.now()) }
            service.wake()
            await until { transport.running(url("slow")) == 4 }
            for index in 0..<20 { _ = await outbox.add(alarm: "a\(index)", subscription: "fast", at: clock.now()) }
            service.wake()
            await until { await outbox.messages.count { $0.state == .delivered } == 21 }
            #expect(transport.running(url("slow")) == 4)
            transport.release(url("slow"))
            await until { await outbox.messages.allSatisfy { $0.state == .delivered } }
        }
        #expect(transport.runningMax(url("slow")) == 4)
    }

    @Test func `a failing endpoint has one place until it succeeds`() async {
        transport.answer(url("s"), with: .failure(.timeout))
        _ = await outbox.add(alarm: "first", at: clock.now())
        let service = service()
        await running(service) {
            await until { await outbox.attempts.count == 1 }
            transport.hold(url("s"))
            transport.answer(url("s"), with: .response(status: 200, retryAfter: nil))
            for index in 0..<8 { _ = await outbox.add(alarm: "a\(index)", at: clock.now()) }
            _ = await outbox.add(alarm: "other", subscription: "other", at: clock.now())
            service.wake()
            await until { await state(10) == .delivered }
            #expect(transport.running(url("s")) == 1)
            transport.release(url("s"))
            await until { await outbox.messages.count { $0.state == .delivered } == 9 }
            transport.hold(url("s"))
            for index in 0..<8 { _ = await outbox.add(alarm: "b\(index)", at: clock.now()) }
            service.wake()
            await until { transport.running(url("s")) == 4 }
            transport.release(url("s"))
        }
    }

    @Test func `endpoints that hang take one place each at first, and none from others once they failed`() async {
        let hanging = (0..<6).map { "hanging\($0)" }
        for name in hanging { transport.hold(url(name)) }
        var limits = DeliveryService.Limits()
        (limits.parallelMax, limits.failingParallelMax) = (8, 4)
        for index in 0..<5 {
            for name in hanging { _ = await outbox.add(alarm: "a\(index)", subscription: name, at: clock.now()) }
        }
        for index in 0..<20 { _ = await outbox.add(alarm: "a\(index)", subscription: "live", at: clock.now()) }
        func delivered() async -> Int { await outbox.messages.count { $0.state == .delivered } }
        func held() -> Int { hanging.map { transport.running(url($0)) }.reduce(0, +) }
        let service = service(limits: limits)
        await running(service) {
            await until { await delivered() == 20 }
            #expect(hanging.allSatisfy { transport.runningMax(url($0)) == 1 })
            for name in hanging {
                transport.answer(url(name), with: .failure(.timeout))
                transport.release(url(name))
                transport.hold(url(name))
            }
            await until { held() == 4 }
            let id = Int64(await outbox.messages.count)
            transport.hold(url("live"))
            for index in 0..<20 { _ = await outbox.add(alarm: "b\(index)", subscription: "live", at: clock.now()) }
            _ = await outbox.add(alarm: "a", subscription: "new", at: clock.now())
            service.wake()
            await until { await state(id + 21) == .delivered }
            #expect(held() == 4)
            transport.release(url("live"))
            await until { await delivered() == 41 }
            for name in hanging { transport.release(url(name)) }
        }
    }

    @Test func `what failed before a restart has its place apart at once`() async {
        transport.answer(url("bad"), with: .failure(.connection))
        for index in 0..<3 { _ = await outbox.add(alarm: "a\(index)", subscription: "bad", at: clock.now()) }
        await running(service()) {
            await until { await outbox.attempts.count == 3 }
        }
        clock.advance(seconds: 60)
        transport.hold(url("bad"))
        _ = await outbox.add(alarm: "a", subscription: "live", at: clock.now())
        var limits = DeliveryService.Limits()
        limits.parallelMax = 1
        await running(service(limits: limits)) {
            await until { await state(4) == .delivered }
            await until { transport.running(url("bad")) == 1 }
            transport.release(url("bad"))
        }
    }

    @Test func `a stop begins nothing new and waits for what is under way`() async {
        transport.hold(url("s"))
        _ = await outbox.add(at: clock.now())
        let service = service()
        let hasEnded = Flag()
        await withDiscardingTaskGroup { group in
            group.addTask {
                await service.run()
                hasEnded.raise()
            }
            await until { transport.running(url("s")) == 1 }
            service.stop()
            _ = await outbox.add(alarm: "late", subscription: "late", at: clock.now())
            service.wake()
            for _ in 0..<1000 { await Task.yield() }
            #expect(!hasEnded.isRaised)
            transport.release(url("s"))
        }
        #expect(await state(1) == .delivered)
        #expect(await state(2) == .waiting)
        #expect(transport.posts == ["a 1"])
    }

    @Test func `an attempt that outlasts the shutdown stays due and is sent again by the next run`() async {
        transport.hold(url("s"))
        _ = await outbox.add(at: clock.now())
        let first = service()
        let begun = clock.now()
        await withDiscardingTaskGroup { group in
            group.addTask { await first.run() }
            await until { transport.running(url("s")) == 1 }
            first.stop()
            await until { clock.earliestSleepEnd == begun.adding(seconds: 20) }
            clock.advance(seconds: 20)
        }
        #expect(await outbox.attempts.isEmpty)
        #expect(await state(1) == .waiting)
        await running(service()) {
            await until { await state(1) == .delivered }
        }
        #expect(transport.keys.count == 2)
        #expect(Set(transport.keys).count == 1)
    }

    @Test func `cancelling the task ends the run and loses nothing`() async {
        transport.hold(url("s"))
        _ = await outbox.add(at: clock.now())
        let service = service()
        await withTaskGroup { group in
            group.addTask { await service.run() }
            await until { transport.running(url("s")) == 1 }
            group.cancelAll()
        }
        #expect(await state(1) == .waiting)
        #expect(await outbox.attempts.isEmpty)
    }

    @Test func `an outbox that cannot be read is asked again`() async {
        await outbox.failNext(2)
        _ = await outbox.add(at: clock.now())
        let begun = clock.now()
        await running(service()) {
            await advancing { await state(1) == .delivered }
        }
        #expect(clock.now() == begun.adding(seconds: 10))
    }

    @Test func `a delivery that cannot be written down is kept until it can, and not sent twice`() async {
        transport.hold(url("s"))
        _ = await outbox.add(at: clock.now())
        let service = service()
        await running(service) {
            await until { transport.running(url("s")) == 1 }
            await outbox.failNext(3)
            transport.release(url("s"))
            await advancing { await state(1) == .delivered }
        }
        #expect(transport.posts == ["a 1"])
        #expect(await service.statistics().delivered == [.https: 1])
    }

    @Test func `no address or body is ever logged`() async {
        let lines = LogLines()
        transport.answer(
            url("s"), with: .response(status: 500, retryAfter: nil), .response(status: 404, retryAfter: nil))
        _ = await outbox.add(url: url("s") + "secret-token", at: clock.now())
        _ = await outbox.add(alarm: "b", at: clock.now())
        transport.answer(url("s") + "secret-token", with: .failure(.tls), .response(status: 403, retryAfter: nil))
        await running(service(logger: lines.logger)) {
            await advancing { await outbox.messages.allSatisfy { $0.state == .dead } }
        }
        let text = lines.all.joined(separator: "\n")
        #expect(text.contains("Gave a message up"))
        #expect(text.contains("client_error"))
        #expect(!text.contains("secret-token"))
        #expect(!text.contains("example.test"))
    }
}

/// Keeps what is logged, at every level.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(lines: LogLines) {
            self.lines = lines
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}

/// Answers a read with what was there when it began, once a test lets it.
private actor SlowOutbox: Outbox {
    private let base: MemoryOutbox
    private var holds = false
    private(set) var isHolding = false

    init(_ base: MemoryOutbox) { self.base = base }

    func holdNextRead() { holds = true }
    func release() { holds = false }

    func dueMessages(at now: Timestamp, limit: Int) async throws -> [OutboxMessage] {
        let messages = try await base.dueMessages(at: now, limit: limit)
        while holds {
            isHolding = true
            await Task.yield()
        }
        isHolding = false
        return messages
    }

    func nextAttemptTime(after now: Timestamp) async throws -> Timestamp? {
        try await base.nextAttemptTime(after: now)
    }

    func recordAttempt(_ attempt: DeliveryAttempt, of message: OutboxMessage) async throws {
        try await base.recordAttempt(attempt, of: message)
    }

    func waitingCount() async throws -> Int { try await base.waitingCount() }
}
