import ArgumentParser
import Foundation
import TrailCounts
import TrailModel
import TrailPatterns
import TrailServer
import TrailSources
import TrailStore
import TrailTemplates

/// `trailwatch ingest`: counts log files now; what is known already changes nothing.
struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Load log files now. Exit 0 when every file was read or known, else 1.")

    enum Format: String, ExpressibleByArgument { case table, json }

    @Argument(help: "Log files, or folders of them.")
    var paths: [String]

    @OptionGroup var options: SettingsOptions
    @OptionGroup var data: DataDirectory
    @OptionGroup var templates: TemplateOptions

    @Option(help: "Alarm files whose metric filters count, too.")
    var alarms: [String] = []

    @Option(help: "table: faults and a summary; json: one object for each file.")
    var format = Format.table

    @Option(help: ArgumentHelp("Threads that decode log files. (default: one for each processor)", valueName: "number"))
    var workers: Int?

    func run() throws {
        do {
            try ingest()
        } catch {
            throw exitError(after: error)
        }
    }

    private func ingest() throws {
        let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
        let directory = try data.path(settings)
        let documents = try AlarmFiles.read(try settings.list(.alarms, flag: alarms)?.content ?? [])
        let templateSettings = try templates.settings(settings)
        let (set, diagnostics) = TemplateLoader(settings: templateSettings).load(documents)
        for diagnostic in diagnostics where diagnostic.severity != .note { printError(diagnostic.description) }
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
        let listings = paths.map { LogFolder.files(under: $0) }
        let files = listings.flatMap(\.files)
        let faults = listings.flatMap(\.faults)
        for fault in faults { printError("error: \(fault.message)") }
        let store = try Store(directory: directory)
        let library = try settings.inflateLibrary()
        let threads = try settings.workers(flag: workers)
        var run = Ingest(
            store: store, plan: CountingPlan(filters: set.filters), time: SystemTime(), library: library,
            workers: threads)
        var total = FileCount()
        var known = 0
        var rejected = 0
        var bar = ProgressBar(total: files.count)
        try run.run(files) { outcome in
            switch outcome.status {
            case .known: known += 1
            case .read(.rejected):
                rejected += 1
                bar.clear()
                printError("error: \(outcome.reason ?? outcome.key)")
            case .read, .unfinished:
                if outcome.count.malformed > 0 {
                    bar.clear()
                    printError(
                        "warning: \(outcome.file.path): \(outcome.count.malformed) records set aside; "
                            + "`trailwatch status --set-aside` lists them with the reasons")
                }
                if outcome.count.future > 0, let last = outcome.count.last {
                    bar.clear()
                    printError(
                        "warning: \(outcome.file.path): \(outcome.count.future) events lie more than a day in the "
                            + "future, up to \(last.rfc3339): a clock is wrong; they count where they say")
                }
            }
            total.add(outcome.count)
            if format == .json { print(outcome.json.text) }
            bar.advance()
        }
        bar.clear()
        try countBack(set.filters, store, library, workers: threads)
        try judge(set, store, templateSettings)
        printError(
            "\(files.count) files (\(known) known, \(rejected) rejected): \(total.records) records = "
                + "\(total.counted) counted + \(total.duplicate) duplicate + \(total.malformed) malformed; "
                + "\(total.errors) errors; store \(directory)")
        if rejected > 0 || !faults.isEmpty { throw ExitCode(1) }
    }

    /// Counts the files that earlier runs read for the filters that they did not know.
    private func countBack(
        _ filters: [MetricFilter], _ store: Store, _ library: InflateLibrary, workers: Int
    ) throws {
        let recount = try Recount(store: store, filters: filters, library: library, workers: workers)
        for (filter, files) in recount.overlapping {
            printError(
                "warning: \(files) files keep what a filter that is gone counted for the metric \(filter.metric.name), with "
                    + "other values than the filter \(filter.name) as it is now, which does not count over them")
        }
        guard !recount.isDone else { return }
        var bar = ProgressBar(total: recount.progress.files)
        var shown = 0
        while try recount.step() {
            while shown < recount.progress.files - recount.progress.waiting {
                bar.advance()
                shown += 1
            }
        }
        bar.clear()
        try store.fold()
        let progress = recount.progress
        if let fault = progress.firstFault {
            printError(
                "warning: \(progress.unavailable) known files could not be counted back: their bytes are not where they "
                    + "were read; the first: \(fault)")
        }
        printError("\(progress.counted) known files counted back for \(recount.filterText)")
        if format == .json { print(progress.json.text) }
    }

    /// Evaluates the alarms once over everything that is counted: recorded, never notified.
    private func judge(_ set: AlarmSet, _ store: Store, _ settings: TemplateSettings) throws {
        guard !set.alarms.isEmpty else { return }
        let now = SystemTime().now()
        var evaluator = Evaluator(recordingIn: store, settings: settings)
        _ = try evaluator.load(
            set, files: nil, newMark: now.adding(seconds: -3600), now: now, removesOthers: false)
        let moment = Evaluator.Moment(now: now, watermark: now.adding(seconds: -900), isBehind: false)
        // One call takes in the long history of a few alarms only.
        var decisions = try evaluator.evaluate(moment)
        while evaluator.hasMore { decisions += try evaluator.evaluate(moment) }
        try evaluator.save(moment)
        printError("\(set.alarms.count) alarms evaluated: \(decisions.count) transitions recorded")
    }
}

extension Recount.Progress {
    fileprivate var json: JSONValue {
        .members([
            (
                "countedBack",
                .members([
                    ("files", .integer(Int64(counted))), ("unavailable", .integer(Int64(unavailable))),
                    ("reason", firstFault.map { .string($0) }),
                ])
            )
        ])
    }
}

extension Ingest.Outcome {
    fileprivate var statusName: String {
        switch status {
        case .known: "known"
        case .unfinished: "unfinished"
        case .read(let status): status.rawValue
        }
    }

    fileprivate var json: JSONValue {
        .members([
            ("file", .string(key)), ("path", .string(file.path)), ("status", .string(statusName)),
            ("records", .integer(Int64(count.records))),
            ("counted", .integer(Int64(count.counted))), ("duplicate", .integer(Int64(count.duplicate))),
            ("malformed", .integer(Int64(count.malformed))), ("errors", .integer(Int64(count.errors))),
            ("first", .optional(count.first?.rfc3339)), ("last", .optional(count.last?.rfc3339)),
            ("reason", reason.map { .string($0) }),
        ])
    }
}
