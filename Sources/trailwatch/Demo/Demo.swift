import Logging
import ServiceLifecycle
import TrailGenerator
import TrailModel
import TrailServer
import TrailTemplates

/// The whole demo: history, receiver, server, live traffic, and the story told over them.
struct Demo: Service {
    let place: DemoDirectory
    let address: ListenAddress
    let screen: Screen
    let logger: Logger

    /// The slots of the demo close so long after their end.
    private static let latenessSeconds: Int64 = 5

    /// What the end of a task means for the others.
    private enum Ending {
        case theyGoOn
        case allIsOver
    }

    func run() async throws {
        let trail = DemoTrail(directory: place.trail, time: SystemTime())
        let accounts = trail.estate.accounts.map { "\($0.name) \($0.id)" }.joined(separator: ", ")
        await screen.tell(.demo, "the trail is made up, all else is the real thing; Ctrl-C ends it")
        let history: DemoTrail.Written
        do {
            history = try await cancelWhenGracefulShutdown { try await trail.writeHistory() }
        } catch is CancellationError {
            return
        }
        await screen.tell(
            .history, "\(DemoTrail.historyHours) quiet hours: \(history.events) events in \(history.files) files",
            ["accounts: \(accounts)"])
        try await withThrowingTaskGroup(of: Ending.self) { group in
            try await run(trail, in: &group)
            // A shutdown ends the server when its work is safe, and with it the rest.
            while let ending = try await group.next(), ending == .theyGoOn {}
            group.cancelAll()
        }
    }

    private func run(_ trail: DemoTrail, in group: inout ThrowingTaskGroup<Ending, any Error>) async throws {
        let receiver = Receiver(screen: screen)
        let (receiverURLs, receiverReady) = AsyncStream.makeStream(of: String.self)
        group.addTask { [logger] in
            defer { receiverReady.finish() }
            try await receiver.run(logger: logger) { receiverReady.yield($0) }
            return .theyGoOn
        }
        guard let receiverURL = await receiverURLs.first(where: { _ in true }) else { return }
        let server = try await TrailServer.Server(settings(receiverURL), time: SystemTime(), logger: logger)
        let (ports, serverReady) = AsyncStream.makeStream(of: Int.self)
        group.addTask {
            defer { serverReady.finish() }
            try await server.run { serverReady.yield($0) }
            return .allIsOver
        }
        let story = Story(place: place, trail: trail, receiver: receiver, server: server, screen: screen)
        let host = address.host
        group.addTask {
            guard let port = await ports.first(where: { _ in true }) else { return .theyGoOn }
            do {
                try await cancelWhenGracefulShutdown {
                    try await story.tell(url: ListenAddress(host: host, port: port).url)
                }
            } catch is CancellationError {}
            return .theyGoOn
        }
    }

    private func settings(_ receiverURL: String) -> ServerSettings {
        var settings = ServerSettings(
            dataDirectory: place.path,
            templates: TemplateSettings(
                parameters: [DemoTemplate.receiverParameter: receiverURL], requiresParameterValues: true))
        settings.trails = [place.trail]
        settings.alarmPaths = [place.alarms]
        settings.listenAddress = address
        settings.latenessSeconds = Self.latenessSeconds
        return settings
    }
}

/// Ends the demo after a while.
struct DemoTimer: Service {
    let duration: Duration

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
        } catch is CancellationError {}
    }
}
