import ArgumentParser
import Foundation
import TrailServer
import TrailTemplates

/// `trailwatch check`: says what is wrong with alarm files, as `path:line:column: error|warning|note: …`.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check alarm files; exit 1 if one cannot be loaded.")

    @Argument(help: "Alarm files or directories of them. (default: the setting 'alarms', else Alarms)")
    var paths: [String] = []

    @OptionGroup var options: SettingsOptions
    @OptionGroup var templates: TemplateOptions

    func run() throws {
        do {
            try check()
        } catch {
            throw exitError(after: error)
        }
    }

    private func check() throws {
        let settings = try options.settings(environment: ProcessInfo.processInfo.environment)
        let documents = try AlarmFiles.read(try settings.list(.alarms, flag: paths)?.content ?? ["Alarms"])
        let (set, diagnostics) = TemplateLoader(settings: try templates.settings(settings)).load(documents)
        for diagnostic in diagnostics { print(diagnostic) }
        printError(
            "\(documents.count) files: \(set.alarms.count) alarms, \(set.composites.count) composite alarms, "
                + "\(set.muteRules.count) mute rules, \(set.filters.count) metric filters, \(set.topics.count) topics, \(set.subscriptions.count) subscriptions"
        )
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
    }
}
