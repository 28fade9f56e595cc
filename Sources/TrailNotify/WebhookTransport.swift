/// Sends one HTTP request to a receiver; tests put their own in its place.
package protocol WebhookTransport: Sendable {
    /// Sends `body` by an HTTP method, follows no redirects, and answers within `timeout`.
    func send(
        _ method: String, url: String, headers: [(String, String)], body: [UInt8], timeout: Duration
    ) async -> TransportResult
}

extension WebhookTransport {
    package func post(
        url: String, headers: [(String, String)], body: [UInt8], timeout: Duration
    ) async -> TransportResult {
        await send("POST", url: url, headers: headers, body: body, timeout: timeout)
    }
}

/// What came of a request, before it is judged.
package enum TransportResult: Equatable, Sendable {
    /// The receiver answered; `retryAfter` is that header's text.
    case response(status: Int, retryAfter: String?)
    case failure(TransportFailure)
    /// The task was cancelled; whether the receiver got the request is not known.
    case cancelled
}

/// Why a request got no answer.
package enum TransportFailure: String, CaseIterable, Sendable {
    case connection
    case tls
    case timeout
    /// The host is, or resolves to, an address that is refused always.
    case refusedAddress
    case invalidURL
}
