import ArgumentParser
import Foundation

/// Where the store is: as set, else systemd's state directory, else the XDG one.
struct DataDirectory: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: """
            The data directory. (default: $STATE_DIRECTORY, else $XDG_DATA_HOME/trailwatch, else \
            ~/.local/share/trailwatch)
            """, completion: .directory)
    var given: String?

    func path(_ settings: Settings) throws(SettingError) -> String {
        try settings.value(.data, flag: given, want: "a directory") { $0.isEmpty ? nil : $0 }
            ?? Self.standardPath(settings.environment)
    }

    private static func standardPath(_ environment: [String: String]) -> String {
        // systemd separates several directories by colons.
        if let state = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(state) }
        // The XDG specification has relative paths ignored.
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/trailwatch" }
        let home = environment["HOME"] ?? FileManager.default.homeDirectoryForCurrentUser.path
        return "\(home)/.local/share/trailwatch"
    }
}

/// Writes a line to standard error, where progress and faults go.
func printError(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
}

/// Prints `error` and gives what a command's `run` throws then: exit code 64 for a faulty flag, 1 for other faults.
///
/// What the argument parser prints itself passes unchanged.
func exitError(after error: any Error) -> any Error {
    switch error {
    case is ExitCode, is ValidationError, is CleanExit: return error
    default:
        printError("error: \(error)")
        return (error as? SettingError)?.isUsage == true ? ExitCode.validationFailure : ExitCode(1)
    }
}
