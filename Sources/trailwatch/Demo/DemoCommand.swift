import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import TrailServer
import UnixSignals

/// `trailwatch demo`: everything at work in seconds, on data of its own.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Everything at work in seconds: a made-up trail, real alarms, until Ctrl-C.")

    static let secondsMax = 86_400 * 365

    @Option(name: .customLong("data"), help: "A new directory to work in, and to keep; else a temporary one, removed.")
    var directory: String?

    @Option(help: "HOST:PORT of this machine; port 0 takes a free one. (default: 127.0.0.1:19106, or a free port)")
    var listen: String?

    @Option(name: .customLong("for"), help: "End after so many seconds.")
    var seconds: Int?

    func validate() throws {
        if let seconds, !(1...Self.secondsMax).contains(seconds) {
            throw ValidationError("cannot use --for \(seconds): want seconds from 1 to \(Self.secondsMax)")
        }
        _ = try listenAddress()
    }

    func run() async throws {
        let screen = Screen(start: .now)
        do {
            let place = try DemoDirectory(given: directory)
            do {
                try await tell(in: place, on: screen)
            } catch {
                try? place.leave()
                throw error
            }
            try place.leave()
        } catch {
            printError("error: \(error)")
            throw ExitCode(1)
        }
    }

    /// Runs until Ctrl-C, or as long as `--for` says.
    private func tell(in place: DemoDirectory, on screen: Screen) async throws {
        let wanted = try listenAddress()
        let standard = ListenAddress.standard
        var address = wanted ?? standard
        if wanted == nil, (try? await address.probed()) == nil {
            address = try await ListenAddress(host: standard.host, port: 0).probed()
            await screen.tell(.server, "port \(standard.port) is taken: using \(address.port)")
        } else if address.port == 0 {
            address = try await address.probed()
        }
        // Warnings and errors only: the story is to stay readable.
        var logger = Logger(label: "trailwatch") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        var services: [any Service] = [Demo(place: place, address: address, screen: screen, logger: logger)]
        if let seconds { services.append(DemoTimer(duration: .seconds(seconds))) }
        // Whichever ends first ends the other in good order.
        let group = ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        await screen.tell(.demo, "stopped; \(place.isKept ? "everything is left in" : "removing") \(place.path)")
    }

    private func listenAddress() throws -> ListenAddress? {
        guard let listen else { return nil }
        guard let address = ListenAddress(listen) else {
            throw ValidationError("cannot use --listen \(listen): want HOST:PORT with an address, such as 127.0.0.1:0")
        }
        guard address.isLoopback else {
            throw ValidationError(
                "cannot use --listen \(listen): the demo has no authentication; want an address of this machine alone, "
                    + "such as \(ListenAddress.standard)")
        }
        return address
    }
}
