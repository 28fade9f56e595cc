import Foundation
package import TrailTemplates
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
        var seen: Set<String> = []
        var documents: [TemplateDocument] = []
        for path in paths {
            for file in try files(path) {
                let real = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
                guard seen.insert(real).inserted else { continue }
                do {
                    let text = try String(contentsOfFile: file, encoding: .utf8)
                    documents.append(TemplateDocument(yaml: text, file: file))
                } catch {
                    throw InputError("cannot read \(file): \(error.localizedDescription)")
                }
            }
        }
        return documents
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
            throw InputError("cannot list \(path): \(error.localizedDescription)")
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
