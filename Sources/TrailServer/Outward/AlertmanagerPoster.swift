import Logging
import ServiceLifecycle
import Synchronization
import TrailModel
import TrailNotify

/// Tells Alertmanagers which alarms are in ALARM: state, again and again, never a message that waits.
///
/// Each has a loop of its own, so that a slow one delays no other.
struct AlertmanagerPoster: Service {
    /// How often it is looked whether an alarm entered or left ALARM.
    static let lookSeconds = 1
    /// For one request.
    static let postTimeout = Duration.seconds(10)
    /// The wait after a request failed; an alert outlives three of them.
    static let retrySeconds: Int64 = 15

    let urls: [AlertmanagerURL]
    /// What is in ALARM at a time.
    let alerts: @Sendable (Timestamp) -> [AlertmanagerAlert]
    let transport: any WebhookTransport
    let counts: OutwardCounts
    let time: any TimeSource
    let logger: Logger

    func run() async throws {
        let present = Present(alerts(time.now()))
        let lanes = urls.map { Lane(url: $0, present: present, poster: self) }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for lane in lanes { group.addTask { await lane.run() } }
                group.addTask { await look(present) { for lane in lanes { lane.signal.raise() } } }
            }
        }
    }

    private func look(_ present: Present, onChange: () -> Void) async {
        while (try? await time.sleep(for: .seconds(Self.lookSeconds))) != nil {
            if present.replace(by: alerts(time.now())) { onChange() }
        }
    }

    /// What is in ALARM, for all loops.
    private final class Present: Sendable {
        private let content: Mutex<[AlertmanagerAlert]>

        init(_ alerts: [AlertmanagerAlert]) { content = Mutex(alerts) }

        var alerts: [AlertmanagerAlert] { content.withLock { $0 } }

        /// True when something changed.
        func replace(by alerts: [AlertmanagerAlert]) -> Bool {
            content.withLock { content in
                guard content != alerts else { return false }
                content = alerts
                return true
            }
        }
    }

    /// The loop of one Alertmanager.
    private struct Lane: Sendable {
        let url: AlertmanagerURL
        let present: Present
        let poster: AlertmanagerPoster
        /// Raised when an alarm entered or left ALARM.
        let signal = WakeSignal()

        func run() async {
            var board = AlertBoard()
            var isFailing = false
            while !Task.isCancelled {
                board.take(present.alerts, at: poster.time.now())
                let failure = await pass(&board)
                guard !Task.isCancelled else { return }
                tell(failure, wasFailing: isFailing)
                isFailing = failure != nil
                if isFailing {
                    try? await poster.time.sleep(for: .seconds(AlertmanagerPoster.retrySeconds))
                } else {
                    await wait(until: board.nextPass(at: poster.time.now()))
                }
            }
        }

        /// Posts what is due.
        ///
        /// - Returns: Why a request failed; what it held is due again.
        private func pass(_ board: inout AlertBoard) async -> Failure? {
            var failure: Failure?
            board.beginPass(at: poster.time.now())
            while !Task.isCancelled, let post = board.nextPost(at: poster.time.now()) {
                let result = await poster.transport.post(
                    url: url.alerts,
                    headers: [("Content-Type", "application/json"), ("User-Agent", "trailwatch/\(Version.text)")],
                    body: post.body, timeout: AlertmanagerPoster.postTimeout)
                guard !Task.isCancelled else { return nil }
                let found = Failure(result, now: poster.time.now())
                poster.counts.addPost(found == nil)
                guard let found else {
                    board.accept(post)
                    continue
                }
                failure = found
                // Alerts that it refuses keep no others from it; one that does not answer is left alone for a while.
                guard found.isRefusal else {
                    board.endPass()
                    return failure
                }
            }
            return failure
        }

        private func tell(_ failure: Failure?, wasFailing: Bool) {
            if let failure, !wasFailing {
                poster.logger.warning(
                    "An Alertmanager takes no alerts",
                    metadata: [
                        "alertmanager.url": "\(url)", "reason": "\(failure.reason.rawValue)",
                        "status": "\(failure.status.map(String.init) ?? "none")",
                    ])
            } else if failure == nil, wasFailing {
                poster.logger.notice(
                    "The Alertmanager takes alerts again", metadata: ["alertmanager.url": "\(url)"])
            }
        }

        private func wait(until next: Timestamp?) async {
            guard let next else { return await signal.wait() }
            let wait = Duration.milliseconds(max(0, next.milliseconds - poster.time.now().milliseconds))
            await withTaskGroup { group in
                group.addTask { await signal.wait() }
                group.addTask { try? await poster.time.sleep(for: wait) }
                await group.next()
                group.cancelAll()
            }
        }
    }
}

/// Why a call to somebody outside failed.
struct OutwardFailure: Equatable, Sendable {
    let reason: FailureReason
    let status: Int?

    /// `nil` when it was accepted.
    init?(_ result: TransportResult, now: Timestamp) {
        let outcome: AttemptOutcome
        switch result {
        case .response(let code, let retryAfter):
            status = code
            outcome = AttemptOutcome(status: code, retryAfter: retryAfter, now: now)
        case .failure(let failure): (status, outcome) = (nil, AttemptOutcome(failure))
        case .cancelled: (status, outcome) = (nil, AttemptOutcome(.connection))
        }
        switch outcome {
        case .delivered: return nil
        case .retry(let why, _), .dead(let why): reason = why
        }
    }

    /// True when what was sent is at fault, and something else may be accepted.
    var isRefusal: Bool { reason == .clientError }
}

private typealias Failure = OutwardFailure
