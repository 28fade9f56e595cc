extension CredentialChain {
    private static let containerTimeout = Duration.seconds(5)
    private static let instanceTimeout = Duration.seconds(1)
    private static let instanceTokenSeconds = 21_600
    /// Of Amazon ECS, of EKS Pod Identity, and of the machine itself: the only hosts asked over plain http.
    private static let containerHosts: Set<String> = [
        "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "127.0.0.1", "::1",
    ]

    /// The credentials that Amazon ECS and EKS Pod Identity offer to a container; `nil` outside of one.
    func containerCredentials() async throws(CredentialError) -> AWSCredentials? {
        let source = "the container's endpoint"
        let address: String
        if let relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            // Without the slash the text could name another host.
            address = "http://169.254.170.2" + (relative.hasPrefix("/") ? relative : "/" + relative)
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            address = full
        } else {
            return nil
        }
        guard let endpoint = AWSEndpoint(address) else { throw .unreachable(source: source, .invalidURL) }
        guard endpoint.scheme == "https" || Self.containerHosts.contains(endpoint.host) else {
            throw .insecureEndpoint(address)
        }
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        // The file is read each time: Kubernetes replaces the token in it.
        if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            headers.append(("Authorization", try token(inFile: file)))
        } else if let token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
            guard token.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .malformed(source: source) }
            headers.append(("Authorization", token))
        }
        let answer = try await caller.answer(of: source, backoff: .metadata) { _ in
            AWSRequest(
                get: endpoint, headers: headers, responseBytesMax: CredentialCaller.answerBytesMax,
                timeout: Self.containerTimeout)
        }
        return try caller.credentials(inJSON: answer, of: source)
    }

    /// The role of the EC2 instance, asked by IMDSv2 only; `nil` where there is no such service or no role.
    func instanceCredentials() async throws(CredentialError) -> AWSCredentials? {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let source = "the instance's metadata"
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        let standard = isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
        guard let endpoint = AWSEndpoint(environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? standard) else {
            throw .unreachable(source: source, .invalidURL)
        }
        func request(
            _ method: String, _ path: String, _ header: (name: String, value: String)
        ) async throws(CredentialError) -> String {
            let bytes = try await caller.answer(of: source, backoff: .metadata) { _ in
                AWSRequest(
                    method: method, endpoint: endpoint, path: path, headers: [header],
                    responseBytesMax: CredentialCaller.answerBytesMax, timeout: Self.instanceTimeout)
            }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed(source: source) }
            return text
        }
        let token: String
        do {
            token = try await request(
                "PUT", "/latest/api/token",
                ("X-aws-ec2-metadata-token-ttl-seconds", String(Self.instanceTokenSeconds)))
        } catch .unreachable {
            return nil
        }
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed(source: source)
        }
        let roles = "/latest/meta-data/iam/security-credentials/"
        let proof = (name: "X-aws-ec2-metadata-token", value: token)
        let names: String
        do {
            names = try await request("GET", roles, proof)
        } catch .refused(_, 404, _) {
            return nil
        }
        guard let role = names.split(whereSeparator: \.isNewline).first else { return nil }
        let answer = try await request("GET", roles + role, proof)
        return try caller.credentials(inJSON: Array(answer.utf8), of: source)
    }
}
