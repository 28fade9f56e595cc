import ArgumentParser
import Foundation
import TrailModel
import TrailTemplates
import TrailYAML

/// `trailwatch check`: says what is wrong with alarm files, as `path:line:column: error|warning|note: …`.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check alarm files; exit 1 if one cannot be loaded.")

    @Argument(help: "Alarm files or directories of them.")
    var paths: [String] = ["Alarms"]

    @Option(name: .customLong("parameter"), help: "A template parameter, Name=Value.")
    var parameters: [String] = []

    @Option(help: "The account in ARNs of our own.")
    var accountID = "000000000000"

    @Option(help: "The region in ARNs of our own.")
    var region = ProcessInfo.processInfo.environment["AWS_REGION"] ?? "us-east-1"

    @Option(help: "Filters on this log group count, whatever the templates' trails say.")
    var logGroup: String?

    func run() throws {
        let settings = TemplateSettings(
            accountID: accountID, region: region, parameters: try parameterValues(), logGroup: logGroup)
        let documents = try AlarmFiles.read(paths)
        let (set, diagnostics) = TemplateLoader(settings: settings).load(documents)
        for diagnostic in diagnostics { print(diagnostic) }
        print(
            "\(documents.count) files: \(set.alarms.count) alarms, \(set.filters.count) metric filters, "
                + "\(set.topics.count) topics, \(set.subscriptions.count) subscriptions")
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
    }

    private func parameterValues() throws -> [String: String] {
        var values: [String: String] = [:]
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "=") else {
                throw ValidationError("cannot use --parameter \(parameter): want Name=Value")
            }
            values[String(parameter[..<equals])] = String(parameter[parameter.index(after: equals)...])
        }
        return values
    }
}
