/// Visits an address; tests put their own in its place.
package protocol VisitTransport: Sendable {
    /// Gets `url`, follows no redirects, drops the answer's body, and answers within `timeout`.
    func get(url: String, timeout: Duration) async -> TransportResult
}
