import Foundation
import Hummingbird
import Logging

/// The demo's webhook: prints each new message once, and can be down for a while.
///
/// It verifies no signature: what it gets comes from this process.
actor Receiver {
    /// What the story waits for.
    struct Accepted: Hashable {
        let alarm: String
        let state: String
    }

    private static let bodyBytesMax = 1 << 20

    private let screen: Screen
    private var isDown = false
    private var accepted: Set<Accepted> = []
    /// Attempts refused, by the message's key.
    private var refusals: [String: Int] = [:]
    /// Keys of the messages accepted.
    private var printed: Set<String> = []

    init(screen: Screen) {
        self.screen = screen
    }

    /// Listens on a free port of this machine and calls `onReady` with its address.
    nonisolated func run(logger: Logger, onReady: @escaping @Sendable (String) async -> Void) async throws {
        let router = Router()
        router.post("/") { request, _ -> HTTPResponse.Status in
            let body = try await request.body.collect(upTo: Self.bodyBytesMax)
            return await self.receive(Data(body.readableBytesView))
        }
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { await onReady("http://127.0.0.1:\(port)/") }
            }, logger: logger)
        try await application.run()
    }

    func goDown() {
        isDown = true
    }

    func comeUp() {
        isDown = false
    }

    /// True when a message was refused and has not been accepted since.
    var hasRefused: Bool { refusals.contains { !printed.contains($0.key) } }

    func hasAccepted(_ alarm: String, _ state: String) -> Bool {
        accepted.contains(Accepted(alarm: alarm, state: state))
    }

    private func receive(_ body: Data) async -> HTTPResponse.Status {
        let message: AlarmDocument
        let subject: String
        do {
            let envelope = try JSONDecoder().decode(Envelope.self, from: body)
            message = try JSONDecoder().decode(AlarmDocument.self, from: Data(envelope.text.utf8))
            subject = envelope.subject ?? message.own.title
        } catch {
            await screen.tell(.receiver, "cannot read a message of \(body.count) bytes: \(error)")
            return .badRequest
        }
        let key = message.own.messageKey
        guard !isDown else {
            refusals[key, default: 0] += 1
            return .serviceUnavailable
        }
        guard printed.insert(key).inserted else { return .ok }
        accepted.insert(Accepted(alarm: message.alarmName, state: message.newState))
        await screen.tell(
            .message, subject, message.own.text.split(separator: "\n").map(String.init),
            emphasis: message.newState == "OK" ? .good : .bad)
        if let attempts = refusals[key] {
            await screen.tell(.receiver, "delivered at retry \(attempts), same key \(key.prefix(12))…")
        }
        return .ok
    }
}

/// SNS's envelope, as far as it is shown.
private struct Envelope: Decodable {
    let subject: String?
    let text: String

    enum CodingKeys: String, CodingKey {
        case subject = "Subject"
        case text = "Message"
    }
}

/// CloudWatch's alarm message with the part of our own, as far as they are shown.
private struct AlarmDocument: Decodable {
    struct Own: Decodable {
        let title: String
        let text: String
        let messageKey: String

        enum CodingKeys: String, CodingKey {
            case title = "Title"
            case text = "Text"
            case messageKey = "MessageKey"
        }
    }

    let alarmName: String
    let newState: String
    let own: Own

    enum CodingKeys: String, CodingKey {
        case alarmName = "AlarmName"
        case newState = "NewStateValue"
        case own = "Trailwatch"
    }
}
