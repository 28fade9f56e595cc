extension CredentialChain {
    /// Settings that would start a program, a browser or a prompt; those belong to a person at a terminal.
    private static let unsupportedSettings = [
        "credential_process", "sso_session", "sso_start_url", "sso_account_id", "mfa_serial", "login_session",
    ]

    /// The profile in use; `nil` when nobody asked for one and the files have no default profile with credentials.
    func profileCredentials() async throws(CredentialError) -> AWSCredentials? {
        let name = environment.profileName
        let profiles = try environment.profiles()
        let isAskedFor = environment["AWS_PROFILE"] != nil || environment["AWS_DEFAULT_PROFILE"] != nil
        guard let settings = profiles[name] else {
            if isAskedFor { throw .unknownProfile(name) }
            return nil
        }
        let telling = ["aws_access_key_id", "aws_secret_access_key", "role_arn"] + Self.unsupportedSettings
        guard telling.contains(where: { settings[$0] != nil }) else {
            // A profile may hold a region and nothing else.
            return nil
        }
        return try await credentials(ofProfile: name, in: profiles, after: [])
    }

    /// Follows a profile to credentials; `names` are the profiles that led to it.
    private func credentials(
        ofProfile name: String, in profiles: AWSProfiles, after names: [String]
    ) async throws(CredentialError) -> AWSCredentials {
        guard let settings = profiles[name] else { throw .unknownProfile(name) }
        // A profile that is its own source, or the source of itself by others, gives its own keys.
        let isSource = names.last == name
        guard isSource || !names.contains(name), names.count < Self.profilesMax else {
            throw .circularProfiles(names + [name])
        }
        guard let role = settings["role_arn"], !isSource else { return try keys(of: settings, profile: name) }
        if settings["mfa_serial"] != nil { throw .unsupported(profile: name, setting: "mfa_serial") }

        let service = tokenService(region: environment.region ?? settings["region"])
        let sessionName = settings["role_session_name"]
        if let tokenFile = settings["web_identity_token_file"] {
            return try await service.assumeRole(
                role, sessionName: sessionName, webIdentity: try token(inFile: tokenFile))
        }
        let base: AWSCredentials
        switch (settings["source_profile"], settings["credential_source"]) {
        case (let source?, nil): base = try await credentials(ofProfile: source, in: profiles, after: names + [name])
        case (nil, let source?): base = try await credentials(ofSource: source, profile: name)
        case (nil, nil):
            throw .incomplete(source: "the AWS profile \(name)", missing: "source_profile or credential_source")
        case (_?, _?):
            throw .unsupported(profile: name, setting: "both source_profile and credential_source")
        }
        return try await service.assumeRole(
            role, sessionName: sessionName, externalID: settings["external_id"],
            durationSeconds: settings["duration_seconds"], with: base)
    }

    private func keys(of settings: [String: String], profile name: String) throws(CredentialError) -> AWSCredentials {
        let source = "the AWS profile \(name)"
        guard let id = settings["aws_access_key_id"] else {
            if let setting = Self.unsupportedSettings.first(where: { settings[$0] != nil }) {
                throw .unsupported(profile: name, setting: setting)
            }
            throw .incomplete(source: source, missing: "aws_access_key_id")
        }
        guard let secret = settings["aws_secret_access_key"] else {
            throw .incomplete(source: source, missing: "aws_secret_access_key")
        }
        return AWSCredentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: settings["aws_session_token"], source: source)
    }

    private func credentials(
        ofSource source: String, profile name: String
    ) async throws(CredentialError) -> AWSCredentials {
        let found: AWSCredentials?
        switch source {
        case "Environment": found = try environmentCredentials()
        case "EcsContainer": found = try await containerCredentials()
        case "Ec2InstanceMetadata": found = try await instanceCredentials()
        default: throw .unsupported(profile: name, setting: "credential_source = \(source)")
        }
        guard let found else { throw .missing(searched: ["credential_source = \(source) of the profile \(name)"]) }
        return found
    }
}
