import Synchronization

/// A generator of random numbers that many tasks draw from.
package final class SharedGenerator: Sendable {
    private let generator: Mutex<any RandomNumberGenerator & Sendable>

    package init(_ generator: any RandomNumberGenerator & Sendable) {
        self.generator = Mutex(generator)
    }

    func double(in range: ClosedRange<Double>) -> Double {
        generator.withLock { Double.random(in: range, using: &$0) }
    }
}

/// How long to wait before a request is sent again: a random part of a time that doubles ("full jitter").
package struct RequestBackoff: Equatable, Sendable {
    package let attemptsMax: Int
    package let baseSeconds: Double
    package let delaySecondsMax: Double

    /// For S3 and STS.
    package static let service = RequestBackoff(attemptsMax: 5, baseSeconds: 0.5, delaySecondsMax: 20)
    /// For metadata endpoints on the machine itself, which answer at once or not at all.
    package static let metadata = RequestBackoff(attemptsMax: 3, baseSeconds: 0.1, delaySecondsMax: 1)
    /// A server that asks for a longer pause is asked again after this one.
    package static let retryAfterSecondsMax = 60.0

    /// The wait after so many failed attempts; `nil` when there is no further one.
    ///
    /// If the server asked for a longer one, that is waited, up to ``retryAfterSecondsMax``.
    package func delay(
        afterAttempts attempts: Int, retryAfterSeconds: Double? = nil, using generator: SharedGenerator
    ) -> Duration? {
        precondition(attempts > 0, "a retry follows at least one attempt; got \(attempts)")
        guard attempts < attemptsMax else { return nil }
        let longest = min(delaySecondsMax, baseSeconds * Double(1 << min(attempts - 1, 20)))
        let asked = min(max(0, retryAfterSeconds ?? 0), Self.retryAfterSecondsMax)
        return .milliseconds(Int64((max(asked, generator.double(in: 0...longest)) * 1000).rounded()))
    }
}

/// Lets at most so many tasks in at once; the others wait in the order of their coming.
final class ConcurrencyLimit: Sendable {
    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let state: Mutex<State>

    init(_ limit: Int) {
        precondition(limit > 0, "a limit must be positive; got \(limit)")
        state = Mutex(State(free: limit))
    }

    /// Waits for a place, to be given back by ``leave()``.
    ///
    /// - Throws: `CancellationError` when the task is cancelled before it has one.
    func enter() async throws(CancellationError) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        do {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let entered: Bool? = state.withLock { state in
                        if Task.isCancelled { return nil }
                        if state.free > 0 {
                            state.free -= 1
                            return true
                        }
                        state.waiters.append(Waiter(id: id, continuation: continuation))
                        return false
                    }
                    switch entered {
                    case nil: continuation.resume(throwing: CancellationError())
                    case true?: continuation.resume()
                    case false?: break
                    }
                }
            } onCancel: {
                let waiter = state.withLock { state in
                    state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
                }
                waiter?.continuation.resume(throwing: CancellationError())
            }
        } catch {
            throw CancellationError()
        }
    }

    func leave() {
        let next: Waiter? = state.withLock { state in
            if state.waiters.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.continuation.resume()
    }
}
