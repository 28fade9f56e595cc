import ArgumentParser
import TrailCounts
import TrailModel
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

    @OptionGroup var data: DataDirectory
    @OptionGroup var templates: TemplateOptions

    @Option(help: "Alarm files whose metric filters count, too.")
    var alarms: [String] = []

    @Option(help: "table: faults and a summary; json: one object for each file.")
    var format = Format.table

    func run() throws {
        do {
            try ingest()
        } catch let exit as ExitCode {
            throw exit
        } catch {
            printError("error: \(error)")
            throw ExitCode(1)
        }
    }

    private func ingest() throws {
        let (set, diagnostics) = TemplateLoader(settings: try templates.settings()).load(try AlarmFiles.read(alarms))
        for diagnostic in diagnostics where diagnostic.severity != .note { printError(diagnostic.description) }
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
        let listings = paths.map { LogFolder.files(under: $0) }
        let files = listings.flatMap(\.files)
        let faults = listings.flatMap(\.faults)
        for fault in faults { printError("error: \(fault.message)") }
        let store = try Store(directory: data.path)
        var run = Ingest(store: store, plan: CountingPlan(filters: set.filters), time: SystemTime())
        var total = FileCount()
        var known = 0
        var rejected = 0
        try run.run(files) { outcome in
            switch outcome.status {
            case .known: known += 1
            case .read(.rejected):
                rejected += 1
                printError("error: \(outcome.reason ?? outcome.file)")
            case .read: break
            }
            total.records += outcome.count.records
            total.counted += outcome.count.counted
            total.duplicate += outcome.count.duplicate
            total.malformed += outcome.count.malformed
            total.errors += outcome.count.errors
            if format == .json { print(outcome.json.text) }
        }
        printError(
            "\(files.count) files (\(known) known, \(rejected) rejected): \(total.records) records = "
                + "\(total.counted) counted + \(total.duplicate) duplicate + \(total.malformed) malformed; "
                + "\(total.errors) errors; store \(data.path)")
        if rejected > 0 || !faults.isEmpty { throw ExitCode(1) }
    }
}

extension Ingest.Outcome {
    fileprivate var statusName: String {
        switch status {
        case .known: "known"
        case .read(let status): status.rawValue
        }
    }

    fileprivate var json: JSONValue {
        .members([
            ("file", .string(file)), ("status", .string(statusName)), ("records", .integer(Int64(count.records))),
            ("counted", .integer(Int64(count.counted))), ("duplicate", .integer(Int64(count.duplicate))),
            ("malformed", .integer(Int64(count.malformed))), ("errors", .integer(Int64(count.errors))),
            ("first", .optional(count.first?.rfc3339)), ("last", .optional(count.last?.rfc3339)),
            ("reason", reason.map { .string($0) }),
        ])
    }
}
