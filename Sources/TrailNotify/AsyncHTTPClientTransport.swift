import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
package import TrailModel

/// Posts and gets over HTTP/1.1 with pooled connections.
///
/// No redirects are followed. Link-local addresses are refused, when written in the URL before anything is sent, and
/// when a name resolves to one as soon as the connection stands, before the request is sent.
package struct AsyncHTTPClientTransport: WebhookTransport, VisitTransport {
    /// The most bytes of an answer that are read; beyond them the connection is closed, and the status stands.
    package static let responseBytesMax = 64 * 1024
    package static let connectTimeoutSeconds: Int64 = 10

    private let client: HTTPClient
    private let time: any TimeSource
    private let isRefused: @Sendable (String) -> Bool

    /// A transport with a client of its own, to be ended by ``shutdown()``.
    ///
    /// - Parameters:
    ///   - time: Bounds how long an answer's body may take; its real-time form in a running server.
    ///   - isRefused: Whether an IP address is never to be reached.
    package init(time: any TimeSource, isRefused: @escaping @Sendable (String) -> Bool = isLinkLocalAddress) {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Self.connectTimeoutSeconds)),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        // A connection that fails is the attempt's failure; the outbox decides when to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { channel in
            guard let address = channel.remoteAddress?.ipAddress, isRefused(address) else {
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            channel.eventLoop.execute { channel.close(promise: nil) }
            return channel.eventLoop.makeFailedFuture(RefusedAddress())
        }
        client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        self.time = time
        self.isRefused = isRefused
    }

    /// Closes all connections; to be called once, when no attempt is running any more.
    package func shutdown() async throws {
        try await client.shutdown()
    }

    package func get(url: String, timeout: Duration) async -> TransportResult {
        await send("GET", url: url, headers: [], body: [], timeout: timeout)
    }

    package func send(
        _ method: String, url: String, headers: [(String, String)], body: [UInt8], timeout: Duration
    ) async -> TransportResult {
        guard let target = WebhookTarget(url) else { return .failure(.invalidURL) }
        guard !isRefused(target.host) else { return .failure(.refusedAddress) }
        var request = HTTPClientRequest(url: target.url)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let credentials = target.basicCredentials {
            request.headers.replaceOrAdd(name: "Authorization", value: "Basic \(credentials)")
        }
        if !body.isEmpty || method == "POST" { request.body = .bytes(body) }
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            let retryAfter = response.headers.first(name: "Retry-After")
            let status = Int(response.status.code)
            // Whose answer breaks off may not have kept the message; who has kept it knows the key when it comes again.
            let isWhole = await drain(response.body, within: timeout)
            guard isWhole || !(200..<300).contains(status) else { return .failure(.connection) }
            return .response(status: status, retryAfter: retryAfter)
        } catch {
            return result(of: error)
        }
    }

    /// Reads a short answer to its end, so that its connection can be used again, and drops any other.
    ///
    /// - Returns: False when the answer broke off. Of one that is too long or too slow the status stands.
    private func drain(_ body: HTTPClientResponse.Body, within timeout: Duration) async -> Bool {
        await withTaskGroup { group in
            group.addTask {
                var bytes = 0
                do {
                    for try await part in body {
                        bytes += part.readableBytes
                        if bytes > Self.responseBytesMax { return true }
                    }
                    return true
                } catch {
                    return Task.isCancelled
                }
            }
            group.addTask { [time] in
                try? await time.sleep(for: timeout)
                return true
            }
            let isWhole = await group.next() ?? true
            group.cancelAll()
            return isWhole
        }
    }
}

/// The connection led to an address that is refused always.
private struct RefusedAddress: Error {}

private func result(of error: any Error) -> TransportResult {
    switch error {
    case is CancellationError: .cancelled
    case is RefusedAddress: .failure(.refusedAddress)
    case let error as HTTPClientError: result(of: error)
    default:
        // NIOSSL's errors are told by their module, so that this target needs no dependency for one name.
        .failure(String(reflecting: type(of: error)).hasPrefix("NIOSSL.") ? .tls : .connection)
    }
}

private func result(of error: HTTPClientError) -> TransportResult {
    switch error {
    case .cancelled: .cancelled
    case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout,
        .tlsHandshakeTimeout:
        .failure(.timeout)
    case .invalidURL, .emptyHost, .emptyScheme: .failure(.invalidURL)
    default: .failure(.connection)
    }
}

/// A receiver's address, taken apart; `nil` unless it is `http` or `https` with a host.
private struct WebhookTarget {
    /// Without user and password.
    let url: String
    let host: String
    /// Base64 of `user:password`, which SNS too takes from the address.
    let basicCredentials: String?

    init?(_ text: String) {
        guard var parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty
        else { return nil }
        let brackets: Set<Character> = ["[", "]"]
        self.host = String(host.filter { !brackets.contains($0) })
        basicCredentials = parts.user.map { Data("\($0):\(parts.password ?? "")".utf8).base64EncodedString() }
        parts.user = nil
        parts.password = nil
        guard let url = parts.string else { return nil }
        self.url = url
    }
}
