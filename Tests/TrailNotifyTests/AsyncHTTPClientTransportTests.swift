import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing
import TrailModel
import TrailNotify

/// A receiver on the loopback interface.
private final class Receiver: Sendable {
    struct Request: Sendable {
        var head: HTTPRequestHead
        var body: String
    }

    private let received = Mutex<[Request]>([])
    private let connections = Mutex<Int>(0)

    var requests: [Request] { received.withLock { $0 } }
    var connectionCount: Int { connections.withLock { $0 } }

    /// Answers each path by its first part: `/200/…`, `/302`, `/silent`, `/endless`, `/close`, `/broken/200`.
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: Receiver
        private var request: Request?

        init(receiver: Receiver) {
            self.receiver = receiver
        }

        func channelActive(context: ChannelHandlerContext) {
            receiver.connections.withLock { $0 += 1 }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): request = Request(head: head, body: "")
            case .body(let bytes): request?.body += String(buffer: bytes)
            case .end:
                guard let request else { return }
                receiver.received.withLock { $0.append(request) }
                answer(request, context: context)
            }
        }

        private func answer(_ request: Request, context: ChannelHandlerContext) {
            let path = request.head.uri.split(separator: "/").first ?? ""
            switch path {
            case "silent": return
            case "close": return context.close(promise: nil)
            case "broken": return breakOff(request, context: context)
            default: break
            }
            var head = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: Int(path) ?? 200),
                headers: ["Retry-After": "7", "Location": "/200/moved"])
            let body = ByteBuffer(repeating: 120, count: path == "endless" ? 1_000_000 : 2)
            if path != "endless" { head.headers.add(name: "Content-Length", value: "2") }
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            // An endless answer never gets its end.
            if path != "endless" { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        }

        /// Closes the connection within the answer's body.
        private func breakOff(_ request: Request, context: ChannelHandlerContext) {
            let status = request.head.uri.split(separator: "/").last.flatMap { Int($0) } ?? 200
            let head = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: status), headers: ["Content-Length": "1000"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.value.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "part")))))
                .whenComplete { _ in context.value.close(promise: nil) }
        }
    }

    func withAddress(_ body: (String) async throws -> Void) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(receiver: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body("http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }
}

@Suite(.timeLimit(.minutes(1))) struct AsyncHTTPClientTransportTests {
    private let receiver = Receiver()

    private func withTransport(_ body: (AsyncHTTPClientTransport, String) async throws -> Void) async throws {
        try await receiver.withAddress { address in
            let transport = AsyncHTTPClientTransport(time: ManualClock())
            do {
                try await body(transport, address)
            } catch {
                try await transport.shutdown()
                throw error
            }
            try await transport.shutdown()
        }
    }

    @Test func `a visit is a GET without a body, and follows no redirect`() async throws {
        try await withTransport { transport, address in
            #expect(
                await transport.get(url: address + "/200/id?rid=1", timeout: .seconds(15))
                    == .response(status: 200, retryAfter: "7"))
            #expect(
                await transport.get(url: address + "/302/", timeout: .seconds(15))
                    == .response(status: 302, retryAfter: "7"))
            #expect(
                await transport.get(url: "http://169.254.169.254/latest", timeout: .seconds(15))
                    == .failure(.refusedAddress))
        }
        #expect(receiver.requests.map(\.head.uri) == ["/200/id?rid=1", "/302/"])
        #expect(receiver.requests.allSatisfy { $0.head.method == .GET && $0.body.isEmpty })
    }

    @Test func `a message arrives with its headers and bytes, over one connection`() async throws {
        try await withTransport { transport, address in
            for _ in 0..<3 {
                let result = await transport.post(
                    url: address + "/200/hook?a=b",
                    headers: [("x-amz-sns-message-type", "Notification"), ("Connection", "Keep-Alive")],
                    body: Array("é\n".utf8), timeout: .seconds(15))
                #expect(result == .response(status: 200, retryAfter: "7"))
            }
        }
        let request = try #require(receiver.requests.first)
        #expect(receiver.requests.count == 3)
        #expect(receiver.connectionCount == 1)
        #expect(request.head.method == .POST)
        #expect(request.head.uri == "/200/hook?a=b")
        #expect(request.head.headers["x-amz-sns-message-type"] == ["Notification"])
        #expect(request.head.headers["Content-Length"] == ["3"])
        #expect(request.body == "é\n")
    }

    @Test(arguments: [204, 302, 404, 429, 500, 503])
    func `statuses are handed on and redirects are not followed`(_ status: Int) async throws {
        try await withTransport { transport, address in
            let result = await transport.post(
                url: "\(address)/\(status)", headers: [], body: [], timeout: .seconds(15))
            #expect(result == .response(status: status, retryAfter: "7"))
        }
        #expect(receiver.requests.count == 1)
    }

    @Test func `user and password of an address become a header`() async throws {
        try await withTransport { transport, address in
            let secret = address.replacing("http://", with: "http://user:p%40ss@")
            _ = await transport.post(url: secret + "/200", headers: [], body: [], timeout: .seconds(15))
        }
        // printf 'user:p@ss' | base64
        #expect(receiver.requests.first?.head.headers["Authorization"] == ["Basic dXNlcjpwQHNz"])
    }

    @Test func `an answer without end is cut off, and its status counts`() async throws {
        try await withTransport { transport, address in
            let result = await transport.post(
                url: address + "/endless", headers: [], body: [], timeout: .seconds(15))
            #expect(result == .response(status: 200, retryAfter: "7"))
        }
    }

    @Test(arguments: [200, 299])
    func `an answer of success that breaks off is a connection failure`(_ status: Int) async throws {
        try await withTransport { transport, address in
            let result = await transport.post(
                url: "\(address)/broken/\(status)", headers: [], body: [], timeout: .seconds(15))
            #expect(result == .failure(.connection))
        }
    }

    @Test(arguments: [404, 500]) func `of another answer that breaks off the status counts`(_ status: Int) async throws
    {
        try await withTransport { transport, address in
            let result = await transport.post(
                url: "\(address)/broken/\(status)", headers: [], body: [], timeout: .seconds(15))
            #expect(result == .response(status: status, retryAfter: nil))
        }
    }

    @Test func `silence is a time-out`() async throws {
        try await withTransport { transport, address in
            let result = await transport.post(
                url: address + "/silent", headers: [], body: [], timeout: .milliseconds(50))
            #expect(result == .failure(.timeout))
        }
    }

    @Test func `a closed connection and a closed port are connection failures`() async throws {
        try await withTransport { transport, address in
            let closed = await transport.post(url: address + "/close", headers: [], body: [], timeout: .seconds(15))
            #expect(closed == .failure(.connection))
            let refused = await transport.post(
                url: "http://127.0.0.1:1/", headers: [], body: [], timeout: .seconds(15))
            #expect(refused == .failure(.connection))
        }
    }

    @Test func `TLS against a plain port is a TLS failure`() async throws {
        try await withTransport { transport, address in
            let result = await transport.post(
                url: address.replacing("http://", with: "https://"), headers: [], body: [], timeout: .seconds(15))
            #expect(result == .failure(.tls))
        }
    }

    @Test(arguments: ["http://169.254.169.254/", "https://[fe80::1%25eth0]/", "http://[::ffff:169.254.1.1]/"])
    func `link-local addresses are refused before anything is sent`(_ url: String) async throws {
        try await withTransport { transport, _ in
            let result = await transport.post(url: url, headers: [], body: [], timeout: .seconds(15))
            #expect(result == .failure(.refusedAddress))
        }
    }

    @Test(arguments: ["localhost", "0x7f000001"])
    func `a name that leads to a refused address is refused before the request is sent`(_ host: String) async throws {
        try await receiver.withAddress { address in
            let transport = AsyncHTTPClientTransport(time: ManualClock()) { $0 == "127.0.0.1" }
            for _ in 0..<3 {
                let result = await transport.post(
                    url: address.replacing("127.0.0.1", with: host), headers: [], body: [], timeout: .seconds(15))
                #expect(result == .failure(.refusedAddress))
            }
            try await transport.shutdown()
        }
        #expect(receiver.requests.isEmpty)
    }

    @Test(arguments: ["", "no url", "ftp://a.example/", "http://", "/path"])
    func `what is no web address fails as such`(_ url: String) async throws {
        try await withTransport { transport, _ in
            let result = await transport.post(url: url, headers: [], body: [], timeout: .seconds(15))
            #expect(result == .failure(.invalidURL))
        }
    }

    @Test func `a cancelled attempt says so`() async throws {
        try await withTransport { transport, address in
            await withTaskGroup { group in
                group.addTask {
                    await transport.post(url: address + "/silent", headers: [], body: [], timeout: .seconds(15))
                }
                while receiver.requests.isEmpty { await Task.yield() }
                group.cancelAll()
                #expect(await group.next() == .cancelled)
            }
        }
    }
}
