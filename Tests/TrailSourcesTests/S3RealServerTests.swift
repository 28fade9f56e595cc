import Foundation
import Testing
import TrailModel
import TrailSources

/// A real S3 and STS server is listed, read and asked for credentials.
@Suite struct S3RealServerTests {
    @Test(.timeLimit(.minutes(3)), .enabled(if: MotoServer.isInstalled, MotoServer.missing))
    func `a real server's bucket is listed and read with credentials of a real STS`() async throws {
        let transport = AsyncHTTPClientAWSTransport(time: RealClock())
        do {
            let server = try await MotoServer.start(transport)
            defer { server.stop() }
            try await readBucket(server, transport)
            try await assumeRoles(server, transport)
            try await checkSignatures(server, transport)
        } catch {
            Issue.record("\((error as? S3Error)?.message ?? (error as? CredentialError)?.message ?? "\(error)")")
        }
        try await transport.shutdown()
    }

    private func bucket(
        _ server: MotoServer, _ transport: AsyncHTTPClientAWSTransport, _ name: String, chain: CredentialChain? = nil
    ) throws -> S3Bucket {
        S3Bucket(
            location: try #require(S3Location(url: "s3://\(name)")), endpoint: AWSEndpoint(server.address),
            credentials: chain ?? TrailSourcesTests.chain(transport: transport, time: RealClock()),
            transport: transport,
            time: RealClock(), generator: anyGenerator, objectBytesMax: 100_000)
    }

    private func readBucket(_ server: MotoServer, _ transport: AsyncHTTPClientAWSTransport) async throws {
        try await server.put("/trail")
        let odd = "odd/a b+c/ü&=?#%41/x~'()!*.json"
        let lane = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02"
        for number in 0..<7 {
            let key = "\(lane)/111122223333_CloudTrail_eu-west-1_20260102T030\(number)Z_AbC\(number).json.gz"
            try await server.put("/trail/\(key)", "file \(number)")
        }
        try await server.put("/trail/\(odd)", "odd bytes")
        try await server.put("/trail/large", String(repeating: "x", count: 100_001))

        let bucket = try bucket(server, transport, "trail")
        #expect(try await bucket.commonPrefixes(prefix: "") == ["AWSLogs/", "odd/"])
        var keys: [String] = []
        var startAfter: String?
        repeat {
            let page = try await bucket.list(prefix: "AWSLogs/", startAfter: startAfter, limit: 3)
            keys += page.objects.map(\.key)
            startAfter = page.next
        } while startAfter != nil
        #expect(keys.count == 7)
        #expect(keys == keys.sorted())
        #expect(bucket.counts.listRequests == 4)
        #expect(try await bucket.get(keys[4]) == Array("file 4".utf8))

        let page = try await bucket.list(prefix: "odd/a b+c/ü")
        #expect(page.objects.map(\.key) == [odd])
        #expect(page.objects.first?.size == 9)
        #expect(page.objects.first?.etag.count == 34)
        #expect(try await bucket.get(odd) == Array("odd bytes".utf8))

        await #expect(throws: S3Error.tooLarge(url: "s3://trail/large", max: 100_000)) {
            try await bucket.get("large")
        }
        let missing = await #expect(throws: S3Error.self) { try await bucket.get("none") }
        #expect(missing?.message.contains("404 NoSuchKey") == true)
        let none = try self.bucket(server, transport, "no-such-bucket")
        let noBucket = await #expect(throws: S3Error.self) { try await none.list(prefix: "") }
        #expect(noBucket?.message.contains("404 NoSuchBucket") == true)

        var lister = try S3Lister(
            location: bucket.location, since: Timestamp(rfc3339: "2026-01-01") ?? RealClock().now(),
            now: RealClock().now())
        var offered: [String] = []
        while let step = lister.next(now: RealClock().now()) {
            switch step.request {
            case .folders(let prefix):
                lister.finish(step, folders: try await bucket.commonPrefixes(prefix: prefix), now: RealClock().now())
            case .objects(let prefix, let startAfter):
                let page = try await bucket.list(prefix: prefix, startAfter: startAfter)
                offered += lister.finish(step, page: page, now: RealClock().now()).map(\.key)
            }
        }
        #expect(offered.sorted() == keys)
    }

    private func assumeRoles(_ server: MotoServer, _ transport: AsyncHTTPClientAWSTransport) async throws {
        let home = FileManager.default.temporaryDirectory.path + "/s3-moto-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: home) }
        try FileManager.default.createDirectory(atPath: home + "/.aws", withIntermediateDirectories: true)
        let role = "arn:aws:iam::123456789012:role/watch"
        let config = """
            [default]
            aws_access_key_id = AKIAIOSFODNN7EXAMPLE
            aws_secret_access_key = secret
            [profile watch]
            role_arn = \(role)
            source_profile = default
            external_id = x
            """
        try Data(config.utf8).write(to: URL(filePath: home + "/.aws/config"))
        try Data("header.payload.signature".utf8).write(to: URL(filePath: home + "/token"))
        for variables in [
            ["AWS_PROFILE": "watch", "AWS_ENDPOINT_URL": server.address],
            [
                "AWS_WEB_IDENTITY_TOKEN_FILE": home + "/token", "AWS_ROLE_ARN": role,
                "AWS_ENDPOINT_URL_STS": server.address,
            ],
        ] {
            let chain = chain(variables, home: home, transport: transport, time: RealClock())
            let found = try await chain.credentials()
            #expect(found.accessKeyID.hasPrefix("ASIA"))
            #expect(found.sessionToken?.isEmpty == false)
            #expect(found.expiration.map { $0 > RealClock().now() } == true)
            let folders = try await bucket(server, transport, "trail", chain: chain).commonPrefixes(prefix: "")
            #expect(folders.count == 2)
        }
    }
}

extension S3RealServerTests {
    /// From here on the server checks every signature, as it can for keys that it made itself.
    ///
    /// Odd characters, and slashes in a query, are left out: this server refuses botocore's own signatures of them.
    private func checkSignatures(_ server: MotoServer, _ transport: AsyncHTTPClientAWSTransport) async throws {
        let allow = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
        _ = try await server.iam([("Action", "CreateUser"), ("UserName", "watch")])
        _ = try await server.iam([
            ("Action", "PutUserPolicy"), ("UserName", "watch"), ("PolicyName", "all"), ("PolicyDocument", allow),
        ])
        let key = try await server.iam([("Action", "CreateAccessKey"), ("UserName", "watch")])
        let id = try #require(key.descendant("AccessKeyId")?.text)
        let secret = try #require(key.descendant("SecretAccessKey")?.text)
        try await server.checkSignatures()

        for (secret, isRight) in [(secret, true), (secret + "x", false)] {
            let variables = ["AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": secret]
            let bucket = try bucket(
                server, transport, "trail", chain: chain(variables, transport: transport, time: RealClock()))
            do {
                let page = try await bucket.list(prefix: "AWSLogs", startAfter: "A")
                #expect(isRight && page.objects.count == 7)
                let bytes = try await bucket.get(page.objects.first?.key ?? "")
                #expect(bytes == Array("file 0".utf8))
            } catch {
                #expect(!isRight, "\(error.message)")
                #expect(error.message.contains("403 SignatureDoesNotMatch"), "\(error.message)")
            }
        }
    }
}
