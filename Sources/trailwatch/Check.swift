import ArgumentParser
import Foundation
import TrailModel
import TrailServer
import TrailStore
import TrailTemplates

/// `trailwatch check`: says what is wrong with alarm files, as `path:line:column: error|warning|note: …`.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check alarm files; exit 1 if one cannot be loaded.",
        discussion: """
            All that is wrong is said at once. Errors keep the files from being loaded; warnings name what can hardly be \
            meant, such as a metric that no filter publishes or a threshold out of reach, and what AWS would refuse; \
            notes name what is passed over, and what works here but not on AWS.
            """)

    enum Format: String, ExpressibleByArgument { case table, json }

    @Argument(help: "Alarm files or directories of them. (default: the setting 'alarms', else Alarms)")
    var paths: [String] = []

    @OptionGroup var options: SettingsOptions
    @OptionGroup var templates: TemplateOptions

    @Option(help: "table: a finding on each line; json: one object with what was loaded and all findings.")
    var format = Format.table

    @Option(
        name: .customLong("data"),
        help: ArgumentHelp(
            "Also say which filters and event rules match none of the events that this data directory counted.",
            valueName: "dir"),
        completion: .directory)
    var data: String?

    func run() async throws {
        do {
            try await check()
        } catch {
            throw exitError(after: error)
        }
    }

    private func check() async throws {
        let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
        let documents = try AlarmFiles.read(try settings.list(.alarms, flag: paths)?.content ?? ["Alarms"])
        var templateSettings = try templates.settings(settings)
        templateSettings.hasLints = true
        var (set, diagnostics) = TemplateLoader(settings: templateSettings).load(documents)
        if let data {
            diagnostics += try await FilterTrial(StoreReader(directory: data), library: try settings.inflateLibrary())
                .findings(of: set.filters, rules: set.rules)
        }
        switch format {
        case .table: for diagnostic in diagnostics { print(diagnostic) }
        case .json: print(jsonLine(CheckReport(files: documents.count, set: set, diagnostics: diagnostics)))
        }
        printError(
            "\(documents.count) files: \(set.alarms.count) alarms, \(set.composites.count) composite alarms, "
                + "\(set.muteRules.count) mute rules, \(set.filters.count) metric filters, "
                + "\(set.rules.count) event rules, \(set.topics.count) topics, \(set.subscriptions.count) subscriptions"
        )
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
    }
}

/// What `check --format json` prints.
struct CheckReport: Encodable {
    struct Finding: Encodable {
        /// Absent, like line and column, for findings about the command line.
        let file: String?
        let line: Int?
        let column: Int?
        let severity: Diagnostic.Severity
        let message: String
    }

    let files: Int
    /// Resources that are in use, by type.
    let loaded: [String: Int]
    let errors: Int
    let warnings: Int
    let notes: Int
    let findings: [Finding]

    init(files: Int, set: AlarmSet, diagnostics: [Diagnostic]) {
        self.files = files
        loaded = [
            "AWS::CloudWatch::Alarm": set.alarms.count, "AWS::CloudWatch::CompositeAlarm": set.composites.count,
            "AWS::CloudWatch::AlarmMuteRule": set.muteRules.count, "AWS::Logs::MetricFilter": set.filters.count,
            "AWS::Events::Rule": set.rules.count, "AWS::Events::ApiDestination": set.apiDestinations.count,
            "AWS::Events::Connection": set.connections.count, "AWS::SNS::Topic": set.topics.count,
            "AWS::SNS::Subscription": set.subscriptions.count,
        ]
        errors = diagnostics.count { $0.severity == .error }
        warnings = diagnostics.count { $0.severity == .warning }
        notes = diagnostics.count { $0.severity == .note }
        findings = diagnostics.map { diagnostic in
            Finding(
                file: diagnostic.location?.file, line: diagnostic.location?.line, column: diagnostic.location?.column,
                severity: diagnostic.severity, message: diagnostic.message)
        }
    }
}
