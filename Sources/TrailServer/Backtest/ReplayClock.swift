import Synchronization
import TrailModel

/// A clock that stands where a replay puts it; waiting by it takes no time.
final class ReplayClock: TimeSource {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }

    func now() -> Timestamp { time.withLock { $0 } }

    func set(_ now: Timestamp) { time.withLock { $0 = now } }

    func sleep(for duration: Duration) async throws {
        time.withLock { $0 = $0.adding(milliseconds: Int64(duration / .milliseconds(1))) }
    }
}
