import Logging
import ServiceLifecycle
import TrailModel
import TrailNotify

/// Takes the evidence of messages after their decision was written and before they are sent, and looks for newcomers to
/// ALARMs that last.
struct EvidenceTaker: Service {
    /// The longest search for one decision.
    static let limit = Duration.seconds(2)
    /// With many decisions at once each gets a part of this, at least ``limitMin``: none waits long for the others.
    static let passLimit = Duration.seconds(30)
    static let limitMin = Duration.milliseconds(100)
    /// Messages finished in one pass.
    static let draftsMax = 1024
    /// Newcomers are looked for this often.
    static let newEventsSeconds = 60.0
    private static let pollSeconds = 5

    let engine: Engine
    let finder: EvidenceFinder
    let signal: WakeSignal
    let time: any TimeSource
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var lastLook: Timestamp?
            var trouble = false
            while !Task.isCancelled {
                do {
                    let hasMore = try await finishDrafts()
                    let now = time.now()
                    if lastLook.map({ now.seconds(since: $0) >= Self.newEventsSeconds }) ?? true {
                        lastLook = now
                        try await lookForNewEvents(now)
                    }
                    trouble = false
                    if hasMore { continue }
                } catch {
                    if !trouble { logger.error("Cannot finish messages", metadata: ["error": "\(error)"]) }
                    trouble = true
                }
                await wait()
            }
        }
    }

    private func wait() async {
        await withTaskGroup { group in
            group.addTask { await signal.wait() }
            group.addTask { try? await time.sleep(for: .seconds(Self.pollSeconds)) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Finishes the messages that wait; true when there may be more.
    func finishDrafts() async throws -> Bool {
        let groups = try await engine.drafts(limit: Self.draftsMax)
        guard !groups.isEmpty else { return false }
        let limit = max(Self.limitMin, min(Self.limit, Self.passLimit / groups.count))
        for group in groups {
            let finding = await finder.find(group.draft.scope, limit: limit)
            // A search that a shutdown cut off begins anew after the next start.
            guard !Task.isCancelled else { return false }
            try await engine.finish(group, finding)
        }
        return true
    }

    func lookForNewEvents(_ now: Timestamp) async throws {
        let watches = try await engine.newEventsWatches(at: now)
        let limit = max(Self.limitMin, min(Self.limit, Self.passLimit / max(1, watches.count)))
        for watch in watches {
            // Nobody who is to hear of an ALARM waits for these.
            while try await finishDrafts() {}
            let finding = await finder.find(watch.scope, limit: limit)
            guard !Task.isCancelled else { return }
            try await engine.tell(finding, of: watch, at: now)
        }
    }
}
