import ArgumentParser
import Foundation
import TrailTemplates

/// The options that say how alarm files are read.
struct TemplateOptions: ParsableArguments {
    @Option(name: .customLong("parameter"), help: "A template parameter, Name=Value.")
    var parameters: [String] = []

    @Option(help: "The account in ARNs of our own.")
    var accountID = "000000000000"

    @Option(help: "The region in ARNs of our own.")
    var region = ProcessInfo.processInfo.environment["AWS_REGION"] ?? "us-east-1"

    @Option(help: "Filters on this log group count, whatever the templates' trails say.")
    var logGroup: String?

    func settings() throws -> TemplateSettings {
        var values: [String: String] = [:]
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "=") else {
                throw ValidationError("cannot use --parameter \(parameter): want Name=Value")
            }
            values[String(parameter[..<equals])] = String(parameter[parameter.index(after: equals)...])
        }
        return TemplateSettings(accountID: accountID, region: region, parameters: values, logGroup: logGroup)
    }
}
