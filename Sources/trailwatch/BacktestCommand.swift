import ArgumentParser
import Foundation
import TrailAlarms
import TrailModel
import TrailPatterns
import TrailServer
import TrailStore
import TrailTemplates

/// `trailwatch backtest`: what alarm files would have decided on the counts of a store.
struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest", abstract: "Print what alarms would have done over recorded counts.")

    enum Format: String, ExpressibleByArgument { case table, json }

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory
    @OptionGroup var templates: TemplateOptions

    @Option(help: "Alarm files or directories of them; their filters must have been counted by `ingest --alarms`.")
    var alarms: [String] = []

    @Option(
        parsing: .unconditional, help: "Transitions decided from here on, RFC 3339 or relative such as -3h.")
    var from: String?

    @Option(parsing: .unconditional, help: "Where the timeline ends; now when not given.")
    var to: String?

    @Option(help: "Form of the result.")
    var format = Format.table

    func run() throws {
        do {
            try backtest()
        } catch {
            throw exitError(after: error)
        }
    }

    private func backtest() throws {
        let now = SystemTime().now()
        let start = try from.map { try Self.time($0, "--from", now) }
        let end = try to.map { try Self.time($0, "--to", now) } ?? now
        let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
        guard let paths = try settings.list(.alarms, flag: alarms)?.content else {
            throw ValidationError("cannot judge without alarms: got none; want --alarms PATH")
        }
        let documents = try AlarmFiles.read(paths)
        let (set, diagnostics) = TemplateLoader(settings: try templates.settings(settings)).load(documents)
        for diagnostic in diagnostics where diagnostic.severity != .note { printError(diagnostic.description) }
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
        let backtest = Backtest(reader: try StoreReader(directory: try data.path(settings)), set: set)
        for (filter, files) in try backtest.uncountedFilters() {
            printError(
                "warning: \(files) files were counted without the metric filter \(filter.name) as it is now: its matches "
                    + "in them are missing; `trailwatch ingest` with these alarm files counts them back where they are "
                    + "still there")
        }
        if let kept = try backtest.minutesKeptFrom(), start.map({ $0 < kept }) ?? true {
            printError(
                "note: before \(kept.rfc3339) minutes were deleted; five minutes, or an hour, stand there as the last minute "
                    + "of them: alarms on shorter periods are decided otherwise than they were")
        }
        write(try backtest.run(from: start, to: end))
    }

    static func time(_ text: String, _ option: String, _ now: Timestamp) throws -> Timestamp {
        guard let time = Timestamp(argument: text, now: now) else {
            throw ValidationError("cannot read \(option) \(text): want RFC 3339 or a relative time such as -3h")
        }
        return time
    }

    private func write(_ results: [Backtest.AlarmResult]) {
        switch format {
        case .table:
            for result in results {
                print("\(result.alarm.name): \(result.decisions.count) transitions")
                for decision in result.decisions {
                    print("  \(decision.windowEnd.rfc3339)  \(decision.to.rawValue)  \(decision.reason)")
                }
            }
        case .json:
            let alarms = results.map { result in
                JSONValue.members([
                    ("name", .string(result.alarm.name)),
                    ("transitions", .array(result.decisions.map(\.json))),
                ])
            }
            print(JSONValue.members([("alarms", .array(alarms))]).text)
        }
    }
}

extension Decision {
    fileprivate var json: JSONValue {
        .members([
            ("time", .string(windowEnd.rfc3339)), ("from", .string(from.rawValue)), ("to", .string(to.rawValue)),
            ("reason", .string(reason)), ("late", .bool(false)),
        ])
    }
}
