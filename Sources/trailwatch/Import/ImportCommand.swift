import ArgumentParser
import Foundation

/// `trailwatch import`: a template from what runs on AWS today.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make an alarm file from what the AWS CLI describes. Needs no credentials.",
        discussion: """
            aws cloudwatch describe-alarms --alarm-types MetricAlarm CompositeAlarm > alarms.json
            aws logs describe-metric-filters > filters.json
            trailwatch import --alarms alarms.json --filters filters.json --output Alarms/imported.yaml
            """)

    @Option(help: "The output of `aws cloudwatch describe-alarms`; may be given again.", completion: .file())
    var alarms: [String] = []

    @Option(help: "The output of `aws logs describe-metric-filters`; may be given again.", completion: .file())
    var filters: [String] = []

    @Option(help: "The file to write. (default: standard output)", completion: .file())
    var output: String?

    @Flag(help: "Replace the file.")
    var force = false

    /// CloudFormation's limit for one template.
    private static let resourcesMax = 500

    func validate() throws {
        guard !alarms.isEmpty || !filters.isEmpty else { throw ValidationError("want --alarms, --filters, or both") }
    }

    func run() throws {
        do {
            try runImport()
        } catch {
            throw exitError(after: error)
        }
    }

    private func runImport() throws(ImportFault) {
        let described = try DescribedResources(alarms: Self.read(alarms), filters: Self.read(filters))
        let (template, leftOut) = try ImportTemplate.loadable(described)
        let yaml = try template.yaml()
        if let output {
            if FileManager.default.fileExists(atPath: output), !force { throw .exists(output) }
            do {
                try Data(yaml.utf8).write(to: URL(filePath: output), options: .atomic)
            } catch {
                throw .unwritable(output, reason: error.localizedDescription)
            }
        } else {
            print(yaml, terminator: "")
        }
        for line in leftOut { printError("warning: \(line)") }
        for note in template.notes { printError("note: \(note)") }
        if template.count > Self.resourcesMax {
            printError(
                "note: \(template.count) resources; CloudFormation takes \(Self.resourcesMax) in one template, so "
                    + "divide the file before you deploy it")
        }
    }

    private static func read(_ files: [String]) throws(ImportFault) -> [DescribedValue] {
        var values: [DescribedValue] = []
        for file in files { values.append(try DescribedValue.read(file)) }
        return values
    }
}
