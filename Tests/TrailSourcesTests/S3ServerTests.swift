import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing
import TrailModel
import TrailSources

/// A server on the loopback interface that answers by a function.
private final class StandIn: Sendable {
    struct Answer: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body = ""
        /// Sent as `Content-Length` in place of the body's own; the connection is closed after the body.
        var claimedLength: Int?
        var isSilent = false
    }

    typealias Handler = @Sendable (HTTPRequestHead, String) -> Answer

    private final class Channel: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: StandIn
        private var head: HTTPRequestHead?
        private var body = ""

        init(_ server: StandIn) {
            self.server = server
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body(let bytes): body += String(buffer: bytes)
            case .end:
                guard let head else { return }
                server.received.withLock { $0.append("\(head.method.rawValue) \(head.uri)") }
                let answer = server.handler(head, body)
                if answer.isSilent { return }
                var answerHead = HTTPResponseHead(
                    version: .http1_1, status: .init(statusCode: answer.status), headers: .init(answer.headers))
                answerHead.headers.add(
                    name: "Content-Length", value: String(answer.claimedLength ?? answer.body.utf8.count))
                context.write(wrapOutboundOut(.head(answerHead)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
                if answer.claimedLength != nil {
                    context.flush()
                    return context.close(promise: nil)
                }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
                body = ""
            }
        }
    }

    private let handler: Handler
    private let received = Mutex<[String]>([])
    private let channel = Mutex<(any NIOCore.Channel)?>(nil)

    var requests: [String] { received.withLock { $0 } }

    init(_ handler: @escaping Handler) {
        self.handler = handler
    }

    /// Runs `body` with the server's address and a transport that reaches it.
    static func run(
        _ handler: @escaping Handler, _ body: (StandIn, String, AsyncHTTPClientAWSTransport) async throws -> Void
    ) async throws {
        let server = StandIn(handler)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Channel(server))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let transport = AsyncHTTPClientAWSTransport(time: RealClock())
        let result: Result<Void, any Error>
        do {
            try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)", transport)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await transport.shutdown()
        try await channel.close()
        try result.get()
    }
}

private func request(
    _ address: String, path: String = "/", max: Int = 1000, timeout: Duration = .seconds(20)
) throws -> AWSRequest {
    AWSRequest(
        method: "GET", endpoint: try #require(AWSEndpoint(address)), path: path, responseBytesMax: max, timeout: timeout
    )
}

@Suite struct S3ServerTests {
    // MARK: The transport

    @Test(.timeLimit(.minutes(1)))
    func `paths are sent as they are signed, dots and slashes too`() async throws {
        try await StandIn.run { _, _ in
            .init(headers: [("X-A", "b")], body: "bytes")
        } _: { server, address, transport in
            let path = "/b/a b/../ü+&=?#%2F//./~'()!*"
            let response = try await transport.send(try request(address, path: path))
            #expect(response.status == 200)
            #expect(response.header("x-a") == "b")
            #expect(response.body == Array("bytes".utf8))
            #expect(server.requests == ["GET /b/a%20b/../%C3%BC%2B%26%3D%3F%23%252F//./~%27%28%29%21%2A"])
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `packed bodies are not unpacked and redirects not followed`() async throws {
        try await StandIn.run { _, _ in
            .init(status: 307, headers: [("Content-Encoding", "gzip"), ("Location", "/else")], body: "not gzip")
        } _: { server, address, transport in
            let response = try await transport.send(try request(address))
            #expect(response.status == 307)
            #expect(response.body == Array("not gzip".utf8))
            #expect(server.requests.count == 1)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `an answer as long as allowed is read, and no longer one`() async throws {
        try await StandIn.run { _, _ in
            .init(body: String(repeating: "x", count: 1000))
        } _: { _, address, transport in
            let whole = try await transport.send(try request(address))
            #expect(whole.body.count == 1000)
            await #expect(throws: AWSTransportFailure.tooLarge(max: 999)) {
                try await transport.send(try request(address, max: 999))
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `an answer cut short is a failure of the connection`() async throws {
        try await StandIn.run { _, _ in
            .init(body: "half", claimedLength: 8)
        } _: { _, address, transport in
            await #expect(throws: AWSTransportFailure.connection) { try await transport.send(try request(address)) }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a server that is silent or gone is a failure in time`() async throws {
        try await StandIn.run { _, _ in
            .init(isSilent: true)
        } _: { _, address, transport in
            await #expect(throws: AWSTransportFailure.timeout) {
                try await transport.send(try request(address, timeout: .milliseconds(200)))
            }
            await #expect(throws: AWSTransportFailure.connection) {
                try await transport.send(try request("http://127.0.0.1:1"))
            }
        }
    }

    // MARK: Metadata over sockets

    @Test(.timeLimit(.minutes(1)))
    func `instance and container give credentials over real sockets`() async throws {
        let keys = """
            {"Code":"Success","AccessKeyId":"EC2","SecretAccessKey":"s","Token":"t","Expiration":"2999-01-01T00:00:00Z"}
            """
        let roles = "/latest/meta-data/iam/security-credentials/"
        try await StandIn.run { head, _ in
            switch (head.method, head.uri) {
            case (.PUT, "/latest/api/token"):
                .init(
                    status: head.headers["X-aws-ec2-metadata-token-ttl-seconds"] == ["21600"] ? 200 : 400, body: "TOK")
            case (_, "/pod?id=1"): .init(status: head.headers["Authorization"] == ["abc"] ? 200 : 403, body: keys)
            case _ where head.headers["X-aws-ec2-metadata-token"] != ["TOK"]: .init(status: 401)
            case (.GET, roles): .init(body: "role")
            case (.GET, roles + "role"): .init(body: keys)
            default: .init(status: 404)
            }
        } _: { server, address, transport in
            let instance = chain(
                ["AWS_EC2_METADATA_SERVICE_ENDPOINT": address], transport: transport, time: RealClock())
            let role = try await instance.credentials()
            #expect(role.accessKeyID == "EC2")
            #expect(server.requests == ["PUT /latest/api/token", "GET \(roles)", "GET \(roles)role"])
            let variables = [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": address + "/pod?id=1", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "abc",
            ]
            let container = chain(variables, transport: transport, time: RealClock())
            let pod = try await container.credentials()
            #expect(pod.source == "the container's endpoint")
        }
    }

    // MARK: A real S3 and STS server

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

extension S3ServerTests {
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

/// PyPI's `moto[server]`, run for one test; it has S3 and STS.
private final class MotoServer: Sendable {
    static let missing: Comment = """
        moto_server IS MISSING: list, get and STS are NOT tested against a real server; pip install 'moto[server]'
        """
    static let isInstalled = path != nil
    private static let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/moto_server" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    let address: String
    private let process: Mutex<Process>
    private let transport: AsyncHTTPClientAWSTransport

    private init(address: String, process: sending Process, transport: AsyncHTTPClientAWSTransport) {
        self.address = address
        self.process = Mutex(process)
        self.transport = transport
    }

    static func start(_ transport: AsyncHTTPClientAWSTransport) async throws -> MotoServer {
        let port = try freePort()
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = ["-H", "127.0.0.1", "-p", "\(port)"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let server = MotoServer(address: "http://127.0.0.1:\(port)", process: process, transport: transport)
        for _ in 0..<600 {
            let probe = try request(server.address, path: "/moto-api/", max: 1 << 20, timeout: .seconds(5))
            if (try? await transport.send(probe)) != nil { return server }
            try await Task.sleep(for: .milliseconds(100))
        }
        server.stop()
        throw AWSTransportFailure.timeout
    }

    func stop() {
        // A child of this process starts with SIGTERM blocked.
        process.withLock { process in
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    func put(_ path: String, _ body: String = "") async throws {
        var request = AWSRequest(
            method: "PUT", endpoint: try #require(AWSEndpoint(address)), path: path, body: Array(body.utf8),
            responseBytesMax: 10_000, timeout: .seconds(20))
        let keys = AWSCredentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "s", source: "test")
        SignatureV4(region: "us-east-1", service: "s3").sign(&request, with: keys, at: RealClock().now())
        let response = try await transport.send(request)
        #expect(response.status == 200)
    }

    func iam(_ form: [(String, String)]) async throws -> XMLTree {
        var request = AWSRequest(
            method: "POST", endpoint: try #require(AWSEndpoint(address)), path: "/", query: form.map { ($0, $1) },
            responseBytesMax: 10_000, timeout: .seconds(20))
        let keys = AWSCredentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "s", source: "test")
        SignatureV4(region: "us-east-1", service: "iam").sign(&request, with: keys, at: RealClock().now())
        return try XMLTree.read(try await transport.send(request).body)
    }

    func checkSignatures() async throws {
        let request = AWSRequest(
            method: "POST", endpoint: try #require(AWSEndpoint(address)), path: "/moto-api/reset-auth",
            body: Array("0".utf8), responseBytesMax: 10_000, timeout: .seconds(20))
        #expect(try await transport.send(request).status == 200)
    }

    /// A port that was free a moment ago.
    private static func freePort() throws -> Int {
        let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).wait()
        let port = channel.localAddress?.port
        try channel.close().wait()
        return try #require(port)
    }
}
