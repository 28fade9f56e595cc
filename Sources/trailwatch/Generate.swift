import ArgumentParser
import Foundation
import TrailGenerator
import TrailModel
import TrailSources

/// `trailwatch generate`: writes a believable trail, the same for the same seed.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Write a generated trail of log files.")

    @Argument(help: "Where to write; AWSLogs/… is made inside.")
    var directory: String

    @Option(help: "Number of events.")
    var events = 100_000

    @Option(help: "Number of accounts.")
    var accounts = 3

    @Option(help: "Number of days.")
    var days = 7

    @Option(help: "The same seed, end and sizes give the same bytes.")
    var seed: UInt64 = 1

    @Option(parsing: .unconditional, help: "End of the last day, RFC 3339 or relative.")
    var to = "now"

    func validate() throws {
        guard events > 0, accounts > 0, days > 0 else {
            throw ValidationError("--events, --accounts and --days want positive numbers")
        }
    }

    func run() throws {
        let now = SystemTime().now()
        guard let end = Timestamp(argument: to, now: now) else {
            throw ValidationError("cannot read --to \(to): want RFC 3339 or a relative time such as -3h")
        }
        var files = 0
        for file in TrailPlan(events: events, accounts: accounts, days: days, seed: seed, endingAt: end) {
            let url = URL(fileURLWithPath: directory).appendingPathComponent(file.key)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(gzipped(file.json)).write(to: url, options: .atomic)
            files += 1
        }
        print("\(events) events in \(files) files under \(directory)/AWSLogs")
    }
}
