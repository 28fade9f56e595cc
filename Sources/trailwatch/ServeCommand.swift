import ArgumentParser
import Foundation
import Logging
import TrailModel
import TrailNotify
import TrailServer
import TrailSources
import TrailStore

/// `trailwatch serve`: reads trails as they grow, decides alarms and sends their messages, until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Watch trails: count, decide alarms, send messages, show the page.",
        discussion: """
            Every option can also be set by a variable, such as TRAILWATCH_NOTIFY_SINCE for --notify-since, and in \
            the YAML file that --config names, in the order flag, variable, file, default:

              data: /var/lib/trailwatch
              trail: [/srv/trails/main, /srv/trails/audit]
              alarms: [/etc/trailwatch/alarms]
              external-url: https://alarms.example.com
              parameter:
                AlarmTopicName: security

            An unknown key is an error. Relative paths start at the working directory. TRAILWATCH_INFLATE, or \
            'inflate' in the file, picks the gzip library: auto, zlib or libdeflate.
            """)

    static let retainEventsSecondsMax: Int64 = 10 * 366 * 86_400
    /// A fixed lateness holds back every decision for so long; beyond a day it is a mistake.
    static let latenessSecondsMax: Int64 = 86_400
    /// What is older is no news.
    static let announceLateWithinSecondsMax: Int64 = 366 * 86_400
    /// Nobody waits longer for a message.
    static let retryAgeSecondsMax: Int64 = 30 * 86_400

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    @Option(
        name: .customLong("trail"),
        help: ArgumentHelp(
            "A folder that log files are delivered to, or s3://BUCKET/PREFIX; repeat for more.", valueName: "trail"),
        completion: .directory)
    var trails: [String] = []

    @Option(
        help: ArgumentHelp("Alarm files or directories of them; repeat for more.", valueName: "path"),
        completion: .file())
    var alarms: [String] = []

    @OptionGroup var templates: TemplateOptions
    @OptionGroup var outward: OutwardOptions

    @Option(
        help: ArgumentHelp(
            "Where to listen; this machine only. (default: \(ListenAddress.standard))", valueName: "host:port"))
    var listen: String?

    @Option(
        name: .customLong("external-url"),
        help: ArgumentHelp("The address of links in messages. (default: the listener's)", valueName: "url"))
    var externalURL: String?

    @Option(
        help: ArgumentHelp(
            "How long after a slot's end its events may still come, such as 5s or 10m. (default: measured, 5 to 15 minutes)",
            valueName: "duration"))
    var lateness: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Alarms and trails that are new announce what happened after this time. (default: -1h)", valueName: "time"))
    var notifySince: String?

    @Option(
        help: ArgumentHelp(
            "Which first transitions of new alarms are sent: alarm, all or none. (default: alarm)", valueName: "which"))
    var notifyInitial: String?

    @Option(
        help: ArgumentHelp(
            "A missed alarm is sent by itself for so long, later in a summary of the day. (default: 24h)",
            valueName: "duration"))
    var announceLateWithin: String?

    @Option(
        help: ArgumentHelp(
            "A file with a secret that signs messages, in the header \(WebhookSecret.headerName).", valueName: "file"),
        completion: .file())
    var webhookSecretFile: String?

    @Option(help: ArgumentHelp("How long an undelivered message is tried. (default: 24h)", valueName: "duration"))
    var retryAge: String?

    @Option(
        help: ArgumentHelp(
            "How long events that came over HTTP are kept as log files. (default: 90d)", valueName: "duration"))
    var retainEvents: String?

    @Option(
        help: ArgumentHelp(
            "How long the history of alarms is kept, or forever. (default: 30d)", valueName: "duration"))
    var retainHistory: String?

    @Option(
        help: ArgumentHelp(
            "How long counts are kept: cloudwatch, or per level such as 60s=15d,300s=63d. (default: 60s=15d)",
            valueName: "levels"))
    var retention: String?

    @Option(
        help: ArgumentHelp(
            "Names of accounts: the output of `aws organizations list-accounts`.", valueName: "file"))
    var accounts: String?

    @Option(
        help: ArgumentHelp(
            "The least level of log lines: trace, debug, info, notice, warning, error or critical. (default: info)",
            valueName: "level"))
    var logLevel: String?

    @Option(
        name: .customLong("s3-endpoint"),
        help: ArgumentHelp("An S3 server other than AWS, asked in path style.", valueName: "url"))
    var s3Endpoint: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Days before are not read from buckets. (default: -7d)", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Threads that decode log files. (default: one for each processor)", valueName: "number"))
    var workers: Int?

    func run() async throws {
        do {
            let time = SystemTime()
            let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
            let serverSettings = try serverSettings(settings, now: time.now())
            var logger = Logger(label: "trailwatch") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = try level(settings)
            try await serve(serverSettings, time: time, logger: logger)
        } catch {
            throw exitError(after: error)
        }
    }

    private func serve(_ settings: ServerSettings, time: SystemTime, logger: Logger) async throws {
        logger.info("Starting", metadata: ["data.directory": "\(settings.dataDirectory)"])
        if settings.trails.isEmpty && settings.buckets.isEmpty {
            logger.warning("No trail is watched; give its folder by --trail")
        }
        let server = try await Server(settings, time: time, logger: logger)
        let host = settings.listenAddress.host
        try await server.run { port in
            logger.info("Listening", metadata: ["listener.url": "\(ListenAddress(host: host, port: port).url)"])
        }
    }

    /// What the flags and `settings` say together.
    func serverSettings(_ settings: Settings, now: Timestamp) throws(SettingError) -> ServerSettings {
        var result = ServerSettings(
            dataDirectory: try data.path(settings),
            templates: try templates.settings(settings, requiresParameterValues: true))
        result.trails = try trailFolders(settings)
        result.alarmPaths = try settings.list(.alarms, flag: alarms)?.content ?? []
        result.listenAddress = try listenAddress(settings)
        result.externalURL = try settings.value(
            .externalURL, flag: externalURL, want: "a URL such as https://alarms.example.com", read: Self.externalURL)
        result.alertmanagers = try outward.alertmanagers(settings)
        result.heartbeat = try outward.heartbeat(settings)
        result.latenessSeconds = try seconds(settings, .lateness, flag: lateness, most: Self.latenessSecondsMax)
        result.notifySince = try settings.value(
            .notifySince, flag: notifySince, want: "RFC 3339 or a relative time such as -3h"
        ) { Timestamp(argument: $0, now: now) }
        if let initial: ServerSettings.NotifyInitial = try choice(settings, .notifyInitial, flag: notifyInitial) {
            result.notifyInitial = initial
        }
        if let age = try seconds(
            settings, .announceLateWithin, flag: announceLateWithin, most: Self.announceLateWithinSecondsMax)
        {
            result.announceLateWithinSeconds = age
        }
        result.webhookSecret = try settings.value(
            .webhookSecretFile, flag: webhookSecretFile,
            want: "a readable file with a secret of at least \(WebhookSecret.bytesMin) bytes"
        ) { path in (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { WebhookSecret($0) } }
        if let age = try seconds(settings, .retryAge, flag: retryAge, most: Self.retryAgeSecondsMax) {
            result.retryAgeSeconds = age
        }
        if let age = try seconds(settings, .retainEvents, flag: retainEvents, most: Self.retainEventsSecondsMax) {
            result.retainEventsSeconds = age
        }
        if let age = try settings.value(
            .retainHistory, flag: retainHistory, want: HistoryArgument.want, read: HistoryArgument.seconds)
        {
            result.retainHistorySeconds = age
        }
        if let retention = try settings.value(
            .retention, flag: retention, want: Retention.argumentWant, read: { Retention(argument: $0) })
        {
            result.retention = retention
        }
        result.buckets = try trailBuckets(settings)
        result.awsEnvironment = .current
        result.s3Endpoint = try settings.s3Endpoint(flag: s3Endpoint, environment: .current)
        result.bucketSince =
            try settings.value(
                .since, flag: since, want: "RFC 3339 or a relative time such as -7d"
            ) { Timestamp(argument: $0, now: now) } ?? now.adding(seconds: -7 * 86_400)
        result.workers = try settings.workers(flag: workers)
        result.accountsFile = try settings.text(.accounts, flag: accounts)?.content
        result.inflateLibrary = try settings.inflateLibrary()
        return result
    }

    func level(_ settings: Settings) throws(SettingError) -> Logger.Level {
        try choice(settings, .logLevel, flag: logLevel) ?? .info
    }

    /// The buckets, each once.
    private func trailBuckets(_ settings: Settings) throws(SettingError) -> [S3Location] {
        guard let trails = try settings.list(.trail, flag: trails) else { return [] }
        var buckets: [S3Location] = []
        for path in trails.content where path.lowercased().hasPrefix("s3://") {
            guard let bucket = S3Location(url: path) else {
                throw .unusable(trails.origin, got: path, want: "s3://BUCKET or s3://BUCKET/PREFIX")
            }
            if !buckets.contains(bucket) { buckets.append(bucket) }
        }
        return buckets
    }

    /// The folders, each once.
    private func trailFolders(_ settings: Settings) throws(SettingError) -> [String] {
        guard let trails = try settings.list(.trail, flag: trails) else { return [] }
        var seen: Set<String> = []
        var folders: [String] = []
        for path in trails.content {
            if path.lowercased().hasPrefix("s3://") { continue }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw .missing(trails.origin, path: path, reason: "there is no such folder")
            }
            guard isFolder.boolValue else {
                throw .missing(trails.origin, path: path, reason: "it is no folder; load single files by 'ingest'")
            }
            if seen.insert(URL(fileURLWithPath: path).resolvingSymlinksInPath().path).inserted { folders.append(path) }
        }
        return folders
    }

    private func listenAddress(_ settings: Settings) throws(SettingError) -> ListenAddress {
        guard let text = try settings.text(.listen, flag: listen) else { return .standard }
        guard let address = ListenAddress(text.content) else {
            throw .unusable(text.origin, got: text.content, want: "HOST:PORT such as \(ListenAddress.standard)")
        }
        guard address.isLoopback else {
            throw .unusable(
                text.origin, got: text.content,
                want: """
                    an address of this machine only, such as 127.0.0.1:\(address.port), because there is no \
                    authentication yet that would keep others out
                    """)
        }
        return address
    }

    /// An HTTP address without the slashes at its end, to which paths are appended.
    private static func externalURL(_ text: String) -> String? {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty, parts.query == nil,
            parts.fragment == nil, parts.user == nil
        else { return nil }
        var url = text
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    private func seconds(
        _ settings: Settings, _ key: SettingKey, flag: String?, most: Int64
    ) throws(SettingError) -> Int64? {
        try settings.seconds(key, flag: flag, most: most)
    }
}

/// The case of an enumeration that is given for `key`.
private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ settings: Settings, _ key: SettingKey, flag: String?
) throws(SettingError) -> Choice? {
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return try settings.value(key, flag: flag, want: "one of \(names)") { Choice(rawValue: $0) }
}

extension AWSEnvironment {
    /// That of this process.
    static var current: AWSEnvironment {
        AWSEnvironment(
            variables: ProcessInfo.processInfo.environment,
            homeDirectory: FileManager.default.homeDirectoryForCurrentUser.path)
    }
}

extension Settings {
    /// The S3 server to ask in place of AWS: what is given, else what the environment says to all of AWS's tools.
    func s3Endpoint(flag: String?, environment: AWSEnvironment) throws(SettingError) -> AWSEndpoint? {
        try value(
            .s3Endpoint, flag: flag, want: "the address of an S3 server, such as https://minio.example.com:9000"
        ) { AWSEndpoint($0) } ?? environment.s3Endpoint.flatMap { AWSEndpoint($0) }
    }

    /// The duration given for `key`, of at least a second.
    func seconds(_ key: SettingKey, flag: String?, most: Int64) throws(SettingError) -> Int64? {
        try value(key, flag: flag, want: "a duration such as 5s, 10m or 2h, at most \(durationText(seconds: most))") {
            durationSeconds($0).flatMap { (1...most).contains($0) ? $0 : nil }
        }
    }

    /// The gzip library to use.
    func inflateLibrary() throws(SettingError) -> InflateLibrary {
        try choice(self, .inflate, flag: nil) ?? .auto
    }
}
