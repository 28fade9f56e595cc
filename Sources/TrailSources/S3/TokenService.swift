import TrailModel

/// Takes on roles through the Security Token Service, version 2011-06-15.
struct TokenService: Sendable {
    private static let timeout = Duration.seconds(15)
    private static let sessionNameStandard = "trailwatch"

    let caller: CredentialCaller
    /// `nil` for the region that is always there, us-east-1.
    let region: String?
    /// A server in place of AWS's own.
    let endpoint: String?

    /// AssumeRole, signed with the credentials of somebody who may.
    func assumeRole(
        _ role: String, sessionName: String?, externalID: String?, durationSeconds: String?, with base: AWSCredentials
    ) async throws(CredentialError) -> AWSCredentials {
        var form = [("Action", "AssumeRole"), ("RoleArn", role)]
        if let externalID { form.append(("ExternalId", externalID)) }
        if let durationSeconds { form.append(("DurationSeconds", durationSeconds)) }
        return try await call(form, sessionName: sessionName, role: role, with: base)
    }

    /// AssumeRoleWithWebIdentity, proved by the token alone.
    func assumeRole(
        _ role: String, sessionName: String?, webIdentity token: String
    ) async throws(CredentialError) -> AWSCredentials {
        let form = [("Action", "AssumeRoleWithWebIdentity"), ("RoleArn", role), ("WebIdentityToken", token)]
        return try await call(form, sessionName: sessionName, role: role, with: nil)
    }

    private func call(
        _ form: [(String, String)], sessionName: String?, role: String, with base: AWSCredentials?
    ) async throws(CredentialError) -> AWSCredentials {
        let source = "the role \(role)"
        let region = region.flatMap { isRegionName($0) ? $0 : nil } ?? "us-east-1"
        let fields = form + [("RoleSessionName", sessionName ?? Self.sessionNameStandard), ("Version", "2011-06-15")]
        let body = fields.map { "\($0.0)=\(percentEncoded($0.1))" }.joined(separator: "&")
        let host: AWSEndpoint
        if let endpoint {
            guard let given = AWSEndpoint(endpoint) else {
                throw .unreachable(source: source, .invalidURL)
            }
            host = given
        } else {
            host = AWSEndpoint(host: "sts.\(region).\(domain(ofRegion: region))")
        }
        let answer = try await caller.answer(of: source, backoff: .service) { now in
            var request = AWSRequest(
                method: "POST", endpoint: host, path: "/",
                headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
                body: Array(body.utf8), responseBytesMax: CredentialCaller.answerBytesMax, timeout: Self.timeout)
            if let base { SignatureV4(region: region, service: "sts").sign(&request, with: base, at: now) }
            return request
        }
        guard let credentials = (try? XMLTree.read(answer))?.descendant("Credentials"),
            let id = credentials.text(of: "AccessKeyId"), let secret = credentials.text(of: "SecretAccessKey"),
            let token = credentials.text(of: "SessionToken"),
            let expiration = credentials.text(of: "Expiration").flatMap({ Timestamp(rfc3339: $0) })
        else { throw .malformed(source: source) }
        return AWSCredentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: token, expiration: expiration, source: source)
    }
}
