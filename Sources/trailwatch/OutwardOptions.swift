import ArgumentParser
import TrailServer

/// Whom the server calls on its own account.
struct OutwardOptions: ParsableArguments {
    @Option(
        name: .customLong("alertmanager"),
        help: ArgumentHelp(
            "An Alertmanager that is told every minute what is in ALARM; repeat for more.", valueName: "url"))
    var alertmanagers: [String] = []

    @Option(
        name: .customLong("heartbeat-url"),
        help: ArgumentHelp("An address that is visited while all is well.", valueName: "url"))
    var heartbeatURL: String?

    @Option(help: ArgumentHelp("How often it is visited. (default: 5m)", valueName: "duration"))
    var heartbeatEvery: String?

    /// The Alertmanagers, each once.
    func alertmanagers(_ settings: Settings) throws(SettingError) -> [AlertmanagerURL] {
        guard let list = try settings.list(.alertmanager, flag: alertmanagers) else { return [] }
        var urls: [AlertmanagerURL] = []
        for text in list.content {
            guard let url = AlertmanagerURL(text) else {
                // It may hold a password.
                throw .unusable(list.origin, got: text.contains("@") ? "…" : text, want: AlertmanagerURL.want)
            }
            if !urls.contains(url) { urls.append(url) }
        }
        return urls
    }

    /// The address to visit, which is shown nowhere.
    func heartbeat(_ settings: Settings) throws(SettingError) -> Heartbeat? {
        let every = try settings.seconds(.heartbeatEvery, flag: heartbeatEvery, most: Heartbeat.secondsMax)
        guard let text = try settings.text(.heartbeatURL, flag: heartbeatURL) else { return nil }
        guard var heartbeat = Heartbeat(url: text.content) else {
            throw .unusable(text.origin, got: "…", want: Heartbeat.want)
        }
        if let every { heartbeat.everySeconds = every }
        return heartbeat
    }
}
