import ArgumentParser
import Foundation

/// Where the store is: `--data`, else `$TRAILWATCH_DATA`, else systemd's state directory, else the XDG one.
struct DataDirectory: ParsableArguments {
    @Option(name: .customLong("data"), help: "The data directory.")
    var given: String?

    var path: String {
        let environment = ProcessInfo.processInfo.environment
        if let given { return given }
        if let data = environment["TRAILWATCH_DATA"] { return data }
        if let state = environment["STATE_DIRECTORY"] { return state }
        if let xdg = environment["XDG_DATA_HOME"] { return "\(xdg)/trailwatch" }
        return "\(FileManager.default.homeDirectoryForCurrentUser.path)/.local/share/trailwatch"
    }
}

/// Writes a line to standard error, where progress and faults go.
func printError(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
}
