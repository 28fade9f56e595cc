import Foundation
package import TrailTemplates
import TrailStore
import TrailYAML

/// Wires the parts into what the commands do.
///
/// Alarm files are found and read here.
package enum AlarmFiles {
    static let extensions = ["yaml", "yml", "json", "template"]

    /// The files at `paths`, directories recursively in byte order, each real file once.
    ///
    /// Names that start with `.` or `_` are skipped inside directories; a file that is named is always read.
    package static func read(_ paths: [String]) throws(InputError) -> [TemplateDocument] {
        documents(try texts(paths))
    }

    /// The path and text of each of these files.
    static func texts(_ paths: [String]) throws(InputError) -> [(path: String, text: String)] {
        var found: [(path: String, text: String)] = []
        for file in try uniqueFiles(paths) {
            do {
                found.append((file, try String(contentsOfFile: file, encoding: .utf8)))
            } catch {
                throw InputError("cannot read \(file): \(plainReason(of: error)); want a text file in UTF-8")
            }
        }
        return found
    }

    static func documents(_ texts: [(path: String, text: String)]) -> [TemplateDocument] {
        texts.map { TemplateDocument(yaml: $0.text, file: $0.path) }
    }

    /// Changes when a file appears, goes or changes; a path that cannot be read is part of it, too.
    static func fingerprint(_ paths: [String]) -> [String] {
        let files = (try? uniqueFiles(paths)) ?? []
        return files.map { file in
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: file) else { return "\(file) ?" }
            let modified = attributes[.modificationDate] as? Date
            let number = attributes[.systemFileNumber] as? Int ?? 0
            let size = attributes[.size] as? Int ?? 0
            return "\(file) \(number) \(size) \(modified?.timeIntervalSince1970 ?? 0)"
        }
    }

    private static func uniqueFiles(_ paths: [String]) throws(InputError) -> [String] {
        var seen: Set<String> = []
        var found: [String] = []
        for path in paths {
            for file in try files(path) {
                let real = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
                if seen.insert(real).inserted { found.append(file) }
            }
        }
        return found
    }

    private static func files(_ path: String) throws(InputError) -> [String] {
        guard let isDirectory = isDirectory(path) else {
            throw InputError("cannot read \(path): there is no such file or directory")
        }
        guard isDirectory else { return [path] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw InputError("cannot list \(path): \(plainReason(of: error))")
        }
        var found: [String] = []
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        where !name.hasPrefix(".") && !name.hasPrefix("_") {
            let child = "\(path)/\(name)"
            if Self.isDirectory(child) == true {
                found += try files(child)
            } else if extensions.contains(URL(fileURLWithPath: name).pathExtension) {
                found.append(child)
            }
        }
        return found
    }

    private static func isDirectory(_ path: String) -> Bool? {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) ? isDirectory.boolValue : nil
    }
}

/// Something the user gave that cannot be used; the message says what and what would do.
package struct InputError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
