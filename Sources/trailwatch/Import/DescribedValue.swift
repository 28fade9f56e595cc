import Foundation
import TrailModel

/// A JSON value in the output of an AWS command, with the way to it.
struct DescribedValue: Sendable {
    indirect enum Content: Decodable, Sendable {
        case null
        case bool(Bool)
        case number(Double)
        case text(String)
        case list([Content])
        case object([String: Content])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([Content].self) {
                self = .list(value)
            } else {
                self = .object(try container.decode([String: Content].self))
            }
        }
    }

    let file: String
    /// Such as `MetricAlarms[3].Period`; empty for the whole.
    let path: String
    let content: Content

    /// The document in `file`.
    static func read(_ file: String) throws(ImportFault) -> DescribedValue {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: file))
        } catch {
            throw .unreadable(file, reason: "there is no such file, or it may not be read")
        }
        return try read(data, file: file)
    }

    static func read(_ data: Data, file: String) throws(ImportFault) -> DescribedValue {
        do {
            return DescribedValue(file: file, path: "", content: try JSONDecoder().decode(Content.self, from: data))
        } catch {
            throw .unreadable(file, reason: "got no JSON; want what the AWS CLI prints with --output json")
        }
    }

    // MARK: Looking inside

    func fault(want: String) -> ImportFault {
        .unexpected(file: file, path: path.isEmpty ? "the top" : path, got: kindText, want: want)
    }

    private var kindText: String {
        switch content {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let value): plainText(value)
        case .text(let value): value.count <= 40 ? "'\(value)'" : "a text of \(value.count) characters"
        case .list: "a list"
        case .object: "an object"
        }
    }

    func members() throws(ImportFault) -> [String: DescribedValue] {
        guard case .object(let members) = content else { throw fault(want: "an object") }
        var values: [String: DescribedValue] = [:]
        for (key, value) in members {
            // A key without value is as good as none.
            if case .null = value { continue }
            values[key] = DescribedValue(file: file, path: path.isEmpty ? key : "\(path).\(key)", content: value)
        }
        return values
    }

    func elements() throws(ImportFault) -> [DescribedValue] {
        guard case .list(let elements) = content else { throw fault(want: "a list") }
        return elements.enumerated().map {
            DescribedValue(file: file, path: "\(path)[\($0.offset)]", content: $0.element)
        }
    }

    func text() throws(ImportFault) -> String {
        guard case .text(let text) = content else { throw fault(want: "a text") }
        return text
    }

    func number() throws(ImportFault) -> Double {
        guard case .number(let number) = content else { throw fault(want: "a number") }
        return number
    }

    func bool() throws(ImportFault) -> Bool {
        guard case .bool(let value) = content else { throw fault(want: "true or false") }
        return value
    }

    /// The member `key` of an object, which must be there.
    func required(_ key: String) throws(ImportFault) -> DescribedValue {
        guard let value = try members()[key] else {
            throw .unexpected(file: file, path: path.isEmpty ? key : "\(path).\(key)", got: "nothing", want: "a value")
        }
        return value
    }
}

/// Why the output of an AWS command cannot be imported.
enum ImportFault: Error, Equatable, CustomStringConvertible {
    case unreadable(String, reason: String)
    case unexpected(file: String, path: String, got: String, want: String)
    case twice(file: String, path: String, name: String)
    case severalHomes([String])
    case exists(String)
    case unwritable(String, reason: String)
    case unprintable(reason: String)

    var description: String {
        switch self {
        case .unreadable(let file, let reason): "cannot read \(file): \(reason)"
        case .unexpected(let file, let path, let got, let want):
            "cannot read \(file): got \(got) at \(path); want \(want)"
        case .twice(let file, let path, let name):
            "cannot import \(file): got '\(name)' at \(path) a second time; want each alarm and filter once"
        case .severalHomes(let homes):
            "cannot import alarms of \(homes.joined(separator: " and ")) into one template; want one account and region"
        case .exists(let file): "cannot write \(file): it is there; want another name, or --force to replace it"
        case .unwritable(let file, let reason): "cannot write \(file): \(reason)"
        case .unprintable(let reason): "cannot write the template as YAML: \(reason)"
        }
    }
}
