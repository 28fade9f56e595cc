import ArgumentParser
import Foundation
import TrailAlarms
import TrailModel
import TrailServer
import TrailTemplates

/// `trailwatch backtest`: what alarm files would have decided over recorded events, and how two sets of them differ.
struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Print what alarms would have done over recorded events, or how two sets of alarm files differ.",
        discussion: """
            Events come from log files (PATH), or from a data directory and the log files that were counted into it. \
            Nothing is written but what is printed. Without --arrivals every event counts as on time.

            Exit codes: 0 done; 1 a file could not be read, or with --fail-on-change something changed; 64 wrong usage.
            """)

    enum Format: String, ExpressibleByArgument { case table, json, markdown }

    @Argument(help: "Log files, or folders of them; without any, the data directory's counts are taken.")
    var paths: [String] = []

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory
    @OptionGroup var templates: TemplateOptions

    @Option(help: "Alarm files, or directories of them. Their metric filters count over the recorded events.")
    var alarms: [String] = []

    @Option(help: "The alarm files as they were: print how --alarms differs from them, by the names of the alarms.")
    var against: [String] = []

    @Option(
        name: .customLong("against-parameter"),
        help: ArgumentHelp(
            "A parameter of the --against files alone; without it --parameter counts for them, too.",
            valueName: "name=value"))
    var againstParameters: [String] = []

    @Option(
        parsing: .unconditional, help: "Transitions decided from here on, RFC 3339 or relative such as -3h.")
    var from: String?

    @Option(
        parsing: .unconditional,
        help: """
            Where the timeline ends. (default: now for a data directory, five minutes after the last event for log \
            files; with --arrivals 20 minutes after the last file)
            """)
    var to: String?

    @Flag(
        help: """
            Replay the arrivals of the files: early, late and amended decisions. A file came when the ledger says, one of \
            PATH at the stamp in its name, one without a stamp with its last event.
            """)
    var arrivals = false

    @Option(help: "With --arrivals: how late events may be, such as 5s, in place of what is measured.")
    var lateness: String?

    @Option(help: "table: a time line and the transitions; json; markdown: for a pull request.")
    var format = Format.table

    @Flag(
        help: """
            Exit 1 when any alarm did something else than with --against; without --against, when any alarm was in ALARM.
            """)
    var failOnChange = false

    func run() throws {
        do {
            try backtest()
        } catch {
            throw exitError(after: error)
        }
    }

    private func backtest() throws {
        let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
        guard paths.isEmpty || data.given == nil else {
            throw ValidationError("cannot take events from two places: got PATH and --data; want one of them")
        }
        guard againstParameters.isEmpty || !against.isEmpty else {
            throw ValidationError("cannot set parameters of no files: got --against-parameter; want --against, too")
        }
        let now = SystemTime().now()
        let start = try from.map { try Self.time($0, "--from", now) }
        let end = try to.map { try Self.time($0, "--to", now) }
        if let start, let end, start >= end {
            throw ValidationError(
                "cannot look at no time: got --from \(start.rfc3339) --to \(end.rfc3339); want from < to")
        }
        let lateness = try latenessSeconds()
        guard let alarmPaths = try settings.list(.alarms, flag: alarms)?.content else {
            throw ValidationError("cannot judge without alarms: got none; want --alarms PATH")
        }
        let templateSettings = try templates.settings(settings)
        let set = try Self.load(alarmPaths, templateSettings)
        let old = against.isEmpty ? nil : try Self.load(against, try formerSettings(templateSettings))
        let run = BacktestRun(
            set: set, against: old, templates: templateSettings, from: start, to: end, now: now,
            latenessSeconds: lateness, library: try settings.inflateLibrary(),
            workers: try settings.workers(flag: nil))
        let source: BacktestRun.Source =
            paths.isEmpty ? .store(directory: try data.path(settings)) : .files(paths)
        let outcome = try arrivals ? run.replayed(source) : run.settled(source)
        for message in outcome.messages { printError(message) }
        let report = BacktestReport(
            now: outcome.now, before: outcome.before, from: start, to: end, isReplay: arrivals,
            events: outcome.account)
        switch format {
        case .table: print(report.text)
        case .json: print(report.json.text)
        case .markdown: print(report.markdown)
        }
        if failOnChange && report.isChanged || outcome.hasFaults { throw ExitCode(1) }
    }

    static func load(_ paths: [String], _ settings: TemplateSettings) throws -> AlarmSet {
        let documents = try AlarmFiles.read(paths)
        let (set, diagnostics) = TemplateLoader(settings: settings).load(documents)
        for diagnostic in diagnostics where diagnostic.severity != .note { printError(diagnostic.description) }
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
        return set
    }

    /// What the former files do not declare is no fault of theirs.
    private func formerSettings(_ settings: TemplateSettings) throws -> TemplateSettings {
        var former = settings
        former.optionalParameters = settings.optionalParameters.merging(settings.parameters) { $1 }
        former.parameters = [:]
        for parameter in againstParameters {
            guard let equals = parameter.firstIndex(of: "="), equals > parameter.startIndex else {
                throw SettingError.unusable(.flag("--against-parameter"), got: parameter, want: "Name=Value")
            }
            former.parameters[String(parameter[..<equals])] = String(parameter[parameter.index(after: equals)...])
        }
        for name in former.parameters.keys { former.optionalParameters[name] = nil }
        return former
    }

    private func latenessSeconds() throws -> Int64? {
        guard let lateness else { return nil }
        guard arrivals else {
            throw ValidationError("cannot be late: got --lateness without --arrivals; want both")
        }
        guard let seconds = durationSeconds(lateness), seconds <= 86_400 else {
            throw SettingError.unusable(.flag("--lateness"), got: lateness, want: "a duration up to 24h, such as 5s")
        }
        return seconds
    }

    static func time(_ text: String, _ option: String, _ now: Timestamp) throws -> Timestamp {
        guard let time = Timestamp(argument: text, now: now) else {
            throw ValidationError("cannot read \(option) \(text): want RFC 3339 or a relative time such as -3h")
        }
        return time
    }
}
