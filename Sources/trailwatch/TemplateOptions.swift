import ArgumentParser
import Foundation
import TrailServer
import TrailTemplates

/// The options that say how alarm files are read.
struct TemplateOptions: ParsableArguments {
    @Option(
        name: .customLong("parameter"),
        help: ArgumentHelp(
            "A template parameter; also TRAILWATCH_PARAMETER_Name, and a mapping 'parameter' in the settings file.",
            discussion: "A flag that names what no alarm file declares is an error; such a variable is passed over.",
            valueName: "name=value"))
    var parameters: [String] = []

    @Option(
        help: ArgumentHelp("A parameter file as the AWS CLI takes it; --parameter wins over it.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var parametersFile: String?

    @Option(help: "The account in ARNs of our own. (default: 000000000000)")
    var accountID: String?

    @Option(help: "The region in ARNs of our own. (default: $AWS_REGION, else us-east-1)")
    var region: String?

    @Option(help: "Filters on this log group count, whatever the templates' trails say.")
    var logGroup: String?

    /// What alarm files are read with.
    ///
    /// `requiresParameterValues` makes a parameter without value an error, and a name in the settings file that no
    /// alarm file declares.
    func settings(
        _ settings: Settings, requiresParameterValues: Bool = false
    ) throws(SettingError) -> TemplateSettings {
        let accountID = try settings.value(.accountID, flag: accountID, want: "the 12 digits of an account") { text in
            text.utf8.count == 12 && text.utf8.allSatisfy { (48...57).contains($0) } ? text : nil
        }
        let region = try settings.value(.region, flag: region, want: "a region such as us-east-1", read: Self.region)
        let logGroup = try settings.value(.logGroup, flag: logGroup, want: "the name of a log group") {
            $0.isEmpty ? nil : $0
        }
        var optional: [String: String] = [:]
        for name in settings.file?.parameterNames ?? [] { optional[name] = try settings.file?.parameter(name) }
        // Only the server reads all alarm files that the settings file speaks of.
        let strictNames = requiresParameterValues ? Set(optional.keys) : []
        optional.merge(Self.variables(settings.environment)) { $1 }
        var given = optional.filter { strictNames.contains($0.key) }
        if let parametersFile { given.merge(try Self.read(parametersFile)) { $1 } }
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "="), equals > parameter.startIndex else {
                throw .unusable(.flag("--parameter"), got: parameter, want: "Name=Value")
            }
            given[String(parameter[..<equals])] = String(parameter[parameter.index(after: equals)...])
        }
        var result = TemplateSettings(
            accountID: accountID ?? "000000000000", region: region ?? settings.environment["AWS_REGION"] ?? "us-east-1",
            parameters: given, logGroup: logGroup, requiresParameterValues: requiresParameterValues)
        result.zones = .system
        result.optionalParameters = optional.filter { given[$0.key] == nil }
        return result
    }

    private static func region(_ text: String) -> String? {
        let isName = text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        return isName && !text.isEmpty ? text : nil
    }

    /// The parameters of the environment; names keep their case.
    private static func variables(_ environment: [String: String]) -> [String: String] {
        var values: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix(Settings.parameterPrefix) {
            values[String(name.dropFirst(Settings.parameterPrefix.count))] = value
        }
        return values
    }

    /// An entry of the AWS CLI's parameter file (`aws cloudformation create-stack --parameters file://…`).
    private struct Entry: Decodable {
        let name: String
        let value: String

        enum CodingKeys: String, CodingKey {
            case name = "ParameterKey"
            case value = "ParameterValue"
        }
    }

    private static func read(_ path: String) throws(SettingError) -> [String: String] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .missing(
                .flag("--parameters-file"), path: path, reason: "there is no such file, or it may not be read")
        }
        do {
            let entries = try JSONDecoder().decode([Entry].self, from: data)
            return Dictionary(entries.map { ($0.name, $0.value) }) { $1 }
        } catch {
            throw .unreadableFile(
                path, reason: #"want a JSON list of {"ParameterKey": "Name", "ParameterValue": "Value"}"#)
        }
    }
}
