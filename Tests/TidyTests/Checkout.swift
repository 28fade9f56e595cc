import Foundation

/// The files of the repository that these tests stand in.
enum Checkout {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The folders of `Sources` that hold Swift; a system library target holds none.
    static func targets() throws -> [String] {
        let sources = root.appending(path: "Sources")
        let names = try FileManager.default.contentsOfDirectory(atPath: sources.path)
        return try names.sorted().filter { try !swiftFiles(under: "Sources/\($0)").isEmpty }
    }

    struct SourceFile {
        /// From the root of the repository.
        let path: String

        func text() throws -> String {
            try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
        }

        func lines() throws -> [String] {
            try text().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    static func swiftFiles(under folder: String) throws -> [SourceFile] {
        var isFolder: ObjCBool = false
        let path = root.appending(path: folder).path
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard isFolder.boolValue else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted().flatMap { name in
            let inside = "\(folder)/\(name)"
            return name.hasSuffix(".swift") ? [SourceFile(path: inside)] : try swiftFiles(under: inside)
        }
    }

    /// The first part of every tracked path; `nil` without git or before anything is tracked.
    static func trackedNames() -> Set<String>? {
        let git = Process()
        let output = Pipe()
        git.executableURL = URL(filePath: "/usr/bin/env")
        git.arguments = ["git", "-C", root.path, "ls-files"]
        git.standardOutput = output
        git.standardError = FileHandle.nullDevice
        guard (try? git.run()) != nil else { return nil }
        let paths = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        git.waitUntilExit()
        guard git.terminationStatus == 0, !paths.isEmpty else { return nil }
        return Set(paths.split(separator: "\n").compactMap { $0.split(separator: "/").first.map(String.init) })
    }
}
