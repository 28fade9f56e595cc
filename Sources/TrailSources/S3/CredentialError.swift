/// Why there are no credentials; no case holds a secret.
package enum CredentialError: Error, Equatable, Sendable {
    case missing(searched: [String])
    /// Two settings belong together, and one of them is there.
    case incomplete(source: String, missing: String)
    case unknownProfile(String)
    /// A setting of a profile that is not carried out here.
    case unsupported(profile: String, setting: String)
    /// Profiles that lead to each other.
    case circularProfiles([String])
    case unreadable(path: String)
    case insecureEndpoint(String)
    case unreachable(source: String, AWSTransportFailure)
    case refused(source: String, status: Int, code: String)
    case malformed(source: String)
    case cancelled

    package var message: String {
        switch self {
        case .missing(let searched):
            "cannot find AWS credentials: got none from \(searched.joined(separator: ", ")); want one of them"
        case .incomplete(let source, let missing): "cannot use the credentials of \(source): want \(missing), too"
        case .unknownProfile(let name):
            "cannot use the AWS profile \(name): got no such section; want it in ~/.aws/config or ~/.aws/credentials"
        case .unsupported(let profile, let setting):
            "cannot use the AWS profile \(profile): got \(setting); want access keys, role_arn with source_profile or "
                + "credential_source, or a web identity"
        case .circularProfiles(let names):
            "cannot use the AWS profile \(names.first ?? ""): got source_profile going round "
                + "(\(names.joined(separator: " → "))); want a profile with credentials at its end"
        case .unreadable(let path): "cannot read \(path): got no UTF-8 text; want a file this process may read"
        case .insecureEndpoint(let url):
            "cannot ask \(url) for credentials: got http to another machine; want https, or the container's own address"
        case .unreachable(let source, let failure): "cannot get credentials of \(source): got \(failure.words)"
        case .refused(let source, let status, let code): "cannot get credentials of \(source): got \(status) \(code)"
        case .malformed(let source): "cannot get credentials of \(source): got an answer of another form"
        case .cancelled: "cannot get credentials: cancelled"
        }
    }
}
