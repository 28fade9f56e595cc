import ArgumentParser
import Foundation
import TrailModel
import TrailServer

/// `trailwatch mute`: withholds the actions of alarms for a while, or lists what is muted.
struct MuteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mute",
        abstract: "Withhold the actions of alarms for a while; without alarms, list what is muted.",
        discussion: """
            The alarms go on deciding, and their history goes on. When the time is over, or after `unmute`, an alarm \
            that is still in the state whose action was withheld runs it once.

              trailwatch mute root-login s3-denied --for 2h --reason "planned maintenance"
            """)

    @Argument(help: "Names of alarms.")
    var alarms: [String] = []

    @Option(name: .customLong("for"), help: ArgumentHelp("How long, such as 30m, 2h or 3d.", valueName: "duration"))
    var duration: String?

    @Option(help: ArgumentHelp("Why; it is shown beside who and until when.", valueName: "text"))
    var reason: String?

    @Option(help: "Form of the result.")
    var format = MuteFormat.table

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    func validate() throws {
        guard !alarms.isEmpty else {
            guard duration == nil, reason == nil else { throw ValidationError("Name the alarms to mute.") }
            return
        }
        guard let duration, let reason, !reason.isEmpty else {
            throw ValidationError("Give --for, such as --for 2h, and --reason.")
        }
        guard durationSeconds(duration) != nil else {
            throw ValidationError("Cannot read --for '\(duration)'; want a duration such as 30m, 2h or 3d.")
        }
    }

    func run() async throws {
        do {
            let time = SystemTime()
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let directory = try data.path(settings)
            let client = ControlClient(dataDirectory: directory, time: time)
            guard let seconds = duration.flatMap(durationSeconds), let reason, !alarms.isEmpty else {
                let lines =
                    try await client.mutes() ?? StoredMutes.lines(directory: directory, now: time.now())
                print(format.text(lines))
                return
            }
            let order = MuteOrder(alarmNames: alarms, seconds: seconds, reason: reason, who: userName())
            if let lines = try await client.mute(order) {
                print(format.text(lines))
            } else {
                print(format.text(try StoredMutes(directory: directory).mute(order, now: time.now())))
                printError("no server runs on \(directory): kept for the next one")
            }
        } catch {
            throw exitError(after: error)
        }
    }
}

/// `trailwatch unmute`: ends mutes.
struct UnmuteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmute", abstract: "End mutes: what was withheld runs, when the alarm is still in that state.")

    @Argument(help: "Names of alarms.")
    var alarms: [String]

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    func run() async throws {
        do {
            let time = SystemTime()
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let directory = try data.path(settings)
            let order = UnmuteOrder(alarmNames: alarms, who: userName())
            if try await ControlClient(dataDirectory: directory, time: time).unmute(order) == nil {
                try StoredMutes(directory: directory).unmute(order, now: time.now())
                printError("no server runs on \(directory): what was withheld runs when the next one starts")
            }
        } catch {
            throw exitError(after: error)
        }
    }
}

enum MuteFormat: String, ExpressibleByArgument {
    case table
    case json

    func text(_ lines: [MuteLine]) -> String {
        switch self {
        case .table: lines.isEmpty ? "nothing is muted" : lines.map(\.text).joined(separator: "\n")
        case .json: JSONValue.array(lines.map(\.json)).text
        }
    }
}

extension MuteLine {
    /// One line for people.
    fileprivate var text: String {
        "\(alarmNames.joined(separator: ", ")) until \(until.rfc3339) by \(who)" + (reason.isEmpty ? "" : ": \(reason)")
    }

    fileprivate var json: JSONValue {
        .members([
            ("alarms", .array(alarmNames.map { .string($0) })), ("until", .string(until.rfc3339)),
            ("who", .string(who)), ("reason", .string(reason)),
        ])
    }
}

/// The user at the keyboard: with sudo, who called it.
func userName() -> String {
    let user = NSUserName()
    guard let caller = ProcessInfo.processInfo.environment["SUDO_USER"], !caller.isEmpty, caller != user else {
        return user
    }
    return "\(caller) (as \(user))"
}
