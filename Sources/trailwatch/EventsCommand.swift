import ArgumentParser
import Foundation
import TrailCounts
import TrailModel
import TrailPatterns
import TrailServer
import TrailSources
import TrailStore

/// `trailwatch events`: the events behind the counts, from the log files that can hold them.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Find events, newest first.",
        discussion: """
            Every option given must hold; one given several times holds for any of its values. Values are compared \
            whole and exactly. Only the log files that can hold such an event are read; standard error says how many \
            of how many. Files of a bucket are fetched from it, with the credentials that serve uses. Exit 1 when a file \
            could not be read.
            """)

    enum Format: String, ExpressibleByArgument { case table, csv, json }

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory

    @Option(help: "The event's name, such as PutBucketPolicy.")
    var name: [String] = []

    @Option(
        help: """
            Who called: ARN, user name, principal id, session name, access key, role that issued the session, \
            invoking service, or root.
            """)
    var user: [String] = []

    @Option(help: "The event's source, such as s3.amazonaws.com.")
    var source: [String] = []

    @Option(
        help: """
            What was acted on: an ARN, or a name as it stands in request parameters (bucketName, roleName, \
            instanceId …) or at the end of an ARN. An ARN also finds calls of its account that give the name alone.
            """)
    var resource: [String] = []

    @Option(help: "The account that received the event.")
    var account: [String] = []

    @Option(help: "The event's region.")
    var region: [String] = []

    @Option(help: "The error code; * for any error, NoErrorCode for a message without code.")
    var error: [String] = []

    @Option(help: "The source address.")
    var address: [String] = []

    @Flag(
        help: """
            Only calls that may have changed something: readOnly is false or, where it is missing, the name does not \
            begin with Get, List, Describe or the like.
            """)
    var changes = false

    @Option(help: "A metric filter pattern that must match, too: { $.errorCode = \"*Denied\" }.")
    var filter: String?

    @Option(parsing: .unconditional, help: "Inclusive start, RFC 3339 or relative such as -3h.")
    var from: String?

    @Option(parsing: .unconditional, help: "Exclusive end.")
    var to: String?

    @Option(help: "Print at most so many events, the newest.")
    var limit: Int?

    @Option(help: "table; csv with a header; json: each record as it was logged, one on a line.")
    var format = Format.table

    @Flag(help: "Read every log file of the time, also those that the event index rules out.")
    var fullScan = false

    @Option(
        help: ArgumentHelp(
            "Names of accounts for the table: the output of `aws organizations list-accounts`.", valueName: "file"))
    var accounts: String?

    @Option(
        name: .customLong("s3-endpoint"),
        help: ArgumentHelp("An S3 server other than AWS, asked in path style.", valueName: "url"))
    var s3Endpoint: String?

    func run() async throws {
        guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("cannot use --limit: want a positive number") }
        let query = try query()
        do {
            try await search(query)
        } catch {
            throw exitError(after: error)
        }
    }

    private func query() throws -> EventQuery {
        let now = SystemTime().now()
        let start = try from.map { try BacktestCommand.time($0, "--from", now) } ?? Timestamp(seconds: -62_135_596_800)
        let end = try to.map { try BacktestCommand.time($0, "--to", now) } ?? Timestamp(seconds: 253_402_300_800)
        guard start < end else {
            throw ValidationError("cannot search from \(start.rfc3339) to \(end.rfc3339): want --from before --to")
        }
        var query = EventQuery(range: start..<end)
        query.names = name
        query.users = user
        query.sources = source
        query.resources = resource
        query.accounts = account
        query.regions = region
        query.errors = error
        query.addresses = address
        query.isChange = changes
        do throws(PatternError) {
            query.pattern = try filter.map { text throws(PatternError) in try FilterPattern(text) }
        } catch {
            throw ValidationError("cannot use --filter: \(error)")
        }
        return query
    }

    private func search(_ query: EventQuery) async throws {
        let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
        let reader = try StoreReader(directory: try data.path(settings))
        let files = try reader.files(for: query, usesIndex: !fullScan)
        let endpoint = try settings.s3Endpoint(flag: s3Endpoint, environment: .current)
        let library = try settings.inflateLibrary()
        let names = try settings.text(.accounts, flag: accounts).map { try AccountNames(file: $0.content) }
        let output = EventOutput(format: format, names: names ?? AccountNames())
        let transport = AsyncHTTPClientAWSTransport(time: SystemTime())
        let summary: EventSearch.Summary
        do {
            summary = try await search(query, files, library, output) { Self.bucket($0, endpoint, transport) }
        } catch {
            try? await transport.shutdown()
            throw error
        }
        try await transport.shutdown()
        for fault in summary.faults { printError("error: \(fault)") }
        for key in files.withoutIndex {
            printError("error: cannot search \(key): it was counted before there was an event index")
        }
        if !files.withoutIndex.isEmpty {
            printError("load these files into a new data directory, and search that one for what is in them")
        }
        printError("\(summary.events) events; read \(summary.filesRead) of \(files.inRange) files of that time")
        if !summary.faults.isEmpty || !files.withoutIndex.isEmpty { throw ExitCode(1) }
    }

    private func search(
        _ query: EventQuery, _ files: IndexedFiles, _ library: InflateLibrary,
        _ output: EventOutput, bucket: @escaping (S3Location) -> S3Bucket
    ) async throws -> EventSearch.Summary {
        var search = EventSearch(query, limit: limit ?? .max)
        var logs = IndexedLogReader(files.candidates, library: library, bucket: bucket)
        output.begin()
        return try await search.run(
            files.candidates, reader: { path, text in try await logs.read(path, into: &text) },
            report: { output.write($0) })
    }

    private static func bucket(
        _ location: S3Location, _ endpoint: AWSEndpoint?, _ transport: AsyncHTTPClientAWSTransport
    ) -> S3Bucket {
        let (time, environment) = (SystemTime(), AWSEnvironment.current)
        let generator = SharedGenerator(SystemRandomNumberGenerator())
        let credentials = CredentialChain(
            environment: environment, transport: transport, time: time, generator: generator)
        return S3Bucket(
            location: location, endpoint: endpoint, region: environment.region ?? "us-east-1",
            credentials: credentials, transport: transport, time: time, generator: generator)
    }
}

/// Prints events in the form asked for.
struct EventOutput {
    private static let columns = [
        "time", "account", "region", "source", "name", "error", "user", "accessKey", "address", "resources", "eventID",
        "file",
    ]

    let format: EventsCommand.Format
    let names: AccountNames

    func begin() {
        if format == .csv { print(Self.columns.joined(separator: ",")) }
    }

    func write(_ event: EventSearch.Event) {
        switch format {
        case .json: print(event.record)
        case .csv:
            let fields = [
                event.time.rfc3339, event.account, event.region, event.source, event.name, event.errorCode, event.user,
                event.accessKey, event.address, event.resources.joined(separator: " "), event.eventID, event.path,
            ]
            print(fields.map(csvField).joined(separator: ","))
        case .table:
            let fields = [
                event.time.rfc3339, names.text(event.account), event.region, event.source, event.name, event.errorCode,
                event.user, event.address, event.resources.joined(separator: " "),
            ]
            print(fields.map { $0.isEmpty ? "-" : onOneLine($0) }.joined(separator: "  "))
        }
    }
}

/// What a log holds must not steer a terminal.
func onOneLine(_ text: String) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
}
