import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing
import TrailModel
import TrailSources

/// PyPI's `moto[server]`, run for one test; it has S3 and STS.
final class MotoServer: Sendable {
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
            let probe = AWSRequest(
                method: "GET", endpoint: try #require(AWSEndpoint(server.address)), path: "/moto-api/",
                responseBytesMax: 1 << 20, timeout: .seconds(5))
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
