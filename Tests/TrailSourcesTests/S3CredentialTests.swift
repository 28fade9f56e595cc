import Foundation
import Testing
import TrailModel
import TrailSources

private let role = "arn:aws:iam::111122223333:role/audit"

private func stsAnswer(
    _ id: String, expiring: String = "2026-01-02T04:04:05Z", action: String = "AssumeRole"
) -> String {
    """
    <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(action)Result><AssumedRoleUser/><Credentials>
    <AccessKeyId>\(id)</AccessKeyId><SecretAccessKey>s-\(id)</SecretAccessKey><SessionToken>t-\(id)</SessionToken>
    <Expiration>\(expiring)</Expiration></Credentials></\(action)Result></\(action)Response>
    """
}

private func jsonKeys(_ id: String, expiring: String) -> String {
    """
    {"Code":"Success","LastUpdated":"2026-01-01T00:00:00Z","Type":"AWS-HMAC","AccessKeyId":"\(id)",
    "SecretAccessKey":"s","Token":"t","Expiration":"\(expiring)"}
    """
}

/// A home directory with files in it, removed at the end.
private final class Home {
    let path = FileManager.default.temporaryDirectory.path + "/s3-home-\(UInt64.random(in: 0 ... .max))"

    init(config: String? = nil, credentials: String? = nil, files: [String: String] = [:]) throws {
        try FileManager.default.createDirectory(atPath: path + "/.aws", withIntermediateDirectories: true)
        var files = files
        files[".aws/config"] = config
        files[".aws/credentials"] = credentials
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)")) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

private let nobody = ScriptedTransport { _, _ in .failure(.connection) }

@Suite struct S3CredentialTests {
    // MARK: The order

    @Test func `keys in the environment come first and ask nobody`() async throws {
        let transport = ScriptedTransport { _, _ in .failure(.connection) }
        var variables = environmentKeys
        variables["AWS_SESSION_TOKEN"] = "tok"
        variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nonexistent"
        variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/x"
        let found = try await chain(variables, transport: transport).credentials()
        #expect(found.accessKeyID == "AKIAIOSFODNN7EXAMPLE")
        #expect(found.sessionToken == "tok")
        #expect(found.expiration == nil)
        #expect(transport.requests.isEmpty)
    }

    @Test func `half a key is an error, not a reason to look elsewhere`() async {
        for name in environmentKeys.keys {
            let missing = environmentKeys.keys.first { $0 != name } ?? ""
            let chain = chain([name: "x"], transport: nobody)
            await #expect(throws: CredentialError.incomplete(source: "the environment", missing: missing)) {
                try await chain.credentials()
            }
        }
    }

    @Test func `without any source the error names all of them`() async {
        let error = await #expect(throws: CredentialError.self) {
            try await chain([:], transport: nobody).credentials()
        }
        let message = error?.message ?? ""
        for word in ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "profile default", "CONTAINER", "metadata"] {
            #expect(message.contains(word), "\(message)")
        }
    }

    // MARK: Web identity

    @Test func `a web identity is exchanged for a role`() async throws {
        let home = try Home(files: ["token": "eyJ.a+b/c=\n"])
        let transport = ScriptedTransport { _, _ in
            .success(AWSResponse(200, stsAnswer("WEB", action: "AssumeRoleWithWebIdentity")))
        }
        let variables = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": home.path + "/token", "AWS_ROLE_ARN": role, "AWS_REGION": "eu-west-1",
            "AWS_ROLE_SESSION_NAME": "pod 1",
        ]
        let found = try await chain(variables, transport: transport).credentials()
        #expect(found.accessKeyID == "WEB")
        #expect(found.expiration == Timestamp(rfc3339: "2026-01-02T04:04:05Z"))
        let request = try #require(transport.requests.first)
        #expect(request.url == "https://sts.eu-west-1.amazonaws.com/")
        #expect(
            request.bodyText
                == "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Faudit"
                + "&WebIdentityToken=eyJ.a%2Bb%2Fc%3D&RoleSessionName=pod%201&Version=2011-06-15")
        #expect(request.header("Authorization") == nil)
    }

    @Test func `a web identity that is refused is an error without the token in it`() async throws {
        let home = try Home(files: ["token": "secret-token"])
        let fault = "<Error><Code>InvalidIdentityToken</Code><Message>secret-token</Message></Error>"
        let transport = ScriptedTransport { _, _ in
            .success(AWSResponse(400, "<ErrorResponse>\(fault)</ErrorResponse>"))
        }
        let variables = ["AWS_WEB_IDENTITY_TOKEN_FILE": home.path + "/token", "AWS_ROLE_ARN": role]
        let error = await #expect(throws: CredentialError.self) {
            try await chain(variables, transport: transport).credentials()
        }
        #expect(error == .refused(source: "the role \(role)", status: 400, code: "InvalidIdentityToken"))
        #expect(error?.message.contains("secret") == false)
        #expect(transport.requests.count == 1)
    }

    // MARK: Profiles

    private static let config = """
        # a comment
        [default]
        region = eu-central-1
        [profile audit]
        role_arn = arn:aws:iam::111122223333:role/audit
        source_profile = base
        external_id = a&b   ; why
        role_session_name = watch
        duration_seconds = 3600
        region = eu-north-1
        s3 =
            max_concurrent_requests = 20
            role_arn = nested
        [profile  "two words" ]
        role_arn = arn:aws:iam::111122223333:role/two
        source_profile = audit
        [profile self]
        role_arn = arn:aws:iam::111122223333:role/self
        source_profile = self
        [profile a]
        role_arn = r
        source_profile = b
        [profile b]
        role_arn = r
        source_profile = a
        [profile env]
        role_arn = arn:aws:iam::111122223333:role/env
        credential_source = Environment
        [profile container]
        role_arn = arn:aws:iam::111122223333:role/container
        credential_source = EcsContainer
        [profile sso]
        sso_session = x
        [profile prompt]
        role_arn = r
        source_profile = base
        mfa_serial = arn:aws:iam::1:mfa/x
        [profile lonely]
        role_arn = r
        [sso-session x]
        aws_access_key_id = not a profile
        """
    private static let credentials = """
        [base]
        aws_access_key_id = BASE
        aws_secret_access_key = secret/+=
        [self]
        aws_access_key_id=SELF
        aws_secret_access_key=secret
        [half]
        aws_access_key_id = HALF
        """

    @Test func `a profile with keys gives them`() async throws {
        let home = try Home(config: Self.config, credentials: Self.credentials)
        let found = try await chain(["AWS_PROFILE": "base"], home: home.path, transport: nobody).credentials()
        #expect(found.accessKeyID == "BASE")
        #expect(found.secretAccessKey == "secret/+=")
        #expect(found.source == "the AWS profile base")
    }

    @Test func `a role is taken on with the keys of its source`() async throws {
        let home = try Home(config: Self.config, credentials: Self.credentials)
        let transport = ScriptedTransport { _, _ in .success(AWSResponse(200, stsAnswer("ROLE"))) }
        let found = try await chain(["AWS_PROFILE": "audit"], home: home.path, transport: transport).credentials()
        #expect(found.accessKeyID == "ROLE")
        let request = try #require(transport.requests.first)
        #expect(request.url == "https://sts.eu-north-1.amazonaws.com/")
        #expect(
            request.bodyText
                == "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Faudit&ExternalId=a%26b"
                + "&DurationSeconds=3600&RoleSessionName=watch&Version=2011-06-15")
        #expect(request.header("Authorization")?.contains("Credential=BASE/20260102/eu-north-1/sts/") == true)
    }

    @Test func `roles follow each other, and a profile can be its own source`() async throws {
        let home = try Home(config: Self.config, credentials: Self.credentials)
        let transport = ScriptedTransport { _, number in .success(AWSResponse(200, stsAnswer("R\(number)"))) }
        let found = try await chain(["AWS_PROFILE": "two words"], home: home.path, transport: transport).credentials()
        #expect(found.accessKeyID == "R1")
        #expect(transport.requests.map { $0.header("Authorization")?.contains("Credential=BASE/") } == [true, false])
        #expect(transport.requests.last?.header("X-Amz-Security-Token") == "t-R0")

        let alone = ScriptedTransport { _, _ in .success(AWSResponse(200, stsAnswer("R"))) }
        _ = try await chain(["AWS_PROFILE": "self"], home: home.path, transport: alone).credentials()
        #expect(alone.requests.map { $0.header("Authorization")?.contains("Credential=SELF/") } == [true])
    }

    @Test func `a role can build on the container`() async throws {
        let home = try Home(config: Self.config)
        let transport = ScriptedTransport { request, _ in
            request.endpoint.host == "169.254.170.2"
                ? .success(AWSResponse(200, jsonKeys("TASK", expiring: "2026-01-02T09:00:00Z")))
                : .success(AWSResponse(200, stsAnswer("ROLE")))
        }
        let variables = ["AWS_PROFILE": "container", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x?id=1"]
        let found = try await chain(variables, home: home.path, transport: transport).credentials()
        #expect(found.accessKeyID == "ROLE")
        #expect(transport.urls.first == "GET http://169.254.170.2/v2/x?id=1")
        #expect(transport.requests.last?.header("Authorization")?.contains("Credential=TASK/") == true)
    }

    @Test(
        arguments: [
            ("missing", CredentialError.unknownProfile("missing")),
            ("half", .incomplete(source: "the AWS profile half", missing: "aws_secret_access_key")),
            ("a", .circularProfiles(["a", "b", "a"])),
            ("sso", .unsupported(profile: "sso", setting: "sso_session")),
            ("prompt", .unsupported(profile: "prompt", setting: "mfa_serial")),
            ("lonely", .incomplete(source: "the AWS profile lonely", missing: "source_profile or credential_source")),
            ("env", .missing(searched: ["credential_source = Environment of the profile env"])),
        ])
    func `a profile that cannot be used is an error`(name: String, want: CredentialError) async throws {
        let home = try Home(config: Self.config, credentials: Self.credentials)
        let transport = ScriptedTransport { _, _ in .success(AWSResponse(200, stsAnswer("ROLE"))) }
        await #expect(throws: want) {
            try await chain(["AWS_PROFILE": name], home: home.path, transport: transport).credentials()
        }
        #expect(transport.requests.isEmpty)
    }

    @Test func `a default profile with a region alone gives no credentials, but the region`() async throws {
        let home = try Home(config: Self.config)
        await #expect(throws: CredentialError.self) {
            try await chain(["AWS_EC2_METADATA_DISABLED": "true"], home: home.path, transport: nobody).credentials()
        }
        #expect(AWSEnvironment(variables: [:], homeDirectory: home.path).region == "eu-central-1")
        #expect(AWSEnvironment(variables: ["AWS_PROFILE": "audit"], homeDirectory: home.path).region == "eu-north-1")
        let both = ["AWS_REGION": "a-1", "AWS_DEFAULT_REGION": "b-1"]
        #expect(AWSEnvironment(variables: both, homeDirectory: home.path).region == "a-1")
    }

    // MARK: Container

    @Test(
        arguments: [
            ("http://169.254.170.23/v1/credentials", true), ("http://[fd00:ec2::23]/v1/credentials", true),
            ("http://127.0.0.1:5000/x", true), ("http://localhost/x", true), ("https://keys.example.com/x", true),
            ("http://keys.example.com/x", false), ("http://169.254.170.2.evil.com/x", false),
            ("http://169.254.169.254/x", false),
        ])
    func `only the container's own addresses are asked over http`(url: String, isAsked: Bool) async throws {
        let home = try Home(files: ["token": "from-file\n"])
        let transport = ScriptedTransport { _, _ in
            .success(AWSResponse(200, jsonKeys("POD", expiring: "2026-01-02T09:00:00Z")))
        }
        let variables = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "from-variable",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": home.path + "/token",
        ]
        let found = try? await chain(variables, transport: transport).credentials()
        #expect(found?.accessKeyID == (isAsked ? "POD" : nil))
        #expect(transport.urls == (isAsked ? ["GET \(url)"] : []))
        if isAsked { #expect(transport.requests.first?.header("Authorization") == "from-file") }
    }

    @Test func `a token with a line break is not sent`() async {
        let variables = [
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nHost: evil",
        ]
        let transport = ScriptedTransport { _, _ in .failure(.connection) }
        await #expect(throws: CredentialError.malformed(source: "the container's endpoint")) {
            try await chain(variables, transport: transport).credentials()
        }
        #expect(transport.requests.isEmpty)
    }

    @Test(arguments: ["", "{}", "[]", "{\"Code\":\"Failed\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}"])
    func `an answer of another form is an error`(body: String) async {
        let transport = ScriptedTransport { _, _ in .success(AWSResponse(200, body)) }
        let variables = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"]
        await #expect(throws: CredentialError.malformed(source: "the container's endpoint")) {
            try await chain(variables, transport: transport).credentials()
        }
    }

    // MARK: Instance

    /// IMDSv2 as an instance with a role has it.
    private static let instance = ScriptedTransport { request, _ in
        switch (request.method, request.encodedPath) {
        case ("PUT", "/latest/api/token"): .success(AWSResponse(200, "TOKEN"))
        case _ where request.header("X-aws-ec2-metadata-token") != "TOKEN": .success(AWSResponse(401))
        case ("GET", "/latest/meta-data/iam/security-credentials/"): .success(AWSResponse(200, "watch-role\n"))
        case ("GET", "/latest/meta-data/iam/security-credentials/watch-role"):
            .success(AWSResponse(200, jsonKeys("EC2", expiring: "2026-01-02T09:00:00Z")))
        default: .success(AWSResponse(404))
        }
    }

    @Test func `an instance gives the keys of its role, by IMDSv2 alone`() async throws {
        let found = try await chain([:], transport: Self.instance).credentials()
        #expect(found.accessKeyID == "EC2")
        #expect(
            Self.instance.urls == [
                "PUT http://169.254.169.254/latest/api/token",
                "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/",
                "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/watch-role",
            ])
        #expect(Self.instance.requests.first?.header("X-aws-ec2-metadata-token-ttl-seconds") == "21600")
    }

    @Test func `a machine without metadata, or told not to ask, has none`() async {
        for (value, requests) in [("false", 3), ("TRUE", 0)] {
            let transport = ScriptedTransport { _, _ in .failure(.timeout) }
            await #expect(throws: CredentialError.self) {
                try await chain(["AWS_EC2_METADATA_DISABLED": value], transport: transport).credentials()
            }
            #expect(transport.requests.count == requests)
        }
    }

    // MARK: Renewal

    /// Credentials that are good for an hour from `clock` on, and are refused when `isDown` says so.
    private func renewing(_ clock: LeapingClock, isDown: @escaping @Sendable (Int) -> Bool) -> ScriptedTransport {
        ScriptedTransport { _, number in
            if isDown(number) { return .success(AWSResponse(404)) }
            let expiration = clock.now().adding(seconds: 3600).rfc3339
            return .success(AWSResponse(200, jsonKeys("K\(number)", expiring: expiration)))
        }
    }

    private let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"]

    @Test func `credentials are renewed five minutes before they expire`() async throws {
        let clock = LeapingClock()
        let transport = renewing(clock) { _ in false }
        let chain = chain(container, transport: transport, time: clock)
        #expect(try await chain.credentials().accessKeyID == "K0")
        clock.advance(seconds: 3299)
        #expect(try await chain.credentials().accessKeyID == "K0")
        clock.advance(seconds: 1)
        #expect(try await chain.credentials().accessKeyID == "K1")
        #expect(transport.requests.count == 2)
    }

    @Test func `while a renewal fails the old ones serve to their end`() async throws {
        let clock = LeapingClock()
        let transport = renewing(clock) { $0 > 0 }
        let chain = chain(container, transport: transport, time: clock)
        _ = try await chain.credentials()
        clock.advance(seconds: 3400)
        for _ in 0..<5 { #expect(try await chain.credentials().accessKeyID == "K0") }
        // One try, then a pause.
        #expect(transport.requests.count == 2)
        clock.advance(seconds: CredentialChain.failedRenewalPauseSeconds)
        _ = try await chain.credentials()
        #expect(transport.requests.count == 3)
        clock.advance(seconds: 200)
        let error = await #expect(throws: CredentialError.self) { try await chain.credentials() }
        #expect(
            error == .refused(source: "the container's endpoint", status: 404, code: "without an error code"))
    }

    @Test(.timeLimit(.minutes(1))) func `many who ask at once cause one request`() async throws {
        let clock = LeapingClock()
        let transport = renewing(clock) { _ in false }
        let chain = chain(container, transport: transport, time: clock)
        let ids = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<50 { group.addTask { try? await chain.credentials().accessKeyID } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(ids == ["K0"])
        #expect(transport.requests.count == 1)
    }

    @Test func `discarded credentials are fetched anew, but only those in use`() async throws {
        let clock = LeapingClock()
        let chain = chain(container, transport: renewing(clock) { _ in false }, time: clock)
        let first = try await chain.credentials()
        chain.discard(first)
        let second = try await chain.credentials()
        #expect(second.accessKeyID == "K1")
        chain.discard(first)
        #expect(try await chain.credentials() == second)
    }
}
