/// Why a request to a bucket gave nothing, after all that could be tried again was.
package enum S3Error: Error, Equatable, Sendable {
    case credentials(CredentialError)
    case transport(url: String, AWSTransportFailure)
    /// The server refused; `code` and `message` are its own words.
    case refused(url: String, status: Int, code: String, message: String)
    case malformed(url: String, what: String)
    case tooLarge(url: String, max: Int)
    case cancelled

    /// Longest part of a server's message that is repeated.
    static let messageCharactersMax = 300
    static let codeCharactersMax = 64

    /// One of a fixed set, as a label of metrics.
    package var code: StaticString {
        switch self {
        case .credentials: "credentials"
        case .transport: "transport"
        case .refused(_, 404, _, _): "not_found"
        case .refused(_, 403, _, _): "denied"
        case .refused: "refused"
        case .malformed: "malformed"
        case .tooLarge: "too_large"
        case .cancelled: "cancelled"
        }
    }

    /// True when only the object asked for cannot be had, now and later: it is gone, archived, or too large.
    package var isAboutOneObject: Bool {
        switch self {
        case .refused(_, 404, "NoSuchKey", _), .refused(_, 403, "InvalidObjectState", _), .tooLarge: true
        default: false
        }
    }

    /// True when the rights to an object are missing, or to its key, perhaps to others too.
    package var isForbidden: Bool {
        if case .refused(_, 403, _, _) = self { !isAboutServer } else { false }
    }

    /// True when no other object of the bucket can be had either.
    package var isAboutServer: Bool {
        switch self {
        case .credentials, .transport, .cancelled: true
        case .refused(_, _, let code, _):
            ["NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"].contains(code)
        case .malformed, .tooLarge: false
        }
    }

    package var message: String {
        switch self {
        case .credentials(let error): error.message
        case .transport(let url, let failure): "cannot read \(url): got \(failure.words)"
        case .refused(let url, let status, let code, let message):
            "cannot read \(url): got \(status) \(code)\(message.isEmpty ? "" : " (\(message))")\(remedy(code))"
        case .malformed(let url, let what): "cannot read \(url): got \(what); want an answer of S3"
        case .tooLarge(let url, let max): "cannot read \(url): got more than \(max) bytes; want at most that many"
        case .cancelled: "cannot read from the bucket: cancelled"
        }
    }

    /// What a server's refusal says.
    init(refusal response: AWSResponse, url: String) {
        let error = (try? XMLTree.read(response.body))?.descendant("Error")
        let code = error?.text(of: "Code") ?? "without an error code"
        let message = error?.text(of: "Message") ?? ""
        self = .refused(
            url: url, status: response.status, code: String(code.prefix(Self.codeCharactersMax)),
            message: String(message.prefix(Self.messageCharactersMax)))
    }

    private func remedy(_ code: String) -> String {
        switch code {
        case "AccessDenied":
            "; want s3:ListBucket on the bucket, s3:GetObject on its objects and kms:Decrypt on its key"
        case "RequestTimeTooSkewed": "; want a clock within 15 minutes of AWS's"
        case "NoSuchBucket": "; want the name of an existing bucket"
        case "InvalidAccessKeyId", "SignatureDoesNotMatch": "; want an access key of this server and its secret"
        default: ""
        }
    }
}

/// What an answer of S3 means for the request that was sent.
enum S3Verdict: Equatable {
    case success
    /// The same request may succeed later.
    case retry(afterSeconds: Double?)
    /// The bucket is in this region.
    case region(String)
    /// The credentials have expired before their time.
    case renewCredentials
    case refused

    /// Error codes that S3's pages mark as worth another try, besides every 500, 502, 503 and 504.
    private static let transientCodes: Set<String> = [
        "InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling", "ThrottlingException",
        "RequestLimitExceeded", "OperationAborted", "BandwidthLimitExceeded", "PriorRequestNotComplete",
    ]
    private static let expiredCodes: Set<String> = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]

    /// Judges an answer; `region` is the one that the request was signed for.
    init(_ response: AWSResponse, region: String) {
        guard !(200...299).contains(response.status) else {
            self = .success
            return
        }
        // Answers to HEAD, and those of some proxies, have no body; the status alone decides then.
        let error = (try? XMLTree.read(response.body))?.descendant("Error")
        let code = error?.text(of: "Code") ?? ""
        let named = response.header("x-amz-bucket-region") ?? error?.text(of: "Region")
        if let named, named != region, isRegionName(named), [301, 307, 400, 403].contains(response.status) {
            self = .region(named)
        } else if [408, 429, 500, 502, 503, 504].contains(response.status) || Self.transientCodes.contains(code) {
            self = .retry(afterSeconds: response.header("Retry-After").flatMap { Double($0) })
        } else if Self.expiredCodes.contains(code) {
            self = .renewCredentials
        } else {
            self = .refused
        }
    }
}

/// True for a text that can stand in a host name of AWS; anything else could send signed requests elsewhere.
func isRegionName(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count) && !text.hasPrefix("-")
        && text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
}
