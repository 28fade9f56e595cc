import Logging
import ServiceLifecycle
import TrailModel
import TrailNotify

/// Visits an address while all is well, so that somebody outside notices when nothing comes any more.
struct Heart: Service {
    /// For one visit.
    static let timeout = Duration.seconds(10)
    /// The longest wait after a visit that failed, and while something is not well.
    static let retrySeconds: Int64 = 30
    static let lookSeconds: Int64 = 10

    let heartbeat: Heartbeat
    /// What is not well at a time.
    let ailment: @Sendable (Timestamp) -> Ailment?
    let transport: any VisitTransport
    let counts: OutwardCounts
    let time: any TimeSource
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isFailing = false
            var last: Ailment?
            var told: Ailment?
            while !Task.isCancelled {
                let ailment = ailment(time.now())
                // What passes by itself, as at a start, is nobody's news.
                if let ailment, ailment == last, ailment != told {
                    logger.warning("No heartbeat is sent", metadata: ["reason": "\(ailment.rawValue)"])
                    told = ailment
                } else if ailment == nil, told != nil {
                    logger.notice("The heartbeat goes on")
                    told = nil
                }
                last = ailment
                var wait = min(Self.lookSeconds, heartbeat.everySeconds)
                if ailment == nil {
                    let failure = await visit()
                    guard !Task.isCancelled else { return }
                    tell(failure, wasFailing: isFailing)
                    isFailing = failure != nil
                    wait = isFailing ? min(Self.retrySeconds, heartbeat.everySeconds) : heartbeat.everySeconds
                }
                guard (try? await time.sleep(for: .seconds(wait))) != nil else { return }
            }
        }
    }

    private func visit() async -> OutwardFailure? {
        let result = await transport.get(url: heartbeat.url.revealed, timeout: Self.timeout)
        guard !Task.isCancelled else { return nil }
        let failure = OutwardFailure(result, now: time.now())
        counts.addVisit(failure == nil)
        return failure
    }

    private func tell(_ failure: OutwardFailure?, wasFailing: Bool) {
        if let failure, !wasFailing {
            logger.warning(
                "The heartbeat is not taken",
                metadata: [
                    "reason": "\(failure.reason.rawValue)", "status": "\(failure.status.map(String.init) ?? "none")",
                ])
        } else if failure == nil, wasFailing {
            logger.notice("The heartbeat is taken again")
        }
    }
}

/// Why nobody should rely on this server now.
enum Ailment: String, Equatable, Sendable {
    case store = "the store cannot be written"
    case intake = "intake stands still"
    case source = "a source cannot be read"
    case evaluation = "files that were there at the start are still being read, and alarms wait"
}

extension Engine.Snapshot {
    /// Intake that ended no step for so long stands still.
    static let stepSecondsMax = 300.0
    /// A source may be away for so long.
    static let sourceSecondsMax = 300.0

    /// What is not well; `nil` when everything does its work.
    func ailment(at now: Timestamp) -> Ailment? {
        if !isStoreWritable { return .store }
        guard let steppedAt, now.seconds(since: steppedAt) < Self.stepSecondsMax else { return .intake }
        if unreadable.contains(where: { now.seconds(since: $0.since) >= Self.sourceSecondsMax }) { return .source }
        return isCaughtUp ? nil : .evaluation
    }
}
