import ArgumentParser
import TrailServer
import TrailTemplates

/// `trailwatch check`: says what is wrong with alarm files, as `path:line:column: error|warning|note: …`.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check alarm files; exit 1 if one cannot be loaded.")

    @Argument(help: "Alarm files or directories of them.")
    var paths: [String] = ["Alarms"]

    @OptionGroup var templates: TemplateOptions

    func run() throws {
        let settings = try templates.settings()
        let documents: [TemplateDocument]
        do {
            documents = try AlarmFiles.read(paths)
        } catch {
            printError("error: \(error)")
            throw ExitCode(1)
        }
        let (set, diagnostics) = TemplateLoader(settings: settings).load(documents)
        for diagnostic in diagnostics { print(diagnostic) }
        printError(
            "\(documents.count) files: \(set.alarms.count) alarms, \(set.filters.count) metric filters, "
                + "\(set.topics.count) topics, \(set.subscriptions.count) subscriptions")
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
    }
}
