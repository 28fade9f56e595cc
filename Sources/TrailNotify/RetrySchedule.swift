package import TrailModel

/// When a failed message is tried again.
package struct RetrySchedule: Equatable, Sendable {
    /// Waits before the first retries, in seconds.
    package let firstDelaysSeconds: [Double]
    /// The wait before every further retry; `nil` when there is none.
    package let laterDelaySeconds: Double?
    /// A retry later than this after the message was made is not made.
    package let ageMaxSeconds: Int64

    /// Each wait is multiplied by a number from this range, so that receivers are not hit by all at once.
    package static let jitter = 0.8...1.2
    package static let standardAgeMaxSeconds: Int64 = 86_400

    /// The schedule of subscriptions without a DeliveryPolicy, and of API destinations: three times 20 s, then doubling
    /// to 10 minutes.
    ///
    /// - Parameters:
    ///   - ageMaxSeconds: A retry later than this after the message was made is not made.
    ///   - retriesMax: The most retries; `nil` is no limit.
    /// - Returns: The schedule.
    package static func standard(
        ageMaxSeconds: Int64 = standardAgeMaxSeconds, retriesMax: Int? = nil
    ) -> RetrySchedule {
        let delays: [Double] = [20, 20, 20, 40, 80, 160, 320]
        guard let retriesMax else {
            return RetrySchedule(firstDelaysSeconds: delays, laterDelaySeconds: 600, ageMaxSeconds: ageMaxSeconds)
        }
        let more = Array(repeating: 600.0, count: max(0, retriesMax - delays.count))
        return RetrySchedule(
            firstDelaysSeconds: Array((delays + more).prefix(retriesMax)), laterDelaySeconds: nil,
            ageMaxSeconds: ageMaxSeconds)
    }

    init(firstDelaysSeconds: [Double], laterDelaySeconds: Double?, ageMaxSeconds: Int64) {
        self.firstDelaysSeconds = firstDelaysSeconds
        self.laterDelaySeconds = laterDelaySeconds
        self.ageMaxSeconds = ageMaxSeconds
    }

    /// The wait after so many failed attempts, without jitter; `nil` when there is no further retry.
    package func delaySeconds(afterAttempts attempts: Int) -> Double? {
        precondition(attempts > 0, "a retry follows at least one attempt; got \(attempts)")
        return attempts <= firstDelaysSeconds.count ? firstDelaysSeconds[attempts - 1] : laterDelaySeconds
    }

    /// Decides when a message is tried again.
    ///
    /// - Parameters:
    ///   - attempts: Attempts made, this one included.
    ///   - now: When the last one ended.
    ///   - createdAt: When the message was made.
    ///   - retryAfterSeconds: What the receiver asked for; the later of the two times wins.
    ///   - generator: Source of the jitter.
    /// - Returns: The time of the next attempt, or `nil` when the message is to be given up.
    package func nextAttempt(
        afterAttempts attempts: Int, at now: Timestamp, createdAt: Timestamp, retryAfterSeconds: Int64? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Timestamp? {
        guard let delay = delaySeconds(afterAttempts: attempts) else { return nil }
        let jittered = Int64((delay * 1000 * Double.random(in: Self.jitter, using: &generator)).rounded())
        let wait = max(jittered, (retryAfterSeconds ?? 0) * 1000)
        let next = now.adding(milliseconds: wait)
        return next > createdAt.adding(seconds: ageMaxSeconds) ? nil : next
    }
}
