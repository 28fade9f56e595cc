import Foundation
import Logging
import Synchronization
import TrailAlarms
import TrailModel
import TrailNotify

@testable import TrailServer

/// A clock that stands still until a test moves it, and knows who waits for it.
final class WaitingClock: TimeSource {
    private struct State {
        var now = Timestamp(seconds: 1_700_006_400)
        var sleepers: [Int: (until: Timestamp, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    func now() -> Timestamp { state.withLock { $0.now } }

    func sleep(for duration: Duration) async throws {
        let milliseconds = Int64(duration / .milliseconds(1))
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.sleepers[id] = (state.now.adding(milliseconds: milliseconds), continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the clock by a second, when exactly so many tasks wait for it, and returns when as many wait again.
    func tick(waiting count: Int, settle isToSettle: Bool = true) async {
        await settle(count)
        let woken = state.withLock { state in
            state.now = state.now.adding(seconds: 1)
            let woken = state.sleepers.filter { $0.value.until <= state.now }
            for id in woken.keys { state.sleepers[id] = nil }
            return woken.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
        if isToSettle { await settle(count) }
    }

    func settle(_ count: Int) async {
        while state.withLock({ $0.sleepers.count }) != count { await Task.yield() }
    }
}

/// Alertmanagers and other receivers in memory, by address.
final class FakeReceivers: WebhookTransport, VisitTransport {
    enum Behaviour: Sendable {
        case answers(Int)
        /// No answer before the time-out.
        case hangs
        case refuses
    }

    struct Call: Sendable {
        let url: String
        let at: Timestamp
        /// Ends by the alert's name, and starts.
        var ends: [String: Timestamp] = [:]
        var starts: [String: Timestamp] = [:]
        var labels: [[String: String]] = []
    }

    private struct State {
        var calls: [Call] = []
        var behaviours: [String: Behaviour] = [:]
    }

    private let state = Mutex(State())
    private let clock: WaitingClock

    init(_ clock: WaitingClock) { self.clock = clock }

    func calls(_ url: String) -> [Call] { state.withLock { $0.calls.filter { $0.url == url } } }

    func set(_ url: String, _ behaviour: Behaviour) { state.withLock { $0.behaviours[url] = behaviour } }

    /// What an Alertmanager shows now: alerts whose last accepted end lies ahead.
    func active(_ url: String) -> Set<String> {
        let ends = calls(url).reduce(into: [:]) { ends, call in ends.merge(call.ends) { $1 } }
        return Set(ends.filter { $0.value > clock.now() }.keys)
    }

    func send(
        _ method: String, url: String, headers: [(String, String)], body: [UInt8], timeout: Duration
    ) async -> TransportResult {
        var call = Call(url: url, at: clock.now())
        let list = (try? JSONSerialization.jsonObject(with: Data(body))) as? [[String: Any]] ?? []
        for alert in list {
            guard let labels = alert["labels"] as? [String: String], let name = labels["alertname"] else { continue }
            call.labels.append(labels)
            call.ends[name] = (alert["endsAt"] as? String).flatMap { Timestamp(rfc3339: $0) }
            call.starts[name] = (alert["startsAt"] as? String).flatMap { Timestamp(rfc3339: $0) }
        }
        return await answer(call, timeout)
    }

    func get(url: String, timeout: Duration) async -> TransportResult {
        await answer(Call(url: url, at: clock.now()), timeout)
    }

    private func answer(_ call: Call, _ timeout: Duration) async -> TransportResult {
        var call = call
        let behaviour = state.withLock { $0.behaviours[call.url] } ?? .answers(200)
        if case .answers(200) = behaviour {} else { call.ends = [:] }
        state.withLock { $0.calls.append(call) }
        switch behaviour {
        case .answers(let status): return .response(status: status, retryAfter: nil)
        case .refuses: return .failure(.connection)
        case .hangs:
            do { try await clock.sleep(for: timeout) } catch { return .cancelled }
            return .failure(.timeout)
        }
    }
}

/// Keeps what is logged, one line each: level, message, metadata by name.
final class LogLines: Sendable {
    private let content = Mutex<[String]>([])

    var lines: [String] { content.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let more = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            lines.content.withLock { $0.append("\(event.level): \(event.message)\(more)") }
        }
    }
}

/// A box that a test fills and a service looks into.
final class Box<Content: Sendable>: Sendable {
    private let mutex: Mutex<Content>

    init(_ content: Content) { mutex = Mutex(content) }

    var content: Content {
        get { mutex.withLock { $0 } }
        set { mutex.withLock { $0 = newValue } }
    }
}
