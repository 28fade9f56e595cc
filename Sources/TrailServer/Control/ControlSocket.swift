import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import TrailModel

/// The Unix socket `control` in the data directory, by which commands reach a running server.
///
/// Whoever may open it may command: it belongs to the server's user and nobody else. It speaks HTTP.
struct ControlSocket: Service {
    /// The largest body of a request.
    static let bodyBytesMax = 256 << 10
    private static let connectionsMax = 16
    private static let idleSeconds: Int64 = 30

    let engine: Engine
    let directory: String
    let logger: Logger

    func run() async throws {
        do {
            let binding = try ControlPath(directory: directory).prepare()
            defer { ControlPath(directory: directory).remove() }
            // A line for each start of a listener is said by the server already.
            var quiet = logger
            quiet.logLevel = max(.warning, logger.logLevel)
            let logger = logger
            let directory = directory
            let application = Application(
                router: router(),
                server: .http1(configuration: .init(idleTimeout: .seconds(Self.idleSeconds))),
                configuration: ApplicationConfiguration(
                    address: .unixDomainSocket(path: binding), serverName: "trailwatch",
                    availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)),
                onServerRunning: { _ in
                    do {
                        try ControlPath(directory: directory).publish()
                    } catch {
                        logger.error("Commands cannot reach this server", metadata: ["error": "\(error)"])
                    }
                }, logger: quiet)
            try await application.run()
        } catch is CancellationError {
            return
        } catch {
            // Trails are watched all the same.
            logger.error("Commands cannot reach this server", metadata: ["error": "\(error)"])
            try? await gracefulShutdown()
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/mutes") { _, _ in
            await answer { Mutes(lines: await engine.muteLines()) }
        }
        router.post("/mutes") { request, _ in
            await answer {
                let order: MuteOrder = try await decoded(request)
                return Mutes(mutes: try await engine.mute(order))
            }
        }
        router.delete("/mutes") { request, _ in
            await answer {
                let order: UnmuteOrder = try await decoded(request)
                try await engine.unmute(order.alarmNames, who: order.who)
                return Mutes(lines: await engine.muteLines())
            }
        }
        router.post("/messages/resend") { request, _ in
            await answer {
                let order: ResendOrder = try await decoded(request)
                return try await engine.resend(order)
            }
        }
        router.post("/tests") { request, _ in
            await answer {
                let order: TestOrder = try await decoded(request)
                return try await engine.sendTest(order)
            }
        }
        return router
    }

    typealias Mutes = ControlAnswer.Mutes

    private func decoded<Order: Decodable>(_ request: Request) async throws -> Order {
        do {
            let body = try await request.body.collect(upTo: Self.bodyBytesMax)
            return try JSONDecoder().decode(Order.self, from: Data(body.readableBytesView))
        } catch is DecodingError {
            throw InputError("cannot read the request; want the command of the same version as the server")
        } catch is NIOTooManyBytesError {
            throw InputError("cannot read a request of more than \(Self.bodyBytesMax) bytes; want fewer names")
        }
    }

    private func answer(_ work: () async throws -> some Encodable) async -> Response {
        do {
            return try response(.ok, try await work())
        } catch let error as InputError {
            return failure(.unprocessableContent, error.description)
        } catch {
            return failure(.serviceUnavailable, "\(error)")
        }
    }

    private func failure(_ status: HTTPResponse.Status, _ text: String) -> Response {
        (try? response(status, ControlAnswer.Failure(error: text))) ?? Response(status: .internalServerError)
    }

    private func response(_ status: HTTPResponse.Status, _ value: some Encodable) throws -> Response {
        let body = ByteBuffer(bytes: try JSONEncoder().encode(value))
        return Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }
}

/// What the control socket answers.
enum ControlAnswer {
    struct Failure: Codable {
        let error: String
    }

    struct Mutes: Codable {
        let mutes: [MuteLine]
    }
}
