/// The only door through which code below the executable learns the time or waits.
///
/// The executable passes the system's clock, tests and simulations a clock they move themselves.
package protocol TimeSource: Sendable {
    func now() -> Timestamp

    /// Returns after `duration` by this clock.
    ///
    /// - Throws: `CancellationError` when the task is cancelled first.
    func sleep(for duration: Duration) async throws
}
