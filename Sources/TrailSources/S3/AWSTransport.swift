/// Sends one request to AWS or to a server like it; tests put their own in its place.
package protocol AWSTransport: Sendable {
    /// Sends `request` once, follows no redirects, and answers within its time-out with the whole body.
    func send(_ request: AWSRequest) async throws(AWSTransportFailure) -> AWSResponse
}

/// Why a request got no answer.
package enum AWSTransportFailure: Error, Equatable, Sendable {
    case connection
    case tls
    case timeout
    /// The answer is longer than the request allows.
    case tooLarge(max: Int)
    case invalidURL
    /// The task was cancelled.
    case cancelled

    /// True when the same request may succeed a little later.
    package var isTransient: Bool { self == .connection || self == .timeout }

    package var words: String {
        switch self {
        case .connection: "no connection"
        case .tls: "the TLS handshake failed"
        case .timeout: "no answer in time"
        case .tooLarge(let max): "an answer longer than \(max) bytes"
        case .invalidURL: "an address that is no URL"
        case .cancelled: "a cancelled request"
        }
    }
}
