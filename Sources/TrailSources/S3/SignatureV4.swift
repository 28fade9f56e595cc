import Crypto
package import TrailModel

/// Signs requests by AWS Signature Version 4 (AWS General Reference, "Signing AWS API requests").
package struct SignatureV4: Sendable {
    package let region: String
    /// `s3` or `sts`; for S3 the path is encoded once and the body's hash is sent along.
    package let service: String

    package init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    /// Adds the headers that prove who sends `request`: `Host`, `X-Amz-Date`, the token and `Authorization`.
    ///
    /// Every header that the request has by then is signed.
    package func sign(_ request: inout AWSRequest, with credentials: AWSCredentials, at now: Timestamp) {
        let bodyHash = hexText(SHA256.hash(data: request.body))
        let stamp = Self.stamp(now)
        request.headers.append(("Host", request.endpoint.authority))
        request.headers.append(("X-Amz-Date", stamp))
        if service == "s3" { request.headers.append(("X-Amz-Content-Sha256", bodyHash)) }
        if let token = credentials.sessionToken { request.headers.append(("X-Amz-Security-Token", token)) }

        let (canonical, signedHeaders) = canonicalRequest(request, bodyHash: bodyHash)
        let scope = "\(stamp.prefix(8))/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(hexText(SHA256.hash(data: Array(canonical.utf8))))"
        let signature = hexText(authenticated(text, with: signingKey(credentials, date: String(stamp.prefix(8)))))
        let proof = "SignedHeaders=\(signedHeaders), Signature=\(signature)"
        request.headers.append(
            ("Authorization", "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), \(proof)"))
    }

    /// Six lines: method, path, query, headers, names of the headers, hash of the body.
    func canonicalRequest(_ request: AWSRequest, bodyHash: String) -> (text: String, signedHeaders: String) {
        let headers = request.headers.map { ($0.name.lowercased(), singleSpaced($0.value)) }.sorted { $0 < $1 }
        let names = headers.map(\.0).joined(separator: ";")
        let lines = headers.map { "\($0):\($1)\n" }.joined()
        let text = "\(request.method)\n\(request.encodedPath)\n\(request.encodedQuery)\n\(lines)\n\(names)\n\(bodyHash)"
        return (text, names)
    }

    private func signingKey(_ credentials: AWSCredentials, date: String) -> SymmetricKey {
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        for part in [date, region, service, "aws4_request"] { key = SymmetricKey(data: authenticated(part, with: key)) }
        return key
    }

    /// `20150830T123600Z`.
    private static func stamp(_ time: Timestamp) -> String {
        String(time.rfc3339.filter { $0 != "-" && $0 != ":" })
    }
}

private func authenticated(_ text: String, with key: SymmetricKey) -> HMAC<SHA256>.MAC {
    HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
}

/// Without spaces at the ends, and with one where several stood.
private func singleSpaced(_ text: String) -> String {
    text.split(separator: " ").joined(separator: " ")
}
