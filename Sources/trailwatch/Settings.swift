import ArgumentParser
import Configuration
import Foundation
import TrailModel

/// What can be set on the command line, by a variable and in the settings file.
///
/// The raw value is the flag without its dashes and the key in the file; in capitals, with underscores for dashes and
/// `TRAILWATCH_` before it, the variable.
enum SettingKey: String, CaseIterable, Sendable {
    case accountID = "account-id"
    case accounts
    case alarms
    case alertmanager
    case announceLateWithin = "announce-late-within"
    case data
    case externalURL = "external-url"
    case heartbeatEvery = "heartbeat-every"
    case heartbeatURL = "heartbeat-url"
    /// A variable and a key in the file only.
    case inflate
    case lateness
    case listen
    case logGroup = "log-group"
    case logLevel = "log-level"
    case notifyInitial = "notify-initial"
    case notifySince = "notify-since"
    /// A mapping in the file; each parameter has a variable of its own.
    case parameter
    case region
    case retention
    case retainEvents = "retain-events"
    case retainHistory = "retain-history"
    case retryAge = "retry-age"
    case s3Endpoint = "s3-endpoint"
    case since
    case trail
    case webhookSecretFile = "webhook-secret-file"
    case workers

    enum Form { case text, list, mapping }

    var form: Form {
        switch self {
        case .alarms, .alertmanager, .trail: .list
        case .parameter: .mapping
        default: .text
        }
    }
}

/// Where a value was given.
enum SettingOrigin: Equatable, Sendable, CustomStringConvertible {
    case flag(String)
    case variable(String)
    case file(key: String, SourceLocation)

    var description: String {
        switch self {
        case .flag(let name), .variable(let name): name
        case .file(let key, let location): "\(key) in \(location.file):\(location.line)"
        }
    }
}

/// A setting that cannot be used.
enum SettingError: Error, Equatable, CustomStringConvertible {
    case unusable(SettingOrigin, got: String, want: String)
    /// Well written, but the machine does not have what it names.
    case missing(SettingOrigin, path: String, reason: String)
    case unreadableFile(String, reason: String)
    case faultyFile(SourceLocation, reason: String)

    /// True when the command line itself is wrong, which has an exit code of its own.
    var isUsage: Bool {
        if case .unusable(.flag, _, _) = self { true } else { false }
    }

    var description: String {
        switch self {
        case .unusable(let origin, let got, let want): "cannot use \(origin): got '\(got)'; want \(want)"
        case .missing(let origin, let path, let reason): "cannot read \(path), given by \(origin): \(reason)"
        case .unreadableFile(let path, let reason): "cannot read \(path): \(reason)"
        case .faultyFile(let location, let reason): "cannot use \(location.file):\(location.line): \(reason)"
        }
    }
}

/// The values that flags leave open: from variables, else from the settings file.
///
/// An empty variable is one that is not set. A list given by a source of higher rank replaces the whole list below it.
struct Settings: Sendable {
    struct Value<Content: Equatable & Sendable>: Equatable, Sendable {
        let content: Content
        let origin: SettingOrigin
    }

    static let variablePrefix = "TRAILWATCH_"
    static let parameterPrefix = variablePrefix + "PARAMETER_"

    /// The variables that are not empty.
    let environment: [String: String]
    let file: SettingsFile?
    private let variables: any ConfigSnapshot

    init(file: SettingsFile?, environment: [String: String]) {
        self.file = file
        self.environment = environment.filter { !$0.value.isEmpty }
        variables = EnvironmentVariablesProvider(environmentVariables: self.environment)
            .prefixKeys(with: "trailwatch").snapshot()
    }

    /// The text given for `key` at the highest rank: flag, variable, file.
    func text(_ key: SettingKey, flag: String?) throws(SettingError) -> Value<String>? {
        if let flag { return Value(content: flag, origin: .flag("--\(key.rawValue)")) }
        guard case (.string(let text), let origin)? = try lookUp(key, as: .string) else { return nil }
        return Value(content: text, origin: origin)
    }

    /// What `read` makes of the text given for `key`; `nil` when there is none.
    ///
    /// - Throws: When `read` gives `nil`; the message names the origin, the text and `want`.
    func value<Content>(
        _ key: SettingKey, flag: String?, want: String, read: (String) -> Content?
    ) throws(SettingError) -> Content? {
        guard let text = try text(key, flag: flag) else { return nil }
        guard let content = read(text.content) else {
            throw .unusable(text.origin, got: text.content, want: want)
        }
        return content
    }

    /// The texts given for `key` at the highest rank, a variable's separated by commas; `nil` when there are none.
    func list(_ key: SettingKey, flag: [String]) throws(SettingError) -> Value<[String]>? {
        let list: Value<[String]>
        if !flag.isEmpty {
            list = Value(content: flag, origin: .flag("--\(key.rawValue)"))
        } else if case (.stringArray(let texts), let origin)? = try lookUp(key, as: .stringArray) {
            list = Value(content: texts, origin: origin)
        } else {
            return nil
        }
        if list.content.contains("") { throw .unusable(list.origin, got: "", want: "a text for each value") }
        return list
    }

    private func lookUp(
        _ key: SettingKey, as type: ConfigType
    ) throws(SettingError) -> (content: ConfigContent, origin: SettingOrigin)? {
        do {
            let found = try variables.value(forKey: AbsoluteConfigKey([key.rawValue]), type: type)
            if let value = found.value { return (value.content, .variable(found.encodedKey)) }
        } catch {
            throw .unreadableFile(Self.variablePrefix, reason: "\(error)")
        }
        return try file?.lookUp(key, as: type)
    }
}

/// The options that say where settings come from.
struct SettingsOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "A YAML file of settings: its keys are the flags without dashes.",
            discussion: """
                A flag wins over a variable (TRAILWATCH_EXTERNAL_URL for --external-url, lists separated by commas), \
                a variable over the file, the file over the default; a list given higher replaces. The file itself \
                may be named by TRAILWATCH_CONFIG.
                """,
            valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    /// - Throws: When the file cannot be read.
    func settings(environment: [String: String]) throws(SettingError) -> Settings {
        let path = file ?? environment[Settings.variablePrefix + "CONFIG"]
        guard let path, !path.isEmpty else { return Settings(file: nil, environment: environment) }
        return Settings(file: try SettingsFile(path: path), environment: environment)
    }
}

extension Settings {
    /// Threads that decode log files: what is given, else one for each processor.
    func workers(flag: Int?) throws(SettingError) -> Int {
        let given = try value(.workers, flag: flag.map { "\($0)" }, want: "a number of threads from 1 to 256") {
            Int($0).flatMap { (1...256).contains($0) ? $0 : nil }
        }
        return given ?? ProcessInfo.processInfo.activeProcessorCount
    }
}
