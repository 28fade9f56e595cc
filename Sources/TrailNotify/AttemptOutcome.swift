package import TrailModel

/// Why an attempt failed; a closed set, so that it can be a metric label.
package enum FailureReason: String, CaseIterable, Sendable, Codable {
    case connection
    case tls
    /// No answer in time, or status 408.
    case timeout
    /// Status 429.
    case throttled
    case redirect
    case clientError = "client_error"
    case serverError = "server_error"
    /// A status that no final answer has.
    case unexpectedStatus = "unexpected_status"
    case refusedAddress = "refused_address"
    case invalidURL = "invalid_url"
    /// What was kept of the message cannot be read.
    case unreadable
    /// The receiver did not confirm its subscription in time.
    case unconfirmed
    /// The receiver ended its subscription.
    case unsubscribed
}

/// The verdict on one attempt.
///
/// SNS gives up on client errors at once and retries server errors and time-outs (SNS developer guide, dead-letter
/// queues); 408 and 429 are retried too, by choice.
package enum AttemptOutcome: Equatable, Sendable {
    case delivered
    /// To be tried again; `retryAfterSeconds` is what the receiver asked for, at most ``retryAfterMaxSeconds``.
    case retry(FailureReason, retryAfterSeconds: Int64?)
    /// Nothing would change by trying again.
    case dead(FailureReason)

    /// The longest wait that a receiver can ask for.
    package static let retryAfterMaxSeconds: Int64 = 600

    /// The verdict on an answer; `now` reads a Retry-After that is a date.
    package init(status: Int, retryAfter: String? = nil, now: Timestamp) {
        let wait = retryAfter.flatMap { retryAfterSeconds($0, now: now) }.map { min($0, Self.retryAfterMaxSeconds) }
        self =
            switch status {
            case 200..<300: .delivered
            case 300..<400: .dead(.redirect)
            case 408: .retry(.timeout, retryAfterSeconds: nil)
            case 429: .retry(.throttled, retryAfterSeconds: wait)
            case 400..<500: .dead(.clientError)
            case 503: .retry(.serverError, retryAfterSeconds: wait)
            case 500..<600: .retry(.serverError, retryAfterSeconds: nil)
            default: .retry(.unexpectedStatus, retryAfterSeconds: nil)
            }
    }

    /// The verdict on a request without an answer.
    package init(_ failure: TransportFailure) {
        self =
            switch failure {
            case .connection: .retry(.connection, retryAfterSeconds: nil)
            case .tls: .retry(.tls, retryAfterSeconds: nil)
            case .timeout: .retry(.timeout, retryAfterSeconds: nil)
            case .refusedAddress: .dead(.refusedAddress)
            case .invalidURL: .dead(.invalidURL)
            }
    }
}

/// Seconds that a Retry-After header asks to wait: a number, or an HTTP date (RFC 9110, 10.2.3); 0 for a past date,
/// `nil` for anything else.
package func retryAfterSeconds(_ text: String, now: Timestamp) -> Int64? {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    if !text.isEmpty, text.utf8.allSatisfy({ digits.contains($0) }) { return Int64(text) ?? Int64.max }
    return httpDate(text).map { max(0, $0.ceiled(toSeconds: 1).seconds - now.seconds) }
}

/// Reads an HTTP date in the one form that senders may write: `Sun, 06 Nov 1994 08:49:37 GMT`.
private func httpDate(_ text: String) -> Timestamp? {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].count == 4, parts[0].hasSuffix(","), parts[5] == "GMT",
        let month = months.firstIndex(of: String(parts[2])), let day = Int(parts[1]), let year = Int(parts[3])
    else { return nil }
    guard (0...9999).contains(year), (1...31).contains(day) else { return nil }
    return Timestamp(rfc3339: "\(padded(year, 4))-\(padded(month + 1, 2))-\(padded(day, 2))T\(parts[4])Z")
}
