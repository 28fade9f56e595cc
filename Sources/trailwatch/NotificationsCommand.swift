import ArgumentParser
import Foundation
import TrailModel
import TrailServer
import TrailStore

/// `trailwatch notifications`: what became of the messages, and sending one again.
struct NotificationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notifications", abstract: "List the messages of the outbox, or send one of them again.",
        discussion: """
            The newest messages are listed, oldest first: those that wait, were delivered (kept for 30 days) or were given \
            up. A message is named by its key, or by the first 8 digits of it or more. Works beside a running server.

              trailwatch notifications --failed
              trailwatch notifications --attempts 3f9c01d2
              trailwatch notifications --resend 3f9c01d2
            """)

    enum Format: String, ExpressibleByArgument { case table, csv, json }

    @Flag(help: "Only messages that were given up, and those that wait after an attempt that failed.")
    var failed = false

    @Option(help: ArgumentHelp("List the attempts to deliver one message.", valueName: "key"))
    var attempts: String?

    @Option(
        help: ArgumentHelp(
            "Send a message again under its key: one that was given up or delivered. One that waits is sent now.",
            valueName: "key"))
    var resend: String?

    @Option(help: "At most so many messages are listed.")
    var limit = 1000

    @Option(help: "Form of the result.")
    var format = Format.table

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    func validate() throws {
        guard limit > 0 else { throw ValidationError("Cannot use --limit \(limit); want a positive number.") }
        guard [failed, attempts != nil, resend != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("Give one of --failed, --attempts and --resend.")
        }
    }

    func run() async throws {
        do {
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let directory = try data.path(settings)
            if let resend {
                try await send(resend, directory)
                return
            }
            let reader = try StoreReader(directory: directory)
            if let attempts {
                let found = try reader.attempts(ofMessage: attempts)
                print(format.text(found.attempts), terminator: "")
                if found.attempts.isEmpty { printError("no attempt to deliver \(found.key) is kept") }
                return
            }
            let messages = try reader.listedMessages(failed ? .failed : .all, limit: limit)
            print(format.text(messages), terminator: "")
            let counts = try reader.status().messages
            let total = MessageState.allCases.map { "\(counts[$0.rawValue] ?? 0) \($0.text)" }
            printError("\(messages.count) listed; in all \(total.joined(separator: ", "))")
        } catch {
            throw exitError(after: error)
        }
    }

    private func send(_ key: String, _ directory: String) async throws {
        let time = SystemTime()
        let order = ResendOrder(key: key, who: userName())
        if let resent = try await ControlClient(dataDirectory: directory, time: time).resend(order) {
            print(resent.text)
        } else {
            print(try IdleOutbox.resend(order, directory: directory, now: time.now()).text)
            printError("no server runs on \(directory): it is sent when the next one starts")
        }
    }
}

/// What becomes of messages.
private enum MessageState: String, CaseIterable {
    case waiting, delivered, dead

    /// For people.
    var text: String { self == .dead ? "given up" : rawValue }

    static func text(_ state: String) -> String { MessageState(rawValue: state)?.text ?? state }
}

extension Resent {
    /// One line for people.
    var text: String {
        let message = "\(key) of '\(onOneLine(alarmName))' to \(subscriptionARN)"
        let former = formerState == "waiting" ? "waits, and" : "was \(MessageState.text(formerState)), and"
        if waitsForEvidence { return "\(message) \(former) is sent when its evidence was taken" }
        guard let after else { return "\(message) \(former) is sent now" }
        return "\(message) \(former) is sent after \(after), which comes before it"
    }
}

extension NotificationsCommand.Format {
    private static let messageColumns = [
        "created", "state", "alarm", "topic", "subscription", "endpointKind", "attempts", "lastAttempt", "status",
        "reason", "nextAttempt", "key",
    ]
    private static let attemptColumns = ["number", "time", "result", "status", "reason", "latencyMilliseconds"]

    /// The messages, each on a line.
    func text(_ messages: [ListedMessage]) -> String {
        if self == .table {
            guard !messages.isEmpty else { return "" }
            let head = [
                "CREATED", "STATE", "ALARM", "TOPIC", "SUBSCRIPTION", "KIND", "ATTEMPTS", "LAST", "NEXT", "KEY",
            ]
            return alignedTable([head] + messages.map(\.cells))
        }
        return text(messages.map(\.values), Self.messageColumns)
    }

    /// The attempts, each on a line.
    func text(_ attempts: [StoredAttempt]) -> String {
        if self == .table {
            guard !attempts.isEmpty else { return "" }
            let head = ["NUMBER", "TIME", "RESULT", "STATUS", "REASON", "LATENCY"]
            return alignedTable([head] + attempts.map(\.cells))
        }
        return text(attempts.map(\.values), Self.attemptColumns)
    }

    /// Lines of CSV with a header, or an array of JSON objects.
    private func text(_ rows: [[JSONValue?]], _ columns: [String]) -> String {
        if self == .json {
            return JSONValue.array(rows.map { .members(zip(columns, $0).map { ($0, $1 ?? .null) }) }).text + "\n"
        }
        let lines = rows.map { row in row.map { csvField($0?.plainText ?? "") }.joined(separator: ",") }
        return ([columns.joined(separator: ",")] + lines).map { $0 + "\n" }.joined()
    }
}

extension JSONValue {
    fileprivate var plainText: String {
        if case .string(let text) = self { text } else { text }
    }
}

extension ListedMessage {
    /// As the columns of CSV and JSON have it.
    fileprivate var values: [JSONValue?] {
        [
            .string(message.createdAt.rfc3339), .string(message.state), .string(message.alarmName),
            .string(message.topicARN), .string(message.subscriptionARN), endpointKind.map { .string($0) },
            .integer(Int64(message.attempts)), message.lastAttempt.map { .string($0.rfc3339) },
            message.status.map { .integer(Int64($0)) }, message.reason.map { .string($0) },
            message.nextAttempt.map { .string($0.rfc3339) }, .string(message.key),
        ]
    }

    /// As a table for people has it: names in place of ARNs, and of the key what tells it from others.
    fileprivate var cells: [String] {
        let last = [message.status.map(String.init), message.reason].compactMap { $0 }.joined(separator: " ")
        let next =
            message.waitsForEvidence
            ? "with its evidence" : message.isHeld ? "when confirmed" : message.nextAttempt?.rfc3339
        return [
            message.createdAt.rfc3339, MessageState.text(message.state), onOneLine(message.alarmName),
            lastPart(ofARN: message.topicARN), lastPart(ofARN: message.subscriptionARN), endpointKind ?? "-",
            String(message.attempts), last.isEmpty ? "-" : last, next ?? "-", String(message.key.prefix(12)),
        ]
    }
}

extension StoredAttempt {
    fileprivate var values: [JSONValue?] {
        [
            .integer(Int64(number)), .string(time.rfc3339), .string(state == "waiting" ? "retry" : state),
            status.map { .integer(Int64($0)) }, reason.map { .string($0) }, .integer(latencyMilliseconds),
        ]
    }

    fileprivate var cells: [String] {
        [
            String(number), time.rfc3339, state == "waiting" ? "retry" : MessageState.text(state),
            status.map(String.init) ?? "-", reason ?? "-", "\(latencyMilliseconds) ms",
        ]
    }
}

/// The name in an ARN of a topic, what tells its subscriptions apart in theirs.
func lastPart(ofARN arn: String) -> String { onOneLine(arn.split(separator: ":").last.map(String.init) ?? arn) }

/// Lines with their columns under each other, two spaces apart.
func alignedTable(_ rows: [[String]]) -> String {
    var widths: [Int] = []
    for row in rows {
        for (column, cell) in row.enumerated() {
            if column == widths.count { widths.append(0) }
            widths[column] = max(widths[column], cell.count)
        }
    }
    return rows.map { row in
        let last = row.count - 1
        let cells = row.enumerated().map { column, cell in
            column == last ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
        }
        return cells.joined(separator: "  ") + "\n"
    }.joined()
}
