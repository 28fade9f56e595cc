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
}
