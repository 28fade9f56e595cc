import ArgumentParser
import Foundation
import TrailModel
import TrailServer

/// `trailwatch send-test`: a message to all that hear of a topic or an alarm, which says that it is a test.
struct SendTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send-test", abstract: "Send a test to all that hear of a topic or an alarm.",
        discussion: """
            The message goes the way of all others, with their signature, order and retries, and says TEST. No alarm \
            changes its state, and mutes do not withhold it.

              trailwatch send-test trailwatch-alarms
              trailwatch send-test root-login
            """)

    enum Format: String, ExpressibleByArgument { case table, json }

    @Argument(help: "A topic, or an alarm whose actions for ALARM name topics; by name or ARN.")
    var target: String

    @Option(help: "Form of the result.")
    var format = Format.table

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    func run() async throws {
        do {
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let directory = try data.path(settings)
            let order = TestOrder(target: target, who: userName())
            guard let queued = try await ControlClient(dataDirectory: directory, time: SystemTime()).sendTest(order)
            else {
                try IdleOutbox.order(order, directory: directory)
                printError("no server runs on \(directory): the next one sends it, or says in its log why not")
                return
            }
            print(format.text(queued), terminator: "")
            for note in queued.notes { printError("note: \(note)") }
            printError("what becomes of each: trailwatch notifications --attempts KEY")
        } catch {
            throw exitError(after: error)
        }
    }
}

extension SendTestCommand.Format {
    func text(_ queued: QueuedTests) -> String {
        switch self {
        case .table:
            return alignedTable(
                [["TOPIC", "SUBSCRIPTION", "KIND", "KEY"]]
                    + queued.messages.map {
                        [lastPart(ofARN: $0.topicARN), lastPart(ofARN: $0.subscriptionARN), $0.endpointKind, $0.key]
                    })
        case .json:
            let messages = queued.messages.map { message in
                JSONValue.members([
                    ("topic", .string(message.topicARN)), ("subscription", .string(message.subscriptionARN)),
                    ("endpointKind", .string(message.endpointKind)), ("key", .string(message.key)),
                ])
            }
            return JSONValue.array(messages).text + "\n"
        }
    }
}
