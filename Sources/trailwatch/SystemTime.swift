import Foundation
import TrailModel

/// The machine's clock, handed to everything below the executable.
struct SystemTime: TimeSource {
    func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }
}
