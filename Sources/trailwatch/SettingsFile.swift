import Configuration
import Foundation
import TrailModel
import TrailTemplates
import TrailYAML

/// A YAML file whose keys are the flags without dashes; `parameter` is a mapping, lists may be written as one text.
struct SettingsFile: Sendable {
    /// Where each value stands, by its key; parameters by `parameter.Name`.
    private let locations: [String: SourceLocation]
    /// Keys whose value is written as a list.
    private let lists: Set<String>
    let parameterNames: [String]
    /// `nil` for a file without values.
    private let values: YAMLSnapshot?

    init(path: String) throws(SettingError) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw .unreadableFile(path, reason: exists ? "want a text file in UTF-8" : "there is no such file")
        }
        try self.init(text: text, path: path)
    }

    init(text: String, path: String) throws(SettingError) {
        var outline = Outline()
        let isEmpty = text.split(whereSeparator: \.isNewline).allSatisfy { line in
            let line = line.drop(while: \.isWhitespace)
            return line.isEmpty || line.hasPrefix("#") || line == "---"
        }
        if !isEmpty {
            let document = TemplateDocument(yaml: text, file: path)
            if let fault = document.diagnostics.first {
                throw .faultyFile(fault.location ?? SourceLocation(file: path), reason: fault.message)
            }
            if let root = document.root { try outline.read(root) }
        }
        locations = outline.locations
        lists = outline.lists
        parameterNames = outline.parameterNames
        do {
            values =
                try isEmpty
                ? nil : YAMLSnapshot(data: Array(text.utf8).span.bytes, providerName: path, parsingOptions: .default)
        } catch {
            throw .unreadableFile(path, reason: "\(error)")
        }
    }

    func lookUp(
        _ key: SettingKey, as type: ConfigType
    ) throws(SettingError) -> (content: ConfigContent, origin: SettingOrigin)? {
        let isSingle = type == .stringArray && !lists.contains(key.rawValue)
        guard let found = try content([key.rawValue], as: isSingle ? .string : type) else { return nil }
        if isSingle, case .string(let text) = found.content { return (.stringArray([text]), found.origin) }
        return found
    }

    func parameter(_ name: String) throws(SettingError) -> String? {
        guard case (.string(let text), _)? = try content([SettingKey.parameter.rawValue, name], as: .string) else {
            return nil
        }
        return text
    }

    private func content(
        _ key: [String], as type: ConfigType
    ) throws(SettingError) -> (content: ConfigContent, origin: SettingOrigin)? {
        let name = key.joined(separator: ".")
        guard let values, let location = locations[name] else { return nil }
        do {
            if let value = try values.value(forKey: AbsoluteConfigKey(key), type: type).value {
                return (value.content, .file(key: name, location))
            }
        } catch {
            throw .faultyFile(location, reason: "\(error)")
        }
        // The outline has it and the values do not: it came by a merge key.
        throw .faultyFile(location, reason: "cannot merge '\(name)' into the settings; want it written out")
    }
}

/// The keys of a settings file and their places, all of them known and of the right form.
private struct Outline {
    var locations: [String: SourceLocation] = [:]
    var lists: Set<String> = []
    var parameterNames: [String] = []

    mutating func read(_ root: TemplateNode) throws(SettingError) {
        guard case .mapping(let members) = root.content else {
            throw .faultyFile(root.location, reason: "got no mapping; want lines such as 'listen: 127.0.0.1:19106'")
        }
        for member in members {
            guard let key = SettingKey(rawValue: member.key) else {
                throw .faultyFile(
                    member.keyLocation,
                    reason: "unknown key '\(member.key)'"
                        + suggestion(for: member.key, among: SettingKey.allCases.map(\.rawValue)))
            }
            locations[member.key] = member.keyLocation
            switch (key.form, member.value.content) {
            case (.text, .scalar), (.list, .scalar):
                try checkText(member.value, of: member.key)
            case (.list, .list(let elements)):
                lists.insert(member.key)
                for element in elements { try checkText(element, of: member.key) }
            case (.mapping, .mapping(let parameters)):
                for parameter in parameters {
                    let name = "\(member.key).\(parameter.key)"
                    locations[name] = parameter.keyLocation
                    parameterNames.append(parameter.key)
                    guard case .scalar = parameter.value.content else {
                        throw fault(parameter.value, of: name, want: "one text")
                    }
                }
            case (.text, _): throw fault(member.value, of: member.key, want: "one text")
            case (.list, _): throw fault(member.value, of: member.key, want: "a text or a list of texts")
            case (.mapping, _): throw fault(member.value, of: member.key, want: "a mapping such as 'Name: Value'")
            }
        }
    }

    private func checkText(_ node: TemplateNode, of key: String) throws(SettingError) {
        guard case .scalar(let text, let isPlain) = node.content else {
            throw fault(node, of: key, want: "a list of texts")
        }
        let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(text)
        if isNull || text.isEmpty {
            throw .faultyFile(node.location, reason: "got no value for '\(key)'; want one, or no such line")
        }
    }

    private func fault(_ node: TemplateNode, of key: String, want: String) -> SettingError {
        let got =
            switch node.content {
            case .scalar(let text, _): text.isEmpty ? "no value" : "a text"
            case .list: "a list"
            case .mapping: "a mapping"
            }
        return .faultyFile(node.location, reason: "got \(got) for '\(key)'; want \(want)")
    }
}
