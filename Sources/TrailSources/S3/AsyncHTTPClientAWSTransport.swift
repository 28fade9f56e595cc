import AsyncHTTPClient
import NIOCore
import NIOHTTP1
package import TrailModel

/// Reaches AWS over HTTP/1.1 with pooled connections; no redirects are followed and no proxy is used.
package struct AsyncHTTPClientAWSTransport: AWSTransport {
    package static let connectTimeoutSeconds: Int64 = 5

    private let client: HTTPClient
    private let time: any TimeSource

    /// A transport with a client of its own, to be ended by ``shutdown()``.
    ///
    /// - Parameters:
    ///   - time: Bounds how long a whole answer may take; its real-time form in a running server.
    ///   - connectionsMax: Connections to one host that are kept open.
    package init(time: any TimeSource, connectionsMax: Int = S3Bucket.concurrencyMax) {
        // Log files carry `Content-Encoding: gzip` in some buckets; their bytes are wanted as they are stored.
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Self.connectTimeoutSeconds)),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        // The caller decides what is tried again, and when.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsMax
        client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        self.time = time
    }

    /// Closes all connections; to be called once, when no request is under way any more.
    package func shutdown() async throws {
        try await client.shutdown()
    }

    package func send(_ request: AWSRequest) async throws(AWSTransportFailure) -> AWSResponse {
        // The client's own deadline ends with the head of the answer.
        let result = await withTaskGroup(of: Result<AWSResponse, AWSTransportFailure>.self) { group in
            group.addTask { await answer(to: request) }
            group.addTask { [time] in
                do { try await time.sleep(for: request.timeout) } catch { return .failure(.cancelled) }
                return .failure(.timeout)
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(.cancelled)
        }
        return try result.get()
    }

    private func answer(to request: AWSRequest) async -> Result<AWSResponse, AWSTransportFailure> {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        if !request.body.isEmpty { outgoing.body = .bytes(request.body) }
        do {
            let response = try await client.execute(outgoing, timeout: TimeAmount(request.timeout))
            let length = response.headers.first(name: "Content-Length").flatMap { Int($0) }
            if let length, length > request.responseBytesMax { return tooLarge(request) }
            var body: [UInt8] = []
            body.reserveCapacity(length ?? 0)
            for try await part in response.body {
                guard body.count + part.readableBytes <= request.responseBytesMax else { return tooLarge(request) }
                body.append(contentsOf: part.readableBytesView)
            }
            let headers = response.headers.map { (name: $0.name, value: $0.value) }
            return .success(AWSResponse(status: Int(response.status.code), headers: headers, body: body))
        } catch {
            return .failure(failure(of: error))
        }
    }

    private func tooLarge(_ request: AWSRequest) -> Result<AWSResponse, AWSTransportFailure> {
        .failure(.tooLarge(max: request.responseBytesMax))
    }
}

private func failure(of error: any Error) -> AWSTransportFailure {
    switch error {
    case is CancellationError: .cancelled
    case let error as HTTPClientError: failure(of: error)
    default:
        // NIOSSL's errors are told by their module, so that this target needs no dependency for one name.
        String(reflecting: type(of: error)).hasPrefix("NIOSSL.") ? .tls : .connection
    }
}

private func failure(of error: HTTPClientError) -> AWSTransportFailure {
    switch error {
    case .cancelled: .cancelled
    case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout,
        .tlsHandshakeTimeout:
        .timeout
    case .invalidURL, .emptyHost, .emptyScheme: .invalidURL
    default: .connection
    }
}
