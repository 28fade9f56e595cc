import Glibc

/// What the machine tells of AWS: the variables of the environment and the home directory.
package struct AWSEnvironment: Sendable {
    package let variables: [String: String]
    package let homeDirectory: String

    package init(variables: [String: String], homeDirectory: String) {
        self.variables = variables
        self.homeDirectory = homeDirectory
    }

    /// A variable's value; `nil` when it is missing or empty.
    package subscript(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `AWS_REGION`, `AWS_DEFAULT_REGION`, or the region of the profile in use.
    package var region: String? {
        self["AWS_REGION"] ?? self["AWS_DEFAULT_REGION"] ?? (try? profiles())?[profileName]?["region"]
    }

    /// The S3 server to ask in place of AWS, as the SDKs take it from the environment.
    package var s3Endpoint: String? { self["AWS_ENDPOINT_URL_S3"] ?? self["AWS_ENDPOINT_URL"] }

    package var profileName: String { self["AWS_PROFILE"] ?? self["AWS_DEFAULT_PROFILE"] ?? "default" }

    /// The profiles of both files; settings of the credentials file win.
    func profiles() throws(CredentialError) -> AWSProfiles {
        let config = try text(ofFile: self["AWS_CONFIG_FILE"] ?? "~/.aws/config")
        let secrets = try text(ofFile: self["AWS_SHARED_CREDENTIALS_FILE"] ?? "~/.aws/credentials")
        return AWSProfiles(config: config ?? "", credentials: secrets ?? "")
    }

    /// A file's text; `nil` when there is no such file.
    func text(ofFile path: String) throws(CredentialError) -> String? {
        let path = path.hasPrefix("~/") ? homeDirectory + path.dropFirst() : path
        var bytes: [UInt8] = []
        let count: Int
        do {
            count = try readFile(path, into: &bytes, limit: CredentialChain.fileBytesMax)
        } catch {
            if error.isMissing { return nil }
            throw .unreadable(path: path)
        }
        guard let text = String(validating: bytes.prefix(count), as: UTF8.self) else { throw .unreadable(path: path) }
        return text
    }
}

/// The profiles in the files that the AWS CLI shares with the SDKs (AWS SDKs reference, "Format of the config file").
struct AWSProfiles: Sendable, Equatable {
    private var settings: [String: [String: String]] = [:]

    /// - Parameters:
    ///   - config: Sections `[profile NAME]` and `[default]`; others, as `[sso-session …]`, are passed over.
    ///   - credentials: Sections `[NAME]`.
    init(config: String, credentials: String) {
        read(config) { section in
            if section == "default" { return String(section) }
            let words = section.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
            guard words.count == 2, words[0] == "profile" else { return nil }
            return unquoted(words[1])
        }
        read(credentials) { section in unquoted(section) }
    }

    subscript(_ name: String) -> [String: String]? { settings[name] }

    private mutating func read(_ text: String, _ profileName: (Substring) -> String?) {
        var current: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmingSpace()
            guard let first = trimmed.first, first != "#", first != ";" else { continue }
            if first == "[" {
                current = trimmed.firstIndex(of: "]").flatMap { end in
                    profileName(trimmed[trimmed.index(after: trimmed.startIndex)..<end].trimmingSpace())
                }
                if let current { settings[current, default: [:]] = settings[current] ?? [:] }
                continue
            }
            // An indented line belongs to a nested setting, as `s3 =` has them; none of those matters here.
            guard let current, let equals = trimmed.firstIndex(of: "="), line.first?.isWhitespace == false else {
                continue
            }
            let name = trimmed[..<equals].trimmingSpace().lowercased()
            var value = trimmed[trimmed.index(after: equals)...].trimmingSpace()
            if let comment = value.firstRange(of: " #") ?? value.firstRange(of: " ;") {
                value = value[..<comment.lowerBound].trimmingSpace()
            }
            settings[current]?[name] = String(value)
        }
    }
}

private func unquoted(_ text: Substring) -> String {
    let trimmed = text.trimmingSpace()
    guard trimmed.count >= 2, let first = trimmed.first, first == trimmed.last, first == "\"" || first == "'" else {
        return String(trimmed)
    }
    return String(trimmed.dropFirst().dropLast())
}

extension Substring {
    fileprivate func trimmingSpace() -> Substring {
        let rest = drop { $0.isWhitespace }
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return rest }
        return rest[...last]
    }
}

extension FileSystemError {
    fileprivate var isMissing: Bool { code == ENOENT || code == ENOTDIR }
}
