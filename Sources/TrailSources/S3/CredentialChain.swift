import Synchronization
package import TrailModel

/// Finds credentials as AWS's SDKs do and renews them before they expire.
///
/// The first of these that is set up gives them: the environment, a web identity, the profile, the container's
/// endpoint, the instance's metadata (AWS SDKs reference, "Standardized credential providers"). A source that is set
/// up and fails is an error: the next one could be somebody else.
package final class CredentialChain: Sendable {
    /// Credentials are renewed this long before they expire.
    package static let renewalSeconds: Int64 = 300
    /// After a renewal that failed, the present credentials are used for so long before the next try.
    package static let failedRenewalPauseSeconds: Int64 = 30
    /// The longest file of profiles or tokens that is read.
    package static let fileBytesMax = 1 << 20
    /// Profiles may name each other up to so many times.
    static let profilesMax = 8

    private struct State {
        var current: AWSCredentials?
        var pausedUntil: Timestamp?
    }

    let environment: AWSEnvironment
    let caller: CredentialCaller
    private let time: any TimeSource
    private let state = Mutex(State())
    private let renewal = ConcurrencyLimit(1)

    package init(
        environment: AWSEnvironment, transport: any AWSTransport, time: any TimeSource, generator: SharedGenerator
    ) {
        self.environment = environment
        self.time = time
        caller = CredentialCaller(transport: transport, time: time, generator: generator)
    }

    /// Credentials that are good now, from memory where that can be.
    package func credentials() async throws(CredentialError) -> AWSCredentials {
        if let fresh = fresh(at: time.now()) { return fresh }
        do { try await renewal.enter() } catch { throw .cancelled }
        defer { renewal.leave() }
        // Somebody else may have renewed them meanwhile.
        if let fresh = fresh(at: time.now()) { return fresh }
        do {
            let found = try await find()
            state.withLock { $0 = State(current: found) }
            return found
        } catch {
            let now = time.now()
            guard let current = state.withLock({ $0.current }), error != .cancelled,
                current.expiration.map({ $0 > now }) ?? true
            else { throw error }
            let pause = now.adding(seconds: Self.failedRenewalPauseSeconds)
            state.withLock { $0.pausedUntil = pause }
            return current
        }
    }

    /// Forgets credentials that a server has called expired; newer ones stay.
    package func discard(_ credentials: AWSCredentials) {
        state.withLock { if $0.current == credentials { $0 = State() } }
    }

    private func fresh(at now: Timestamp) -> AWSCredentials? {
        state.withLock { state in
            guard let current = state.current, let expiration = current.expiration else { return state.current }
            if now < expiration.adding(seconds: -Self.renewalSeconds) { return current }
            return now < expiration && state.pausedUntil.map { now < $0 } ?? false ? current : nil
        }
    }

    private func find() async throws(CredentialError) -> AWSCredentials {
        if let found = try environmentCredentials() { return found }
        if let found = try await environmentWebIdentity() { return found }
        if let found = try await profileCredentials() { return found }
        if let found = try await containerCredentials() { return found }
        if let found = try await instanceCredentials() { return found }
        throw .missing(searched: [
            "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "the profile \(environment.profileName)",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI", "the instance's metadata",
        ])
    }

    /// Keys in the environment; they do not expire here.
    func environmentCredentials() throws(CredentialError) -> AWSCredentials? {
        let id = environment["AWS_ACCESS_KEY_ID"]
        let secret = environment["AWS_SECRET_ACCESS_KEY"]
        guard let id, let secret else {
            if id != nil { throw .incomplete(source: "the environment", missing: "AWS_SECRET_ACCESS_KEY") }
            if secret != nil { throw .incomplete(source: "the environment", missing: "AWS_ACCESS_KEY_ID") }
            return nil
        }
        return AWSCredentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: environment["AWS_SESSION_TOKEN"],
            source: "the environment")
    }

    private func environmentWebIdentity() async throws(CredentialError) -> AWSCredentials? {
        guard let tokenFile = environment["AWS_WEB_IDENTITY_TOKEN_FILE"] else { return nil }
        guard let role = environment["AWS_ROLE_ARN"] else {
            throw .incomplete(source: "the web identity", missing: "AWS_ROLE_ARN")
        }
        return try await tokenService(region: environment.region).assumeRole(
            role, sessionName: environment["AWS_ROLE_SESSION_NAME"], webIdentity: try token(inFile: tokenFile))
    }

    func token(inFile path: String) throws(CredentialError) -> String {
        guard let text = try environment.text(ofFile: path) else { throw .unreadable(path: path) }
        let token = text.filter { !$0.isWhitespace }
        guard !token.isEmpty else { throw .unreadable(path: path) }
        return token
    }

    func tokenService(region: String?) -> TokenService {
        TokenService(
            caller: caller, region: region,
            endpoint: environment["AWS_ENDPOINT_URL_STS"] ?? environment["AWS_ENDPOINT_URL"])
    }
}
