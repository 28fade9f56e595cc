import Foundation
import NIOCore
import NIOPosix
package import TrailModel

/// Asks a running server through its control socket.
package struct ControlClient: Sendable {
    private static let connectSeconds: Int64 = 5
    private static let answerSeconds = 30
    private static let answerBytesMax = 8 << 20

    private let path: String
    private let time: any TimeSource

    /// The server of a data directory.
    package init(dataDirectory: String, time: any TimeSource) {
        path = ControlPath(directory: dataDirectory).socket
        self.time = time
    }

    /// What is muted now; `nil` when no server runs.
    package func mutes() async throws -> [MuteLine]? {
        let answer: ControlAnswer.Mutes? = try await ask("GET", "/mutes", body: Data())
        return answer?.mutes
    }

    /// The mutes that were made; `nil` when no server runs.
    package func mute(_ order: MuteOrder) async throws -> [MuteLine]? {
        let answer: ControlAnswer.Mutes? = try await ask("POST", "/mutes", body: try JSONEncoder().encode(order))
        return answer?.mutes
    }

    /// What is muted still; `nil` when no server runs.
    package func unmute(_ order: UnmuteOrder) async throws -> [MuteLine]? {
        let answer: ControlAnswer.Mutes? = try await ask("DELETE", "/mutes", body: try JSONEncoder().encode(order))
        return answer?.mutes
    }

    /// The message that is sent again; `nil` when no server runs.
    package func resend(_ order: ResendOrder) async throws -> Resent? {
        try await ask("POST", "/messages/resend", body: try JSONEncoder().encode(order))
    }

    /// The tests that were sent; `nil` when no server runs.
    package func sendTest(_ order: TestOrder) async throws -> QueuedTests? {
        try await ask("POST", "/tests", body: try JSONEncoder().encode(order))
    }

    private func ask<Answer: Decodable>(_ method: String, _ target: String, body: Data) async throws -> Answer? {
        guard let channel = try await connect() else { return nil }
        var request = ByteBuffer(
            string: "\(method) \(target) HTTP/1.1\r\nHost: trailwatch\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n")
        request.writeBytes(body)
        let (status, content) = try await exchange(request, channel)
        guard status == 200 else {
            let failure = try? JSONDecoder().decode(ControlAnswer.Failure.self, from: content)
            throw InputError(failure?.error ?? "the server answered \(status)")
        }
        return try JSONDecoder().decode(Answer.self, from: content)
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer>? {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(Self.connectSeconds))
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch let error as IOError where [ENOENT, ECONNREFUSED].contains(error.errnoCode) {
            return nil
        } catch SocketAddressError.unixDomainSocketPathTooLong {
            // No server can listen there either.
            return nil
        } catch let error as IOError {
            throw InputError(
                "cannot open \(path): \(String(cString: strerror(error.errnoCode))); want the user of the server")
        }
    }

    /// The status and the content of the answer.
    private func exchange(
        _ request: ByteBuffer, _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    ) async throws -> (Int, Data) {
        let time = time
        let answer = try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask {
                try await channel.executeThenClose { inbound, outbound in
                    try await outbound.write(request)
                    var answer = ByteBuffer()
                    for try await part in inbound {
                        answer.writeImmutableBuffer(part)
                        guard answer.readableBytes <= Self.answerBytesMax else { break }
                    }
                    return answer
                }
            }
            group.addTask {
                try await time.sleep(for: .seconds(Self.answerSeconds))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let answer else {
            throw InputError("the server did not answer within \(Self.answerSeconds) s; see its log")
        }
        let bytes = Data(answer.readableBytesView)
        guard let end = bytes.firstRange(of: Data("\r\n\r\n".utf8)),
            let status = String(decoding: bytes.prefix(32), as: UTF8.self).split(separator: " ").dropFirst().first,
            let code = Int(status)
        else { throw InputError("the server ended before it answered; see its log") }
        return (code, bytes[end.upperBound...])
    }
}
