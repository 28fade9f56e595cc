import ArgumentParser
import Foundation
import TrailTemplates
import TrailYAML

/// Finds and reads alarm files.
enum AlarmFiles {
    static let extensions = ["yaml", "yml", "json", "template"]

    /// The files at `paths`, directories recursively in byte order, each real file once.
    ///
    /// Names that start with `.` or `_` are skipped inside directories; a file that is named is always read.
    static func read(_ paths: [String]) throws -> [TemplateDocument] {
        var seen: Set<String> = []
        return try paths.flatMap(files).compactMap { path in
            guard seen.insert(URL(fileURLWithPath: path).resolvingSymlinksInPath().path).inserted else { return nil }
            do {
                return TemplateDocument(yaml: try String(contentsOfFile: path, encoding: .utf8), file: path)
            } catch {
                throw ValidationError("cannot read \(path): \(error.localizedDescription)")
            }
        }
    }

    private static func files(_ path: String) throws -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ValidationError("cannot read \(path): there is no such file or directory")
        }
        guard isDirectory.boolValue else { return [path] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw ValidationError("cannot list \(path): \(error.localizedDescription)")
        }
        return try names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .filter { !$0.hasPrefix(".") && !$0.hasPrefix("_") }
            .flatMap { name -> [String] in
                let child = "\(path)/\(name)"
                var isDirectory: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: child, isDirectory: &isDirectory)
                if isDirectory.boolValue { return try files(child) }
                return extensions.contains(URL(fileURLWithPath: name).pathExtension) ? [child] : []
            }
    }
}
