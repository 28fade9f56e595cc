import Crypto
package import TrailModel

/// The secret that receivers share with us, to know our messages from others' without certificates.
package struct WebhookSecret: Sendable {
    /// A secret that is shorter is soon guessed.
    package static let bytesMin = 16
    package static let headerName = "X-Trailwatch-Signature"

    private let key: SymmetricKey

    /// The content of a secret's file, without white space around it; `nil` when less than ``bytesMin`` is left.
    package init?(_ text: String) {
        let secret = text.drop(while: \.isWhitespace)
        let end = secret.lastIndex { !$0.isWhitespace }.map { secret.index(after: $0) } ?? secret.startIndex
        let bytes = Array(secret[..<end].utf8)
        guard bytes.count >= Self.bytesMin else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// `t=SECONDS,sha256=HEX`: HMAC-SHA256 over the seconds since 1970 of the attempt, a full stop and the body.
    ///
    /// The time is in it so that receivers can refuse what somebody recorded.
    package func header(for body: String, at time: Timestamp) -> HTTPHeader {
        let signed = Array("\(time.seconds).\(body)".utf8)
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: key)
        return HTTPHeader(Self.headerName, "t=\(time.seconds),sha256=\(hexText(code))")
    }
}
