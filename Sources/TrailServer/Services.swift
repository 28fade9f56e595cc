import Logging
import ServiceLifecycle
import TrailModel
import TrailNotify
import UnixSignals

/// Reads what is new, again and again.
struct Collector: Service {
    /// A folder is looked at this often; new files count well within five seconds.
    static let pollSeconds = 1
    /// The wait after the store could not be written.
    static let retrySeconds = 5

    let engine: Engine
    let time: any TimeSource
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Why the store could not be written last time; it is told once, and that it is over.
            var trouble: String?
            while !Task.isCancelled {
                do {
                    let hasMore = try await engine.step()
                    if trouble != nil { logger.notice("Intake goes on: the store can be written again") }
                    trouble = nil
                    // Others get their turn between two batches.
                    if hasMore {
                        await Task.yield()
                    } else {
                        try await time.sleep(for: .seconds(Self.pollSeconds))
                    }
                } catch is CancellationError {
                    return
                } catch {
                    let reason = "\(error)"
                    if reason != trouble {
                        logger.error("Intake waits: the store cannot be written", metadata: ["error": "\(reason)"])
                    }
                    trouble = reason
                    try? await time.sleep(for: .seconds(Self.retrySeconds))
                }
            }
        }
        try await engine.finish()
    }
}

/// Delivers messages, and ends within the time that a shutdown may take.
struct Deliverer: Service {
    let delivery: DeliveryService

    func run() async throws {
        await withGracefulShutdownHandler {
            await delivery.run()
        } onGracefulShutdown: {
            delivery.stop()
        }
    }
}

/// Reads the alarm files again when they change.
struct AlarmFileWatcher: Service {
    /// A change must stand still for one look, so that a file being written is not read by halves.
    static let pollMilliseconds = 500

    let engine: Engine
    let paths: [String]
    let time: any TimeSource

    func run() async throws {
        guard !paths.isEmpty else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            var seen = AlarmFiles.fingerprint(paths)
            while (try? await time.sleep(for: .milliseconds(Self.pollMilliseconds))) != nil {
                let now = AlarmFiles.fingerprint(paths)
                defer { seen = now }
                guard now == seen, now != engine.snapshot.alarmFilesFingerprint else { continue }
                // What went wrong is logged and shown; the next change is the next chance.
                _ = try? await engine.reload()
            }
        }
    }
}

/// Reads the alarm files again on SIGHUP.
struct ReloadSignal: Service {
    let engine: Engine

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            _ = try? await engine.reload()
        }
    }
}
