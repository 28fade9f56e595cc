package import TrailModel
package import TrailNotify
package import TrailStore
package import TrailSources
package import TrailTemplates

/// What `trailwatch serve` runs with.
package struct ServerSettings: Sendable {
    /// Which first transitions of new alarms are sent: those to ALARM only, all as AWS does, or none.
    package enum NotifyInitial: String, CaseIterable, Sendable {
        case alarm
        case all
        case none
    }

    package var dataDirectory: String
    /// Folders of log files that something else fills.
    package var trails: [String] = []
    /// Buckets that a trail is delivered to.
    package var buckets: [S3Location] = []
    /// An S3 server other than AWS.
    package var s3Endpoint: AWSEndpoint?
    /// Objects of days before are not read.
    package var bucketSince = Timestamp(seconds: 0)
    /// Where credentials are looked for.
    package var awsEnvironment = AWSEnvironment(variables: [:], homeDirectory: "/")
    /// Alarm files and directories of them.
    package var alarmPaths: [String] = []
    package var templates: TemplateSettings
    /// The output of `aws organizations list-accounts`.
    package var accountsFile: String?
    package var listenAddress = ListenAddress.standard
    /// The outside address for links in messages; the listener's when `nil`.
    package var externalURL: String?
    /// Who is told again and again what is in ALARM.
    package var alertmanagers: [AlertmanagerURL] = []
    /// What is visited while all is well.
    package var heartbeat: Heartbeat?
    /// How long after a slot's end its events may still come, in seconds; measured for each lane when `nil`.
    package var latenessSeconds: Int64?
    /// The mark that alarms and sources get when they are loaded for the first time; one hour before that when `nil`.
    package var notifySince: Timestamp?
    package var notifyInitial = NotifyInitial.alarm
    /// A missed ALARM whose window ended longer ago goes into the summary of the day.
    package var announceLateWithinSeconds: Int64 = 86_400
    /// Signs each attempt to deliver a message.
    package var webhookSecret: WebhookSecret?
    /// How long an undelivered message is tried.
    package var retryAgeSeconds: Int64 = 86_400
    /// How long events that came over HTTP are kept as log files.
    package var retainEventsSeconds: Int64 = 90 * 86_400
    /// How long the history of alarms is kept, in seconds; `nil` keeps all of it.
    package var retainHistorySeconds: Int64? = 30 * 86_400
    /// How long each level of the counts is kept.
    package var retention = Retention.standard
    /// Threads that decode log files.
    package var workers = 1
    package var inflateLibrary = InflateLibrary.auto

    package init(dataDirectory: String, templates: TemplateSettings) {
        self.dataDirectory = dataDirectory
        self.templates = templates
    }

    /// Where objects of buckets lie until they are counted.
    var downloadsFolder: String { dataDirectory + "/downloads" }

    /// Where those of one of the buckets do, by its number in the list.
    func downloadFolder(ofBucket number: Int) -> String { "\(downloadsFolder)/\(number)" }
}

/// Where the server listens.
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    /// An IPv4 or IPv6 address, the latter without brackets.
    package let host: String
    package let port: Int

    package static let standard = ListenAddress(host: "127.0.0.1", port: 19106)

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT` or `[HOST]:PORT`; `localhost` is 127.0.0.1.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: host == "localhost" ? "127.0.0.1" : host, port: port)
    }

    /// True when only this machine can reach it.
    package var isLoopback: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "::1" || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The address for links.
    package var url: String { "http://\(self)" }
}
